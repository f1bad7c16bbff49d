//! A worker: folds its share of an epoch into partial cells, and reports what it saw.

use crate::host::plain::{self, Input, Rules, Verdict, Windows};
use oriel_aggregate::Cell;
use oriel_time::{EventTime, Span};
use oriel_window::{Fate, Place, Report, Spread, Stretch, Tally, ViewReport, ViewTiming, WatermarkRules};
use std::collections::{BTreeMap, HashMap};

/// What a worker folds by.
pub(crate) struct Folder<'h> {
    pub(crate) rules: &'h Rules,
    pub(crate) watermarks: WatermarkRules,
    pub(crate) views: &'h [ViewTiming],
    /// The watermark after the epoch before.
    pub(crate) before: EventTime,
    pub(crate) partitions: usize,
}

/// What a worker hands on at the end of an epoch.
pub(crate) struct Folded {
    pub(crate) report: Report,
    /// One entry a view.
    pub(crate) partials: Vec<Vec<Partial>>,
}

/// What one place and key has of a worker's share.
pub(crate) struct Partial {
    pub(crate) place: Place,
    pub(crate) key: String,
    pub(crate) cell: Cell,
}

/// Cells by slice and key; of sessions, the records by key.
#[derive(Clone, Default)]
struct Folding {
    slices: HashMap<(EventTime, String), Cell>,
    sessions: BTreeMap<String, Vec<(i64, usize)>>,
    counted: BTreeMap<EventTime, u64>,
}

impl Folder<'_> {
    pub(crate) fn fold<'a>(&self, share: impl Iterator<Item = &'a Input>) -> Folded {
        let mut report = Report {
            partitions: vec![Vec::new(); self.partitions],
            tally: Tally::default(),
            views: vec![ViewReport::default(); self.views.len()],
        };
        let mut folding = vec![Folding::default(); self.views.len()];
        for input in share {
            self.take(input, &mut report, &mut folding);
        }
        let mut partials = Vec::new();
        for (view, folding) in folding.into_iter().enumerate() {
            report.views[view].slices = folding.counted.iter().map(|(slice, n)| (*slice, *n)).collect();
            partials.push(folding.partials(&self.rules.views[view].windows));
        }
        Folded { report, partials }
    }

    fn take(&self, input: &Input, report: &mut Report, folding: &mut [Folding]) {
        let Input::Record { partition, time, value, verdicts } = input else {
            return report.tally.count(Fate::Bad, 1);
        };
        let at = EventTime::from_millis(*time);
        let mut spread = Spread::new(self.watermarks.stretch(at), at, self.views.len());
        let mut best = Fate::Bad;
        for (view, timing) in self.views.iter().enumerate() {
            let fate = match &verdicts[view] {
                Verdict::Bad => Fate::Bad,
                Verdict::Filtered => Fate::Filtered,
                Verdict::Keys(_) if at < timing.earliest(self.before) => Fate::Late,
                Verdict::Keys(keys) => {
                    folding[view].add(timing, at, *value, keys);
                    spread.counted[view] = at;
                    Fate::Counted
                }
            };
            report.views[view].tally.count(fate, 1);
            best = best.max(fate);
        }
        report.tally.count(best, 1);
        spread.merge_into(&mut report.partitions[*partition]);
    }
}

impl Folding {
    fn add(&mut self, timing: &ViewTiming, at: EventTime, value: usize, keys: &[String]) {
        if matches!(timing.windowing, oriel_window::Windowing::Session { .. }) {
            for key in keys {
                self.sessions.entry(key.clone()).or_default().push((at.millis(), value));
            }
            return;
        }
        let slice = timing.windowing.slice(at);
        *self.counted.entry(slice).or_insert(0) += 1;
        for key in keys {
            let cell = self.slices.entry((slice, key.clone())).or_insert_with(plain::zero);
            plain::add(cell, at.millis(), value);
        }
    }

    fn partials(self, windows: &Windows) -> Vec<Partial> {
        let mut partials: Vec<Partial> = (self.slices.into_iter())
            .map(|((slice, key), cell)| Partial { place: Place::Slice(slice), key, cell })
            .collect();
        let Windows::Sessions { gap } = windows else { return partials };
        for (key, mut records) in self.sessions {
            records.sort_unstable();
            for together in records.chunk_by(|one, next| next.0 - one.0 < *gap) {
                let place = Place::Session(Box::new(stretch(together, *gap)));
                let mut cell = plain::zero();
                together.iter().for_each(|(time, value)| plain::add(&mut cell, *time, *value));
                partials.push(Partial { place, key: key.clone(), cell });
            }
        }
        partials
    }
}

fn stretch(records: &[(i64, usize)], gap: i64) -> Stretch {
    let time = |record: Option<&(i64, usize)>| EventTime::from_millis(record.expect("no chunk is empty").0);
    Stretch {
        start: time(records.first()),
        end: time(records.last()).add(Span::from_millis(gap)),
        records: records.len() as u64,
    }
}
