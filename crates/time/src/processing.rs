//! When we worked on something, as a clock says.

use crate::Span;
use serde::{Deserialize, Serialize};

/// A point in processing time: milliseconds since the Unix epoch.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
pub struct ProcessingTime(i64);

impl ProcessingTime {
    /// The time that many milliseconds after the Unix epoch.
    pub const fn from_millis(millis: i64) -> Self {
        ProcessingTime(millis)
    }

    /// Milliseconds since the Unix epoch.
    pub const fn millis(self) -> i64 {
        self.0
    }

    /// The span from `earlier` to this time, zero if it is not earlier.
    pub const fn since(self, earlier: ProcessingTime) -> Span {
        let millis = self.0.saturating_sub(earlier.0);
        Span::from_millis(if millis < 0 { 0 } else { millis })
    }

    /// Which multiple of `step` this time lies in, counted from the Unix epoch.
    pub const fn tick(self, step: Span) -> i64 {
        self.0.div_euclid(step.millis())
    }
}

/// Something that tells the processing time. Real clocks live at the edges;
/// tests hand in their own.
pub trait Clock: Send + Sync {
    /// The present. Callers that need it never to go back keep the largest.
    fn now(&self) -> ProcessingTime;
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(millis: i64) -> ProcessingTime {
        ProcessingTime::from_millis(millis)
    }

    #[test]
    fn a_tick_begins_at_its_multiple_on_both_sides_of_1970() {
        let step = Span::from_millis(10);
        let ticks = [(-11, -2), (-10, -1), (-1, -1), (0, 0), (9, 0), (10, 1)];
        for (millis, tick) in ticks {
            assert_eq!(at(millis).tick(step), tick, "{millis}");
        }
    }

    #[test]
    fn since_is_the_distance_and_never_negative() {
        assert_eq!(at(7).since(at(-3)), Span::from_millis(10));
        assert_eq!(at(-3).since(at(7)), Span::ZERO);
        assert_eq!(at(i64::MAX).since(at(i64::MIN)), Span::from_millis(i64::MAX));
    }
}
