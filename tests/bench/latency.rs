//! From a record's arrival to its frame at a subscriber.
//!
//! The generator makes record i at start + i / rate. One unkeyed series counts all, every
//! epoch fires, and a record's frame is the first whose `total` reaches its number. The
//! run's number in the frame is the time at which the program began to open its source,
//! so the figures include whatever it lost at its start.

use futures_util::{SinkExt, StreamExt};
use oriel_tests::processes::Process;
use serde_json::Value;
use std::path::Path;
use std::time::{SystemTime, UNIX_EPOCH};
use tokio_tungstenite::tungstenite::Message;

const RATE: u64 = 100_000;
const SECONDS: u64 = 20;
const INTERVAL_MS: u64 = 100;

/// Prints the percentiles.
pub(crate) fn measure(folder: &Path) {
    let config = folder.join("latency.toml");
    std::fs::write(&config, config_text()).unwrap();
    let broker = Process::start("oriel-broker", 0, &[]);
    let url = format!("ws://127.0.0.1:{}/pubsub", broker.port);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let mut latencies = runtime.block_on(watch(&url, &config));
    broker.kill();
    latencies.sort_by(f64::total_cmp);
    let at = |q: f64| latencies[((latencies.len() as f64 * q) as usize).min(latencies.len() - 1)];
    println!(
        "latency: {RATE} records/s for {SECONDS} s, interval {INTERVAL_MS} ms, {} records seen",
        latencies.len()
    );
    println!("  arrival to frame   p50 {:.0} ms   p99 {:.0} ms   max {:.0} ms", at(0.5), at(0.99), at(1.0));
    println!("  p99 less the interval {:.0} ms", at(0.99) - INTERVAL_MS as f64);
}

fn config_text() -> String {
    let count = RATE * SECONDS;
    format!(
        r#"topic = "latency"
interval = "{INTERVAL_MS}ms"

[source]
type = "generator"
rate = {RATE}
count = {count}
start = "2024-01-01T06:00:00Z"

[record]
format = "json"
time = {{ at = "/data/created_at" }}

[view.all]
kind = "series"
window = {{ size = "1d" }}
emit = {{ records = 1 }}
metrics = {{ total = "count" }}
retain = "3d"
"#
    )
}

async fn watch(url: &str, config: &Path) -> Vec<f64> {
    let (mut socket, _) = tokio_tungstenite::connect_async(url).await.unwrap();
    let subscribe = r#"{"type":"subscribe","topic":"latency.all"}"#;
    socket.send(Message::text(subscribe)).await.unwrap();
    let _stream = Process::start("oriel-stream", 0, &[config.to_str().unwrap(), "--broker", url]);
    let mut latencies = Vec::new();
    while (latencies.len() as u64) < RATE * SECONDS {
        let Message::Text(text) = socket.next().await.unwrap().unwrap() else { continue };
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs_f64() * 1_000.0;
        let frame: Value = serde_json::from_str(&text).unwrap();
        let begun = frame["data"]["meta"]["run"].as_f64().unwrap();
        let rows = frame["data"]["data"].as_array().unwrap();
        let total: u64 = rows.iter().filter_map(|row| row["total"].as_u64()).sum();
        let seen = latencies.len() as u64;
        latencies.extend((seen..total).map(|i| now - begun - i as f64 * 1_000.0 / RATE as f64));
    }
    latencies
}
