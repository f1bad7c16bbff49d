//! What the leader makes of reports: several views, several workers, the accounts.

use super::*;
use crate::assign::Windowing;
use crate::epoch::{Fate, PartitionCut, Spread, Tally};
use crate::pane::Timing;
use crate::view::Trigger;
use oriel_time::Span;

const RULES: WatermarkRules = WatermarkRules { disorder: Span::ZERO, idle: None, jump: None, align: None };
const VIEWS: usize = 2;

/// The first view takes late records for 50, the second for none.
fn leader(watermarks: WatermarkRules, partitions: usize) -> Leader {
    let timing = ViewTiming::new(Windowing::tumbling(Span::from_millis(10)));
    let views = vec![ViewTiming { lateness: Span::from_millis(50), ..timing }, timing];
    Leader::new(LeaderSpec { watermarks, partitions, views })
}

fn at(millis: i64) -> EventTime {
    EventTime::from_millis(millis)
}

fn cut(partitions: usize) -> Cut {
    let running = PartitionCut { caught_up: Span::ZERO, ended: false };
    Cut { processing: ProcessingTime::from_millis(0), partitions: vec![running; partitions] }
}

/// One record of partition 0 at a time, with what each view makes of it.
fn report(records: &[(i64, [Fate; VIEWS])]) -> Report {
    let mut report = Report { partitions: vec![Vec::new()], ..Report::default() };
    report.views.resize(VIEWS, ViewReport::default());
    for (time, fates) in records {
        let mut spread = Spread::new(0, at(*time), VIEWS);
        for (view, fate) in fates.iter().enumerate() {
            report.views[view].tally.count(*fate, 1);
            if *fate == Fate::Counted {
                spread.counted[view] = at(*time);
                let slice = at(*time).floor(Span::from_millis(10), 0);
                report.views[view].slices.push((slice, 1));
            }
        }
        report.tally.count(fates.iter().copied().max().expect("there are views"), 1);
        spread.merge_into(&mut report.partitions[0]);
    }
    report
}

fn horizons(summary: &Summary) -> Vec<EventTime> {
    summary.views.iter().map(|view| view.horizon).collect()
}

const COUNTED: [Fate; VIEWS] = [Fate::Counted; VIEWS];

#[test]
fn fates_are_ordered_from_the_worst_to_the_best() {
    assert!(Fate::Bad < Fate::Filtered && Fate::Filtered < Fate::Late && Fate::Late < Fate::Counted);
}

#[test]
fn a_summary_has_the_accounts_of_its_epoch_only() {
    let mut leader = leader(RULES, 1);
    let fates = [[Fate::Counted, Fate::Late], [Fate::Filtered, Fate::Bad], [Fate::Late, Fate::Bad]];
    let mut given = report(&fates.map(|fates| (5, fates)));
    given.tally.count(Fate::Bad, 2);
    let summary = leader.close(&cut(1), given);
    assert_eq!(summary.tally, Tally { read: 5, counted: 1, filtered: 1, late: 1, bad: 2 });
    assert_eq!(summary.views[0].tally, Tally { read: 3, counted: 1, filtered: 1, late: 1, bad: 0 });
    assert_eq!(summary.views[1].tally, Tally { read: 3, counted: 0, filtered: 0, late: 1, bad: 2 });
    assert_eq!(leader.close(&cut(1), Report::default()).tally, Tally::default());
}

#[test]
fn only_counted_records_move_a_horizon_and_it_never_goes_back() {
    let mut leader = leader(RULES, 1);
    let filtered = [Fate::Counted, Fate::Filtered];
    let summary = leader.close(&cut(1), report(&[(105, filtered), (65, COUNTED), (109, [Fate::Bad; VIEWS])]));
    assert_eq!(horizons(&summary), [at(105), at(65)]);
    let summary = leader.close(&cut(1), report(&[(101, COUNTED)]));
    assert_eq!(horizons(&summary), [at(105), at(101)]);
}

#[test]
fn a_jump_moves_no_horizon() {
    let mut leader = leader(WatermarkRules { jump: Some(Span::from_millis(50)), ..RULES }, 1);
    let spread = |stretch, time: i64| {
        let mut spread = Spread::new(stretch, at(time), VIEWS);
        spread.counted = vec![at(time); VIEWS];
        spread
    };
    let spreads = |all: Vec<Spread>| Report { partitions: vec![all], ..Report::default() };
    let summary = leader.close(&cut(1), spreads(vec![spread(2, 101), spread(0, 20), spread(0, 10)]));
    assert_eq!((summary.watermark, horizons(&summary)), (at(20), vec![at(20); VIEWS]));
    let summary = leader.close(&cut(1), spreads(vec![spread(2, 101), spread(2, 102), spread(0, 30)]));
    assert_eq!((summary.watermark, horizons(&summary)), (at(102), vec![at(102); VIEWS]));
}

