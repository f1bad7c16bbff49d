//! The short answers beside `/query`: what may be chosen in Grafana's editors, values of
//! variables, keys and values of ad hoc filters, annotations.

#[cfg(test)]
mod tests;

use std::collections::BTreeSet;

use serde_json::{Map, Value, json};

use crate::answer::unknown_text;
use crate::cell::{self, FieldType};
use crate::fault::Fault;
use crate::filter::{self, Filter};
use crate::reduce::REDUCERS;
use crate::request::{self, Range};
use crate::store::{Catalogue, Held};
use crate::target::{Chosen, choose};
use crate::view::View;

/// A list offered for choosing is cut here: a menu of more is of no use.
const MAX_VALUES: usize = 1_000;

/// `POST /metrics`: each view, with what its payload may say.
pub(crate) fn metrics(catalogue: &Catalogue) -> Value {
    let views = catalogue.views().iter().map(|held| {
        let target = &held.view.target;
        json!({"label": target, "value": target, "payloads": [
            {"name": "format", "label": "Format", "type": "select", "placeholder": "auto", "width": 20,
                "options": options("format", Some(held))},
            {"name": "metric", "label": "Metric", "type": "multi-select", "placeholder": "all", "width": 40,
                "options": options("metric", Some(held))},
            {"name": "reduce", "label": "Keep of a step", "type": "select", "placeholder": "max", "width": 20,
                "options": options("reduce", Some(held))},
        ]})
    });
    views.collect()
}

/// `POST /metric-payload-options`: the choices of one field of a payload.
pub(crate) fn payload_options(fields: &Map<String, Value>, catalogue: &Catalogue) -> Value {
    let text = |name: &str| fields.get(name).and_then(cell::text).unwrap_or_default();
    let (chosen, _) = choose(&text("metric"), &catalogue.known());
    let held = chosen.first().and_then(|one| catalogue.get(&one.view));
    options(&text("name"), held)
}

fn options(field: &str, held: Option<&Held>) -> Value {
    let names: Vec<&str> = match field {
        "format" => vec!["auto", "series", "table"],
        "reduce" => REDUCERS.iter().map(|(name, _)| *name).collect(),
        "metric" => held.map(Held::metric_names).unwrap_or_default(),
        _ => Vec::new(),
    };
    names.into_iter().map(|name| json!({"label": name, "value": name})).collect()
}

/// `POST /search`, the old list of targets: those that hold the text asked for. With
/// `view:column` it gives that column's values, for SimpleJSON's variables.
pub(crate) fn search(fields: &Map<String, Value>, catalogue: &Catalogue) -> Value {
    let text = fields.get("target").and_then(cell::text).unwrap_or_default();
    let (chosen, _) = choose(&text, &catalogue.columns());
    if chosen.iter().any(|one| one.metric.is_some()) {
        return column_values(&chosen, catalogue).into_iter().map(Value::String).collect();
    }
    let named = |target: &&str| chosen.iter().any(|one| one.view == **target) || target.contains(&text);
    catalogue.targets().filter(named).collect()
}

/// `POST /variable`: `""` lists the targets, a view's target the keys of its rows (for a
/// series without keys: its metrics), `view:column` that column's values.
pub(crate) fn variable(fields: &Map<String, Value>, catalogue: &Catalogue) -> Result<Value, Fault> {
    let asked =
        fields.get("payload").and_then(|payload| payload.get("target")).or_else(|| fields.get("target"));
    let text = asked.and_then(cell::text).unwrap_or_default();
    request::range(fields)?;
    if text.trim().is_empty() {
        return Ok(catalogue.targets().map(option).collect());
    }
    let (chosen, unknown) = choose(&text, &catalogue.columns());
    if chosen.is_empty() {
        let name = unknown.first().map_or(text.as_str(), String::as_str);
        return Err(Fault::Unknown(unknown_text(name, catalogue)));
    }
    Ok(column_values(&chosen, catalogue).iter().map(|value| option(value)).collect())
}

fn option(text: &str) -> Value {
    json!({"__text": text, "__value": text})
}

