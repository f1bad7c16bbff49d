//! What the windows have shown, for one view and the keys of one shard.

use crate::{Key, Order, Shape, ViewSpec, key};
use hashbrown::hash_map::Entry;
use hashbrown::{HashMap, HashSet};
use oriel_aggregate::{Cell, Number, Output, Scalar};
use oriel_time::EventTime;
use oriel_window::{Footprint, Pane, repack, table_bytes};
use std::cmp::Ordering;
use std::collections::BTreeMap;

/// What a (window, key) shows. There is one for each, so what most do not need is apart.
#[derive(Clone, PartialEq, Debug)]
pub(crate) struct Shown {
    pub(crate) values: Values,
    pub(crate) revision: u32,
    pub(crate) more: Option<Box<More>>,
}

/// What only some rows have.
#[derive(Clone, PartialEq, Debug)]
pub(crate) struct More {
    /// By how much the ranking value may be too large.
    pub(crate) error: Option<Output>,
    /// Where a session ends.
    pub(crate) end: Option<EventTime>,
    pub(crate) inexact: bool,
}

/// One value a metric. Most views have one, which is a whole number.
#[derive(Clone, PartialEq, Debug)]
pub(crate) enum Values {
    Long(i64),
    All(Box<[Output]>),
}

impl Values {
    fn of(cell: &Cell) -> Self {
        let mut outputs = cell.outputs();
        match (outputs.next(), outputs.next()) {
            (Some(Output::Long(value)), None) => Values::Long(value),
            (first, second) => Values::All(first.into_iter().chain(second).chain(outputs).collect()),
        }
    }

    /// All of them.
    pub(crate) fn outputs(&self) -> Vec<Output> {
        match self {
            Values::Long(value) => vec![Output::Long(*value)],
            Values::All(all) => all.to_vec(),
        }
    }

    /// How many are out of range.
    fn overflows(&self) -> u64 {
        match self {
            Values::Long(_) => 0,
            Values::All(all) => all.iter().filter(|output| **output == Output::Overflow).count() as u64,
        }
    }
}

impl Shown {
    /// Where its window ends.
    pub(crate) fn end(&self, spec: &ViewSpec, window: EventTime) -> EventTime {
        let own = self.more.as_ref().and_then(|more| more.end);
        own.unwrap_or_else(|| spec.timing.windowing.end(window))
    }

    /// What it takes on the heap with its key.
    fn heap(&self, key: &Key) -> usize {
        let text = |output: &Output| match output {
            Output::Text(text) => text.len(),
            _ => 0,
        };
        let values = match &self.values {
            Values::Long(_) => 0,
            Values::All(all) => size_of_val::<[Output]>(all) + all.iter().map(text).sum::<usize>(),
        };
        let more = if self.more.is_some() { size_of::<More>() } else { 0 };
        key.bytes() + values + more
    }
}

/// The rows of one view in one shard, by window and key.
#[derive(Clone, Debug)]
pub struct Rows {
    spec: ViewSpec,
    pub(crate) windows: BTreeMap<EventTime, HashMap<Key, Shown>>,
    /// Windows of which keys were let go.
    pub(crate) short: HashSet<EventTime>,
    /// The key of all that found no room, in views that have one.
    rest: Option<Key>,
    /// Something that was given is below nought: no bound holds.
    pub(crate) unbounded: bool,
    overflows: u64,
    /// Goes up with every change that an answer could show.
    changes: u64,
    /// What keys and values take on the heap.
    heap: usize,
}

impl Rows {
    /// No rows yet.
    pub fn new(spec: ViewSpec) -> Self {
        Rows {
            spec,
            windows: BTreeMap::new(),
            short: HashSet::new(),
            rest: None,
            unbounded: false,
            overflows: 0,
            changes: 0,
            heap: 0,
        }
    }

    /// The same for a view that counts keys without room together, under that key.
    #[must_use]
    pub fn with_rest(self, rest: Key) -> Self {
        Rows { rest: Some(rest), ..self }
    }

    /// Something was given that is below nought: errors of what is let go are none.
    pub fn unbound(&mut self) {
        self.changes += u64::from(!self.unbounded);
        self.unbounded = true;
    }

