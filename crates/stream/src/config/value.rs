//! Single values of the file, and what messages call them.

use std::ops::Range;

use oriel_time::Span;
use toml::Spanned;
use toml::de::DeValue;

use super::fault::{Report, nearest};

/// A value as the parser gives it.
pub(super) type Raw<'t> = Spanned<DeValue<'t>>;

/// A value and its place in the text.
pub(super) struct Found<T> {
    pub(super) value: T,
    pub(super) at: Range<usize>,
}

/// What a span may be.
pub(super) const SPAN: &str =
    "a span, that is a whole number and a unit, such as \"500ms\", \"20s\", \"1m\", \"2h\" or \"7d\"";

/// The value as a string.
pub(super) fn text(key: &str, value: &Raw<'_>, report: &mut Report<'_>) -> Option<Found<String>> {
    match value.get_ref().as_str() {
        Some(text) => Some(Found { value: text.to_owned(), at: value.span() }),
        None => report.wrong(key, &show(value.get_ref()), "a string", value.span()),
    }
}

/// The value as a list of strings, at least one.
pub(super) fn texts(
    key: &str,
    value: &Raw<'_>,
    allowed: &str,
    report: &mut Report<'_>,
) -> Option<Vec<Found<String>>> {
    match value.get_ref() {
        DeValue::Array(list) if !list.is_empty() => {
            let all: Vec<_> = list.iter().map(|value| text(key, value, report)).collect();
            all.into_iter().collect()
        }
        DeValue::Array(_) => report.wrong(key, "an empty list", allowed, value.span()),
        other => report.wrong(key, &show(other), allowed, value.span()),
    }
}

/// The word that was found, if it is one of these.
pub(super) fn choose<'w>(
    key: &str,
    found: &Found<String>,
    words: &[&'w str],
    report: &mut Report<'_>,
) -> Option<&'w str> {
    let chosen = words.iter().copied().find(|word| *word == found.value);
    chosen.or_else(|| {
        let near = nearest(&found.value, words.iter().copied());
        report.wrong(key, &format!("{:?}{near}", found.value), &words.join(", "), found.at.clone())
    })
}

/// The value as a whole number that is not negative.
pub(super) fn whole(value: &DeValue<'_>) -> Option<u64> {
    let number = value.as_integer()?;
    u64::from_str_radix(number.as_str(), number.radix()).ok()
}

/// The value as a length of time, zero too.
pub(super) fn span(key: &str, value: &Raw<'_>, allowed: &str, report: &mut Report<'_>) -> Option<Span> {
    let span = value.get_ref().as_str().and_then(|text| text.parse().ok());
    span.or_else(|| report.wrong(key, &show_span(value.get_ref()), allowed, value.span()))
}

/// The value as a length of time, which may be negative.
pub(super) fn signed_span(key: &str, value: &Raw<'_>, report: &mut Report<'_>) -> Option<Span> {
    match value.get_ref().as_str().and_then(negative) {
        Some(span) => Some(span),
        None => span(key, value, &format!("{SPAN}, also a negative one such as \"-5m\""), report),
    }
}

/// The span of a text such as `-5s`.
fn negative(text: &str) -> Option<Span> {
    let span: Span = text.strip_prefix('-')?.parse().ok()?;
    Some(Span::from_millis(-span.millis()))
}

/// A value as a message shows it: shortly.
pub(super) fn show(value: &DeValue<'_>) -> String {
    match value {
        DeValue::String(text) => format!("{text:?}"),
        DeValue::Integer(number) => number.to_string(),
        DeValue::Float(number) => number.to_string(),
        DeValue::Boolean(flag) => flag.to_string(),
        DeValue::Datetime(time) => time.to_string(),
        DeValue::Array(_) => "a list".into(),
        DeValue::Table(_) => "a table".into(),
    }
}

/// A value that is no span, and why it is none where that is plain.
fn show_span(value: &DeValue<'_>) -> String {
    let text = value.as_str().unwrap_or_default();
    let number = matches!(value, DeValue::Integer(_) | DeValue::Float(_)) || text.parse::<f64>().is_ok();
    let why = match () {
        () if number => ", a number without a unit",
        () if negative(text).is_some() => ", which is negative",
        () => "",
    };
    format!("{}{why}", show(value))
}
