//! One value of a row, made what its column says it is.
//!
//! Numbers arrive as JSON numbers or, from the original's programs, as strings. A
//! panel that is handed the string draws nothing, so they become numbers here, once,
//! before anything else looks at them.

use serde_json::{Number, Value};

/// What a column's values are, in Grafana's words.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum FieldType {
    /// Epoch milliseconds.
    Time,
    /// A number.
    Number,
    /// Text.
    Text,
    /// `true` or `false`.
    Boolean,
}

impl FieldType {
    /// The name of the type in a frame.
    pub(crate) fn name(self) -> &'static str {
        match self {
            FieldType::Time => "time",
            FieldType::Number => "number",
            FieldType::Text => "string",
            FieldType::Boolean => "boolean",
        }
    }

    /// The value as this type; null where it is none.
    pub(crate) fn coerce(self, value: &Value) -> Value {
        match self {
            FieldType::Number => number(value).map_or(Value::Null, Value::Number),
            FieldType::Time => time(value).map_or(Value::Null, Value::from),
            FieldType::Text => text(value).map_or(Value::Null, Value::String),
            FieldType::Boolean => boolean(value).map_or(Value::Null, Value::Bool),
        }
    }
}

/// The number that a value is, or that a string spells.
pub(crate) fn number(value: &Value) -> Option<Number> {
    match value {
        Value::Number(number) => Some(number.clone()),
        Value::String(text) => spelled_number(text),
        _ => None,
    }
}

/// A whole number stays whole; `NaN` and infinities have no JSON form and are none.
fn spelled_number(text: &str) -> Option<Number> {
    let text = text.trim();
    if !text.bytes().any(|b| b.is_ascii_digit()) {
        return None;
    }
    if let Ok(whole) = text.parse::<i64>() {
        return Some(whole.into());
    }
    if let Ok(whole) = text.parse::<u64>() {
        return Some(whole.into());
    }
    text.parse::<f64>().ok().and_then(Number::from_f64)
}

/// Epoch milliseconds from a number, a numeric string or an RFC 3339 text.
pub(crate) fn time(value: &Value) -> Option<i64> {
    if let Some(number) = number(value) {
        return whole(&number);
    }
    let parsed = chrono::DateTime::parse_from_rfc3339(value.as_str()?.trim()).ok()?;
    Some(parsed.timestamp_millis())
}

fn whole(number: &Number) -> Option<i64> {
    number.as_i64().or_else(|| {
        let float = number.as_f64()?;
        let fits = float.abs() < 9e15;
        #[allow(clippy::cast_possible_truncation, reason = "the range is checked on the line above")]
        fits.then(|| float.floor() as i64)
    })
}

/// The value as text; what is nested is shown as its JSON.
pub(crate) fn text(value: &Value) -> Option<String> {
    match value {
        Value::Null => None,
        Value::String(text) => Some(text.clone()),
        other => Some(other.to_string()),
    }
}

fn boolean(value: &Value) -> Option<bool> {
    match value {
        Value::Bool(flag) => Some(*flag),
        Value::String(text) => text.trim().parse().ok(),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn numbers_and_their_spellings_are_numbers() {
        for (given, expected) in [
            (json!(12), json!(12)),
            (json!("12"), json!(12)),
            (json!(" -3 "), json!(-3)),
            (json!("18446744073709551615"), json!(u64::MAX)),
            (json!("1.5e3"), json!(1500.0)),
            (json!(0.25), json!(0.25)),
            (json!(""), json!(null)),
            (json!("NaN"), json!(null)),
            (json!("inf"), json!(null)),
            (json!("1e999"), json!(null)),
            (json!("rust"), json!(null)),
            (json!(true), json!(null)),
            (json!(null), json!(null)),
        ] {
            assert_eq!(FieldType::Number.coerce(&given), expected, "{given}");
        }
    }

    #[test]
    fn times_become_epoch_milliseconds() {
        for (given, expected) in [
            (json!(1_493_619_720_000_i64), json!(1_493_619_720_000_i64)),
            (json!("1493619720000"), json!(1_493_619_720_000_i64)),
            (json!("2017-05-01T06:22:00Z"), json!(1_493_619_720_000_i64)),
            (json!(-0.5), json!(-1)),
            (json!("noon"), json!(null)),
            (json!([1]), json!(null)),
        ] {
            assert_eq!(FieldType::Time.coerce(&given), expected, "{given}");
        }
    }

    #[test]
    fn nested_values_are_shown_as_json() {
        assert_eq!(FieldType::Text.coerce(&json!({"a": [1]})), json!("{\"a\":[1]}"));
        assert_eq!(FieldType::Text.coerce(&json!(null)), json!(null));
        assert_eq!(FieldType::Boolean.coerce(&json!("true")), json!(true));
        assert_eq!(FieldType::Boolean.coerce(&json!(1)), json!(null));
    }
}
