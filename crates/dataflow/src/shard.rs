//! One shard: the windows and rows of every view for the keys that hash to it.

use crate::fold::Delta;
use crate::room::Room;
use crate::spec::{EngineSpec, Overflow, ViewPlan};
use oriel_snapshot::{Key, Rows};
use oriel_window::{Pane, Size, Store, Summary, ViewSummary};
use xxhash_rust::xxh3::xxh3_64;

/// The shard that owns a key of a view. The hash has a fixed seed: it is the same on
/// every machine and in every version. A view lives in the first shards from where its
/// place hashes to, as many as its keys are dealt over.
pub(crate) fn owner(delta: &Delta, spread: usize, shards: usize) -> usize {
    let hash = match &delta.key {
        Some(key) if spread > 1 => xxh3_64(key.as_bytes()),
        _ => 0,
    };
    // The highest bits choose, so that halving the shards joins neighbours.
    let place = ((u128::from(hash) * spread as u128) >> 64) as usize;
    let first = xxh3_64(&delta.view.to_le_bytes()) as usize;
    first.wrapping_add(place) & (shards - 1)
}

pub(crate) struct Shard {
    views: Vec<View>,
}

struct View {
    store: Store<Key>,
    rows: Rows,
    overflow: Overflow,
    metric: usize,
    panes: bool,
    /// Its share of the keys.
    share: usize,
    room: Room,
    /// Entries that were let go of.
    let_go: u64,
    /// What it held when memory became short.
    pressed: Option<usize>,
    /// For how many more entries the last epoch asked, whether it got them or not.
    asked: usize,
}

/// What a view holds in one shard, or in all.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct ViewSize {
    /// Cells of windows and slices.
    pub state: Size,
    /// Rows kept for queries.
    pub rows: Size,
    /// Bytes beside: of rows that live windows have yet to show, of who has a place, and of
    /// what comes if the next epoch is like the last.
    pub beside: usize,
    /// Partial cells that were counted under the key of the rest, and entries that were
    /// let go of.
    pub folded: u64,
    /// Values out of range, shown as null.
    pub overflows: u64,
}

impl ViewSize {
    /// All of it in memory, and what it will soon be.
    pub(crate) fn bytes(self) -> usize {
        self.state.bytes + self.rows.bytes + self.beside
    }

    pub(crate) fn plus(self, other: ViewSize) -> ViewSize {
        ViewSize {
            state: self.state.plus(other.state),
            rows: self.rows.plus(other.rows),
            beside: self.beside + other.beside,
            folded: self.folded + other.folded,
            overflows: self.overflows + other.overflows,
        }
    }
}

/// What all views held after the epoch before decides about this one.
#[derive(Clone, Debug, Default)]
pub(crate) struct Limits {
    /// The view has more keys than it may, in all shards.
    pub(crate) over: Vec<bool>,
    /// Memory has a bound.
    pub(crate) memory: bool,
    /// It is short.
    pub(crate) pressed: bool,
}

impl Shard {
    pub(crate) fn new(spec: &EngineSpec) -> Self {
        Shard { views: spec.views.iter().map(|plan| View::new(plan, spec.shards)).collect() }
    }

    /// Takes the epoch's partial cells, in the order of their keys, and ends the epoch.
    /// Gives the panes that somebody wants, by view.
    pub(crate) fn apply(
        &mut self,
        deltas: &mut Vec<Delta>,
        summary: &Summary,
        limits: &Limits,
        panes: &mut [Vec<Pane<Key>>],
    ) {
        let mut deltas = deltas.drain(..).peekable();
        for (place, view) in self.views.iter_mut().enumerate() {
            let before = if limits.memory { view.entries() } else { 0 };
            view.pressed = limits.pressed.then(|| view.pressed.unwrap_or(before));
            let folded = view.room.folded();
            let mine = std::iter::from_fn(|| deltas.next_if(|delta| usize::from(delta.view) == place));
            match view.overflow {
                Overflow::Other => view.apply_admitted(mine.collect(), summary),
                _ => mine.for_each(|delta| view.take(&delta, summary)),
            }
            if limits.memory {
                view.asked = view.entries().saturating_sub(before) + (view.room.folded() - folded) as usize;
            }
            let over = limits.over.get(place).is_some_and(|over| *over);
            if view.overflow == Overflow::SpaceSaving && (over || view.pressed.is_some()) {
                view.shrink(over);
            }
            view.close(summary, &summary.views[place], &mut panes[place]);
        }
    }

    pub(crate) fn rows(&self, view: usize) -> &Rows {
        &self.views[view].rows
    }

