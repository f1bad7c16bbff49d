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