/// The values that choices stand for, each once, in the order of the rows.
fn column_values(chosen: &[Chosen], catalogue: &Catalogue) -> Vec<String> {
    let mut values = Vec::new();
    for Chosen { view, metric } in chosen {
        let Some(held) = catalogue.get(view) else { continue };
        match metric {
            Some(column) => values.extend(texts(&held.view, held.view.column(column), &[])),
            None => match held.view.keys.first() {
                Some(key) => values.extend(texts(&held.view, Some(*key), &[])),
                None => values.extend(held.metric_names().into_iter().map(str::to_owned)),
            },
        }
    }
    let mut seen = BTreeSet::new();
    values.retain(|value| seen.insert(value.clone()));
    values.truncate(MAX_VALUES);
    values
}

fn texts(view: &View, column: Option<usize>, filters: &[Filter]) -> Vec<String> {
    let Some(column) = column else { return Vec::new() };
    let rows = view.rows.iter().filter(|row| filter::passes(filters, view, row));
    rows.filter_map(|row| cell::text(&row[column])).collect()
}

/// `POST /tag-keys`: every column that can be filtered on, of the views asked about.
pub(crate) fn tag_keys(fields: &Map<String, Value>, catalogue: &Catalogue) -> Value {
    let mut keys: Vec<(&str, &'static str)> = Vec::new();
    for held in asked_about(fields, catalogue) {
        for column in held.view.columns.iter().filter(|column| column.kind != FieldType::Time) {
            if keys.iter().all(|(name, _)| *name != column.name) {
                keys.push((&column.name, column.kind.name()));
            }
        }
    }
    keys.into_iter().map(|(name, kind)| json!({"type": kind, "text": name, "value": name})).collect()
}

/// `POST /tag-values`: the values of a column, in the rows that the other filters leave.
pub(crate) fn tag_values(fields: &Map<String, Value>, catalogue: &Catalogue) -> Result<Value, Fault> {
    let key = fields.get("key").and_then(cell::text).unwrap_or_default();
    let mut filters = request::filters(fields)?;
    filters.retain(|filter| filter.key != key);
    let mut values = Vec::new();
    for held in asked_about(fields, catalogue) {
        values.extend(texts(&held.view, held.view.column(&key), &filters));
    }
    let mut seen = BTreeSet::new();
    values.retain(|value| seen.insert(value.clone()));
    Ok(values.into_iter().take(MAX_VALUES).map(|text| json!({"text": text, "value": text})).collect())
}

/// The views that the panels of a dashboard show; all where Grafana did not say.
fn asked_about<'a>(fields: &Map<String, Value>, catalogue: &'a Catalogue) -> Vec<&'a Held> {
    let queries = fields.get("queries").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    let targets = queries.iter().filter_map(|query| query.get("target").and_then(cell::text));
    let chosen: Vec<Chosen> = targets.flat_map(|target| choose(&target, &catalogue.known()).0).collect();
    let shown = |held: &&Held| chosen.is_empty() || chosen.iter().any(|one| one.view == held.view.target);
    catalogue.views().iter().filter(shown).collect()
}

/// `POST /annotations`, the old form: rows that have a time and a text, of the view that
/// the annotation's query names. Others have none to give.
pub(crate) fn annotations(fields: &Map<String, Value>, catalogue: &Catalogue) -> Result<Value, Fault> {
    let range = request::range(fields)?;
    let annotation = fields.get("annotation").cloned().unwrap_or_default();
    let query = annotation.get("query").and_then(cell::text).unwrap_or_default();
    let (chosen, _) = choose(&query, &catalogue.known());
    let mut notes = Vec::new();
    for one in &chosen {
        let Some(held) = catalogue.get(&one.view) else { continue };
        notes.extend(notes_of(&held.view, range, &annotation));
    }
    Ok(Value::Array(notes))
}

fn notes_of(view: &View, range: Range, annotation: &Value) -> Vec<Value> {
    let named = |name: &str| view.columns.iter().position(|column| column.name.eq_ignore_ascii_case(name));
    let (Some(time), Some(text)) = (named("time").or_else(|| view.time_column()), named("text")) else {
        return Vec::new();
    };
    let mut notes = Vec::new();
    for row in &view.rows {
        let Some(at) = row[time].as_i64().filter(|at| range.holds(*at)) else { continue };
        let mut note = json!({"annotation": annotation, "time": at, "text": row[text],
            "title": named("title").map_or(json!(""), |at| row[at].clone()),
            "tags": named("tags").map_or(json!(""), |at| row[at].clone())});
        if let Some(end) = named("timeEnd").and_then(|end| cell::time(&row[end])) {
            note["timeEnd"] = end.into();
            note["isRegion"] = true.into();
        }
        notes.push(note);
    }
    notes
}
