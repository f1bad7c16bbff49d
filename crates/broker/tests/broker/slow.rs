//! A subscriber that does not read harms only itself.

use std::collections::VecDeque;

use futures_util::SinkExt;
use oriel_broker::Config;
use tokio::net::TcpSocket;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::{MaybeTlsStream, client_async};

use crate::support::{Broker, Client, broker_with, soon};

/// Small, so that little is hidden in the kernel.
pub(crate) const QUEUE: usize = 64 << 10;

pub(crate) const REPLACED: &str = "oriel_broker_drops_total{reason=\"conflate\"}";

pub(crate) async fn slow_broker() -> Broker {
    broker_with(Config { queue_bytes: QUEUE, ..Config::default() }).await
}

/// A client that will not read, with as small a buffer in the kernel as there is.
pub(crate) async fn frozen(broker: &Broker, topics: &[&str]) -> Client {
    let socket = TcpSocket::new_v4().unwrap();
    socket.set_recv_buffer_size(4 << 10).unwrap();
    let stream = MaybeTlsStream::Plain(soon("connection", socket.connect(broker.address)).await.unwrap());
    let (socket, _) = client_async(format!("ws://{}/pubsub", broker.address), stream).await.unwrap();
    let mut client = Client { socket, early: VecDeque::new() };
    for topic in topics {
        client.subscribe(topic).await;
    }
    client
}

pub(crate) fn publication(topic: &str, value: usize) -> Message {
    let pad = "x".repeat(4_000);
    Message::text(format!(r#"{{"type":"publish","topic":"{topic}","data":[{value},"{pad}"]}}"#))
}

fn value(frame: &str) -> usize {
    frame.split("\"data\":[").nth(1).unwrap().split(',').next().unwrap().parse().unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_frozen_subscriber_keeps_the_newest_and_slows_nobody() {
    const ROUNDS: usize = 4_000;
    let broker = slow_broker().await;
    let mut asleep = frozen(&broker, &["a", "b"]).await;
    let (mut awake, mut publisher) = (broker.client().await, broker.client().await);
    awake.subscribe("a").await;
    awake.subscribe("b").await;
    for round in 0..ROUNDS {
        publisher.socket.feed(publication("a", round)).await.unwrap();
        publisher.socket.feed(publication("b", round)).await.unwrap();
        publisher.socket.flush().await.unwrap();
        for topic in ["a", "b"] {
            let frame = awake.next().await;
            assert!(frame.contains(&format!(r#""topic":"{topic}""#)));
            assert_eq!(value(&frame), round, "who reads misses nothing");
        }
    }
    let replaced = broker.metric(REPLACED).await as usize;
    assert!(replaced > 0, "32 MB do not fit anywhere");

    let mut last = [None, None];
    let mut frames = 0;
    while last != [Some(ROUNDS - 1); 2] {
        let frame = asleep.next().await;
        let topic = usize::from(frame.contains(r#""topic":"b""#));
        assert!(last[topic] < Some(value(&frame)), "in order, without duplicates");
        last[topic] = Some(value(&frame));
        frames += 1;
    }
    assert_eq!(frames + replaced, 2 * ROUNDS, "every frame was delivered or counted");
    asleep.settled().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_topic_of_commands_closes_a_subscriber_that_cannot_follow() {
    let broker = slow_broker().await;
    let mut asleep = frozen(&broker, &["theQuery"]).await;
    let mut publisher = broker.client().await;
    let mut sent = 0;
    while broker.metric("oriel_broker_closed_slow_total").await == 0 {
        for _ in 0..100 {
            publisher.socket.feed(publication("theQuery", sent)).await.unwrap();
            sent += 1;
        }
        publisher.socket.flush().await.unwrap();
        publisher.settled().await;
    }
    let mut next = 0;
    while let Some(Ok(message)) = soon("frame", futures_util::StreamExt::next(&mut asleep.socket)).await {
        match message {
            Message::Text(frame) => assert_eq!(value(&frame), next, "no command is missing before the end"),
            Message::Close(Some(close)) => assert_eq!(u16::from(close.code), 1013),
            other => panic!("{other:?}"),
        }
        next += 1;
    }
    assert!(next < sent);
    broker.until("oriel_broker_connections", |count| count == 1).await;
}
