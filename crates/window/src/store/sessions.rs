//! Sessions: per key, as long as records come closer together than the gap.
//!
//! Which sessions an epoch's end concerns is known from those that changed and from one
//! timer a key; the others are not looked at.

use super::{Key, Size, Stretch, discards, entry_bytes, join, less};
use crate::epoch::{Summary, ViewSummary};
use crate::pane::{Aside, Pane, Timing};
use crate::trigger::{Clockwork, Due, EpochEnd};
use crate::view::{Accumulation, ViewTiming};
use hashbrown::{HashMap, HashSet};
use oriel_aggregate::Cell;
use oriel_time::EventTime;
use std::collections::BTreeMap;

#[derive(Clone, Debug)]
pub(super) struct Sessions<K> {
    timing: ViewTiming,
    zero: Cell,
    keys: HashMap<K, OfKey>,
    /// When the watermark gets there, something may happen to these keys' sessions.
    timers: BTreeMap<EventTime, Vec<K>>,
    /// Keys that changed in this epoch.
    touched: Vec<K>,
    /// Keys with something that no pane has shown.
    pending: HashSet<K>,
    count: usize,
    bytes: usize,
}

#[derive(Clone, Debug)]
struct OfKey {
    /// By start; no two overlap.
    sessions: Vec<Session>,
    /// The next timer, if the watermark is not there yet: not after anything that may happen
    /// to them, though perhaps before.
    timer: EventTime,
}

#[derive(Clone, Debug)]
struct Session {
    start: EventTime,
    end: EventTime,
    cell: Cell,
    clock: Clockwork,
    /// The index of its next pane.
    next: u32,
    /// A pane has shown it under this start.
    visible: bool,
    more: More,
}

#[derive(Clone, Debug, Default)]
struct More {
    /// When discarding, what came since the last pane.
    delta: Option<Cell>,
    /// When retracting, what the last pane under this start showed.
    shown: Option<Cell>,
    /// Visible sessions that are part of this one since, with what they showed.
    absorbed: Vec<(EventTime, Option<Cell>)>,
}

impl<K: Key> Sessions<K> {
    pub(super) fn new(timing: ViewTiming, zero: Cell) -> Self {
        Sessions {
            timing,
            zero,
            keys: HashMap::new(),
            timers: BTreeMap::new(),
            touched: Vec::new(),
            pending: HashSet::new(),
            count: 0,
            bytes: 0,
        }
    }

    pub(super) fn apply(&mut self, stretch: &Stretch, key: &K, partial: &Cell) {
        let mut new = Session::new(stretch, partial, discards(&self.timing));
        self.bytes += new.bytes();
        let of_key = match self.keys.get_mut(key) {
            Some(of_key) => of_key,
            None => {
                self.bytes += entry_bytes::<K, OfKey>() + key.bytes();
                let none = OfKey { sessions: Vec::new(), timer: EventTime::BEGINNING };
                self.keys.entry(key.clone()).or_insert(none)
            }
        };
        let first = of_key.sessions.partition_point(|session| session.end <= new.start);
        let last = of_key.sessions.partition_point(|session| session.start < new.end);
        self.count += 1;
        for part in of_key.sessions.drain(first..last) {
            self.count -= 1;
            less(&mut self.bytes, part.bytes() + new.bytes());
            new.absorb(part);
            self.bytes += new.bytes();
        }
        of_key.sessions.insert(first, new);
        self.touched.push(key.clone());
    }

    pub(super) fn close(&mut self, summary: &Summary, view: &ViewSummary, to: &mut impl FnMut(Pane<K>)) {
        let due = Due { early: view.early_due, late: view.late_due };
        let end = EpochEnd { before: summary.before, watermark: summary.watermark, due };
        let mut panes = Vec::new();
        for key in self.concerned(&end) {
            self.fire(&key, &end, &mut panes);
        }
        panes.sort_unstable_by(|a: &Pane<K>, b| (a.window, &a.key).cmp(&(b.window, &b.key)));
        panes.into_iter().for_each(to);
    }

    /// The keys whose sessions may fire or be forgotten, each once, in order.
    fn concerned(&mut self, end: &EpochEnd) -> Vec<K> {
        let mut keys = std::mem::take(&mut self.touched);
        while let Some(timers) = self.timers.first_entry() {
            if *timers.key() > end.watermark {
                break;
            }
            keys.extend(timers.remove());
        }
        if end.due.early || end.due.late {
            match self.timing.unchanged {
                true => keys.extend(self.keys.keys().cloned()),
                false => keys.extend(self.pending.iter().cloned()),
            }
        }
        keys.sort_unstable();
        keys.dedup();
        keys
    }

