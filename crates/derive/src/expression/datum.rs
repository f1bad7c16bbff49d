//! A value while an expression is evaluated, borrowed from the record where it can be.

use std::borrow::Cow;

use oriel_record::Value;

use super::kind::Kind;

/// Nothing, one value, or the values of a list.
#[derive(Clone, Debug)]
pub(crate) enum Datum<'r> {
    Null,
    One(Value<'r>),
    List(Cow<'r, [Value<'r>]>),
}

impl<'r> Datum<'r> {
    pub(super) fn text(text: impl Into<Cow<'r, str>>) -> Self {
        Datum::One(Value::Text(text.into()))
    }

    /// Null, true or false.
    pub(super) fn truth(truth: Option<bool>) -> Self {
        truth.map_or(Datum::Null, |truth| Datum::One(Value::Bool(truth)))
    }

    /// Whether there is nothing in it: an absent list is an empty one.
    pub(super) fn is_absent(&self) -> bool {
        match self {
            Datum::Null => true,
            Datum::One(_) => false,
            Datum::List(values) => values.is_empty(),
        }
    }

    pub(super) fn kind(&self) -> Kind {
        match self {
            Datum::Null => Kind::Null,
            Datum::One(Value::Bool(_)) => Kind::Bool,
            Datum::One(Value::Int(_) | Value::Float(_)) => Kind::Number,
            Datum::One(Value::Text(_)) => Kind::Text,
            Datum::One(Value::Composite | Value::EmptyList) => Kind::Composite,
            Datum::List(_) => Kind::List,
        }
    }

    /// The values, borrowed from nothing.
    pub(crate) fn into_values(self) -> Vec<Value<'static>> {
        match self {
            Datum::Null => Vec::new(),
            Datum::One(value) => vec![value.into_owned()],
            Datum::List(values) => values.into_owned().into_iter().map(Value::into_owned).collect(),
        }
    }
}
