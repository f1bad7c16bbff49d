//! Any of the three may be killed (-9) and come back, in any order, and the others never
//! notice more than a pause.

use crate::{folder, tweets};
use oriel_testkit::until;
use oriel_tests::accounting;
use oriel_tests::processes::Process;
use oriel_tests::programs::{PATIENCE, get, post};
use serde_json::{Value, json};
use std::path::Path;

fn broker(port: u16) -> Process {
    Process::start("oriel-broker", port, &[])
}

fn stream(folder: &Path, broker: &str) -> Process {
    let config = folder.join("tweets.toml");
    std::fs::write(&config, tweets(2_000, "")).unwrap();
    Process::start("oriel-stream", 0, &[config.to_str().unwrap(), "--broker", broker])
}

fn adapter(port: u16, upstream: &str) -> Process {
    Process::start("oriel-grafana", port, &["--upstream", upstream])
}

async fn asked(adapter: &Process) -> Option<Value> {
    let query = json!({
        "range": {"from": "2000-01-01T00:00:00.000Z", "to": "2100-01-01T00:00:00.000Z"},
        "targets": [{"refId": "A", "target": "twitter.topHashtags"}],
    });
    let (status, frames) = post(&format!("{}/query", adapter.http()), &query).await?;
    (status == 200).then_some(frames)
}

/// The sum of the counts that the adapter shows, when it warns of nothing.
async fn shown(adapter: &Process) -> Option<u64> {
    let frames = asked(adapter).await?;
    let warned = frames[0]["meta"]["notices"].to_string().contains("away");
    let rows = frames[0]["rows"].as_array()?;
    let count = frames[0]["columns"].as_array()?.iter().position(|column| column["text"] == "count")?;
    (!warned && !rows.is_empty()).then(|| rows.iter().filter_map(|row| row[count].as_u64()).sum())
}

async fn moves(adapter: &Process, what: &str) {
    let before = until(what, PATIENCE, async || shown(adapter).await).await;
    until(what, PATIENCE, async || shown(adapter).await.filter(|now| *now != before)).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_broker_may_be_killed() {
    let first = broker(0);
    let (port, url) = (first.port, first.http());
    let adapter = adapter(0, &url);
    let stream = stream(&folder("broker"), &url);
    moves(&adapter, "numbers before").await;
    first.kill();
    until("a warning while it is away", PATIENCE, async || {
        let frames = asked(&adapter).await?;
        frames[0]["meta"]["notices"].to_string().contains("warning").then_some(())
    })
    .await;
    let _again = broker(port);
    moves(&adapter, "numbers after").await;
    accounting::holds(&stream.http()).await;
    let metrics = reqwest::get(format!("{}/metrics", stream.http())).await.unwrap().text().await.unwrap();
    assert!(metrics.contains("oriel_stream_broker_connections_total 2"), "{metrics}");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_stream_may_be_killed() {
    let broker = broker(0);
    let adapter = adapter(0, &broker.http());
    let first = stream(&folder("stream"), &broker.http());
    moves(&adapter, "numbers before").await;
    first.kill();
    let url = format!("{}/ws/v1/pubsub/topics/twitter.topHashtags", broker.http());
    let run = get(&url).await.unwrap().1["data"]["meta"]["run"].clone();
    let again = stream(&folder("stream"), &broker.http());
    until("a new run", PATIENCE, async || (get(&url).await?.1["data"]["meta"]["run"] != run).then_some(()))
        .await;
    moves(&adapter, "numbers after").await;
    accounting::holds(&again.http()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_adapter_may_be_killed_and_may_come_first() {
    let gone = broker(0);
    let (port, url) = (gone.port, gone.http());
    gone.kill();
    let first = adapter(0, &url);
    let ready = async || Some(reqwest::get(format!("{}/ready", first.http())).await.ok()?.status().as_u16());
    assert_eq!(until("an answer", PATIENCE, ready).await, 503);
    let stream = stream(&folder("adapter"), &url);
    let _broker = broker(port);
    moves(&first, "numbers once all are there").await;
    let port = first.port;
    first.kill();
    let second = adapter(port, &url);
    moves(&second, "numbers of a new adapter").await;
    accounting::holds(&stream.http()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_frozen_broker_does_not_hold_up_the_stream() {
    let broker = broker(0);
    let adapter = adapter(0, &broker.http());
    let stream = stream(&folder("frozen"), &broker.http());
    moves(&adapter, "numbers before").await;
    broker.freeze(true);
    let url = format!("{}/views/topHashtags", stream.http());
    for _ in 0..5 {
        let before = get(&url).await.unwrap().1["data"].clone();
        until("newer rows of the stream", PATIENCE, async || {
            (get(&url).await?.1["data"] != before).then_some(())
        })
        .await;
    }
    broker.freeze(false);
    moves(&adapter, "numbers after").await;
    accounting::holds(&stream.http()).await;
}
