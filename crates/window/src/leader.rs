//! The one place where the end of an epoch is decided.

use crate::epoch::{Cut, Outcome, Report, Summary, Tally, ViewSummary};
use crate::trigger::{EpochEnd, Triggers, ViewTiming};
use crate::watermark::{self, Partition};
use oriel_time::{EventTime, ProcessingTime, Span};
use std::collections::BTreeMap;

/// What the leader must know of the configuration.
#[derive(Clone, Debug)]
pub struct LeaderSpec {
    /// How far behind the largest event time the watermark stays.
    pub disorder: Span,
    /// A partition caught up for this long no longer holds the stream; never if absent.
    pub idle: Option<Span>,
    /// The number of partitions.
    pub partitions: usize,
    /// The views, at most 64.
    pub views: Vec<ViewTiming>,
}

/// Takes each epoch's report, gives its summary.
#[derive(Clone, Debug)]
pub struct Leader {
    disorder: Span,
    idle: Option<Span>,
    partitions: Vec<Partition>,
    views: Vec<View>,
    watermark: EventTime,
    processing: ProcessingTime,
}

#[derive(Clone, Debug)]
struct View {
    timing: ViewTiming,
    triggers: Triggers,
    horizon: EventTime,
}

/// What one view makes of a record.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Fate {
    Bad,
    Filtered,
    Late,
    Counted,
}

impl Leader {
    /// A leader before the first epoch, at the beginning of time.
    pub fn new(spec: LeaderSpec) -> Self {
        let view = |timing| View { timing, triggers: Triggers::new(timing), horizon: EventTime::BEGINNING };
        Leader {
            disorder: spec.disorder,
            idle: spec.idle,
            partitions: vec![Partition::new(); spec.partitions],
            views: spec.views.into_iter().map(view).collect(),
            watermark: EventTime::BEGINNING,
            processing: ProcessingTime::from_millis(i64::MIN),
        }
    }

    /// Ends an epoch: judges its records by the watermark before, moves the watermark,
    /// decides what fires.
    pub fn close(&mut self, cut: &Cut, report: &Report) -> Summary {
        self.processing = self.processing.max(cut.processing);
        let before = self.watermark;
        self.move_watermark(cut, report);
        let end = EpochEnd { processing: self.processing, before, watermark: self.watermark };
        let mut tally = self.tally(before, report);
        tally.read += report.bad;
        tally.bad += report.bad;
        let views = self.views.iter_mut().enumerate().map(|(place, view)| view.close(place, end, report));
        Summary {
            processing: end.processing,
            before,
            watermark: end.watermark,
            views: views.collect(),
            tally,
        }
    }

    fn move_watermark(&mut self, cut: &Cut, report: &Report) {
        for (place, (partition, cut)) in self.partitions.iter_mut().zip(&cut.partitions).enumerate() {
            let largest = report.largest.get(place).copied().flatten();
            partition.close(largest, cut, self.disorder, self.idle);
        }
        self.watermark = self.watermark.max(watermark::stream(&self.partitions));
    }

    /// Each decoded record as the best that any view made of it.
    fn tally(&self, before: EventTime, report: &Report) -> Tally {
        let mut tally = Tally::default();
        for outcome in &report.outcomes {
            let fates = self.views.iter().enumerate().map(|(place, view)| view.fate(place, before, outcome));
            tally.count(fates.max().unwrap_or(Fate::Filtered), outcome.records);
        }
        tally
    }
}

impl View {
    fn fate(&self, place: usize, before: EventTime, outcome: &Outcome) -> Fate {
        let bit = 1 << place;
        if outcome.bad & bit != 0 {
            return Fate::Bad;
        }
        if outcome.filtered & bit != 0 {
            return Fate::Filtered;
        }
        let slice = self.timing.windowing.slice(outcome.granule);
        if self.timing.expired(slice, before) { Fate::Late } else { Fate::Counted }
    }

    fn close(&mut self, place: usize, end: EpochEnd, report: &Report) -> ViewSummary {
        let mut tally = Tally::default();
        let mut slices = BTreeMap::new();
        for outcome in &report.outcomes {
            let fate = self.fate(place, end.before, outcome);
            tally.count(fate, outcome.records);
            if fate == Fate::Counted {
                *slices.entry(self.timing.windowing.slice(outcome.granule)).or_insert(0) += outcome.records;
                self.horizon = self.horizon.max(outcome.latest);
            }
        }
        let (fires, late_windows) = self.triggers.close(end, &slices);
        ViewSummary { fires, horizon: self.horizon, tally, late_windows }
    }
}

impl Tally {
    fn count(&mut self, fate: Fate, records: u64) {
        self.read += records;
        match fate {
            Fate::Bad => self.bad += records,
            Fate::Filtered => self.filtered += records,
            Fate::Late => self.late += records,
            Fate::Counted => self.counted += records,
        }
    }
}

#[cfg(test)]
mod tests;
