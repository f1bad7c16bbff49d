//! The compiled tree, and its value on a record.

use std::borrow::Cow;

use oriel_record::{FieldId, Record, Value};

use super::compute::{self, Operation};
use super::datum::Datum;
use super::error::EvalError;
use super::functions::Function;
use super::test::Test;

/// A compiled part of an expression.
#[derive(Debug)]
pub(super) enum Node {
    Null,
    Constant(Value<'static>),
    One(FieldId),
    Many(FieldId),
    /// A list of values as written; nulls are left out, as in a field.
    List(Box<[Node]>),
    Test(Test),
    /// `test ? value : other`.
    Choose(Box<[Node; 3]>),
    Negate(Box<Node>),
    Compute(Operation, Box<[Node; 2]>),
    /// `list[number]`.
    Index(Box<[Node; 2]>),
    /// `default(value, other)`.
    Default(Box<[Node; 2]>),
    /// A function of one argument has null as its second.
    Call(&'static Function, Box<[Node; 2]>),
}

impl Node {
    pub(super) fn eval<'r>(&'r self, record: &'r Record<'_>) -> Result<Datum<'r>, EvalError> {
        match self {
            Node::Null => Ok(Datum::Null),
            Node::Constant(value) => Ok(Datum::One(value.reborrow())),
            Node::One(field) => {
                Ok(record.values(*field).first().map_or(Datum::Null, |value| Datum::One(value.reborrow())))
            }
            Node::Many(field) => Ok(Datum::List(Cow::Borrowed(record.values(*field)))),
            Node::List(elements) => list(elements, record),
            Node::Test(test) => test.truth(record).map(Datum::truth),
            Node::Choose(parts) => {
                let [test, value, other] = &**parts;
                match test.truth(record, "?")? {
                    None => Ok(Datum::Null),
                    Some(true) => value.eval(record),
                    Some(false) => other.eval(record),
                }
            }
            Node::Negate(of) => compute::negate(of.eval(record)?),
            Node::Compute(operation, sides) => {
                operation.apply(sides[0].eval(record)?, sides[1].eval(record)?)
            }
            Node::Index(sides) => element(sides[0].eval(record)?, &sides[1].eval(record)?),
            Node::Default(sides) => match sides[0].eval(record)? {
                absent if absent.is_absent() => sides[1].eval(record),
                present => Ok(present),
            },
            Node::Call(function, arguments) => {
                function.call(arguments[0].eval(record)?, arguments[1].eval(record)?)
            }
        }
    }

    /// The value as a test has it. `by` is who wants to know.
    pub(super) fn truth(&self, record: &Record<'_>, by: &'static str) -> Result<Option<bool>, EvalError> {
        if let Node::Test(test) = self {
            return test.truth(record);
        }
        match self.eval(record)? {
            Datum::Null => Ok(None),
            Datum::One(Value::Bool(truth)) => Ok(Some(truth)),
            other => Err(EvalError::Kind { by, takes: "true or false", found: other.kind() }),
        }
    }
}

fn list<'r>(elements: &'r [Node], record: &'r Record<'_>) -> Result<Datum<'r>, EvalError> {
    let mut values = Vec::with_capacity(elements.len());
    for element in elements {
        match element.eval(record)? {
            Datum::Null => {}
            Datum::One(value) => values.push(value),
            Datum::List(more) => values.extend(more.into_owned()),
        }
    }
    Ok(Datum::List(values.into()))
}

/// The element of that number, from 0; null where there is none.
fn element<'r>(list: Datum<'r>, index: &Datum<'_>) -> Result<Datum<'r>, EvalError> {
    let wrong = |takes, found: &Datum<'_>| Err(EvalError::Kind { by: "[ ]", takes, found: found.kind() });
    let values = match list {
        Datum::Null => return Ok(Datum::Null),
        Datum::List(values) => values,
        other => return wrong("a list", &other),
    };
    let place = match index {
        Datum::Null => return Ok(Datum::Null),
        Datum::One(Value::Int(place)) => usize::try_from(*place).ok(),
        other => return wrong("a whole number", other),
    };
    let found = place.and_then(|place| match values {
        Cow::Borrowed(values) => values.get(place).map(Value::reborrow),
        Cow::Owned(values) => values.into_iter().nth(place),
    });
    Ok(found.map_or(Datum::Null, Datum::One))
}