#[test]
fn windows_fire_by_the_records_of_all_workers() {
    let timing = ViewTiming {
        early: Trigger { every: None, records: Some(3) },
        ..ViewTiming::new(Windowing::tumbling(Span::from_millis(10)))
    };
    let mut leader = Leader::new(LeaderSpec { watermarks: RULES, partitions: 1, views: vec![timing] });
    let share = |records| Report {
        views: vec![ViewReport { tally: Tally::default(), slices: vec![(at(0), records)] }],
        ..Report::default()
    };
    let mut all = share(1);
    all.merge(share(1));
    assert_eq!(leader.close(&cut(1), all).views[0].fires, []);
    let fires = leader.close(&cut(1), share(1)).views[0].fires.clone();
    assert_eq!(
        fires.iter().map(|fire| (fire.window, fire.timing)).collect::<Vec<_>>(),
        [(at(0), Timing::Early)]
    );
}

#[test]
fn an_epoch_is_judged_by_the_watermark_before_it() {
    let mut leader = leader(RULES, 1);
    let summary = leader.close(&cut(1), report(&[(100, COUNTED), (5, COUNTED)]));
    assert_eq!((summary.before, summary.watermark), (EventTime::BEGINNING, at(100)));
    let summary = leader.close(&cut(1), report(&[(55, [Fate::Counted, Fate::Late])]));
    assert_eq!((summary.before, summary.watermark), (at(100), at(100)));
    assert_eq!(summary.views[0].late_windows, 0);
}

#[test]
fn counted_records_that_miss_a_purged_window_are_told() {
    let mut leader = leader(RULES, 1);
    leader.close(&cut(1), report(&[(60, COUNTED)]));
    let mut given = report(&[]);
    given.views[1].slices = vec![(at(50), 3), (at(60), 1)];
    assert_eq!(leader.close(&cut(1), given).views[1].late_windows, 3);
}

#[test]
fn reports_merge_to_the_same_whichever_comes_first() {
    let left = report(&[(3, COUNTED), (-1, COUNTED)]);
    let mut right = report(&[(5, [Fate::Counted, Fate::Filtered])]);
    right.partitions.extend([vec![Spread::new(0, at(7), VIEWS)], Vec::new()]);
    right.tally.count(Fate::Bad, 2);
    let merged = |mut a: Report, b: &Report| {
        a.merge(b.clone());
        a
    };
    let (one, other) = (merged(left.clone(), &right), merged(right, &left));
    assert_eq!(one.partitions, other.partitions);
    let spread = &one.partitions[0][0];
    assert_eq!((spread.records, spread.least, spread.most), (3, at(-1), at(5)));
    assert_eq!(spread.counted, [at(5), at(3)]);
    let (one, other) = (leader(RULES, 3).close(&cut(3), one), leader(RULES, 3).close(&cut(3), other));
    assert_eq!(one, other);
    assert_eq!(one.tally, Tally { read: 5, counted: 3, filtered: 0, late: 0, bad: 2 });
}

#[test]
fn a_partition_that_appears_later_holds_the_stream_where_it_is() {
    let mut leader = leader(RULES, 1);
    leader.close(&cut(1), report(&[(10, COUNTED)]));
    assert_eq!(leader.close(&cut(2), report(&[(20, COUNTED)])).watermark, at(10));
}

#[test]
fn the_clock_of_summaries_never_goes_back() {
    let mut leader = leader(RULES, 1);
    let clocks = [7, 3, 8].map(|millis| {
        let cut = Cut { processing: ProcessingTime::from_millis(millis), ..cut(1) };
        leader.close(&cut, Report::default()).processing.millis()
    });
    assert_eq!(clocks, [7, 7, 8]);
}

#[test]
fn partitions_that_a_report_leaves_out_gave_nothing() {
    let mut leader = leader(RULES, 2);
    let mut ended = cut(2);
    ended.partitions.iter_mut().for_each(|partition| partition.ended = true);
    assert_eq!(leader.close(&ended, Report::default()).watermark, EventTime::END);
}
