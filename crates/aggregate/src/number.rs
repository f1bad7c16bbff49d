//! A number in its one form.

use serde::{Deserialize, Serialize};
use std::cmp::Ordering;

/// Two to the power of 63, the first number beyond `i64`.
const BEYOND: f64 = 9_223_372_036_854_775_808.0;

/// A number. A value has one form: made by the functions below, a whole number that
/// fits is an `Int`, and a `Float` is finite. So `1`, `1.0` and `1e0` are equal.
///
/// ```
/// use oriel_aggregate::Number;
/// assert_eq!(Number::parse("1e0"), Some(Number::Int(1)));
/// assert_eq!(Number::from_f64(-0.0), Some(Number::Int(0)));
/// assert!(Some(Number::from_i64(i64::MAX)) < Number::parse("9223372036854775808"));
/// ```
#[derive(Clone, Copy, PartialEq, Debug, Serialize, Deserialize)]
pub enum Number {
    /// A whole number within 64 bits.
    Int(i64),
    /// Any other finite number.
    Float(f64),
}

impl Number {
    /// A whole number.
    pub const fn from_i64(value: i64) -> Self {
        Number::Int(value)
    }

    /// A finite number.
    pub fn from_f64(value: f64) -> Option<Self> {
        if !value.is_finite() {
            return None;
        }
        let whole = value.trunc() == value && (-BEYOND..BEYOND).contains(&value);
        Some(if whole { Number::Int(value as i64) } else { Number::Float(value) })
    }

    /// A decimal number as JSON writes it; zeros may lead. Beyond the range of floats is none.
    pub fn parse(text: &str) -> Option<Self> {
        let digits = text.strip_prefix('-').unwrap_or(text);
        let (digits, exponent) = digits.split_once(['e', 'E']).unwrap_or((digits, "0"));
        let (whole, fraction) = digits.split_once('.').unwrap_or((digits, "0"));
        let exponent = exponent.strip_prefix(['-', '+']).unwrap_or(exponent);
        if ![whole, fraction, exponent].into_iter().all(is_digits) {
            return None;
        }
        match text.parse() {
            Ok(value) => Some(Number::Int(value)),
            Err(_) => Number::from_f64(text.parse().ok()?),
        }
    }

    /// The nearest float.
    pub fn to_f64(self) -> f64 {
        match self {
            Number::Int(value) => value as f64,
            Number::Float(value) => value,
        }
    }
}

fn is_digits(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}

impl Eq for Number {}

impl PartialOrd for Number {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Number {
    fn cmp(&self, other: &Self) -> Ordering {
        match (self, other) {
            (Number::Int(a), Number::Int(b)) => a.cmp(b),
            (Number::Float(a), Number::Float(b)) => a.total_cmp(b),
            (Number::Int(a), Number::Float(b)) => compare(*a, *b),
            (Number::Float(a), Number::Int(b)) => compare(*b, *a).reverse(),
        }
    }
}

/// A float of a [`Number`] is no whole number within 64 bits: it lies beyond all of them, or
/// nearer to zero than where floats begin to leave out whole numbers. So the two are never
/// equal, and what rounding does to the other never carries it across.
fn compare(int: i64, float: f64) -> Ordering {
    if int as f64 <= float { Ordering::Less } else { Ordering::Greater }
}
