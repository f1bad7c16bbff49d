//! Rejected records: counted by reason, written to the files of `[output]`, sampled in the log.

use crate::config::OutputConfig;
use crate::render::bound;
use crate::wire::append;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use oriel_dataflow::{Missed, Reason, Rejected, Rejects};
use serde_json::{Value, json};
use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::Path;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::Instant;

/// A reason is logged with a sample at most this often.
const LOG_EVERY_SECONDS: i64 = 5;
/// Characters of a record shown in the log.
const SAMPLE: usize = 120;

/// The bad and late outputs of one run.
pub(crate) struct Outputs {
    bad: Option<Output>,
    late: Option<Output>,
    counts: [AtomicU64; Reason::ALL.len()],
    logged: [AtomicI64; Reason::ALL.len()],
    errors: AtomicU64,
    started: Instant,
    /// The views' names, in the engine's order.
    views: Vec<String>,
}

struct Output(Mutex<BufWriter<File>>);

impl Outputs {
    /// Opens the files, to append; nothing is written where there is no path. Late records
    /// name one of these views.
    ///
    /// # Errors
    /// When a file cannot be opened; the message names it.
    pub(crate) fn open(paths: &OutputConfig, views: Vec<String>) -> Result<Self, String> {
        Ok(Outputs {
            bad: paths.bad.as_deref().map(Output::open).transpose()?,
            late: paths.late.as_deref().map(Output::open).transpose()?,
            views,
            counts: Default::default(),
            logged: std::array::from_fn(|_| AtomicI64::new(i64::MIN)),
            errors: AtomicU64::new(0),
            started: Instant::now(),
        })
    }

    /// How many were rejected for that reason.
    pub(crate) fn count(&self, reason: Reason) -> u64 {
        self.counts[reason as usize].load(Ordering::Relaxed)
    }

    /// Lines that could not be written.
    pub(crate) fn errors(&self) -> u64 {
        self.errors.load(Ordering::Relaxed)
    }

    /// Brings everything written so far to the files.
    pub(crate) fn flush(&self) {
        for output in self.bad.iter().chain(&self.late) {
            if let Err(error) = output.lock().flush() {
                self.failed(&error);
            }
        }
    }

    fn sample(&self, rejected: &Rejected<'_>) {
        let now = i64::try_from(self.started.elapsed().as_secs()).unwrap_or(i64::MAX);
        let last = &self.logged[rejected.reason as usize];
        let then = last.load(Ordering::Relaxed);
        let due = now.saturating_sub(then) >= LOG_EVERY_SECONDS;
        if due && last.compare_exchange(then, now, Ordering::Relaxed, Ordering::Relaxed).is_ok() {
            let text: String = String::from_utf8_lossy(rejected.record).chars().take(SAMPLE).collect();
            let (reason, origin, position) = (rejected.reason.as_str(), rejected.origin, rejected.position);
            let why = rejected.detail.map(tracing::field::display);
            let view = rejected.missed.and_then(|missed| self.views.get(missed.view)).map(String::as_str);
            tracing::warn!(reason, why, view, origin, position, record = ?text, "record not counted");
        }
    }

    fn failed(&self, error: &std::io::Error) {
        if self.errors.fetch_add(1, Ordering::Relaxed) == 0 {
            tracing::error!(%error, "cannot write rejected records; see the metric for how many");
        }
    }
}

impl Rejects for Outputs {
    fn reject(&self, rejected: &Rejected<'_>) {
        self.counts[rejected.reason as usize].fetch_add(1, Ordering::Relaxed);
        self.sample(rejected);
        let output = if rejected.reason == Reason::Late { &self.late } else { &self.bad };
        let Some(output) = output else { return };
        if let Err(error) = output.write(&line(rejected, &self.views)) {
            self.failed(&error);
        }
    }
}

impl Output {
    fn open(path: &Path) -> Result<Self, String> {
        Ok(Output(Mutex::new(append(path)?)))
    }

    fn write(&self, line: &Value) -> std::io::Result<()> {
        let mut file = self.lock();
        serde_json::to_writer(&mut *file, line)?;
        file.write_all(b"\n")
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, BufWriter<File>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn line(rejected: &Rejected<'_>, views: &[String]) -> Value {
    let mut line = json!({
        "reason": rejected.reason.as_str(),
        "partition": rejected.origin,
        "position": rejected.position,
    });
    if let Some(Missed { view, start, end }) = rejected.missed {
        line["view"] = views.get(view).map(String::as_str).into();
        line["window"] = json!({"start": bound(start), "end": bound(end)});
    }
    let (key, value) = match std::str::from_utf8(rejected.record) {
        Ok(text) => ("record", text.to_owned()),
        Err(_) => ("raw", STANDARD.encode(rejected.record)),
    };
    line[key] = value.into();
    line
}
