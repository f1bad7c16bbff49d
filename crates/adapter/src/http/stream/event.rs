//! The events of the page's stream.

use axum::response::sse::Event;
use oriel_time::ProcessingTime;
use serde_json::{Value, json};

use crate::lines::{self, Name, Places};
use crate::store::{Entry, Health, Standing};
use crate::view::{self, Kind, View};

/// The page draws this many lines: as many as it has colours that can be told apart.
const MAX_LINES: usize = 6;
/// The page lists this many rows: nobody reads more of them live.
const MAX_ROWS: usize = 200;

/// A view's newest result, as far as the page shows it. Its text is written once, whoever comes first, and shared.
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
    let columns = view
        .columns
        .iter()
        .map(|column| json!({"name": column.name, "type": column.kind.name(), "error": column.error}));
    let (lines, left_out, places) = shown(view);
    let rows: Value = places.iter().map(|place| json!(view.rows[*place])).collect();
    let beside = || places.iter().map(|place| &view.beside[*place]);
    json!({
        "target": view.target,
        "kind": view.kind.name(),
        "columns": columns.collect::<Value>(),
        "keys": view.keys,
        "metrics": view.metrics(),
        "numbers": view.numbers(),
        "end": view.end_column(),
        "bound": view.bound_column(),
        "rankedBy": view.ranked_by,
        "ascending": view.ascending,
        "counting": view.counting,
        "lines": lines,
        "leftOut": left_out,
        "rows": rows,
        "open": places.iter().map(|place| view.is_open(*place)).collect::<Value>(),
        "inexact": beside().map(|row| row.inexact).collect::<Value>(),
        "entered": beside().map(|row| row.entered).collect::<Value>(),
        "previousRank": beside().map(|row| row.previous_rank).collect::<Value>(),
        "window": view.window.as_ref().map(view::window_json),
        "watermark": view.watermark,
        "asOf": view.as_of,
        "received": view.received.millis(),
        "missing": entry.missing.map(ProcessingTime::millis),
    })
    .to_string()
}

/// What of a view the page is told: the lines of a series, largest first; how many more
/// lines or rows there are; and the places of the rows, in their order.
fn shown(view: &View) -> (Vec<Name>, usize, Places) {
    if view.kind != Kind::Series || view.keys.is_empty() {
        let told = if view.kind == Kind::Series { view.rows.len() } else { MAX_ROWS.min(view.rows.len()) };
        return (Vec::new(), view.rows.len() - told, (0..told).collect());
    }
    let lines = lines::of(view, 0..view.rows.len());
    let number = lines.len();
    let most = if view.is_global() { MAX_ROWS } else { MAX_LINES };
    let largest = lines::largest(view, lines, view.numbers().first().copied(), most);
    let left_out = number - largest.len();
    let (names, places): (Vec<Name>, Vec<Places>) = largest.into_iter().unzip();
    let mut places: Places = places.into_iter().flatten().collect();
    places.sort_unstable();
    (names, left_out, places)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(view: Value) -> Value {
        let message = json!({"id": "v", "type": "dataResult", "data": view["data"], "meta": view["meta"]});
        let view = View::from_message("t.v", &message.to_string(), ProcessingTime::from_millis(9));
        let view = std::sync::Arc::new(view.expect("a result"));
        let entry = Entry { view, version: 1, revision: 0, missing: None, told: std::sync::Arc::default() };
        serde_json::from_str(&view_text(&entry)).expect("JSON")
    }

    fn series(window: Value, keys: i64) -> Value {
        let rows: Vec<Value> = (0..2 * keys)
            .map(|n| json!({"timestamp": n / keys, "k": format!("k{}", n % keys), "n": n % keys}))
            .collect();
        json!({"data": rows, "meta": {"kind": "series", "counting": "exact", "keys": ["k"], "window": window,
            "schema": [{"name": "timestamp", "type": "long"}, {"name": "k", "type": "string"}, {"name": "n", "type": "long", "error": "1 %"}]}})
    }

    #[test]
    fn of_a_series_by_key_the_page_gets_the_largest_lines() {
        let view = told(series(json!({"size": 1, "slide": 1}), 9));
        assert_eq!(view["lines"], json!([["k8"], ["k7"], ["k6"], ["k5"], ["k4"], ["k3"]]));
        assert_eq!((&view["leftOut"], view["rows"].as_array().map(Vec::len)), (&json!(3), Some(12)));
        assert_eq!((&view["rows"][0], &view["rows"][11]), (&json!([0, "k3", 3]), &json!([1, "k8", 8])));
        assert_eq!((&view["counting"], &view["columns"][2]["error"]), (&json!("exact"), &json!("1 %")));
        let global = told(series(json!({"global": true}), 9));
        assert_eq!((global["lines"].as_array().map(Vec::len), &global["leftOut"]), (Some(9), &json!(0)));
    }

    #[test]
    fn of_a_list_the_page_gets_the_first_rows_with_their_moves() {
        let rows: Vec<Value> = (0..250).map(|n| json!({"k": n.to_string(), "n": n, "rank": n})).collect();
        let view = told(
            json!({"data": rows, "meta": {"kind": "top", "entered": vec![true; 250], "previous_rank": vec![Some(3); 250],
            "order": "ascending", "schema": [{"name": "k", "type": "string"}, {"name": "n", "type": "long"}, {"name": "rank", "type": "long"}]}}),
        );
        assert_eq!((view["rows"].as_array().map(Vec::len), &view["leftOut"]), (Some(200), &json!(50)));
        assert_eq!(
            (&view["entered"][0], &view["previousRank"][0], &view["ascending"]),
            (&json!(true), &json!(3), &json!(true))
        );
    }
}
