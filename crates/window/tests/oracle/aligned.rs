//! Windows that are the same for all keys. Each keeps all its records.

use crate::host::plain::{Given, Mode, Value, ViewRules, Windows};
use crate::naive::{BEGINNING, END, End, Taken, fires, fold, purged};
use std::collections::{BTreeMap, BTreeSet};

/// The windows that are not purged, by start.
#[derive(Clone, Default)]
pub(crate) struct Aligned(BTreeMap<i64, Window>);

#[derive(Clone, Default)]
struct Window {
    records: Vec<Record>,
    /// How many of them came before the present epoch.
    before: usize,
    shown: BTreeMap<String, Shown>,
}

#[derive(Clone)]
struct Record {
    taken: Taken,
    keys: Vec<String>,
    /// The window was closed before this one's epoch.
    late: bool,
}

/// What the panes of a key have shown.
#[derive(Clone, Default)]
struct Shown {
    panes: u32,
    records: usize,
    last: Option<Value>,
}

impl Aligned {
    /// False if all its windows are purged.
    pub(crate) fn take(
        &mut self,
        rules: &ViewRules,
        record: &Taken,
        keys: &[String],
        before: i64,
        missed: &mut u64,
    ) -> bool {
        let all = windows(&rules.windows, record.time);
        let (gone, alive): (Vec<_>, Vec<_>) =
            all.into_iter().partition(|(_, end)| purged(rules, *end, before));
        if alive.is_empty() {
            return false;
        }
        *missed += gone.len() as u64;
        for (start, end) in alive {
            let record = Record { taken: record.clone(), keys: keys.to_vec(), late: end <= before };
            self.0.entry(start).or_default().records.push(record);
        }
        true
    }

    pub(crate) fn close(&mut self, rules: &ViewRules, end: &End) -> Vec<Given> {
        let mut panes = Vec::new();
        for (start, window) in &mut self.0 {
            let window_end = window_end(&rules.windows, *start);
            let changed = window.keys().iter().any(|key| window.changed(key));
            let reached = window.reached(rules);
            window.before = window.records.len();
            let Some((timing, all)) = fires(rules, end, window_end, reached, changed) else { continue };
            for key in window.keys() {
                if all || window.changed(&key) {
                    let last = purged(rules, window_end, end.watermark);
                    let at = (*start, window_end);
                    panes.push(Given { timing, last, ..window.pane(at, key, rules.mode) });
                }
            }
        }
        panes
    }

    /// Says which windows are forgotten.
    pub(crate) fn purge(&mut self, rules: &ViewRules, watermark: i64) -> Vec<i64> {
        let is_purged = |start: &i64| purged(rules, window_end(&rules.windows, *start), watermark);
        let gone: Vec<i64> = self.0.keys().copied().filter(is_purged).collect();
        for start in &gone {
            let window = self.0.remove(start).expect("it was just there");
            assert!(!window.keys().iter().any(|key| window.changed(key)), "something was never shown");
        }
        gone
    }
}

impl Window {
    fn keys(&self) -> BTreeSet<String> {
        self.records.iter().flat_map(|record| &record.keys).cloned().collect()
    }

    fn of(&self, key: &String) -> Vec<&Taken> {
        self.records.iter().filter(|record| record.keys.contains(key)).map(|record| &record.taken).collect()
    }

    fn changed(&self, key: &String) -> bool {
        self.of(key).len() > self.shown.get(key).map_or(0, |shown| shown.records)
    }

    /// In this epoch a record came whose number is a multiple of n: among all, and among
    /// those that came after the window closed.
    fn reached(&self, rules: &ViewRules) -> (bool, bool) {
        let late = |records: &[Record]| records.iter().filter(|record| record.late).count();
        let multiple = |n: Option<u64>, before: usize, now: usize| {
            n.is_some_and(|n| (before + 1..=now).any(|number| (number as u64).is_multiple_of(n)))
        };
        let before = &self.records[..self.before];
        (
            multiple(rules.early.records, before.len(), self.records.len()),
            multiple(rules.late.records, late(before), late(&self.records)),
        )
    }

    fn pane(&mut self, (window, end): (i64, i64), key: String, mode: Mode) -> Given {
        let mut shown = self.shown.remove(&key).unwrap_or_default();
        let records = self.of(&key);
        let total = fold(records.iter().copied());
        let delta = fold(records[shown.records..].iter().copied());
        let before = shown.last.replace(total.clone()).map(|value| (window, value));
        let pane = Given {
            view: 0,
            window,
            end,
            key: key.clone(),
            timing: "",
            index: shown.panes,
            last: false,
            total,
            delta: (mode == Mode::Discarding).then_some(delta),
            withdrawn: before.into_iter().filter(|_| mode == Mode::Retracting).collect(),
            merged: Vec::new(),
        };
        shown.panes += 1;
        shown.records = records.len();
        self.shown.insert(key, shown);
        pane
    }
}

/// The start and end of all windows that hold the time, earliest first.
pub(crate) fn windows(windows: &Windows, time: i64) -> Vec<(i64, i64)> {
    match *windows {
        Windows::Aligned { size, slide, offset } => {
            let starts = (time - size + 1..=time).filter(|start| (start - offset) % slide == 0);
            starts.map(|start| (start, start + size)).collect()
        }
        _ => vec![(BEGINNING, END)],
    }
}

fn window_end(windows: &Windows, start: i64) -> i64 {
    match windows {
        Windows::Aligned { size, .. } => start + size,
        _ => END,
    }
}
