//! All metrics of one key in one window.

use crate::aggregate::Aggregate;
use crate::count::Count;
use crate::state::State;
use crate::sum::Sum;
use crate::{Function, Output, Scalar};
use oriel_time::EventTime;
use serde::{Deserialize, Serialize};
use std::cmp::Ordering;

/// One state a metric, in the order of the view's metrics.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Cell(States);

/// Most cells have one state; it lives in the cell itself, since there is one a key. The
/// other kind is boxed twice so that a cell has the size of a state.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
enum States {
    One(State),
    Many(Box<Slice>),
}

#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
struct Slice(Box<[State]>);

impl Cell {
    /// The cell of no records.
    pub fn zero(functions: &[Function]) -> Self {
        match functions {
            // The same as below, without asking further: there is one a key.
            [Function::Count] => Cell(States::One(State::Count(Count::default()))),
            [function] => Cell(States::One(State::zero(*function))),
            _ => {
                let states = functions.iter().map(|function| State::zero(*function)).collect();
                Cell(States::Many(Box::new(Slice(states))))
            }
        }
    }

    /// Counts a record in the metric at that place, which is a count.
    pub fn add(&mut self, metric: usize) {
        match &mut self.states_mut()[metric] {
            State::Count(count) => count.add(),
            _ => debug_assert!(false, "a value is needed"),
        }
    }

    /// Gives the metric at that place the value of a record of that time. A count ignores
    /// the value; one that is no number leaves a metric of numbers as it is.
    pub fn take(&mut self, metric: usize, time: EventTime, value: Scalar<'_>) {
        self.states_mut()[metric].take(time, value);
    }

    /// Takes everything that `other`, a cell of the same metrics, has seen.
    pub fn merge(&mut self, other: &Cell) {
        // What nearly every cell is, on the way that every one goes.
        if let (States::One(State::Count(mine)), States::One(State::Count(theirs))) = (&mut self.0, &other.0)
        {
            return mine.merge(theirs);
        }
        for (mine, theirs) in self.states_mut().iter_mut().zip(other.states()) {
            mine.merge(theirs);
        }
    }

    /// Gives back what was merged in before. Where not all metrics can (only counts, sums
    /// and averages can) nothing changes, and the answer is false.
    pub fn retract(&mut self, other: &Cell) -> bool {
        let possible = self.states().iter().all(State::retracts);
        if possible {
            for (mine, theirs) in self.states_mut().iter_mut().zip(other.states()) {
                mine.retract(theirs);
            }
        }
        possible
    }

    /// The values to show, one a metric.
    pub fn outputs(&self) -> impl Iterator<Item = Output> + '_ {
        self.states().iter().map(State::output)
    }

    /// The value to show of the metric at that place.
    pub fn output(&self, metric: usize) -> Output {
        self.states()[metric].output()
    }

    /// Ranks by one metric, by its exact value: sums as they are, not as floats, even
    /// where they are out of range to show; values of several types truth values first,
    /// then numbers, then text. Null is below everything.
    pub fn order(&self, other: &Cell, metric: usize) -> Ordering {
        self.states()[metric].order(&other.states()[metric])
    }

    /// Some sum or average holds numbers that are not exact decimals: floats of more than 15
    /// digits or 9 decimals, or out of the range of 64 bits. They are summed without loss too.
    pub fn inexact(&self) -> bool {
        self.states().iter().filter_map(State::sum).any(Sum::inexact)
    }

    /// The sum at that place was given a number below zero that was not taken back.
    pub fn negative(&self, metric: usize) -> bool {
        self.states()[metric].sum().is_some_and(Sum::negative)
    }

    /// Memory on the heap, by the cell's content: equal cells give equal bytes.
    pub fn bytes(&self) -> usize {
        let states = match &self.0 {
            States::One(_) => 0,
            States::Many(states) => size_of::<Slice>() + size_of_val::<[State]>(&states.0),
        };
        states + self.states().iter().map(State::heap).sum::<usize>()
    }

    fn states(&self) -> &[State] {
        match &self.0 {
            States::One(state) => std::slice::from_ref(state),
            States::Many(states) => &states.0,
        }
    }

    fn states_mut(&mut self) -> &mut [State] {
        match &mut self.0 {
            States::One(state) => std::slice::from_mut(state),
            States::Many(states) => &mut states.0,
        }
    }
}
