//! Requests of each generation of plugins, and those that make no sense.

use super::*;
use crate::reduce::Reducer;
use serde_json::json;

fn read(body: Value) -> Result<Question, Fault> {
    Question::read(body.to_string().as_bytes())
}

fn refused(body: &str) -> String {
    match Question::read(body.as_bytes()) {
        Err(Fault::Bad(message)) => message,
        other => panic!("{body} was not refused: {other:?}"),
    }
}

#[test]
fn a_dashboards_request_is_understood() {
    let question = read(json!({"app": "dashboard", "requestId": "SQR101", "timezone": "browser",
        "range": {"from": "2017-05-01T06:22:00.000Z", "to": "2017-05-01T06:23:00.000Z", "raw": {"from": "now-1m"}},
        "intervalMs": 5000, "maxDataPoints": 720,
        "targets": [{"refId": "A", "target": "t.v", "payload": {"format": "table", "metric": ["n"]}, "editorMode": "code"}],
        "filters": [{"key": "page", "operator": "=", "value": "home"}]}))
    .expect("a question");
    assert_eq!(question.range, Range { from: 1_493_619_720_000, to: 1_493_619_780_000 });
    assert_eq!(question.room, Room { interval: 5_000, points: 720 });
    assert_eq!(question.filters.len(), 1);
    let target = &question.targets[0];
    assert_eq!((target.ref_id.as_str(), target.text.as_str()), ("A", "t.v"));
    assert_eq!((target.payload.form, target.payload.metrics.clone()), (Form::Table, vec!["n".to_owned()]));
}

#[test]
fn hidden_empty_and_unchosen_targets_are_left_out() {
    let question = read(json!({"targets": [{"refId": "A", "target": ""}, {"refId": "B", "target": "x", "hide": true},
        {"refId": "C"}, {"refId": "D", "target": "select metric"}, {"refId": "E", "target": "x", "hide": false}]}))
    .expect("a question");
    assert_eq!(question.targets.iter().map(|target| target.ref_id.as_str()).collect::<Vec<_>>(), ["E"]);
    assert_eq!((question.range, question.room), (Range::ALL, Room::ALL));
}

#[test]
fn odd_room_is_clamped() {
    for (interval, points, expected) in [
        (json!(0), json!(0), Room { interval: 1, points: 1 }),
        (json!(0.4), json!("100"), Room { interval: 1, points: 100 }),
        (json!(-5), json!(null), Room { interval: 1, points: usize::MAX }),
        (json!("$__interval_ms"), json!(12.7), Room { interval: 1, points: 12 }),
    ] {
        let question =
            read(json!({"targets": [{"target": "x"}], "intervalMs": interval, "maxDataPoints": points}));
        assert_eq!(question.expect("a question").room, expected);
    }
}

#[test]
fn what_makes_no_sense_is_refused_with_its_reason() {
    assert!(refused("").contains("no body"));
    assert!(refused(" \n").contains("no body"));
    assert!(refused("{}").contains("no body"));
    assert!(refused("{\"range\":{}}").contains("no targets"));
    assert!(refused("{\"targets\":[]}").contains("no targets"));
    assert!(refused("[1]").contains("not a JSON object"));
    assert!(refused("{\"targets\":").contains("not JSON"));
    assert!(refused(r#"{"targets":[{"target":"x"}],"range":{"from":2,"to":1}}"#).contains("from is after"));
    assert!(refused(r#"{"targets":[{"target":"x"}],"range":{"from":"soon"}}"#).contains("range.from"));
    assert!(
        refused(r#"{"targets":[{"target":"x"}],"filters":[{"key":"a","operator":"?"}]}"#)
            .contains("operator")
    );
    let many = json!({"targets": vec![json!({"target": "x"}); 101]}).to_string();
    assert!(refused(&many).contains("too many"));
}

#[test]
fn both_names_of_filters_are_read_once() {
    let filter = json!({"key": "a", "operator": "=", "value": "1"});
    let question = read(json!({"targets": [{"target": "x"}], "filters": [filter],
        "adhocFilters": [filter, {"key": "b", "operator": "=", "value": "1"}]}));
    assert_eq!(question.expect("a question").filters.len(), 2);
}

#[test]
fn payloads_of_all_generations_are_read() {
    for (target, form, reducer, doubts) in [
        (json!({"payload": {"format": "series", "reduce": "last"}}), Form::Series, Reducer::Last, 0),
        (json!({"type": "table"}), Form::Table, Reducer::Max, 0),
        (json!({"type": "timeserie", "payload": {}}), Form::Series, Reducer::Max, 0),
        (json!({"type": "timeserie", "payload": {"format": "table"}}), Form::Table, Reducer::Max, 0),
        (json!({"payload": "", "data": "{\"format\":\"table\"}"}), Form::Table, Reducer::Max, 0),
        (json!({"data": {"reduce": "MIN"}}), Form::Auto, Reducer::Min, 0),
        (json!({"payload": {"format": "pie", "reduce": "median"}}), Form::Auto, Reducer::Max, 2),
    ] {
        let payload = Payload::read(&target);
        assert_eq!(
            (payload.form, payload.reducer, payload.doubts.len()),
            (form, reducer, doubts),
            "{target}"
        );
    }
    assert_eq!(Payload::read(&json!({"payload": {"metric": "(a|b)"}})).metrics, ["a", "b"]);
}
