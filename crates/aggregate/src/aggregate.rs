//! What every aggregate can do.

use crate::{Output, Scalar};
use oriel_time::EventTime;
use std::cmp::Ordering;

/// A state of one function. Its first value, the state of no records, is neutral under `merge`.
pub(crate) trait Aggregate: Clone + Eq {
    /// Takes the value of a record of that time.
    fn take(&mut self, time: EventTime, value: Scalar<'_>);
    /// Takes everything that `other` has seen.
    fn merge(&mut self, other: &Self);
    /// The value to show.
    fn output(&self) -> Output;
    /// By the exact value; nothing is below everything.
    fn order(&self, other: &Self) -> Ordering;
    /// Memory beyond the state itself, by its content: equal states give equal bytes.
    fn heap(&self) -> usize {
        0
    }
    /// Memory of the state itself and beyond.
    fn bytes(&self) -> usize {
        size_of::<Self>() + self.heap()
    }
}
