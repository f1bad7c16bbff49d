//! What a metric shows.

use crate::Number;
use std::sync::Arc;

/// A value to show.
#[derive(Clone, PartialEq, Debug)]
pub enum Output {
    /// An aggregate of nothing.
    Null,
    /// A value out of range: shown as null, and counted.
    Overflow,
    /// A whole number.
    Long(i64),
    /// A finite number.
    Double(f64),
    /// Text.
    Text(Arc<str>),
    /// True or false.
    Bool(bool),
}

/// What a metric's outputs are, beside null.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum OutputType {
    /// Whole numbers.
    Long,
    /// Numbers, whole or not.
    Number,
    /// Whatever the field holds.
    Any,
}

impl From<Number> for Output {
    fn from(number: Number) -> Self {
        match number {
            Number::Int(value) => Output::Long(value),
            Number::Float(value) => Output::Double(value),
        }
    }
}
