//! One shard's store, apart from any leader.

use super::*;
use crate::epoch::{Fire, Tally};
use crate::pane::Timing;
use oriel_aggregate::{Function, Output};
use oriel_time::{ProcessingTime, Span};

type Shown = (i64, &'static str, u32, i64);

fn span(millis: i64) -> Span {
    Span::from_millis(millis)
}

fn at(millis: i64) -> EventTime {
    EventTime::from_millis(millis)
}

/// Windows of 20 every 10, taking late records for 5 more.
fn sliding() -> ViewTiming {
    ViewTiming { lateness: span(5), ..ViewTiming::new(Windowing::sliding(span(20), span(10))) }
}

fn tumbling() -> ViewTiming {
    ViewTiming { lateness: span(5), ..ViewTiming::new(Windowing::tumbling(span(10))) }
}

fn sessions() -> ViewTiming {
    ViewTiming { lateness: span(5), ..ViewTiming::new(Windowing::Session { gap: span(10) }) }
}

/// Each way to hold cells of aligned windows; sliding windows share slices but for one mode.
fn aligned() -> [ViewTiming; 3] {
    [tumbling(), sliding(), ViewTiming { accumulation: Accumulation::Retracting, ..sliding() }]
}

fn store(timing: ViewTiming) -> Store<&'static str> {
    Store::new(timing, Cell::zero(&[Function::Count]))
}

fn counted(n: i64) -> Cell {
    let mut cell = Cell::zero(&[Function::Count]);
    (0..n).for_each(|_| cell.add(0));
    cell
}

fn number(cell: &Cell) -> i64 {
    match cell.outputs().next() {
        Some(Output::Long(number)) => number,
        other => panic!("a count gives {other:?}"),
    }
}

fn add(store: &mut Store<&'static str>, slice: i64, key: &'static str, n: i64) {
    store.apply(&Place::Slice(at(slice)), &key, &counted(n), EventTime::BEGINNING);
}

fn stretch(start: i64, end: i64, records: u64) -> Place {
    Place::Session(Box::new(Stretch { start: at(start), end: at(end), records }))
}

fn fire(window: i64, timing: Timing) -> Fire {
    Fire { window: at(window), timing, all: timing == Timing::OnTime, is_last: false }
}

/// Ends an epoch in which the watermark goes to that time.
fn close(
    store: &mut Store<&'static str>,
    watermark: i64,
    fires: &[Fire],
) -> (Vec<Pane<&'static str>>, Vec<EventTime>) {
    let view = ViewSummary {
        fires: fires.to_vec(),
        early_due: true,
        late_due: false,
        horizon: EventTime::BEGINNING,
        tally: Tally::default(),
        late_windows: 0,
    };
    let summary = Summary {
        processing: ProcessingTime::from_millis(0),
        before: EventTime::BEGINNING,
        watermark: at(watermark),
        partitions: Vec::new(),
        views: Vec::new(),
        tally: Tally::default(),
    };
    let mut panes = Vec::new();
    let gone = store.close(&summary, &view, |pane| panes.push(pane));
    (panes, gone)
}

fn shown(store: &mut Store<&'static str>, fires: &[Fire]) -> Vec<Shown> {
    let (panes, _) = close(store, -1_000, fires);
    panes.iter().map(|p| (p.window.millis(), p.key, p.index, number(&p.total))).collect()
}

#[test]
fn a_record_is_held_once_however_many_windows_show_it() {
    let mut store = store(sliding());
    add(&mut store, 10, "a", 2);
    add(&mut store, 20, "a", 1);
    assert_eq!(store.size().entries, 2);
    let fires = [0, 10, 20].map(|window| fire(window, Timing::OnTime));
    assert_eq!(shown(&mut store, &fires), [(0, "a", 0, 2), (10, "a", 0, 3), (20, "a", 0, 1)]);
}

#[test]
fn a_purged_window_takes_nothing() {
    for timing in [sliding(), ViewTiming { accumulation: Accumulation::Retracting, ..sliding() }] {
        let mut store = store(timing);
        store.apply(&Place::Slice(at(10)), &"a", &counted(1), at(34));
        let fires = [0, 10].map(|window| fire(window, Timing::Late));
        let (panes, gone) = close(&mut store, 34, &fires[1..]);
        assert_eq!(panes.iter().map(|pane| pane.window).collect::<Vec<_>>(), [at(10)]);
        assert_eq!(gone, [], "the window before was never made");
    }
}

