//! The cells of one view, for the keys of one shard.
//!
//! Three ways to hold them: a window of its own cells (tumbling and global windows, and
//! overlapping ones whose modes need it), slices that overlapping windows share, and
//! sessions.

mod own;
mod sessions;
mod shared;

use crate::assign::Windowing;
use crate::epoch::{Summary, ViewSummary};
use crate::footprint::Footprint;
use crate::pane::Pane;
use crate::view::{Accumulation, ViewTiming};
use oriel_aggregate::Cell;
use oriel_time::EventTime;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use std::hash::Hash;

use own::Own;
use sessions::Sessions;
use shared::Shared;

/// What a store needs of its keys.
pub trait Key: Hash + Eq + Ord + Clone + Footprint {}
impl<K: Hash + Eq + Ord + Clone + Footprint> Key for K {}

/// Where a partial cell belongs.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub enum Place {
    /// Into that slice.
    Slice(EventTime),
    /// Into the session that holds the stretch.
    Session(Box<Stretch>),
}

/// Records of one key that belong together: each within the gap of another.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Stretch {
    /// The first record's time.
    pub start: EventTime,
    /// The last record's time and the gap.
    pub end: EventTime,
    /// How many there are.
    pub records: u64,
}

impl Place {
    /// Where it starts.
    pub fn start(&self) -> EventTime {
        match self {
            Place::Slice(slice) => *slice,
            Place::Session(stretch) => stretch.start,
        }
    }

    /// Takes another place with the same start.
    pub fn merge(&mut self, other: &Place) {
        if let (Place::Session(mine), Place::Session(theirs)) = (self, other) {
            mine.end = mine.end.max(theirs.end);
            mine.records += theirs.records;
        }
    }
}

/// The state of a view's windows for some of its keys.
#[derive(Clone, Debug)]
pub struct Store<K> {
    timing: ViewTiming,
    held: Held<K>,
}

#[derive(Clone, Debug)]
enum Held<K> {
    Own(Own<K>),
    Shared(Shared<K>),
    Sessions(Sessions<K>),
}

/// How much of something is held.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Size {
    /// Cells: one for each (slice, key), (window, key) or session.
    pub entries: usize,
    /// What they take in memory, about.
    pub bytes: usize,
}

impl Size {
    /// Both together.
    #[must_use]
    pub fn plus(self, other: Size) -> Size {
        Size { entries: self.entries + other.entries, bytes: self.bytes + other.bytes }
    }
}

impl<K: Key> Store<K> {
    /// An empty store; `zero` is the cell of no records.
    pub fn new(timing: ViewTiming, zero: Cell) -> Self {
        let held = match timing.windowing {
            Windowing::Session { .. } => Held::Sessions(Sessions::new(timing, zero)),
            _ if timing.shares_slices() => Held::Shared(Shared::new(timing, zero)),
            _ => Held::Own(Own::new(timing, zero)),
        };
        Store { timing, held }
    }

    /// Takes what an epoch brought for one place and key. Its records were judged by the
    /// watermark before it: none is too late.
    pub fn apply(&mut self, place: &Place, key: &K, partial: &Cell, before: EventTime) {
        match (&mut self.held, place) {
            (Held::Own(own), Place::Slice(slice)) => own.apply(*slice, key, partial, before),
            (Held::Shared(shared), Place::Slice(slice)) => shared.apply(*slice, key, partial, before),
            (Held::Sessions(sessions), Place::Session(stretch)) => {
                sessions.apply(stretch, key, partial);
            }
            _ => debug_assert!(false, "slices are of aligned windows, stretches of sessions"),
        }
    }

    /// Ends the epoch: gives the panes, by window and key, and forgets the windows that
    /// take records no more. Says the starts of aligned windows that were forgotten.
    pub fn close(
        &mut self,
        summary: &Summary,
        view: &ViewSummary,
        mut to: impl FnMut(Pane<K>),
    ) -> Vec<EventTime> {
        match &mut self.held {
            Held::Own(own) => {
                view.fires.iter().for_each(|fire| own.fire(fire, &mut to));
                own.purge(summary.watermark)
            }
            Held::Shared(shared) => {
                shared.fire(&view.fires, &mut to);
                if view.early_due {
                    shared.forget_deltas();
                }
                shared.purge(summary.watermark)
            }
            Held::Sessions(sessions) => {
                sessions.close(summary, view, &mut to);
                Vec::new()
            }
        }
    }

    /// Lets go of the smallest entries by a metric until so many are left (Space-Saving,
    /// see [`Pane::error`]); says how many went. Not for sessions.
    pub fn shrink(&mut self, to: usize, metric: usize) -> usize {
        match &mut self.held {
            Held::Own(own) => own.shrink(to, metric),
            Held::Shared(shared) => shared.shrink(to, metric),
            Held::Sessions(_) => 0,
        }
    }

    /// Entries were let go of in the window.
    pub fn is_short(&self, window: EventTime) -> bool {
        match &self.held {
            Held::Own(own) => own.is_short(window),
            Held::Shared(shared) => shared.is_short(window),
            Held::Sessions(_) => false,
        }
    }

    /// The key is held in the window.
    pub fn holds(&self, window: EventTime, key: &K) -> bool {
        match &self.held {
            Held::Own(own) => own.holds(window, key),
            Held::Shared(shared) => shared.holds(window, key),
            Held::Sessions(sessions) => sessions.holds(key),
        }
    }

