//! What a view asks of time: its windows, its triggers, its accumulation mode.

use crate::assign::Windowing;
use oriel_time::{EventTime, Span};

/// A rule that makes panes again and again; both may be set.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Trigger {
    /// At each multiple of this in processing time.
    pub every: Option<Span>,
    /// At each multiple of this in records of the window.
    pub records: Option<u64>,
}

impl Trigger {
    /// It never fires.
    pub const NEVER: Trigger = Trigger { every: None, records: None };

    /// Whether it ever fires.
    pub fn is_set(self) -> bool {
        self != Trigger::NEVER
    }
}

/// What a pane holds of what the panes before have shown.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum Accumulation {
    /// All that the window has counted.
    #[default]
    Accumulating,
    /// Only what came since the last pane.
    Discarding,
    /// All, and beside it the last value, withdrawn.
    Retracting,
}

/// The windows of a view and when they fire.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct ViewTiming {
    /// Which windows there are.
    pub windowing: Windowing,
    /// How long a closed window still takes records, in event time.
    pub lateness: Span,
    /// When an open window fires.
    pub early: Trigger,
    /// When a closed one does; if never, at the end of an epoch that holds records of it.
    pub late: Trigger,
    /// Early and late panes come also where nothing changed.
    pub unchanged: bool,
    /// What panes hold.
    pub accumulation: Accumulation,
}

impl ViewTiming {
    /// Those windows, fired on time only.
    pub fn new(windowing: Windowing) -> Self {
        ViewTiming {
            windowing,
            lateness: Span::ZERO,
            early: Trigger::NEVER,
            late: Trigger::NEVER,
            unchanged: false,
            accumulation: Accumulation::Accumulating,
        }
    }

    /// A window with that end takes records no more.
    pub fn purged(&self, end: EventTime, watermark: EventTime) -> bool {
        end.add(self.lateness) <= watermark
    }

    /// The earliest time that is not too late under the watermark.
    pub fn earliest(&self, watermark: EventTime) -> EventTime {
        if watermark == EventTime::BEGINNING || watermark == EventTime::END {
            return watermark;
        }
        let Some(length) = self.windowing.length() else { return EventTime::BEGINNING };
        // All windows of a slice are purged when the last of them is, which starts with it.
        let newest_purged = watermark.sub(self.lateness).sub(length);
        match self.windowing {
            Windowing::Session { .. } => newest_purged.add(Span::from_millis(1)),
            _ => self.windowing.slice_end(self.windowing.slice(newest_purged)),
        }
    }

    /// Whether windows that overlap can share the cells of their slices. What came since an
    /// early pane by number of records, or the last value shown, is of one window alone.
    pub fn shares_slices(&self) -> bool {
        self.windowing.overlap() > 1
            && match self.accumulation {
                Accumulation::Accumulating => true,
                Accumulation::Discarding => self.early.records.is_none(),
                Accumulation::Retracting => false,
            }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(millis: i64) -> EventTime {
        EventTime::from_millis(millis)
    }

    fn span(millis: i64) -> Span {
        Span::from_millis(millis)
    }

    #[test]
    fn the_earliest_time_is_the_first_that_has_a_window_left() {
        let sliding = Windowing::sliding(span(10), span(5)).offset(span(2));
        for windowing in [sliding, Windowing::Session { gap: span(10) }] {
            let timing = ViewTiming { lateness: span(10), ..ViewTiming::new(windowing) };
            for watermark in (-60..60).map(at).chain([EventTime::FIRST, EventTime::LAST]) {
                let late = |time: EventTime| {
                    let last = windowing.windows_of(windowing.slice(time)).next_back();
                    timing.purged(windowing.end(last.expect("every time has a window")), watermark)
                };
                let earliest = timing.earliest(watermark);
                assert!(!late(earliest), "{windowing:?} {watermark:?}");
                assert!(late(earliest.sub(span(1))), "{windowing:?} {watermark:?}");
            }
        }
    }

    #[test]
    fn nothing_is_too_late_for_the_global_window_before_the_end() {
        let timing = ViewTiming::new(Windowing::Global);
        for watermark in [EventTime::BEGINNING, at(0), EventTime::LAST] {
            assert_eq!(timing.earliest(watermark), EventTime::BEGINNING);
        }
        assert_eq!(timing.earliest(EventTime::END), EventTime::END);
        assert!(!timing.purged(EventTime::END, EventTime::LAST));
        assert!(timing.purged(EventTime::END, EventTime::END));
    }
}
