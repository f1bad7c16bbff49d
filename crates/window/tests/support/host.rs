//! A host of the window crate as small as can be. It does what the engine does with
//! it, on one thread: workers fold their share of an epoch, shards merge what the
//! workers folded and apply it in the order of the keys.

use hashbrown::HashMap;
use oriel_aggregate::{Cell, Function, Output};
use oriel_time::{EventTime, ProcessingTime, Span};
use oriel_window::{Cut, Leader, LeaderSpec, Outcome, Pane, PartitionCut, Report, Store, Summary};
use oriel_window::{Timing, ViewTiming, Windowing};
use std::collections::{BTreeMap, BTreeSet};

/// One view, in plain milliseconds.
#[derive(Clone, Copy, Debug)]
pub(crate) struct ViewRules {
    pub(crate) size: i64,
    pub(crate) slide: i64,
    pub(crate) lateness: i64,
    pub(crate) every: Option<i64>,
    pub(crate) records: Option<u64>,
}

/// The whole configuration, in plain milliseconds.
#[derive(Clone, Debug)]
pub(crate) struct Rules {
    pub(crate) disorder: i64,
    pub(crate) idle: Option<i64>,
    pub(crate) partitions: usize,
    pub(crate) views: Vec<ViewRules>,
}

/// What one view makes of a record, before anyone asks how late it is.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) enum Verdict {
    /// It counts once under each of these distinct keys.
    Keys(Vec<String>),
    Filtered,
    Bad,
}

/// What a source gives.
#[derive(Clone, Debug)]
pub(crate) enum Input {
    /// Something that never became a record.
    Broken,
    /// A record, with one verdict a view.
    Record { partition: usize, time: i64, verdicts: Vec<Verdict> },
}

/// What comes in between two cuts, and how things stood at the second.
#[derive(Clone, Debug)]
pub(crate) struct Epoch {
    /// Each with a number that says which worker reads it.
    pub(crate) inputs: Vec<(usize, Input)>,
    pub(crate) clock: i64,
    /// One entry a partition: caught up for so long, and whether it has ended.
    pub(crate) partitions: Vec<(i64, bool)>,
}

/// A pane in plain values.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Given {
    pub(crate) view: usize,
    pub(crate) window: i64,
    pub(crate) key: String,
    pub(crate) timing: &'static str,
    pub(crate) index: u32,
    pub(crate) last: bool,
    pub(crate) value: i64,
}

/// What became of records, in plain numbers.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub(crate) struct Fates {
    pub(crate) read: u64,
    pub(crate) counted: u64,
    pub(crate) filtered: u64,
    pub(crate) late: u64,
    pub(crate) bad: u64,
}

/// All that can be seen of the end of an epoch, in plain values.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Seen {
    pub(crate) watermark: i64,
    /// By view, then window, then key.
    pub(crate) panes: Vec<Given>,
    pub(crate) all: Fates,
    pub(crate) views: Vec<ViewSeen>,
}

/// The same for one view.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct ViewSeen {
    pub(crate) fates: Fates,
    pub(crate) late_windows: u64,
    pub(crate) horizon: i64,
    /// Counts that the stores did not take: those of too-late records, once a key.
    pub(crate) refused: i64,
    /// Starts of the windows that fire. Each has something to show.
    pub(crate) fires: Vec<i64>,
    /// Starts of the windows that the stores forgot.
    pub(crate) purged: BTreeSet<i64>,
}

/// What a worker hands on at the end of an epoch.
#[derive(Default)]
struct Folded {
    report: Report,
    /// One entry a view.
    cells: Vec<HashMap<(EventTime, String), Cell>>,
}

/// The leader, and for each view the stores of its shards.
pub(crate) struct Host {
    leader: Leader,
    views: Vec<ViewTiming>,
    stores: Vec<Vec<Store<String>>>,
    workers: usize,
    granule: i64,
    partitions: usize,
}

