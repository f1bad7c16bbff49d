//! Panes: printed, in files, in every mode; and what came too late for them.

use super::support::Case;
use serde_json::{Value, json};

/// The worked example: tumbling windows, late records, a pane every two records.
const EXAMPLE: &str = r#"
[view.v]
kind = "series"
window = { size = "10s" }
lateness = "5s"
emit = { records = 2 }
metrics = { count = "count" }
panes = "panes.ndjson"
"#;
const EACH: &str = "[engine]\nepoch = { records = 1 }\n";

fn records(times: &[i64]) -> String {
    times.iter().map(|time| format!("{{\"t\":{time}}}\n")).collect()
}

fn example(name: &str, more: &str) -> Case {
    Case::new(name, &format!("{EXAMPLE}{more}"), &records(&[1, 4, 12, 9, 17, 3]))
}

fn pane(seq: u64, start: i64, timing: &str, index: u64, is_last: bool, count: u64) -> Value {
    let window = json!({"start": start, "end": start + 10_000});
    json!({
        "seq": seq, "window": window, "key": null, "timing": timing, "index": index,
        "is_last": is_last, "value": {"count": count},
    })
}

#[tokio::test(flavor = "multi_thread")]
async fn the_worked_example_gives_its_panes_one_record_an_epoch() {
    for workers in [1, 2] {
        let case = example(&format!("worked-{workers}"), EACH);
        let done = case.panes(workers).await;
        let expected = [
            pane(0, 0, "EARLY", 0, false, 2),
            pane(1, 0, "ON_TIME", 1, false, 2),
            pane(2, 0, "LATE", 2, false, 3),
            pane(3, 10_000, "EARLY", 0, false, 2),
            pane(4, 10_000, "ON_TIME", 1, true, 2),
        ];
        assert_eq!(done.lines.all("t.v.panes"), expected);
        assert_eq!(case.read("panes.ndjson"), expected);
        assert!(done.lines.all("t.v").is_empty(), "no rows are printed beside panes");
        let tally = done.summary.totals.tally;
        assert_eq!((tally.read, tally.counted, tally.late), (6, 5, 1));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_worked_example_in_one_epoch_loses_nothing() {
    let case = example("worked-whole", "");
    let done = case.rows(1).await;
    let expected = [
        pane(0, 0, "ON_TIME", 0, true, 4),
        pane(1, 10_000, "EARLY", 0, false, 2),
        pane(2, 10_000, "ON_TIME", 1, true, 2),
    ];
    assert_eq!(case.read("panes.ndjson"), expected);
    assert_eq!(done.summary.totals.tally.late, 0);
    let rows = json!([{"timestamp": 0, "count": 4}, {"timestamp": 10_000, "count": 2}]);
    assert_eq!(done.lines.last("t.v")["data"], rows);
    assert!(done.lines.all("t.v.panes").is_empty(), "no panes are printed beside rows");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_late_record_is_in_the_output_with_the_window_that_it_missed() {
    let case = example("late", EACH);
    case.rows(1).await;
    let late = case.read("late.ndjson");
    let expected = json!({
        "reason": "late", "partition": case.path("in.ndjson"), "position": 42,
        "view": "v", "window": {"start": 0, "end": 10_000}, "record": "{\"t\":3}",
    });
    assert_eq!(late, [expected]);
}

#[tokio::test(flavor = "multi_thread")]
async fn discarding_panes_hold_what_is_new_and_rows_hold_all() {
    let case = example("discarding", EACH).with("panes =", "accumulation = \"discarding\"\npanes =");
    let done = case.rows(1).await;
    let expected = [
        pane(0, 0, "EARLY", 0, false, 2),
        pane(1, 0, "ON_TIME", 1, false, 0),
        pane(2, 0, "LATE", 2, false, 1),
        pane(3, 10_000, "EARLY", 0, false, 2),
        pane(4, 10_000, "ON_TIME", 1, true, 0),
    ];
    assert_eq!(case.read("panes.ndjson"), expected);
    let rows = json!([{"timestamp": 0, "count": 3}, {"timestamp": 10_000, "count": 2}]);
    assert_eq!(done.lines.last("t.v")["data"], rows);
}

#[tokio::test(flavor = "multi_thread")]
async fn retracting_panes_withdraw_the_value_before() {
    let case = example("retracting", EACH).with("panes =", "accumulation = \"retracting\"\npanes =");
    case.rows(1).await;
    let panes = case.read("panes.ndjson");
    let withdrawn: Vec<&Value> = panes.iter().map(|pane| &pane["withdrawn"]).collect();
    let value = |start: i64, count: u64| json!([{"start": start, "value": {"count": count}}]);
    assert_eq!(withdrawn, [&json!([]), &value(0, 2), &value(0, 2), &json!([]), &value(10_000, 2)]);
    assert_eq!(panes[2]["value"], json!({"count": 3}));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_session_that_joins_two_names_them_and_takes_their_values_back() {
    let views = r#"
[view.s]
kind = "series"
window = { gap = "10s" }
by = "k"
emit = { records = 1 }
accumulation = "retracting"
metrics = { count = "count" }
panes = "panes.ndjson"
"#;
    let records = [0, 15, 7].map(|time| format!("{{\"t\":{time},\"k\":\"a\"}}\n")).concat();
    let case = Case::new("sessions", &format!("{views}{EACH}"), &records);
    let done = case.with("disorder = \"2s\"", "disorder = \"1m\"");
    let (case, done) = (&done, done.rows(1).await);
    let panes = case.read("panes.ndjson");
    let short = |pane: &Value| {
        let window = &pane["window"];
        json!([window["start"], window["end"], pane["timing"], pane["index"], pane["value"]["count"]])
    };
    let expected = [
        json!([0, 10_000, "EARLY", 0, 1]),
        json!([15_000, 25_000, "EARLY", 0, 1]),
        json!([0, 25_000, "EARLY", 1, 3]),
        json!([0, 25_000, "ON_TIME", 2, 3]),
    ];
    assert_eq!(panes.iter().map(short).collect::<Vec<_>>(), expected);
    assert_eq!(panes[2]["key"], "a");
    assert_eq!(panes[2]["merged"], json!([15_000]));
    let one = |start: i64| json!({"start": start, "value": {"count": 1}});
    assert_eq!(panes[2]["withdrawn"], json!([one(0), one(15_000)]));
    assert_eq!(panes[3]["withdrawn"], json!([{"start": 0, "value": {"count": 3}}]));
    let last = done.lines.last("t.s");
    assert_eq!(last["data"], json!([{"timestamp": 0, "k": "a", "count": 3}]));
    assert_eq!((&last["meta"]["end"], &last["meta"]["window"]), (&json!([25_000]), &json!({"gap": 10_000})));
}

#[tokio::test(flavor = "multi_thread")]
async fn panes_of_views_with_keys_name_them_and_off_is_off() {
    let views = r#"
[view.top]
kind = "top"
by = "k"
per = "g"
window = "global"
emit = "on_time"
[view.off]
kind = "series"
window = "global"
metrics = { count = "count" }
panes = false
"#;
    let records =
        "{\"t\":1,\"k\":\"a\",\"g\":\"x\"}\n{\"t\":2,\"k\":\"a\"}\n{\"t\":3,\"k\":\"b\",\"g\":\"x\"}\n";
    let case = Case::new("keyed", views, records);
    let lines = case.with("by = \"k\"", "by = \"k\"\nnone = true").panes(2).await.lines;
    let pane = |seq: u64, per: Option<&str>, key: &str| {
        json!({
            "seq": seq, "window": {"start": null, "end": null}, "key": key, "per": per,
            "timing": "ON_TIME", "index": 0, "is_last": true, "value": {"count": 1},
        })
    };
    let expected = [pane(0, None, "a"), pane(1, Some("x"), "a"), pane(2, Some("x"), "b")];
    let mut panes = lines.all("t.top.panes");
    panes.sort_by_key(|pane| pane["seq"].as_u64());
    let mut found: Vec<String> =
        panes.iter().map(|pane| format!("{}/{}", pane["per"], pane["key"])).collect();
    found.sort();
    assert_eq!(found, ["\"x\"/\"a\"", "\"x\"/\"b\"", "null/\"a\""]);
    for (seq, pane) in panes.iter().enumerate() {
        let like = expected.iter().find(|like| like["per"] == pane["per"] && like["key"] == pane["key"]);
        let mut like = like.unwrap().clone();
        like["seq"] = json!(seq);
        assert_eq!(*pane, like);
    }
    assert!(lines.all("t.off.panes").is_empty());
}
