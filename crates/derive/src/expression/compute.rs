//! Arithmetic, and the joining of texts.
//!
//! Whole numbers stay whole and exact, and never wrap; with another number the result is
//! a double. A quotient is never cut to a whole number.

use oriel_record::Value;

use super::compare::Number;
use super::datum::Datum;
use super::error::{EvalError, MAX_TEXT};

/// An operator that computes.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Operation {
    Add,
    Subtract,
    Multiply,
    Divide,
    Remainder,
}

impl Operation {
    pub(super) fn sign(self) -> &'static str {
        match self {
            Operation::Add => "+",
            Operation::Subtract => "-",
            Operation::Multiply => "*",
            Operation::Divide => "/",
            Operation::Remainder => "%",
        }
    }

    /// The result; null where one side is null.
    pub(super) fn apply<'r>(self, left: Datum<'r>, right: Datum<'r>) -> Result<Datum<'r>, EvalError> {
        match (left, right) {
            (Datum::Null, _) | (_, Datum::Null) => Ok(Datum::Null),
            (Datum::One(Value::Text(left)), Datum::One(Value::Text(right))) if self == Operation::Add => {
                if left.len() + right.len() > MAX_TEXT {
                    return Err(EvalError::Long);
                }
                Ok(Datum::text(left + right))
            }
            (left, right) => {
                let by = self.sign();
                value(by, self.compute(number(by, &left)?, number(by, &right)?)?)
            }
        }
    }

    pub(super) fn compute(self, left: Number, right: Number) -> Result<Number, EvalError> {
        if let (Number::Int(left), Number::Int(right)) = (left, right)
            && let Some(whole) = self.whole(left, right)?
        {
            return Ok(Number::Int(whole));
        }
        let (left, right) = (left.to_float(), right.to_float());
        Ok(Number::Float(match self {
            Operation::Add => left + right,
            Operation::Subtract => left - right,
            Operation::Multiply => left * right,
            Operation::Divide | Operation::Remainder if right == 0.0 => {
                return Err(EvalError::Zero(self.sign()));
            }
            Operation::Divide => left / right,
            Operation::Remainder => left % right,
        }))
    }

    /// The whole result; none where a quotient is not whole.
    fn whole(self, left: i64, right: i64) -> Result<Option<i64>, EvalError> {
        let result = match self {
            Operation::Add => left.checked_add(right),
            Operation::Subtract => left.checked_sub(right),
            Operation::Multiply => left.checked_mul(right),
            Operation::Divide | Operation::Remainder if right == 0 => {
                return Err(EvalError::Zero(self.sign()));
            }
            Operation::Divide if left.wrapping_rem(right) != 0 => return Ok(None),
            Operation::Divide => left.checked_div(right),
            Operation::Remainder => Some(left.wrapping_rem(right)),
        };
        result.map(Some).ok_or(EvalError::Overflow(self.sign()))
    }
}

/// `-value`.
pub(super) fn negate(of: Datum<'_>) -> Result<Datum<'_>, EvalError> {
    if matches!(of, Datum::Null) {
        return Ok(of);
    }
    match number("-", &of)? {
        Number::Int(whole) => {
            let negated = whole.checked_neg().ok_or(EvalError::Overflow("-"))?;
            Ok(Datum::One(Value::Int(negated)))
        }
        Number::Float(number) => Ok(Datum::One(Value::Float(-number))),
    }
}

/// A number as a result: finite, or an error.
pub(super) fn value<'r>(by: &'static str, number: Number) -> Result<Datum<'r>, EvalError> {
    match number {
        Number::Int(whole) => Ok(Datum::One(Value::Int(whole))),
        Number::Float(number) if number.is_finite() => Ok(Datum::One(Value::Float(number))),
        Number::Float(_) => Err(EvalError::NotFinite(by)),
    }
}

/// The number that something is, a numeric text too.
pub(super) fn number(by: &'static str, of: &Datum<'_>) -> Result<Number, EvalError> {
    let found = match of {
        Datum::One(value) => Number::of(value),
        Datum::Null | Datum::List(_) => None,
    };
    found.ok_or_else(|| match of {
        Datum::One(Value::Text(_)) => EvalError::NotNumeric(by),
        _ => EvalError::Kind { by, takes: "numbers", found: of.kind() },
    })
}
