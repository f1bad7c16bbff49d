//! Series: every aggregate, by key, filled, over all time, in sessions.

use super::support::Case;
use serde_json::{Value, json};

#[tokio::test(flavor = "multi_thread")]
async fn every_aggregate_is_a_column_with_its_type_and_its_error() {
    let views = r#"
[view.all]
kind = "series"
window = { size = "10s" }
metrics = { n = "count", some = "count(x)", sum = "sum(x)", min = "min(x)", max = "max(x)", mean = "avg(x)", first = "first(k)", last = "last(k)", keys = "distinct(k)", half = "quantile(x, 0.5)" }
"#;
    let records = concat!(
        "{\"t\":3,\"k\":\"c\",\"x\":0.1}\n{\"t\":1,\"k\":\"a\",\"x\":\"0.2\"}\n",
        "{\"t\":2,\"k\":\"b\",\"x\":4}\n{\"t\":4,\"k\":\"b\"}\n{\"t\":5,\"k\":\"d\",\"x\":true}\n",
    );
    let case = Case::new("aggregates", views, records);
    let done = case.rows(2).await;
    let result = done.lines.last("t.all");
    let row = &result["data"][0];
    for (name, value) in [
        ("timestamp", json!(0)),
        ("n", json!(4)),
        ("some", json!(3)),
        ("sum", json!(4.3)),
        ("min", json!(0.1)),
        ("max", json!(4)),
        ("first", json!("a")),
        ("last", json!("b")),
        ("keys", json!(3)),
    ] {
        assert_eq!(row[name], value, "{name} of {row}");
    }
    let near = |name: &str, expected: f64| (row[name].as_f64().unwrap() / expected - 1.0).abs() < 0.02;
    assert!(near("mean", 4.3 / 3.0) && near("half", 0.2), "{row}");
    let schema = result["meta"]["schema"].as_array().unwrap();
    let types: Vec<&str> = schema.iter().map(|column| column["type"].as_str().unwrap()).collect();
    let expected =
        ["long", "long", "long", "double", "double", "double", "double", "other", "other", "long", "double"];
    assert_eq!(types, expected);
    let stated: Vec<&str> =
        schema.iter().filter(|c| c.get("error").is_some()).map(|c| c["name"].as_str().unwrap()).collect();
    assert_eq!(stated, ["keys", "half"]);
    assert_eq!(done.summary.totals.views[0].bad, 1);
    assert_eq!(case.read("bad.ndjson")[0]["reason"], "type");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sum_beyond_64_bits_is_null_and_one_of_odd_numbers_says_so() {
    let views = r#"
[view.v]
kind = "series"
window = { size = "10s" }
metrics = { sum = "sum(x)" }
"#;
    let records = format!(
        "{{\"t\":1,\"x\":{max}}}\n{{\"t\":2,\"x\":{max}}}\n{{\"t\":11,\"x\":0.1234567890123}}\n",
        max = i64::MAX
    );
    let result = Case::new("overflow", views, &records).rows(1).await.lines.last("t.v");
    assert_eq!(result["data"][0], json!({"timestamp": 0, "sum": null}));
    assert_eq!(result["meta"]["inexact"], json!([false, true]));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_series_by_key_has_a_row_for_each_and_counts_windows_for_a_message() {
    let views = r#"
[view.by]
kind = "series"
window = { size = "10s" }
by = "k"
metrics = { n = "count" }
publish = 2
"#;
    let records = concat!(
        "{\"t\":1,\"k\":\"old\"}\n{\"t\":11,\"k\":\"b\"}\n{\"t\":12,\"k\":\"a\"}\n{\"t\":13}\n",
        "{\"t\":21,\"k\":\"a\"}\n{\"t\":22,\"k\":\"a\"}\n",
    );
    let result = Case::new("by", views, records).rows(2).await.lines.last("t.by");
    let row = |time: i64, key: Value, n: u64| json!({"timestamp": time, "k": key, "n": n});
    let rows = json!([
        row(10_000, Value::Null, 1),
        row(10_000, json!("a"), 1),
        row(10_000, json!("b"), 1),
        row(20_000, json!("a"), 2),
    ]);
    assert_eq!(result["data"], rows);
    let meta = &result["meta"];
    assert_eq!(
        (&meta["kind"], &meta["keys"], &meta["counting"]),
        (&json!("series"), &json!(["k"]), &json!("exact"))
    );
    assert_eq!(meta["schema"][1], json!({"name": "k", "type": "string"}));
}

#[tokio::test(flavor = "multi_thread")]
async fn keys_beyond_the_cap_are_counted_together_and_nothing_is_lost() {
    let views = r#"
[view.by]
kind = "series"
window = { size = "10s" }
by = "k"
max_keys = 2
metrics = { n = "count" }
"#;
    let records: String = (0..20).map(|n| format!("{{\"t\":1,\"k\":\"k{}\"}}\n", n % 5)).collect();
    let result = Case::new("other", views, &records).rows(2).await.lines.last("t.by");
    let rows = result["data"].as_array().unwrap();
    assert_eq!(rows.len(), 3, "{rows:?}");
    assert_eq!((&rows[0]["k"], &rows[0]["n"]), (&json!("__other__"), &json!(12)));
    assert_eq!(result["meta"]["counting"], "capped");
}

#[tokio::test(flavor = "multi_thread")]
async fn gaps_are_filled_with_noughts_where_that_is_asked_for() {
    let view = |name: &str, fill: &str| {
        format!(
            "[view.{name}]\nkind = \"series\"\nwindow = {{ size = \"10s\" }}\nmetrics = {{ n = \"count\" }}\n{fill}\n"
        )
    };
    let views = format!("{}{}", view("full", "fill = 0"), view("gaps", ""));
    let lines = Case::new("fill", &views, "{\"t\":1}\n{\"t\":31}\n").rows(1).await.lines;
    let row = |time: i64, n: u64| json!({"timestamp": time, "n": n});
    let full = json!([row(0, 1), row(10_000, 0), row(20_000, 0), row(30_000, 1)]);
    assert_eq!(lines.last("t.full")["data"], full);
    assert_eq!(lines.last("t.gaps")["data"], json!([row(0, 1), row(30_000, 1)]));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_window_over_all_time_is_dated_by_its_newest_record() {
    let views = r#"
[view.ever]
kind = "series"
window = "global"
metrics = { n = "count" }
[view.top]
kind = "top"
window = "global"
by = "k"
"#;
    let records = "{\"t\":-5,\"k\":\"a\"}\n{\"t\":70,\"k\":\"a\"}\n{\"t\":33,\"k\":\"b\"}\n";
    let lines = Case::new("global", views, records).rows(2).await.lines;
    let ever = lines.last("t.ever");
    assert_eq!(ever["data"], json!([{"timestamp": 70_000, "n": 3}]));
    assert_eq!(ever["meta"]["window"], json!({"global": true}));
    assert_eq!(lines.last("t.top")["meta"]["window"], json!({"global": true, "state": "final"}));
}

#[tokio::test(flavor = "multi_thread")]
async fn sessions_end_where_they_end_and_windows_may_begin_off_the_hour() {
    let views = r#"
[view.visits]
kind = "series"
window = { gap = "5s" }
by = "k"
metrics = { n = "count" }
[view.moved]
kind = "series"
window = { size = "10s", offset = "3s" }
metrics = { n = "count" }
"#;
    let records =
        "{\"t\":1,\"k\":\"a\"}\n{\"t\":4,\"k\":\"a\"}\n{\"t\":9,\"k\":\"a\"}\n{\"t\":2,\"k\":\"b\"}\n";
    let lines = Case::new("visits", views, records).rows(2).await.lines;
    let visits = lines.last("t.visits");
    let row = |time: i64, key: &str, n: u64| json!({"timestamp": time, "k": key, "n": n});
    assert_eq!(visits["data"], json!([row(1_000, "a", 2), row(2_000, "b", 1), row(9_000, "a", 1)]));
    assert_eq!(visits["meta"]["end"], json!([9_000, 7_000, 14_000]));
    let moved = json!([{"timestamp": -7_000, "n": 2}, {"timestamp": 3_000, "n": 2}]);
    assert_eq!(lines.last("t.moved")["data"], moved);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_of_very_many_rows_is_refused_with_what_would_be_right() {
    let view = "[view.v]\nkind = \"series\"\nby = \"k\"\nmax_keys = 200_000\npublish = 1\nwindow = { size = \"10s\" }\nemit = { records = 1 }\nmetrics = { n = \"count\" }\n";
    let live = Case::new("many", view, "").live().await;
    let records = |time: i64, keys: i64| -> String {
        (0..keys).map(|key| format!("{{\"t\":{time},\"k\":{key}}}\n")).collect()
    };
    live.case.append("in.ndjson", &[records(1, 1), records(11, 100_000)].concat());
    live.measured(|metrics| metrics.find("view_rows{view=\"v\"}") == Some(100_001)).await;
    let query =
        |time: Value| json!({"id": "q", "type": "dataQuery", "data": {"fields": ["n"], "time": time}});
    let refused = live.query(&query(json!({}))).await;
    assert_eq!((&refused["type"], &refused["code"]), (&json!("error"), &json!("tooLarge")));
    let says = "the answer has more than 100000 rows; name a shorter time in `data.time`";
    assert_eq!((&refused["id"], &refused["message"]), (&json!("q"), &json!(says)));
    let rows = |answer: &Value| answer["data"].as_array().map(Vec::len);
    assert_eq!(rows(&live.query(&query(json!({"from": 10_000}))).await), Some(100_000));
    assert_eq!(rows(&live.query(&query(json!({"to": 10_000}))).await), Some(1));
    live.stop().await;
}
