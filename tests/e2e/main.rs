//! All three programs together, from a record to an answer for Grafana.

#![allow(clippy::unwrap_used, reason = "a test stops at the first surprise")]

mod healing;
mod pipeline;

use oriel_tests::tweets::VIEWS;
use std::path::{Path, PathBuf};

/// An empty folder for a test.
fn folder(name: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("e2e").join(name);
    let _ = std::fs::remove_dir_all(&folder);
    std::fs::create_dir_all(&folder).unwrap();
    folder
}

/// The demo's two views over generated tweets, with results that come quickly.
fn tweets(rate: u64, rest: &str) -> String {
    let views = VIEWS.replace("every = \"2s\"", "every = \"200ms\"");
    let source = format!("[source]\ntype = \"generator\"\nrate = {rate}\n{rest}");
    format!("topic = \"twitter\"\ninterval = \"100ms\"\n{source}\n{views}")
}