    fn fire(&mut self, key: &K, end: &EpochEnd, panes: &mut Vec<Pane<K>>) {
        let Some(of_key) = self.keys.get_mut(key) else { return };
        for session in &mut of_key.sessions {
            let Some((why, _)) = session.clock.fires(&self.timing, session.end, end) else { continue };
            less(&mut self.bytes, session.bytes());
            panes.push(session.pane(key, why, &self.timing, &self.zero, end.watermark));
            self.bytes += session.bytes();
        }
        let (timing, bytes, count) = (&self.timing, &mut self.bytes, &mut self.count);
        of_key.sessions.retain(|session| {
            let purged = timing.purged(session.end, end.watermark);
            if purged {
                less(bytes, session.bytes());
                *count -= 1;
            }
            !purged
        });
        if of_key.sessions.iter().any(|session| session.clock.fresh) {
            self.pending.insert(key.clone());
        } else {
            self.pending.remove(key);
        }
        match of_key.sessions.iter().map(|session| session.deadline(timing, end.watermark)).min() {
            None => {
                less(&mut self.bytes, entry_bytes::<K, OfKey>() + key.bytes());
                self.keys.remove(key);
            }
            Some(next) if next < of_key.timer || of_key.timer <= end.watermark => {
                of_key.timer = next;
                self.timers.entry(next).or_default().push(key.clone());
            }
            Some(_) => {}
        }
    }

    pub(super) fn holds(&self, key: &K) -> bool {
        self.keys.contains_key(key)
    }

    pub(super) fn keys(&self) -> impl Iterator<Item = &K> {
        self.keys.keys()
    }

    pub(super) fn size(&self) -> Size {
        Size { entries: self.count, bytes: self.bytes }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.keys.is_empty() && self.pending.is_empty() && self.touched.is_empty()
    }
}

impl Session {
    fn new(stretch: &Stretch, partial: &Cell, discards: bool) -> Self {
        let delta = discards.then(|| partial.clone());
        let mut clock = Clockwork::default();
        clock.arrive(stretch.records);
        Session {
            start: stretch.start,
            end: stretch.end,
            cell: partial.clone(),
            clock,
            next: 0,
            visible: false,
            more: More { delta, ..More::default() },
        }
    }

    /// Takes a session that overlaps this one; of several the earliest first.
    fn absorb(&mut self, mut part: Session) {
        let start = self.start.min(part.start);
        part.hide_unless_at(start);
        self.more.absorbed.append(&mut part.more.absorbed);
        if part.visible {
            (self.visible, self.more.shown) = (true, part.more.shown);
        }
        (self.start, self.end) = (start, self.end.max(part.end));
        self.next = self.next.max(part.next);
        self.clock.merge(&part.clock);
        self.cell.merge(&part.cell);
        part.more.delta.iter().for_each(|delta| join(&mut self.more.delta, delta));
    }

    /// What was shown under another start has to leave with the next pane.
    fn hide_unless_at(&mut self, start: EventTime) {
        if self.start != start && std::mem::take(&mut self.visible) {
            self.more.absorbed.push((self.start, self.more.shown.take()));
        }
    }

    /// How far the watermark may go before something happens to it.
    fn deadline(&self, timing: &ViewTiming, watermark: EventTime) -> EventTime {
        if self.end > watermark { self.end } else { self.end.add(timing.lateness) }
    }

    fn pane<K: Key>(
        &mut self,
        key: &K,
        why: Timing,
        timing: &ViewTiming,
        zero: &Cell,
        watermark: EventTime,
    ) -> Pane<K> {
        let mut aside = Aside::default();
        let mut absorbed = std::mem::take(&mut self.more.absorbed);
        absorbed.sort_unstable_by_key(|(start, _)| *start);
        aside.merged = absorbed.iter().map(|(start, _)| *start).collect();
        match timing.accumulation {
            Accumulation::Accumulating => {}
            Accumulation::Discarding => {
                aside.delta = Some(self.more.delta.take().unwrap_or_else(|| zero.clone()));
            }
            Accumulation::Retracting => {
                let own = self.more.shown.replace(self.cell.clone());
                aside.withdrawn.extend(own.map(|cell| (self.start, cell)));
                aside.withdrawn.extend(absorbed.into_iter().filter_map(|(at, cell)| Some((at, cell?))));
            }
        }
        let index = self.next;
        self.next += 1;
        self.visible = true;
        Pane {
            window: self.start,
            end: self.end,
            key: key.clone(),
            timing: why,
            index,
            is_last: timing.purged(self.end, watermark),
            total: self.cell.clone(),
            aside: aside.boxed(),
        }
    }

    fn bytes(&self) -> usize {
        let More { delta, shown, absorbed } = &self.more;
        let cells = absorbed.iter().map(|(_, cell)| cell).chain([delta, shown]);
        let heap = cells.flatten().map(Cell::bytes).sum::<usize>();
        let absorbed = absorbed.len() * size_of::<(EventTime, Option<Cell>)>();
        size_of::<Session>() + self.cell.bytes() + heap + absorbed
    }
}
