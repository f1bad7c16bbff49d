//! How many different values.

use crate::aggregate::Aggregate;
use crate::registers::{REGISTERS, Registers};
use crate::{Number, Output, Scalar};
use oriel_time::EventTime;
use serde::{Deserialize, Serialize};
use std::cmp::Ordering;
use xxhash_rust::xxh3::xxh3_64_with_seed;

/// Up to here the number is exact.
const EXACT: usize = 1_024;

/// What the number may be off by.
pub(crate) fn error() -> String {
    "exact up to 1,024 values, from there on a standard error of 0.81 % (within 2.5 % in 997 of 1,000 cases)"
        .to_owned()
}

/// The hashes of the values seen, or what is left of them when they are many.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub(crate) enum Distinct {
    /// All of them, ascending.
    Few(Vec<u64>),
    /// More than [`EXACT`].
    Many(Registers),
}

impl Default for Distinct {
    fn default() -> Self {
        Distinct::Few(Vec::new())
    }
}

impl Distinct {
    /// Takes hashes, none twice.
    fn see(&mut self, hashes: &[u64]) {
        match self {
            Distinct::Few(held) => {
                let before = held.len();
                for hash in hashes {
                    if held[..before].binary_search(hash).is_err() {
                        held.push(*hash);
                    }
                }
                if held.len() > EXACT {
                    *self = Distinct::Many(held.iter().copied().collect());
                } else if held.len() > before {
                    // A stable sort joins two runs in one pass.
                    held.sort();
                }
            }
            Distinct::Many(registers) => hashes.iter().for_each(|hash| registers.insert(*hash)),
        }
    }

    fn count(&self) -> u64 {
        match self {
            Distinct::Few(hashes) => hashes.len() as u64,
            // There were more than that, whatever the estimate.
            Distinct::Many(registers) => registers.estimate().max(EXACT as u64 + 1),
        }
    }
}

/// The same on every machine; values of two types are two values.
fn hash(value: Scalar<'_>) -> u64 {
    match value {
        Scalar::Text(text) => xxh3_64_with_seed(text.as_bytes(), 0),
        Scalar::Bool(value) => xxh3_64_with_seed(&[u8::from(value)], 1),
        Scalar::Number(Number::Int(value)) => xxh3_64_with_seed(&value.to_le_bytes(), 2),
        Scalar::Number(Number::Float(value)) => xxh3_64_with_seed(&value.to_le_bytes(), 3),
    }
}

impl Aggregate for Distinct {
    fn take(&mut self, _: EventTime, value: Scalar<'_>) {
        self.see(&[hash(value)]);
    }

    fn merge(&mut self, other: &Self) {
        match (&mut *self, other) {
            (Distinct::Many(mine), Distinct::Many(theirs)) => mine.merge(theirs),
            (_, Distinct::Few(theirs)) => self.see(theirs),
            (Distinct::Few(mine), Distinct::Many(theirs)) => {
                let mut registers = theirs.clone();
                mine.iter().for_each(|hash| registers.insert(*hash));
                *self = Distinct::Many(registers);
            }
        }
    }

    fn output(&self) -> Output {
        i64::try_from(self.count()).map_or(Output::Overflow, Output::Long)
    }

    fn order(&self, other: &Self) -> Ordering {
        self.count().cmp(&other.count())
    }

    fn heap(&self) -> usize {
        match self {
            Distinct::Few(hashes) => size_of_val(hashes.as_slice()),
            Distinct::Many(_) => REGISTERS,
        }
    }
}
