//! One table of the file, read key by key.

use std::ops::Range;

use oriel_time::Span;
use toml::Spanned;
use toml::de::{DeString, DeTable, DeValue};

use super::fault::{Report, nearest};

/// A value and its place in the text.
pub(super) struct Found<T> {
    pub(super) value: T,
    pub(super) at: Range<usize>,
}

/// A table that remembers which keys it was asked for: the others are unknown.
pub(super) struct Section<'t> {
    /// As messages name it: `[view.x]`, or `window` for a table in a line.
    name: String,
    at: Range<usize>,
    table: &'t DeTable<'t>,
    known: Vec<String>,
    /// Known, but not to be offered.
    refused: Vec<&'static str>,
}

impl<'t> Section<'t> {
    pub(super) fn root(table: &'t DeTable<'t>) -> Self {
        Section { name: String::new(), at: 0..0, table, known: Vec::new(), refused: Vec::new() }
    }

    /// The place of its head.
    pub(super) fn at(&self) -> Range<usize> {
        self.at.clone()
    }

    /// The raw value of a key, which is known from now on.
    pub(super) fn raw(&mut self, key: &str) -> Option<&'t Spanned<DeValue<'t>>> {
        if !self.known.iter().any(|known| known == key) {
            self.known.push(key.to_owned());
        }
        self.table.get(key)
    }

    /// The place of a key that is there, as its name is written.
    fn key_at(&self, key: &str) -> Range<usize> {
        self.table.get_key_value(key).map_or(self.at(), |(name, _)| name.span())
    }

    /// Every key and value, all known from now on.
    pub(super) fn entries(&mut self) -> Vec<(Found<String>, &'t Spanned<DeValue<'t>>)> {
        self.known.extend(self.table.keys().map(|key| key.get_ref().to_string()));
        let name = |key: &Spanned<DeString<'_>>| Found { value: key.get_ref().to_string(), at: key.span() };
        self.table.iter().map(|(key, value)| (name(key), value)).collect()
    }

    /// A string.
    pub(super) fn text(&mut self, key: &str, report: &mut Report<'_>) -> Option<Found<String>> {
        text(key, self.raw(key)?, report)
    }

    /// A string that must be there.
    pub(super) fn require_text(&mut self, key: &str, report: &mut Report<'_>) -> Option<Found<String>> {
        if self.raw(key).is_none() { self.missing(key, report) } else { self.text(key, report) }
    }

