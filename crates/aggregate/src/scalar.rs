//! Values of records.

use crate::{Number, Output};
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// What a record gives to a metric. In the order of values truth values are
/// smallest, text is largest and goes by its bytes.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Scalar<'a> {
    /// True or false.
    Bool(bool),
    /// A number.
    Number(Number),
    /// Text.
    Text(&'a str),
}

impl Scalar<'_> {
    /// Itself as a number, if it is one or a text that is.
    pub(crate) fn number(self) -> Option<Number> {
        match self {
            Scalar::Number(number) => Some(number),
            Scalar::Text(text) => Number::parse(text),
            Scalar::Bool(_) => None,
        }
    }
}

/// A value that is kept.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub(crate) enum Value {
    Bool(bool),
    Number(Number),
    Text(Arc<str>),
}

impl Value {
    pub(crate) fn scalar(&self) -> Scalar<'_> {
        match self {
            Value::Bool(value) => Scalar::Bool(*value),
            Value::Number(number) => Scalar::Number(*number),
            Value::Text(text) => Scalar::Text(text),
        }
    }

    pub(crate) fn output(&self) -> Output {
        match self {
            Value::Bool(value) => Output::Bool(*value),
            Value::Number(number) => (*number).into(),
            Value::Text(text) => Output::Text(text.clone()),
        }
    }

    pub(crate) fn heap(&self) -> usize {
        match self {
            // An `Arc` keeps two counters beside the text.
            Value::Text(text) => text.len() + 2 * size_of::<usize>(),
            Value::Bool(_) | Value::Number(_) => 0,
        }
    }
}

impl From<Scalar<'_>> for Value {
    fn from(scalar: Scalar<'_>) -> Self {
        match scalar {
            Scalar::Bool(value) => Value::Bool(value),
            Scalar::Number(number) => Value::Number(number),
            Scalar::Text(text) => Value::Text(text.into()),
        }
    }
}
