//! Sources, clocks and outputs that tests can hold.

use oriel_dataflow::source::{Batch, Limits, Source, SourceError, Status};
use oriel_dataflow::{Panes, Rejected, Rejects};
use oriel_snapshot::Key;
use oriel_time::{Clock, ProcessingTime};
use oriel_window::Pane;
use std::sync::Mutex;

/// A source that gives its lines and ends.
pub(crate) struct Lines(pub(crate) Vec<String>, pub(crate) usize);

impl Source for Lines {
    fn partition(&self) -> &str {
        "lines"
    }

    fn read(&mut self, batch: &mut Batch, limits: Limits) -> Result<Status, SourceError> {
        batch.position = self.1 as u64;
        batch.unit = oriel_dataflow::source::Unit::Records;
        while let Some(line) = self.0.get(self.1) {
            if batch.records == limits.records {
                return Ok(Status::More);
            }
            batch.bytes.extend_from_slice(line.as_bytes());
            batch.bytes.push(b'\n');
            batch.records += 1;
            self.1 += 1;
        }
        Ok(Status::Ended)
    }
}

/// A clock that stands still.
pub(crate) struct Still;

impl Clock for Still {
    fn now(&self) -> ProcessingTime {
        ProcessingTime::from_millis(1_000_000)
    }
}

/// The reasons and places of rejected records.
#[derive(Default)]
pub(crate) struct Kept(pub(crate) Mutex<Vec<(&'static str, u64)>>);

impl Rejects for Kept {
    fn reject(&self, rejected: &Rejected<'_>) {
        self.0.lock().expect("no panic").push((rejected.reason.as_str(), rejected.position));
    }
}

/// The panes of every view, in the order in which they came.
#[derive(Default)]
pub(crate) struct Given(pub(crate) Mutex<Vec<(usize, Pane<Key>)>>);

impl Panes for Given {
    fn panes(&self, view: usize, panes: Vec<Pane<Key>>) {
        self.0.lock().expect("no panic").extend(panes.into_iter().map(|pane| (view, pane)));
    }
}
