//! The shapes that Grafana's plugins hand to `toDataFrame`: `target/datapoints` for a
//! line, `columns/rows` for a table.

use oriel_protocol::view::RowState;
use serde_json::{Map, Value, json};

use super::frame::{Frame, object};
use super::rows::{Group, Rows, Wish};
use crate::lines::told;
use crate::request::Form;
use crate::view::{self, Column, Kind, View};

/// The frames of one view. `tagged` puts the view's name into the tags of its lines, for
/// a target that names several views whose metrics may share names.
pub(crate) fn of_view(view: &View, rows: &Rows, wish: &Wish, named: bool, tagged: bool) -> Vec<Frame> {
    let numbers: Vec<usize> = view.numbers().into_iter().filter(|at| wish.metrics.contains(at)).collect();
    match (wish.form, view.time_column()) {
        // Texts cannot be drawn.
        (Form::Series, _) if numbers.is_empty() && !wish.metrics.is_empty() => {
            vec![table(view, rows, wish, named)]
        }
        (Form::Series, Some(time)) if view.kind == Kind::Series => {
            lines(view, rows, wish, &numbers, time, tagged)
        }
        (Form::Series, _) => moments(view, rows, wish, &numbers),
        _ => vec![table(view, rows, wish, named)],
    }
}

/// One frame a metric and line, named by the metric.
fn lines(view: &View, rows: &Rows, wish: &Wish, numbers: &[usize], time: usize, tagged: bool) -> Vec<Frame> {
    let mut frames = Vec::new();
    for metric in numbers {
        let metric_name = &view.columns[*metric].name;
        for group in &rows.groups {
            let points: Vec<Value> =
                group.points.iter().map(|point| json!([point.cells[*metric], point.cells[time]])).collect();
            let mut body = object(json!({"target": metric_name, "datapoints": points}));
            let tags = tags(view, group, tagged);
            if let Some(title) = title(view, group, metric_name, tagged) {
                body.insert("title".to_owned(), title.into());
            }
            if !tags.is_empty() {
                body.insert("tags".to_owned(), Value::Object(tags));
            }
            frames.push(Frame::new(body, custom(view, wish, std::slice::from_ref(group))));
        }
    }
    frames
}

/// The keys of a line. None may be empty: a panel would take the line for one without.
fn tags(view: &View, group: &Group, tagged: bool) -> Map<String, Value> {
    let name = |at: &usize| view.columns[*at].name.clone();
    let keys = view.keys.iter().map(name).zip(&group.name);
    let mut tags: Map<String, Value> = keys.map(|(name, key)| (name, told(key.as_deref()).into())).collect();
    if tagged {
        tags.entry("view").or_insert_with(|| view.target.as_str().into());
    }
    tags
}

/// A panel names lines by what differs between them: the metric, and the one tag that each
/// has. Of several tags it makes a name like `{a="b", c="d"}`, so it is told a better one.
fn title(view: &View, group: &Group, metric: &str, tagged: bool) -> Option<String> {
    let keys: Vec<&str> = group.name.iter().map(|key| told(key.as_deref())).collect();
    match (keys.len(), tagged) {
        (0, _) | (1, false) => None,
        (_, false) => Some(format!("{metric} {}", keys.join(" "))),
        (_, true) => Some(format!("{}:{metric} {}", view.target, keys.join(" "))),
    }
}

