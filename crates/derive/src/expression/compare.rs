//! Equality and order of values.
//!
//! Numbers compare by their exact value, whole or not. Beside a number, a text that is a
//! number counts as one.

use std::cmp::Ordering;

use oriel_record::Value;

use super::datum::Datum;
use super::error::EvalError;
use super::kind::Kind;

/// A number, whole or not.
#[derive(Clone, Copy, Debug)]
pub(super) enum Number {
    Int(i64),
    Float(f64),
}

impl Number {
    /// The number that a value is. A text may be one too.
    pub(super) fn of(value: &Value<'_>) -> Option<Number> {
        match value {
            Value::Int(number) => Some(Number::Int(*number)),
            Value::Float(number) => Some(Number::Float(*number)),
            Value::Text(text) => numeric(text),
            Value::Bool(_) | Value::Composite | Value::EmptyList => None,
        }
    }

    pub(super) fn to_float(self) -> f64 {
        match self {
            Number::Int(number) => number as f64,
            Number::Float(number) => number,
        }
    }

    pub(super) fn cmp(self, other: Number) -> Ordering {
        match (self, other) {
            (Number::Int(a), Number::Int(b)) => a.cmp(&b),
            (Number::Float(a), Number::Float(b)) => a.partial_cmp(&b).unwrap_or(Ordering::Equal),
            (Number::Int(a), Number::Float(b)) => exact(a, b),
            (Number::Float(a), Number::Int(b)) => exact(b, a).reverse(),
        }
    }
}

/// A whole number against a double, neither rounded to the other.
fn exact(a: i64, b: f64) -> Ordering {
    /// Two to the 63rd, the first beyond `i64`.
    const END: f64 = 9_223_372_036_854_775_808.0;
    if b >= END {
        return Ordering::Less;
    }
    if b < -END {
        return Ordering::Greater;
    }
    let whole = b.trunc();
    a.cmp(&(whole as i64)).then(0.0.partial_cmp(&(b - whole)).unwrap_or(Ordering::Equal))
}

/// The number that a metric would read in the text.
fn numeric(text: &str) -> Option<Number> {
    Some(match oriel_aggregate::Number::parse(text)? {
        oriel_aggregate::Number::Int(whole) => Number::Int(whole),
        oriel_aggregate::Number::Float(number) => Number::Float(number),
    })
}

fn is_number(value: &Value<'_>) -> bool {
    matches!(value, Value::Int(_) | Value::Float(_))
}

/// Values of different kinds are not equal; an empty list equals null.
pub(super) fn equal(left: &Datum<'_>, right: &Datum<'_>) -> bool {
    match (left, right) {
        (Datum::One(left), Datum::One(right)) => same(left, right),
        (Datum::List(left), Datum::List(right)) => {
            left.len() == right.len() && left.iter().zip(&**right).all(|(left, right)| same(left, right))
        }
        _ => left.is_absent() && right.is_absent(),
    }
}

fn same(left: &Value<'_>, right: &Value<'_>) -> bool {
    match (left, right) {
        (Value::Text(left), Value::Text(right)) => left == right,
        (Value::Bool(left), Value::Bool(right)) => left == right,
        _ if is_number(left) || is_number(right) => match (Number::of(left), Number::of(right)) {
            (Some(left), Some(right)) => left.cmp(right).is_eq(),
            _ => false,
        },
        _ => false,
    }
}

/// The order of two numbers or two texts; none where one side is null.
pub(super) fn order(
    by: &'static str,
    left: &Datum<'_>,
    right: &Datum<'_>,
) -> Result<Option<Ordering>, EvalError> {
    let (left, right) = match (left, right) {
        (Datum::Null, _) | (_, Datum::Null) => return Ok(None),
        (Datum::One(left), Datum::One(right)) => (left, right),
        (Datum::List(_), _) | (_, Datum::List(_)) => return unordered(by, Kind::List),
    };
    match (left, right) {
        (Value::Text(left), Value::Text(right)) => Ok(Some(left.cmp(right))),
        _ => match (Number::of(left), Number::of(right)) {
            (Some(left), Some(right)) => Ok(Some(left.cmp(right))),
            (None, _) => not_numeric(by, left),
            (_, None) => not_numeric(by, right),
        },
    }
}

fn unordered<T>(by: &'static str, found: Kind) -> Result<T, EvalError> {
    Err(EvalError::Kind { by, takes: "two numbers or two texts", found })
}

fn not_numeric<T>(by: &'static str, found: &Value<'_>) -> Result<T, EvalError> {
    match found {
        Value::Text(_) => Err(EvalError::NotNumeric(by)),
        other => unordered(by, Datum::One(other.reborrow()).kind()),
    }
}
