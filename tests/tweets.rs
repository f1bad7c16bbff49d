//! Generated tweets as files, and the configuration that counts them.

use oriel_dataflow::source::{Batch, Limits, Status};
use oriel_stream::config::SourceConfig;
use oriel_stream::source;
use oriel_time::{Clock, ProcessingTime};
use std::fs::File;
use std::io::Write;
use std::path::Path;
use std::sync::Arc;

/// Far ahead, so that the generator's pace never waits.
struct Ahead(std::sync::atomic::AtomicI64);

impl Clock for Ahead {
    fn now(&self) -> ProcessingTime {
        let step = 3_600_000;
        ProcessingTime::from_millis(self.0.fetch_add(step, std::sync::atomic::Ordering::Relaxed))
    }
}

/// Writes the tweets of a generator as lines, as fast as they can be made.
/// Gives the number of bytes.
///
/// # Panics
/// When the file cannot be written.
pub fn write(path: &Path, generator: &SourceConfig) -> usize {
    let clock = Arc::new(Ahead(1_700_000_000_000.into()));
    let mut sources = source::open(generator, clock).expect("a generator opens");
    let mut file = File::create(path).expect("a file to write to");
    let (mut buffer, mut size) = (Vec::new(), 0);
    loop {
        let mut batch = Batch::new(buffer);
        let limits = Limits { records: u64::MAX, bytes: 1 << 20 };
        let status = sources[0].read(&mut batch, limits).expect("a generator does not fail");
        file.write_all(&batch.bytes).expect("room on the disk");
        size += batch.bytes.len();
        if status == Status::Ended {
            return size;
        }
        buffer = batch.bytes;
    }
}

/// How generated tweets are read, and the demo's two views of them.
pub const VIEWS: &str = r#"
[record]
format = "json"
time = { at = "/data/created_at" }

[record.fields]
hashtag = "/data/entities/hashtags/*/tag"
url = "/data/entities/urls/*/url"

[view.tweetStats]
kind = "series"
window = { size = "1m", slide = "30s" }
emit = { every = "2s" }
metrics = { total = "count", withHashtag = "count(hashtag)", withURL = "count(url)" }

[view.topHashtags]
kind = "top"
by = "hashtag"
n = 10
window = { size = "5m" }
emit = { records = 25 }
"#;

/// The demo's two views over a file of tweets.
pub fn config(path: &Path) -> String {
    format!("topic = \"twitter\"\n[source]\ntype = \"file\"\npath = \"{}\"\n{VIEWS}", path.display())
}
