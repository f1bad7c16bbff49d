//! Frames of all shapes, from views to the JSON that is sent.

mod keyed;

use super::*;
use crate::store::{Role, Store};
use crate::view::View;
use oriel_time::{ProcessingTime, Span};
use serde_json::{Value, json};

const NOW: ProcessingTime = ProcessingTime::from_millis(10_000);
const MINUTE: i64 = 60_000;

fn series() -> Value {
    json!({"id": "counts", "type": "dataResult",
        "data": [{"timestamp": 0, "total": "7", "url": 1}, {"timestamp": MINUTE, "total": 9, "url": 0},
            {"timestamp": 2 * MINUTE, "total": 2, "url": null}],
        "meta": {"kind": "series", "asOf": 17, "watermark": 130_000, "window": {"size": MINUTE, "slide": MINUTE},
            "schema": [{"name": "timestamp", "type": "long"}, {"name": "total", "type": "long"}, {"name": "url", "type": "long"}],
            "state": ["final", "closed", "open"]}})
}

fn top() -> Value {
    json!({"id": "top", "type": "dataResult",
        "data": [{"hashtag": "rust", "count": 24, "label": "0", "rank": 0}, {"hashtag": "go", "count": 9, "label": "1", "rank": 1}],
        "meta": {"kind": "top", "asOf": 17, "window": {"size": 300_000, "slide": 300_000, "start": 0, "end": 300_000, "state": "open"},
            "schema": [{"name": "hashtag", "type": "string"}, {"name": "count", "type": "long"},
                {"name": "label", "type": "string"}, {"name": "rank", "type": "long"}]}})
}

fn store() -> Store {
    let store = Store::new(["http://a".to_owned()], Span::from_millis(60_000));
    store.live(0, Role::Broker);
    for (target, message) in [("t.counts", series()), ("t.top", top())] {
        let view = View::from_message(target, &message.to_string(), NOW).expect("a result");
        store.put(0, view).expect("kept");
    }
    store
}

fn ask(question: Value) -> Result<Vec<Value>, Fault> {
    let question = Question::read(question.to_string().as_bytes())?;
    answer(&question, &store().catalogue(NOW))
}

fn frames(question: Value) -> Vec<Value> {
    ask(question).expect("an answer")
}

fn notices(frame: &Value) -> Vec<&str> {
    let notices = frame["meta"]["notices"].as_array().map(Vec::as_slice).unwrap_or_default();
    notices.iter().filter_map(|notice| notice["text"].as_str()).collect()
}

#[test]
fn a_series_is_one_frame_a_metric_with_numbers_and_the_open_window_marked() {
    let frames = frames(json!({"targets": [{"refId": "A", "target": "t.counts"}]}));
    assert_eq!(frames.len(), 2);
    assert_eq!(frames[0]["target"], "total");
    assert_eq!(frames[0]["datapoints"], json!([[7, 0], [9, MINUTE], [2, 2 * MINUTE]]));
    assert_eq!(frames[1]["datapoints"], json!([[1, 0], [0, MINUTE], [null, 2 * MINUTE]]));
    for frame in &frames {
        assert_eq!(frame["refId"], "A");
        assert_eq!(frame["meta"]["custom"]["openFrom"], 2 * MINUTE);
        assert_eq!(frame["meta"]["custom"]["state"], "open");
    }
    assert!(notices(&frames[0])[0].contains("still counting"));
    assert!(notices(&frames[1]).is_empty(), "said once");
}

#[test]
fn a_top_list_is_a_typed_table() {
    let frames = frames(json!({"targets": [{"refId": "B", "target": "t.top"}]}));
    assert_eq!(
        frames[0]["columns"],
        json!([{"text": "hashtag", "type": "string"}, {"text": "count", "type": "number"},
            {"text": "label", "type": "string"}, {"text": "rank", "type": "number"}])
    );
    assert_eq!(frames[0]["rows"], json!([["rust", 24, "0", 0], ["go", 9, "1", 1]]));
    assert_eq!((&frames[0]["type"], &frames[0]["refId"]), (&json!("table"), &json!("B")));
    assert_eq!(frames[0]["meta"]["custom"]["window"]["start"], 0);
}

#[test]
fn every_target_is_answered_in_order() {
    let frames = frames(json!({"targets": [{"refId": "A", "target": "t.top"}, {"refId": "B", "target": ""},
        {"refId": "C", "target": r"t\.counts:total"}, {"refId": "D", "target": "(t.top|t.counts)"}]}));
    let refs: Vec<_> = frames.iter().map(|frame| frame["refId"].as_str().unwrap_or_default()).collect();
    assert_eq!(refs, ["A", "C", "D", "D", "D"]);
    assert_eq!(frames[3]["tags"], json!({"view": "t.counts"}));
}

#[test]
fn the_form_asked_for_is_given() {
    let table = frames(json!({"targets": [{"refId": "A", "target": "t.counts", "type": "table"}]}));
    assert_eq!(table[0]["columns"][0], json!({"text": "timestamp", "type": "time"}));
    assert_eq!(table[0]["rows"][0], json!([0, 7, 1]));
    let lines =
        frames(json!({"targets": [{"refId": "A", "target": "t.top", "payload": {"format": "series"}}]}));
    assert_eq!(lines.len(), 2);
    assert_eq!((&lines[0]["target"], &lines[0]["datapoints"]), (&json!("rust"), &json!([[24, 0]])));
}

