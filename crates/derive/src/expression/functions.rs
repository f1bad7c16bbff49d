//! The functions of the language, but for `has`, `default` and `field`.

use std::borrow::Cow;

use oriel_record::Value;

use super::compare::Number;
use super::compute::{self, Operation};
use super::datum::Datum;
use super::error::EvalError;
use super::host::host;
use super::kind::Kinds;

/// A function of one or two arguments. It is null where one of them is.
#[derive(Debug)]
pub(super) struct Function {
    pub(super) name: &'static str,
    /// What each argument may be, in words and kinds.
    pub(super) takes: &'static [(&'static str, Kinds)],
    pub(super) gives: Kinds,
    /// Given a list, it is applied to each element, and the nulls are left out.
    pub(super) each: bool,
    run: Run,
}

type Run = for<'r> fn(Datum<'r>, Datum<'r>) -> Result<Datum<'r>, Fault>;

/// Why a function fails; its caller knows its name.
enum Fault {
    First,
    Second,
    Eval(EvalError),
}

impl From<EvalError> for Fault {
    fn from(error: EvalError) -> Self {
        Fault::Eval(error)
    }
}

const TEXT: (&str, Kinds) = ("a text", Kinds::TEXT);
const NUMBER: (&str, Kinds) = ("a number", Kinds::NUMERIC);

/// All of them.
pub(super) static FUNCTIONS: [Function; 11] = [
    Function { name: "lower", takes: &[TEXT], gives: Kinds::TEXT, each: true, run: |of, _| lower(of) },
    Function { name: "upper", takes: &[TEXT], gives: Kinds::TEXT, each: true, run: |of, _| upper(of) },
    Function { name: "host", takes: &[TEXT], gives: Kinds::TEXT, each: true, run: |of, _| host_of(of) },
    Function {
        name: "contains",
        takes: &[TEXT; 2],
        gives: Kinds::BOOL,
        each: false,
        run: |of, part| between(&of, &part, |text, part| text.contains(part)),
    },
    Function {
        name: "startsWith",
        takes: &[TEXT; 2],
        gives: Kinds::BOOL,
        each: false,
        run: |of, part| between(&of, &part, |text, part| text.starts_with(part)),
    },
    Function {
        name: "endsWith",
        takes: &[TEXT; 2],
        gives: Kinds::BOOL,
        each: false,
        run: |of, part| between(&of, &part, |text, part| text.ends_with(part)),
    },
    Function {
        name: "size",
        takes: &[("a text or a list", Kinds::TEXT_OR_LIST)],
        gives: Kinds::NUMBER,
        each: false,
        run: |of, _| size(&of),
    },
    Function {
        name: "string",
        takes: &[("a text, a number, true or false", Kinds::SCALAR)],
        gives: Kinds::TEXT,
        each: true,
        run: |of, _| string(of),
    },
    Function {
        name: "double",
        takes: &[NUMBER],
        gives: Kinds::NUMBER,
        each: true,
        run: |of, _| Ok(compute::value("double", Number::Float(compute::number("double", &of)?.to_float()))?),
    },
    Function { name: "int", takes: &[NUMBER], gives: Kinds::NUMBER, each: true, run: |of, _| int(&of) },
    Function {
        name: "ratio",
        takes: &[NUMBER; 2],
        gives: Kinds::NUMBER,
        each: false,
        run: |of, by| ratio(&of, &by),
    },
];

impl Function {
    /// The function of that name.
    pub(super) fn named(name: &str) -> Option<&'static Function> {
        FUNCTIONS.iter().find(|function| function.name == name)
    }

    pub(super) fn call<'r>(&self, of: Datum<'r>, with: Datum<'r>) -> Result<Datum<'r>, EvalError> {
        if matches!(of, Datum::Null) || (self.takes.len() == 2 && matches!(with, Datum::Null)) {
            return Ok(Datum::Null);
        }
        let Datum::List(values) = of else { return self.run(of, with) };
        if !self.each {
            return self.run(Datum::List(values), with);
        }
        let mut results = Vec::with_capacity(values.len());
        for value in values.into_owned() {
            if let Datum::One(result) = self.run(Datum::One(value), Datum::Null)? {
                results.push(result);
            }
        }
        Ok(Datum::List(results.into()))
    }

    fn run<'r>(&self, of: Datum<'r>, with: Datum<'r>) -> Result<Datum<'r>, EvalError> {
        let kinds = (of.kind(), with.kind());
        (self.run)(of, with).map_err(|fault| match fault {
            Fault::First => EvalError::Kind { by: self.name, takes: self.takes[0].0, found: kinds.0 },
            Fault::Second => EvalError::Kind { by: self.name, takes: self.takes[1].0, found: kinds.1 },
            Fault::Eval(error) => error,
        })
    }
}

