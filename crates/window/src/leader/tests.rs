//! What the leader makes of reports: several views, several workers, the accounts.

use super::*;
use crate::assign::Windowing;
use crate::epoch::PartitionCut;

/// The first view takes late records for 50, the second for none.
fn leader(partitions: usize) -> Leader {
    let windowing = Windowing::new(Span::from_millis(10), Span::from_millis(10));
    let view = |lateness| ViewTiming {
        windowing,
        lateness: Span::from_millis(lateness),
        every: None,
        records: None,
    };
    let views = vec![view(50), view(0)];
    Leader::new(LeaderSpec { disorder: Span::ZERO, idle: None, partitions, views })
}

fn at(millis: i64) -> EventTime {
    EventTime::from_millis(millis)
}

fn cut(partitions: usize) -> Cut {
    let running = PartitionCut { caught_up: Span::ZERO, ended: false };
    Cut { processing: ProcessingTime::from_millis(0), partitions: vec![running; partitions] }
}

fn outcome(time: i64, records: u64, filtered: u64, bad: u64) -> Outcome {
    Outcome { granule: at(time).floor(Span::from_millis(10), 0), filtered, bad, records, latest: at(time) }
}

fn report(largest: &[i64], outcomes: Vec<Outcome>) -> Report {
    Report { largest: largest.iter().map(|time| Some(at(*time))).collect(), bad: 0, outcomes }
}

fn tally(counted: u64, filtered: u64, late: u64, bad: u64) -> Tally {
    Tally { read: counted + filtered + late + bad, counted, filtered, late, bad }
}

/// A leader whose watermark is 100: the first view has purged up to 50, the second all
/// before 100.
fn at_100() -> Leader {
    let mut leader = leader(1);
    assert_eq!(leader.close(&cut(1), &report(&[100], Vec::new())).watermark, at(100));
    leader
}

#[test]
fn in_the_summary_a_record_is_the_best_that_any_view_made_of_it() {
    let outcomes = vec![
        outcome(105, 1, 0b00, 0b00),
        outcome(105, 2, 0b10, 0b00),
        outcome(65, 4, 0b00, 0b00),
        outcome(65, 8, 0b01, 0b00),
        outcome(105, 16, 0b10, 0b01),
        outcome(105, 32, 0b00, 0b11),
        outcome(25, 64, 0b00, 0b01),
    ];
    let summary = at_100().close(&cut(1), &report(&[105], outcomes));
    assert_eq!(summary.views[0].tally, tally(1 + 2 + 4, 8, 0, 16 + 32 + 64));
    assert_eq!(summary.views[1].tally, tally(1, 2 + 16, 4 + 8 + 64, 32));
    assert_eq!(summary.tally, tally(1 + 2 + 4, 16, 8 + 64, 32));
}

#[test]
fn what_never_became_a_record_is_in_the_summary_and_in_no_view() {
    let mut broken = report(&[1], vec![outcome(1, 3, 0, 0)]);
    broken.bad = 2;
    let summary = leader(1).close(&cut(1), &broken);
    assert_eq!(summary.tally, tally(3, 0, 0, 2));
    assert_eq!(summary.views[0].tally, tally(3, 0, 0, 0));
}

#[test]
fn only_counted_records_move_a_horizon_and_it_never_goes_back() {
    let mut leader = at_100();
    let outcomes = vec![outcome(105, 1, 0b10, 0), outcome(65, 1, 0, 0), outcome(109, 1, 0, 0b11)];
    let summary = leader.close(&cut(1), &report(&[109], outcomes));
    let horizons: Vec<EventTime> = summary.views.iter().map(|view| view.horizon).collect();
    assert_eq!(horizons, [at(105), EventTime::BEGINNING]);
    let summary = leader.close(&cut(1), &report(&[101], vec![outcome(101, 1, 0, 0)]));
    let horizons: Vec<EventTime> = summary.views.iter().map(|view| view.horizon).collect();
    assert_eq!(horizons, [at(105), at(101)]);
}

#[test]
fn an_epoch_is_judged_by_the_watermark_before_it() {
    let mut leader = leader(1);
    let outcomes = vec![outcome(100, 1, 0, 0), outcome(5, 1, 0, 0)];
    let summary = leader.close(&cut(1), &report(&[100], outcomes));
    assert_eq!((summary.before, summary.watermark), (EventTime::BEGINNING, at(100)));
    assert_eq!(summary.views[1].tally, tally(2, 0, 0, 0));
    let summary = leader.close(&cut(1), &report(&[5], vec![outcome(5, 1, 0, 0)]));
    assert_eq!((summary.before, summary.watermark), (at(100), at(100)));
    assert_eq!(summary.views[1].tally, tally(0, 0, 1, 0));
}

#[test]
fn reports_merge_to_the_same_whichever_comes_first() {
    let left = Report { largest: vec![Some(at(3))], bad: 1, outcomes: vec![outcome(3, 1, 0, 0)] };
    let right = Report {
        largest: vec![Some(at(-1)), Some(at(5)), None],
        bad: 2,
        outcomes: vec![outcome(5, 2, 0, 0)],
    };
    let merged = |mut a: Report, b: &Report| {
        a.merge(b.clone());
        a
    };
    let (one, other) = (merged(left.clone(), &right), merged(right, &left));
    assert_eq!(one.largest, [Some(at(3)), Some(at(5)), None]);
    assert_eq!((&one.largest, one.bad), (&other.largest, other.bad));
    let (one, other) = (leader(3).close(&cut(3), &one), leader(3).close(&cut(3), &other));
    assert_eq!(one, other);
    assert_eq!(one.tally, tally(3, 0, 0, 3));
}

#[test]
fn the_clock_of_summaries_never_goes_back() {
    let mut leader = leader(1);
    let clocks = [7, 3, 8].map(|millis| {
        let cut = Cut { processing: ProcessingTime::from_millis(millis), ..cut(1) };
        leader.close(&cut, &Report::default()).processing.millis()
    });
    assert_eq!(clocks, [7, 7, 8]);
}
