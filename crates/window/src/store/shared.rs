//! Slices that overlapping windows share, so that a record is held once however many
//! windows it counts in.
//!
//! The windows of one firing are combined by running merges: those that reach to the
//! newest slice by one from there backwards; the others, where several overlap, by one from
//! the end of the first backwards and one from there onwards, of which each takes its part.
//!
//! When discarding, a slice also knows what came since the last early firing, which is
//! of all open windows at once. What a closed window still takes is its own.

mod slice;

use super::{Key, Size, discards, smallest, starts};
use crate::epoch::Fire;
use crate::footprint::table_bytes;
use crate::pane::{Aside, Pane, Timing};
use crate::view::ViewTiming;
use hashbrown::HashMap;
use oriel_aggregate::Cell;
use oriel_time::EventTime;
use slice::{Slice, Sum, Sums};
use std::collections::BTreeMap;

#[derive(Clone, Debug)]
pub(super) struct Shared<K> {
    timing: ViewTiming,
    zero: Cell,
    slices: BTreeMap<EventTime, Slice<K>>,
    /// Those that have fired, or take late records.
    windows: BTreeMap<EventTime, Window<K>>,
    /// Counts firings, so that what changed since one can be told.
    now: u64,
    /// The firing before which all deltas were forgotten.
    forgot: u64,
}

#[derive(Clone, Debug)]
struct Window<K> {
    fired: u64,
    /// The index of each key's next pane.
    next: HashMap<K, u32>,
    /// When discarding, what came since its last pane after it closed.
    late: HashMap<K, Cell>,
}

impl<K: Key> Shared<K> {
    pub(super) fn new(timing: ViewTiming, zero: Cell) -> Self {
        Shared { timing, zero, slices: BTreeMap::new(), windows: BTreeMap::new(), now: 1, forgot: 0 }
    }

    pub(super) fn apply(&mut self, at: EventTime, key: &K, partial: &Cell, before: EventTime) {
        let keeps_delta = discards(&self.timing) && self.timing.early.every.is_some();
        let slice = self.slices.entry(at).or_insert_with(Slice::new);
        slice.take(key, partial, self.now, keeps_delta);
        if !discards(&self.timing) {
            return;
        }
        for start in self.timing.windowing.windows_of(at) {
            let end = self.timing.windowing.end(start);
            if end <= before && !self.timing.purged(end, before) {
                let window = self.windows.entry(start).or_insert_with(Window::new);
                match window.late.get_mut(key) {
                    Some(late) => late.merge(partial),
                    None => drop(window.late.insert(key.clone(), partial.clone())),
                }
            }
        }
    }

    /// The panes of all windows that fire, by window and key.
    pub(super) fn fire(&mut self, fires: &[Fire], to: &mut impl FnMut(Pane<K>)) {
        if fires.is_empty() {
            return;
        }
        let newest = self.slices.keys().next_back().copied().unwrap_or(EventTime::BEGINNING);
        let short = self.slices.values().any(|slice| slice.floor.is_some());
        let reaches = |fire: &Fire| !short && self.timing.windowing.end(fire.window) > newest;
        let (running, single): (Vec<Fire>, Vec<Fire>) = fires.iter().partition(|fire| reaches(fire));
        let mut rest = &single[..];
        while let Some(first) = rest.first() {
            let edge = self.timing.windowing.end(first.window);
            // With floors a key that is absent counts too, which only one window at a time tells.
            let overlap = if short { 1 } else { rest.partition_point(|fire| fire.window < edge) };
            let (block, later) = rest.split_at(overlap);
            for (fire, sums) in block.iter().zip(self.sums_of(block, edge)) {
                self.show(fire, &sums).into_iter().for_each(&mut *to);
            }
            rest = later;
        }
        // Earlier windows than these do not reach as far, so these come last.
        let mut panes = self.run(&running);
        while let Some(of_one) = panes.pop() {
            of_one.into_iter().for_each(&mut *to);
        }
        self.now += 1;
    }

