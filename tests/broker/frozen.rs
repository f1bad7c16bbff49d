//! A subscriber that stops reading, beside a hundred that read.

use crate::healthy::{Healthy, soon};
use crate::raw::{Raw, ask, publish};
use crate::survives::{metric, reaches};
use futures_util::future::join_all;
use oriel_tests::processes::Process;
use std::time::Duration;
use tokio::io::AsyncReadExt;
use tokio::time::interval;

const TOPICS: usize = 100;
/// Updates a second over all topics.
const RATE: usize = 10_000;
/// Of each topic.
const UPDATES: usize = 300;
/// Of an update: more in all than kernels hide.
const BYTES: usize = 1_000;
/// A queue as it is by default, and little that is remembered for others.
const QUEUE: u64 = 1 << 20;
const REMEMBERED: u64 = 1 << 20;
/// What is on its way to those who read.
const SLACK: u64 = 4 << 20;

fn topic(nth: usize) -> String {
    format!("state.{nth}")
}

#[tokio::test(flavor = "multi_thread")]
async fn a_frozen_subscriber_harms_nobody_and_wakes_to_the_newest_state() {
    let broker = Process::start("oriel-broker", 0, &["--topic-bytes", &REMEMBERED.to_string()]);
    let mut frozen = Raw::websocket(&broker).await;
    for nth in 0..TOPICS {
        frozen.send(&ask("subscribe", &topic(nth))).await.unwrap();
    }
    let mut healthy = Vec::new();
    for nth in 0..TOPICS {
        healthy.push(Healthy::connect(&broker, &topic(nth)).await);
    }
    reaches(&broker, "oriel_broker_subscriptions", |count| count == 200).await;

    let before = broker.memory();
    let listening = tokio::spawn(join_all(healthy.into_iter().map(hear_all)));
    publish_all(&broker).await;
    listening.await.expect("those who read get everything, in order");
    let peak = broker.peak_memory();
    assert!(peak <= before + QUEUE + REMEMBERED + SLACK, "{before} bytes before, {peak} at the peak");
    assert!(metric(&broker, "oriel_broker_drops_total{reason=\"conflate\"}").await > 0, "it was frozen");
    soon("newest state", wake(frozen)).await;
}

async fn publish_all(broker: &Process) {
    let (mut publisher, pad) = (Raw::websocket(broker).await, "x".repeat(BYTES));
    let mut due = interval(Duration::from_millis(10));
    for update in 0..UPDATES {
        // A value of each topic is a hundredth of a second's.
        const { assert!(TOPICS * 100 == RATE) };
        due.tick().await;
        let frames: Vec<u8> =
            (0..TOPICS).flat_map(|nth| publish(&topic(nth), &format!("[{update},\"{pad}\"]"))).collect();
        publisher.send(&frames).await.unwrap();
    }
}

async fn hear_all(mut healthy: Healthy) {
    for update in 0..UPDATES {
        let frame = healthy.next().await;
        assert!(frame.contains(&format!("\"data\":[{update},")), "{update} was due: {frame}");
    }
}

/// Reads until it has the newest of every topic: what comes is in order, without
/// anything twice.
async fn wake(mut frozen: Raw) {
    let (mut bytes, mut newest) = (Vec::new(), vec![None; TOPICS]);
    while newest.iter().any(|update| *update != Some(UPDATES - 1)) {
        assert!(frozen.0.read_buf(&mut bytes).await.unwrap() > 0, "the broker hangs up");
        let text = String::from_utf8_lossy(&bytes);
        let whole = text.rfind(",\"timestamp\":").unwrap_or(0);
        for frame in text[..whole].split("\"topic\":\"state.").skip(1) {
            let (topic, rest) = frame.split_once("\",\"data\":[").unwrap();
            let update: usize = rest.split(',').next().unwrap().parse().unwrap();
            let before = &mut newest[topic.parse::<usize>().unwrap()];
            assert!(*before < Some(update), "{update} of topic {topic} after {before:?}");
            *before = Some(update);
        }
        bytes = text.into_owned().split_off(whole).into_bytes();
    }
}
