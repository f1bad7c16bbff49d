//! From a message on a topic to a [`View`].

use std::collections::BTreeMap;

use oriel_protocol::view::{Meta, Order};
use oriel_time::ProcessingTime;
use serde_json::Value;

use super::columns::{self, Row};
use super::{Beside, Cells, Column, END, Kind, View};

/// Reads a message; `None` if it is no result.
pub(super) fn read(target: &str, raw: &str, received: ProcessingTime) -> Option<View> {
    let message: Value = serde_json::from_str(raw).ok()?;
    let (mut rows, meta) = unpack(message)?;
    let meta = meta.as_ref();
    let ended = meta.is_some_and(|meta| put_ends(&mut rows, &meta.end));
    let (kind, columns) = columns::shape(&rows, meta, ended);
    let keys = columns::keys(&columns, meta);
    let mut view = View {
        target: target.to_owned(),
        kind,
        rows: rows.iter().map(|row| cells(&columns, row)).collect(),
        beside: beside(meta, rows.len()),
        keys,
        counting: meta.and_then(|meta| meta.counting),
        ascending: meta.is_some_and(|meta| meta.order == Some(Order::Ascending)),
        ranked_by: None,
        window: meta.and_then(|meta| meta.window.clone()),
        watermark: meta.and_then(|meta| meta.watermark),
        as_of: meta.map(|meta| meta.as_of),
        received,
        bytes: raw.len(),
        columns,
    };
    view.ranked_by = meta.and_then(|meta| view.column(meta.ranked_by.as_deref()?));
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

/// The end of each row's window stands beside the rows of sessions; here it becomes a
/// column, as their start is one. Says whether it did.
fn put_ends(rows: &mut [Row], ends: &[i64]) -> bool {
    let told = !rows.is_empty() && ends.len() == rows.len() && !rows.iter().any(|row| row.contains_key(END));
    if told {
        for (row, end) in rows.iter_mut().zip(ends) {
            row.insert(END.to_owned(), (*end).into());
        }
    }
    told
}

/// What is said beside each row. A list of another length is of other rows.
fn beside(meta: Option<&Meta>, rows: usize) -> Vec<Beside> {
    let mut beside = vec![Beside::default(); rows];
    let Some(meta) = meta else { return beside };
    fn each<T: Copy>(beside: &mut [Beside], list: &[T], put: impl Fn(&mut Beside, T)) {
        if list.len() == beside.len() {
            beside.iter_mut().zip(list).for_each(|(row, told)| put(row, *told));
        }
    }
    each(&mut beside, &meta.state, |row, state| row.state = Some(state));
    each(&mut beside, &meta.inexact, |row, inexact| row.inexact = inexact);
    each(&mut beside, &meta.entered, |row, entered| row.entered = entered);
    each(&mut beside, &meta.previous_rank, |row, rank| row.previous_rank = rank);
    beside
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
    let keys = &view.keys;
    let identity = |row: &Cells| -> (i64, Vec<String>) {
        let at = row[time].as_i64().unwrap_or(i64::MIN);
        (at, keys.iter().map(|key| row[*key].to_string()).collect())
    };
    let mut ordered: BTreeMap<_, (Cells, Beside)> = BTreeMap::new();
    for (row, beside) in std::mem::take(&mut view.rows).into_iter().zip(std::mem::take(&mut view.beside)) {
        if !row[time].is_null() {
            ordered.insert(identity(&row), (row, beside));
        }
    }
    (view.rows, view.beside) = ordered.into_values().unzip();
}