    /// The panes of windows that all reach to the newest slice, the latest window first.
    fn run(&mut self, fires: &[Fire]) -> Vec<Vec<Pane<K>>> {
        let mut panes = Vec::with_capacity(fires.len());
        let mut sums = Sums::new();
        let mut reached = EventTime::END;
        for fire in fires.iter().rev() {
            for slice in self.slices.range(fire.window..reached).rev().map(|(_, slice)| slice) {
                slice.add_to(&mut sums);
            }
            reached = fire.window;
            panes.push(self.show(fire, &sums));
        }
        panes
    }

    /// What the slices of each window hold together, of windows that all hold the edge's
    /// slice, or the one before it.
    fn sums_of(&self, fires: &[Fire], edge: EventTime) -> Vec<Sums<K>> {
        if let [fire] = fires {
            return vec![self.sums(fire.window)];
        }
        let mut all = Vec::with_capacity(fires.len());
        let (mut sums, mut reached) = (Sums::new(), edge);
        for fire in fires.iter().rev() {
            self.slices.range(fire.window..reached).for_each(|(_, slice)| slice.add_to(&mut sums));
            reached = fire.window;
            all.push(sums.clone());
        }
        all.reverse();
        let (mut sums, mut reached) = (Sums::new(), edge);
        for (fire, back) in fires.iter().zip(&mut all) {
            let end = self.timing.windowing.end(fire.window);
            self.slices.range(reached..end).for_each(|(_, slice)| slice.add_to(&mut sums));
            reached = end;
            slice::add_sums(&sums, back);
        }
        all
    }

    /// What the slices of one window hold together.
    fn sums(&self, window: EventTime) -> Sums<K> {
        let slices = || self.slices.range(window..self.timing.windowing.end(window)).map(|(_, slice)| slice);
        let mut sums = Sums::new();
        slices().for_each(|slice| slice.add_to(&mut sums));
        slices().for_each(|slice| slice.add_floor_to(&mut sums));
        sums
    }

    fn show(&mut self, fire: &Fire, sums: &Sums<K>) -> Vec<Pane<K>> {
        if sums.is_empty() {
            return Vec::new();
        }
        let mut window = self.windows.remove(&fire.window).unwrap_or_else(Window::new);
        let shown = sums.iter().filter(|(_, sum)| fire.all || sum.changed > window.fired);
        let mut shown: Vec<(&K, &Sum)> = shown.collect();
        shown.sort_unstable_by(|a, b| a.0.cmp(b.0));
        let panes = shown.into_iter().map(|(key, sum)| self.pane(fire, key, sum, &mut window)).collect();
        window.fired = self.now;
        self.windows.insert(fire.window, window);
        panes
    }

    fn pane(&self, fire: &Fire, key: &K, sum: &Sum, of: &mut Window<K>) -> Pane<K> {
        let index = match of.next.get_mut(key) {
            Some(next) => std::mem::replace(next, *next + 1),
            None => {
                if !fire.is_last {
                    of.next.insert(key.clone(), 1);
                }
                0
            }
        };
        let delta = discards(&self.timing).then(|| {
            let came = match fire.timing {
                Timing::Late => of.late.remove(key),
                _ if self.timing.early.every.is_some() => sum.delta.clone(),
                _ => Some(sum.cell.clone()),
            };
            came.unwrap_or_else(|| self.zero.clone())
        });
        let aside = Aside { delta, error: sum.error.clone(), ..Aside::default() };
        let Fire { window, timing, is_last, .. } = *fire;
        let end = self.timing.windowing.end(window);
        Pane {
            window,
            end,
            key: key.clone(),
            timing,
            index,
            is_last,
            total: sum.cell.clone(),
            aside: aside.boxed(),
        }
    }

    /// All open windows have fired: what came until now is shown.
    pub(super) fn forget_deltas(&mut self) {
        if !discards(&self.timing) {
            return;
        }
        let since = std::mem::replace(&mut self.forgot, self.now);
        let changed = self.slices.values_mut().filter(|slice| slice.changed >= since);
        changed.for_each(Slice::forget_deltas);
    }

