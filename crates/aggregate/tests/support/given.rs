//! Values for records, and cells of them.
#![allow(dead_code, reason = "each test file is a program of its own and uses a part")]

use oriel_aggregate::{Cell, Function, Number, Output, Scalar};
use oriel_time::EventTime;
use proptest::prelude::*;

/// A value of a record that owns its text.
#[derive(Clone, Debug)]
pub(crate) enum Given {
    Bool(bool),
    Number(Number),
    Text(String),
}

impl Given {
    pub(crate) fn scalar(&self) -> Scalar<'_> {
        match self {
            Given::Bool(value) => Scalar::Bool(*value),
            Given::Number(number) => Scalar::Number(*number),
            Given::Text(text) => Scalar::Text(text),
        }
    }
}

pub(crate) fn number(value: f64) -> Number {
    Number::from_f64(value).expect("a finite number")
}

/// Numbers of every kind: whole, out of range, money, floats with and without end.
pub(crate) fn numbers() -> impl Strategy<Value = Number> {
    prop_oneof![
        (-3..4_i64).prop_map(Number::from_i64),
        any::<i64>().prop_map(Number::from_i64),
        prop_oneof![Just(i64::MAX), Just(i64::MIN)].prop_map(Number::from_i64),
        (-100_000..100_000_i64).prop_map(|cents| number(cents as f64 / 100.0)),
        (-(10_i64.pow(15))..10_i64.pow(15), 0..10)
            .prop_map(|(digits, decimals)| { number(digits as f64 / 10_f64.powi(decimals)) }),
        (-1.0..1.0_f64).prop_map(number),
        any::<f64>().prop_filter_map("finite", Number::from_f64),
        (-300..300).prop_map(|exponent| number(10_f64.powi(exponent))),
    ]
}

/// Values of every type, some of them numbers as text.
pub(crate) fn values() -> impl Strategy<Value = Given> {
    prop_oneof![
        6 => numbers().prop_map(Given::Number),
        1 => any::<bool>().prop_map(Given::Bool),
        1 => prop::sample::select(vec!["", "a", "b", "ü", "1", "-0.5", "1e400"]).prop_map(|text| Given::Text(text.to_owned())),
    ]
}

pub(crate) fn time(millis: i64) -> EventTime {
    EventTime::from_millis(millis)
}

/// The cell of one function that has taken those values, each at the same time.
pub(crate) fn fold<'a>(function: Function, values: impl IntoIterator<Item = Scalar<'a>>) -> Cell {
    let mut cell = Cell::zero(&[function]);
    values.into_iter().for_each(|value| cell.take(0, time(0), value));
    cell
}

pub(crate) fn fold_numbers(function: Function, numbers: &[Number]) -> Cell {
    fold(function, numbers.iter().map(|number| Scalar::Number(*number)))
}

pub(crate) fn merged(mut left: Cell, right: &Cell) -> Cell {
    left.merge(right);
    left
}

/// What goes to another worker, or into a checkpoint.
pub(crate) fn bytes(cell: &Cell) -> Vec<u8> {
    serde_json::to_vec(cell).expect("a cell is plain data")
}

pub(crate) fn outputs(cell: &Cell) -> Vec<Output> {
    cell.outputs().collect()
}

/// Two of the parts, chosen anew at each step, become one until one is left.
pub(crate) fn merge_by_tree(mut parts: Vec<Cell>, choices: &[(usize, usize)]) -> Cell {
    for (left, right) in choices.iter().cycle() {
        if parts.len() == 1 {
            break;
        }
        let taken = parts.swap_remove(left % parts.len());
        let place = right % parts.len();
        parts[place].merge(&taken);
    }
    parts.remove(0)
}

/// Even numbers between 0 and 1 without end, the same in every run.
pub(crate) struct Dice(pub(crate) u64);

impl Iterator for Dice {
    type Item = f64;

    fn next(&mut self) -> Option<f64> {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        Some(((mixed ^ (mixed >> 31)) >> 11) as f64 / (1_u64 << 53) as f64)
    }
}
