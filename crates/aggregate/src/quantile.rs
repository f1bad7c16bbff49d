//! Quantiles by DDSketch.

use crate::aggregate::Aggregate;
use crate::bins::Bins;
use crate::{Output, Scalar};
use oriel_time::EventTime;
use serde::{Deserialize, Serialize};
use std::cmp::Ordering;

/// The numbers seen as a DDSketch. See [`crate::Function::Quantile`] for what it gives.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub(crate) struct Quantile {
    q: f64,
    /// The smallest and the largest, exactly.
    range: Option<(f64, f64)>,
    bins: Bins,
}

/// None of its floats is ever not a number.
impl Eq for Quantile {}

impl Quantile {
    /// Of no numbers.
    pub(crate) fn zero(q: f64) -> Self {
        Quantile { q, range: None, bins: Bins::default() }
    }

    fn widen(&mut self, (low, high): (f64, f64)) {
        let range = self.range.map_or((low, high), |(least, most)| (least.min(low), most.max(high)));
        self.range = Some(range);
    }

    fn value(&self) -> Option<f64> {
        let (least, most) = self.range?;
        let count = self.bins.count();
        match (self.q * (count - 1) as f64) as u64 {
            0 => Some(least),
            rank if rank >= count - 1 => Some(most),
            rank => self.bins.value(rank).map(|value| value.clamp(least, most)),
        }
    }
}

impl Aggregate for Quantile {
    fn take(&mut self, _: EventTime, value: Scalar<'_>) {
        if let Some(number) = value.number() {
            let value = number.to_f64();
            self.widen((value, value));
            self.bins.add(value);
        }
    }

    fn merge(&mut self, other: &Self) {
        other.range.into_iter().for_each(|range| self.widen(range));
        self.bins.merge(&other.bins);
    }

    fn output(&self) -> Output {
        self.value().map_or(Output::Null, Output::Double)
    }

    fn order(&self, other: &Self) -> Ordering {
        // Finite numbers are always comparable, and nothing is below them.
        self.value().partial_cmp(&other.value()).unwrap_or(Ordering::Equal)
    }

    fn heap(&self) -> usize {
        self.bins.heap()
    }
}
