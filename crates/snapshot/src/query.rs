//! Queries: one part a shard, one answer of all parts.

use crate::rows::{Key, Rows, Shown, expired, rank};
use crate::{Shape, ViewSpec};
use hashbrown::HashMap;
use oriel_aggregate::{Cell, Output};
use oriel_time::EventTime;

/// Which rows of a view are wanted.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Query {
    /// Only windows that overlap `[from, to)`.
    pub range: Option<(EventTime, EventTime)>,
    /// Of a series, at most this many windows, the newest.
    pub newest: Option<usize>,
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

/// One row of an answer.
#[derive(Clone, PartialEq, Debug)]
pub struct Row {
    /// The window's start.
    pub window: EventTime,
    /// The key, of a top list.
    pub key: Key,
    /// One value a metric.
    pub outputs: Vec<Output>,
    /// The index of the last pane that changed it.
    pub revision: u32,
    /// How far its window has come.
    pub state: State,
}

/// What one shard has for a query.
#[derive(Clone, Debug, Default)]
pub struct Part {
    rows: Vec<(EventTime, Key, Cell, u32)>,
}

/// The answer to a query: a series in the order of time, a top list in the order of rank.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Answer {
    /// The window that a top list shows, if there is one.
    pub window: Option<(EventTime, State)>,
    /// The rows.
    pub rows: Vec<Row>,
}

/// Reads one shard.
pub fn part(query: &Query, spec: &ViewSpec, facts: &Facts, rows: &Rows) -> Part {
    let wanted = rows.windows.iter().filter(|(start, _)| wants(query, spec, facts, **start));
    let mut part = Part::default();
    match spec.shape {
        Shape::Series => {
            let newest = query.newest.unwrap_or(usize::MAX);
            wanted.rev().take(newest).for_each(|(start, keys)| part.take(*start, keys.iter().collect()));
        }
        Shape::Top { n } => {
            if let Some((start, keys)) = choose(wanted, facts.watermark) {
                part.take(*start, best(keys, n));
            }
        }
    }
    part
}

/// Makes the answer of all shards' parts, in any order.
pub fn merge(query: &Query, spec: &ViewSpec, facts: &Facts, parts: Vec<Part>) -> Answer {
    let mut found: Vec<_> = parts.into_iter().flat_map(|part| part.rows).collect();
    let mut answer = Answer::default();
    match spec.shape {
        Shape::Series => {
            found.sort_unstable_by(|a, b| (a.0, &a.1).cmp(&(b.0, &b.1)));
            let newest = query.newest.unwrap_or(usize::MAX);
            found.drain(..found.len().saturating_sub(newest));
        }
        Shape::Top { n } => {
            let starts = found.iter().map(|row| (&row.0, ()));
            let Some(start) = choose(starts, facts.watermark).map(|(start, ())| *start) else {
                return answer;
            };
            found.retain(|row| row.0 == start);
            found.sort_unstable_by(|a, b| rank((&a.1, &a.2), (&b.1, &b.2)));
            found.truncate(n);
            answer.window = Some((start, state(spec, start, facts.watermark)));
        }
    }
    let row = |(window, key, value, revision): (EventTime, Key, Cell, u32)| Row {
        window,
        key,
        outputs: value.outputs().collect(),
        revision,
        state: state(spec, window, facts.watermark),
    };
    answer.rows = found.into_iter().map(row).collect();
    answer
}

impl Part {
    fn take(&mut self, start: EventTime, keys: Vec<(&Key, &Shown)>) {
        let rows =
            keys.into_iter().map(|(key, shown)| (start, key.clone(), shown.value.clone(), shown.revision));
        self.rows.extend(rows);
    }
}

fn wants(query: &Query, spec: &ViewSpec, facts: &Facts, start: EventTime) -> bool {
    let within = |(from, to)| start < to && spec.timing.windowing.end(start) > from;
    !expired(spec, start, facts.horizon) && query.range.is_none_or(within)
}

/// The window that a top list shows: the newest that starts at or before the watermark,
/// so that one early event does not empty the table; if there is none, the oldest.
fn choose<'a, T>(
    windows: impl Iterator<Item = (&'a EventTime, T)>,
    watermark: EventTime,
) -> Option<(&'a EventTime, T)> {
    let begun = |start: &EventTime| {
        (*start <= watermark, if *start <= watermark { start.millis() } else { -start.millis() })
    };
    windows.max_by_key(|(start, _)| begun(start))
}

fn best(keys: &HashMap<Key, Shown>, n: usize) -> Vec<(&Key, &Shown)> {
    let mut ranked: Vec<_> = keys.iter().collect();
    let order = |a: &(&Key, &Shown), b: &(&Key, &Shown)| rank((a.0, &a.1.value), (b.0, &b.1.value));
    if ranked.len() > n {
        ranked.select_nth_unstable_by(n, order);
        ranked.truncate(n);
    }
    ranked
}

fn state(spec: &ViewSpec, start: EventTime, watermark: EventTime) -> State {
    if spec.timing.purged(start, watermark) {
        State::Final
    } else if spec.timing.windowing.end(start) <= watermark {
        State::Closed
    } else {
        State::Open
    }
}

#[cfg(test)]
mod tests;
