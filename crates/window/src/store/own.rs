//! Windows that keep cells of their own.

use super::{Key, Size, add_delta, discards, heap, less, merge, raise, smallest, starts};
use crate::epoch::Fire;
use crate::footprint::{repack, table_bytes};
use crate::pane::{Aside, Pane};
use crate::view::{Accumulation, ViewTiming};
use hashbrown::HashMap;
use oriel_aggregate::Cell;
use oriel_time::EventTime;
use std::collections::BTreeMap;

#[derive(Clone, Debug)]
pub(super) struct Own<K> {
    timing: ViewTiming,
    zero: Cell,
    windows: BTreeMap<EventTime, Window<K>>,
}

#[derive(Clone, Debug)]
struct Window<K> {
    keys: HashMap<K, Held>,
    /// Keys that changed since their last pane, each once.
    fresh: Vec<K>,
    /// No key that was let go of has more.
    floor: Option<Cell>,
    /// What keys and cells take on the heap.
    bytes: usize,
}

/// What a window knows of a key that it holds.
#[derive(Clone, Debug)]
struct Held {
    cell: Cell,
    /// The index of its next pane.
    next: u32,
    fresh: bool,
    more: Option<Box<More>>,
}

/// What only some modes need.
#[derive(Clone, Debug, Default)]
struct More {
    /// What came since the last pane.
    delta: Option<Cell>,
    /// What the last pane showed.
    shown: Option<Cell>,
    /// By how much the cell may be too large.
    error: Option<Cell>,
}

impl<K: Key> Own<K> {
    pub(super) fn new(timing: ViewTiming, zero: Cell) -> Self {
        Own { timing, zero, windows: BTreeMap::new() }
    }

    pub(super) fn apply(&mut self, slice: EventTime, key: &K, partial: &Cell, before: EventTime) {
        let timing = &self.timing;
        for start in timing.windowing.windows_of(slice) {
            let end = timing.windowing.end(start);
            if timing.purged(end, before) {
                continue;
            }
            let window = self.windows.entry(start).or_insert_with(Window::new);
            let changed = window.add(key, partial, discards(timing));
            // A window that only fires on time shows all its keys then.
            if changed && (timing.early.is_set() || end <= before) {
                window.fresh.push(key.clone());
            }
        }
    }

    /// The panes of a window, in the order of their keys.
    pub(super) fn fire(&mut self, fire: &Fire, to: &mut impl FnMut(Pane<K>)) {
        let Some(window) = self.windows.get_mut(&fire.window) else { return };
        let mut keys = std::mem::take(&mut window.fresh);
        if fire.all {
            keys = window.keys.keys().cloned().collect();
        }
        keys.sort_unstable();
        let end = self.timing.windowing.end(fire.window);
        for key in keys {
            let Some(held) = window.keys.get_mut(&key) else { continue };
            held.fresh = false;
            let index = held.next;
            held.next += 1;
            let total = held.cell.clone();
            let aside = held.aside(fire.window, self.timing.accumulation, &self.zero, &mut window.bytes);
            let Fire { window, timing, is_last, .. } = *fire;
            to(Pane { window, end, key, timing, index, is_last, total, aside });
        }
    }

    pub(super) fn purge(&mut self, watermark: EventTime) -> Vec<EventTime> {
        let mut gone = Vec::new();
        let timing = &self.timing;
        self.windows.retain(|start, _| {
            let purged = timing.purged(timing.windowing.end(*start), watermark);
            gone.extend(purged.then_some(*start));
            !purged
        });
        gone
    }

    pub(super) fn shrink(&mut self, to: usize, metric: usize) -> usize {
        let held = self
            .windows
            .iter()
            .flat_map(|(start, window)| window.keys.iter().map(move |(key, held)| (&held.cell, *start, key)));
        let gone = smallest(held.collect(), to, metric);
        for (start, key) in &gone {
            let Some(window) = self.windows.get_mut(start) else { continue };
            if let Some(held) = window.keys.remove(key) {
                less(&mut window.bytes, held.bytes(key));
                raise(&mut window.floor, held.cell, metric);
            }
        }
        for start in starts(&gone) {
            let Some(Window { keys, fresh, .. }) = self.windows.get_mut(&start) else { continue };
            fresh.retain(|key| keys.contains_key(key));
            repack(keys);
        }
        gone.len()
    }

