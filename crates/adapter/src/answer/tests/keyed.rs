//! Frames of views with keys, of sessions and of the window over all of time.

use super::*;

/// The frames of one target over one more view.
fn over(view: Value, mut question: Value) -> Vec<Value> {
    let store = store();
    store.put(0, View::from_message("t.by", &view.to_string(), NOW).expect("rows")).expect("kept");
    if question["targets"].is_null() {
        question["targets"] = json!([{"refId": "A", "target": "t.by"}]);
    }
    let question = Question::read(question.to_string().as_bytes()).expect("a question");
    answer(&question, &store.catalogue(NOW)).expect("frames")
}

/// A series by `site`: each of the keys in each of the windows.
fn by_site(keys: &[Value], windows: i64) -> Value {
    let row = |window: i64, (at, key): (usize, &Value)| json!({"timestamp": window * MINUTE, "site": key, "total": 10 * at + window as usize, "url": 1});
    let rows: Vec<Value> =
        (0..windows).flat_map(|w| keys.iter().enumerate().map(move |key| row(w, key))).collect();
    let states: Vec<&str> = rows
        .iter()
        .map(|row| if row["timestamp"] == (windows - 1) * MINUTE { "open" } else { "final" })
        .collect();
    json!({"id": "by", "type": "dataResult", "data": rows, "meta": {"kind": "series", "counting": "exact", "keys": ["site"],
        "window": {"size": MINUTE, "slide": MINUTE}, "state": states,
        "schema": [{"name": "timestamp", "type": "long"}, {"name": "site", "type": "string"},
            {"name": "total", "type": "long"}, {"name": "url", "type": "long"}]}})
}

fn keys(number: usize) -> Vec<Value> {
    (0..number).map(|n| json!(format!("k{n:04}"))).collect()
}

#[test]
fn a_series_by_key_is_a_frame_for_each_metric_and_key() {
    let frames =
        over(by_site(&[json!("eu"), json!("us")], 2), json!({"targets": [{"refId": "A", "target": "t.by"}]}));
    let found: Vec<_> = frames
        .iter()
        .map(|f| (f["target"].as_str().unwrap_or_default(), f["tags"]["site"].as_str().unwrap_or_default()))
        .collect();
    assert_eq!(found, [("total", "eu"), ("total", "us"), ("url", "eu"), ("url", "us")]);
    assert_eq!(frames[1]["datapoints"], json!([[10, 0], [11, MINUTE]]));
    assert_eq!(frames[1]["meta"]["custom"]["openFrom"], MINUTE);
    assert_eq!(frames[1]["meta"]["custom"]["counting"], "exact");
    assert_eq!(notices(&frames[0]).len(), 1, "only that windows are open");
    let one = over(
        by_site(&[json!("eu"), json!("us")], 2),
        json!({"targets": [{"refId": "A", "target": "t.by:url"}],
        "filters": [{"key": "site", "operator": "=", "value": "us"}]}),
    );
    assert_eq!((one.len(), &one[0]["target"], &one[0]["tags"]), (1, &json!("url"), &json!({"site": "us"})));
}

#[test]
fn null_and_the_empty_text_are_lines_of_their_own() {
    let frames = over(
        by_site(&[json!(null), json!(""), json!("eu")], 1),
        json!({"targets": [{"refId": "A", "target": "t.by:total"}]}),
    );
    let found: Vec<_> =
        frames.iter().map(|f| (f["tags"]["site"].clone(), f["datapoints"][0][0].clone())).collect();
    assert_eq!(found, [(json!("(none)"), json!(0)), (json!("(empty)"), json!(10)), (json!("eu"), json!(20))]);
}

#[test]
fn lines_of_several_views_are_named_by_all_that_differs() {
    let frames = over(
        by_site(&[json!("eu")], 1),
        json!({"targets": [{"refId": "A", "target": "(t.by|t.counts):total"}]}),
    );
    assert_eq!(
        (&frames[0]["title"], &frames[0]["tags"]),
        (&json!("t.by:total eu"), &json!({"site": "eu", "view": "t.by"}))
    );
    assert_eq!((&frames[1]["title"], &frames[1]["tags"]), (&json!(null), &json!({"view": "t.counts"})));
}

