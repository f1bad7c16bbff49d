//! `./just bench`: what Oriel does in a second, and how long a record takes to be seen.
//!
//! Every figure stands beside a limit or a peer that is measured in the same run, since
//! machines are noisy. Nothing here passes or fails.

#![allow(
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "a bench prints, and stops at the first surprise"
)]

mod fanout;
mod latency;
mod limit;
mod runs;
mod throughput;
mod views;

use std::path::{Path, PathBuf};

/// What can be asked for by its name.
type Part = (&'static str, fn(&Path));

fn main() {
    // `cargo bench` adds a flag of its own.
    let parts: Vec<String> = std::env::args().skip(1).filter(|arg| !arg.starts_with("--")).collect();
    let wanted = |part: &str| parts.is_empty() || parts.iter().any(|given| given == part);
    let folder = root().join("target/bench");
    std::fs::create_dir_all(&folder).unwrap();
    let all: [Part; 8] = [
        ("throughput", throughput::measure),
        ("sliding", views::sliding),
        ("expressions", views::expressions),
        ("aggregates", views::aggregates),
        ("latency", latency::measure),
        ("fanout", fanout::measure),
        ("idle", fanout::idle::measure),
        ("frozen", fanout::frozen::measure),
    ];
    for (_, measure) in all.iter().filter(|(part, _)| wanted(part)) {
        measure(&folder);
    }
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().to_owned()
}

/// A program of the release build.
fn program(name: &str) -> PathBuf {
    root().join("target/release").join(name)
}

/// The middle of the figures.
fn median(figures: &mut [f64]) -> f64 {
    figures.sort_by(f64::total_cmp);
    figures[figures.len() / 2]
}
