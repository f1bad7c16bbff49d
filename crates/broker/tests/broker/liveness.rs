//! Who gives no sign of life is let go, and who publishes too fast is read more slowly.

use std::time::{Duration, Instant};

use futures_util::StreamExt;
use oriel_broker::Config;
use tokio_tungstenite::tungstenite::Message;

use crate::support::{broker_with, soon};

#[tokio::test]
async fn a_connection_that_gives_no_sign_of_life_is_closed() {
    let broker = broker_with(Config { ping: Duration::from_millis(50), ..Config::default() }).await;
    // It never reads, so it never answers a ping.
    let _silent = broker.client().await;
    broker.until("oriel_broker_closed_silent_total", |count| count == 1).await;
    broker.until("oriel_broker_connections", |count| count == 0).await;
}

#[tokio::test]
async fn a_subscriber_that_only_listens_is_never_idle() {
    let broker = broker_with(Config { ping: Duration::from_millis(50), ..Config::default() }).await;
    let mut listener = broker.client().await;
    listener.subscribe("t").await;
    for _ in 0..10 {
        match soon("ping", listener.socket.next()).await {
            Some(Ok(Message::Ping(_))) => {}
            other => panic!("a ping was due: {other:?}"),
        }
    }
    broker.post("t", "1").await;
    let frame = loop {
        if let Some(Ok(Message::Text(text))) = soon("frame", listener.socket.next()).await {
            break text;
        }
    };
    assert!(frame.contains("\"data\":1"));
    assert_eq!(broker.metric("oriel_broker_closed_silent_total").await, 0);
}

#[tokio::test]
async fn who_publishes_too_fast_is_read_more_slowly_and_loses_nothing() {
    let broker = broker_with(Config { publish_rate: Some(200), ..Config::default() }).await;
    let (mut publisher, mut other) = (broker.client().await, broker.client().await);
    other.subscribe("t").await;
    let started = Instant::now();
    for value in 0..400 {
        publisher.publish("t", &value.to_string()).await;
    }
    for value in 0..400 {
        assert!(other.next().await.contains(&format!("\"data\":{value},")));
    }
    let took = started.elapsed();
    assert!(took > Duration::from_millis(900), "200 may come at once, the others in a second: {took:?}");
    assert!(broker.metric("oriel_broker_slowed_total").await >= 100);
}

#[tokio::test]
async fn who_posts_too_fast_is_answered_more_slowly_on_that_connection() {
    let broker = broker_with(Config { publish_rate: Some(200), ..Config::default() }).await;
    let (url, started) = (broker.url("/ws/v1/pubsub/topics/t"), Instant::now());
    let post = async |client: &reqwest::Client, value: usize| {
        let request = client.post(&url).header("content-type", "application/json").body(value.to_string());
        assert_eq!(soon("answer", request.send()).await.unwrap().text().await.unwrap(), "{}");
    };
    let (client, other) = (reqwest::Client::new(), reqwest::Client::new());
    for value in 0..300 {
        post(&client, value).await;
    }
    let took = started.elapsed();
    assert!(took > Duration::from_millis(450), "200 may come at once, the others in half a second: {took:?}");
    let slowed = broker.metric("oriel_broker_slowed_total").await;
    assert!(slowed >= 50, "{slowed}");
    post(&other, 300).await;
    assert_eq!(broker.metric("oriel_broker_slowed_total").await, slowed, "another connection has its own");
}
