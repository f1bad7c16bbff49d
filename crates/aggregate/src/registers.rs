//! HyperLogLog with one form.

use hyperloglockless::HyperLogLog;
use serde::{Deserialize, Serialize};
use std::hash::{BuildHasherDefault, DefaultHasher};

/// 2¹⁴ registers of a byte: a standard error of 1.04 / √2¹⁴ = 0.81 %.
const PRECISION: u8 = 14;

/// The number of registers, and bytes.
pub(crate) const REGISTERS: usize = 1 << PRECISION;

/// Register values reach 38 with it. The library keeps the sum of 2⁻ʳ over all registers
/// up to date in a float, and so it has at most 14 + 38 bits: no order of adding rounds
/// it. What is lost is the difference between 2⁵² values and more.
const LOWEST: u64 = 1 << 37;

/// What is left of many hashes.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(try_from = "Box<[u8]>", into = "Box<[u8]>")]
pub(crate) struct Registers(HyperLogLog<Unused>);

/// The values are hashed before, the same on every machine.
type Unused = BuildHasherDefault<DefaultHasher>;

impl Registers {
    pub(crate) fn insert(&mut self, hash: u64) {
        self.0.insert_hash(hash | LOWEST);
    }

    pub(crate) fn merge(&mut self, other: &Self) {
        self.0.union(&other.0).expect("all have as many registers");
    }

    /// How many different hashes, about.
    pub(crate) fn estimate(&self) -> u64 {
        self.0.raw_count().round() as u64
    }
}

impl FromIterator<u64> for Registers {
    fn from_iter<I: IntoIterator<Item = u64>>(hashes: I) -> Self {
        let mut registers = Registers(HyperLogLog::with_hasher(PRECISION, Unused::default()));
        hashes.into_iter().for_each(|hash| registers.insert(hash));
        registers
    }
}

impl From<Registers> for Box<[u8]> {
    fn from(registers: Registers) -> Self {
        registers.0.iter().collect()
    }
}

/// Bytes that are no registers of ours.
#[derive(Debug, thiserror::Error)]
#[error("registers of a HyperLogLog: not {REGISTERS} bytes up to 38")]
pub(crate) struct Malformed;

impl TryFrom<Box<[u8]>> for Registers {
    type Error = Malformed;

    fn try_from(bytes: Box<[u8]>) -> Result<Self, Malformed> {
        let highest = LOWEST.trailing_zeros() + 1;
        if bytes.len() != REGISTERS || bytes.iter().any(|value| u32::from(*value) > highest) {
            return Err(Malformed);
        }
        let zeros = bytes.iter().filter(|value| **value == 0).count();
        let sum = bytes.iter().map(|value| (-f64::from(*value)).exp2()).sum();
        Ok(Registers(HyperLogLog::from_parts(bytes, Unused::default(), zeros, sum)))
    }
}
