//! `metrics`: the aggregates that are the columns of a view.

use oriel_aggregate::Function;

use super::Metric;
use crate::config::fault::{Report, nearest};
use crate::config::fields::{Fields, check_name};
use crate::config::section::Section;
use crate::config::value::{self, Found};

const NAMES: [&str; 9] = ["count", "sum", "min", "max", "avg", "first", "last", "distinct", "quantile"];

const ALLOWED: &str =
    "count, count(f), sum(f), min(f), max(f), avg(f), first(f), last(f), distinct(f) or quantile(f, q)";

/// The metrics in the order of the file. `taken` are columns that the view has anyway.
pub(super) fn read(
    mut table: Section<'_>,
    taken: &[&str],
    fields: &Fields,
    report: &mut Report<'_>,
) -> Option<Vec<(String, Metric)>> {
    let found = table.entries();
    if found.is_empty() {
        let message = "`metrics` is empty; allowed: at least one, as in { total = \"count\" }";
        return report.fault(message.into(), table.at());
    }
    let mut metrics = Vec::new();
    for (name, value) in found {
        check_name("metric", &name, report);
        if taken.contains(&name.value.as_str()) {
            let allowed = format!("any other name: this view has a column `{}` already", name.value);
            report.wrong::<()>("metric", &format!("named {:?}", name.value), &allowed, name.at.clone());
        }
        let text = value::text(&name.value, value, report);
        let metric = text.and_then(|text| metric(&name.value, &text, fields, report));
        metrics.push(metric.map(|metric| (name.value, metric)));
    }
    metrics.into_iter().collect()
}

/// A function and what it takes, as in `quantile(latency, 0.99)`.
fn metric(name: &str, text: &Found<String>, fields: &Fields, report: &mut Report<'_>) -> Option<Metric> {
    let shown = format!("{:?}", text.value);
    let Some((function, arguments)) = call(&text.value) else {
        return report.wrong(name, &shown, ALLOWED, text.at.clone());
    };
    if !NAMES.contains(&function) {
        let near = match function {
            "top" | "bottom" => format!(" (that is a view of its own: kind = {function:?})"),
            _ => nearest(function, NAMES),
        };
        return report.wrong(name, &format!("{shown}{near}"), ALLOWED, text.at.clone());
    }
    let field = match (function, arguments.as_deref()) {
        ("count", None) => return Some(Metric { function: Function::Count, field: None }),
        ("quantile", Some([field, _])) => *field,
        (other, Some([field])) if other != "quantile" => *field,
        (_, given) => return wrong_number(name, function, given, text, report),
    };
    let list = fields.check(name, field, &text.at, report);
    let function = match function {
        "quantile" => quantile(name, text, arguments?.last()?, report),
        other => plain(other),
    };
    let (function, list) = (function?, list?);
    if list && !matches!(function, Function::Count | Function::Distinct) {
        let found = format!("{shown}, and `{field}` is a list");
        let allowed =
            format!("a field of one value (its path has no `*`), count({field}) or distinct({field})");
        return report.wrong(name, &found, &allowed, text.at.clone());
    }
    Some(Metric { function, field: Some(field.to_owned()) })
}

/// `f`, `f()` or `f(a, b)`: the function, and the arguments if there are brackets.
fn call(text: &str) -> Option<(&str, Option<Vec<&str>>)> {
    let Some((function, rest)) = text.split_once('(') else { return Some((text.trim(), None)) };
    let inner = rest.trim_end().strip_suffix(')')?.trim();
    let arguments = if inner.is_empty() { Vec::new() } else { inner.split(',').map(str::trim).collect() };
    Some((function.trim(), Some(arguments)))
}

fn wrong_number(
    name: &str,
    function: &str,
    given: Option<&[&str]>,
    text: &Found<String>,
    report: &mut Report<'_>,
) -> Option<Metric> {
    let allowed = match function {
        "count" => "count for all records, or count(field)".to_owned(),
        "quantile" => "a field and a number from 0 to 1, as in quantile(field, 0.99)".to_owned(),
        _ => format!("one field, as in {function}(field)"),
    };
    let found = match given.map_or(0, <[_]>::len) {
        0 => "nothing to work on".to_owned(),
        1 => "one argument".to_owned(),
        many => format!("{many} arguments"),
    };
    report.wrong(
        name,
        &format!("{:?}, which gives {function} {found}", text.value),
        &allowed,
        text.at.clone(),
    )
}

fn quantile(name: &str, text: &Found<String>, q: &str, report: &mut Report<'_>) -> Option<Function> {
    let number = q.parse().ok().filter(|q| (0.0..=1.0).contains(q));
    number.map(Function::Quantile).or_else(|| {
        let allowed = "a number from 0 to 1 after the field, as in quantile(field, 0.99)";
        report.wrong(name, &format!("{:?}, whose part is {q:?}", text.value), allowed, text.at.clone())
    })
}

fn plain(name: &str) -> Option<Function> {
    Some(match name {
        "count" => Function::Count,
        "sum" => Function::Sum,
        "min" => Function::Min,
        "max" => Function::Max,
        "avg" => Function::Average,
        "first" => Function::First,
        "last" => Function::Last,
        "distinct" => Function::Distinct,
        _ => return None,
    })
}
