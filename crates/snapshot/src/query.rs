//! Queries: one part a shard, one answer of all parts.

use crate::rows::{Rows, Shown, Values, expired, first_of_each};
use crate::{Key, Order, Shape, ViewSpec, key};
use hashbrown::HashMap;
use oriel_aggregate::Output;
use oriel_time::EventTime;
use oriel_window::Windowing;
use std::collections::BTreeSet;

/// Rows of a series whose gaps are filled: a window a second for a day.
const MAX_FILLED: usize = 86_400;

/// Which rows of a view are wanted.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Query {
    /// Only windows that overlap `[from, to)`.
    pub range: Option<(EventTime, EventTime)>,
    /// Of a series, at most this many windows, the newest.
    pub newest: Option<usize>,
    /// An answer of more rows is refused.
    pub most: Option<usize>,
}

/// How the stream stood after the epoch that is answered for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Facts {
    /// The watermark.
    pub watermark: EventTime,
    /// The largest event time that the view has counted.
    pub horizon: EventTime,
}

/// How far a row's window has come.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum State {
    /// The watermark is before its end.
    Open,
    /// Late records may still correct it.
    Closed,
    /// Nothing will change it any more.
    Final,
}

/// How right the values of keys are.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum Counting {
    /// Every key has its own.
    #[default]
    Exact,
    /// The smallest keys were let go; each row says by how much it may be too large.
    SpaceSaving,
    /// Further keys are counted together, as [`OTHER`](crate::OTHER).
    Capped,
}

/// One row of an answer.
#[derive(Clone, PartialEq, Debug)]
pub struct Row {
    /// The window's start.
    pub window: EventTime,
    /// The window's end.
    pub end: EventTime,
    /// The key, of a view that has keys.
    pub key: Key,
    /// One value a metric.
    pub outputs: Vec<Output>,
    /// By how much the ranking value may be too large.
    pub error: Option<Output>,
    /// The index of the last pane that changed it.
    pub revision: u32,
    /// How far its window has come.
    pub state: State,
    /// A sum in it holds numbers that are not exact decimals.
    pub inexact: bool,
}

/// What one shard has for a query.
#[derive(Clone, Debug, Default)]
pub struct Part {
    rows: Vec<(EventTime, Key, Shown)>,
    short: Vec<EventTime>,
    other: Vec<EventTime>,
}

/// The answer to a query: a series in the order of time, a top list in the order of rank.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Answer {
    /// The window that a top list shows, if there is one.
    pub window: Option<(EventTime, State)>,
    /// The rows.
    pub rows: Vec<Row>,
    /// How right they are.
    pub counting: Counting,
    /// There are more rows than the query allows, so there are none here.
    pub refused: bool,
}

/// Reads one shard.
pub fn part(query: &Query, spec: &ViewSpec, facts: &Facts, rows: &Rows) -> Part {
    let mut part = Part::default();
    match spec.shape {
        Shape::Series { .. } => {
            let mut left = query.newest.unwrap_or(usize::MAX);
            for (start, keys) in rows.windows.iter().rev() {
                if left == 0 || part.is_beyond(query, spec) {
                    break;
                }
                let wanted = keys
                    .iter()
                    .filter(|(_, shown)| wants(query, spec, facts, *start, shown.end(spec, *start)));
                left -= usize::from(part.take(rows, *start, wanted.collect()));
            }
        }
        Shape::Top { n, per, order, complete } => {
            let end = |start: &EventTime| spec.timing.windowing.end(*start);
            let wanted = rows
                .windows
                .iter()
                .filter(|(start, keys)| !keys.is_empty() && wants(query, spec, facts, **start, end(start)));
            if let Some((start, keys)) = choose(wanted, spec, complete, facts.watermark) {
                part.take(rows, *start, best(keys, n, per, order));
            }
        }
    }
    part
}

/// Makes the answer of all shards' parts, in any order.
pub fn merge(query: &Query, spec: &ViewSpec, facts: &Facts, parts: Vec<Part>) -> Answer {
    let mut all = Part::default();
    parts.into_iter().for_each(|part| all.join(part));
    let mut answer = Answer::default();
    match spec.shape {
        Shape::Series { fill } => {
            all.rows.sort_unstable_by(|a, b| (a.0, &a.1).cmp(&(b.0, &b.1)));
            let newest = query.newest.unwrap_or(usize::MAX);
            if fill {
                all.fill(spec, newest.min(MAX_FILLED));
            }
            all.keep_newest(newest);
        }
        Shape::Top { n, per, order, complete } => {
            let starts = all.rows.iter().map(|row| (&row.0, ()));
            let Some(start) = choose(starts, spec, complete, facts.watermark).map(|(start, ())| *start)
            else {
                return answer;
            };
            all.rows.retain(|row| row.0 == start);
            all.rows.sort_unstable_by(|a, b| order.of((&a.1, &a.2), (&b.1, &b.2)));
            first_of_each(&mut all.rows, n, per, |row| &row.1);
            if per {
                // Stable: within a group the ranks stay.
                all.rows.sort_by(|a, b| key::values(&a.1, true).0.cmp(&key::values(&b.1, true).0));
            }
            answer.window = Some((start, state(spec, spec.timing.windowing.end(start), facts.watermark)));
        }
    }
    if query.most.is_some_and(|most| all.rows.len() > most) {
        return Answer { refused: true, ..Answer::default() };
    }
    answer.counting = all.counting();
    let row = |(window, key, shown): (EventTime, Key, Shown)| {
        let end = shown.end(spec, window);
        Row {
            window,
            end,
            key,
            outputs: shown.values.outputs(),
            revision: shown.revision,
            state: state(spec, end, facts.watermark),
            inexact: shown.more.as_ref().is_some_and(|more| more.inexact),
            error: shown.more.and_then(|more| more.error),
        }
    };
    answer.rows = all.rows.into_iter().map(row).collect();
    answer
}