#[test]
fn metrics_are_chosen_by_target_or_payload() {
    let one = frames(json!({"targets": [{"refId": "A", "target": "t.top:count"}]}));
    assert_eq!(one[0]["rows"], json!([["rust", 24], ["go", 9]]));
    let picked = frames(
        json!({"targets": [{"refId": "A", "target": "t.counts", "payload": {"metric": ["url", "nope"]}}]}),
    );
    assert_eq!((picked.len(), &picked[0]["target"]), (1, &json!("url")));
    assert!(notices(&picked[0])[0].contains("unknown metric 'nope' of 't.counts'; known: total, url"));
}

#[test]
fn range_room_and_filters_apply() {
    let target = json!([{"refId": "A", "target": "t.counts:total"}]);
    let ranged = frames(json!({"targets": target, "range": {"from": MINUTE, "to": 2 * MINUTE - 1}}));
    assert_eq!(ranged[0]["datapoints"], json!([[9, MINUTE]]));
    assert_eq!(ranged[0]["meta"]["custom"]["state"], "closed");
    let room = frames(json!({"targets": target, "maxDataPoints": 2}));
    assert_eq!(room[0]["datapoints"], json!([[9, 0], [2, 2 * MINUTE]]));
    let none = frames(json!({"targets": target, "range": {"from": 1, "to": 2}}));
    assert_eq!(none[0]["datapoints"], json!([]));
    let filters = json!([{"key": "hashtag", "operator": "=~", "value": "r.*"}]);
    let filtered = frames(
        json!({"targets": [{"refId": "A", "target": "t.top"}, {"refId": "B", "target": "t.counts:total"}],
        "filters": filters}),
    );
    assert_eq!(filtered[0]["rows"], json!([["rust", 24, "0", 0]]));
    assert_eq!(filtered[1]["datapoints"].as_array().map(Vec::len), Some(3));
    assert!(notices(&filtered[1]).iter().any(|text| text.contains("'hashtag' left out")));
}

#[test]
fn a_top_list_outside_the_range_says_so() {
    let frames = frames(json!({"targets": [{"target": "t.top"}], "range": {"from": 900_000, "to": 999_999}}));
    assert_eq!(frames[0]["rows"].as_array().map(Vec::len), Some(2));
    assert!(notices(&frames[0])[0].contains("the time range is another"));
}

#[test]
fn an_unknown_target_beside_a_known_one_is_an_empty_frame_with_a_notice() {
    let frames =
        frames(json!({"targets": [{"refId": "A", "target": "x"}, {"refId": "B", "target": "t.top"}]}));
    assert_eq!(frames.len(), 2);
    assert_eq!((&frames[0]["refId"], &frames[0]["datapoints"]), (&json!("A"), &json!([])));
    assert_eq!(
        frames[0]["meta"]["notices"],
        json!([{"severity": "warning", "text": "unknown target 'x'; known: t.counts, t.top"}])
    );
}

#[test]
fn none_known_is_404_and_none_asked_is_nothing() {
    let fault = ask(json!({"targets": [{"refId": "A", "target": "x"}, {"refId": "B", "target": "y"}]}));
    assert_eq!(fault, Err(Fault::Unknown("unknown target 'x'; known: t.counts, t.top".to_owned())));
    assert_eq!(ask(json!({"targets": [{"refId": "A", "target": ""}]})), Ok(Vec::new()));
}

#[test]
fn last_rows_carry_a_warning_until_they_are_refused() {
    let question = Question::read(br#"{"targets":[{"refId":"A","target":"t.counts"}]}"#).expect("a question");
    let store = store();
    store.away(0, "connection refused".to_owned(), NOW);
    let stale = answer(&question, &store.catalogue(NOW)).expect("last rows");
    assert!(notices(&stale[0])[0].contains("away since 1970-01-01 00:00:10 UTC"));
    let late = answer(&question, &store.catalogue(ProcessingTime::from_millis(70_001)));
    assert!(matches!(late, Err(Fault::Away(why)) if why.contains("http://a away since")));
}

#[test]
fn rows_with_texts_are_lines_of_their_own() {
    let store = store();
    let rows = json!([{"timestamp": 2, "site": "eu", "n": 1}, {"timestamp": 1, "site": "us", "n": 2},
        {"timestamp": 1, "site": "eu", "n": 3}]);
    store.put(0, View::from_message("t.by", &rows.to_string(), NOW).expect("rows")).expect("kept");
    let question = Question::read(br#"{"targets":[{"refId":"A","target":"t.by"}]}"#).expect("a question");
    let frames = answer(&question, &store.catalogue(NOW)).expect("frames");
    let found: Vec<_> = frames.iter().map(|f| (f["tags"]["site"].clone(), f["datapoints"].clone())).collect();
    assert_eq!(found, [(json!("eu"), json!([[3, 1], [1, 2]])), (json!("us"), json!([[2, 1]]))]);
}
