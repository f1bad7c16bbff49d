//! What is true, false or null of a record.
//!
//! Null stands for not knowing: `&&` and `||` are decided by one side alone where one
//! side is enough, whatever the other is, and else are null where one side is. That
//! holds for failures as for null, so the order of the sides does not matter.

use std::cmp::Ordering;

use oriel_record::Record;

use super::compare::{equal, order};
use super::datum::Datum;
use super::error::EvalError;
use super::node::Node;

/// A part that gives true, false or null.
#[derive(Debug)]
pub(super) enum Test {
    Not(Box<Node>),
    And(Box<[Node; 2]>),
    Or(Box<[Node; 2]>),
    Equal(Box<[Node; 2]>),
    Unequal(Box<[Node; 2]>),
    Order(Comparison, Box<[Node; 2]>),
    /// `value in list`.
    In(Box<[Node; 2]>),
    /// `has(value)`.
    Has(Box<Node>),
}

/// An operator that asks for an order.
#[derive(Clone, Copy, Debug)]
pub(super) enum Comparison {
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
}

type Verdict = Result<Option<bool>, EvalError>;

impl Test {
    pub(super) fn truth(&self, record: &Record<'_>) -> Verdict {
        match self {
            Test::Not(of) => Ok(of.truth(record, "!")?.map(|truth| !truth)),
            Test::And(sides) => join(false, "&&", sides, record),
            Test::Or(sides) => join(true, "||", sides, record),
            Test::Equal(sides) => Ok(Some(equal(&sides[0].eval(record)?, &sides[1].eval(record)?))),
            Test::Unequal(sides) => Ok(Some(!equal(&sides[0].eval(record)?, &sides[1].eval(record)?))),
            Test::Order(comparison, sides) => {
                let ordering = order(comparison.sign(), &sides[0].eval(record)?, &sides[1].eval(record)?)?;
                Ok(ordering.map(|ordering| comparison.holds(ordering)))
            }
            Test::In(sides) => is_in(sides[0].eval(record)?, sides[1].eval(record)?),
            Test::Has(of) => Ok(Some(!of.eval(record)?.is_absent())),
        }
    }
}

impl Comparison {
    pub(super) fn sign(self) -> &'static str {
        match self {
            Comparison::Less => "<",
            Comparison::LessOrEqual => "<=",
            Comparison::Greater => ">",
            Comparison::GreaterOrEqual => ">=",
        }
    }

    fn holds(self, ordering: Ordering) -> bool {
        match self {
            Comparison::Less => ordering.is_lt(),
            Comparison::LessOrEqual => ordering.is_le(),
            Comparison::Greater => ordering.is_gt(),
            Comparison::GreaterOrEqual => ordering.is_ge(),
        }
    }
}

/// Both sides, of which one that is `decisive` is enough.
fn join(decisive: bool, by: &'static str, sides: &[Node; 2], record: &Record<'_>) -> Verdict {
    let left = sides[0].truth(record, by);
    if left == Ok(Some(decisive)) {
        return left;
    }
    match (left, sides[1].truth(record, by)) {
        (_, Ok(Some(right))) if right == decisive => Ok(Some(decisive)),
        (Err(error), _) | (_, Err(error)) => Err(error),
        (Ok(Some(_)), Ok(Some(_))) => Ok(Some(!decisive)),
        _ => Ok(None),
    }
}

fn is_in(value: Datum<'_>, list: Datum<'_>) -> Verdict {
    match list {
        Datum::Null => Ok(None),
        Datum::List(values) => {
            Ok(Some(values.iter().any(|element| equal(&Datum::One(element.reborrow()), &value))))
        }
        other => Err(EvalError::Kind { by: "in", takes: "a list on its right", found: other.kind() }),
    }
}