#[test]
fn too_many_lines_are_cut_to_the_largest_and_it_is_said() {
    let frames = over(by_site(&keys(1_234), 2), json!({}));
    assert_eq!(frames.len(), 100, "fifty keys of two metrics");
    assert_eq!((&frames[0]["tags"]["site"], &frames[49]["tags"]["site"]), (&json!("k1184"), &json!("k1233")));
    let said = notices(&frames[0]).join("; ");
    assert!(said.contains("the 50 largest of 1234 lines, by the sum of total; 1184 are left out"), "{said}");
    let table = over(
        by_site(&keys(1_234), 2),
        json!({"targets": [{"refId": "A", "target": "t.by", "type": "table"}]}),
    );
    assert_eq!(table[0]["rows"].as_array().map(Vec::len), Some(2_468));
    assert!(!notices(&table[0]).join("; ").contains("left out"));
}

#[test]
fn room_is_for_each_key_and_no_key_takes_anothers_points() {
    let frames = over(
        by_site(&keys(3), 4),
        json!({"targets": [{"refId": "A", "target": "t.by:total"}], "maxDataPoints": 2}),
    );
    let points: Vec<_> = frames.iter().map(|frame| frame["datapoints"].clone()).collect();
    let kept = |base: i64| json!([[base + 2, 0], [base + 3, 3 * MINUTE]]);
    assert_eq!(points, [kept(0), kept(10), kept(20)]);
    let roomy = over(
        by_site(&keys(50), 4),
        json!({"targets": [{"refId": "A", "target": "t.by:total"}], "maxDataPoints": 4}),
    );
    assert_eq!(roomy[49]["datapoints"].as_array().map(Vec::len), Some(4));
}

#[test]
fn sessions_have_ends_and_are_open_one_by_one() {
    let sessions = json!({"id": "by", "type": "dataResult",
        "data": [{"timestamp": 0, "user": "a", "n": 3}, {"timestamp": 5, "user": "b", "n": 1}, {"timestamp": MINUTE, "user": "a", "n": 2}],
        "meta": {"kind": "series", "counting": "exact", "window": {"gap": 1_000}, "end": [1_500, 90_000, 61_000], "state": ["final", "open", "closed"],
            "schema": [{"name": "timestamp", "type": "long"}, {"name": "user", "type": "string"}, {"name": "n", "type": "long"}]}});
    let frames = over(sessions.clone(), json!({}));
    assert_eq!(frames[0]["datapoints"], json!([[3, 0], [2, MINUTE]]));
    let custom: Vec<_> = frames
        .iter()
        .map(|f| (f["meta"]["custom"]["state"].clone(), f["meta"]["custom"]["openFrom"].clone()))
        .collect();
    assert_eq!(custom, [(json!("closed"), json!(null)), (json!("open"), json!(5))]);
    assert!(notices(&frames[0])[0].contains("sessions are open, 1 of them"));
    let table =
        over(sessions.clone(), json!({"targets": [{"refId": "A", "target": "t.by:n", "type": "table"}]}));
    assert_eq!(table[0]["columns"][1], json!({"text": "end", "type": "time"}));
    assert_eq!(table[0]["rows"][1], json!([5, 90_000, "b", 1]));
    let one = over(
        sessions,
        json!({"targets": [{"refId": "A", "target": "t.by", "type": "table"}], "maxDataPoints": 1}),
    );
    assert_eq!(
        one[0]["rows"],
        json!([[0, 61_000, "a", 3], [0, 90_000, "b", 1]]),
        "the last end of what was reduced"
    );
}

#[test]
fn the_window_over_all_of_time_is_in_every_range() {
    let global = json!({"id": "by", "type": "dataResult", "data": [{"timestamp": 500, "n": 3}],
        "meta": {"kind": "series", "window": {"global": true}, "state": ["open"],
            "schema": [{"name": "timestamp", "type": "long"}, {"name": "n", "type": "long"}]}});
    let within = over(global.clone(), json!({"range": {"from": 0, "to": 1_000}}));
    assert_eq!((&within[0]["datapoints"], notices(&within[0]).len()), (&json!([[3, 500]]), 0));
    let outside = over(global, json!({"range": {"from": 1_000, "to": 2_000}}));
    assert_eq!(outside[0]["datapoints"], json!([[3, 500]]));
    assert!(notices(&outside[0])[0].contains("one window over all of time"), "{outside:?}");
}