    pub(super) fn purge(&mut self, watermark: EventTime) -> Vec<EventTime> {
        let timing = &self.timing;
        let purged = |start: &EventTime| timing.purged(timing.windowing.end(*start), watermark);
        let mut gone = Vec::new();
        self.windows.retain(|start, _| {
            gone.extend(purged(start).then_some(*start));
            !purged(start)
        });
        // The last window of a slice starts with it.
        self.slices.retain(|slice, _| !purged(slice));
        gone
    }

    pub(super) fn shrink(&mut self, to: usize, metric: usize) -> usize {
        let held = self
            .slices
            .iter()
            .flat_map(|(start, slice)| slice.cells().map(move |(key, cell)| (cell, *start, key)));
        let gone = smallest(held.collect(), to, metric);
        for (start, key) in &gone {
            let Some(slice) = self.slices.get_mut(start) else { continue };
            slice.let_go(key, metric);
        }
        for start in starts(&gone) {
            self.slices.get_mut(&start).into_iter().for_each(Slice::shrink);
        }
        let held: Vec<EventTime> = self.windows.keys().copied().filter(|_| !gone.is_empty()).collect();
        for start in held {
            let Some(mut window) = self.windows.remove(&start) else { continue };
            window.next.retain(|key, _| self.holds(start, key));
            window.late.retain(|key, _| self.holds(start, key));
            self.windows.insert(start, window);
        }
        gone.len()
    }

    pub(super) fn is_short(&self, window: EventTime) -> bool {
        let mut slices = self.slices.range(window..self.timing.windowing.end(window));
        slices.any(|(_, slice)| slice.floor.is_some())
    }

    pub(super) fn holds(&self, window: EventTime, key: &K) -> bool {
        let mut slices = self.slices.range(window..self.timing.windowing.end(window));
        slices.any(|(_, slice)| slice.holds(key))
    }

    pub(super) fn keys(&self) -> impl Iterator<Item = &K> {
        self.slices.values().flat_map(|slice| slice.keys())
    }

    pub(super) fn sizes(&self) -> impl Iterator<Item = (EventTime, Size)> {
        let slices = self.slices.iter().map(|(start, slice)| (*start, slice.size()));
        let windows = self.windows.iter().map(|(start, window)| {
            let late = window.late.values().map(Cell::bytes).sum::<usize>();
            let tables = table_bytes::<K, u32>(window.next.len()) + table_bytes::<K, Cell>(window.late.len());
            (*start, Size { entries: 0, bytes: tables + late })
        });
        slices.chain(windows)
    }

    pub(super) fn table_bytes(entries: usize) -> usize {
        Slice::<K>::table_bytes(entries)
    }

    /// The windows that start with a slice, and those of the first slice; each with how
    /// many entries its slices have.
    pub(super) fn windows(&self) -> impl Iterator<Item = (EventTime, usize)> {
        let windowing = self.timing.windowing;
        let first = self.slices.keys().next().into_iter().flat_map(move |slice| windowing.windows_of(*slice));
        let starts = first.chain(self.slices.keys().copied().skip(1));
        let mut ahead = self.slices.iter().peekable();
        let mut behind = self.slices.iter().peekable();
        let mut entries = 0;
        starts.map(move |start| {
            let end = windowing.end(start);
            while let Some((_, slice)) = ahead.next_if(|(slice, _)| **slice < end) {
                entries += slice.size().entries;
            }
            while let Some((_, slice)) = behind.next_if(|(slice, _)| **slice < start) {
                entries -= slice.size().entries;
            }
            (start, entries)
        })
    }

    pub(super) fn is_empty(&self) -> bool {
        self.slices.is_empty() && self.windows.is_empty()
    }
}

impl<K> Window<K> {
    fn new() -> Self {
        Window { fired: 0, next: HashMap::new(), late: HashMap::new() }
    }
}
