//! Top and bottom lists: by any metric, per a second key, past their caps, and how they move.

use super::support::Case;
use serde_json::{Value, json};

fn record(time: i64, group: &str, key: &str, x: i64) -> String {
    format!("{{\"t\":{time},\"g\":\"{group}\",\"k\":\"{key}\",\"x\":{x}}}\n")
}

#[tokio::test(flavor = "multi_thread")]
async fn each_value_of_another_field_has_a_list_of_its_own_by_any_metric() {
    let views = r#"
[view.best]
kind = "top"
window = { size = "1m" }
by = "k"
per = "g"
n = 2
metrics = { n = "count", spent = "sum(x)" }
order = "spent"
"#;
    let records = [
        record(1, "acme", "a", 5),
        record(2, "acme", "b", 7),
        record(3, "acme", "c", 1),
        record(4, "bolt", "a", 1),
        record(5, "bolt", "a", 1),
    ];
    let result = Case::new("per", views, &records.concat()).rows(2).await.lines.last("t.best");
    let row = |group: &str, key: &str, n: u64, spent: u64, rank: u64| json!({"g": group, "k": key, "n": n, "spent": spent, "label": rank.to_string(), "rank": rank});
    let rows = json!([row("acme", "b", 1, 7, 0), row("acme", "a", 1, 5, 1), row("bolt", "a", 2, 2, 0)]);
    assert_eq!(result["data"], rows);
    let meta = &result["meta"];
    assert_eq!((&meta["keys"], &meta["ranked_by"]), (&json!(["g", "k"]), &json!("spent")));
    assert_eq!((&meta["kind"], meta.get("order")), (&json!("top"), None));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_bottom_list_is_a_top_list_of_the_smallest() {
    let views = "[view.least]\nkind = \"bottom\"\nwindow = { size = \"1m\" }\nby = \"k\"\nn = 2\nmetrics = { low = \"min(x)\" }\n";
    let records = [record(1, "", "a", 5), record(2, "", "b", -7), record(3, "", "c", 1)].concat();
    let result = Case::new("bottom", views, &records).rows(1).await.lines.last("t.least");
    let row = |key: &str, low: i64, rank: u64| json!({"k": key, "low": low, "label": rank.to_string(), "rank": rank});
    assert_eq!(result["data"], json!([row("b", -7, 0), row("c", 1, 1)]));
    let meta = &result["meta"];
    assert_eq!((&meta["kind"], &meta["order"]), (&json!("top"), &json!("ascending")));
    assert_eq!(meta["counting"], "exact");
}

/// Each of 2,000 keys once, the first ten of them 50 times, one epoch a hundred records.
fn flood() -> String {
    let often =
        |n: usize| if n.is_multiple_of(2) { format!("often{}", n % 20 / 2) } else { format!("once{n}") };
    (0..4_000).map(|n| record(1 + n as i64 / 1_000, "", &often(n), 1)).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn past_its_cap_a_list_by_count_bounds_its_error() {
    let views = "[view.v]\nkind = \"top\"\nwindow = { size = \"1m\" }\nby = \"k\"\nmax_keys = 200\nn = 10\n[engine]\nepoch = { records = 100 }\n";
    let mut answers = Vec::new();
    for workers in [1, 2] {
        let case = Case::new(&format!("saving-{workers}"), views, &flood());
        let done = case.rows(workers).await;
        let result = done.lines.last("t.v");
        assert_eq!(result["meta"]["counting"], "spaceSaving");
        let schema = result["meta"]["schema"].as_array().unwrap();
        assert_eq!(schema.last().unwrap(), &json!({"name": "error", "type": "long"}));
        for row in result["data"].as_array().unwrap() {
            let (count, error) = (row["count"].as_i64().unwrap(), row["error"].as_i64().unwrap());
            assert!(row["k"].as_str().unwrap().starts_with("often"), "{row}");
            assert!(count - error <= 200 && 200 <= count, "{row}");
        }
        answers.push(result["data"].clone());
    }
    assert_eq!(answers[0], answers[1]);
}

#[tokio::test(flavor = "multi_thread")]
async fn past_its_cap_any_other_list_counts_the_rest_together() {
    let views = "[view.v]\nkind = \"bottom\"\nwindow = { size = \"1m\" }\nby = \"k\"\nmax_keys = 200\nn = 10000\n[engine]\nepoch = { records = 100 }\n";
    let done = Case::new("capped", views, &flood()).rows(2).await;
    let result = done.lines.last("t.v");
    assert_eq!(result["meta"]["counting"], "capped");
    let rows = result["data"].as_array().unwrap();
    assert_eq!(rows.len(), 201);
    assert_eq!(rows.iter().map(|row| row["count"].as_i64().unwrap()).sum::<i64>(), 4_000);
    assert_eq!(rows.last().unwrap()["k"], "__other__");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_list_shows_the_newest_window_or_the_newest_closed_one() {
    let view = |name: &str, show: &str| {
        format!(
            "[view.{name}]\nkind = \"top\"\nby = \"k\"\nwindow = {{ size = \"10s\" }}\nshow = \"{show}\"\n"
        )
    };
    let views = format!("{}{}", view("newest", "newest"), view("complete", "complete"));
    let live = Case::new("show", &views, "").live().await;
    live.case.append("in.ndjson", &[record(1, "", "a", 0), record(14, "", "b", 0)].concat());
    let first = |result: &Value, key: &str| result["data"][0]["k"] == key;
    let newest = live.published("t.newest", |result| first(result, "b")).await;
    assert_eq!(newest["meta"]["window"]["state"], "open");
    let complete = live.published("t.complete", |result| first(result, "a")).await;
    assert_eq!(complete["meta"]["window"]["start"], 0);
    live.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn who_came_moved_and_left_is_told_against_the_message_before_but_not_in_queries() {
    let views =
        "[view.v]\nkind = \"top\"\nby = \"k\"\nn = 2\nwindow = { size = \"1m\" }\nemit = { records = 1 }\n";
    let live = Case::new("moves", views, "").live().await;
    live.case
        .append("in.ndjson", &[record(1, "", "a", 0), record(1, "", "a", 0), record(1, "", "b", 0)].concat());
    let count = |result: &Value, rank: usize, key: &str, count: u64| {
        let row = &result["data"][rank];
        row["k"] == key && row["count"] == count
    };
    let first = |result: &Value| count(result, 0, "a", 2) && count(result, 1, "b", 1);
    live.published("t.v", first).await;
    let three = record(2, "", "c", 0).repeat(3);
    live.case.append("in.ndjson", &three);
    let second = live.published("t.v", |result| count(result, 0, "c", 3)).await;
    let meta = &second["meta"];
    assert_eq!(meta["entered"], json!([true, false]));
    assert_eq!(meta["previous_rank"], json!([null, 0]));
    assert_eq!(meta["left"], json!(["b"]));
    let served: Value = serde_json::from_str(&live.get("/views/v").await).unwrap();
    assert_eq!(served["meta"]["left"], json!(["b"]));
    let asked =
        live.query(&json!({"id": "q", "type": "dataQuery", "data": {"fields": ["k", "error"]}})).await;
    assert_eq!(asked["data"], json!([{"k": "c"}, {"k": "a"}]));
    assert!(asked["meta"].get("entered").is_none() && asked["meta"].get("left").is_none());
    live.stop().await;
}
