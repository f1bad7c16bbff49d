//! One table of the file of tokens, read key by key.

use std::ops::Range;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use oriel_runtime::faults::{Report, nearest};

/// A value and its place in the text.
pub(super) struct Found<T> {
    pub(super) value: T,
    pub(super) at: Range<usize>,
}

/// A table that remembers which keys it was asked for: the others are unknown. What a
/// string holds is never shown: it may be a token.
pub(super) struct Table<'t> {
    /// As messages name it.
    name: &'static str,
    at: Range<usize>,
    table: &'t DeTable<'t>,
    known: Vec<&'static str>,
}

impl<'t> Table<'t> {
    pub(super) fn root(table: &'t Spanned<DeTable<'t>>) -> Self {
        Table { name: "the file", at: 0..0, table: table.get_ref(), known: Vec::new() }
    }

    /// The place of its head.
    pub(super) fn at(&self) -> Range<usize> {
        self.at.clone()
    }

    /// The tables of an array of tables.
    pub(super) fn tables(
        &mut self,
        key: &'static str,
        name: &'static str,
        report: &mut Report<'_>,
    ) -> Vec<Table<'t>> {
        let Some(value) = self.raw(key) else { return Vec::new() };
        let tables = value.get_ref().as_array().and_then(|list| {
            let table = |value: &'t Spanned<DeValue<'t>>| {
                let table = value.get_ref().as_table()?;
                Some(Table { name, at: value.span(), table, known: Vec::new() })
            };
            list.iter().map(table).collect()
        });
        let wrong =
            || report.fault(format!("`{key}` is not {name}: write each as a table of its own"), value.span());
        tables.or_else(wrong).unwrap_or_default()
    }

    /// A string that is not empty.
    pub(super) fn text(&mut self, key: &'static str, report: &mut Report<'_>) -> Option<Found<&'t str>> {
        let value = self.raw(key)?;
        match value.get_ref().as_str() {
            Some("") => report.fault(format!("`{key}` is empty"), value.span()),
            Some(text) => Some(Found { value: text, at: value.span() }),
            None => report.fault(format!("`{key}` is {}; it has to be a string", kind(value)), value.span()),
        }
    }

    /// A string that must be there.
    pub(super) fn require(&mut self, key: &'static str, report: &mut Report<'_>) -> Option<Found<&'t str>> {
        if self.raw(key).is_some() {
            return self.text(key, report);
        }
        report.missing(format!("`{key}` is missing in {}", self.name), self.at())
    }

    /// A list of strings, empty if it is not there.
    pub(super) fn texts(&mut self, key: &'static str, report: &mut Report<'_>) -> Vec<Found<&'t str>> {
        let Some(value) = self.raw(key) else { return Vec::new() };
        let Some(list) = value.get_ref().as_array() else {
            let says = format!("`{key}` is {}; it has to be a list of strings", kind(value));
            return report.fault(says, value.span()).unwrap_or_default();
        };
        let text = |value: &'t Spanned<DeValue<'t>>| match value.get_ref().as_str() {
            Some(text) => Some(Found { value: text, at: value.span() }),
            None => {
                report.fault(format!("`{key}` holds {}; it has to hold strings", kind(value)), value.span())
            }
        };
        list.iter().filter_map(text).collect()
    }

    /// `true` or `false`, which it is if it is not there.
    pub(super) fn flag(&mut self, key: &'static str, report: &mut Report<'_>) -> bool {
        let Some(value) = self.raw(key) else { return false };
        let wrong =
            || report.fault(format!("`{key}` is {}; it has to be true or false", kind(value)), value.span());
        value.get_ref().as_bool().or_else(wrong).unwrap_or_default()
    }

    /// Refuses all keys that nobody asked for.
    pub(super) fn finish(&self, report: &mut Report<'_>) {
        for name in self.table.keys() {
            let key: &str = name.get_ref();
            if !self.known.contains(&key) {
                let (near, allowed) = (nearest(key, self.known.iter().copied()), self.known.join(", "));
                let says = format!("unknown key `{key}` in {}{near}; allowed: {allowed}", self.name);
                report.fault::<()>(says, name.span());
            }
        }
    }

    fn raw(&mut self, key: &'static str) -> Option<&'t Spanned<DeValue<'t>>> {
        if !self.known.contains(&key) {
            self.known.push(key);
        }
        self.table.get(key)
    }
}

/// What a value is, without what it holds.
fn kind(value: &Spanned<DeValue<'_>>) -> &'static str {
    match value.get_ref() {
        DeValue::String(_) => "a string",
        DeValue::Integer(_) | DeValue::Float(_) => "a number",
        DeValue::Boolean(_) => "true or false",
        DeValue::Datetime(_) => "a date",
        DeValue::Array(_) => "a list",
        DeValue::Table(_) => "a table",
    }
}
