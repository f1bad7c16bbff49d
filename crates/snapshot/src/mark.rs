//! Whether an answer has changed, without reading it.

use crate::rows::Rows;
use crate::{Facts, Shape, ViewSpec};
use oriel_time::EventTime;
use oriel_window::Windowing;

/// All that the answers of a view depended on when it was made. Of two for the same view,
/// [`is_like`](Mark::is_like) says whether every query has the same answer still.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Mark {
    facts: Facts,
    /// Of all shards together.
    changes: u64,
    /// The watermark has passed something that is shown.
    passed: bool,
}

impl Mark {
    /// One of no shards yet. Every shard's rows are [seen](Mark::see) next.
    pub fn new(facts: Facts) -> Self {
        Mark { facts, changes: 0, passed: false }
    }

    /// Takes in one shard, whose rows are expired up to the horizon of the facts.
    pub fn see(&mut self, rows: &Rows, before: Option<&Mark>) {
        self.changes = self.changes.wrapping_add(rows.changes());
        let since = before.map(|before| before.facts.watermark);
        self.passed |= since.is_some_and(|since| rows.passes(since, self.facts.watermark));
    }

    /// Nothing has changed since the one before, which this one has seen its shards with.
    pub fn is_like(&self, before: &Mark, spec: &ViewSpec) -> bool {
        let (now, then) = (&self.facts, &before.facts);
        // Noughts have windows that no shard holds.
        let fills = matches!(spec.shape, Shape::Series { fill: true });
        // The window that holds all of time is dated by the horizon.
        let global = spec.timing.windowing == Windowing::Global;
        self.changes == before.changes
            && !self.passed
            && (!fills || now.watermark == then.watermark)
            && (!global || now.horizon == then.horizon)
    }
}

impl Rows {
    /// The watermark goes by something on its way that a row or the choice of a list shows:
    /// a window's start, its end, its purge.
    fn passes(&self, from: EventTime, to: EventTime) -> bool {
        let spec = self.spec();
        let purge = |end: EventTime| end.add(spec.timing.lateness);
        let passed = |time: EventTime| from < time && time <= to;
        let ends = |end: EventTime| passed(end) || passed(purge(end));
        let end = |start: EventTime| spec.timing.windowing.end(start);
        // Newest first. Sessions may be longer than others that start later.
        let live = |start: EventTime| spec.is_session() || purge(end(start)) > from;
        let mut live = self.windows.iter().rev().take_while(|(start, _)| live(**start));
        from < to
            && live.any(|(start, keys)| {
                let own = || keys.values().any(|shown| ends(shown.end(spec, *start)));
                passed(*start) || ends(end(*start)) || spec.is_session() && own()
            })
    }
}

#[cfg(test)]
mod tests;
