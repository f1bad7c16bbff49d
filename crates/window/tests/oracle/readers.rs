//! Readers of panes: what they can rely on.

use crate::host::plain::{self, Given, Value, Windows};
use oriel_aggregate::Cell;
use oriel_window::Pane;
use proptest::prelude::*;
use std::collections::{BTreeMap, BTreeSet};

/// View, window, key.
pub(crate) type Row = (usize, i64, String);

fn row(pane: &Given) -> Row {
    (pane.view, pane.window, pane.key.clone())
}

fn merged(pane: &Given) -> Vec<Row> {
    pane.merged.iter().map(|start| (pane.view, *start, pane.key.clone())).collect()
}

/// Follows the numbers of panes.
#[derive(Default)]
pub(crate) struct Numbers {
    last: BTreeMap<Row, Given>,
    over: BTreeSet<Row>,
}

impl Numbers {
    pub(crate) fn take(&mut self, pane: &Given, windows: &Windows) -> Result<(), TestCaseError> {
        let row = row(pane);
        prop_assert!(!self.over.contains(&row), "{:?} comes after the last", pane);
        let before = self.last.get(&row);
        if let (Some(before), false) = (before, matches!(windows, Windows::Sessions { .. })) {
            let place = |pane: &Given| ["EARLY", "ON_TIME", "LATE"].iter().position(|t| *t == pane.timing);
            prop_assert!(place(before) <= place(pane), "{:?} {:?}", before, pane);
            prop_assert!(pane.timing != "ON_TIME" || before.timing != "ON_TIME", "{:?}", pane);
        }
        let mut next = before.map_or(0, |before| before.index + 1);
        for merged in merged(pane) {
            let absorbed = self.last.remove(&merged);
            prop_assert!(absorbed.is_some(), "{:?} absorbs what was not there", pane);
            next = next.max(absorbed.map_or(0, |absorbed| absorbed.index + 1));
            self.over.insert(merged);
        }
        prop_assert_eq!(pane.index, next, "{:?}", pane);
        if pane.last {
            self.over.insert(row.clone());
        }
        self.last.insert(row, pane.clone());
        Ok(())
    }
}

/// Merges what panes say has come since the last one.
#[derive(Default)]
pub(crate) struct Deltas(BTreeMap<Row, Cell>);

impl Deltas {
    pub(crate) fn take(&mut self, given: &Given, pane: &Pane<String>) -> Result<(), TestCaseError> {
        let mut whole = self.0.remove(&row(given)).unwrap_or_else(plain::zero);
        for merged in merged(given) {
            let part = self.0.remove(&merged);
            prop_assert!(part.is_some(), "{:?} absorbs what was not there", given);
            part.iter().for_each(|part| whole.merge(part));
        }
        whole.merge(pane.value());
        prop_assert_eq!(&plain::value(&whole), &given.total, "{:?}", given);
        self.0.insert(row(given), whole);
        Ok(())
    }
}

/// Takes away what panes withdraw, then adds what they show.
#[derive(Default)]
pub(crate) struct Retractions(BTreeMap<Row, Value>);

impl Retractions {
    pub(crate) fn take(&mut self, given: &Given, pane: &Pane<String>) -> Result<(), TestCaseError> {
        for (start, value) in &given.withdrawn {
            let held = self.0.remove(&(given.view, *start, given.key.clone()));
            prop_assert_eq!(held.as_ref(), Some(value), "{:?}", given);
        }
        let left = merged(given).into_iter().find(|row| self.0.contains_key(row));
        prop_assert!(left.is_none(), "{:?} leaves what it absorbed", given);
        prop_assert_eq!(&plain::value(pane.value()), &given.total);
        let twice = self.0.insert(row(given), given.total.clone());
        prop_assert!(twice.is_none(), "{:?} adds to what it did not withdraw", given);
        Ok(())
    }

    pub(crate) fn rows(self) -> BTreeMap<Row, Value> {
        self.0
    }
}