    /// The window has a row of what found no room.
    pub(crate) fn has_rest(&self, window: EventTime) -> bool {
        let rows = self.windows.get(&window);
        self.rest.as_ref().is_some_and(|rest| rows.is_some_and(|rows| rows.contains_key(rest)))
    }

    /// A pane's total takes the place of the one before; sessions that it absorbed leave.
    pub fn absorb(&mut self, pane: Pane<Key>) {
        for start in pane.merged() {
            self.remove(*start, &pane.key);
        }
        self.changes += 1;
        let values = Values::of(&pane.total);
        self.overflows += values.overflows();
        let more = More {
            error: pane.error().map(|error| error.output(self.spec.metric())),
            end: self.spec.is_session().then_some(pane.end),
            inexact: pane.total.inexact(),
        };
        let some = more.error.is_some() || more.end.is_some() || more.inexact;
        let shown = Shown { values, revision: pane.index, more: some.then(|| Box::new(more)) };
        self.heap += shown.heap(&pane.key);
        match self.windows.entry(pane.window).or_default().entry(pane.key) {
            Entry::Occupied(mut row) => {
                let before = row.insert(shown);
                self.heap -= before.heap(row.key());
            }
            Entry::Vacant(row) => drop(row.insert(shown)),
        }
    }

    /// The window is purged and will not change: of a top list only those stay that can
    /// be among the first.
    pub fn settle(&mut self, window: EventTime) {
        let Shape::Top { n, per, .. } = self.spec.shape else { return };
        let Some(rows) = self.windows.get_mut(&window) else { return };
        if rows.len() <= n {
            return;
        }
        let mut ranked: Vec<(Key, Shown)> = rows.drain().collect();
        let order = self.spec.order();
        ranked.sort_unstable_by(|a, b| order.of((&a.0, &a.1), (&b.0, &b.1)));
        self.heap -= ranked.iter().map(|(key, shown)| shown.heap(key)).sum::<usize>();
        first_of_each(&mut ranked, n, per, |row| &row.0);
        self.heap += ranked.iter().map(|(key, shown)| shown.heap(key)).sum::<usize>();
        rows.extend(ranked);
        rows.shrink_to_fit();
        self.changes += 1;
    }

    /// Drops the rows that are too far behind the horizon. Says whether any went.
    pub fn expire(&mut self, horizon: EventTime) -> bool {
        let spec = &self.spec;
        let first = self.windows.first_key_value();
        if first.is_none_or(|(start, _)| !expired(spec, spec.timing.windowing.end(*start), horizon)) {
            return false;
        }
        let mut gone = false;
        let oldest = self.windows.range_mut(..horizon);
        let old = oldest.take_while(|(start, _)| expired(spec, spec.timing.windowing.end(**start), horizon));
        let mut empty = Vec::new();
        for (start, rows) in old {
            for (key, old) in rows.extract_if(|_, shown| expired(spec, shown.end(spec, *start), horizon)) {
                self.heap -= old.heap(&key);
                gone = true;
            }
            empty.extend(rows.is_empty().then_some(*start));
        }
        for start in empty {
            self.windows.remove(&start);
        }
        self.short.retain(|start| !expired(spec, spec.timing.windowing.end(*start), horizon));
        self.changes += u64::from(gone);
        gone
    }

    /// Entries were let go of: the rows go with them, and their windows are short.
    pub fn forget(&mut self, holds: impl Fn(EventTime, &Key) -> bool, short: impl Fn(EventTime) -> bool) {
        for (start, rows) in &mut self.windows {
            if short(*start) {
                self.changes += 1;
                self.short.insert(*start);
                let had = rows.len();
                for (key, gone) in rows.extract_if(|key, _| !holds(*start, key)) {
                    self.heap -= gone.heap(&key);
                }
                if rows.len() < had {
                    repack(rows);
                }
            }
        }
    }

    /// Of the window, which is about to show its rows, keys were let go before it had any.
    pub fn shorten(&mut self, window: EventTime) {
        self.changes += 1;
        self.short.insert(window);
    }

    /// Every key that has a row, some more than once.
    pub fn keys(&self) -> impl Iterator<Item = &Key> {
        self.windows.values().flat_map(HashMap::keys)
    }

