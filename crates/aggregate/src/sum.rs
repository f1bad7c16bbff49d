//! Exact sums.

use crate::aggregate::Aggregate;
use crate::decimal::{self, NANOS};
use crate::dyadic::Dyadic;
use crate::{Number, Output, Scalar};
use num_bigint::BigInt;
use num_rational::Ratio;
use num_traits::{ToPrimitive, Zero};
use oriel_time::EventTime;
use serde::{Deserialize, Serialize};
use std::cmp::Ordering;

/// The exact sum of numbers. Whole numbers within 64 bits and short decimals are held
/// in units of 10⁻⁹. Two to the power of 64 of them fit, so nothing ever wraps.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
pub(crate) struct Sum {
    whole: i128,
    /// Billionths above `whole`, less than one.
    nanos: u32,
    count: u64,
    negatives: u64,
    rest: Option<Box<Rest>>,
}

/// The floats among the numbers that are no exact decimals, or no whole numbers within 64
/// bits. A sum with such numbers that is out of that range is shown as a float; one without
/// them, whole or not, is out of range.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
struct Rest {
    count: u64,
    sum: Dyadic,
}

impl Sum {
    fn see(&mut self, number: Number) {
        self.count += 1;
        self.negatives += u64::from(number < Number::Int(0));
        match number {
            Number::Int(value) => self.whole += i128::from(value),
            Number::Float(value) => match decimal::split(value) {
                Some((whole, nanos)) => self.add(whole.into(), nanos),
                None => self.add_rest(1, &Dyadic::of(value)),
            },
        }
    }

    fn add(&mut self, whole: i128, nanos: u32) {
        let nanos = self.nanos + nanos;
        self.whole += whole + i128::from(nanos / NANOS);
        self.nanos = nanos % NANOS;
    }

    fn add_rest(&mut self, count: u64, sum: &Dyadic) {
        let rest = self.rest.get_or_insert_default();
        rest.count += count;
        rest.sum.add(sum);
    }

    /// Takes out what was merged in before.
    pub(crate) fn retract(&mut self, other: &Self) {
        self.count -= other.count;
        self.negatives -= other.negatives;
        self.add(-other.whole - 1, NANOS - other.nanos);
        if let (Some(mine), Some(theirs)) = (&mut self.rest, &other.rest) {
            mine.count -= theirs.count;
            mine.sum.subtract(&theirs.sum);
            self.rest.take_if(|rest| rest.count == 0);
        }
    }

    /// It holds numbers that are no exact decimals.
    pub(crate) fn inexact(&self) -> bool {
        self.rest.is_some()
    }

    /// A number below zero is among them.
    pub(crate) fn negative(&self) -> bool {
        self.negatives > 0
    }

    /// The number of numbers, if there are any.
    pub(crate) fn count(&self) -> Option<u64> {
        (self.count > 0).then_some(self.count)
    }

    /// The sum of so many such sums in units of 10⁻⁹, where that is little enough.
    pub(crate) fn units(&self, times: u64) -> Option<i128> {
        let units = self.whole.checked_mul(NANOS.into())?.checked_add(self.nanos.into())?;
        if self.inexact() { None } else { units.checked_mul(times.into()) }
    }

    /// The sum by such a divisor, as numerator and denominator.
    pub(crate) fn fraction(&self, divisor: u64) -> (BigInt, BigInt) {
        let sum = BigInt::from(self.whole) * NANOS + self.nanos;
        let Some(rest) = &self.rest else { return (sum, BigInt::from(NANOS) * divisor) };
        let (numerator, denominator) = rest.sum.fraction();
        (sum * &denominator + numerator * NANOS, denominator * NANOS * divisor)
    }
}

/// Which fraction is larger; denominators are above zero.
pub(crate) fn compare(left: (BigInt, BigInt), right: (BigInt, BigInt)) -> Ordering {
    (left.0 * right.1).cmp(&(right.0 * left.1))
}

/// The float nearest to a fraction, if there is one.
pub(crate) fn nearest((numerator, denominator): (BigInt, BigInt)) -> Output {
    // In whatever terms: the conversion does without the lowest.
    match Ratio::new_raw(numerator, denominator).to_f64() {
        Some(value) if value.is_finite() => Output::Double(value),
        _ => Output::Overflow,
    }
}

impl Aggregate for Sum {
    fn take(&mut self, _: EventTime, value: Scalar<'_>) {
        value.number().into_iter().for_each(|number| self.see(number));
    }

    fn merge(&mut self, other: &Self) {
        self.count += other.count;
        self.negatives += other.negatives;
        self.add(other.whole, other.nanos);
        other.rest.iter().for_each(|rest| self.add_rest(rest.count, &rest.sum));
    }

    fn output(&self) -> Output {
        if self.count == 0 {
            return Output::Null;
        }
        if !self.inexact() {
            return match i64::try_from(self.whole) {
                Ok(whole) if self.nanos == 0 => Output::Long(whole),
                // Some billionths above the largest are out of range too.
                Ok(whole) if whole < i64::MAX => nearest(self.fraction(1)),
                _ => Output::Overflow,
            };
        }
        let (numerator, denominator) = self.fraction(1);
        let whole = (&numerator % &denominator).is_zero().then(|| &numerator / &denominator);
        match whole.map(i64::try_from) {
            Some(Ok(whole)) => Output::Long(whole),
            _ => nearest((numerator, denominator)),
        }
    }

    fn order(&self, other: &Self) -> Ordering {
        self.count().is_some().cmp(&other.count().is_some()).then_with(|| {
            match (self.inexact(), other.inexact()) {
                (false, false) => (self.whole, self.nanos).cmp(&(other.whole, other.nanos)),
                _ => compare(self.fraction(1), other.fraction(1)),
            }
        })
    }

    fn heap(&self) -> usize {
        self.rest.as_ref().map_or(0, |rest| size_of::<Rest>() + rest.sum.heap())
    }
}
