//! One table of the file, read key by key.

use std::ops::Range;

use oriel_time::Span;
use toml::Spanned;
use toml::de::{DeString, DeTable};

use super::fault::{Report, nearest};
use super::value::{self, Found, Raw, SPAN, choose, show, whole};

/// A range of whole numbers that ends here has no end worth telling.
pub(super) const MAX_WHOLE: u64 = i64::MAX as u64;

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
    pub(super) fn raw(&mut self, key: &str) -> Option<&'t Raw<'t>> {
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
    pub(super) fn entries(&mut self) -> Vec<(Found<String>, &'t Raw<'t>)> {
        self.known.extend(self.table.keys().map(|key| key.get_ref().to_string()));
        let name = |key: &Spanned<DeString<'_>>| Found { value: key.get_ref().to_string(), at: key.span() };
        self.table.iter().map(|(key, value)| (name(key), value)).collect()
    }

    /// A string.
    pub(super) fn text(&mut self, key: &str, report: &mut Report<'_>) -> Option<Found<String>> {
        value::text(key, self.raw(key)?, report)
    }

    /// A string that must be there.
    pub(super) fn require_text(&mut self, key: &str, report: &mut Report<'_>) -> Option<Found<String>> {
        if self.raw(key).is_none() { self.missing(key, report) } else { self.text(key, report) }
    }

    /// A string that is a path, so not empty.
    pub(super) fn path(&mut self, key: &str, report: &mut Report<'_>) -> Option<Found<String>> {
        let found = self.text(key, report)?;
        if found.value.is_empty() { report.wrong(key, "empty", "a path", found.at) } else { Some(found) }
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
        let allowed = match range.end {
            MAX_WHOLE.. => format!("a whole number of at least {}", range.start),
            end => format!("a whole number from {} to {}", range.start, end - 1),
        };
        number.or_else(|| report.wrong(key, &show(value.get_ref()), &allowed, value.span()))
    }

    /// A length of time, zero too.
    pub(super) fn span(&mut self, key: &str, report: &mut Report<'_>) -> Option<Found<Span>> {
        let value = self.raw(key)?;
        value::span(key, value, SPAN, report).map(|span| Found { value: span, at: value.span() })
    }

    /// A length of time above zero.
    pub(super) fn positive_span(&mut self, key: &str, report: &mut Report<'_>) -> Option<Span> {
        positive(key, self.raw(key)?, SPAN, report)
    }

    /// A length of time above zero, or one of some words for none: `None` inside.
    pub(super) fn span_or(
        &mut self,
        key: &str,
        words: &[&str],
        report: &mut Report<'_>,
    ) -> Option<Option<Span>> {
        let value = self.raw(key)?;
        if value.get_ref().as_str().is_some_and(|word| words.contains(&word)) {
            return Some(None);
        }
        let words: String = words.iter().map(|word| format!(", or {word:?}")).collect();
        positive(key, value, &format!("{SPAN}{words}"), report).map(Some)
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

    /// Refuses keys for a reason. Whether any of them was there.
    pub(super) fn refuse(&mut self, keys: &[&'static str], why: &str, report: &mut Report<'_>) -> bool {
        let found: Vec<_> = keys.iter().filter(|key| self.table.contains_key(**key)).collect();
        for key in &found {
            report.fault::<()>(format!("`{key}`: {why}"), self.key_at(key));
        }
        self.refused.extend(keys);
        !found.is_empty()
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

fn positive(key: &str, value: &Raw<'_>, allowed: &str, report: &mut Report<'_>) -> Option<Span> {
    let span = value::span(key, value, allowed, report)?;
    if span > Span::ZERO {
        Some(span)
    } else {
        report.wrong(key, "zero", "a span of at least 1ms", value.span())
    }
}

/// The value as a table, which messages call by the name.
pub(super) fn section<'t>(
    key: &str,
    name: String,
    at: Range<usize>,
    value: &'t Raw<'t>,
    report: &mut Report<'_>,
) -> Option<Section<'t>> {
    match value.get_ref().as_table() {
        Some(table) => Some(Section { name, at, table, known: Vec::new(), refused: Vec::new() }),
        None => report.wrong(key, &show(value.get_ref()), "a table", value.span()),
    }
}