    /// The number of rows held.
    pub fn len(&self) -> usize {
        self.windows.values().map(HashMap::len).sum()
    }

    /// What the rows take in memory, about.
    pub fn bytes(&self) -> usize {
        let windows = self.windows.values().map(|rows| WINDOW + table_bytes::<Key, Shown>(rows.len()));
        windows.sum::<usize>() + self.heap
    }

    /// What they will take more, about, when all of a window's keys have a row; of
    /// sessions, each of which is a window, those of so many.
    pub fn bytes_to_come(&self, window: EventTime, keys: usize) -> usize {
        let values = self.spec.metrics * size_of::<Output>();
        if self.spec.is_session() {
            return keys * (WINDOW + table_bytes::<Key, Shown>(1) + size_of::<More>() + values);
        }
        let held = self.windows.get(&window).map_or(0, HashMap::len);
        let all = |keys| table_bytes::<Key, Shown>(keys) + keys * values;
        all(keys).saturating_sub(all(held))
    }

    /// No row is held.
    pub fn is_empty(&self) -> bool {
        self.windows.is_empty()
    }

    /// How often something has changed that an answer could show.
    pub fn changes(&self) -> u64 {
        self.changes
    }

    pub(crate) fn spec(&self) -> &ViewSpec {
        &self.spec
    }

    /// Values that were out of range and are shown as null.
    pub fn overflows(&self) -> u64 {
        self.overflows
    }

    fn remove(&mut self, window: EventTime, key: &Key) {
        if let Some(rows) = self.windows.get_mut(&window) {
            self.heap -= rows.remove(key).map_or(0, |shown| shown.heap(key));
            if rows.is_empty() {
                self.windows.remove(&window);
            }
        }
    }
}

/// What the table of windows keeps for one, about.
const WINDOW: usize = 2 * size_of::<(EventTime, HashMap<Key, Shown>)>();

/// The window with that end lies wholly outside what the view retains.
pub(crate) fn expired(spec: &ViewSpec, end: EventTime, horizon: EventTime) -> bool {
    end.add(spec.retain) <= horizon
}

impl Order {
    /// Two rows of one window: the better first; ties by key in byte order.
    pub(crate) fn of(self, a: (&Key, &Shown), b: (&Key, &Shown)) -> Ordering {
        if let (Values::Long(mine), Values::Long(theirs)) = (&a.1.values, &b.1.values) {
            let order = if self.ascending { mine.cmp(theirs) } else { theirs.cmp(mine) };
            return order.then_with(|| a.0.cmp(b.0));
        }
        let order = match (a.1.scalar(self.metric), b.1.scalar(self.metric)) {
            (Some(mine), Some(theirs)) if self.ascending => mine.cmp(&theirs),
            (Some(mine), Some(theirs)) => theirs.cmp(&mine),
            // Nothing to show comes last in either direction.
            (mine, theirs) => theirs.is_some().cmp(&mine.is_some()),
        };
        order.then_with(|| a.0.cmp(b.0))
    }
}

impl Shown {
    /// What a metric shows, as a value that has an order.
    fn scalar(&self, metric: usize) -> Option<Scalar<'_>> {
        let all = match &self.values {
            Values::Long(value) => return Some(Scalar::Number(Number::from_i64(*value))),
            Values::All(all) => all,
        };
        match all.get(metric)? {
            Output::Null | Output::Overflow => None,
            Output::Long(value) => Some(Scalar::Number(Number::from_i64(*value))),
            Output::Double(value) => Number::from_f64(*value).map(Scalar::Number),
            Output::Text(text) => Some(Scalar::Text(text)),
            Output::Bool(truth) => Some(Scalar::Bool(*truth)),
        }
    }
}

/// Keeps the first rows, of ranked ones; with `per` the first of each first value.
pub(crate) fn first_of_each<T>(ranked: &mut Vec<T>, n: usize, per: bool, of: impl Fn(&T) -> &Key) {
    if !per {
        return ranked.truncate(n);
    }
    let mut taken: HashMap<Option<String>, usize> = HashMap::new();
    ranked.retain(|row| {
        let group = key::values(of(row), true).0.map(str::to_owned);
        let taken = taken.entry(group).or_insert(0);
        *taken += 1;
        *taken <= n
    });
}
