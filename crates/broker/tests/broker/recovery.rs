//! Viewers that return: nothing is lost without a word, nothing comes twice.

use oriel_broker::Config;
use serde_json::{Value, json};

use crate::support::{Broker, Client, broker, broker_with};

/// A data frame's value, number, and whether something before it is lost.
fn read(frame: &str) -> (u64, u64, bool) {
    let frame: Value = serde_json::from_str(frame).unwrap();
    assert_eq!(frame["epoch"].as_str().map(str::len), Some(16), "{frame}");
    (frame["data"].as_u64().unwrap(), frame["seq"].as_u64().unwrap(), frame["gap"] == true)
}

async fn subscribe(client: &mut Client, resume: &Value) {
    let frame = json!({"type": "subscribe", "topic": "t", "resume": resume});
    client.send(&frame.to_string()).await;
}

/// Publishes the numbers of a range.
async fn publish(broker: &Broker, values: std::ops::Range<u64>) {
    let mut publisher = broker.client().await;
    for value in values {
        publisher.publish("t", &value.to_string()).await;
    }
    publisher.settled().await;
}

/// The place after the first value that a new viewer gets.
async fn place(broker: &Broker, client: &mut Client) -> Value {
    subscribe(client, &json!(true)).await;
    client.settled().await;
    publish(broker, 0..1).await;
    let frame: Value = serde_json::from_str(&client.next().await).unwrap();
    json!({"epoch": frame["epoch"], "seq": frame["seq"]})
}

#[tokio::test]
async fn who_returns_gets_what_it_missed_and_then_what_follows() {
    let broker = broker().await;
    let place = place(&broker, &mut broker.client().await).await;
    publish(&broker, 1..100).await;
    let mut viewer = broker.client().await;
    subscribe(&mut viewer, &place).await;
    for value in 1..100 {
        let (got, _, gap) = read(&viewer.next().await);
        assert_eq!((got, gap), (value, false));
    }
    publish(&broker, 100..103).await;
    for value in 100..103 {
        assert_eq!(read(&viewer.next().await).0, value);
    }
    viewer.settled().await;
}

#[tokio::test]
async fn who_missed_nothing_gets_nothing() {
    let broker = broker().await;
    let place = place(&broker, &mut broker.client().await).await;
    let mut viewer = broker.client().await;
    subscribe(&mut viewer, &place).await;
    viewer.settled().await;
    publish(&broker, 1..2).await;
    assert_eq!(read(&viewer.next().await).0, 1);
}

#[tokio::test]
async fn who_returns_too_late_gets_the_newest_and_is_told() {
    let mut config = Config::default();
    config.limits.history.count = 10;
    let broker = broker_with(config).await;
    let place = place(&broker, &mut broker.client().await).await;
    publish(&broker, 1..100).await;
    let mut viewer = broker.client().await;
    subscribe(&mut viewer, &place).await;
    let (got, seq, gap) = read(&viewer.next().await);
    assert_eq!((got, gap), (99, true));
    publish(&broker, 100..101).await;
    assert_eq!(read(&viewer.next().await), (100, seq + 1, false));
}

#[tokio::test]
async fn after_a_restart_the_epoch_is_another_and_that_is_a_gap() {
    let before = broker().await;
    let place = place(&before, &mut before.client().await).await;
    let after = broker().await;
    let mut viewer = after.client().await;
    subscribe(&mut viewer, &place).await;
    viewer.settled().await;
    publish(&after, 5..7).await;
    let (got, _, gap) = read(&viewer.next().await);
    assert_eq!((got, gap), (5, true), "what came before is lost, and nobody knows how much");
    let frame = viewer.next().await;
    assert!(!read(&frame).2 && !frame.contains(place["epoch"].as_str().unwrap()));
}

#[tokio::test]
async fn a_long_history_is_replayed_without_a_loss_whatever_the_queue_holds() {
    let config = Config { queue_bytes: 4 << 10, ..Config::default() };
    let broker = broker_with(config).await;
    let place = place(&broker, &mut broker.client().await).await;
    publish(&broker, 1..1_000).await;
    let mut viewer = broker.client().await;
    subscribe(&mut viewer, &place).await;
    for value in 1..1_000 {
        let frame = viewer.next().await;
        assert_eq!(read(&frame).0, value);
        assert!(!frame.contains("skipped") && !frame.contains("gap"));
    }
}

#[tokio::test]
async fn a_poll_that_resumes_is_told_where_it_is_and_what_it_skips() {
    let broker = broker().await;
    let get = async |after: &str| -> (u16, Value) {
        let (status, body) = broker.get(broker.topic(&format!("t?after={after}"))).await;
        (status, serde_json::from_str(&body).unwrap_or(Value::Null))
    };
    assert_eq!(get("").await.0, 404);
    publish(&broker, 0..1).await;
    let (_, first) = get("").await;
    assert_eq!((&first["data"], &first["skipped"]), (&json!(0), &json!(0)));
    let place = format!("{}:{}", first["epoch"].as_str().unwrap(), first["seq"]);
    assert_eq!(get(&place).await.0, 404);
    publish(&broker, 1..5).await;
    let (status, next) = get(&place).await;
    assert_eq!(
        (status, &next["data"], &next["skipped"], &next["gap"]),
        (200, &json!(4), &json!(3), &Value::Null)
    );
    let (_, other) = get("0123456789abcdef:1").await;
    assert_eq!((&other["data"], &other["gap"]), (&json!(4), &json!(true)));
    assert_eq!(get("x").await.0, 400);
    let plain = broker.get(broker.topic("t")).await.1;
    assert!(!plain.contains("seq") && !plain.contains("skipped"), "{plain}");
}

#[tokio::test]
async fn a_subscriber_that_asked_is_told_what_a_newer_value_replaced() {
    let config = Config { queue_bytes: 1 << 10, ..Config::default() };
    let broker = broker_with(config).await;
    let (mut told, mut plain) = (broker.client().await, broker.client().await);
    told.send(r#"{"type":"subscribe","topic":"t","conflate":true}"#).await;
    told.settled().await;
    plain.subscribe("t").await;
    let mut publisher = broker.client().await;
    // Frames of one connection are done one after another: with so many at once the
    // subscribers cannot send between all of them.
    let mut sent = 0;
    while broker.metric("oriel_broker_drops_total{reason=\"conflate\"}").await < 2_000 {
        for _ in 0..2_000 {
            let pad = "x".repeat(1_000);
            publisher.publish("t", &format!("[{sent},\"{pad}\"]")).await;
            sent += 1;
        }
        publisher.settled().await;
    }
    for (client, asked) in [(&mut told, true), (&mut plain, false)] {
        let (mut seen, mut skipped) = (0, 0);
        loop {
            let frame: Value = serde_json::from_str(&client.next().await).unwrap();
            seen += 1;
            skipped += frame["skipped"].as_u64().unwrap_or(0);
            if frame["data"][0] == sent - 1 {
                break;
            }
        }
        assert_eq!(skipped > 0, asked);
        assert!(!asked || seen + skipped == sent, "{seen} seen and {skipped} skipped of {sent}");
    }
}
