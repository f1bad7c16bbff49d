//! The smallest and the largest.

use crate::aggregate::Aggregate;
use crate::{Number, Output, Scalar};
use oriel_time::EventTime;
use serde::{Deserialize, Serialize};
use std::cmp::Ordering;

/// The smallest number seen.
pub(crate) type Min = Extreme<false>;
/// The largest number seen.
pub(crate) type Max = Extreme<true>;

/// The number at one end.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
pub(crate) struct Extreme<const LARGEST: bool>(Option<Number>);

impl<const LARGEST: bool> Extreme<LARGEST> {
    fn see(&mut self, number: Number) {
        let beyond = |held: Number| if LARGEST { number > held } else { number < held };
        if self.0.is_none_or(beyond) {
            self.0 = Some(number);
        }
    }
}

impl<const LARGEST: bool> Aggregate for Extreme<LARGEST> {
    fn take(&mut self, _: EventTime, value: Scalar<'_>) {
        value.number().into_iter().for_each(|number| self.see(number));
    }

    fn merge(&mut self, other: &Self) {
        other.0.into_iter().for_each(|number| self.see(number));
    }

    fn output(&self) -> Output {
        self.0.map_or(Output::Null, Output::from)
    }

    fn order(&self, other: &Self) -> Ordering {
        self.0.cmp(&other.0)
    }
}
