//! Many subscribers of which none reads: as many as are there hold a queue each, and no
//! more.

use crate::raw::{Raw, TEXT, ask, frame, publish};
use crate::survives::{SMALL, reaches, survives};
use oriel_tests::processes::Process;

const CONNECTIONS: u64 = 100;
const TOPICS: usize = 10;
const QUEUE: u64 = 64 << 10;
const TOPIC_BYTES: u64 = 4 << 20;
/// What a batch leaves behind beside the queue.
const REST: u64 = 192 << 10;

fn topic(nth: usize) -> String {
    format!("t.{}", nth % TOPICS)
}

/// A thousand values, 5 MB, to the topics in turn.
async fn publish_values(raw: &mut Raw) {
    let value = format!("\"{}\"", "x".repeat(5_000));
    for nth in 0..1_000 {
        raw.send(&publish(&topic(nth), &value)).await.unwrap();
    }
}

/// Opens the crowd's connections, which do not read, and publishes until the queue of one
/// has been full.
async fn crowd(open: impl AsyncFn(&Process) -> Raw) {
    survives(&SMALL, CONNECTIONS * (QUEUE + REST) + TOPIC_BYTES, async |broker| {
        let mut raw = Raw::websocket(broker).await;
        publish_values(&mut raw).await;
        let mut all = Vec::new();
        for _ in 0..CONNECTIONS {
            all.push(open(broker).await);
        }
        reaches(broker, "oriel_broker_connections", |count| count == CONNECTIONS + 2).await;
        for _ in 0..4 {
            publish_values(&mut raw).await;
        }
        reaches(broker, "oriel_broker_drops_total{reason=\"conflate\"}", |count| count > 0).await;
        reaches(broker, "oriel_broker_publications_total", |count| count > 5_000).await;
        reaches(broker, "oriel_broker_connections", |count| count == CONNECTIONS + 2).await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn frozen_subscribers_take_a_queue_each() {
    crowd(async |broker| {
        let mut raw = Raw::websocket(broker).await;
        for nth in 0..TOPICS {
            raw.send(&ask("subscribe", &topic(nth))).await.unwrap();
        }
        raw
    })
    .await;
}

/// What they missed is got from the history at their pace, and they have none.
#[tokio::test(flavor = "multi_thread")]
async fn frozen_subscribers_that_resume_take_a_queue_each() {
    crowd(async |broker| {
        let mut raw = Raw::websocket(broker).await;
        for nth in 0..TOPICS {
            let topic = topic(nth);
            let ask = format!(r#"{{"type":"subscribe","topic":"{topic}","resume":true,"latest":true}}"#);
            raw.send(&frame(TEXT, ask.as_bytes())).await.unwrap();
        }
        raw
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn frozen_event_streams_take_a_queue_each() {
    crowd(async |broker| {
        let mut raw = Raw::connect(broker).await;
        let request =
            format!("GET /ws/v1/pubsub/events?topic={} HTTP/1.1\r\nHost: localhost\r\n\r\n", topic(0));
        raw.send(request.as_bytes()).await.unwrap();
        raw
    })
    .await;
}
