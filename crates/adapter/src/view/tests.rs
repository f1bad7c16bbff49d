//! Messages of the stream, of the original, and of others.

use super::*;
use serde_json::json;

const NOW: ProcessingTime = ProcessingTime::from_millis(1_000);

fn read(message: Value) -> Option<View> {
    View::from_message("t.v", &message.to_string(), NOW)
}

fn columns(view: &View) -> Vec<(&str, FieldType)> {
    view.columns.iter().map(|column| (column.name.as_str(), column.kind)).collect()
}

#[test]
fn a_series_takes_kind_types_and_states_from_its_meta() {
    let view = read(json!({"id": "s", "type": "dataResult", "countdown": 1,
        "data": [{"timestamp": 60_000, "total": 12}, {"timestamp": 120_000, "total": 3}],
        "meta": {"kind": "series", "schema": [{"name": "timestamp", "type": "long"}, {"name": "total", "type": "long"}],
            "window": {"size": 60_000, "slide": 60_000}, "watermark": 121_000, "asOf": 7, "run": 1,
            "revision": [1, 0], "state": ["final", "open"]}}))
    .expect("a result");
    assert_eq!(view.kind, Kind::Series);
    assert_eq!(columns(&view), [("timestamp", FieldType::Time), ("total", FieldType::Number)]);
    assert_eq!(view.rows, [vec![json!(60_000), json!(12)], vec![json!(120_000), json!(3)]]);
    assert_eq!((view.is_open(0), view.is_open(1)), (false, true));
    assert_eq!((view.watermark, view.as_of), (Some(121_000), Some(7)));
}

#[test]
fn the_originals_strings_become_numbers_except_the_label() {
    let view = read(json!({"id": "1", "type": "dataResult", "countdown": "3",
        "data": [{"hashtag": "42", "count": "24", "label": "0"}, {"hashtag": "rust", "count": "9", "label": "1"}]}))
    .expect("a result");
    assert_eq!(view.kind, Kind::Table);
    assert_eq!(
        columns(&view),
        [("hashtag", FieldType::Text), ("count", FieldType::Number), ("label", FieldType::Text)]
    );
    assert_eq!(view.rows[0], [json!("42"), json!(24), json!("0")]);
}

#[test]
fn the_originals_series_is_known_by_its_timestamps() {
    let view = read(json!([
        {"timestamp": "120000", "total": "5"}, {"timestamp": "60000", "total": null},
        {"timestamp": "60000", "total": "4"}
    ]))
    .expect("rows");
    assert_eq!(view.kind, Kind::Series);
    assert_eq!(view.rows, [vec![json!(60_000), json!(4)], vec![json!(120_000), json!(5)]]);
}

#[test]
fn sorting_keeps_each_rows_state() {
    let view = read(json!({"id": "s", "type": "dataResult",
        "data": [{"timestamp": 2, "n": 1}, {"timestamp": 1, "n": 2}],
        "meta": {"kind": "series", "schema": [{"name": "timestamp", "type": "long"}, {"name": "n", "type": "long"}],
            "asOf": 1, "state": ["open", "final"]}}))
    .expect("a result");
    assert_eq!(view.states, [RowState::Final, RowState::Open]);
}

#[test]
fn a_declared_number_is_a_number_whatever_arrived() {
    let view = read(json!({"id": "t", "type": "dataResult", "data": [{"k": 5, "n": "7", "x": "?"}],
        "meta": {"kind": "top", "asOf": 1, "schema": [{"name": "k", "type": "string"},
            {"name": "n", "type": "long"}, {"name": "x", "type": "double"}],
            "window": {"size": 5, "slide": 5, "start": 0, "end": 5, "state": "open"}}}))
    .expect("a result");
    assert_eq!(view.kind, Kind::Top);
    assert_eq!(view.rows[0], [json!("5"), json!(7), json!(null)]);
    assert!(view.is_open(0));
}

#[test]
fn other_traffic_is_no_view() {
    for message in [
        json!(null),
        json!(7),
        json!("hello"),
        json!([1, 2]),
        json!([{"a": 1}, "b"]),
        json!({"a": 1}),
        json!({"id": "q", "type": "dataQuery", "data": {"fields": []}}),
        json!({"id": "q", "type": "schemaResult", "data": [{"schemaType": "snapshot"}]}),
        json!({"id": "q", "type": "error", "code": "unknown_view", "message": "x"}),
        json!({"id": "q", "type": "dataResult", "data": {"a": 1}}),
    ] {
        assert_eq!(read(message.clone()), None, "{message}");
    }
    assert_eq!(View::from_message("t", "{broken", NOW), None);
}

#[test]
fn a_result_inside_a_string_is_a_result() {
    let inner = json!({"id": "1", "type": "dataResult", "data": [{"a": "1"}]}).to_string();
    assert_eq!(read(json!(inner)).expect("a result").rows, [vec![json!(1)]]);
}

#[test]
fn a_result_without_rows_is_an_empty_view() {
    let view = read(json!({"id": "1", "type": "dataResult", "data": []})).expect("a result");
    assert_eq!((view.kind, view.rows.len(), view.columns.len()), (Kind::Table, 0, 0));
}
