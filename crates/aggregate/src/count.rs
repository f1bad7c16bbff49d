//! How many.

use crate::{Aggregate, Output};
use serde::{Deserialize, Serialize};

/// The number of records seen.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Count(u64);

impl Count {
    /// Sees one record.
    pub fn add(&mut self) {
        self.0 += 1;
    }
}

impl Aggregate for Count {
    fn zero() -> Self {
        Count(0)
    }

    fn merge(&mut self, other: &Self) {
        self.0 += other.0;
    }

    fn retract(&mut self, other: &Self) -> bool {
        self.0 -= other.0;
        true
    }

    fn output(&self) -> Output {
        i64::try_from(self.0).map_or(Output::Null, Output::Long)
    }
}
