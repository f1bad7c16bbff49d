//! Each answer through the real `toDataFrame`, in node: Grafana's own code decides
//! whether a field is a time, a number or a text.

use std::path::PathBuf;
use std::process::{Command, Stdio};

use serde_json::{Value, json};

use super::adapter::Adapter;
use super::broker::Broker;
use super::messages;

fn folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../tests/frames")
}

/// Whether a program can be started here at all.
fn has(program: &str) -> bool {
    let version = Command::new(program).arg("--version").stdout(Stdio::null()).stderr(Stdio::null()).status();
    version.is_ok_and(|status| status.success())
}

fn installed() -> bool {
    let install = Command::new("npm")
        .args(["install", "--no-audit", "--no-fund", "--ignore-scripts", "--silent"])
        .current_dir(folder())
        .stdout(Stdio::null())
        .status();
    install.is_ok_and(|status| status.success())
}

/// Every shape that the adapter answers in, named for the script.
async fn answers() -> Value {
    let broker = Broker::start().await;
    broker.publish("twitter.topHashtags", &messages::hashtags());
    broker.publish("twitter.tweetStats", &messages::stats(5));
    broker.publish("apex.stats", &messages::original_stats());
    broker.publish("apex.top", &messages::original_hashtags());
    broker.publish("site.counts", &messages::by_site());
    broker.publish("site.sessions", &messages::sessions());
    broker.publish("site.top", &messages::per_advertiser());
    broker.publish("notes", &json!([{"time": messages::START, "text": "deploy", "tags": "a,b"}]));
    let adapter = Adapter::start(&[&broker.url()]).await;
    adapter
        .lists(&[
            "apex.stats",
            "apex.top",
            "notes",
            "site.counts",
            "site.sessions",
            "site.top",
            "twitter.topHashtags",
            "twitter.tweetStats",
        ])
        .await;
    let mut answers = json!({});
    for (name, path, body) in [
        ("series", "/query", json!({"targets": [{"refId": "A", "target": "twitter.tweetStats"}]})),
        (
            "seriesTable",
            "/query",
            json!({"targets": [{"refId": "A", "target": "twitter.tweetStats", "type": "table"}]}),
        ),
        ("top", "/query", json!({"targets": [{"refId": "B", "target": "twitter.topHashtags"}]})),
        (
            "topSeries",
            "/query",
            json!({"targets": [{"refId": "B", "target": "twitter.topHashtags:count", "payload": {"format": "series"}}]}),
        ),
        ("originalSeries", "/query", json!({"targets": [{"refId": "C", "target": "apex.stats"}]})),
        ("originalTop", "/query", json!({"targets": [{"refId": "C", "target": "apex.top"}]})),
        (
            "mixed",
            "/query",
            json!({"targets": [{"refId": "A", "target": "nope"}, {"refId": "B", "target": "apex.top"}]}),
        ),
        (
            "empty",
            "/query",
            json!({"targets": [{"refId": "A", "target": "twitter.tweetStats"}], "range": {"from": 0, "to": 1}}),
        ),
        ("byKey", "/query", json!({"targets": [{"refId": "A", "target": "site.counts"}]})),
        ("byKeyOne", "/query", json!({"targets": [{"refId": "A", "target": "site.counts:total"}]})),
        (
            "byKeyTwice",
            "/query",
            json!({"targets": [{"refId": "A", "target": "site.counts:total"}, {"refId": "B", "target": "site.counts:mean"}]}),
        ),
        (
            "byKeyBeside",
            "/query",
            json!({"targets": [{"refId": "A", "target": "(site.counts|twitter.tweetStats):total"}]}),
        ),
        ("sessions", "/query", json!({"targets": [{"refId": "A", "target": "site.sessions"}]})),
        (
            "sessionsTable",
            "/query",
            json!({"targets": [{"refId": "A", "target": "site.sessions", "type": "table"}]}),
        ),
        ("perKey", "/query", json!({"targets": [{"refId": "A", "target": "site.top"}]})),
        (
            "perKeySeries",
            "/query",
            json!({"targets": [{"refId": "A", "target": "site.top", "payload": {"format": "series"}}]}),
        ),
        ("notes", "/query", json!({"targets": [{"refId": "Anno", "target": "notes"}]})),
        ("variable", "/variable", json!({"payload": {"target": "twitter.topHashtags"}})),
    ] {
        answers[name] = adapter.ask(path, body).await;
    }
    adapter.stop().await;
    answers
}

#[tokio::test]
async fn grafanas_own_code_reads_every_answer() {
    const NAME: &str = "grafanas_own_code_reads_every_answer";
    if !has("node") || !has("npm") {
        return oriel_testkit::skip(NAME, "install node 20 or newer with npm");
    }
    if !installed() {
        return oriel_testkit::skip(NAME, "npm cannot install tests/frames (no network?)");
    }
    let file = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("answers.json");
    std::fs::write(&file, answers().await.to_string()).unwrap();
    let checked = Command::new("node").arg("check.mjs").arg(&file).current_dir(folder()).output().unwrap();
    let said = String::from_utf8_lossy(&checked.stdout);
    assert!(checked.status.success(), "{said}{}", String::from_utf8_lossy(&checked.stderr));
}