#[test]
fn on_time_shows_all_keys_in_order_and_else_those_that_changed() {
    for timing in aligned() {
        let timing = ViewTiming { early: crate::Trigger { every: None, records: Some(1) }, ..timing };
        let mut store = store(timing);
        ["c", "a", "b"].into_iter().for_each(|key| add(&mut store, 0, key, 1));
        assert_eq!(shown(&mut store, &[fire(0, Timing::Early)]).len(), 3);
        add(&mut store, 0, "b", 1);
        assert_eq!(shown(&mut store, &[fire(0, Timing::Early)]), [(0, "b", 1, 2)]);
        let expected = [(0, "a", 1, 1), (0, "b", 2, 2), (0, "c", 1, 1)];
        assert_eq!(shown(&mut store, &[fire(0, Timing::OnTime)]), expected);
        assert_eq!(shown(&mut store, &[fire(0, Timing::Late)]), []);
        let all = Fire { all: true, ..fire(0, Timing::Late) };
        assert_eq!(shown(&mut store, &[all]), [(0, "a", 2, 1), (0, "b", 3, 2), (0, "c", 2, 1)]);
    }
}

#[test]
fn panes_come_in_the_order_of_their_keys() {
    let keys = ["h", "c", "", "e", "b", "a", "aa", "g", "d", "f", "é", "z"];
    let in_order = ["", "a", "aa", "b", "c", "d", "e", "f", "g", "h", "z", "é"];
    for timing in aligned() {
        let mut store = store(timing);
        keys.into_iter().for_each(|key| add(&mut store, 0, key, 1));
        let given: Vec<&str> = shown(&mut store, &[fire(0, Timing::OnTime)]).iter().map(|p| p.1).collect();
        assert_eq!(given, in_order);
    }
    let mut store = store(sessions());
    keys.into_iter().for_each(|key| store.apply(&stretch(0, 10, 1), &key, &counted(1), at(-9)));
    let given: Vec<&str> = shown(&mut store, &[]).iter().map(|p| p.1).collect();
    assert_eq!(given, in_order);
}

#[test]
fn a_window_that_this_shard_has_no_key_of_gives_nothing_and_leaves_nothing() {
    for timing in aligned() {
        let mut store = store(timing);
        assert_eq!(shown(&mut store, &[fire(0, Timing::OnTime)]), []);
        assert!(store.is_empty());
    }
}

#[test]
fn a_slice_stays_until_the_last_of_its_windows_is_purged() {
    let mut store = store(sliding());
    add(&mut store, 10, "a", 1);
    assert_eq!(close(&mut store, 24, &[fire(0, Timing::OnTime)]).1, []);
    assert_eq!(close(&mut store, 25, &[]).1, [at(0)]);
    assert_eq!(store.size().entries, 1);
    assert_eq!(close(&mut store, 34, &[fire(10, Timing::OnTime)]).1, []);
    assert_eq!(close(&mut store, 35, &[]).1, [at(10)]);
    assert_eq!(store.size(), Size::default());
    assert!(store.is_empty());
}

#[test]
fn windows_that_fire_and_are_purged_at_once_are_named_too() {
    for timing in aligned() {
        let mut store = store(timing);
        add(&mut store, 0, "a", 1);
        let fires = [-10, 0].map(|window| Fire { is_last: true, ..fire(window, Timing::OnTime) });
        let (panes, gone) = close(&mut store, 25, &fires);
        assert_eq!(gone, panes.iter().map(|pane| pane.window).collect::<Vec<_>>());
        assert_eq!(gone.last(), Some(&at(0)));
        assert!(store.is_empty());
        assert_eq!(store.size(), Size::default());
    }
}

#[test]
fn of_each_window_only_the_largest_keys_stay_and_the_rest_is_a_bound() {
    for timing in [tumbling(), ViewTiming { accumulation: Accumulation::Retracting, ..tumbling() }] {
        let mut store = store(timing);
        [("a", 5), ("b", 1), ("c", 3), ("d", 3)].into_iter().for_each(|(key, n)| add(&mut store, 0, key, n));
        assert!(store.shrink(4, 0) == 0 && !store.is_short(at(0)));
        assert!(store.shrink(2, 0) > 0 && store.is_short(at(0)) && !store.is_short(at(10)));
        assert!(store.holds(at(0), &"c") && !store.holds(at(0), &"d"), "of equal ones the smaller key stays");
        add(&mut store, 0, "b", 2);
        let (panes, _) = close(&mut store, 0, &[fire(0, Timing::OnTime)]);
        let bounds = |p: &Pane<&'static str>| (p.key, number(&p.total), p.error().map(number));
        let expected = [("a", 5, None), ("b", 2 + 3, Some(3)), ("c", 3, None)];
        assert_eq!(panes.iter().map(bounds).collect::<Vec<_>>(), expected);
    }
}

