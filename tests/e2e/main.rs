//! All three programs together, from a record to an answer for Grafana.

#![allow(clippy::unwrap_used, reason = "a test stops at the first surprise")]

mod healing;
mod pipeline;

use std::path::{Path, PathBuf};

/// An empty folder for a test.
fn folder(name: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("e2e").join(name);
    let _ = std::fs::remove_dir_all(&folder);
    std::fs::create_dir_all(&folder).unwrap();
    folder
}

/// The demo's two views over generated tweets.
fn tweets(rate: u64, rest: &str) -> String {
    format!(
        r#"topic = "twitter"
interval = "100ms"

[source]
type = "generator"
rate = {rate}
{rest}

[record]
format = "json"
time = {{ at = "/data/created_at" }}

[record.fields]
hashtag = "/data/entities/hashtags/*/tag"
url = "/data/entities/urls/*/url"

[view.tweetStats]
kind = "series"
window = {{ size = "1m", slide = "30s" }}
emit = {{ every = "200ms" }}
metrics = {{ total = "count", withHashtag = "count(hashtag)", withURL = "count(url)" }}

[view.topHashtags]
kind = "top"
by = "hashtag"
n = 10
window = {{ size = "5m" }}
emit = {{ records = 25 }}
"#
    )
}
