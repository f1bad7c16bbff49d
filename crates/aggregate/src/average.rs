//! Exact averages.

use crate::aggregate::Aggregate;
use crate::sum::{Sum, compare, nearest};
use crate::{Output, Scalar};
use oriel_time::EventTime;
use serde::{Deserialize, Serialize};
use std::cmp::Ordering;

/// The exact sum by the count, rounded once.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
pub(crate) struct Average(pub(crate) Sum);

impl Aggregate for Average {
    fn take(&mut self, time: EventTime, value: Scalar<'_>) {
        self.0.take(time, value);
    }

    fn merge(&mut self, other: &Self) {
        self.0.merge(&other.0);
    }

    fn output(&self) -> Output {
        match self.0.count() {
            Some(count) => nearest(self.0.fraction(count)),
            None => Output::Null,
        }
    }

    fn order(&self, other: &Self) -> Ordering {
        let (Some(mine), Some(theirs)) = (self.0.count(), other.0.count()) else {
            return self.0.count().cmp(&other.0.count());
        };
        // Multiplied crosswise, which says the same as dividing.
        match (self.0.units(theirs), other.0.units(mine)) {
            (Some(mine), Some(theirs)) => mine.cmp(&theirs),
            _ => compare(self.0.fraction(mine), other.0.fraction(theirs)),
        }
    }

    fn heap(&self) -> usize {
        self.0.heap()
    }
}
