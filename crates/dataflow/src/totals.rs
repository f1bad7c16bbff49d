//! What the engine has done so far, for metrics and the last line of a run.

use oriel_derive::Misses;
use oriel_time::EventTime;
use oriel_window::{PartitionStand, Summary, Tally};
use std::sync::{Mutex, MutexGuard, PoisonError};

/// What became of all records so far.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Totals {
    /// Epochs ended.
    pub epochs: u64,
    /// The watermark.
    pub watermark: EventTime,
    /// How each partition stands, in the order of the sources.
    pub partitions: Vec<PartitionStand>,
    /// Each record as the best that any view made of it.
    pub tally: Tally,
    /// Decoded records by view.
    pub views: Vec<Tally>,
    /// Purged windows that counted records missed, by view.
    pub late_windows: Vec<u64>,
    /// Keys that lookups did not find.
    pub misses: Misses,
}

pub(crate) struct Counter(Mutex<Totals>);

impl Counter {
    pub(crate) fn new(views: usize) -> Self {
        Counter(Mutex::new(Totals {
            epochs: 0,
            watermark: EventTime::BEGINNING,
            partitions: Vec::new(),
            tally: Tally::default(),
            views: vec![Tally::default(); views],
            late_windows: vec![0; views],
            misses: Misses::default(),
        }))
    }

    pub(crate) fn note(&self, summary: &Summary) {
        let mut totals = self.lock();
        totals.epochs += 1;
        totals.watermark = summary.watermark;
        totals.partitions.clone_from(&summary.partitions);
        totals.tally.add(&summary.tally);
        for (place, view) in summary.views.iter().enumerate() {
            totals.views[place].add(&view.tally);
            totals.late_windows[place] += view.late_windows;
        }
    }

    pub(crate) fn note_misses(&self, misses: &Misses) {
        self.lock().misses.merge(misses);
    }

    pub(crate) fn get(&self) -> Totals {
        self.lock().clone()
    }

    fn lock(&self) -> MutexGuard<'_, Totals> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
