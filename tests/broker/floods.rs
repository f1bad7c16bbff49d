//! More of everything than anybody needs.

use crate::healthy::soon;
use crate::raw::{Raw, ask, publish};
use crate::survives::{SMALL, metric, reaches, survives};
use oriel_tests::processes::Process;

const TOPIC_BYTES: u64 = 4 << 20;

/// With what the allocator keeps for itself where values come and go.
const REMEMBERED: u64 = 2 * TOPIC_BYTES;

/// Sends all frames, a thousand at a time, as fast as the broker takes them.
async fn flood(raw: &mut Raw, count: usize, frame: impl Fn(usize) -> Vec<u8>) {
    for start in (0..count).step_by(1_000) {
        let frames: Vec<u8> = (start..count.min(start + 1_000)).flat_map(&frame).collect();
        raw.send(&frames).await.unwrap();
    }
}

async fn published(broker: &Process, count: u64) {
    reaches(broker, "oriel_broker_publications_total", |published| published >= count).await;
}

/// Publishes that many values of that size to as many topics.
async fn topics(count: usize, size: usize) {
    survives(&SMALL, REMEMBERED, async |broker| {
        let (mut raw, value) = (Raw::websocket(broker).await, format!("\"{}\"", "x".repeat(size)));
        flood(&mut raw, count, |nth| publish(&format!("flood.{nth}"), &value)).await;
        published(broker, count as u64).await;
        assert!(metric(broker, "oriel_broker_topics").await <= 1_000);
        assert!(metric(broker, "oriel_broker_topic_bytes").await <= TOPIC_BYTES);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_million_topics_are_forgotten_in_turn() {
    topics(1_000_000, 1).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn large_values_on_many_topics_are_forgotten_in_turn() {
    topics(2_000, 60_000).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_history_of_a_busy_topic_is_bounded() {
    survives(&SMALL, REMEMBERED, async |broker| {
        let (mut raw, value) = (Raw::websocket(broker).await, format!("\"{}\"", "x".repeat(1_000)));
        flood(&mut raw, 100_000, |nth| publish(&format!("flood.{}", nth % 10), &value)).await;
        published(broker, 100_000).await;
    })
    .await;
}

/// All subscriptions that connections may have, to the longest names there are.
#[tokio::test(flavor = "multi_thread")]
async fn subscriptions_are_bounded_and_end_with_their_connection() {
    const CONNECTIONS: usize = 20;
    survives(&SMALL, CONNECTIONS as u64 * 1_000 * 1_000, async |broker| {
        let mut all = Vec::new();
        for connection in 0..CONNECTIONS {
            let mut raw = Raw::websocket(broker).await;
            let name = |nth| format!("{connection}.{nth}.{}", "x".repeat(230));
            flood(&mut raw, 1_000, |nth| ask("subscribe", &name(nth))).await;
            all.push(raw);
        }
        let full = CONNECTIONS as u64 * 1_000;
        reaches(broker, "oriel_broker_subscriptions", |count| count > full).await;
        for raw in &mut all {
            raw.send(&ask("subscribe", "one.more")).await.unwrap();
            let mut answer = [0; 1_000];
            let count = soon("answer", tokio::io::AsyncReadExt::read(&mut raw.0, &mut answer)).await.unwrap();
            let answer = String::from_utf8_lossy(&answer[..count]);
            assert!(answer.contains("tooManySubscriptions"), "{answer}");
        }
        drop(all);
        reaches(broker, "oriel_broker_subscriptions", |count| count == 1).await;
    })
    .await;
}

/// Patterns that match nothing, and yet have to be looked at.
#[tokio::test(flavor = "multi_thread")]
async fn wildcards_slow_nobody() {
    const CONNECTIONS: usize = 20;
    survives(&SMALL, CONNECTIONS as u64 * 1_000 * 1_500, async |broker| {
        let mut all = Vec::new();
        for connection in 0..CONNECTIONS {
            let mut raw = Raw::websocket(broker).await;
            flood(&mut raw, 1_000, |nth| ask("subscribe", &format!("*.{connection}.*.{nth}.>"))).await;
            all.push(raw);
        }
        let mut raw = Raw::websocket(broker).await;
        flood(&mut raw, 20_000, |nth| publish(&format!("a.b.c.{}", nth % 100), "1")).await;
        published(broker, 20_000).await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn subscriptions_that_come_and_go_leave_nothing() {
    survives(&SMALL, 0, async |broker| {
        let mut raw = Raw::websocket(broker).await;
        let round = |nth: usize, topic: String| {
            let frames = ["subscribe", "unsubscribe", "subscribeNumSubscribers", "unsubscribeNumSubscribers"];
            ask(frames[nth % 4], &topic)
        };
        flood(&mut raw, 200_000, |nth| round(nth, format!("come.and.go.{}", nth / 4))).await;
        flood(&mut raw, 20_000, |nth| round(nth % 2, format!("come.*.{}", nth / 2))).await;
        raw.send(&publish("last", "1")).await.unwrap();
        reaches(broker, "oriel_broker_topics", |count| count == 2).await;
        assert_eq!(metric(broker, "oriel_broker_subscriptions").await, 1);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn connections_that_come_and_go_leave_nothing() {
    survives(&SMALL, 0, async |broker| {
        for nth in 0..2_000 {
            let mut raw = Raw::connect(broker).await;
            match nth % 4 {
                0 => {}
                1 => raw.send(b"GET /pubsub HT").await.unwrap(),
                2 => raw.send(crate::raw::upgrade("Host: localhost\r\n").as_bytes()).await.unwrap(),
                _ => drop(Raw::websocket(broker).await),
            }
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn long_polls_cost_little_and_end_with_their_connection() {
    const POLLS: usize = 1_000;
    survives(&SMALL, POLLS as u64 * 25_000, async |broker| {
        let mut all = Vec::new();
        for nth in 0..POLLS {
            let mut raw = Raw::connect(broker).await;
            let head =
                format!("GET /ws/v1/pubsub/topics/poll.{nth}?poll=true HTTP/1.1\r\nHost: localhost\r\n\r\n");
            raw.send(head.as_bytes()).await.unwrap();
            all.push(raw);
        }
        reaches(broker, "oriel_broker_long_polls", |count| count == POLLS as u64).await;
        drop(all);
        reaches(broker, "oriel_broker_long_polls", |count| count == 0).await;
    })
    .await;
}

/// More than may be open: those beyond are turned away, and the others stay.
#[tokio::test(flavor = "multi_thread")]
async fn connections_have_a_limit() {
    const LIMIT: u64 = 50;
    let flags = [&SMALL[..], &["--connections", "50"]].concat();
    survives(&flags, LIMIT * 20_000, async |broker| {
        let mut all = Vec::new();
        for _ in 0..1_000 {
            let mut raw = Raw::connect(broker).await;
            // Who is turned away may be so at once.
            let _ = raw.send(crate::raw::upgrade("Host: localhost\r\n").as_bytes()).await;
            all.push(raw);
        }
        let mut there = 0;
        for raw in &mut all {
            there += u64::from(raw.is_upgraded().await);
        }
        assert!(0 < there && there < LIMIT, "{there} beside the healthy one");
    })
    .await;
}
