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
    fn floor_is_the_multiple_at_or_just_before_on_both_sides_of_1970() {
        for step in 1..12 {
            for offset in -13..13 {
                for time in -40..40 {
                    let floor = at(time).floor(span(step), offset).millis();
                    let expected = (time - step + 1..=time).find(|t| (t - offset) % step == 0);
                    assert_eq!(Some(floor), expected, "{time} {step} {offset}");
                }
            }
        }
    }

    #[test]
    fn floor_holds_at_the_first_and_the_last_valid_time() {
        let day = span(86_400_000);
        assert_eq!(EventTime::FIRST.floor(day, 0), EventTime::FIRST);
        assert_eq!(EventTime::LAST.floor(day, 0), at(EventTime::LAST.millis() + 1 - day.millis()));
    }

    #[test]
    fn the_ends_of_time_stay_where_they_are() {
        for end in [EventTime::BEGINNING, EventTime::END] {
            assert_eq!(end.add(span(5)), end);
            assert_eq!(end.add(span(-5)), end);
            assert_eq!(end.sub(span(5)), end);
            assert_eq!(end.sub(span(-5)), end);
        }
    }

    #[test]
    fn arithmetic_saturates_at_the_ends_of_time() {
        assert_eq!(at(1).add(span(i64::MAX)), EventTime::END);
        assert_eq!(at(-2).sub(span(i64::MAX)), EventTime::BEGINNING);
        assert_eq!(EventTime::BEGINNING.floor(span(7), 0), EventTime::BEGINNING);
        assert_eq!(EventTime::END.since(EventTime::BEGINNING), span(i64::MAX));
    }

    #[test]
    fn adding_and_taking_away_move_by_the_span() {
        assert_eq!(at(-3).add(span(5)), at(2));
        assert_eq!(at(2).sub(span(5)), at(-3));
    }

    #[test]
    fn since_is_the_distance_and_never_negative() {
        assert_eq!(at(7).since(at(-3)), span(10));
        assert_eq!(at(-3).since(at(7)), Span::ZERO);
    }

    #[test]
    fn valid_times_are_the_years_1_to_9999() {
        let (first, last) = (EventTime::FIRST.millis(), EventTime::LAST.millis());
        assert_eq!(EventTime::valid(first), Some(EventTime::FIRST));
        assert_eq!(EventTime::valid(first - 1), None);
        assert_eq!(EventTime::valid(last), Some(EventTime::LAST));
        assert_eq!(EventTime::valid(last + 1), None);
        assert_eq!(EventTime::valid(-1), Some(at(-1)));
    }
}
