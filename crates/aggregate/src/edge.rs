//! The first and the last.

use crate::aggregate::Aggregate;
use crate::scalar::Value;
use crate::{Output, Scalar};
use oriel_time::EventTime;
use serde::{Deserialize, Serialize};
use std::cmp::Ordering;

/// The value of the earliest record.
pub(crate) type First = Edge<false>;
/// The value of the latest record.
pub(crate) type Last = Edge<true>;

/// The value at one edge of time; of several at the same time the largest.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
pub(crate) struct Edge<const LATEST: bool>(Option<(EventTime, Value)>);

impl<const LATEST: bool> Edge<LATEST> {
    fn scalar(&self) -> Option<Scalar<'_>> {
        self.0.as_ref().map(|(_, value)| value.scalar())
    }

    /// Such a value would take the place of the one that is held.
    fn gives_way(&self, time: EventTime, value: Scalar<'_>) -> bool {
        let Some((held, _)) = &self.0 else { return true };
        let order = if LATEST { time.cmp(held) } else { held.cmp(&time) };
        order.then_with(|| Some(value).cmp(&self.scalar())).is_gt()
    }
}

impl<const LATEST: bool> Aggregate for Edge<LATEST> {
    fn take(&mut self, time: EventTime, value: Scalar<'_>) {
        if self.gives_way(time, value) {
            self.0 = Some((time, value.into()));
        }
    }

    fn merge(&mut self, other: &Self) {
        if let Some((time, value)) = &other.0
            && self.gives_way(*time, value.scalar())
        {
            self.0 = Some((*time, value.clone()));
        }
    }

    fn output(&self) -> Output {
        self.0.as_ref().map_or(Output::Null, |(_, value)| value.output())
    }

    fn order(&self, other: &Self) -> Ordering {
        self.scalar().cmp(&other.scalar())
    }

    fn heap(&self) -> usize {
        self.0.as_ref().map_or(0, |(_, value)| value.heap())
    }
}
