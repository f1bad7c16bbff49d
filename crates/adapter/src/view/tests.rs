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
    assert_eq!((view.is_open(0), view.is_open(1)), (false, true));
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
        json!({"seq": 1, "window": {"start": 0, "end": 1}, "key": null, "timing": "LATE", "index": 0, "is_last": true, "value": {"n": 1}}),
        json!({"watermark": 5, "partitions": [{"name": "a", "state": "idle", "watermark": 5, "largest": 6, "holds": true}]}),
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

/// A series by key, with a metric that is text.
fn by_site() -> Value {
    json!({"id": "s", "type": "dataResult",
        "data": [{"timestamp": 0, "site": "eu", "n": 1, "last": "x"}, {"timestamp": 0, "site": null, "n": 2, "last": "y"},
            {"timestamp": 0, "site": "", "n": 3, "last": "x"}, {"timestamp": 0, "site": "null", "n": 4, "last": null}],
        "meta": {"kind": "series", "counting": "capped", "keys": ["site"], "inexact": [false, true, false, false],
            "schema": [{"name": "timestamp", "type": "long"}, {"name": "site", "type": "string"},
                {"name": "n", "type": "double", "error": "1 %"}, {"name": "last", "type": "string"}]}})
}

#[test]
fn the_keys_that_a_message_names_are_its_only_ones() {
    let view = read(by_site()).expect("a result");
    assert_eq!((&view.keys[..], &view.metrics()[..], &view.numbers()[..]), (&[1][..], &[2, 3][..], &[2][..]));
    assert_eq!(view.counting, Some(Counting::Capped));
    assert_eq!(view.columns[2].error.as_deref(), Some("1 %"));
    let mut unnamed = by_site();
    unnamed["meta"]["keys"] = json!([]);
    assert_eq!(read(unnamed).expect("a result").keys, [1, 3]);
}

#[test]
fn rows_of_one_time_and_other_keys_stay_apart_with_what_stands_beside_them() {
    let view = read(by_site()).expect("a result");
    let sites: Vec<_> = view.rows.iter().map(|row| row[1].clone()).collect();
    assert_eq!(sites.len(), 4, "null, the empty text and the text null are three keys");
    let inexact: Vec<_> = view.rows.iter().zip(&view.beside).filter(|(_, beside)| beside.inexact).collect();
    assert_eq!(inexact[0].0[1], json!(null));
    assert_eq!(inexact.len(), 1);
}

#[test]
fn the_ends_of_sessions_are_a_column_and_each_is_open_for_itself() {
    let view = read(json!({"id": "s", "type": "dataResult",
        "data": [{"timestamp": 9, "user": "b", "n": 1}, {"timestamp": 5, "user": "a", "n": 2}],
        "meta": {"kind": "series", "window": {"gap": 10}, "end": [25, 15], "state": ["open", "final"],
            "schema": [{"name": "timestamp", "type": "long"}, {"name": "user", "type": "string"}, {"name": "n", "type": "long"}]}}))
    .expect("a result");
    assert_eq!(columns(&view)[..2], [("timestamp", FieldType::Time), ("end", FieldType::Time)]);
    assert_eq!(
        view.rows,
        [vec![json!(5), json!(15), json!("a"), json!(2)], vec![json!(9), json!(25), json!("b"), json!(1)]]
    );
    assert_eq!((view.is_open(0), view.is_open(1)), (false, true));
    assert_eq!((view.end_column(), &view.keys[..]), (Some(1), &[2][..]));
}

#[test]
fn a_top_list_knows_its_bound_its_ranks_and_its_order() {
    let message = |counting: &str| {
        json!({"id": "t", "type": "dataResult",
        "data": [{"ad": "acme", "page": "a", "n": 3, "error": 1, "label": "0", "rank": 0}],
        "meta": {"kind": "top", "counting": counting, "entered": [true], "previous_rank": [4], "order": "ascending", "ranked_by": "n",
            "window": {"global": true},
            "schema": [{"name": "ad", "type": "string"}, {"name": "page", "type": "string"}, {"name": "n", "type": "long"},
                {"name": "label", "type": "string"}, {"name": "rank", "type": "long"}, {"name": "error", "type": "long"}]}})
    };
    let view = read(message("spaceSaving")).expect("a result");
    assert_eq!((view.bound_column(), view.metrics(), view.keys.clone()), (Some(5), vec![2], vec![0, 1]));
    assert_eq!((view.ascending, view.ranked_by, view.is_global()), (true, Some(2), true));
    assert_eq!((view.beside[0].entered, view.beside[0].previous_rank), (true, Some(4)));
    let exact = read(message("exact")).expect("a result");
    assert_eq!((exact.bound_column(), exact.metrics()), (None, vec![2, 5]), "a metric may have that name");
}

#[test]
fn what_a_later_version_sends_is_shown_as_rows() {
    let view = read(json!({"id": "c", "type": "dataResult", "data": [{"time": 1, "n": 2}],
        "meta": {"kind": "cube", "schema": [{"name": "time", "type": "instant"}, {"name": "n", "type": "long"}],
            "counting": "sampled", "state": ["held"], "entered": [true, false]}}))
    .expect("a result");
    assert_eq!((view.kind, view.counting, view.is_open(0)), (Kind::Table, Some(Counting::Other), false));
    assert!(!view.beside[0].entered, "a list of another length is of other rows");
    let timeless = read(json!({"id": "s", "type": "dataResult", "data": [{"n": 2}],
        "meta": {"kind": "series", "schema": [{"name": "n", "type": "long"}]}}));
    assert_eq!(timeless.expect("a result").kind, Kind::Table);
}
