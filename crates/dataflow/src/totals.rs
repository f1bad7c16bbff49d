//! What the engine has done so far, for metrics and the last line of a run.

use oriel_time::EventTime;
use oriel_window::{Summary, Tally};
use std::sync::{Mutex, MutexGuard, PoisonError};

/// What became of all records so far.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Totals {
    /// Epochs ended.
    pub epochs: u64,
    /// The watermark.
    pub watermark: EventTime,
    /// Each record as the best that any view made of it.
    pub tally: Tally,
    /// Decoded records by view.
    pub views: Vec<Tally>,
    /// Purged windows that counted records missed, by view.
    pub late_windows: Vec<u64>,
}

pub(crate) struct Counter(Mutex<Totals>);

impl Counter {
    pub(crate) fn new(views: usize) -> Self {
        Counter(Mutex::new(Totals {
            epochs: 0,
            watermark: EventTime::BEGINNING,
            tally: Tally::default(),
            views: vec![Tally::default(); views],
            late_windows: vec![0; views],
        }))
    }

    pub(crate) fn note(&self, summary: &Summary) {
        let mut totals = self.lock();
        totals.epochs += 1;
        totals.watermark = summary.watermark;
        totals.tally.add(&summary.tally);
        for (place, view) in summary.views.iter().enumerate() {
            totals.views[place].add(&view.tally);
            totals.late_windows[place] += view.late_windows;
        }
    }

    pub(crate) fn get(&self) -> Totals {
        self.lock().clone()
    }

    fn lock(&self) -> MutexGuard<'_, Totals> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
