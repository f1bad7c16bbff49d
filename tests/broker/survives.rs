//! What has to hold whatever is done to the broker.

use crate::healthy::Healthy;
use oriel_testkit::until;
use oriel_tests::processes::Process;
use oriel_tests::programs::PATIENCE;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::SeqCst};
use std::time::Duration;
use tokio::task::JoinHandle;

/// Bounds small enough that what goes beyond them is seen, as the broker's flags.
pub(crate) const SMALL: [&str; 8] =
    ["--message-bytes", "65536", "--queue-bytes", "65536", "--topics", "1000", "--topic-bytes", "4194304"];

/// What a broker takes besides what is bounded: buffers of its threads, and of whoever
/// happens to connect at once.
pub(crate) const SLACK: u64 = 2 << 20;

/// A million of anything takes its time on a slow machine.
pub(crate) const LONG: Duration = Duration::from_secs(120);

/// Starts a broker with those flags and lets a healthy client go round while the abuse
/// is going on. Then it is served as before, and so is a new one; all connections of the
/// abuse are gone; and the broker has never held more memory than before and so many
/// bytes.
pub(crate) async fn survives(flags: &[&str], bytes: u64, abuse: impl AsyncFnOnce(&Process)) {
    let broker = Process::start("oriel-broker", 0, flags);
    let mut healthy = Healthy::connect(&broker, "healthy").await;
    for _ in 0..100 {
        healthy.round_trip().await;
    }
    let before = broker.memory();
    let over = Arc::new(AtomicBool::new(false));
    let going = go_round(healthy, Arc::clone(&over));
    abuse(&broker).await;
    let peak = broker.peak_memory();
    over.store(true, SeqCst);
    going.await.expect("a healthy client is served meanwhile");
    assert!(peak <= before + bytes + SLACK, "{before} bytes before, {peak} at the peak");
    reaches(&broker, "oriel_broker_connections", |count| count == 0).await;
    Healthy::connect(&broker, "healthy").await.round_trip().await;
}

fn go_round(mut healthy: Healthy, over: Arc<AtomicBool>) -> JoinHandle<()> {
    tokio::spawn(async move {
        while !over.load(SeqCst) {
            healthy.round_trip().await;
        }
        healthy.round_trip().await;
    })
}

/// Waits until a metric is as it should be.
pub(crate) async fn reaches(broker: &Process, name: &str, wanted: impl Fn(u64) -> bool) {
    until(name, LONG, async || wanted(metric(broker, name).await).then_some(())).await;
}

/// The value of a metric, 0 while it is not there.
pub(crate) async fn metric(broker: &Process, name: &str) -> u64 {
    let url = format!("{}/metrics", broker.http());
    let get = async || reqwest::get(&url).await.ok()?.error_for_status().ok()?.text().await.ok();
    let text = until("metrics", PATIENCE, get).await;
    let value = text.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(' '));
    value.map_or(0, |value| value.parse().unwrap())
}
