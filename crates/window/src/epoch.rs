//! What goes into the end of an epoch, and what comes out of it.

use crate::pane::Timing;
use oriel_time::{EventTime, ProcessingTime, Span};
use serde::{Deserialize, Serialize};

/// What a worker, or all of them together, saw of an epoch. Records were judged late by
/// the watermark before it.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
pub struct Report {
    /// The times in each partition.
    pub partitions: Vec<Vec<Spread>>,
    /// Each record as the best that any view made of it (counted, else late, else
    /// filtered, else bad); those that never became one are bad.
    pub tally: Tally,
    /// One entry a view.
    pub views: Vec<ViewReport>,
}

/// Decoded records of one partition whose times lie in one stretch as long as a jump
/// (all of time if there are no jumps).
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Spread {
    /// Which stretch.
    pub stretch: i64,
    /// How many there are.
    pub records: u64,
    /// The smallest of their times.
    pub least: EventTime,
    /// The largest.
    pub most: EventTime,
    /// The largest that each view counted.
    pub counted: Vec<EventTime>,
}

/// What one view made of its share of an epoch.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
pub struct ViewReport {
    /// What became of the decoded records.
    pub tally: Tally,
    /// The records counted in each slice; of sessions none.
    pub slices: Vec<(EventTime, u64)>,
}

impl Report {
    /// Takes another worker's report of the same epoch.
    pub fn merge(&mut self, other: Report) {
        self.tally.add(&other.tally);
        self.partitions.resize(self.partitions.len().max(other.partitions.len()), Vec::new());
        for (mine, theirs) in self.partitions.iter_mut().zip(other.partitions) {
            theirs.into_iter().for_each(|spread| spread.merge_into(mine));
        }
        self.views.resize(self.views.len().max(other.views.len()), ViewReport::default());
        for (mine, theirs) in self.views.iter_mut().zip(other.views) {
            mine.tally.add(&theirs.tally);
            mine.slices.extend(theirs.slices);
        }
    }
}

impl Spread {
    /// A record at that time, alone.
    pub fn new(stretch: i64, time: EventTime, views: usize) -> Self {
        Spread { stretch, records: 1, least: time, most: time, counted: vec![EventTime::BEGINNING; views] }
    }

    /// Joins the spread of the same stretch, or comes between the others, which are in order.
    pub fn merge_into(self, all: &mut Vec<Spread>) {
        let place = match all.binary_search_by_key(&self.stretch, |mine| mine.stretch) {
            Ok(place) => place,
            Err(place) => return all.insert(place, self),
        };
        let mine = &mut all[place];
        mine.records += self.records;
        mine.least = mine.least.min(self.least);
        mine.most = mine.most.max(self.most);
        for (mine, theirs) in mine.counted.iter_mut().zip(self.counted) {
            *mine = (*mine).max(theirs);
        }
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
    /// One entry a partition; those that are new come last.
    pub partitions: Vec<PartitionCut>,
}

/// A window that gives its panes at the end of the epoch.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Fire {
    /// The window's start.
    pub window: EventTime,
    /// Why.
    pub timing: Timing,
    /// For all its keys, not only for those that changed since their last pane.
    pub all: bool,
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

/// What a view makes of a record; the best that any view makes is the largest.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Fate {
    /// It has a value that the view cannot use.
    Bad,
    /// The view leaves it out.
    Filtered,
    /// All its windows are purged.
    Late,
    /// It enters at least one window.
    Counted,
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

    /// Adds records of one fate.
    pub fn count(&mut self, fate: Fate, records: u64) {
        self.read += records;
        match fate {
            Fate::Bad => self.bad += records,
            Fate::Filtered => self.filtered += records,
            Fate::Late => self.late += records,
            Fate::Counted => self.counted += records,
        }
    }
}

/// What an epoch's end means for one view.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct ViewSummary {
    /// The windows that fire, earliest first; sessions are fired where they are held.
    pub fires: Vec<Fire>,
    /// A multiple of the early trigger's time has passed since the epoch before.
    pub early_due: bool,
    /// The same for the late trigger.
    pub late_due: bool,
    /// The largest event time that the view has counted and that moved a watermark.
    pub horizon: EventTime,
    /// What became of this epoch's decoded records.
    pub tally: Tally,
    /// Windows that counted records missed because they were purged.
    pub late_windows: u64,
}

/// What a partition is doing.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub enum Life {
    /// No record yet: it holds the stream back until it is idle.
    Waiting,
    /// It gives records.
    Active,
    /// Silent for long: left out until its next record.
    Idle,
    /// Left out for good.
    Ended,
}

/// How a partition stands after an epoch.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct PartitionStand {
    /// What it is doing.
    pub life: Life,
    /// Its own watermark.
    pub watermark: EventTime,
    /// The largest event time that moved it.
    pub largest: EventTime,
    /// The stream's watermark waits for this one.
    pub holds: bool,
    /// It is so far ahead of the stream that it should not be read for now.
    pub ahead: bool,
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
    /// One entry a partition.
    pub partitions: Vec<PartitionStand>,
    /// One entry a view.
    pub views: Vec<ViewSummary>,
    /// This epoch's records, each as the best that any view made of it.
    pub tally: Tally,
}