/// A list drawn as lines: each row is one point at its window's start, named by its key.
fn moments(view: &View, rows: &Rows, wish: &Wish, numbers: &[usize]) -> Vec<Frame> {
    let received = view.received.millis();
    let start = view.window.as_ref().and_then(|window| window.start);
    // The watermark of a stream that has ended is ahead of every clock.
    let at = start.or(view.watermark.filter(|watermark| *watermark <= received)).unwrap_or(received);
    let mut frames = Vec::new();
    for point in rows.groups.iter().flat_map(|group| &group.points) {
        let key: Vec<&str> = view.keys.iter().map(|key| told(point.cells[*key].as_str())).collect();
        let at = view.time_column().and_then(|time| point.cells[time].as_i64()).unwrap_or(at);
        for metric in numbers {
            let name = &view.columns[*metric].name;
            let target = match (key.is_empty(), numbers.len()) {
                (true, _) => name.clone(),
                (false, 1) => key.join(" "),
                (false, _) => format!("{} {name}", key.join(" ")),
            };
            let body = json!({"target": target, "datapoints": [[point.cells[*metric], at]]});
            frames.push(Frame::new(object(body), custom(view, wish, &rows.groups)));
        }
    }
    if frames.is_empty() {
        let mut frame = Frame::empty(&view.target);
        frame.custom = custom(view, wish, &rows.groups);
        frames.push(frame);
    }
    frames
}

/// Rows as they are; where metrics are named, those and what names and bounds a row.
fn table(view: &View, rows: &Rows, wish: &Wish, named: bool) -> Frame {
    let beside = [view.time_column(), view.end_column(), view.bound_column()];
    let shown: Vec<usize> = (0..view.columns.len())
        .filter(|at| {
            !named || wish.metrics.contains(at) || view.keys.contains(at) || beside.contains(&Some(*at))
        })
        .collect();
    let columns: Vec<Value> = shown.iter().map(|at| heading(&view.columns[*at])).collect();
    let mut points: Vec<_> = rows.groups.iter().flat_map(|group| &group.points).collect();
    if let (Kind::Series, Some(time)) = (view.kind, view.time_column()) {
        points.sort_by_key(|point| point.cells[time].as_i64());
    }
    let cells: Vec<Value> =
        points.iter().map(|point| shown.iter().map(|at| point.cells[*at].clone()).collect()).collect();
    let body = json!({"type": "table", "name": view.target, "columns": columns, "rows": cells});
    Frame::new(object(body), custom(view, wish, &rows.groups))
}

/// What Grafana does not know of a column it takes for the field's configuration; its
/// description is shown at the heading.
fn heading(column: &Column) -> Value {
    let mut heading = json!({"text": column.name, "type": column.kind.name()});
    if let Some(error) = &column.error {
        heading["description"] = format!("estimated: {error}").into();
    }
    heading
}

/// What Grafana keeps for whoever looks: `meta.custom`.
fn custom(view: &View, wish: &Wish, groups: &[Group]) -> Map<String, Value> {
    let mut custom = object(json!({"view": view.target, "kind": view.kind.name()}));
    let mut put = |name: &str, value: Option<Value>| {
        if let Some(value) = value {
            custom.insert(name.to_owned(), value);
        }
    };
    let stated = wish.metrics.iter().map(|metric| &view.columns[*metric]);
    let errors: Map<String, Value> =
        stated.filter_map(|column| Some((column.name.clone(), column.error.clone()?.into()))).collect();
    put("state", state(view, groups).map(Value::from));
    put("openFrom", groups.iter().filter_map(|group| group.open_from(view)).min().map(Value::from));
    put("window", view.window.as_ref().map(view::window_json));
    put("watermark", view.watermark.map(Value::from));
    put("asOf", view.as_of.map(Value::from));
    put("counting", view.counting.and_then(|counting| serde_json::to_value(counting).ok()));
    put("errors", (!errors.is_empty()).then_some(Value::Object(errors)));
    custom
}

/// `open` if any row's window is; `final` where the message says so; else `closed`, if
/// the message told anything.
fn state(view: &View, groups: &[Group]) -> Option<&'static str> {
    let told = view.window.as_ref().and_then(|window| window.state);
    match (groups.iter().any(Group::is_open), told) {
        (true, _) => Some("open"),
        (false, Some(RowState::Final)) => Some("final"),
        (false, told) => {
            (told.is_some() || view.beside.iter().any(|row| row.state.is_some())).then_some("closed")
        }
    }
}
