//! What goes into the end of an epoch, and what comes out of it.

use crate::trigger::Timing;
use oriel_time::{EventTime, ProcessingTime, Span};
use serde::{Deserialize, Serialize};

/// Records of one epoch that every view treats alike.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Outcome {
    /// Their event times lie in one slice of every view; this one lies there too.
    pub granule: EventTime,
    /// The views (bit by place) that leave them out.
    pub filtered: u64,
    /// The views (bit by place) for which they have a value of a wrong type.
    pub bad: u64,
    /// How many there are.
    pub records: u64,
    /// The largest of their event times.
    pub latest: EventTime,
}

/// What a worker, or all of them together, saw of an epoch.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
pub struct Report {
    /// The largest event time of each partition, if it gave a record.
    pub largest: Vec<Option<EventTime>>,
    /// Records that never became one.
    pub bad: u64,
    /// All others, by what the views do with them.
    pub outcomes: Vec<Outcome>,
}

impl Report {
    /// Takes another worker's report of the same epoch.
    pub fn merge(&mut self, other: Report) {
        self.largest.resize(self.largest.len().max(other.largest.len()), None);
        for (mine, theirs) in self.largest.iter_mut().zip(other.largest) {
            *mine = (*mine).max(theirs);
        }
        self.bad += other.bad;
        self.outcomes.extend(other.outcomes);
    }
}

/// How a partition stood when the epoch was cut.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct PartitionCut {
    /// For how long it has been caught up since its last record.
    pub caught_up: Span,
    /// It has ended by itself, and all it gave is in this epoch or before.
    pub ended: bool,
}

/// The end of an epoch, as its leader cut it.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Cut {
    /// The leader's clock.
    pub processing: ProcessingTime,
    /// One entry a partition.
    pub partitions: Vec<PartitionCut>,
}

/// A window that gives its panes at the end of the epoch.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Fire {
    /// The window's start.
    pub window: EventTime,
    /// Why.
    pub timing: Timing,
    /// No pane can come after.
    pub is_last: bool,
}

/// What became of records. `read = counted + filtered + late + bad`, always.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
pub struct Tally {
    /// All of them.
    pub read: u64,
    /// Entered at least one window.
    pub counted: u64,
    /// Left out by a view.
    pub filtered: u64,
    /// Came when all their windows were purged.
    pub late: u64,
    /// Not to be understood, or with a value of a wrong type.
    pub bad: u64,
}

impl Tally {
    /// Adds another tally of other records.
    pub fn add(&mut self, other: &Tally) {
        self.read += other.read;
        self.counted += other.counted;
        self.filtered += other.filtered;
        self.late += other.late;
        self.bad += other.bad;
    }
}

/// What an epoch's end means for one view.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct ViewSummary {
    /// The windows that fire, earliest first.
    pub fires: Vec<Fire>,
    /// The largest event time that the view has ever counted.
    pub horizon: EventTime,
    /// What became of this epoch's decoded records.
    pub tally: Tally,
    /// Windows that counted records missed because they were purged.
    pub late_windows: u64,
}

/// All that was decided at the end of an epoch. The rest of the system acts on
/// summaries and on nothing else.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Summary {
    /// The leader's clock, never going back.
    pub processing: ProcessingTime,
    /// The watermark by which this epoch's records were judged.
    pub before: EventTime,
    /// The watermark from now on.
    pub watermark: EventTime,
    /// One entry a view.
    pub views: Vec<ViewSummary>,
    /// This epoch's records, each as the best that any view made of it
    /// (counted, else late, else filtered, else bad).
    pub tally: Tally,
}
