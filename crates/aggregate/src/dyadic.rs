//! Sums of floats without rounding.

use num_bigint::BigInt;
use num_traits::Zero;
use num_traits::float::FloatCore;
use serde::{Deserialize, Serialize};

/// The number `digits` · 2^`exponent`: what any sum of floats is. It has one form, with
/// odd digits, or zero and zero: it is as small as the value allows, and no order of
/// adding leaves a trace, which adding floats does.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
pub(crate) struct Dyadic {
    digits: BigInt,
    exponent: i32,
}

impl Dyadic {
    /// A finite float.
    pub(crate) fn of(float: f64) -> Self {
        let (digits, exponent, sign) = FloatCore::integer_decode(float);
        let mut sum = Dyadic::default();
        sum.add_scaled(BigInt::from(digits) * sign, exponent.into());
        sum
    }

    pub(crate) fn add(&mut self, other: &Self) {
        self.add_scaled(other.digits.clone(), other.exponent);
    }

    pub(crate) fn subtract(&mut self, other: &Self) {
        self.add_scaled(-&other.digits, other.exponent);
    }

    fn add_scaled(&mut self, digits: BigInt, exponent: i32) {
        let low = self.exponent.min(exponent);
        let mine = std::mem::take(&mut self.digits) << (self.exponent - low);
        let sum = mine + (digits << (exponent - low));
        let zeros = sum.trailing_zeros().unwrap_or(0);
        self.exponent = if sum.is_zero() { 0 } else { low + zeros as i32 };
        self.digits = sum >> zeros;
    }

    /// As a fraction; the denominator is a power of two.
    pub(crate) fn fraction(&self) -> (BigInt, BigInt) {
        let (up, down) = (self.exponent.max(0), self.exponent.min(0).unsigned_abs());
        (&self.digits << up, BigInt::from(1) << down)
    }

    /// Memory beyond itself.
    pub(crate) fn heap(&self) -> usize {
        self.digits.bits().div_ceil(64) as usize * size_of::<u64>()
    }
}
