//! The one place where the end of an epoch is decided.

use crate::epoch::{Cut, Report, Summary, ViewReport, ViewSummary};
use crate::trigger::{EpochEnd, Triggers};
use crate::view::ViewTiming;
use crate::watermark::{self, Partition, WatermarkRules};
use oriel_time::{EventTime, ProcessingTime};
use std::collections::BTreeMap;

/// What the leader must know of the configuration.
#[derive(Clone, Debug)]
pub struct LeaderSpec {
    /// What moves watermarks.
    pub watermarks: WatermarkRules,
    /// The number of partitions at first.
    pub partitions: usize,
    /// The views.
    pub views: Vec<ViewTiming>,
}

/// Takes each epoch's report, gives its summary.
#[derive(Clone, Debug)]
pub struct Leader {
    rules: WatermarkRules,
    partitions: Vec<Partition>,
    views: Vec<View>,
    watermark: EventTime,
    processing: ProcessingTime,
}

#[derive(Clone, Debug)]
struct View {
    triggers: Triggers,
    horizon: EventTime,
}

impl Leader {
    /// A leader before the first epoch, at the beginning of time.
    pub fn new(spec: LeaderSpec) -> Self {
        let view = |timing| View { triggers: Triggers::new(timing), horizon: EventTime::BEGINNING };
        Leader {
            rules: spec.watermarks,
            partitions: vec![Partition::new(EventTime::BEGINNING); spec.partitions],
            views: spec.views.into_iter().map(view).collect(),
            watermark: EventTime::BEGINNING,
            processing: ProcessingTime::from_millis(i64::MIN),
        }
    }

    /// Ends an epoch: moves the watermark, decides what fires. The report's records were
    /// judged by the watermark before.
    pub fn close(&mut self, cut: &Cut, mut report: Report) -> Summary {
        self.processing = self.processing.max(cut.processing);
        let before = self.watermark;
        let moved = self.move_watermark(cut, &mut report);
        report.views.resize(self.views.len(), ViewReport::default());
        let mut views = Vec::with_capacity(self.views.len());
        for ((view, report), moved) in self.views.iter_mut().zip(report.views).zip(moved) {
            view.horizon = view.horizon.max(moved);
            let due = view.triggers.due(self.processing);
            views.push(view.close(&EpochEnd { before, watermark: self.watermark, due }, report));
        }
        let stand = |partition: &Partition| partition.stand(self.watermark, self.rules.align);
        Summary {
            processing: self.processing,
            before,
            watermark: self.watermark,
            partitions: self.partitions.iter().map(stand).collect(),
            views,
            tally: report.tally,
        }
    }

    /// Gives for each view the largest time that it counted and that moved a watermark.
    fn move_watermark(&mut self, cut: &Cut, report: &mut Report) -> Vec<EventTime> {
        let mut moved = vec![EventTime::BEGINNING; self.views.len()];
        let stream = self.watermark;
        let known = self.partitions.len().max(cut.partitions.len());
        self.partitions.resize_with(known, || Partition::new(stream));
        report.partitions.resize(known, Vec::new());
        for ((partition, cut), spreads) in
            self.partitions.iter_mut().zip(&cut.partitions).zip(&mut report.partitions)
        {
            let Some(front) = partition.close(spreads, cut, &self.rules) else { continue };
            for spread in spreads.iter().filter(|spread| spread.most <= front) {
                moved.iter_mut().zip(&spread.counted).for_each(|(mine, time)| *mine = (*mine).max(*time));
            }
        }
        self.watermark = self.watermark.max(watermark::stream(&self.partitions));
        moved
    }
}

impl View {
    fn close(&mut self, end: &EpochEnd, report: ViewReport) -> ViewSummary {
        let mut slices = BTreeMap::new();
        for (slice, records) in report.slices {
            *slices.entry(slice).or_insert(0) += records;
        }
        let (fires, late_windows) = self.triggers.close(end, &slices);
        ViewSummary {
            fires,
            early_due: end.due.early,
            late_due: end.due.late,
            horizon: self.horizon,
            tally: report.tally,
            late_windows,
        }
    }
}

#[cfg(test)]
mod tests;