    pub(super) fn is_short(&self, window: EventTime) -> bool {
        self.windows.get(&window).is_some_and(|window| window.floor.is_some())
    }

    pub(super) fn holds(&self, window: EventTime, key: &K) -> bool {
        self.windows.get(&window).is_some_and(|window| window.keys.contains_key(key))
    }

    pub(super) fn keys(&self) -> impl Iterator<Item = &K> {
        self.windows.values().flat_map(|window| window.keys.keys())
    }

    pub(super) fn sizes(&self) -> impl Iterator<Item = (EventTime, Size)> {
        self.windows.iter().map(|(start, window)| {
            let entries = window.keys.len();
            // To show them all, their keys are put in order.
            let keys = (entries + 2 * window.fresh.len()) * size_of::<K>();
            (*start, Size { entries, bytes: window.bytes + Self::table_bytes(entries) + keys })
        })
    }

    pub(super) fn table_bytes(entries: usize) -> usize {
        table_bytes::<K, Held>(entries)
    }

    pub(super) fn is_empty(&self) -> bool {
        self.windows.is_empty()
    }
}

impl<K: Key> Window<K> {
    fn new() -> Self {
        Window { keys: HashMap::new(), fresh: Vec::new(), floor: None, bytes: 0 }
    }

    /// Says whether this is the key's first change since its last pane.
    fn add(&mut self, key: &K, partial: &Cell, discards: bool) -> bool {
        let Some(held) = self.keys.get_mut(key) else {
            self.insert(key, partial, discards);
            return true;
        };
        merge(&mut held.cell, partial, &mut self.bytes);
        if discards {
            add_delta(&mut held.more().delta, partial, &mut self.bytes);
        }
        !std::mem::replace(&mut held.fresh, true)
    }

    fn insert(&mut self, key: &K, partial: &Cell, discards: bool) {
        let mut held = Held { cell: partial.clone(), next: 0, fresh: true, more: None };
        if let Some(floor) = &self.floor {
            // It may have been here before: with at most so much.
            held.cell.merge(floor);
            held.more().error = Some(floor.clone());
        }
        if discards {
            held.more().delta = Some(partial.clone());
        }
        self.bytes += held.bytes(key);
        self.keys.insert(key.clone(), held);
    }
}

impl Held {
    fn more(&mut self) -> &mut More {
        self.more.get_or_insert_default()
    }

    /// What a pane has in some modes; by how much that changed what is held on the heap.
    fn aside(
        &mut self,
        window: EventTime,
        mode: Accumulation,
        zero: &Cell,
        bytes: &mut usize,
    ) -> Option<Box<Aside>> {
        if mode == Accumulation::Accumulating && self.more.is_none() {
            return None;
        }
        let mut aside = Aside::default();
        less(bytes, self.more_bytes());
        match mode {
            Accumulation::Accumulating => {}
            Accumulation::Discarding => {
                aside.delta = Some(self.more().delta.take().unwrap_or_else(|| zero.clone()));
            }
            Accumulation::Retracting => {
                let shown = self.cell.clone();
                let before = self.more().shown.replace(shown);
                aside.withdrawn.extend(before.map(|cell| (window, cell)));
            }
        }
        *bytes += self.more_bytes();
        aside.error = self.more.as_ref().and_then(|more| more.error.clone());
        aside.boxed()
    }

    fn bytes<K: Key>(&self, key: &K) -> usize {
        key.bytes() + self.cell.bytes() + self.more_bytes()
    }

    fn more_bytes(&self) -> usize {
        let bytes = |more: &More| size_of::<More>() + heap([&more.delta, &more.shown, &more.error]);
        self.more.as_deref().map_or(0, bytes)
    }
}
