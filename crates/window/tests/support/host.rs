//! A host of the window crate as small as can be. It does what the engine does with
//! it, on one thread: workers fold their share of an epoch, shards apply what the
//! workers folded in the order of places and keys, and end the epoch.

mod convert;
pub(crate) mod plain;
mod worker;

use convert::{cut, given, seen, timing, watermarks};
use oriel_time::EventTime;
use oriel_window::{Leader, LeaderSpec, Pane, Report, Size, Store, Summary, ViewTiming, Windowing};
use plain::{Epoch, Rules, Seen};
use std::collections::BTreeSet;
use worker::{Folder, Partial};

/// The leader, and for each view the stores of its shards.
pub(crate) struct Host {
    rules: Rules,
    leader: Leader,
    views: Vec<ViewTiming>,
    stores: Vec<Vec<Store<String>>>,
    workers: usize,
    /// The last summary's watermark.
    watermark: EventTime,
}

/// The very summary, the panes of each view, and both in plain values.
pub(crate) type Closed = (Summary, Vec<Vec<Pane<String>>>, Seen);

impl Host {
    pub(crate) fn new(rules: &Rules, workers: usize, shards: usize) -> Self {
        let views: Vec<ViewTiming> = rules.views.iter().map(timing).collect();
        let spec =
            LeaderSpec { watermarks: watermarks(rules), partitions: rules.partitions, views: views.clone() };
        Host {
            rules: rules.clone(),
            leader: Leader::new(spec),
            stores: views.iter().map(|view| vec![Store::new(*view, plain::zero()); shards]).collect(),
            views,
            workers,
            watermark: EventTime::BEGINNING,
        }
    }

    /// Works one epoch.
    pub(crate) fn close(&mut self, epoch: &Epoch) -> Closed {
        let (report, partials) = self.fold(epoch);
        let summary = self.leader.close(&cut(epoch), report);
        assert_eq!(summary.before, self.watermark);
        self.watermark = summary.watermark;
        let mut seen = seen(&summary);
        let mut panes = Vec::new();
        for (view, partials) in partials.into_iter().enumerate() {
            self.apply(view, partials, summary.before);
            let (shown, forgotten) = self.fire(view, &summary);
            seen.panes.extend(shown.iter().map(|pane| given(view, pane)));
            seen.views[view].forgotten = forgotten.into_iter().map(EventTime::millis).collect();
            panes.push(shown);
        }
        (summary, panes, seen)
    }

    /// Nothing is held for any window.
    pub(crate) fn is_empty(&self) -> bool {
        let empty = |store: &Store<String>| store.is_empty() && store.size() == Size::default();
        self.stores.iter().flatten().all(empty)
    }

    /// What all workers saw together, and for each view what they folded.
    fn fold(&self, epoch: &Epoch) -> (Report, Vec<Vec<Partial>>) {
        let folder = Folder {
            rules: &self.rules,
            watermarks: watermarks(&self.rules),
            views: &self.views,
            before: self.watermark,
            partitions: epoch.partitions.len(),
        };
        let mut report = Report::default();
        let mut partials: Vec<Vec<Partial>> = self.views.iter().map(|_| Vec::new()).collect();
        for worker in 0..self.workers {
            let share = epoch.inputs.iter().filter(|(number, _)| number % self.workers == worker);
            let folded = folder.fold(share.map(|(_, input)| input));
            report.merge(folded.report);
            for (all, mine) in partials.iter_mut().zip(folded.partials) {
                all.extend(mine);
            }
        }
        (report, partials)
    }

    fn apply(&mut self, view: usize, mut partials: Vec<Partial>, before: EventTime) {
        partials.sort_by(|a, b| (a.place.start(), &a.key).cmp(&(b.place.start(), &b.key)));
        partials.dedup_by(|next, kept| {
            let same = (next.place.start(), &next.key) == (kept.place.start(), &kept.key);
            if same {
                kept.cell.merge(&next.cell);
                kept.place.merge(&next.place);
            }
            same
        });
        let shards = self.stores[view].len();
        for Partial { place, key, cell } in partials {
            self.stores[view][shard(&key, shards)].apply(&place, &key, &cell, before);
        }
        if let Some(cap) = self.rules.views[view].cap {
            self.stores[view].iter_mut().for_each(|store| {
                store.shrink(cap, 0);
            });
        }
    }

    fn fire(&mut self, view: usize, summary: &Summary) -> (Vec<Pane<String>>, BTreeSet<EventTime>) {
        let (mut all, mut forgotten) = (Vec::new(), BTreeSet::new());
        for store in &mut self.stores[view] {
            let mut panes = Vec::new();
            forgotten.extend(store.close(summary, &summary.views[view], |pane| panes.push(pane)));
            let in_order = panes.is_sorted_by(|a, b| (a.window, &a.key) < (b.window, &b.key));
            assert!(in_order, "a shard gives its panes by window and key");
            assert_is_counted_out(store);
            all.extend(panes);
        }
        all.sort_by(|a, b| (a.window, &a.key).cmp(&(b.window, &b.key)));
        (all, forgotten)
    }
}

/// What a store says that it holds is what it gives back when all keys are let go of.
fn assert_is_counted_out(store: &Store<String>) {
    if !matches!(store.timing().windowing, Windowing::Session { .. }) {
        let mut emptied = store.clone();
        emptied.shrink(0, 0);
        assert_eq!(emptied.size(), Size::default());
    }
}

/// Any fixed rule will do.
fn shard(key: &str, shards: usize) -> usize {
    key.bytes().map(usize::from).sum::<usize>() % shards
}
