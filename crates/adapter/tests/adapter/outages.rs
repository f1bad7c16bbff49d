//! Upstreams that come, go, and come back as something else.

use oriel_time::Span;
use serde_json::{Value, json};

use super::adapter::{Adapter, eventually};
use super::broker::Broker;
use super::messages;
use super::snapshot::Snapshot;

const STATS: &str = "twitter.tweetStats";

fn total() -> String {
    json!({"targets": [{"refId": "A", "target": "twitter.tweetStats:total"}]}).to_string()
}

/// The newest total, if it is answered at all.
fn newest(frames: &Value) -> Option<i64> {
    frames[0]["datapoints"].as_array()?.last()?[0].as_i64()
}

fn notices(frames: &Value) -> String {
    frames[0]["meta"]["notices"].to_string()
}

async fn shows(adapter: &Adapter, expected: i64) {
    eventually(&format!("total {expected}"), || async {
        let (_, frames) = adapter.post("/query", total()).await;
        newest(&frames) == Some(expected) && !notices(&frames).contains("away")
    })
    .await;
}

#[tokio::test]
async fn before_an_upstream_answers_the_adapter_lives_but_is_not_ready() {
    let broker = Broker::start().await;
    let (url, address) = (broker.url(), broker.kill().await);
    let adapter = Adapter::start(&[&url]).await;
    assert_eq!(adapter.get("/live").await.status(), 200);
    let ready = adapter.get("/ready").await;
    assert_eq!(ready.status(), 503);
    assert!(ready.text().await.unwrap().contains(&url));
    let (status, error) = adapter.post("/query", total()).await;
    assert!(status == 503 && error["message"].as_str().unwrap().contains("has not answered yet"), "{error}");
    let broker = Broker::start_again(address).await;
    eventually("ready", || async { adapter.get("/ready").await.status() == 200 }).await;
    broker.publish(STATS, &messages::stats(5));
    shows(&adapter, 5).await;
}

#[tokio::test]
async fn last_rows_are_answered_with_a_warning_then_refused_and_all_heals() {
    let broker = Broker::start().await;
    broker.publish(STATS, &messages::stats(5));
    let adapter = Adapter::with_grace(&[&broker.url()], Span::from_millis(1_500)).await;
    shows(&adapter, 5).await;
    let address = broker.kill().await;
    eventually("a warning", || async {
        let (status, frames) = adapter.post("/query", total()).await;
        status == 200 && newest(&frames) == Some(5) && notices(&frames).contains("away since")
    })
    .await;
    eventually("a refusal", || async {
        let (status, error) = adapter.post("/query", total()).await;
        status == 503 && error["message"].as_str().unwrap().contains("away since")
    })
    .await;
    assert_eq!(adapter.get("/ready").await.status(), 503);
    let broker = Broker::start_again(address).await;
    broker.publish(STATS, &messages::stats(6));
    shows(&adapter, 6).await;
    broker.publish(STATS, &messages::stats(7));
    shows(&adapter, 7).await;
}

#[tokio::test]
async fn a_snapshot_server_is_followed_and_asked_only_for_what_is_new() {
    let snapshot = Snapshot::start().await;
    let adapter = Adapter::start(&[&snapshot.url()]).await;
    shows(&adapter, 5).await;
    eventually("an answer that nothing changed", || async { snapshot.unchanged() > 0 }).await;
    snapshot.set(messages::stats(8));
    shows(&adapter, 8).await;
}

#[tokio::test]
async fn an_upstream_that_returns_as_something_else_is_asked_anew() {
    let broker = Broker::start().await;
    broker.publish(STATS, &messages::stats(6));
    let adapter = Adapter::start(&[&broker.url()]).await;
    shows(&adapter, 6).await;
    let snapshot = Snapshot::start_again(broker.kill().await).await;
    shows(&adapter, 5).await;
    let address = snapshot.address;
    snapshot.stop().await;
    let broker = Broker::start_again(address).await;
    broker.publish(STATS, &messages::stats(9));
    shows(&adapter, 9).await;
}

#[tokio::test]
async fn views_of_several_upstreams_are_listed_together() {
    let (broker, snapshot) = (Broker::start().await, Snapshot::start().await);
    broker.publish("other", &json!([{"a": 1}]));
    let adapter = Adapter::start(&[&format!("ws://{}/pubsub", broker.address), &snapshot.url()]).await;
    adapter.lists(&["other", STATS]).await;
    broker.kill().await;
    shows(&adapter, 5).await;
    assert_eq!(adapter.get("/ready").await.status(), 200);
}
