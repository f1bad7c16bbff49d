//! When something happened, as its record says.

use crate::Span;
use serde::{Deserialize, Serialize};

/// A point in event time: milliseconds since the Unix epoch.
///
/// ```
/// use oriel_time::{EventTime, Span};
/// let t = EventTime::from_millis(-1);
/// assert_eq!(t.floor(Span::from_millis(10), 0), EventTime::from_millis(-10));
/// assert_eq!(EventTime::END.add(Span::from_millis(1)), EventTime::END);
/// ```
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
pub struct EventTime(i64);

impl EventTime {
    /// The beginning of time: earlier than any record. No watermark is lower.
    pub const BEGINNING: EventTime = EventTime(i64::MIN);
    /// The end of time: later than any record. A stream that has ended is here.
    pub const END: EventTime = EventTime(i64::MAX);
    /// The first valid event time, 0001-01-01T00:00:00Z.
    pub const FIRST: EventTime = EventTime(-62_135_596_800_000);
    /// The last valid event time, 9999-12-31T23:59:59.999Z.
    pub const LAST: EventTime = EventTime(253_402_300_799_999);

    /// The time that many milliseconds after the Unix epoch.
    pub const fn from_millis(millis: i64) -> Self {
        EventTime(millis)
    }

    /// A record's time: `None` outside the years 1 to 9999.
    pub fn valid(millis: i64) -> Option<Self> {
        (Self::FIRST.0..=Self::LAST.0).contains(&millis).then_some(EventTime(millis))
    }

    /// Milliseconds since the Unix epoch.
    pub const fn millis(self) -> i64 {
        self.0
    }

    /// This time plus a span; the ends of time stay where they are.
    #[must_use]
    #[allow(clippy::should_implement_trait, reason = "saturates, which the operator would hide")]
    pub const fn add(self, span: Span) -> Self {
        if self.0 == i64::MIN || self.0 == i64::MAX {
            return self;
        }
        EventTime(self.0.saturating_add(span.millis()))
    }

    /// This time less a span; the ends of time stay where they are.
    #[must_use]
    #[allow(clippy::should_implement_trait, reason = "saturates, which the operator would hide")]
    pub const fn sub(self, span: Span) -> Self {
        if self.0 == i64::MIN || self.0 == i64::MAX {
            return self;
        }
        EventTime(self.0.saturating_sub(span.millis()))
    }

    /// The span from `earlier` to this time, zero if it is not earlier.
    pub const fn since(self, earlier: EventTime) -> Span {
        let millis = self.0.saturating_sub(earlier.0);
        Span::from_millis(if millis < 0 { 0 } else { millis })
    }

    /// The largest multiple of `step`, counted from `offset`, that is not after
    /// this time. Euclidean, so that times before 1970 floor downwards too.
    #[must_use]
    pub const fn floor(self, step: Span, offset: i64) -> Self {
        let beyond = self.0.saturating_sub(offset).rem_euclid(step.millis());
        EventTime(self.0.saturating_sub(beyond))
    }
}