impl Host {
    pub(crate) fn new(rules: &Rules, workers: usize, shards: usize) -> Self {
        let views: Vec<ViewTiming> = rules.views.iter().map(timing).collect();
        let spec = LeaderSpec {
            disorder: Span::from_millis(rules.disorder),
            idle: rules.idle.map(Span::from_millis),
            partitions: rules.partitions,
            views: views.clone(),
        };
        Host {
            leader: Leader::new(spec),
            stores: views.iter().map(|view| vec![Store::new(*view); shards]).collect(),
            views,
            workers,
            granule: rules.views.iter().map(|view| view.slide).reduce(common).unwrap_or(1),
            partitions: rules.partitions,
        }
    }

    /// Works one epoch. Gives the very summary and the panes of each view.
    pub(crate) fn close(&mut self, epoch: &Epoch) -> (Summary, Vec<Vec<Pane<String>>>, Seen) {
        let mut report = Report::default();
        let mut cells = vec![BTreeMap::new(); self.views.len()];
        for worker in 0..self.workers {
            let share = epoch.inputs.iter().filter(|(number, _)| number % self.workers == worker);
            let folded = self.fold(share.map(|(_, input)| input));
            report.merge(folded.report);
            for (view, partials) in folded.cells.into_iter().enumerate() {
                for ((slice, key), partial) in partials {
                    let zero = || Cell::zero(&[Function::Count]);
                    cells[view].entry((key, slice)).or_insert_with(zero).merge(&partial);
                }
            }
        }
        let partition =
            |&(silent, ended): &(i64, bool)| PartitionCut { caught_up: Span::from_millis(silent), ended };
        let cut = Cut {
            processing: ProcessingTime::from_millis(epoch.clock),
            partitions: epoch.partitions.iter().map(partition).collect(),
        };
        let summary = self.leader.close(&cut, &report);
        let mut seen = seen(&summary);
        let mut panes = Vec::new();
        for (view, cells) in cells.iter().enumerate() {
            seen.views[view].refused = self.apply(view, cells, &summary);
            panes.push(self.fire(view, &summary));
            seen.views[view].purged = self.purge(view, &summary);
            seen.panes.extend(panes[view].iter().map(|pane| given(view, pane)));
        }
        (summary, panes, seen)
    }

    /// Nothing is held for any window.
    pub(crate) fn is_empty(&self) -> bool {
        self.stores.iter().flatten().all(|store| store.is_empty() && store.cells() == 0)
    }

    fn fold<'a>(&self, share: impl Iterator<Item = &'a Input>) -> Folded {
        let mut folded = Folded::default();
        folded.report.largest = vec![None; self.partitions];
        folded.cells = vec![HashMap::new(); self.views.len()];
        for input in share {
            match input {
                Input::Broken => folded.report.bad += 1,
                Input::Record { partition, time, verdicts } => {
                    let time = EventTime::from_millis(*time);
                    let largest = &mut folded.report.largest[*partition];
                    *largest = (*largest).max(Some(time));
                    folded.take(time, verdicts, &self.views);
                    folded.judge(time, self.granule, verdicts);
                }
            }
        }
        folded
    }

    fn apply(&mut self, view: usize, cells: &BTreeMap<(String, EventTime), Cell>, summary: &Summary) -> i64 {
        let mut refused = 0;
        for ((key, slice), partial) in cells {
            let shards = self.stores[view].len();
            let store = &mut self.stores[view][shard(key, shards)];
            if !store.apply(*slice, key, partial, summary.before) {
                refused += value(partial);
            }
        }
        refused
    }

    fn fire(&mut self, view: usize, summary: &Summary) -> Vec<Pane<String>> {
        let mut all = Vec::new();
        for fire in &summary.views[view].fires {
            let mut panes = Vec::new();
            for store in &mut self.stores[view] {
                let part = store.fire(fire);
                assert!(part.is_sorted_by(|a, b| a.key < b.key), "a shard gives its keys in order");
                panes.extend(part);
            }
            panes.sort_by(|a, b| a.key.cmp(&b.key));
            all.extend(panes);
        }
        all
    }

    fn purge(&mut self, view: usize, summary: &Summary) -> BTreeSet<i64> {
        let purged = self.stores[view].iter_mut().flat_map(|store| store.purge(summary.watermark));
        purged.map(EventTime::millis).collect()
    }
}