    pub(crate) fn size(&self, view: usize) -> ViewSize {
        let View { store, rows, room, .. } = &self.views[view];
        ViewSize {
            state: store.size(),
            beside: self.views[view].bytes_beside(),
            rows: Size { entries: rows.len(), bytes: rows.bytes() },
            folded: room.folded() + self.views[view].let_go,
            overflows: rows.overflows(),
        }
    }

    /// The same, of entries alone.
    pub(crate) fn entries(&self, view: usize) -> ViewSize {
        let state = Size { entries: self.views[view].entries(), bytes: 0 };
        ViewSize { state, ..ViewSize::default() }
    }

    pub(crate) fn store(&self, view: usize) -> &Store<Key> {
        &self.views[view].store
    }
}

impl View {
    fn new(plan: &ViewPlan, shards: usize) -> Self {
        let room = Room::new(plan.max_keys, plan.per.is_some());
        let rows = Rows::new(plan.snapshot);
        let rows = match plan.overflow() {
            Overflow::Other => rows.with_rest(room.rest().clone()),
            _ => rows,
        };
        View {
            store: Store::new(*plan.timing(), plan.zero()),
            rows,
            overflow: plan.overflow(),
            metric: plan.snapshot.metric(),
            panes: plan.panes,
            share: plan.max_keys / plan.spread(shards),
            room,
            let_go: 0,
            pressed: None,
            asked: 0,
        }
    }

    fn entries(&self) -> usize {
        self.store.parts().map(|(_, size)| size.entries).sum()
    }

    fn bytes_beside(&self) -> usize {
        let View { store, rows, room, .. } = self;
        let keys = match self.overflow {
            Overflow::Other => room.admitted() + 1,
            _ => usize::MAX,
        };
        // Panes that are wanted are there together, and in one shard those put in order.
        let kept = self.panes || (self.overflow == Overflow::Other && !store.fires_one_by_one());
        let pane = if kept { size_of::<Pane<Key>>() } else { 0 };
        let windows = store.windows().map(|(window, held)| {
            let most = held.min(keys) + self.asked;
            rows.bytes_to_come(window, most) + most * pane
        });
        windows.sum::<usize>() + store.bytes_to_come(self.asked) + room.bytes()
    }

    fn take(&mut self, delta: &Delta, summary: &Summary) {
        if self.overflow == Overflow::SpaceSaving && delta.cell.negative(self.metric) {
            self.rows.unbound();
        }
        self.store.apply(&delta.place, &delta.key, &delta.cell, summary.before);
    }

    /// Keys for which there is no room are one key together.
    fn apply_admitted(&mut self, mut deltas: Vec<Delta>, summary: &Summary) {
        let (store, rows) = (&self.store, &self.rows);
        let held = || store.keys().chain(rows.keys()).cloned();
        if self.room.admit(&mut deltas, self.pressed.is_some(), held) {
            put_in_order(&mut deltas);
        }
        deltas.iter().for_each(|delta| self.take(delta, summary));
    }

    fn shrink(&mut self, over: bool) {
        let most = self.pressed.unwrap_or(usize::MAX).min(if over { self.share } else { usize::MAX });
        if self.entries() <= most {
            return;
        }
        // Some below, so that not every epoch has to look at all.
        let to = most - most / 8;
        let gone = self.store.shrink(to, self.metric);
        self.let_go += gone as u64;
        if gone > 0 {
            let store = &self.store;
            self.rows.forget(|window, key| store.holds(window, key), |window| store.is_short(window));
        }
    }

    fn close(&mut self, summary: &Summary, view: &ViewSummary, panes: &mut Vec<Pane<Key>>) {
        let View { store, rows, room, .. } = self;
        let wanted = self.panes;
        let short = view.fires.iter().map(|fire| fire.window).filter(|window| store.is_short(*window));
        short.for_each(|window| rows.shorten(window));
        let purged = store.close(summary, view, |pane| {
            panes.extend(wanted.then(|| pane.clone()));
            rows.absorb(pane);
        });
        let some_left = !purged.is_empty();
        purged.into_iter().for_each(|window| rows.settle(window));
        room.left(rows.expire(view.horizon) | some_left);
    }
}

/// Brings the partial cells of all workers into the order in which they are applied,
/// and merges those of equal view, place and key.
pub(crate) fn put_in_order(deltas: &mut Vec<Delta>) {
    deltas.sort_unstable_by(|a, b| (a.view, a.place.start(), &a.key).cmp(&(b.view, b.place.start(), &b.key)));
    deltas.dedup_by(|next, kept| {
        let same = (kept.view, kept.place.start(), &kept.key) == (next.view, next.place.start(), &next.key);
        if same {
            kept.place.merge(&next.place);
            kept.cell.merge(&next.cell);
        }
        same
    });
}
