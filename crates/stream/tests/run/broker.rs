//! What only a broker gets: panes in their order, and watermarks.

use super::support::{Case, accounts, listen};
use oriel_stream::To;
use serde_json::{Value, json};

const VIEWS: &str = r#"
[view.plain]
kind = "series"
window = { size = "10s" }
emit = "on_time"
metrics = { n = "count" }
[view.keyed]
kind = "top"
by = "k"
window = { size = "10s" }
emit = "on_time"
[view.off]
kind = "series"
window = { size = "10s" }
emit = "on_time"
metrics = { n = "count" }
panes = false
"#;

async fn heard(case: &Case) -> Vec<Value> {
    let (url, heard) = listen().await;
    accounts(&case.end(To::Broker { address: url.parse().unwrap(), token: None }, 2).await.unwrap());
    heard.await.unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn every_view_sends_its_panes_unless_it_is_off() {
    let records: String = (0..100).map(|n| format!("{{\"t\":{},\"k\":\"k{}\"}}\n", n * 10, n % 3)).collect();
    let frames = heard(&Case::new("topics", VIEWS, &records)).await;
    let panes = |view: &str| -> Vec<&Value> {
        let topic = format!("t.{view}.panes");
        frames.iter().filter(|frame| frame["topic"] == *topic).map(|frame| &frame["data"]).collect()
    };
    for view in ["plain", "keyed"] {
        let seqs: Vec<u64> = panes(view).iter().map(|pane| pane["seq"].as_u64().unwrap()).collect();
        assert_eq!(seqs, (0..100).collect::<Vec<_>>(), "{view}");
    }
    assert!(panes("off").is_empty());
    assert_eq!(panes("keyed")[1]["key"], "k1");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_last_watermark_says_that_the_file_has_ended() {
    let frames = heard(&Case::new("watermark", VIEWS, "{\"t\":7,\"k\":\"a\"}\n")).await;
    let mut told = frames.iter().filter(|frame| frame["topic"] == "t._watermark");
    let partition =
        json!({"name": "file", "state": "ended", "watermark": 5_000, "largest": 7_000, "holds": false});
    let last = &told.next_back().expect("watermarks")["data"];
    assert_eq!(last["partitions"], json!([partition]));
    assert_eq!(last["watermark"], 253_402_300_799_999_i64);
}
