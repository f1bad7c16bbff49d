//! From the generator to an answer.

use crate::{folder, tweets};
use oriel_testkit::until;
use oriel_tests::accounting;
use oriel_tests::programs::{PATIENCE, adapter, broker, get, post, stream};
use serde_json::{Value, json};

/// A query as Grafana sends it, over all times.
fn query() -> Value {
    json!({
        "range": {"from": "2024-01-01T00:00:00.000Z", "to": "2024-01-02T00:00:00.000Z"},
        "intervalMs": 1000,
        "maxDataPoints": 1000,
        "targets": [
            {"refId": "A", "target": "twitter.topHashtags"},
            {"refId": "B", "target": "twitter.tweetStats:total"},
        ],
    })
}

#[tokio::test(flavor = "multi_thread")]
async fn a_finite_stream_ends_and_its_last_results_reach_the_adapter_through_the_broker() {
    let broker = broker(0).await;
    let adapter = adapter(&[broker.http()]).await;
    let config = tweets(20_000, "count = 5000\nstart = \"2024-01-01T00:10:00Z\"");
    let summary = stream(&config, &folder("finite"), &broker.http()).await.ended().await.unwrap();
    let tally = summary.totals.tally;
    assert_eq!((tally.read, tally.counted), (5_000, 5_000));
    // It answers no more; this is what its last metrics rest on.
    accounting::adds_up(&summary.totals);

    let url = format!("{}/ws/v1/pubsub/topics/twitter.tweetStats", broker.http());
    let (status, value) = get(&url).await.unwrap();
    assert_eq!(status, 200);
    let rows = value["data"]["data"].as_array().unwrap().clone();
    // Every tweet is in two windows of a minute that slide by half of one.
    let total: u64 = rows.iter().map(|row| row["total"].as_u64().unwrap()).sum();
    assert_eq!(total, 10_000);
    assert!(value["data"]["meta"]["state"].as_array().unwrap().iter().all(|state| state == "final"));

    let asked = format!("{}/query", adapter.http());
    let frames = until("the last results", PATIENCE, async || {
        let (_, frames) = post(&asked, &query()).await?;
        let points = frames[1]["datapoints"].as_array()?;
        let sum: u64 = points.iter().filter_map(|point| point[0].as_u64()).sum();
        (sum == 10_000).then_some(frames)
    })
    .await;
    assert_eq!((&frames[0]["refId"], &frames[1]["refId"]), (&json!("A"), &json!("B")));
    assert_eq!(frames[0]["type"], "table");
    assert_eq!(frames[0]["rows"].as_array().unwrap().len(), 10);
    adapter.stop().await;
    broker.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_adapter_says_the_same_on_the_broker_and_straight_on_the_stream() {
    let broker = broker(0).await;
    // All tweets come in one second; after it, nothing changes until the end of the test.
    let config = tweets(5_000, "start = \"2024-01-01T00:10:00Z\"").replace("rate = 5000", "rate = 1000");
    let stream = stream(&config, &folder("both"), &broker.http()).await;
    let (through, straight) = (adapter(&[broker.http()]).await, adapter(&[stream.http()]).await);
    let ask = async |base: String| post(&format!("{base}/query"), &query()).await.map(|(_, frames)| frames);
    until("equal answers of both", PATIENCE, async || {
        let (one, other) = (ask(through.http()).await?, ask(straight.http()).await?);
        let full = one[0]["rows"].as_array().is_some_and(|rows| !rows.is_empty());
        (full && one[0]["rows"] == other[0]["rows"] && one[1]["datapoints"] == other[1]["datapoints"])
            .then_some(())
    })
    .await;
    let names = post(&format!("{}/metrics", straight.http()), &json!({})).await.unwrap().1;
    let listed = names.to_string();
    assert!(listed.contains("twitter.tweetStats") && listed.contains("twitter.topHashtags"), "{listed}");
    accounting::holds(&stream.http()).await;
    assert!(stream.stop().await.is_ok());
}

#[tokio::test(flavor = "multi_thread")]
async fn the_originals_curl_lines_work() {
    let broker = broker(0).await;
    let stream = stream(&tweets(2_000, ""), &folder("curl"), &broker.http()).await;
    let topics = format!("{}/ws/v1/pubsub/topics", broker.http());
    until("both topics", PATIENCE, async || {
        let (_, list) = get(&topics).await?;
        let names: Vec<&str> = list.as_array()?.iter().filter_map(|topic| topic["topic"].as_str()).collect();
        (names.contains(&"twitter.topHashtags") && names.contains(&"twitter.tweetStats")).then_some(())
    })
    .await;
    let (_, top) = get(&format!("{topics}/twitter.topHashtags")).await.unwrap();
    let first = &top["data"]["data"][0];
    assert_eq!(first["label"], "0");
    assert!(first["count"].is_u64() && first["hashtag"].is_string(), "{first}");
    let later = top["timestamp"].as_i64().unwrap();
    let (status, next) =
        get(&format!("{topics}/twitter.topHashtags?poll=true&laterThan={later}")).await.unwrap();
    assert_eq!(status, 200);
    assert!(next["timestamp"].as_i64().unwrap() > later);
    accounting::holds(&stream.http()).await;
    stream.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_snapshot_server_lists_serves_and_answers() {
    let stream = stream(&tweets(2_000, ""), &folder("snapshot"), "http://127.0.0.1:1").await;
    let (_, views) = get(&format!("{}/views", stream.http())).await.unwrap();
    assert_eq!(views["topic"], "twitter");
    assert_eq!(views["views"][0]["target"], "twitter.tweetStats");
    assert_eq!(views["views"][1]["schema"][0], json!({"name": "hashtag", "type": "string"}));

    let url = format!("{}/views/topHashtags", stream.http());
    let tag = until("a row", PATIENCE, async || {
        let response = reqwest::get(&url).await.ok()?;
        let tag = response.headers()["etag"].to_str().unwrap().to_owned();
        let body: Value = response.json().await.ok()?;
        (!body["data"].as_array()?.is_empty()).then_some(tag)
    })
    .await;
    let asked = reqwest::Client::new().get(&url).header("if-none-match", &tag).send().await.unwrap();
    assert!(matches!(asked.status().as_u16(), 304 | 200));
    let (status, unknown) = get(&format!("{}/views/none", stream.http())).await.unwrap();
    assert_eq!(status, 404);
    assert!(unknown["message"].as_str().unwrap().contains("tweetStats"), "{unknown}");

    let query = format!("{}/query", stream.http());
    let schema =
        json!({"id": "q1", "type": "schemaQuery", "context": {"schemaKeys": {"view": "topHashtags"}}});
    let (_, schema) = post(&query, &schema).await.unwrap();
    assert_eq!(schema["data"][0]["values"][1], json!({"name": "count", "type": "long"}));
    let data = json!({"id": "q2", "type": "dataQuery", "data": {"schemaKeys": {"view": "topHashtags"}, "fields": ["count"]}});
    let (_, data) = post(&query, &data).await.unwrap();
    assert_eq!((&data["id"], &data["type"]), (&json!("q2"), &json!("dataResult")));
    assert_eq!(data["data"][0].as_object().unwrap().len(), 1);
    assert!(data.get("countdown").is_none());
    for (field, code) in [("nope", "unknownField"), ("view", "unknownView")] {
        let wrong = match code {
            "unknownField" => json!({"schemaKeys": {"view": "topHashtags"}, "fields": [field]}),
            _ => json!({"schemaKeys": {"view": field}}),
        };
        let (status, error) =
            post(&query, &json!({"id": "q3", "type": "dataQuery", "data": wrong})).await.unwrap();
        assert_eq!((status, &error["code"], &error["type"]), (400, &json!(code), &json!("error")));
    }
    accounting::holds(&stream.http()).await;
    stream.stop().await.unwrap();
}
