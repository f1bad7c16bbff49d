//! When an aligned window gives a pane: early, on time, late.
//!
//! These triggers belong to a window of a view over all its keys and workers, so they are
//! decided once, by the leader, from the numbers of records in each slice. Sessions differ
//! from key to key; those are decided where they are held, by the same [`Clockwork`].

use crate::epoch::Fire;
use crate::pane::Timing;
use crate::view::ViewTiming;
use oriel_time::{EventTime, ProcessingTime, Span};
use std::collections::BTreeMap;

/// The triggers of one view.
#[derive(Clone, Debug)]
pub(crate) struct Triggers {
    timing: ViewTiming,
    windows: BTreeMap<EventTime, Clockwork>,
    early: Tick,
    late: Tick,
}

/// The end of an epoch, for triggers.
#[derive(Clone, Copy, Debug)]
pub(crate) struct EpochEnd {
    pub(crate) before: EventTime,
    pub(crate) watermark: EventTime,
    pub(crate) due: Due,
}

/// Which time triggers a multiple of their time has passed.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub(crate) struct Due {
    pub(crate) early: bool,
    pub(crate) late: bool,
}

impl Triggers {
    pub(crate) fn new(timing: ViewTiming) -> Self {
        Triggers { timing, windows: BTreeMap::new(), early: Tick::default(), late: Tick::default() }
    }

    /// Which time triggers are due at an epoch's end; asked once for each.
    pub(crate) fn due(&mut self, processing: ProcessingTime) -> Due {
        Due {
            early: self.early.passed(self.timing.early.every, processing),
            late: self.late.passed(self.timing.late.every, processing),
        }
    }

    /// Takes the records counted in each slice; says which windows fire. Also how
    /// many windows the records missed.
    pub(crate) fn close(&mut self, end: &EpochEnd, slices: &BTreeMap<EventTime, u64>) -> (Vec<Fire>, u64) {
        let missed = self.arrive(end.before, slices);
        let mut fires = Vec::new();
        for (start, window) in &mut self.windows {
            let closes_at = self.timing.windowing.end(*start);
            if let Some((timing, all)) = window.fires(&self.timing, closes_at, end) {
                let is_last = self.timing.purged(closes_at, end.watermark);
                fires.push(Fire { window: *start, timing, all, is_last });
            }
        }
        let timing = &self.timing;
        self.windows.retain(|start, _| !timing.purged(timing.windowing.end(*start), end.watermark));
        (fires, missed)
    }

    /// Gives every window the records of all its slices. Looks at each window once, however
    /// many of its slices have records.
    fn arrive(&mut self, before: EventTime, slices: &BTreeMap<EventTime, u64>) -> u64 {
        let windowing = self.timing.windowing;
        let mut steps: BTreeMap<EventTime, Step> = BTreeMap::new();
        for (slice, records) in slices {
            let first = windowing.windows_of(*slice).next().unwrap_or(*slice);
            steps.entry(first).or_default().comes += records;
            steps.entry(windowing.slice_end(*slice)).or_default().goes += records;
        }
        let (mut window, mut records, mut missed) = (EventTime::BEGINNING, 0, 0);
        for (at, step) in steps {
            while records > 0 && window < at {
                if self.timing.purged(windowing.end(window), before) {
                    missed += records;
                } else {
                    self.windows.entry(window).or_default().arrive(records);
                }
                window = windowing.slice_end(window);
            }
            (window, records) = (at, records + step.comes - step.goes);
        }
        missed
    }
}

/// From one window to the next: the records of slices that it has and the one before has
/// not, and of those that it has not.
#[derive(Default)]
struct Step {
    comes: u64,
    goes: u64,
}

/// The multiple of a span in processing time that was passed last.
#[derive(Clone, Debug, Default)]
struct Tick(Option<i64>);

impl Tick {
    /// A multiple of `every` has passed since it was asked last.
    fn passed(&mut self, every: Option<Span>, processing: ProcessingTime) -> bool {
        let Some(every) = every else { return false };
        let now = processing.tick(every);
        self.0.replace(now).is_some_and(|then| then < now)
    }
}

/// What the triggers of one window depend on.
#[derive(Clone, Debug, Default)]
pub(crate) struct Clockwork {
    /// Records in all, and those that came when it was closed.
    records: Count,
    late: Count,
    /// Records of the present epoch.
    came: u64,
    /// Something changed since the last pane.
    pub(crate) fresh: bool,
}

/// A number of records, and how many multiples of the trigger's number were passed.
#[derive(Clone, Copy, Debug, Default)]
struct Count {
    records: u64,
    multiples: u64,
}

impl Count {
    fn reached(&mut self, n: Option<u64>) -> bool {
        let multiples = n.map_or(0, |n| self.records.div_euclid(n));
        std::mem::replace(&mut self.multiples, multiples) < multiples
    }

    fn merge(&mut self, other: Count) {
        self.records += other.records;
        self.multiples = self.multiples.max(other.multiples);
    }
}

impl Clockwork {
    /// Records came in.
    pub(crate) fn arrive(&mut self, records: u64) {
        self.came += records;
        self.fresh = true;
    }

    /// Two sessions are one.
    pub(crate) fn merge(&mut self, other: &Clockwork) {
        self.records.merge(other.records);
        self.late.merge(other.late);
        self.came += other.came;
        self.fresh |= other.fresh;
    }

    /// Whether the window with that end fires at the epoch's end: why, and whether for
    /// all its keys.
    pub(crate) fn fires(
        &mut self,
        timing: &ViewTiming,
        closes_at: EventTime,
        end: &EpochEnd,
    ) -> Option<(Timing, bool)> {
        let came = std::mem::take(&mut self.came);
        self.records.records += came;
        self.late.records += if closes_at <= end.before { came } else { 0 };
        let early = self.records.reached(timing.early.records);
        let late = self.late.reached(timing.late.records);
        let changed = self.fresh || timing.unchanged;
        let fires = if closes_at > end.watermark {
            let due = end.due.early || early;
            (due && changed).then_some((Timing::Early, timing.unchanged))
        } else if closes_at > end.before {
            Some((Timing::OnTime, true))
        } else {
            let due = if timing.late.is_set() { end.due.late || late } else { self.fresh };
            // The last chance to show what no pane has shown.
            let forced = self.fresh && timing.purged(closes_at, end.watermark);
            let asked = due && changed;
            (asked || forced).then_some((Timing::Late, asked && timing.unchanged))
        };
        self.fresh &= fires.is_none();
        fires
    }
}

#[cfg(test)]
mod tests;
