//! Aggregates that merge in any order to the same bytes.
//!
//! A view's metrics in one window, or for one key of it, are a [`Cell`]: one
//! [`State`] a metric. A state has a zero, adds records, merges with others and
//! gives an output. Merging is associative and commutative and its result is
//! canonical: equal for every tree of merges. That is what lets every worker fold
//! its own share of an epoch first and exchange only what came of it.
//!
//! ```
//! use oriel_aggregate::{Cell, Function, Output};
//! let mut left = Cell::zero(&[Function::Count]);
//! left.add(0);
//! let mut right = left.clone();
//! right.add(0);
//! left.merge(&right);
//! assert_eq!(left.outputs().collect::<Vec<_>>(), [Output::Long(3)]);
//! ```

mod count;

pub use count::Count;
use serde::{Deserialize, Serialize};

/// What every aggregate can do. `zero` is neutral under `merge`.
pub trait Aggregate: Clone + PartialEq {
    /// The state of no records.
    fn zero() -> Self;
    /// Takes everything that `other` has seen.
    fn merge(&mut self, other: &Self);
    /// Gives back what was merged in before; false where that cannot be done.
    fn retract(&mut self, other: &Self) -> bool;
    /// The value to show.
    fn output(&self) -> Output;
}

/// A value to show.
#[derive(Clone, Copy, PartialEq, Debug)]
pub enum Output {
    /// Nothing to show: an aggregate of nothing, or one out of range.
    Null,
    /// A whole number.
    Long(i64),
}

/// An aggregate function, as a configuration names it.
#[derive(Clone, Copy, PartialEq, Debug)]
pub enum Function {
    /// The number of records, or of those that have a field.
    Count,
    /// The exact sum of numbers.
    Sum,
    /// The smallest number.
    Min,
    /// The largest number.
    Max,
    /// The sum by the count.
    Average,
    /// The value of the earliest record; of several the larger value.
    First,
    /// The value of the latest record; of several the larger value.
    Last,
    /// How many different values.
    Distinct,
    /// The value below which that part (0 to 1) of all numbers lies.
    Quantile(f64),
}

/// The state of one function.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub enum State {
    /// Of [`Function::Count`].
    Count(Count),
}

impl State {
    fn zero(function: Function) -> Self {
        match function {
            _ => State::Count(Count::zero()),
        }
    }

    fn merge(&mut self, other: &State) {
        match (self, other) {
            (State::Count(mine), State::Count(theirs)) => mine.merge(theirs),
        }
    }

    fn output(&self) -> Output {
        match self {
            State::Count(count) => count.output(),
        }
    }
}

/// One state a metric, in the order of the view's metrics.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Cell(States);

/// Most cells have one state; it lives in the cell itself, since there is one a key.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
enum States {
    One(State),
    Many(Box<[State]>),
}

impl Cell {
    /// The cell of no records.
    pub fn zero(functions: &[Function]) -> Self {
        match functions {
            [function] => Cell(States::One(State::zero(*function))),
            _ => Cell(States::Many(functions.iter().map(|function| State::zero(*function)).collect())),
        }
    }

    /// Counts a record in the metric at that place.
    pub fn add(&mut self, metric: usize) {
        match &mut self.states_mut()[metric] {
            State::Count(count) => count.add(),
        }
    }

    /// Takes everything that `other`, a cell of the same metrics, has seen.
    pub fn merge(&mut self, other: &Cell) {
        for (mine, theirs) in self.states_mut().iter_mut().zip(other.states()) {
            mine.merge(theirs);
        }
    }

    /// The values to show, one a metric.
    pub fn outputs(&self) -> impl Iterator<Item = Output> + '_ {
        self.states().iter().map(State::output)
    }

    /// Heap bytes.
    pub fn bytes(&self) -> usize {
        0
    }

    /// Ranks by a metric.
    pub fn order(&self, other: &Cell, _metric: usize) -> std::cmp::Ordering {
        self.weight().cmp(&other.weight())
    }

    /// The first metric's value as a weight to rank by; nothing ranks last.
    pub fn weight(&self) -> i64 {
        match self.outputs().next() {
            Some(Output::Long(value)) => value,
            _ => i64::MIN,
        }
    }

    fn states(&self) -> &[State] {
        match &self.0 {
            States::One(state) => std::slice::from_ref(state),
            States::Many(states) => states,
        }
    }

    fn states_mut(&mut self) -> &mut [State] {
        match &mut self.0 {
            States::One(state) => std::slice::from_mut(state),
            States::Many(states) => states,
        }
    }
}