type Outcome<'r> = Result<Datum<'r>, Fault>;

fn lower(of: Datum<'_>) -> Outcome<'_> {
    let Datum::One(Value::Text(text)) = of else { return Err(Fault::First) };
    let is_lower = text.is_ascii() && !text.bytes().any(|byte| byte.is_ascii_uppercase());
    Ok(Datum::text(if is_lower { text } else { Cow::Owned(text.to_lowercase()) }))
}

fn upper(of: Datum<'_>) -> Outcome<'_> {
    let Datum::One(Value::Text(text)) = of else { return Err(Fault::First) };
    let is_upper = text.is_ascii() && !text.bytes().any(|byte| byte.is_ascii_lowercase());
    Ok(Datum::text(if is_upper { text } else { Cow::Owned(text.to_uppercase()) }))
}

fn host_of(of: Datum<'_>) -> Outcome<'_> {
    let host = match of {
        Datum::One(Value::Text(Cow::Borrowed(text))) => host(text),
        Datum::One(Value::Text(Cow::Owned(text))) => host(&text).map(|host| host.into_owned().into()),
        _ => return Err(Fault::First),
    };
    Ok(host.map_or(Datum::Null, Datum::text))
}

fn between<'r>(of: &Datum<'_>, part: &Datum<'_>, holds: impl Fn(&str, &str) -> bool) -> Outcome<'r> {
    let Datum::One(Value::Text(text)) = of else { return Err(Fault::First) };
    let Datum::One(Value::Text(part)) = part else { return Err(Fault::Second) };
    Ok(Datum::One(Value::Bool(holds(text, part))))
}

/// How many characters or values.
fn size<'r>(of: &Datum<'_>) -> Outcome<'r> {
    let size = match of {
        Datum::One(Value::Text(text)) => text.chars().count(),
        Datum::List(values) => values.len(),
        _ => return Err(Fault::First),
    };
    Ok(Datum::One(Value::Int(size as i64)))
}

fn string(of: Datum<'_>) -> Outcome<'_> {
    match of {
        Datum::One(Value::Text(text)) => Ok(Datum::text(text)),
        Datum::One(Value::Int(whole)) => Ok(Datum::text(whole.to_string())),
        Datum::One(Value::Float(number)) => Ok(Datum::text(number.to_string())),
        Datum::One(Value::Bool(truth)) => Ok(Datum::text(if truth { "true" } else { "false" })),
        _ => Err(Fault::First),
    }
}

/// The whole number towards zero.
fn int<'r>(of: &Datum<'_>) -> Outcome<'r> {
    /// Two to the 63rd, the first beyond `i64`.
    const END: f64 = 9_223_372_036_854_775_808.0;
    match compute::number("int", of)? {
        Number::Int(whole) => Ok(Datum::One(Value::Int(whole))),
        Number::Float(number) if (-END..END).contains(&number) => Ok(Datum::One(Value::Int(number as i64))),
        Number::Float(_) => Err(EvalError::Overflow("int").into()),
    }
}

/// The quotient; null where nothing can be divided.
fn ratio<'r>(of: &Datum<'_>, by: &Datum<'_>) -> Outcome<'r> {
    let (of, by) = (compute::number("ratio", of)?, compute::number("ratio", by)?);
    if by.to_float() == 0.0 {
        return Ok(Datum::Null);
    }
    Ok(compute::value("ratio", Operation::Divide.compute(of, by)?)?)
}
