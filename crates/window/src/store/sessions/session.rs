//! One session: what it has counted, shown and absorbed.

use crate::pane::{Aside, Pane, Timing};
use crate::store::{Key, Stretch, discards, heap, join};
use crate::trigger::Clockwork;
use crate::view::{Accumulation, ViewTiming};
use oriel_aggregate::Cell;
use oriel_time::EventTime;

#[derive(Clone, Debug)]
pub(super) struct Session {
    pub(super) start: EventTime,
    pub(super) end: EventTime,
    cell: Cell,
    pub(super) clock: Clockwork,
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

impl Session {
    pub(super) fn new(stretch: &Stretch, partial: &Cell, timing: &ViewTiming) -> Self {
        let delta = discards(timing).then(|| partial.clone());
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
    pub(super) fn absorb(&mut self, mut part: Session) {
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
    pub(super) fn deadline(&self, timing: &ViewTiming, watermark: EventTime) -> EventTime {
        if self.end > watermark { self.end } else { self.end.add(timing.lateness) }
    }

    pub(super) fn pane<K: Key>(
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

    pub(super) fn bytes(&self) -> usize {
        let More { delta, shown, absorbed } = &self.more;
        let cells = heap(absorbed.iter().map(|(_, cell)| cell).chain([delta, shown]));
        let absorbed = absorbed.len() * size_of::<(EventTime, Option<Cell>)>();
        size_of::<Session>() + self.cell.bytes() + cells + absorbed
    }
}