impl Part {
    /// Takes in what another shard has.
    pub fn join(&mut self, other: Part) {
        self.rows.extend(other.rows);
        self.short.extend(other.short);
        self.other.extend(other.other);
    }

    /// There are more rows already than the query allows; what more shards have does not
    /// matter.
    pub fn is_beyond(&self, query: &Query, spec: &ViewSpec) -> bool {
        // What is cut in the end may have more before.
        let whole = matches!(spec.shape, Shape::Series { .. }) && query.newest.is_none();
        whole && query.most.is_some_and(|most| self.rows.len() > most)
    }

    /// Says whether there was anything to take.
    fn take(&mut self, rows: &Rows, start: EventTime, keys: Vec<(&Key, &Shown)>) -> bool {
        let some = !keys.is_empty();
        if rows.short.contains(&start) {
            self.short.push(start);
        }
        if rows.has_rest(start) || rows.unbounded && rows.short.contains(&start) {
            self.other.push(start);
        }
        self.rows.extend(keys.into_iter().map(|(key, shown)| {
            let (key, mut shown) = (key.clone(), shown.clone());
            if rows.unbounded {
                shown.more.iter_mut().for_each(|more| more.error = None);
            }
            (start, key, shown)
        }));
        some
    }

    /// Only the rows of so many windows, the newest, of rows in the order of time.
    fn keep_newest(&mut self, windows: usize) {
        let starts: BTreeSet<EventTime> = self.rows.iter().map(|row| row.0).collect();
        let dropped = starts.len().saturating_sub(windows);
        match starts.into_iter().nth(dropped) {
            Some(oldest) => self.rows.retain(|row| row.0 >= oldest),
            None => self.rows.clear(),
        }
    }

    /// A row of noughts for each window between the first and the last that has none;
    /// so many rows in all, the newest.
    fn fill(&mut self, spec: &ViewSpec, most: usize) {
        let Windowing::Aligned { slide, .. } = spec.timing.windowing else { return };
        let mut filled: Vec<(EventTime, Key, Shown)> = Vec::with_capacity(self.rows.len());
        for row in self.rows.drain(..).rev() {
            while let Some(last) = filled.last().map(|later| later.0.sub(slide)).filter(|last| *last > row.0)
            {
                if filled.len() >= most {
                    break;
                }
                filled.push((last, None, Shown::nought(spec)));
            }
            if filled.len() >= most {
                break;
            }
            filled.push(row);
        }
        filled.reverse();
        self.rows = filled;
    }

    fn counting(&self) -> Counting {
        let shown = |start: &EventTime| self.rows.iter().any(|row| row.0 == *start);
        if self.other.iter().any(shown) {
            Counting::Capped
        } else if self.short.iter().any(shown) {
            Counting::SpaceSaving
        } else {
            Counting::Exact
        }
    }
}

impl Shown {
    fn nought(spec: &ViewSpec) -> Self {
        Shown { values: Values::All(vec![Output::Long(0); spec.metrics].into()), revision: 0, more: None }
    }
}

fn wants(query: &Query, spec: &ViewSpec, facts: &Facts, start: EventTime, end: EventTime) -> bool {
    let within = |(from, to)| start < to && end > from;
    !expired(spec, end, facts.horizon) && query.range.is_none_or(within)
}

/// The window that a top list shows: the newest that starts at or before the watermark,
/// so that one early event does not empty the table; if there is none, the oldest. Or
/// the newest that is closed.
fn choose<'a, T>(
    windows: impl Iterator<Item = (&'a EventTime, T)>,
    spec: &ViewSpec,
    complete: bool,
    watermark: EventTime,
) -> Option<(&'a EventTime, T)> {
    let begun = |start: &EventTime| {
        (
            *start <= watermark,
            if *start <= watermark { start.millis() } else { start.millis().saturating_neg() },
        )
    };
    let closed = |start: &EventTime| spec.timing.windowing.end(*start) <= watermark;
    windows.filter(|(start, _)| !complete || closed(start)).max_by_key(|(start, _)| begun(start))
}

fn best(keys: &HashMap<Key, Shown>, n: usize, per: bool, by: Order) -> Vec<(&Key, &Shown)> {
    let mut ranked: Vec<_> = keys.iter().collect();
    if per {
        ranked.sort_unstable_by(|a, b| by.of(*a, *b));
        first_of_each(&mut ranked, n, per, |row| row.0);
    } else if ranked.len() > n {
        ranked.select_nth_unstable_by(n, |a, b| by.of(*a, *b));
        ranked.truncate(n);
    }
    ranked
}

fn state(spec: &ViewSpec, end: EventTime, watermark: EventTime) -> State {
    if spec.timing.purged(end, watermark) {
        State::Final
    } else if end <= watermark {
        State::Closed
    } else {
        State::Open
    }
}

#[cfg(test)]
mod tests;