/// The two largest pages of each advertiser, by the second metric, counted by Space-Saving.
fn per_ad() -> Value {
    json!({"id": "by", "type": "dataResult",
        "data": [{"ad": "acme", "page": "a", "count": 3, "cost": 9.5, "label": "0", "rank": 0, "error": 1},
            {"ad": "acme", "page": "b", "count": 4, "cost": 2, "label": "1", "rank": 1, "error": 0},
            {"ad": "bolt", "page": "a", "count": 1, "cost": 0.5, "label": "0", "rank": 0, "error": 0}],
        "meta": {"kind": "top", "counting": "spaceSaving", "order": "ascending", "ranked_by": "cost", "keys": ["ad", "page"], "inexact": [true, false, false],
            "window": {"global": true, "state": "open"},
            "schema": [{"name": "ad", "type": "string"}, {"name": "page", "type": "string"}, {"name": "count", "type": "long", "error": "HyperLogLog, 1.6 %"},
                {"name": "cost", "type": "double"}, {"name": "label", "type": "string"}, {"name": "rank", "type": "long"}, {"name": "error", "type": "long"}]}})
}

#[test]
fn a_list_per_key_keeps_its_groups_its_bound_and_says_how_it_was_counted() {
    let frames = over(per_ad(), json!({}));
    assert_eq!(frames[0]["rows"][2], json!(["bolt", "a", 1, 0.5, "0", 0, 0]));
    assert_eq!(
        frames[0]["columns"][2],
        json!({"text": "count", "type": "number", "description": "estimated: HyperLogLog, 1.6 %"})
    );
    assert_eq!(frames[0]["meta"]["custom"]["errors"], json!({"count": "HyperLogLog, 1.6 %"}));
    let said = notices(&frames[0]);
    assert_eq!(
        said,
        [
            "counted by Space-Saving: values may be too high by at most `error`",
            "count is estimated: HyperLogLog, 1.6 %",
            "inexact: a sum was rounded in 1 of 3 rows"
        ]
    );
    let one = over(
        per_ad(),
        json!({"targets": [{"refId": "A", "target": "t.by:cost"}], "filters": [{"key": "ad", "operator": "=", "value": "acme"}]}),
    );
    assert_eq!(one[0]["rows"], json!([["acme", "a", 9.5, 1], ["acme", "b", 2, 0]]), "with the bound");
    let lines = over(
        per_ad(),
        json!({"targets": [{"refId": "A", "target": "t.by:cost", "payload": {"format": "series"}}]}),
    );
    let names: Vec<_> = lines.iter().map(|line| line["target"].as_str().unwrap_or_default()).collect();
    assert_eq!(names, ["acme a", "acme b", "bolt a"]);
}

#[test]
fn other_ways_of_counting_are_said_too() {
    for (counting, says) in [
        ("capped", Some("capped: further keys are in __other__")),
        ("exact", None),
        ("new", Some("counted approximately")),
    ] {
        let mut list = per_ad();
        list["meta"]["counting"] = counting.into();
        let frames = over(list, json!({}));
        let said = notices(&frames[0]).join("; ");
        assert_eq!(
            says.is_some(),
            said.contains("counted approximately") || said.contains("capped"),
            "{said}"
        );
        assert!(says.is_none_or(|says| said.contains(says)), "{said}");
    }
}

#[test]
fn a_metric_that_is_text_is_a_table() {
    let rows = json!({"id": "by", "type": "dataResult", "data": [{"timestamp": 0, "site": "eu", "n": 1, "last": "x"}],
        "meta": {"kind": "series", "keys": ["site"], "schema": [{"name": "timestamp", "type": "long"}, {"name": "site", "type": "string"},
            {"name": "n", "type": "long"}, {"name": "last", "type": "string"}]}});
    let both = over(rows.clone(), json!({}));
    assert_eq!((both.len(), &both[0]["target"]), (1, &json!("n")));
    let text = over(rows, json!({"targets": [{"refId": "A", "target": "t.by:last"}]}));
    assert_eq!((&text[0]["type"], &text[0]["rows"]), (&json!("table"), &json!([[0, "eu", "x"]])));
}

#[test]
fn a_list_too_long_to_draw_is_cut_and_it_is_said() {
    let rows: Vec<Value> = (0..150).map(|n| json!({"k": format!("k{n}"), "n": n})).collect();
    let frames =
        over(Value::from(rows), json!({"targets": [{"refId": "A", "target": "t.by", "type": "timeseries"}]}));
    assert_eq!(frames.len(), 100);
    assert!(notices(&frames[0])[0].contains("50 rows are left out"));
}
