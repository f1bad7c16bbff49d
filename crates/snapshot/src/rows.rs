//! What the windows have shown, for one view and the keys of one shard.

use crate::{Shape, ViewSpec};
use hashbrown::HashMap;
use oriel_aggregate::Cell;
use oriel_time::EventTime;
use oriel_window::Pane;
use std::cmp::Ordering;
use std::collections::BTreeMap;
use std::sync::Arc;

/// A key value; nothing where the record had none. Series have that one key only.
pub type Key = Option<Arc<str>>;

/// What a (window, key) shows.
#[derive(Clone, PartialEq, Debug)]
pub(crate) struct Shown {
    pub(crate) value: Cell,
    pub(crate) revision: u32,
}

/// The rows of one view in one shard, by window and key.
#[derive(Clone, Debug)]
pub struct Rows {
    spec: ViewSpec,
    pub(crate) windows: BTreeMap<EventTime, HashMap<Key, Shown>>,
}

impl Rows {
    /// No rows yet.
    pub fn new(spec: ViewSpec) -> Self {
        Rows { spec, windows: BTreeMap::new() }
    }

    /// A pane's value takes the place of the one before.
    pub fn absorb(&mut self, pane: Pane<Key>) {
        let shown = Shown { value: pane.value, revision: pane.index };
        self.windows.entry(pane.window).or_default().insert(pane.key, shown);
    }

    /// The window is purged and will not change: of a top list only those stay that can
    /// be among the first.
    pub fn settle(&mut self, window: EventTime) {
        let Shape::Top { n } = self.spec.shape else { return };
        let Some(rows) = self.windows.get_mut(&window) else { return };
        if rows.len() <= n {
            return;
        }
        let mut ranked: Vec<(Key, Shown)> = rows.drain().collect();
        ranked.sort_unstable_by(|a, b| rank((&a.0, &a.1.value), (&b.0, &b.1.value)));
        ranked.truncate(n);
        rows.extend(ranked);
        rows.shrink_to_fit();
    }

    /// Drops the rows that are too far behind the horizon.
    pub fn expire(&mut self, horizon: EventTime) {
        while let Some(first) = self.windows.first_entry() {
            if !expired(&self.spec, *first.key(), horizon) {
                break;
            }
            first.remove();
        }
    }

    /// The number of rows held.
    pub fn len(&self) -> usize {
        self.windows.values().map(HashMap::len).sum()
    }

    /// No row is held.
    pub fn is_empty(&self) -> bool {
        self.windows.is_empty()
    }
}

/// The window lies wholly outside what the view retains.
pub(crate) fn expired(spec: &ViewSpec, window: EventTime, horizon: EventTime) -> bool {
    spec.timing.windowing.end(window).add(spec.retain) <= horizon
}

/// Largest first; ties by key in byte order.
pub(crate) fn rank(left: (&Key, &Cell), right: (&Key, &Cell)) -> Ordering {
    right.1.order(left.1, 0).then_with(|| left.0.cmp(right.0))
}
