//! From a message on a topic to a [`View`].

use oriel_protocol::view::{Column as WireColumn, ColumnType, Kind as WireKind, Meta, RowState};
use oriel_time::ProcessingTime;
use serde_json::{Map, Value};

use super::{Cells, Column, Kind, LABEL, TIMESTAMP, View};
use crate::cell::{self, FieldType};

type Row = Map<String, Value>;

/// Reads a message; `None` if it is no result.
pub(super) fn read(target: &str, raw: &str, received: ProcessingTime) -> Option<View> {
    let message: Value = serde_json::from_str(raw).ok()?;
    let (rows, meta) = unpack(message)?;
    let kind = kind_of(&rows, meta.as_ref());
    let columns = columns_of(kind, &rows, meta.as_ref());
    let mut view = View {
        target: target.to_owned(),
        kind,
        rows: rows.iter().map(|row| cells(&columns, row)).collect(),
        columns,
        states: Vec::new(),
        window: None,
        watermark: None,
        as_of: None,
        received,
        bytes: raw.len(),
    };
    if let Some(meta) = meta {
        view.watermark = meta.watermark;
        view.as_of = Some(meta.as_of);
        view.window = meta.window;
        if meta.state.len() == view.rows.len() {
            view.states = meta.state;
        }
    }
    if kind == Kind::Series {
        order_by_time(&mut view);
    }
    Some(view)
}

/// The rows of a message and what stands beside them. A result may also arrive as a
/// JSON string that holds it, which is how some of the original's operators send it.
fn unpack(message: Value) -> Option<(Vec<Row>, Option<Meta>)> {
    match message {
        Value::Array(items) => Some((objects(items)?, None)),
        Value::Object(mut fields) => {
            if fields.get("type").and_then(Value::as_str) != Some("dataResult") {
                return None;
            }
            let Some(Value::Array(items)) = fields.remove("data") else { return None };
            let meta = fields.remove("meta").and_then(|meta| serde_json::from_value(meta).ok());
            Some((objects(items)?, meta))
        }
        Value::String(text) => match serde_json::from_str(&text).ok()? {
            inner @ (Value::Array(_) | Value::Object(_)) => unpack(inner),
            _ => None,
        },
        _ => None,
    }
}

fn objects(items: Vec<Value>) -> Option<Vec<Row>> {
    items
        .into_iter()
        .map(|item| match item {
            Value::Object(row) => Some(row),
            _ => None,
        })
        .collect()
}

/// A message that does not say its kind is a series if each row has a time.
fn kind_of(rows: &[Row], meta: Option<&Meta>) -> Kind {
    match meta.map(|meta| meta.kind) {
        Some(WireKind::Series) => Kind::Series,
        Some(WireKind::Top) => Kind::Top,
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
    named.iter().map(|column| declared(kind, column, rows)).collect()
}

fn declared(kind: Kind, column: &WireColumn, rows: &[Row]) -> Column {
    let field = match column.kind {
        _ if kind == Kind::Series && column.name == TIMESTAMP => FieldType::Time,
        ColumnType::Boolean => FieldType::Boolean,
        ColumnType::String => FieldType::Text,
        ColumnType::Long | ColumnType::Double => FieldType::Number,
        ColumnType::Other => return guessed(kind, &column.name, rows),
    };
    Column { name: column.name.clone(), kind: field }
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
    Column { name: name.to_owned(), kind: field }
}

/// Every key of the rows, in order of first appearance.
fn names(rows: &[Row]) -> Vec<&str> {
    let mut seen = std::collections::HashSet::new();
    rows.iter().flat_map(Row::keys).map(String::as_str).filter(|name| seen.insert(*name)).collect()
}

fn cells(columns: &[Column], row: &Row) -> Cells {
    columns
        .iter()
        .map(|column| row.get(&column.name).map_or(Value::Null, |v| column.kind.coerce(v)))
        .collect()
}

/// Panels need times that ascend without a repetition: rows are sorted, a row without a
/// time has no place, and of two rows with one time and one set of keys the later wins.
fn order_by_time(view: &mut View) {
    let Some(time) = view.time_column() else { return };
    let keys = view.keys();
    let identity = |row: &Cells| -> (i64, Vec<String>) {
        let at = row[time].as_i64().unwrap_or(i64::MIN);
        (at, keys.iter().map(|key| row[*key].to_string()).collect())
    };
    let states = std::mem::take(&mut view.states);
    let mut rows: std::collections::BTreeMap<_, (Cells, Option<RowState>)> =
        std::collections::BTreeMap::new();
    for (at, row) in std::mem::take(&mut view.rows).into_iter().enumerate() {
        if !row[time].is_null() {
            rows.insert(identity(&row), (row, states.get(at).copied()));
        }
    }
    for (row, state) in rows.into_values() {
        view.rows.push(row);
        view.states.extend(state);
    }
}
