//! JSON, as one document or one object a line.

use oriel_record::Value;
use serde_json::Value as Json;

use super::{Table, TableError, wanted};

type Members = serde_json::Map<String, Json>;

/// One row: its key, where that stands outside, and its members.
pub(super) struct Object {
    key: Option<String>,
    members: Members,
}

/// The rows of a whole document.
pub(super) fn document(bytes: &[u8]) -> Result<Vec<Object>, TableError> {
    let document =
        serde_json::from_slice(bytes).map_err(|error| broken(error.line(), &error, "one JSON document"))?;
    match document {
        Json::Array(rows) => {
            let rows = rows.into_iter().enumerate();
            rows.map(|(row, json)| object(None, json, || format!("row {}", row + 1))).collect()
        }
        Json::Object(rows) => {
            let rows = rows.into_iter();
            rows.map(|(key, json)| object(Some(key.clone()), json, || format!("row {key:?}"))).collect()
        }
        other => {
            let allowed = "a list of objects, or an object of them";
            Err(TableError::wrong("line 1".into(), kind(&other), allowed))
        }
    }
}

/// The rows of lines; empty lines are none.
pub(super) fn lines(bytes: &[u8]) -> Result<Vec<Object>, TableError> {
    let lines = bytes.split(|byte| *byte == b'\n').enumerate();
    let filled = lines.filter(|(_, line)| !line.trim_ascii().is_empty());
    let row = |(line, bytes): (usize, &[u8])| {
        let json = serde_json::from_slice(bytes)
            .map_err(|error| broken(line + 1, &error, "one JSON object a line"))?;
        object(None, json, || format!("line {}", line + 1))
    };
    filled.map(row).collect()
}

/// The parser's error in our words.
fn broken(line: usize, error: &serde_json::Error, allowed: &str) -> TableError {
    let message = error.to_string();
    let what = message.split(" at line ").next().unwrap_or_default();
    TableError::wrong(format!("line {line}"), format!("{what} at column {}", error.column()), allowed)
}

fn object(key: Option<String>, json: Json, place: impl Fn() -> String) -> Result<Object, TableError> {
    match json {
        Json::Object(members) => Ok(Object { key, members }),
        other => Err(TableError::wrong(place(), kind(&other), "an object")),
    }
}

pub(super) fn parse(rows: Vec<Object>, key: &str, columns: Option<&[String]>) -> Result<Table, TableError> {
    let known = known(&rows);
    let has_key = known.contains(&key) || rows.iter().any(|row| row.key.is_some());
    if !has_key && !rows.is_empty() {
        return Err(TableError::no_column(key, &known));
    }
    let columns = if rows.is_empty() { Vec::new() } else { wanted(&known, key, columns)? };
    let mut table = Table::new(columns.clone());
    for Object { key: outside, mut members } in rows {
        let inside = |members: &Members| members.get(key).cloned().and_then(value);
        let key = outside.map_or_else(|| inside(&members), |key| Some(Value::Text(key.into())));
        let row = columns.iter().map(|name| members.remove(name).and_then(value));
        table.insert(key, row.collect());
    }
    Ok(table)
}

/// The names of all members of all rows, in the order in which they first come.
fn known(rows: &[Object]) -> Vec<&str> {
    let mut seen = hashbrown::HashSet::new();
    let names = rows.iter().flat_map(|row| row.members.keys());
    names.filter(|name| seen.insert(*name)).map(|name| &**name).collect()
}

fn value(json: Json) -> Option<Value<'static>> {
    match json {
        Json::Null => None,
        Json::Bool(truth) => Some(Value::Bool(truth)),
        Json::Number(number) => Some(match number.as_i64() {
            Some(whole) => Value::Int(whole),
            None => Value::Float(number.as_f64()?),
        }),
        Json::String(text) => Some(Value::Text(text.into())),
        Json::Array(_) | Json::Object(_) => Some(Value::Composite),
    }
}

fn kind(json: &Json) -> &'static str {
    match json {
        Json::Null => "null",
        Json::Bool(_) => "true or false",
        Json::Number(_) => "a number",
        Json::String(_) => "a text",
        Json::Array(_) => "a list",
        Json::Object(_) => "an object",
    }
}