impl Folded {
    fn take(&mut self, time: EventTime, verdicts: &[Verdict], views: &[ViewTiming]) {
        for ((verdict, view), cells) in verdicts.iter().zip(views).zip(&mut self.cells) {
            let Verdict::Keys(keys) = verdict else { continue };
            let slice = view.windowing.slice(time);
            for key in keys {
                let zero = || Cell::zero(&[Function::Count]);
                cells.entry((slice, key.clone())).or_insert_with(zero).add(0);
            }
        }
    }

    fn judge(&mut self, time: EventTime, granule: i64, verdicts: &[Verdict]) {
        let bits = |wanted: &Verdict| {
            verdicts.iter().enumerate().filter(|(_, v)| *v == wanted).map(|(place, _)| 1 << place).sum()
        };
        let outcome = Outcome {
            granule: time.floor(Span::from_millis(granule), 0),
            filtered: bits(&Verdict::Filtered),
            bad: bits(&Verdict::Bad),
            records: 1,
            latest: time,
        };
        let like = |o: &&mut Outcome| {
            (o.granule, o.filtered, o.bad) == (outcome.granule, outcome.filtered, outcome.bad)
        };
        match self.report.outcomes.iter_mut().find(like) {
            Some(same) => {
                same.records += 1;
                same.latest = same.latest.max(time);
            }
            None => self.report.outcomes.push(outcome),
        }
    }
}

fn timing(rules: &ViewRules) -> ViewTiming {
    ViewTiming {
        windowing: Windowing::new(Span::from_millis(rules.size), Span::from_millis(rules.slide)),
        lateness: Span::from_millis(rules.lateness),
        every: rules.every.map(Span::from_millis),
        records: rules.records,
    }
}

fn seen(summary: &Summary) -> Seen {
    let fates = |tally: &oriel_window::Tally| Fates {
        read: tally.read,
        counted: tally.counted,
        filtered: tally.filtered,
        late: tally.late,
        bad: tally.bad,
    };
    let view = |view: &oriel_window::ViewSummary| ViewSeen {
        fates: fates(&view.tally),
        late_windows: view.late_windows,
        horizon: view.horizon.millis(),
        refused: 0,
        fires: view.fires.iter().map(|fire| fire.window.millis()).collect(),
        purged: BTreeSet::new(),
    };
    Seen {
        watermark: summary.watermark.millis(),
        panes: Vec::new(),
        all: fates(&summary.tally),
        views: summary.views.iter().map(view).collect(),
    }
}

fn given(view: usize, pane: &Pane<String>) -> Given {
    let timing = match pane.timing {
        Timing::Early => "EARLY",
        Timing::OnTime => "ON_TIME",
        Timing::Late => "LATE",
    };
    let (window, key, value) = (pane.window.millis(), pane.key.clone(), value(&pane.value));
    Given { view, window, key, timing, index: pane.index, last: pane.is_last, value }
}

/// The one metric of the tests.
fn value(cell: &Cell) -> i64 {
    match cell.outputs().next() {
        Some(Output::Long(value)) => value,
        other => panic!("a count gives {other:?}"),
    }
}

/// Any fixed rule will do.
fn shard(key: &str, shards: usize) -> usize {
    key.bytes().map(usize::from).sum::<usize>() % shards
}

/// The greatest common divisor.
fn common(a: i64, b: i64) -> i64 {
    if b == 0 { a } else { common(b, a.rem_euclid(b)) }
}
