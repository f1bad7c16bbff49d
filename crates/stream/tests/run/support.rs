//! Runs over files, without a broker or with one that only listens.

use oriel_runtime::access::Access;
use oriel_runtime::shutdown::{self, Shutdown};
use oriel_stream::{Options, RunError, Summary, To, config, run};
use serde_json::Value;
use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::net::TcpListener;

mod broker;
mod live;
mod metrics;

pub(crate) use broker::listen;
pub(crate) use live::Live;

/// The beginning of a configuration whose source reads `in.ndjson`.
pub(crate) const FILE: &str = r#"topic = "t"
interval = "20ms"
[source]
type = "file"
path = "in.ndjson"
[record]
time = { at = "/t", unit = "s" }
disorder = "2s"
[record.fields]
k = "/k"
g = "/g"
x = "/x"
tags = "/tags/*"
[output]
bad = "bad.ndjson"
late = "late.ndjson"
"#;

/// Nothing takes so long.
const LIMIT: Duration = Duration::from_secs(30);

/// What a run wrote.
#[derive(Clone, Default)]
pub(crate) struct Lines(Arc<Mutex<Vec<u8>>>);

impl Write for Lines {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }
    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

impl Lines {
    /// What was published on a topic, in order.
    pub(crate) fn all(&self, topic: &str) -> Vec<Value> {
        let text = String::from_utf8(self.0.lock().unwrap().clone()).unwrap();
        let whole = &text[..text.rfind('\n').map_or(0, |end| end + 1)];
        let frames = whole.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
        frames.filter(|frame| frame["topic"] == topic).map(|mut frame| frame["data"].take()).collect()
    }

    /// The last of them.
    pub(crate) fn last(&self, topic: &str) -> Value {
        self.all(topic).pop().expect(topic)
    }
}

/// A folder with a configuration and what it names.
pub(crate) struct Case {
    folder: PathBuf,
    config: String,
}

/// A run that ended well.
pub(crate) struct Done {
    pub(crate) summary: Summary,
    pub(crate) lines: Lines,
}

impl Case {
    /// A case of that name whose views these are, over these records.
    pub(crate) fn new(name: &str, views: &str, records: &str) -> Self {
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("run").join(name);
        let _ = fs::remove_dir_all(&folder);
        fs::create_dir_all(&folder).unwrap();
        let case = Case { folder, config: format!("{FILE}{views}") };
        case.write("in.ndjson", records);
        case
    }

    /// The same with a piece of the configuration replaced.
    pub(crate) fn with(mut self, found: &str, replacement: &str) -> Self {
        assert!(self.config.contains(found), "{found}");
        self.config = self.config.replace(found, replacement);
        self
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.join(name)
    }

    pub(crate) fn write(&self, name: &str, text: &str) {
        fs::write(self.path(name), text).unwrap();
    }

    pub(crate) fn append(&self, name: &str, text: &str) {
        let mut file = fs::File::options().append(true).open(self.path(name)).unwrap();
        file.write_all(text.as_bytes()).unwrap();
    }

    /// The lines of a file of JSON.
    pub(crate) fn read(&self, name: &str) -> Vec<Value> {
        let text = fs::read_to_string(self.path(name)).unwrap();
        text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    }

    /// Runs to the end, with rows as lines. Every record is accounted for.
    pub(crate) async fn rows(&self, workers: usize) -> Done {
        let lines = Lines::default();
        let result = self.end(To::Lines(Box::new(lines.clone())), workers).await;
        done(result, lines)
    }

    /// Runs to the end, with panes as lines.
    pub(crate) async fn panes(&self, workers: usize) -> Done {
        let lines = Lines::default();
        let result = self.end(To::Panes(Box::new(lines.clone())), workers).await;
        done(result, lines)
    }

    /// Runs to the end, and to these.
    pub(crate) async fn end(&self, to: To, workers: usize) -> Result<Summary, RunError> {
        let (_trigger, shutdown) = shutdown::channel();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        self.start(listener, to, workers, shutdown).await
    }

    /// Why the run does not start.
    pub(crate) async fn refused(&self) -> RunError {
        self.end(To::Lines(Box::new(Lines::default())), 1).await.unwrap_err()
    }

    async fn start(
        &self,
        listener: TcpListener,
        to: To,
        workers: usize,
        shutdown: Shutdown,
    ) -> Result<Summary, RunError> {
        let config = config::parse(&self.config, &self.folder).unwrap();
        let access = Access::new(true, vec![], vec![]);
        run(listener, config, Options { workers, to, access }, shutdown).await
    }

    /// Runs on while the file grows.
    pub(crate) async fn live(self) -> Live {
        self.with("path = \"in.ndjson\"", "path = \"in.ndjson\"\nfollow = true").run().await
    }

    /// Runs on.
    pub(crate) async fn run(self) -> Live {
        let lines = Lines::default();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let (trigger, shutdown) = shutdown::channel();
        let case = Arc::new(self);
        let running = Arc::clone(&case);
        let to = To::Lines(Box::new(lines.clone()));
        let ended = tokio::spawn(async move { running.start(listener, to, 2, shutdown).await });
        Live { case, port, lines, trigger, ended }
    }
}

fn done(result: Result<Summary, RunError>, lines: Lines) -> Done {
    let summary = result.unwrap();
    accounts(&summary);
    Done { summary, lines }
}

/// No record is lost: those read are those of all fates, in the whole and in each view.
pub(crate) fn accounts(summary: &Summary) {
    let totals = &summary.totals;
    for tally in totals.views.iter().chain([&totals.tally]) {
        assert_eq!(tally.read, tally.counted + tally.filtered + tally.late + tally.bad, "{totals:?}");
        assert!(tally.read <= totals.tally.read, "{totals:?}");
    }
    let decoded: Vec<u64> = totals.views.iter().map(|tally| tally.read).collect();
    assert!(decoded.iter().all(|count| *count == decoded[0]), "{totals:?}");
}
