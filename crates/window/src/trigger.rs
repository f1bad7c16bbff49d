//! When a window gives a pane: early, on time, late.
//!
//! Triggers belong to a window of a view over all its keys and workers, so they are
//! decided once, by the leader, from the numbers of records in each slice.

use crate::assign::Windowing;
use crate::epoch::Fire;
use oriel_time::{EventTime, ProcessingTime, Span};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Why a pane was given.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub enum Timing {
    /// Before the watermark passed the window's end.
    Early,
    /// When it did.
    OnTime,
    /// For records after that.
    Late,
}

/// The windows of a view and when they fire.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct ViewTiming {
    /// Which windows there are.
    pub windowing: Windowing,
    /// How long a closed window still takes records, in event time.
    pub lateness: Span,
    /// Fire early at each multiple of this in processing time.
    pub every: Option<Span>,
    /// Fire early at each multiple of this in records.
    pub records: Option<u64>,
}

impl ViewTiming {
    /// The window takes records no more.
    pub fn purged(&self, window: EventTime, watermark: EventTime) -> bool {
        self.windowing.end(window).add(self.lateness) <= watermark
    }

    /// The earliest time that is not too late under the watermark: the start of the first
    /// slice that has not [expired](ViewTiming::expired).
    pub fn earliest(&self, watermark: EventTime) -> EventTime {
        if watermark == EventTime::BEGINNING || watermark == EventTime::END {
            return watermark;
        }
        let newest_expired = watermark.sub(self.lateness).sub(self.windowing.size());
        self.windowing.slice(newest_expired).add(self.windowing.slide())
    }

    /// All windows of the slice are purged: the last of them starts where it does.
    pub fn expired(&self, slice: EventTime, watermark: EventTime) -> bool {
        self.purged(slice, watermark)
    }
}

#[derive(Clone, Debug, Default)]
struct Window {
    records: u64,
    multiples: u64,
    fresh: bool,
}

/// The triggers of one view.
#[derive(Clone, Debug)]
pub(crate) struct Triggers {
    timing: ViewTiming,
    windows: BTreeMap<EventTime, Window>,
    tick: Option<i64>,
}

/// The end of an epoch, for triggers.
#[derive(Clone, Copy, Debug)]
pub(crate) struct EpochEnd {
    pub(crate) processing: ProcessingTime,
    pub(crate) before: EventTime,
    pub(crate) watermark: EventTime,
}

impl Triggers {
    pub(crate) fn new(timing: ViewTiming) -> Self {
        Triggers { timing, windows: BTreeMap::new(), tick: None }
    }

    /// Takes the records counted in each slice; says which windows fire. Also how
    /// many windows the records missed.
    pub(crate) fn close(&mut self, end: EpochEnd, slices: &BTreeMap<EventTime, u64>) -> (Vec<Fire>, u64) {
        let missed = self.arrive(end.before, slices);
        let due = self.time_is_due(end.processing);
        let mut fires = Vec::new();
        for (start, window) in &mut self.windows {
            if let Some(timing) = window.fires(&self.timing, *start, end, due) {
                window.fresh = false;
                let is_last = self.timing.purged(*start, end.watermark);
                fires.push(Fire { window: *start, timing, is_last });
            }
        }
        self.windows.retain(|start, _| !self.timing.purged(*start, end.watermark));
        (fires, missed)
    }

    fn arrive(&mut self, before: EventTime, slices: &BTreeMap<EventTime, u64>) -> u64 {
        let mut missed = 0;
        for (slice, records) in slices {
            for start in self.timing.windowing.windows_of(*slice) {
                if self.timing.purged(start, before) {
                    missed += records;
                    continue;
                }
                let window = self.windows.entry(start).or_default();
                window.records += records;
                window.fresh = true;
            }
        }
        missed
    }

    /// A multiple of `every` has passed since the epoch before.
    fn time_is_due(&mut self, processing: ProcessingTime) -> bool {
        let Some(every) = self.timing.every else { return false };
        let now = processing.tick(every);
        self.tick.replace(now).is_some_and(|then| then < now)
    }
}

impl Window {
    fn fires(&mut self, timing: &ViewTiming, start: EventTime, end: EpochEnd, due: bool) -> Option<Timing> {
        let multiples = timing.records.map_or(0, |n| self.records.div_euclid(n));
        let reached = multiples > self.multiples;
        self.multiples = multiples;
        let closes_at = timing.windowing.end(start);
        if closes_at > end.watermark {
            return (self.fresh && (due || reached)).then_some(Timing::Early);
        }
        if closes_at > end.before {
            return Some(Timing::OnTime);
        }
        self.fresh.then_some(Timing::Late)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SPAN: Span = Span::from_millis(10);

    fn triggers(every: Option<Span>, records: Option<u64>) -> Triggers {
        let windowing = Windowing::new(SPAN, Span::from_millis(5));
        Triggers::new(ViewTiming { windowing, lateness: SPAN, every, records })
    }

    fn at(millis: i64) -> EventTime {
        EventTime::from_millis(millis)
    }

    fn end(before: EventTime, watermark: EventTime) -> EpochEnd {
        EpochEnd { processing: ProcessingTime::from_millis(0), before, watermark }
    }

    fn fire(window: i64, timing: Timing, is_last: bool) -> Fire {
        Fire { window: at(window), timing, is_last }
    }

    #[test]
    fn the_windows_of_a_slice_fire_earliest_first_and_are_forgotten_when_purged() {
        let mut triggers = triggers(None, Some(2));
        let slices = BTreeMap::from([(at(5), 1), (at(0), 1)]);
        let (fires, missed) = triggers.close(end(EventTime::BEGINNING, at(8)), &slices);
        assert_eq!(
            (fires, missed),
            (vec![fire(-5, Timing::OnTime, false), fire(0, Timing::Early, false)], 0)
        );
        let (fires, _) = triggers.close(end(at(8), EventTime::END), &BTreeMap::new());
        assert_eq!(fires, [fire(0, Timing::OnTime, true), fire(5, Timing::OnTime, true)]);
        assert!(triggers.windows.is_empty(), "state leaks");
    }

    #[test]
    fn a_window_that_is_purged_already_is_missed_and_not_made() {
        let mut triggers = triggers(None, None);
        let (fires, missed) = triggers.close(end(at(15), at(15)), &BTreeMap::from([(at(0), 3)]));
        assert_eq!((fires, missed), (vec![fire(0, Timing::Late, false)], 3));
        assert_eq!(triggers.windows.len(), 1);
    }

    #[test]
    fn a_window_without_records_is_not_made_by_time() {
        let mut triggers = triggers(Some(SPAN), Some(1));
        for processing in [0, 10, 20].map(ProcessingTime::from_millis) {
            let end = EpochEnd { processing, before: at(0), watermark: at(0) };
            assert_eq!(triggers.close(end, &BTreeMap::new()), (Vec::new(), 0));
        }
        assert!(triggers.windows.is_empty());
    }

    #[test]
    fn the_earliest_time_is_the_first_whose_slice_has_not_expired() {
        let timing = triggers(None, None).timing;
        for watermark in (-60..60).map(at).chain([EventTime::FIRST, EventTime::LAST]) {
            let earliest = timing.earliest(watermark);
            let late = |time: EventTime| timing.expired(timing.windowing.slice(time), watermark);
            assert!(!late(earliest), "{watermark:?}");
            assert!(
                earliest == EventTime::BEGINNING || late(earliest.sub(Span::from_millis(1))),
                "{watermark:?}"
            );
        }
    }
}
