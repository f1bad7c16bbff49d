//! Every record is counted or told, and faults of the input are named.

use super::support::{Case, Lines, accounts};
use oriel_stream::{RunError, To};
use serde_json::json;
use std::fs;
use std::io::Write;

const VIEWS: &str = r#"
[view.stats]
kind = "series"
window = { size = "20s", slide = "10s" }
metrics = { total = "count", withURL = "count(url)" }
[view.top]
kind = "top"
by = "tag"
n = 3
window = { size = "60s" }
"#;

fn case(name: &str, records: &[u8]) -> Case {
    let case = Case::new(name, VIEWS, "").with("unit = \"s\"", "unit = \"ms\"");
    fs::write(case.path("in.ndjson"), records).unwrap();
    case.with("x = \"/x\"", "url = \"/url\"").with("tags = ", "tag = ")
}

#[tokio::test(flavor = "multi_thread")]
async fn every_record_of_a_bad_file_is_counted_or_in_an_output() {
    let mut input: Vec<u8> = Vec::new();
    let mut line = |bytes: &[u8]| {
        input.extend_from_slice(bytes);
        input.push(b'\n');
    };
    line(br#"{"t":1000,"tags":["a","b","a"],"url":"u"}"#);
    line(br#"{"t":2000,"tags":"#);
    line(b"{\"t\":3000,\"tags\":[\"\xff\"]}");
    line(br#"{"tags":["a"]}"#);
    line(br#"{"t":99999999999999999,"tags":["a"]}"#);
    line(br#"{"t":4000,"tags":[{"text":"a"}]}"#);
    let mut huge = br#"{"t":4500,"tags":[""#.to_vec();
    huge.resize(100 << 20, b'x');
    line(&huge);
    line(br#"{"t":200000,"tags":["c"],"url":""}"#);
    line(br#"{"t":5000,"tags":["a"]}"#);
    line(br#"{"t":5001}"#);
    let case = case("bad", &input);

    // One epoch a file would hide lateness: the file is worked in one epoch, so nothing is late.
    let done = case.rows(2).await;
    let tally = done.summary.totals.tally;
    assert_eq!((tally.read, tally.bad), (10, 5), "{tally:?}");
    let bad = case.read("bad.ndjson");
    let mut reasons: Vec<&str> = bad.iter().map(|line| line["reason"].as_str().unwrap()).collect();
    reasons.sort_unstable();
    assert_eq!(reasons, ["oversize", "syntax", "syntax", "time", "time", "type"]);
    let utf8 = bad.iter().find(|line| line.get("raw").is_some()).unwrap();
    assert_eq!(utf8["raw"], "eyJ0IjozMDAwLCJ0YWdzIjpbIv8iXX0=");
    let first = &bad[0];
    assert_eq!(first["record"], "{\"t\":2000,\"tags\":");
    assert_eq!(first["position"], 42);
    assert!(first["partition"].as_str().unwrap().ends_with("in.ndjson"));
    let rows = done.lines.last("t.stats")["data"].clone();
    let first =
        json!([{"timestamp": -10000, "total": 4, "withURL": 1}, {"timestamp": 0, "total": 4, "withURL": 1}]);
    assert_eq!(rows.as_array().unwrap()[..2], first.as_array().unwrap()[..]);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_top_list_counts_a_record_once_under_each_element() {
    let mut input = String::new();
    for (second, tags) in [(1, r#""b","b""#), (2, r#""a""#), (3, r#""a","c""#), (4, ""), (5, r#""d""#)] {
        input.push_str(&format!("{{\"t\":{second}000,\"tags\":[{tags}]}}\n"));
    }
    let done = case("top", input.as_bytes()).rows(1).await;
    let (summary, result) = (&done.summary, done.lines.last("t.top"));
    let rows = json!([
        {"tag": "a", "count": 2, "label": "0", "rank": 0},
        {"tag": "b", "count": 1, "label": "1", "rank": 1},
        {"tag": "c", "count": 1, "label": "2", "rank": 2},
    ]);
    assert_eq!(result["data"], rows);
    assert_eq!(
        result["meta"]["window"],
        json!({"size":60000,"slide":60000,"start":0,"end":60000,"state":"final"})
    );
    assert_eq!(summary.totals.views[1].filtered, 1);
    assert!(summary.to_string().starts_with("records in=5 counted=5 filtered=0 late=0 bad=0 seconds="));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_missing_file_is_an_input_error_that_names_it() {
    let case = case("missing", b"");
    fs::remove_file(case.path("in.ndjson")).unwrap();
    let error = case.refused().await;
    let RunError::Input(message) = error else { panic!("{error:?}") };
    assert!(message.contains("in.ndjson"), "{message}");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_end_is_an_epoch_of_its_own() {
    let line = |second: i64| format!("{{\"t\":{second}000}}\n");
    let done = case("end", [1, 4, 12, 9, 17, 3].map(line).concat().as_bytes()).rows(1).await;
    let meta = done.lines.last("t.stats")["meta"].clone();
    // All six records were in the first epoch; the windows close in the second.
    assert_eq!(done.summary.totals.epochs, 2);
    assert_eq!(meta["asOf"], 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_broken_archive_is_named_and_what_it_gave_is_summed_up() {
    let mut packed = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    for second in 0..20_000 {
        writeln!(packed, "{{\"t\":{second}000,\"url\":\"{}\"}}", second * 7_919 % 10_007).unwrap();
    }
    let packed = packed.finish().unwrap();
    let case = case("broken", &packed[..packed.len() - 500]);
    let error = case.end(To::Lines(Box::new(Lines::default())), 1).await.unwrap_err();
    let RunError::Broken { summary, .. } = &error else { panic!("{error:?}") };
    accounts(summary);
    assert_eq!(error.code(), 66);
    let text = error.to_string();
    let (first, last) = text.split_once('\n').unwrap();
    assert!(first.contains("in.ndjson"), "{text}");
    assert!(last.starts_with("records in=1") && !last.contains("counted=0"), "{text}");
}
