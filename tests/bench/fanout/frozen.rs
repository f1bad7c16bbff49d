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
/// In turns, since the machine's speed drifts.
const ROUNDS: usize = 7;

/// Prints the p99 of the healthy ones and the broker's work with and without one that has
/// subscribed to every topic and is frozen; and of that one the broker's memory, and how
/// it wakes.
pub(crate) fn measure(_: &Path) {
    let runtime = Runtime::new().unwrap();
    println!("frozen: {RATE} updates/s over {TOPICS} topics, {HEALTHY} subscribers that read");
    let (mut without, mut with) = (Vec::new(), Vec::new());
    for nth in 0..ROUNDS {
        // Each goes first in every second round.
        for is_there in [nth % 2 == 0, nth % 2 == 1] {
            let figures = runtime.block_on(round(is_there));
            if is_there { with.push(figures) } else { without.push(figures) }
        }
    }
    compare("ms to the p50", &without, &with, |round| round.p50);
    compare("ms to the p99", &without, &with, |round| round.p99);
    compare("processor seconds of the broker", &without, &with, |round| round.processor);
}

struct Round {
    p50: f64,
    p99: f64,
    processor: f64,
}

fn compare(what: &str, without: &[Round], with: &[Round], figure: fn(&Round) -> f64) {
    let figures = |rounds: &[Round]| rounds.iter().map(figure).collect::<Vec<f64>>();
    let (without, with) = (figures(without), figures(with));
    let ratios: Vec<f64> = with.iter().zip(&without).map(|(with, without)| with / without).collect();
    println!("  {what}");
    println!("    without it     {}", spread(&without));
    println!("    with it        {}", spread(&with));
    println!("    ratio          {}", spread(&ratios));
}

fn topic(nth: usize) -> String {
    format!("state.{}", nth % TOPICS)
}

async fn round(is_there: bool) -> Round {
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
    let before = peer.process.processor_time();
    let memory = publish(&peer, begun).await;
    let mut latencies = latencies(healthy).await;
    let processor = (peer.process.processor_time() - before).as_secs_f64();
    if is_there {
        println!("  memory every 2 seconds, MB  {}", memory.join(" "));
        wake(frozen).await;
    }
    let (p50, p99) = (quantile(&mut latencies, 0.5), quantile(&mut latencies, 0.99));
    Round { p50, p99, processor }
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

async fn latencies(healthy: Vec<JoinHandle<Listener>>) -> Vec<Duration> {
    let mut latencies = Vec::new();
    for listener in healthy {
        let heard = listener.await.unwrap();
        assert_eq!((heard.next, heard.lost), (UPDATES, 0), "a healthy one has lost something");
        latencies.extend(heard.latencies);
    }
    latencies
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
