//! The cells of one view, for the keys of one shard.

use crate::epoch::Fire;
use crate::trigger::{Timing, ViewTiming};
use hashbrown::HashMap;
use oriel_aggregate::Cell;
use oriel_time::EventTime;
use std::collections::BTreeMap;
use std::hash::Hash;

/// What one (window, key) shows when its window fires. The value is accumulated: all
/// that the window has counted.
#[derive(Clone, PartialEq, Debug)]
pub struct Pane<K> {
    /// The window's start.
    pub window: EventTime,
    /// The key.
    pub key: K,
    /// Why it was given.
    pub timing: Timing,
    /// 0, 1, 2 ... for each (window, key).
    pub index: u32,
    /// No pane can come after.
    pub is_last: bool,
    /// The accumulated value.
    pub value: Cell,
}

/// The state of a view's windows for some of its keys.
#[derive(Clone, Debug)]
pub struct Store<K> {
    timing: ViewTiming,
    slices: BTreeMap<EventTime, HashMap<K, Cell>>,
    windows: BTreeMap<EventTime, Window<K>>,
}

#[derive(Clone, Debug)]
struct Window<K> {
    keys: HashMap<K, Held>,
    /// Keys that changed since their last pane, each once.
    fresh: Vec<K>,
}

/// What a window knows of a key that it holds.
#[derive(Clone, Debug)]
struct Held {
    /// The index of its next pane.
    next: u32,
    fresh: bool,
    /// The key's cell, where the window is one slice and need not share it.
    cell: Option<Cell>,
}

impl<K: Hash + Eq + Clone + Ord> Store<K> {
    /// An empty store.
    pub fn new(timing: ViewTiming) -> Self {
        Store { timing, slices: BTreeMap::new(), windows: BTreeMap::new() }
    }

    /// Takes what an epoch brought for one slice and key, judged by the watermark
    /// before it. False if all windows of the slice are purged: nothing was taken.
    pub fn apply(&mut self, slice: EventTime, key: &K, partial: &Cell, before: EventTime) -> bool {
        if self.timing.expired(slice, before) {
            return false;
        }
        if self.tumbling() {
            self.windows.entry(slice).or_insert_with(Window::new).touch(key, Some(partial));
            return true;
        }
        let cells = self.slices.entry(slice).or_default();
        match cells.get_mut(key) {
            Some(cell) => cell.merge(partial),
            None => {
                cells.insert(key.clone(), partial.clone());
            }
        }
        for start in self.timing.windowing.windows_of(slice) {
            if self.timing.purged(start, before) {
                continue;
            }
            self.windows.entry(start).or_insert_with(Window::new).touch(key, None);
        }
        true
    }

    /// The panes of a window that fires, in the order of their keys: of all its keys
    /// on time, else of those that changed.
    pub fn fire(&mut self, fire: &Fire) -> Vec<Pane<K>> {
        let Some(window) = self.windows.get_mut(&fire.window) else { return Vec::new() };
        let fresh = std::mem::take(&mut window.fresh);
        let mut keys: Vec<K> = match fire.timing {
            Timing::OnTime => window.keys.keys().cloned().collect(),
            Timing::Early | Timing::Late => fresh,
        };
        keys.sort_unstable();
        let mut panes = Vec::with_capacity(keys.len());
        for key in keys {
            let Some(held) = window.keys.get_mut(&key) else { continue };
            let own = held.cell.clone();
            let value = own.or_else(|| value(&self.slices, &self.timing, fire.window, &key));
            let Some(value) = value else { continue };
            let index = held.next;
            held.next += 1;
            held.fresh = false;
            let Fire { window, timing, is_last } = *fire;
            panes.push(Pane { window, key, timing, index, is_last, value });
        }
        panes
    }

    /// Forgets the windows that take records no more, and what only they needed.
    /// Gives the starts of those forgotten.
    pub fn purge(&mut self, watermark: EventTime) -> Vec<EventTime> {
        let mut gone = Vec::new();
        self.windows.retain(|start, _| {
            let purged = self.timing.purged(*start, watermark);
            if purged {
                gone.push(*start);
            }
            !purged
        });
        self.slices.retain(|slice, _| !self.timing.expired(*slice, watermark));
        gone
    }

    /// The number of (slice, key) cells held.
    pub fn cells(&self) -> usize {
        if self.tumbling() {
            return self.windows.values().map(|window| window.keys.len()).sum();
        }
        self.slices.values().map(HashMap::len).sum()
    }

    /// Every window is one slice.
    fn tumbling(&self) -> bool {
        self.timing.windowing.size() == self.timing.windowing.slide()
    }

    /// Nothing is held at all.
    pub fn is_empty(&self) -> bool {
        self.slices.is_empty() && self.windows.is_empty()
    }
}

impl<K: Hash + Eq + Clone> Window<K> {
    fn new() -> Self {
        Window { keys: HashMap::new(), fresh: Vec::new() }
    }

    /// The key has changed, by a partial cell that is the window's own or in its slices.
    fn touch(&mut self, key: &K, partial: Option<&Cell>) {
        match self.keys.get_mut(key) {
            Some(held) => {
                if let (Some(cell), Some(partial)) = (&mut held.cell, partial) {
                    cell.merge(partial);
                }
                if std::mem::replace(&mut held.fresh, true) {
                    return;
                }
            }
            None => {
                self.keys.insert(key.clone(), Held { next: 0, fresh: true, cell: partial.cloned() });
            }
        }
        self.fresh.push(key.clone());
    }
}

/// The merge of the window's slices for one key.
fn value<K: Hash + Eq>(
    slices: &BTreeMap<EventTime, HashMap<K, Cell>>,
    timing: &ViewTiming,
    window: EventTime,
    key: &K,
) -> Option<Cell> {
    let range = slices.range(window..timing.windowing.end(window));
    let mut cells = range.filter_map(|(_, cells)| cells.get(key));
    let mut value = cells.next()?.clone();
    cells.for_each(|cell| value.merge(cell));
    Some(value)
}

#[cfg(test)]
mod tests;
