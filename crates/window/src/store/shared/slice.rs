//! A slice: the cells of the keys that had records in it.

use crate::footprint::{repack, table_bytes};
use crate::store::{Key, Size, add_delta, heap, join, less, merge, raise};
use hashbrown::HashMap;
use oriel_aggregate::Cell;

#[derive(Clone, Debug)]
pub(super) struct Slice<K> {
    keys: HashMap<K, Part>,
    /// The firing after which it changed last.
    pub(super) changed: u64,
    /// No key that was let go of has more.
    pub(super) floor: Option<Cell>,
    /// What keys and cells take on the heap.
    bytes: usize,
}

#[derive(Clone, Debug)]
struct Part {
    cell: Cell,
    changed: u64,
    more: Option<Box<More>>,
}

#[derive(Clone, Debug, Default)]
struct More {
    /// What came since the last early firing.
    delta: Option<Cell>,
    /// By how much the cell may be too large.
    error: Option<Cell>,
}

/// What the slices of a window have of one key.
#[derive(Clone, Debug)]
pub(super) struct Sum {
    pub(super) cell: Cell,
    pub(super) changed: u64,
    pub(super) delta: Option<Cell>,
    pub(super) error: Option<Cell>,
}

pub(super) type Sums<K> = HashMap<K, Sum>;

impl<K: Key> Slice<K> {
    pub(super) fn new() -> Self {
        Slice { keys: HashMap::new(), changed: 0, floor: None, bytes: 0 }
    }

    pub(super) fn take(&mut self, key: &K, partial: &Cell, now: u64, keeps_delta: bool) {
        self.changed = now;
        match self.keys.get_mut(key) {
            Some(part) => {
                part.changed = now;
                merge(&mut part.cell, partial, &mut self.bytes);
                if keeps_delta {
                    add_delta(&mut part.more.get_or_insert_default().delta, partial, &mut self.bytes);
                }
            }
            None => {
                let mut part = Part { cell: partial.clone(), changed: now, more: None };
                if let Some(floor) = &self.floor {
                    part.cell.merge(floor);
                    part.more.get_or_insert_default().error = Some(floor.clone());
                }
                if keeps_delta {
                    part.more.get_or_insert_default().delta = Some(partial.clone());
                }
                self.bytes += part.bytes(key);
                self.keys.insert(key.clone(), part);
            }
        }
    }

    pub(super) fn add_to(&self, sums: &mut Sums<K>) {
        for (key, part) in &self.keys {
            let more = part.more.as_deref();
            let (delta, error) =
                (more.and_then(|more| more.delta.as_ref()), more.and_then(|more| more.error.as_ref()));
            add(sums, key, (&part.cell, part.changed, delta, error));
        }
    }

    /// A key that is not here may have been, with at most so much.
    pub(super) fn add_floor_to(&self, sums: &mut Sums<K>) {
        let Some(floor) = &self.floor else { return };
        for (_, sum) in sums.iter_mut().filter(|(key, _)| !self.keys.contains_key(*key)) {
            sum.cell.merge(floor);
            join(&mut sum.error, floor);
        }
    }

    pub(super) fn forget_deltas(&mut self) {
        for part in self.keys.values_mut() {
            let delta = part.more.as_mut().and_then(|more| more.delta.take());
            less(&mut self.bytes, heap([&delta]));
        }
    }

    pub(super) fn let_go(&mut self, key: &K, metric: usize) {
        if let Some(part) = self.keys.remove(key) {
            less(&mut self.bytes, part.bytes(key));
            raise(&mut self.floor, part.cell, metric);
        }
    }

    /// Gives back the room of keys that are gone.
    pub(super) fn shrink(&mut self) {
        repack(&mut self.keys);
    }

    pub(super) fn holds(&self, key: &K) -> bool {
        self.keys.contains_key(key)
    }

    pub(super) fn keys(&self) -> impl Iterator<Item = &K> {
        self.keys.keys()
    }

    pub(super) fn cells(&self) -> impl Iterator<Item = (&K, &Cell)> {
        self.keys.iter().map(|(key, part)| (key, &part.cell))
    }

    pub(super) fn size(&self) -> Size {
        let entries = self.keys.len();
        Size { entries, bytes: self.bytes + Self::table_bytes(entries) }
    }

    pub(super) fn table_bytes(entries: usize) -> usize {
        table_bytes::<K, Part>(entries)
    }
}

/// Adds to the sums of some slices those of others.
pub(super) fn add_sums<K: Key>(more: &Sums<K>, sums: &mut Sums<K>) {
    for (key, sum) in more {
        add(sums, key, (&sum.cell, sum.changed, sum.delta.as_ref(), sum.error.as_ref()));
    }
}

fn add<K: Key>(sums: &mut Sums<K>, key: &K, with: (&Cell, u64, Option<&Cell>, Option<&Cell>)) {
    let (cell, changed, delta, error) = with;
    match sums.get_mut(key) {
        Some(sum) => {
            sum.cell.merge(cell);
            sum.changed = sum.changed.max(changed);
            delta.into_iter().for_each(|delta| join(&mut sum.delta, delta));
            error.into_iter().for_each(|error| join(&mut sum.error, error));
        }
        None => {
            let sum = Sum { cell: cell.clone(), changed, delta: delta.cloned(), error: error.cloned() };
            sums.insert(key.clone(), sum);
        }
    }
}

impl Part {
    fn bytes<K: Key>(&self, key: &K) -> usize {
        let bytes = |more: &More| size_of::<More>() + heap([&more.delta, &more.error]);
        let more = self.more.as_deref().map_or(0, bytes);
        key.bytes() + self.cell.bytes() + more
    }
}
