//! Ad hoc filters: Grafana's `key operator value`, applied to the rows of a view.

use std::cmp::Ordering;

use regex::{Regex, RegexBuilder};
use serde_json::Value;

use crate::cell;
use crate::view::{Cells, View};

/// A compiled expression may take this much memory, so that no filter can take all.
const MAX_EXPRESSION: usize = 1 << 20;

/// One filter, checked and compiled.
#[derive(Clone, Debug)]
pub(crate) struct Filter {
    /// The column it looks at.
    pub(crate) key: String,
    test: Test,
}

#[derive(Clone, Debug)]
enum Test {
    OneOf { values: Vec<String>, wanted: bool },
    Matches { pattern: Regex, wanted: bool },
    Compares { value: String, wanted: &'static [Ordering] },
}

impl Filter {
    /// Reads `{"key","operator","value","values"}`; the error is for the user.
    pub(crate) fn read(item: &Value) -> Result<Filter, String> {
        let text = |name: &str| item.get(name).and_then(cell::text);
        let key = text("key").filter(|key| !key.is_empty()).ok_or("a filter has no key")?;
        let operator = text("operator").unwrap_or_else(|| "=".to_owned());
        let value = text("value").unwrap_or_default();
        let test = match operator.as_str() {
            "=" | "!=" => Test::OneOf { values: vec![value], wanted: operator == "=" },
            "=|" | "!=|" => Test::OneOf { values: values(item, value), wanted: operator == "=|" },
            "=~" | "!~" => Test::Matches { pattern: anchored(&value)?, wanted: operator == "=~" },
            "<" => Test::Compares { value, wanted: &[Ordering::Less] },
            "<=" => Test::Compares { value, wanted: &[Ordering::Less, Ordering::Equal] },
            ">" => Test::Compares { value, wanted: &[Ordering::Greater] },
            ">=" => Test::Compares { value, wanted: &[Ordering::Greater, Ordering::Equal] },
            other => {
                return Err(format!("unknown filter operator '{other}'; known: =, !=, =~, !~, <, <=, >, >="));
            }
        };
        Ok(Filter { key, test })
    }

    /// Whether a value passes. Null equals nothing and matches nothing.
    pub(crate) fn passes(&self, value: &Value) -> bool {
        match &self.test {
            Test::OneOf { values, wanted } => values.iter().any(|one| equals(value, one)) == *wanted,
            Test::Matches { pattern, wanted } => {
                cell::text(value).is_some_and(|text| pattern.is_match(&text)) == *wanted
            }
            Test::Compares { value: bound, wanted } => {
                compare(value, bound).is_some_and(|order| wanted.contains(&order))
            }
        }
    }
}

fn values(item: &Value, value: String) -> Vec<String> {
    match item.get("values").and_then(Value::as_array) {
        Some(values) => values.iter().filter_map(cell::text).collect(),
        None => vec![value],
    }
}

/// An expression must match the whole value, as in Grafana's own data sources.
fn anchored(pattern: &str) -> Result<Regex, String> {
    RegexBuilder::new(&format!("^(?:{pattern})$"))
        .size_limit(MAX_EXPRESSION)
        .build()
        .map_err(|_| format!("the filter's '{pattern}' is not a regular expression, or too large a one"))
}

fn equals(value: &Value, text: &str) -> bool {
    match value {
        Value::Null => false,
        Value::Number(_) => compare(value, text) == Some(Ordering::Equal),
        other => cell::text(other).as_deref() == Some(text),
    }
}

/// Numbers by size, whatever spells them; other values by their text. A number is never
/// compared with a word. Whole numbers are compared as such: as floats, two neighbours
/// above 2^53 would be equal.
fn compare(value: &Value, text: &str) -> Option<Ordering> {
    let bound = cell::number(&Value::String(text.to_owned())).or_else(|| {
        let at = value.is_number().then(|| cell::time(&Value::String(text.to_owned())))?;
        at.map(serde_json::Number::from)
    });
    match (cell::number(value), bound) {
        (Some(left), Some(right)) => match (left.as_i64(), right.as_i64()) {
            (Some(left), Some(right)) => Some(left.cmp(&right)),
            _ => left.as_f64()?.partial_cmp(&right.as_f64()?),
        },
        (Some(_), None) if value.is_number() => None,
        _ => Some(cell::text(value)?.as_str().cmp(text)),
    }
}

/// Whether a row passes all filters. A filter on a column that the view does not have
/// says nothing about its rows: dashboards filter several views with one bar.
pub(crate) fn passes(filters: &[Filter], view: &View, row: &Cells) -> bool {
    filters.iter().all(|filter| view.column(&filter.key).is_none_or(|at| filter.passes(&row[at])))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn check(operator: &str, bound: &str, passing: &[Value], failing: &[Value]) {
        let filter =
            Filter::read(&json!({"key": "k", "operator": operator, "value": bound})).expect("a filter");
        for value in passing {
            assert!(filter.passes(value), "{value} {operator} {bound}");
        }
        for value in failing {
            assert!(!filter.passes(value), "not {value} {operator} {bound}");
        }
    }

    #[test]
    fn equality_is_of_numbers_or_of_texts() {
        check("=", "24", &[json!(24), json!(24.0), json!("24")], &[json!(25), json!("024"), json!(null)]);
        check("=", "24.0", &[json!(24)], &[json!("24")]);
        check("!=", "rust", &[json!("Rust"), json!(null), json!(1)], &[json!("rust")]);
        check("=", "true", &[json!(true)], &[json!(false)]);
        check("=", "9007199254740993", &[], &[json!(9_007_199_254_740_992_i64)]);
    }

    #[test]
    fn expressions_match_the_whole_value() {
        check("=~", "ru.*|go", &[json!("rust"), json!("go")], &[json!("trust"), json!("gone"), json!(null)]);
        check("!~", "ru.*", &[json!("go"), json!(null)], &[json!("rust")]);
        check("=~", "2.", &[json!(24)], &[json!(240)]);
    }

    #[test]
    fn comparisons_order_numbers_by_size_and_words_by_text() {
        check("<", "9", &[json!(8), json!("8.5")], &[json!(9), json!(10), json!(null)]);
        check("<=", "9", &[json!(9)], &[json!(10)]);
        check(">", "3", &[json!(20), json!("20")], &[json!(3)]);
        check(">=", "m", &[json!("m"), json!("z")], &[json!("a"), json!(7)]);
        check(">", "2017-05-01T06:22:00Z", &[json!(1_493_619_720_001_i64)], &[json!(1_493_619_720_000_i64)]);
    }

    #[test]
    fn one_of_takes_several_values() {
        let filter =
            Filter::read(&json!({"key": "k", "operator": "=|", "values": ["a", "b"]})).expect("one of");
        assert!(filter.passes(&json!("b")) && !filter.passes(&json!("c")));
    }

    #[test]
    fn what_cannot_be_a_filter_says_why() {
        let fault = |item: Value| Filter::read(&item).expect_err("no filter");
        assert!(
            fault(json!({"key": "k", "operator": "~", "value": "x"})).contains("unknown filter operator '~'")
        );
        assert!(
            fault(json!({"key": "k", "operator": "=~", "value": "("})).contains("not a regular expression")
        );
        assert!(fault(json!({"operator": "=", "value": "x"})).contains("no key"));
        assert!(
            fault(json!({"key": "k", "operator": "=~", "value": "(a{1000}){1000}"})).contains("too large")
        );
    }
}