    /// A string, one of a few words.
    pub(super) fn word<'w>(
        &mut self,
        key: &str,
        words: &[&'w str],
        report: &mut Report<'_>,
    ) -> Option<&'w str> {
        let found = self.text(key, report)?;
        choose(key, &found, words, report)
    }

    /// `true` or `false`.
    pub(super) fn flag(&mut self, key: &str, report: &mut Report<'_>) -> Option<bool> {
        let value = self.raw(key)?;
        let flag = value.get_ref().as_bool();
        flag.or_else(|| report.wrong(key, &show(value.get_ref()), "true or false", value.span()))
    }

    /// A whole number in a range.
    pub(super) fn whole(&mut self, key: &str, range: Range<u64>, report: &mut Report<'_>) -> Option<u64> {
        let value = self.raw(key)?;
        let number = whole(value.get_ref()).filter(|number| range.contains(number));
        let last = range.end - 1;
        let allowed = match last {
            MAX_WHOLE.. => format!("a whole number of at least {}", range.start),
            _ => format!("a whole number from {} to {last}", range.start),
        };
        number.or_else(|| report.wrong(key, &show(value.get_ref()), &allowed, value.span()))
    }

    /// A length of time, zero too.
    pub(super) fn span(&mut self, key: &str, report: &mut Report<'_>) -> Option<Found<Span>> {
        let value = self.raw(key)?;
        match value.get_ref().as_str().and_then(|text| text.parse().ok()) {
            Some(span) => Some(Found { value: span, at: value.span() }),
            None => report.wrong(key, &show(value.get_ref()), SPAN, value.span()),
        }
    }

    /// A length of time above zero.
    pub(super) fn positive_span(&mut self, key: &str, report: &mut Report<'_>) -> Option<Span> {
        let found = self.span(key, report)?;
        if found.value > Span::ZERO {
            return Some(found.value);
        }
        report.wrong(key, "zero", "a span of at least 1ms", found.at)
    }

    /// A length of time above zero, or one of some words for none: `None` inside.
    pub(super) fn span_or(
        &mut self,
        key: &str,
        words: &[&str],
        report: &mut Report<'_>,
    ) -> Option<Option<Span>> {
        let value = self.raw(key)?.get_ref().as_str();
        if value.is_some_and(|word| words.contains(&word)) {
            return Some(None);
        }
        self.positive_span(key, report).map(Some)
    }

    /// A table below this one.
    pub(super) fn section(&mut self, key: &str, report: &mut Report<'_>) -> Option<Section<'t>> {
        let value = self.raw(key)?;
        let name =
            if self.name.is_empty() { format!("[{key}]") } else { format!("`{key}` of {}", self.name) };
        section(key, name, self.key_at(key), value, report)
    }

    /// A table that must be there.
    pub(super) fn require_section(&mut self, key: &str, report: &mut Report<'_>) -> Option<Section<'t>> {
        if self.raw(key).is_none() { self.missing(key, report) } else { self.section(key, report) }
    }

    /// Says that the key must be there.
    pub(super) fn missing<T>(&self, key: &str, report: &mut Report<'_>) -> Option<T> {
        let place = if self.name.is_empty() { "the file" } else { &self.name };
        report.missing(format!("`{key}` is missing in {place}"), self.at())
    }

    /// Refuses keys that only a later version will know.
    pub(super) fn later(&mut self, keys: &[&'static str], report: &mut Report<'_>) {
        self.refuse(keys, "not in this version", report);
    }

    /// Refuses keys for a reason.
    pub(super) fn refuse(&mut self, keys: &[&'static str], why: &str, report: &mut Report<'_>) {
        for key in keys.iter().filter(|key| self.table.contains_key(**key)) {
            report.fault::<()>(format!("`{key}`: {why}"), self.key_at(key));
        }
        self.refused.extend(keys);
    }

    /// Refuses all keys that nobody asked for.
    pub(super) fn finish(&self, report: &mut Report<'_>) {
        let place = if self.name.is_empty() { String::new() } else { format!(" in {}", self.name) };
        for name in self.table.keys() {
            let key: &str = name.get_ref();
            if self.known.iter().any(|known| known == key) || self.refused.contains(&key) {
                continue;
            }
            let near = nearest(key, self.known.iter().map(String::as_str));
            let allowed = self.known.join(", ");
            report.fault::<()>(format!("unknown key `{key}`{place}{near}; allowed: {allowed}"), name.span());
        }
    }
}

/// What a span may be.
const SPAN: &str =
    "a span, that is a whole number and a unit, such as \"500ms\", \"20s\", \"1m\", \"2h\" or \"7d\"";

/// A range of whole numbers that ends here has no end worth telling.
pub(super) const MAX_WHOLE: u64 = i64::MAX as u64;

/// The value as a table, which messages call by the name.
pub(super) fn section<'t>(
    key: &str,
    name: String,
    at: Range<usize>,
    value: &'t Spanned<DeValue<'t>>,
    report: &mut Report<'_>,
) -> Option<Section<'t>> {
    match value.get_ref().as_table() {
        Some(table) => Some(Section { name, at, table, known: Vec::new(), refused: Vec::new() }),
        None => report.wrong(key, &show(value.get_ref()), "a table", value.span()),
    }
}

/// The value as a string.
pub(super) fn text(
    key: &str,
    value: &Spanned<DeValue<'_>>,
    report: &mut Report<'_>,
) -> Option<Found<String>> {
    match value.get_ref().as_str() {
        Some(text) => Some(Found { value: text.to_owned(), at: value.span() }),
        None => report.wrong(key, &show(value.get_ref()), "a string", value.span()),
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
fn whole(value: &DeValue<'_>) -> Option<u64> {
    let number = value.as_integer()?;
    u64::from_str_radix(number.as_str(), number.radix()).ok()
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
