//! What the others notice of a subscriber that does not read.

use super::listener::{Listener, message, quantile, take};
use super::peer::Peer;
use super::socket::Socket;
use super::spread;
use std::path::Path;
use std::time::{Duration, Instant};
use tokio::runtime::Runtime;
use tokio::task::JoinHandle;
use tokio::time::interval;

const TOPICS: usize = 100;
/// Ten for each topic, and they read.
const HEALTHY: usize = 1_000;
/// Updates a second over all topics.
const RATE: usize = 10_000;
/// For half of that the histories of the topics fill; then memory has to stay.
const SECONDS: usize = 20;
/// Of each topic.
const UPDATES: usize = RATE * SECONDS / TOPICS;
const ROUNDS: usize = 3;

/// Prints the p99 of the healthy ones with and without one that has subscribed to every
/// topic and is frozen; and of that one the broker's memory, and how it wakes.
pub(crate) fn measure(_: &Path) {
    let runtime = Runtime::new().unwrap();
    println!("frozen: {RATE} updates/s over {TOPICS} topics, {HEALTHY} subscribers that read");
    let (mut without, mut with) = (Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        without.push(runtime.block_on(round(false)));
        with.push(runtime.block_on(round(true)));
    }
    println!("  ms to the p99 without it {}", spread(&without));
    println!("  ms to the p99 with it    {}", spread(&with));
}

fn topic(nth: usize) -> String {
    format!("state.{}", nth % TOPICS)
}

async fn round(is_there: bool) -> f64 {
    let (peer, begun) = (Peer::oriel(), Instant::now());
    let mut frozen = Socket::connect(&peer, true).await;
    for nth in 0..if is_there { TOPICS } else { 0 } {
        frozen.subscribe(&topic(nth)).await;
    }
    let mut healthy = Vec::new();
    for nth in 0..HEALTHY {
        let mut socket = Socket::connect(&peer, false).await;
        socket.subscribe(&topic(nth)).await;
        healthy.push(tokio::spawn(listen(Listener::new(socket, true), begun)));
    }
    let memory = publish(&peer, begun).await;
    let p99 = p99(healthy).await;
    if is_there {
        println!("  memory every 2 seconds, MB  {}", memory.join(" "));
        wake(frozen).await;
    }
    p99
}

/// Publishes all updates; says what memory the broker had every two seconds.
async fn publish(peer: &Peer, begun: Instant) -> Vec<String> {
    let mut publisher = Socket::connect(peer, false).await;
    let (mut due, mut memory) = (interval(Duration::from_millis(1)), Vec::new());
    for nth in 0..UPDATES * TOPICS {
        if nth % (RATE / 1_000) == 0 {
            due.tick().await;
        }
        publisher.publish(&topic(nth), &message(nth / TOPICS, begun.elapsed())).await;
        if (nth + 1) % (2 * RATE) == 0 {
            memory.push(format!("{:.1}", peer.process.memory() as f64 / 1e6));
        }
    }
    publisher.settle().await;
    memory
}

async fn listen(mut listener: Listener, begun: Instant) -> Listener {
    while listener.next < UPDATES && listener.hear(begun).await {}
    listener
}

async fn p99(healthy: Vec<JoinHandle<Listener>>) -> f64 {
    let mut latencies = Vec::new();
    for listener in healthy {
        let heard = listener.await.unwrap();
        assert_eq!((heard.next, heard.lost), (UPDATES, 0), "a healthy one has lost something");
        latencies.extend(heard.latencies);
    }
    quantile(&mut latencies, 0.99)
}

/// Lets the frozen one read until it has the newest of every topic.
async fn wake(mut frozen: Socket) {
    let (begun, mut frames, mut newest) = (Instant::now(), 0, 0);
    while newest < TOPICS {
        assert!(frozen.fill().await, "the broker hangs up");
        take(&mut frozen.plain, |number, _| {
            frames += 1;
            newest += usize::from(number == UPDATES - 1);
        });
    }
    let took = begun.elapsed().as_millis();
    println!("  it wakes and has the newest of all topics after {frames} frames, {took} ms");
}
