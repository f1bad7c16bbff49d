//! A thousand overlapping windows beside one at a time: records per second, whole process.

use crate::{median, program};
use oriel_stream::config::SourceConfig;
use oriel_tests::tweets;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Instant;

const RECORDS: u64 = 2_000_000;
const RUNS: usize = 5;

/// Each window with when it fires, and what it is called.
const VIEWS: [(&str, &str, &str); 3] = [
    ("tumbling 1000 s, on time", r#"{ size = "1000s" }"#, r#""on_time""#),
    ("sliding 1000 s / 1 s, on time", r#"{ size = "1000s", slide = "1s" }"#, r#""on_time""#),
    ("sliding 1000 s / 1 s, every 1 s", r#"{ size = "1000s", slide = "1s" }"#, r#"{ every = "1s" }"#),
];

/// Prints the rate of each and its ratio to the first, medians of runs that take turns.
pub(crate) fn measure(folder: &Path) {
    let file = folder.join("sliding.ndjson");
    let (rate, start) = (Some(1_000.0), oriel_time::EventTime::valid(1_493_619_600_000));
    tweets::write(&file, &SourceConfig::Generator { rate, count: Some(RECORDS), seed: 1, start });
    println!(
        "sliding: {RECORDS} generated tweets at 1,000/s, an unkeyed count, one worker, {RUNS} runs each"
    );
    let configs = VIEWS.map(|(name, window, emit)| {
        let config = folder.join(format!("sliding-{}.toml", name.replace([' ', '/', ','], "-")));
        std::fs::write(&config, text(&file, window, emit)).unwrap();
        config
    });
    let mut rates: [Vec<f64>; VIEWS.len()] = Default::default();
    for _ in 0..RUNS {
        for (config, rates) in configs.iter().zip(&mut rates) {
            rates.push(run(config));
        }
    }
    let rates = rates.map(|mut rates| median(&mut rates));
    for ((name, _, _), rate) in VIEWS.iter().zip(rates) {
        println!("  {name:<34}{rate:>12.0} records/s   {:.2} of tumbling", rate / rates[0]);
    }
}

fn text(file: &Path, window: &str, emit: &str) -> String {
    format!(
        r#"topic = "sliding"

[source]
type = "file"
path = {file:?}

[record]
format = "json"
time = {{ at = "/data/created_at" }}

[view.all]
kind = "series"
window = {window}
emit = {emit}
metrics = {{ total = "count" }}
"#
    )
}

fn run(config: &Path) -> f64 {
    let mut command = Command::new(program("oriel-stream"));
    command.arg(config).args(["--print", "--listen", "127.0.0.1:0"]);
    let begun = Instant::now();
    let status = command.stdout(Stdio::null()).stderr(Stdio::null()).status().unwrap();
    assert!(status.success(), "oriel-stream failed");
    RECORDS as f64 / begun.elapsed().as_secs_f64()
}
