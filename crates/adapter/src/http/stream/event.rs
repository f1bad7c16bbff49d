//! The events of the page's stream.

use axum::response::sse::Event;
use oriel_time::ProcessingTime;
use serde_json::{Value, json};

use crate::store::{Entry, Health, Standing};
use crate::view;

/// A view's newest result. Its text is written once, whoever comes first, and shared.
pub(super) fn view(entry: &Entry) -> Event {
    Event::default().event("view").data(entry.told.get_or_init(|| view_text(entry)))
}

/// A view that is no longer there.
pub(super) fn gone(target: &str) -> Event {
    Event::default().event("gone").data(json!({"target": target}).to_string())
}

/// How the upstreams are.
pub(super) fn status(standings: &[Standing], now: ProcessingTime) -> Event {
    let told = json!({"now": now.millis(), "upstreams": upstreams(standings)});
    Event::default().event("status").data(told.to_string()).retry(std::time::Duration::from_secs(1))
}

/// What is compared to see whether anything changed.
pub(super) fn status_text(standings: &[Standing]) -> String {
    upstreams(standings).to_string()
}

fn upstreams(standings: &[Standing]) -> Value {
    let told = standings.iter().map(|standing| {
        let (state, since) = match standing.health {
            Health::Awaited => ("awaited", None),
            Health::Live => ("live", None),
            Health::Away { since } => ("away", Some(since.millis())),
        };
        json!({"url": standing.url, "role": standing.role.map(|role| role.name()), "state": state,
            "since": since, "why": standing.why})
    });
    told.collect()
}

fn view_text(entry: &Entry) -> String {
    let view = &entry.view;
    let columns = view.columns.iter().map(|column| json!({"name": column.name, "type": column.kind.name()}));
    json!({
        "target": view.target,
        "kind": view.kind.name(),
        "columns": columns.collect::<Value>(),
        "keys": view.keys(),
        "metrics": view.metrics(),
        "rows": view.rows,
        "open": (0..view.rows.len()).map(|row| view.is_open(row)).collect::<Value>(),
        "window": view.window.as_ref().map(view::window_json),
        "watermark": view.watermark,
        "asOf": view.as_of,
        "received": view.received.millis(),
        "missing": entry.missing.map(ProcessingTime::millis),
    })
    .to_string()
}
