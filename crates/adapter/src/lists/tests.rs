//! What editors, variables, filters and annotations are offered.

use super::*;
use crate::store::{Role, Store};
use oriel_time::{ProcessingTime, Span};

fn catalogue() -> Catalogue {
    let now = ProcessingTime::from_millis(0);
    let store = Store::new(["http://a".to_owned()], Span::from_millis(60_000));
    store.live(0, Role::Broker);
    for (target, rows) in [
        ("t.counts", json!([{"timestamp": 1, "total": 2, "url": 0}])),
        (
            "t.top",
            json!([{"hashtag": "rust", "count": 24, "label": "0"}, {"hashtag": "go", "count": 9, "label": "1"}]),
        ),
        ("notes", json!([{"time": 5, "text": "deploy", "tags": "a,b"}, {"time": 50, "text": "late"}])),
    ] {
        store.put(0, View::from_message(target, &rows.to_string(), now).expect("rows")).expect("kept");
    }
    store.catalogue(now)
}

fn fields(value: Value) -> Map<String, Value> {
    value.as_object().cloned().unwrap_or_default()
}

#[test]
fn every_view_is_offered_with_its_payload() {
    let metrics = metrics(&catalogue());
    let values: Vec<_> = metrics.as_array().expect("a list").iter().map(|one| one["value"].clone()).collect();
    assert_eq!(values, ["notes", "t.counts", "t.top"]);
    assert_eq!(metrics[1]["payloads"][1]["options"][1], json!({"label": "url", "value": "url"}));
    let asked = fields(json!({"metric": r"t\.counts", "payload": {}, "name": "metric"}));
    assert_eq!(payload_options(&asked, &catalogue()).as_array().map(Vec::len), Some(2));
    assert_eq!(payload_options(&fields(json!({"name": "nope"})), &catalogue()), json!([]));
}

#[test]
fn search_lists_targets_or_a_columns_values() {
    let search = |target: &str| search(&fields(json!({"target": target})), &catalogue());
    assert_eq!(search(""), json!(["notes", "t.counts", "t.top"]));
    assert_eq!(search("t."), json!(["t.counts", "t.top"]));
    assert_eq!(search(r"t\.top"), json!(["t.top"]));
    assert_eq!(search("t.top:hashtag"), json!(["rust", "go"]));
}

#[test]
fn variables_are_pairs_of_text_and_value() {
    let ask = |payload: Value| variable(&fields(json!({"payload": payload})), &catalogue());
    let pairs =
        |names: &[&str]| Ok(names.iter().map(|name| json!({"__text": name, "__value": name})).collect());
    assert_eq!(ask(json!({"target": ""})), pairs(&["notes", "t.counts", "t.top"]));
    assert_eq!(ask(json!({"target": "t.top"})), pairs(&["rust", "go"]));
    assert_eq!(ask(json!({"target": "t.counts"})), pairs(&["total", "url"]));
    assert_eq!(ask(json!({"target": r"t\.top:count"})), pairs(&["24", "9"]));
    assert_eq!(variable(&Map::new(), &catalogue()), pairs(&["notes", "t.counts", "t.top"]));
    assert!(matches!(ask(json!({"target": "x"})), Err(Fault::Unknown(why)) if why.contains("known: notes")));
}

#[test]
fn tags_are_the_columns_and_the_values_that_other_filters_leave() {
    let keys = tag_keys(&Map::new(), &catalogue());
    assert_eq!(keys[0], json!({"type": "string", "text": "text", "value": "text"}));
    let shown = tag_keys(&fields(json!({"queries": [{"refId": "A", "target": "t.top"}]})), &catalogue());
    let names: Vec<_> = shown.as_array().expect("a list").iter().map(|key| key["text"].clone()).collect();
    assert_eq!(names, ["hashtag", "count", "label"]);
    let values = |body: Value| tag_values(&fields(body), &catalogue()).expect("values");
    assert_eq!(values(json!({"key": "hashtag"})).as_array().map(Vec::len), Some(2));
    let narrowed = json!({"key": "hashtag", "filters": [{"key": "count", "operator": ">", "value": "10"},
        {"key": "hashtag", "operator": "=", "value": "go"}]});
    assert_eq!(values(narrowed), json!([{"text": "rust", "value": "rust"}]));
    assert_eq!(values(json!({})), json!([]));
}

#[test]
fn annotations_are_rows_with_time_and_text_and_nothing_invented() {
    let ask = |query: &str| {
        let body = json!({"range": {"from": 0, "to": 10}, "annotation": {"name": "n", "query": query}});
        annotations(&fields(body), &catalogue()).expect("a list")
    };
    assert_eq!(
        ask("notes"),
        json!([{"annotation": {"name": "n", "query": "notes"}, "time": 5, "text": "deploy", "title": "", "tags": "a,b"}])
    );
    assert_eq!(ask("#deploy"), json!([]));
    assert_eq!(ask("t.counts"), json!([]));
    assert_eq!(annotations(&Map::new(), &catalogue()), Ok(json!([])));
}
