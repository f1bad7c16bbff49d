//! One shard's store, apart from any leader.

use super::*;
use crate::assign::Windowing;
use oriel_aggregate::{Function, Output};
use oriel_time::Span;

/// Windows of 20 every 10, taking late records for 5 more.
fn store() -> Store<&'static str> {
    let windowing = Windowing::new(Span::from_millis(20), Span::from_millis(10));
    Store::new(ViewTiming { windowing, lateness: Span::from_millis(5), every: None, records: None })
}

fn at(millis: i64) -> EventTime {
    EventTime::from_millis(millis)
}

fn counted(n: usize) -> Cell {
    let mut cell = Cell::zero(&[Function::Count]);
    (0..n).for_each(|_| cell.add(0));
    cell
}

fn fire(window: i64, timing: Timing) -> Fire {
    Fire { window: at(window), timing, is_last: false }
}

/// Key, index and value of each pane.
fn shown(panes: Vec<Pane<&'static str>>) -> Vec<(&'static str, u32, Output)> {
    let value = |pane: &Pane<_>| pane.value.outputs().next().expect("one metric");
    panes.iter().map(|pane| (pane.key, pane.index, value(pane))).collect()
}

#[test]
fn a_record_is_held_once_however_many_windows_show_it() {
    let mut store = store();
    assert!(store.apply(at(10), &"a", &counted(2), EventTime::BEGINNING));
    assert!(store.apply(at(20), &"a", &counted(1), EventTime::BEGINNING));
    assert_eq!(store.cells(), 2);
    assert_eq!(shown(store.fire(&fire(0, Timing::OnTime))), [("a", 0, Output::Long(2))]);
    assert_eq!(shown(store.fire(&fire(10, Timing::OnTime))), [("a", 0, Output::Long(3))]);
    assert_eq!(shown(store.fire(&fire(20, Timing::OnTime))), [("a", 0, Output::Long(1))]);
}

#[test]
fn a_slice_whose_windows_are_all_purged_takes_nothing_and_says_so() {
    let mut store = store();
    assert!(!store.apply(at(10), &"a", &counted(1), at(35)));
    assert!(store.is_empty());
    assert!(store.apply(at(10), &"a", &counted(1), at(34)));
    assert_eq!(shown(store.fire(&fire(0, Timing::Late))), [], "that window is purged");
    assert_eq!(shown(store.fire(&fire(10, Timing::Late))), [("a", 0, Output::Long(1))]);
}

#[test]
fn on_time_shows_all_keys_in_order_and_else_those_that_changed() {
    let mut store = store();
    for key in ["c", "a", "b"] {
        store.apply(at(0), &key, &counted(1), EventTime::BEGINNING);
    }
    assert_eq!(store.fire(&fire(0, Timing::Early)).len(), 3);
    store.apply(at(0), &"b", &counted(1), EventTime::BEGINNING);
    assert_eq!(shown(store.fire(&fire(0, Timing::Early))), [("b", 1, Output::Long(2))]);
    let expected = [("a", 1, Output::Long(1)), ("b", 2, Output::Long(2)), ("c", 1, Output::Long(1))];
    assert_eq!(shown(store.fire(&fire(0, Timing::OnTime))), expected);
    assert_eq!(shown(store.fire(&fire(0, Timing::Late))), []);
}

#[test]
fn panes_come_in_the_order_of_their_keys() {
    let mut store = store();
    let keys = ["h", "c", "", "e", "b", "a", "aa", "g", "d", "f", "é", "z"];
    for key in keys {
        store.apply(at(0), &key, &counted(1), EventTime::BEGINNING);
    }
    let given: Vec<&str> = store.fire(&fire(0, Timing::Early)).iter().map(|pane| pane.key).collect();
    assert_eq!(given, ["", "a", "aa", "b", "c", "d", "e", "f", "g", "h", "z", "é"]);
}

#[test]
fn a_window_that_this_shard_has_no_key_of_gives_nothing() {
    assert_eq!(shown(store().fire(&fire(0, Timing::OnTime))), []);
}

#[test]
fn a_slice_stays_until_the_last_of_its_windows_is_purged() {
    let mut store = store();
    store.apply(at(10), &"a", &counted(1), EventTime::BEGINNING);
    assert_eq!(store.purge(at(24)), []);
    assert_eq!(store.purge(at(25)), [at(0)]);
    assert_eq!(store.cells(), 1);
    assert_eq!(store.purge(at(34)), []);
    assert_eq!(store.purge(at(35)), [at(10)]);
    assert_eq!(store.cells(), 0);
    assert!(store.is_empty());
}
