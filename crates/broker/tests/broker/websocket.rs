//! Publish, subscribe, unsubscribe, and the remembered value.

use futures_util::{SinkExt, StreamExt};
use oriel_runtime::task;
use tokio_tungstenite::tungstenite::Message;

use crate::support::{broker, soon, untimed};

fn number(frame: &str) -> u64 {
    let data = frame.split("\"data\":").nth(1).unwrap();
    data.split(',').next().unwrap().parse().unwrap()
}

#[tokio::test]
async fn a_publication_reaches_every_subscriber_to_the_byte() {
    let broker = broker().await;
    let (mut ann, mut bob, mut eve) = (broker.client().await, broker.client().await, broker.client().await);
    ann.subscribe("twitter.topHashtags").await;
    bob.subscribe("twitter.topHashtags").await;
    eve.subscribe("other").await;
    eve.publish("twitter.topHashtags", r#"[{"hashtag" : "rust","count":1.50}]"#).await;
    let (first, second) = (ann.next().await, bob.next().await);
    let expected =
        r#"{"type":"data","topic":"twitter.topHashtags","data":[{"hashtag" : "rust","count":1.50}]"#;
    assert_eq!(untimed(&first), expected);
    assert_eq!(first, second);
    eve.settled().await;
}

#[tokio::test]
async fn publications_come_in_order_with_growing_timestamps() {
    let broker = broker().await;
    let mut client = broker.client().await;
    client.subscribe("t").await;
    for value in 0..1_000 {
        client
            .socket
            .feed(Message::text(format!(r#"{{"type":"publish","topic":"t","data":{value}}}"#)))
            .await
            .unwrap();
    }
    client.socket.flush().await.unwrap();
    let mut last = 0;
    for value in 0..1_000 {
        let frame = client.next().await;
        assert_eq!(number(&frame), value);
        let timestamp: i64 = frame.rsplit([':', '}']).nth(1).unwrap().parse().unwrap();
        assert!(timestamp > last, "{timestamp} after {last}");
        last = timestamp;
    }
}

#[tokio::test]
async fn missing_data_is_null() {
    let broker = broker().await;
    let mut client = broker.client().await;
    client.subscribe("t").await;
    client.send(r#"{"type":"publish","topic":"t"}"#).await;
    assert_eq!(untimed(&client.next().await), r#"{"type":"data","topic":"t","data":null"#);
}

#[tokio::test]
async fn subscribing_twice_delivers_once_and_unsubscribing_ends_it() {
    let broker = broker().await;
    let mut client = broker.client().await;
    client.subscribe("t").await;
    client.subscribe("t").await;
    client.publish("t", "1").await;
    assert_eq!(number(&client.next().await), 1);
    client.settled().await;
    client.send(r#"{"type":"unsubscribe","topic":"t"}"#).await;
    client.publish("t", "2").await;
    client.settled().await;
    client.subscribe("t").await;
    client.publish("t", "3").await;
    assert_eq!(number(&client.next().await), 3);
}

#[tokio::test]
async fn the_remembered_value_comes_only_if_it_is_asked_for() {
    let broker = broker().await;
    broker.post("t", "1").await;
    let mut client = broker.client().await;
    client.subscribe("t").await;
    client.send(r#"{"type":"subscribe","topic":"t","latest":true}"#).await;
    assert_eq!(number(&client.next().await), 1);
    client.send(r#"{"type":"subscribe","topic":"never","latest":true}"#).await;
    client.settled().await;
}

/// The remembered value and what follows it have no gap and no duplicate between them,
/// whenever the subscription falls into a stream of publications.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn latest_joins_a_running_stream_without_gap_or_duplicate() {
    let broker = broker().await;
    let mut publisher = broker.client().await;
    let publishing = task::spawn("test", async move {
        for value in 0..5_000 {
            publisher.publish("t", &value.to_string()).await;
        }
        publisher
    });
    broker.until("oriel_broker_publications_total", |count| count > 0).await;
    while !publishing.is_finished() {
        let mut client = broker.client().await;
        client.send(r#"{"type":"subscribe","topic":"t","latest":true}"#).await;
        let first = number(&client.next().await);
        for expected in first + 1..(first + 20).min(5_000) {
            assert_eq!(number(&client.next().await), expected);
        }
    }
    publishing.await.unwrap();
}

#[tokio::test]
async fn pings_are_answered_between_frames() {
    let broker = broker().await;
    let mut client = broker.client().await;
    client.socket.send(Message::Ping("hello".into())).await.unwrap();
    let pong = soon("pong", client.socket.next()).await.unwrap().unwrap();
    assert_eq!(pong, Message::Pong("hello".into()));
}

#[tokio::test]
async fn a_connection_that_goes_leaves_nothing_behind() {
    let broker = broker().await;
    let mut client = broker.client().await;
    client.subscribe("t").await;
    assert_eq!(broker.metric("oriel_broker_connections").await, 1);
    assert_eq!(broker.metric("oriel_broker_subscriptions").await, 1);
    client.socket.close(None).await.unwrap();
    assert!(matches!(soon("close", client.socket.next()).await, Some(Ok(Message::Close(_)))));
    assert!(soon("end", client.socket.next()).await.is_none());
    broker.until("oriel_broker_connections", |count| count == 0).await;
    assert_eq!(broker.metric("oriel_broker_subscriptions").await, 0);
    let broken = broker.client().await;
    broker.until("oriel_broker_connections", |count| count == 1).await;
    drop(broken);
    broker.until("oriel_broker_connections", |count| count == 0).await;
}

#[tokio::test]
async fn what_is_no_upgrade_is_told_so() {
    let broker = broker().await;
    let (status, body) = broker.get(broker.url("/pubsub")).await;
    assert_eq!(status, 426);
    assert!(body.contains("WebSocket endpoint"), "{body}");
}
