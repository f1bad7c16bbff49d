//! Sessions: per key, as long as records come closer together than the gap.
//!
//! Which sessions an epoch's end concerns is known from those that changed and from one
//! timer a key; the others are not looked at.

mod session;

use super::{Key, Size, Stretch, less};
use crate::epoch::{Summary, ViewSummary};
use crate::footprint::table_bytes;
use crate::pane::Pane;
use crate::trigger::{Due, EpochEnd};
use crate::view::ViewTiming;
use hashbrown::{HashMap, HashSet};
use oriel_aggregate::Cell;
use oriel_time::EventTime;
use session::Session;
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
        let mut new = Session::new(stretch, partial, &self.timing);
        self.bytes += new.bytes();
        let of_key = match self.keys.get_mut(key) {
            Some(of_key) => of_key,
            None => {
                self.bytes += Self::bytes_beside(key);
                let none = OfKey { sessions: Vec::with_capacity(1), timer: EventTime::BEGINNING };
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
                less(&mut self.bytes, Self::bytes_beside(key));
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
        let keys = self.keys.len();
        let tables = Self::table_bytes(keys) + table_bytes::<K, ()>(self.pending.len());
        // Of each key but the one session that has its place, some others may have room.
        let room = self.count.saturating_sub(keys) * size_of::<Session>();
        Size { entries: self.count, bytes: self.bytes + tables + room }
    }

    pub(super) fn table_bytes(keys: usize) -> usize {
        table_bytes::<K, OfKey>(keys)
    }

    /// What a key takes on the heap beside its sessions, about: itself and its timer.
    fn bytes_beside(key: &K) -> usize {
        /// A list of one key has room for four.
        const ROOM: usize = 4;
        key.bytes() + ROOM * size_of::<K>() + 2 * size_of::<(EventTime, Vec<K>)>()
    }

    pub(super) fn is_empty(&self) -> bool {
        self.keys.is_empty() && self.pending.is_empty() && self.touched.is_empty()
    }
}