    /// Every key that is held, some more than once.
    pub fn keys(&self) -> Box<dyn Iterator<Item = &K> + '_> {
        match &self.held {
            Held::Own(own) => Box::new(own.keys()),
            Held::Shared(shared) => Box::new(shared.keys()),
            Held::Sessions(sessions) => Box::new(sessions.keys()),
        }
    }

    /// How much is held.
    pub fn size(&self) -> Size {
        self.parts().fold(Size::default(), |all, (_, size)| all.plus(size))
    }

    /// How much is held in each window of its own cells, or shared slice, by its start;
    /// all sessions are one part.
    pub fn parts(&self) -> Box<dyn Iterator<Item = (EventTime, Size)> + '_> {
        match &self.held {
            Held::Own(own) => Box::new(own.sizes()),
            Held::Shared(shared) => Box::new(shared.sizes()),
            Held::Sessions(sessions) => Box::new(std::iter::once((EventTime::BEGINNING, sessions.size()))),
        }
    }

    /// The live windows, about, and how many keys each holds at most; of sessions all as one.
    pub fn windows(&self) -> Box<dyn Iterator<Item = (EventTime, usize)> + '_> {
        match &self.held {
            Held::Shared(shared) => Box::new(shared.windows()),
            _ => Box::new(self.parts().map(|(start, size)| (start, size.entries))),
        }
    }

    /// The panes of a window are given as they are made, not kept until others are.
    pub fn fires_one_by_one(&self) -> bool {
        matches!(self.held, Held::Own(_))
    }

    /// What so many more entries will take, about, where most are.
    pub fn bytes_to_come(&self, more: usize) -> usize {
        let largest = self.parts().map(|(_, size)| size).max_by_key(|size| size.entries);
        let Some(Size { entries: held @ 1.., bytes }) = largest else { return 0 };
        let table = |entries| match &self.held {
            Held::Own(_) => Own::<K>::table_bytes(entries),
            Held::Shared(_) => Shared::<K>::table_bytes(entries),
            Held::Sessions(_) => Sessions::<K>::table_bytes(entries),
        };
        let beside = bytes.saturating_sub(table(held)) / held;
        table(held + more).saturating_sub(table(held)) + more * beside
    }

    /// Nothing is held at all.
    pub fn is_empty(&self) -> bool {
        match &self.held {
            Held::Own(own) => own.is_empty(),
            Held::Shared(shared) => shared.is_empty(),
            Held::Sessions(sessions) => sessions.is_empty(),
        }
    }

    /// The view's windows and triggers.
    pub fn timing(&self) -> &ViewTiming {
        &self.timing
    }
}

/// Merges, and says by how much the heap grew.
fn merge(cell: &mut Cell, partial: &Cell, bytes: &mut usize) {
    less(bytes, cell.bytes());
    cell.merge(partial);
    *bytes += cell.bytes();
}

/// Takes bytes from all bytes.
fn less(all: &mut usize, bytes: usize) {
    debug_assert!(*all >= bytes, "{bytes} bytes were never counted");
    *all = all.saturating_sub(bytes);
}

/// The (start, key) of all entries but the `to` largest by a metric, the largest first; of
/// equal ones the earlier start and smaller key are larger.
fn smallest<K: Key>(mut all: Vec<(&Cell, EventTime, &K)>, to: usize, metric: usize) -> Vec<(EventTime, K)> {
    if all.len() <= to {
        return Vec::new();
    }
    let order = |a: &(&Cell, EventTime, &K), b: &(&Cell, EventTime, &K)| {
        b.0.order(a.0, metric).then_with(|| (a.1, a.2).cmp(&(b.1, b.2)))
    };
    if to > 0 {
        all.select_nth_unstable_by(to - 1, order);
    }
    // The order of a table is not that of another one with the same entries.
    all[to..].sort_unstable_by(order);
    all[to..].iter().map(|(_, start, key)| (*start, (*key).clone())).collect()
}

/// Where something is gone.
fn starts<K>(gone: &[(EventTime, K)]) -> BTreeSet<EventTime> {
    gone.iter().map(|(start, _)| *start).collect()
}

/// The larger of two bounds.
fn raise(floor: &mut Option<Cell>, gone: Cell, metric: usize) {
    if floor.as_ref().is_none_or(|floor| floor.order(&gone, metric).is_lt()) {
        *floor = Some(gone);
    }
}

/// Merges into what may not be there yet.
fn join(all: &mut Option<Cell>, part: &Cell) {
    match all {
        Some(all) => all.merge(part),
        None => *all = Some(part.clone()),
    }
}

/// The same, and says by how much the heap grew.
fn add_delta(delta: &mut Option<Cell>, partial: &Cell, bytes: &mut usize) {
    less(bytes, heap([&*delta]));
    join(delta, partial);
    *bytes += heap([&*delta]);
}

/// Heap bytes of cells that may not be there.
fn heap<'c>(cells: impl IntoIterator<Item = &'c Option<Cell>>) -> usize {
    cells.into_iter().flatten().map(Cell::bytes).sum()
}

fn discards(timing: &ViewTiming) -> bool {
    timing.accumulation == Accumulation::Discarding
}

#[cfg(test)]
mod tests;
