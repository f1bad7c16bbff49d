//! The triggers of one view, slice by slice.

use super::*;
use crate::assign::Windowing;
use crate::view::Trigger;

const SPAN: Span = Span::from_millis(10);

fn triggers(early: Trigger, late: Trigger) -> Triggers {
    let windowing = Windowing::sliding(SPAN, Span::from_millis(5));
    Triggers::new(ViewTiming { lateness: SPAN, early, late, ..ViewTiming::new(windowing) })
}

fn records(n: u64) -> Trigger {
    Trigger { every: None, records: Some(n) }
}

fn at(millis: i64) -> EventTime {
    EventTime::from_millis(millis)
}

fn end(before: EventTime, watermark: EventTime) -> EpochEnd {
    EpochEnd { before, watermark, due: Due::default() }
}

fn fire(window: i64, timing: Timing, is_last: bool) -> Fire {
    Fire { window: at(window), timing, all: timing == Timing::OnTime, is_last }
}

#[test]
fn the_windows_of_a_slice_fire_earliest_first_and_are_forgotten_when_purged() {
    let mut triggers = triggers(records(2), Trigger::NEVER);
    let slices = BTreeMap::from([(at(5), 1), (at(0), 1)]);
    let (fires, missed) = triggers.close(&end(EventTime::BEGINNING, at(8)), &slices);
    assert_eq!((fires, missed), (vec![fire(-5, Timing::OnTime, false), fire(0, Timing::Early, false)], 0));
    let (fires, _) = triggers.close(&end(at(8), EventTime::END), &BTreeMap::new());
    assert_eq!(fires, [fire(0, Timing::OnTime, true), fire(5, Timing::OnTime, true)]);
    assert!(triggers.windows.is_empty(), "state leaks");
}

#[test]
fn a_window_that_is_purged_already_is_missed_and_not_made() {
    let mut triggers = triggers(Trigger::NEVER, Trigger::NEVER);
    let (fires, missed) = triggers.close(&end(at(15), at(15)), &BTreeMap::from([(at(0), 3)]));
    assert_eq!((fires, missed), (vec![fire(0, Timing::Late, false)], 3));
    assert_eq!(triggers.windows.len(), 1);
}

#[test]
fn late_panes_wait_for_their_trigger_and_for_the_purge_at_the_latest() {
    let mut triggers = triggers(Trigger::NEVER, records(2));
    let late = BTreeMap::from([(at(0), 1)]);
    assert_eq!(triggers.close(&end(at(10), at(10)), &late).0, []);
    assert_eq!(
        triggers.close(&end(at(10), at(12)), &late).0,
        [fire(-5, Timing::Late, false), fire(0, Timing::Late, false)]
    );
    assert_eq!(triggers.close(&end(at(12), at(12)), &late).0, []);
    assert_eq!(triggers.close(&end(at(12), at(15)), &BTreeMap::new()).0, [fire(-5, Timing::Late, true)]);
    assert_eq!(
        triggers.close(&end(at(15), EventTime::END), &BTreeMap::new()).0,
        [fire(0, Timing::Late, true)]
    );
}

#[test]
fn time_is_due_once_a_multiple_has_passed_and_never_at_first() {
    let mut triggers = triggers(Trigger { every: Some(SPAN), records: None }, Trigger::NEVER);
    let due = [5, 9, 10, 19, 35, 40].map(|millis| triggers.due(ProcessingTime::from_millis(millis)).early);
    assert_eq!(due, [false, false, true, false, true, true]);
}

#[test]
fn a_window_without_records_is_not_made_by_time() {
    let mut triggers = triggers(Trigger { every: Some(SPAN), records: Some(1) }, Trigger::NEVER);
    let due = Due { early: true, late: true };
    let end = EpochEnd { before: at(0), watermark: at(0), due };
    assert_eq!(triggers.close(&end, &BTreeMap::new()), (Vec::new(), 0));
    assert!(triggers.windows.is_empty());
}
