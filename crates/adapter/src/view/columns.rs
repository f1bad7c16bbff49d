//! The columns of a message's rows: as its schema declares them, or as their values look.

use oriel_protocol::view::{Column as WireColumn, ColumnType, Kind as WireKind, Meta};
use serde_json::{Map, Value};

use super::{Column, END, Kind, LABEL, TIMESTAMP};
use crate::cell::{self, FieldType};

/// One row of a message.
pub(super) type Row = Map<String, Value>;

/// How the rows are drawn, and their columns. Without a time nothing is a series.
pub(super) fn shape(rows: &[Row], meta: Option<&Meta>, ended: bool) -> (Kind, Vec<Column>) {
    let kind = kind_of(rows, meta);
    let mut columns = columns_of(kind, rows, meta);
    let timed = columns.iter().position(|column| column.kind == FieldType::Time);
    if ended {
        columns.retain(|column| column.name != END);
        let end = Column { name: END.to_owned(), kind: FieldType::Time, error: None };
        columns.insert(timed.map_or(0, |at| at + 1), end);
    }
    if kind == Kind::Series && timed.is_none() { (Kind::Table, columns) } else { (kind, columns) }
}

/// A message that does not say its kind is a series if each row has a time.
fn kind_of(rows: &[Row], meta: Option<&Meta>) -> Kind {
    match meta.map(|meta| meta.kind) {
        Some(WireKind::Series) => Kind::Series,
        Some(WireKind::Top) => Kind::Top,
        Some(WireKind::Other) => Kind::Table,
        None => {
            let timed = |row: &Row| row.get(TIMESTAMP).and_then(cell::time).is_some();
            if !rows.is_empty() && rows.iter().all(timed) { Kind::Series } else { Kind::Table }
        }
    }
}

fn columns_of(kind: Kind, rows: &[Row], meta: Option<&Meta>) -> Vec<Column> {
    let named = meta.map(|meta| meta.schema.as_slice()).unwrap_or_default();
    if named.is_empty() {
        return names(rows).into_iter().map(|name| guessed(kind, name, rows)).collect();
    }
    let column = |column: &WireColumn| Column { error: column.error.clone(), ..declared(kind, column, rows) };
    named.iter().map(column).collect()
}

fn declared(kind: Kind, column: &WireColumn, rows: &[Row]) -> Column {
    let field = match column.kind {
        _ if kind == Kind::Series && column.name == TIMESTAMP => FieldType::Time,
        ColumnType::Boolean => FieldType::Boolean,
        ColumnType::String => FieldType::Text,
        ColumnType::Long | ColumnType::Double => FieldType::Number,
        ColumnType::Other => return guessed(kind, &column.name, rows),
    };
    Column { name: column.name.clone(), kind: field, error: None }
}

/// The columns that the message names as keys; all texts where it names none.
pub(super) fn keys(columns: &[Column], meta: Option<&Meta>) -> Vec<usize> {
    let place = |name: &String| columns.iter().position(|column| column.name == *name);
    let named: Vec<usize> = meta.map(|meta| meta.keys.iter().filter_map(place).collect()).unwrap_or_default();
    if !named.is_empty() {
        return named;
    }
    let is_key = |column: &Column| column.kind == FieldType::Text && column.name != LABEL;
    (0..columns.len()).filter(|at| is_key(&columns[*at])).collect()
}

/// The type of a column that nobody declared: a number if every value that is not null
/// is one or spells one, except `label`, which the original sends as a string of digits.
fn guessed(kind: Kind, name: &str, rows: &[Row]) -> Column {
    let values = || rows.iter().filter_map(|row| row.get(name)).filter(|value| !value.is_null());
    let timed = match kind {
        Kind::Series => name == TIMESTAMP,
        _ => matches!(name, TIMESTAMP | "time") && values().next().is_some(),
    };
    let field = if timed && values().all(|value| cell::time(value).is_some()) {
        FieldType::Time
    } else if name == LABEL {
        FieldType::Text
    } else if values().all(|value| cell::number(value).is_some()) {
        FieldType::Number
    } else if values().all(Value::is_boolean) {
        FieldType::Boolean
    } else {
        FieldType::Text
    };
    Column { name: name.to_owned(), kind: field, error: None }
}

/// Every key of the rows, in order of first appearance.
fn names(rows: &[Row]) -> Vec<&str> {
    let mut seen = std::collections::HashSet::new();
    rows.iter().flat_map(Row::keys).map(String::as_str).filter(|name| seen.insert(*name)).collect()
}
