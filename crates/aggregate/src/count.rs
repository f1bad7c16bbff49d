//! How many.

use crate::aggregate::Aggregate;
use crate::{Output, Scalar};
use oriel_time::EventTime;
use serde::{Deserialize, Serialize};
use std::cmp::Ordering;

/// The number of records seen.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
pub(crate) struct Count(u64);

impl Count {
    /// Sees one record.
    pub(crate) fn add(&mut self) {
        self.0 += 1;
    }

    pub(crate) fn retract(&mut self, other: &Self) {
        self.0 -= other.0;
    }
}

impl Aggregate for Count {
    fn take(&mut self, _: EventTime, _: Scalar<'_>) {
        self.add();
    }

    fn merge(&mut self, other: &Self) {
        self.0 += other.0;
    }

    fn output(&self) -> Output {
        i64::try_from(self.0).map_or(Output::Overflow, Output::Long)
    }

    fn order(&self, other: &Self) -> Ordering {
        self.0.cmp(&other.0)
    }
}
