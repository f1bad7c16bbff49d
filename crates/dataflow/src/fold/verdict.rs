//! What a view makes of a record, lateness apart.

use super::Recipe;
use crate::reject::Reason;
use crate::spec::{Metric, ViewPlan};
use oriel_aggregate::{Cell, Function, Number, Scalar};
use oriel_derive::{EvalError, Underived};
use oriel_record::{FieldId, Record, Value};

/// What a view makes of a record. It is judged whole before any of it is folded.
pub(super) enum Verdict {
    /// It counts, unless it is too late.
    Counts,
    /// It does not pass the filter, or has no key.
    Filtered,
    /// It has a value of a type that the view cannot use, or an expression failed on it.
    Bad(Reason, Option<EvalError>),
}

#[inline]
pub(super) fn of(
    plan: &ViewPlan,
    recipe: &Recipe,
    record: &Record<'_>,
    underived: Option<&Underived>,
) -> Verdict {
    let missing = |failed: &&Underived| plan.derived.iter().any(|field| failed.fields.contains(field));
    if let Some(failed) = underived.filter(missing) {
        return Verdict::Bad(Reason::Expression, Some(failed.why.clone()));
    }
    if let Some(filter) = &plan.filter {
        match filter.test(record) {
            Ok(true) => {}
            Ok(false) => return Verdict::Filtered,
            Err(error) => return Verdict::Bad(Reason::Expression, Some(error)),
        }
    }
    let mut absent = false;
    for field in plan.key.iter().chain(&plan.per) {
        let values = record.values(*field);
        if values.iter().any(|value| matches!(value, Value::Composite | Value::EmptyList)) {
            return Verdict::Bad(Reason::Type, None);
        }
        absent |= values.is_empty();
    }
    if recipe.checks && !plan.metrics.iter().all(|metric| fits(metric, record)) {
        return Verdict::Bad(Reason::Type, None);
    }
    if absent && !plan.keep_null { Verdict::Filtered } else { Verdict::Counts }
}

/// The metric can use what the record has.
fn fits(metric: &Metric, record: &Record<'_>) -> bool {
    let Some(field) = metric.field else { return true };
    match metric.function {
        Function::Count => true,
        function if function.needs_number() => {
            record.values(field).iter().all(|value| number(value).is_some())
        }
        _ => record.values(field).iter().all(|value| scalar(value).is_some()),
    }
}

/// Gives a record to the metrics of a cell. Its values fit.
#[inline]
pub(super) fn add(cell: &mut Cell, metrics: &[Metric], counts: bool, record: &Record<'_>) {
    if counts {
        return (0..metrics.len()).for_each(|place| cell.add(place));
    }
    for (place, Metric { function, field }) in metrics.iter().enumerate() {
        match (function, field) {
            (Function::Count, None) => cell.add(place),
            (Function::Count, Some(field)) => {
                if is_present(record, *field) {
                    cell.add(place);
                }
            }
            (function, Some(field)) => {
                for value in record.values(*field) {
                    let given = match function.needs_number() {
                        true => number(value).map(Scalar::Number),
                        false => scalar(value),
                    };
                    given.into_iter().for_each(|given| cell.take(place, record.time(), given));
                }
            }
            (_, None) => {}
        }
    }
}

fn is_present(record: &Record<'_>, field: FieldId) -> bool {
    record.values(field).iter().any(|value| !value.is_empty())
}

fn number(value: &Value<'_>) -> Option<Number> {
    match value {
        Value::Int(number) => Some(Number::from_i64(*number)),
        Value::Float(number) => Number::from_f64(*number),
        Value::Text(text) => Number::parse(text),
        Value::Bool(_) | Value::Composite | Value::EmptyList => None,
    }
}

fn scalar<'v>(value: &'v Value<'_>) -> Option<Scalar<'v>> {
    match value {
        Value::Text(text) => Some(Scalar::Text(text)),
        Value::Bool(truth) => Some(Scalar::Bool(*truth)),
        Value::Int(_) | Value::Float(_) => number(value).map(Scalar::Number),
        Value::Composite | Value::EmptyList => None,
    }
}
