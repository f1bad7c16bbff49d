//! The fields that views, lookups and expressions may name.

use std::ops::Range;

use super::fault::{Report, nearest};
use super::value::Found;

/// Longest name of a view, field or metric.
pub(super) const MAX_NAME: usize = 64;

/// The names of all fields so far: decoded ones, then columns of lookups, then derived ones.
#[derive(Default)]
pub(super) struct Fields {
    /// Each name, and whether it is a list.
    known: Vec<(String, bool)>,
    /// Each lookup, and whether only its file says which columns there are.
    lookups: Vec<(String, bool)>,
    /// Nobody can tell which fields there are, so none is unknown.
    unclear: bool,
}

impl Fields {
    /// What is left when `[record]` cannot be read: every name is taken for a field.
    pub(super) fn unclear() -> Self {
        Fields { unclear: true, ..Fields::default() }
    }

    pub(super) fn is_unclear(&self) -> bool {
        self.unclear
    }

    pub(super) fn add(&mut self, name: &str, list: bool) {
        self.known.push((name.to_owned(), list));
    }

    /// The columns of a lookup; without them any name is a column of it.
    pub(super) fn add_lookup(&mut self, name: &str, columns: Option<&[String]>) {
        self.lookups.push((name.to_owned(), columns.is_none()));
        let columns = columns.unwrap_or_default().iter();
        self.known.extend(columns.map(|column| (format!("{name}.{column}"), false)));
    }

    /// Says so if a name is taken already, as a whole or by the columns of a lookup.
    pub(super) fn check_free(&self, what: &str, name: &Found<String>, report: &mut Report<'_>) {
        let text = name.value.as_str();
        let below = |name: &str, lookup: &str| {
            name == lookup || name.strip_prefix(lookup).is_some_and(|rest| rest.starts_with('.'))
        };
        let field = self.known.iter().any(|(known, _)| known == text);
        let lookup = self.lookups.iter().find(|(lookup, _)| below(text, lookup));
        let column = self.known.iter().find(|(known, _)| what == "lookup" && below(known, text));
        let owner = match (field, lookup, column) {
            (true, ..) => format!("there is a field `{text}` already"),
            (_, Some((lookup, _)), _) => format!("the columns of the lookup `{lookup}` are named so"),
            (_, _, Some((known, _))) => format!("there is a field `{known}` already"),
            _ => return,
        };
        let allowed = format!("any other name: {owner}");
        report.wrong::<()>(what, &format!("named {text:?}"), &allowed, name.at.clone());
    }

    /// Whether the field is a list; says so if there is no such field.
    pub(super) fn check(
        &self,
        key: &str,
        field: &str,
        at: &Range<usize>,
        report: &mut Report<'_>,
    ) -> Option<bool> {
        if let Some((_, list)) = self.known.iter().find(|(name, _)| name == field) {
            return Some(*list);
        }
        let column = |(lookup, open): &(String, bool)| {
            let rest = field.strip_prefix(lookup.as_str()).and_then(|rest| rest.strip_prefix('.'));
            *open && rest.is_some_and(|column| !column.is_empty())
        };
        if self.unclear || self.lookups.iter().any(column) {
            return Some(false);
        }
        let open =
            self.lookups.iter().filter(|(_, open)| *open).map(|(lookup, _)| format!("{lookup}.COLUMN"));
        let names: Vec<String> = self.known.iter().map(|(name, _)| name.clone()).chain(open).collect();
        let near = nearest(field, names.iter().map(String::as_str));
        let all = if names.is_empty() { "none".to_owned() } else { names.join(", ") };
        let message = format!("`{key}` names the field {field:?}, which there is not{near}; declared: {all}");
        report.fault(message, at.clone())
    }

    /// The fields that an expression may name. Of a lookup whose columns only its file
    /// knows, they are the ones that the expression does name.
    pub(super) fn of_expression(&self, text: &str) -> Vec<(String, bool)> {
        let mut fields = self.known.clone();
        for (lookup, _) in self.lookups.iter().filter(|(_, open)| *open) {
            let head = format!("{lookup}.");
            for (at, _) in text.match_indices(&head) {
                let name = format!("{head}{}", column(&text[..at], &text[at + head.len()..]));
                if name != head && fields.iter().all(|(known, _)| *known != name) {
                    fields.push((name, false));
                }
            }
        }
        fields
    }
}

/// The column at the beginning of a text: to the quote if one was opened, else a word.
fn column<'t>(before: &str, text: &'t str) -> &'t str {
    let quote = before.chars().next_back().filter(|last| matches!(last, '"' | '\''));
    let ends = |c: char| quote.map_or(!c.is_alphanumeric() && c != '_', |quote| c == quote);
    text.split(ends).next().unwrap_or_default()
}

/// A name of a field or metric: it becomes a column, and fits into `count(name)`.
pub(super) fn check_name(what: &str, name: &Found<String>, report: &mut Report<'_>) {
    let plain = |c: char| c.is_alphanumeric() || matches!(c, '_' | '-' | '.');
    let text = &name.value;
    if text.is_empty() || text.len() > MAX_NAME || !text.chars().all(plain) {
        let allowed = "1 to 64 letters, digits, `_`, `-` and `.`";
        report.wrong::<()>(what, &format!("named {text:?}"), allowed, name.at.clone());
    }
}
