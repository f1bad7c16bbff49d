//! The state of any function.

use crate::aggregate::Aggregate;
use crate::average::Average;
use crate::count::Count;
use crate::distinct::Distinct;
use crate::edge::{First, Last};
use crate::extreme::{Max, Min};
use crate::quantile::Quantile;
use crate::sum::Sum;
use crate::{Function, Output, Scalar};
use oriel_time::EventTime;
use serde::{Deserialize, Serialize};
use std::cmp::Ordering;

/// The state of one function. All but counts are boxed: counts are by far the most, and
/// there may be one a key.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub(crate) enum State {
    Count(Count),
    Sum(Box<Sum>),
    Min(Box<Min>),
    Max(Box<Max>),
    Average(Box<Average>),
    First(Box<First>),
    Last(Box<Last>),
    Distinct(Box<Distinct>),
    Quantile(Box<Quantile>),
}

/// Does the same for whichever state it is.
macro_rules! each {
    ($of:expr, $state:ident => $body:expr) => {
        match $of {
            State::Count($state) => $body,
            State::Sum($state) => $body,
            State::Min($state) => $body,
            State::Max($state) => $body,
            State::Average($state) => $body,
            State::First($state) => $body,
            State::Last($state) => $body,
            State::Distinct($state) => $body,
            State::Quantile($state) => $body,
        }
    };
}

/// Does the same for two states of one function, whichever it is.
macro_rules! both {
    ($left:expr, $right:expr, $mine:ident, $theirs:ident => $body:expr) => {
        match ($left, $right) {
            (State::Count($mine), State::Count($theirs)) => $body,
            (State::Sum($mine), State::Sum($theirs)) => $body,
            (State::Min($mine), State::Min($theirs)) => $body,
            (State::Max($mine), State::Max($theirs)) => $body,
            (State::Average($mine), State::Average($theirs)) => $body,
            (State::First($mine), State::First($theirs)) => $body,
            (State::Last($mine), State::Last($theirs)) => $body,
            (State::Distinct($mine), State::Distinct($theirs)) => $body,
            (State::Quantile($mine), State::Quantile($theirs)) => $body,
            _ => unreachable!("cells of different metrics"),
        }
    };
}

impl State {
    pub(crate) fn zero(function: Function) -> Self {
        match function {
            Function::Count => State::Count(Count::default()),
            Function::Sum => State::Sum(Box::default()),
            Function::Min => State::Min(Box::default()),
            Function::Max => State::Max(Box::default()),
            Function::Average => State::Average(Box::default()),
            Function::First => State::First(Box::default()),
            Function::Last => State::Last(Box::default()),
            Function::Distinct => State::Distinct(Box::default()),
            Function::Quantile(q) => State::Quantile(Box::new(Quantile::zero(q))),
        }
    }

    pub(crate) fn take(&mut self, time: EventTime, value: Scalar<'_>) {
        each!(self, state => state.take(time, value));
    }

    pub(crate) fn merge(&mut self, other: &State) {
        both!(self, other, mine, theirs => mine.merge(theirs));
    }

    /// It can give back what was merged in.
    pub(crate) fn retracts(&self) -> bool {
        matches!(self, State::Count(_) | State::Sum(_) | State::Average(_))
    }

    /// Gives back what was merged in before, if it can.
    pub(crate) fn retract(&mut self, other: &State) {
        match (self, other) {
            (State::Count(mine), State::Count(theirs)) => mine.retract(theirs),
            (State::Sum(mine), State::Sum(theirs)) => mine.retract(theirs),
            (State::Average(mine), State::Average(theirs)) => mine.0.retract(&theirs.0),
            _ => {}
        }
    }

    pub(crate) fn output(&self) -> Output {
        each!(self, state => state.output())
    }

    pub(crate) fn order(&self, other: &State) -> Ordering {
        both!(self, other, mine, theirs => mine.order(theirs))
    }

    /// The sum that it is or rests on.
    pub(crate) fn sum(&self) -> Option<&Sum> {
        match self {
            State::Sum(sum) => Some(sum),
            State::Average(average) => Some(&average.0),
            _ => None,
        }
    }

    /// Memory beyond itself, by its content.
    pub(crate) fn heap(&self) -> usize {
        match self {
            State::Count(_) => 0,
            state => each!(state, state => state.bytes()),
        }
    }
}
