//! The shapes that Grafana's plugins hand to `toDataFrame`: `target/datapoints` for a
//! line, `columns/rows` for a table.

use oriel_protocol::view::RowState;
use serde_json::{Map, Value, json};

use super::rows::{Group, Rows};
use crate::request::Form;
use crate::view::{self, Column, Kind, View};

/// A remark that Grafana shows in a panel's corner.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Notice {
    severity: &'static str,
    text: String,
}

impl Notice {
    /// Something to know.
    pub(crate) fn info(text: String) -> Notice {
        Notice { severity: "info", text }
    }

    /// Something to act on.
    pub(crate) fn warning(text: String) -> Notice {
        Notice { severity: "warning", text }
    }
}

/// One frame of an answer.
pub(crate) struct Frame {
    /// The target's, echoed.
    pub(crate) ref_id: String,
    /// Remarks on it.
    pub(crate) notices: Vec<Notice>,
    custom: Map<String, Value>,
    body: Map<String, Value>,
}

impl Frame {
    /// A frame that only carries notices.
    pub(crate) fn empty(name: &str) -> Frame {
        Frame::new(object(json!({"target": name, "datapoints": []})), Map::new())
    }

    fn new(body: Map<String, Value>, custom: Map<String, Value>) -> Frame {
        Frame { ref_id: String::new(), notices: Vec::new(), custom, body }
    }

    /// The frame as it is sent.
    pub(crate) fn into_json(self) -> Value {
        let mut body = self.body;
        let mut meta = Map::new();
        if !self.custom.is_empty() {
            meta.insert("custom".to_owned(), Value::Object(self.custom));
        }
        if !self.notices.is_empty() {
            let notices = self.notices.iter().map(|n| json!({"severity": n.severity, "text": n.text}));
            meta.insert("notices".to_owned(), notices.collect());
        }
        body.insert("refId".to_owned(), self.ref_id.into());
        if !meta.is_empty() {
            body.insert("meta".to_owned(), Value::Object(meta));
        }
        Value::Object(body)
    }
}

/// The frames of one view. `tagged` puts the view's name into the tags of its lines, for
/// a target that names several views whose metrics may share names.
pub(crate) fn of_view(view: &View, rows: &Rows, form: Form, metrics: &[String], tagged: bool) -> Vec<Frame> {
    let wanted: Vec<usize> = view
        .metrics()
        .into_iter()
        .filter(|at| metrics.is_empty() || metrics.contains(&view.columns[*at].name))
        .collect();
    match (form, view.time_column()) {
        (Form::Series, Some(time)) if view.kind == Kind::Series => lines(view, rows, &wanted, time, tagged),
        (Form::Series, _) => moments(view, rows, &wanted),
        _ => vec![table(view, rows, metrics, &wanted)],
    }
}

/// One frame a metric and line, named by the metric.
fn lines(view: &View, rows: &Rows, metrics: &[usize], time: usize, tagged: bool) -> Vec<Frame> {
    let mut frames = Vec::new();
    for metric in metrics {
        for Group { labels, lines } in &rows.groups {
            let points: Vec<Value> =
                lines.iter().map(|line| json!([line.cells[*metric], line.cells[time]])).collect();
            let mut body = object(json!({"target": view.columns[*metric].name, "datapoints": points}));
            let mut tags: Map<String, Value> =
                labels.iter().map(|(k, v)| (k.clone(), v.as_str().into())).collect();
            if tagged {
                tags.insert("view".to_owned(), view.target.as_str().into());
            }
            if !tags.is_empty() {
                body.insert("tags".to_owned(), Value::Object(tags));
            }
            frames.push(Frame::new(body, custom(view, rows)));
        }
    }
    frames
}

/// A list drawn as lines: each row is one point at its window's start, named by its key.
fn moments(view: &View, rows: &Rows, metrics: &[usize]) -> Vec<Frame> {
    let start = view.window.as_ref().and_then(|window| window.start);
    let at = start.or(view.watermark).unwrap_or(view.received.millis());
    let keys = view.keys();
    let mut frames = Vec::new();
    for line in rows.groups.iter().flat_map(|group| &group.lines) {
        let key: Vec<&str> = keys.iter().filter_map(|key| line.cells[*key].as_str()).collect();
        let at = view.time_column().and_then(|time| line.cells[time].as_i64()).unwrap_or(at);
        for metric in metrics {
            let name = &view.columns[*metric].name;
            let target = match (key.is_empty(), metrics.len()) {
                (true, _) => name.clone(),
                (false, 1) => key.join(" "),
                (false, _) => format!("{} {name}", key.join(" ")),
            };
            let body = json!({"target": target, "datapoints": [[line.cells[*metric], at]]});
            frames.push(Frame::new(object(body), custom(view, rows)));
        }
    }
    if frames.is_empty() {
        let mut frame = Frame::empty(&view.target);
        frame.custom = custom(view, rows);
        frames.push(frame);
    }
    frames
}

/// Rows as they are; where metrics are named, those and what names a row.
fn table(view: &View, rows: &Rows, named: &[String], wanted: &[usize]) -> Frame {
    let keys = view.keys();
    let shown: Vec<usize> = (0..view.columns.len())
        .filter(|at| {
            named.is_empty() || wanted.contains(at) || keys.contains(at) || Some(*at) == view.time_column()
        })
        .collect();
    let columns: Vec<Value> = shown
        .iter()
        .map(|at| {
            let Column { name, kind } = &view.columns[*at];
            json!({"text": name, "type": kind.name()})
        })
        .collect();
    let mut lines: Vec<_> = rows.groups.iter().flat_map(|group| &group.lines).collect();
    if let (Kind::Series, Some(time)) = (view.kind, view.time_column()) {
        lines.sort_by_key(|line| line.cells[time].as_i64());
    }
    let cells: Vec<Value> =
        lines.iter().map(|line| shown.iter().map(|at| line.cells[*at].clone()).collect()).collect();
    let body = json!({"type": "table", "name": view.target, "columns": columns, "rows": cells});
    Frame::new(object(body), custom(view, rows))
}

/// What Grafana keeps for whoever looks: `meta.custom`.
fn custom(view: &View, rows: &Rows) -> Map<String, Value> {
    let mut custom = object(json!({"view": view.target, "kind": view.kind.name()}));
    let mut put = |name: &str, value: Option<Value>| {
        if let Some(value) = value {
            custom.insert(name.to_owned(), value);
        }
    };
    put("state", state(view, rows).map(Value::from));
    put("openFrom", rows.open_from.map(Value::from));
    put("window", view.window.as_ref().map(view::window_json));
    put("watermark", view.watermark.map(Value::from));
    put("asOf", view.as_of.map(Value::from));
    custom
}

/// `open` if any row's window is; `final` where the message says so; else `closed`, if
/// the message told anything.
fn state(view: &View, rows: &Rows) -> Option<&'static str> {
    let told = view.window.as_ref().and_then(|window| window.state);
    match (rows.open, told) {
        (true, _) => Some("open"),
        (false, Some(RowState::Final)) => Some("final"),
        (false, told) => (told.is_some() || !view.states.is_empty()).then_some("closed"),
    }
}

fn object(value: Value) -> Map<String, Value> {
    match value {
        Value::Object(fields) => fields,
        _ => Map::new(),
    }
}
