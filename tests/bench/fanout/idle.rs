//! What a subscriber costs that only waits.

use super::peer::Peer;
use super::socket::Socket;
use futures_util::future::join_all;
use std::path::Path;
use tokio::runtime::Runtime;

const SUBSCRIBERS: usize = 10_000;

/// Prints the memory of the broker's process for each of many idle subscribers.
pub(crate) fn measure(_: &Path) {
    let runtime = Runtime::new().unwrap();
    println!("idle: {SUBSCRIBERS} subscribers, memory of the broker's process for each");
    if open_files() < SUBSCRIBERS as u64 + 100 {
        return println!("  the limit of open files is too low: ulimit -n {}", 2 * SUBSCRIBERS);
    }
    runtime.block_on(all("of one topic", 1));
    runtime.block_on(all("of a topic each", SUBSCRIBERS));
}

async fn all(what: &str, topics: usize) {
    let topic = |nth: usize| format!("idle.{}", nth % topics);
    let peer = Peer::oriel();
    let empty = peer.process.memory();
    let mut sockets = Vec::with_capacity(SUBSCRIBERS);
    for nth in 0..SUBSCRIBERS {
        let mut socket = Socket::connect(&peer, false).await;
        socket.subscribe(&topic(nth)).await;
        sockets.push(socket);
    }
    let each = || (peer.process.memory() - empty) as f64 / SUBSCRIBERS as f64 / 1_000.0;
    let idle = each();
    let mut publisher = Socket::connect(&peer, false).await;
    for nth in 0..topics {
        publisher.publish(&topic(nth), "1").await;
    }
    join_all(sockets.iter_mut().map(Socket::fill)).await;
    println!("  {what:<16} {idle:>6.2} KB   after a message to each {:>6.2} KB", each());
}

/// How many files this process may open, and with it the broker that it starts.
fn open_files() -> u64 {
    let limits = std::fs::read_to_string("/proc/self/limits").unwrap_or_default();
    let line = limits.lines().find_map(|line| line.strip_prefix("Max open files"));
    line.and_then(|line| line.split_whitespace().next()?.parse().ok()).unwrap_or(u64::MAX)
}
