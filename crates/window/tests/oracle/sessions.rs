//! Sessions, found anew at every epoch's end: the connected parts of all live records of
//! a key, two of which are connected if they are closer together than the gap.

use crate::host::plain::{Given, Mode, Value, ViewRules};
use crate::naive::{End, Taken, fires, fold, purged};
use std::collections::BTreeMap;

/// The live records of all keys, and the rows that readers see.
#[derive(Clone)]
pub(crate) struct Sessions {
    gap: i64,
    records: Vec<Record>,
    rows: BTreeMap<(String, i64), Value>,
}

/// A record knows what its session has done so far.
#[derive(Clone)]
struct Record {
    key: String,
    taken: Taken,
    /// It came in this epoch.
    new: bool,
    /// Its session was closed before its epoch.
    late: bool,
    shown: bool,
    next_pane: u32,
    passed: (u64, u64),
}

impl Sessions {
    pub(crate) fn new(gap: i64) -> Self {
        Sessions { gap, records: Vec::new(), rows: BTreeMap::new() }
    }

    /// False if the session of this record alone is purged.
    pub(crate) fn take(&mut self, rules: &ViewRules, record: &Taken, keys: &[String], before: i64) -> bool {
        if purged(rules, record.time + self.gap, before) {
            return false;
        }
        for key in keys {
            self.records.push(Record {
                key: key.clone(),
                taken: record.clone(),
                new: true,
                late: false,
                shown: false,
                next_pane: 0,
                passed: (0, 0),
            });
        }
        true
    }

    pub(crate) fn close(&mut self, rules: &ViewRules, end: &End) -> Vec<Given> {
        let records = std::mem::take(&mut self.records);
        let mut by_key: BTreeMap<String, Vec<Record>> = BTreeMap::new();
        for record in records {
            by_key.entry(record.key.clone()).or_default().push(record);
        }
        let mut panes = Vec::new();
        for (key, records) in by_key {
            for mut session in united(records, self.gap, |record| record.taken.time) {
                panes.extend(self.close_one(&key, &mut session, rules, end));
                let session_end = self.end(&session);
                if purged(rules, session_end, end.watermark) {
                    assert!(session.iter().all(|record| record.shown), "something was never shown");
                } else {
                    self.records.append(&mut session);
                }
            }
        }
        panes
    }

    fn end(&self, session: &[Record]) -> i64 {
        session.iter().map(|record| record.taken.time + self.gap).max().expect("it has a record")
    }

    fn close_one(&mut self, key: &str, all: &mut [Record], rules: &ViewRules, end: &End) -> Option<Given> {
        let session_end = self.end(all);
        for record in all.iter_mut().filter(|record| record.new) {
            record.new = false;
            record.late = session_end <= end.before;
        }
        let passed = |records: usize, n: Option<u64>| n.map_or(0, |n| records as u64 / n);
        let now = (
            passed(all.len(), rules.early.records),
            passed(all.iter().filter(|record| record.late).count(), rules.late.records),
        );
        let before = |of: fn(&Record) -> u64| all.iter().map(of).max().expect("it has a record");
        let reached = (now.0 > before(|record| record.passed.0), now.1 > before(|record| record.passed.1));
        all.iter_mut().for_each(|record| record.passed = now);
        let changed = all.iter().any(|record| !record.shown);
        let (timing, _) = fires(rules, end, session_end, reached, changed)?;
        let last = purged(rules, session_end, end.watermark);
        Some(Given { timing, last, ..self.pane(key, all, rules.mode) })
    }

    fn pane(&mut self, key: &str, all: &mut [Record], mode: Mode) -> Given {
        let window = all.iter().map(|record| record.taken.time).min().expect("it has a record");
        let end = self.end(all);
        let total = fold(all.iter().map(|record| &record.taken));
        let delta = fold(all.iter().filter(|record| !record.shown).map(|record| &record.taken));
        let index = all.iter().map(|record| record.next_pane).max().expect("it has a record");
        let within = (key.to_owned(), window)..(key.to_owned(), end);
        let rows: Vec<(i64, Value)> =
            self.rows.range(within).map(|((_, start), value)| (*start, value.clone())).collect();
        rows.iter().for_each(|(start, _)| drop(self.rows.remove(&(key.to_owned(), *start))));
        self.rows.insert((key.to_owned(), window), total.clone());
        for record in all {
            record.shown = true;
            record.next_pane = index + 1;
        }
        Given {
            view: 0,
            window,
            end,
            key: key.to_owned(),
            timing: "",
            index,
            last: false,
            total,
            delta: (mode == Mode::Discarding).then_some(delta),
            merged: rows.iter().map(|(start, _)| *start).filter(|start| *start != window).collect(),
            withdrawn: rows.into_iter().filter(|_| mode == Mode::Retracting).collect(),
        }
    }
}

/// The connected parts.
pub(crate) fn united<R>(mut records: Vec<R>, gap: i64, time: impl Fn(&R) -> i64) -> Vec<Vec<R>> {
    records.sort_by_key(&time);
    let mut all: Vec<Vec<R>> = Vec::new();
    for record in records {
        match all.last_mut() {
            Some(last) if time(&record) < time(&last[last.len() - 1]) + gap => last.push(record),
            _ => all.push(vec![record]),
        }
    }
    all
}