#[test]
fn a_window_of_short_slices_adds_up_their_bounds() {
    let mut store = store(sliding());
    [("a", 5), ("b", 2)].into_iter().for_each(|(key, n)| add(&mut store, 0, key, n));
    [("a", 1), ("b", 4)].into_iter().for_each(|(key, n)| add(&mut store, 10, key, n));
    assert!(store.shrink(2, 0) > 0);
    add(&mut store, 10, "c", 1);
    add(&mut store, 0, "d", 1);
    add(&mut store, 10, "d", 1);
    assert_eq!([-10, 0, 10, 20].map(|window| store.is_short(at(window))), [true, true, true, false]);
    let (panes, _) = close(&mut store, 0, &[fire(0, Timing::OnTime)]);
    let bounds = |p: &Pane<&'static str>| (p.key, number(&p.total), p.error().map(number));
    let twice = |key| (key, 1 + 2 + 1 + 1, Some(2 + 1));
    let expected = [("a", 5 + 1, Some(1)), ("b", 4 + 2, Some(2)), ("c", 1 + 1 + 2, Some(1 + 2)), twice("d")];
    assert_eq!(panes.iter().map(bounds).collect::<Vec<_>>(), expected);
}

#[test]
fn what_is_let_go_of_comes_back_as_a_new_key() {
    for timing in aligned() {
        let mut store = store(timing);
        add(&mut store, 0, "a", 1);
        add(&mut store, 0, "b", 2);
        assert_eq!(shown(&mut store, &[fire(0, Timing::OnTime)]).len(), 2);
        store.shrink(0, 0);
        assert_eq!(store.size(), Size::default());
        assert_eq!(store.keys().count(), 0);
        add(&mut store, 0, "a", 1);
        assert_eq!(shown(&mut store, &[fire(0, Timing::OnTime)]), [(0, "a", 0, 1 + 2)]);
    }
}

#[test]
fn sessions_are_never_short() {
    let mut store = store(sessions());
    store.apply(&stretch(0, 10, 1), &"a", &counted(1), at(-9));
    assert!(store.shrink(0, 0) == 0 && !store.is_short(at(0)));
    assert!(store.holds(at(0), &"a") && !store.holds(at(0), &"b"));
    assert_eq!(store.keys().collect::<Vec<_>>(), [&"a"]);
}

#[test]
fn sessions_of_a_key_are_one_entry_each_and_their_bytes_come_back() {
    for accumulation in [Accumulation::Accumulating, Accumulation::Discarding, Accumulation::Retracting] {
        let mut store = store(ViewTiming { accumulation, ..sessions() });
        for place in [stretch(0, 10, 1), stretch(10, 20, 1), stretch(30, 40, 1), stretch(35, 52, 2)] {
            store.apply(&place, &"a", &counted(1), EventTime::BEGINNING);
        }
        assert_eq!(store.size().entries, 3);
        assert_eq!(close(&mut store, 9, &[]).0.len(), 3);
        store.apply(&stretch(5, 15, 1), &"a", &counted(1), EventTime::BEGINNING);
        assert_eq!(store.size().entries, 2);
        assert_eq!(close(&mut store, 24, &[]).0.len(), 1);
        assert_eq!(store.size().entries, 2);
        let more = store.size().bytes;
        close(&mut store, 25, &[]);
        assert!(store.size().bytes < more);
        assert_eq!(store.size().entries, 1);
        assert!(!store.is_empty());
        close(&mut store, 57, &[]);
        assert_eq!(store.size(), Size::default());
        assert!(store.is_empty());
    }
}

#[test]
fn a_store_takes_more_bytes_for_a_longer_key() {
    let size = |timing, key: &str| {
        let mut store = Store::new(timing, Cell::zero(&[Function::Count]));
        let place = match timing.windowing {
            Windowing::Session { .. } => stretch(0, 10, 1),
            _ => Place::Slice(at(0)),
        };
        store.apply(&place, &key.to_owned(), &counted(1), EventTime::BEGINNING);
        store.size()
    };
    for timing in aligned().into_iter().chain([sessions()]) {
        let (long, longer) = (size(timing, "long"), size(timing, "longer"));
        assert_eq!(longer.bytes - long.bytes, 2 * long.entries);
    }
}

#[test]
fn discarding_on_time_only_keeps_no_more_than_accumulating() {
    let size = |accumulation| {
        let mut store = store(ViewTiming { accumulation, ..sliding() });
        add(&mut store, 0, "a", 1);
        add(&mut store, 10, "a", 1);
        store.size()
    };
    assert_eq!(size(Accumulation::Discarding), size(Accumulation::Accumulating));
}
