//! One shard: the windows and rows of every view for the keys that hash to it.

use crate::fold::Delta;
use crate::spec::EngineSpec;
use oriel_snapshot::{Key, Rows};
use oriel_window::{Store, Summary};
use xxhash_rust::xxh3::xxh3_64;

/// The shard that owns a key of a view. The hash has a fixed seed: it is the same on
/// every machine and in every version. A keyless view lives where its place hashes to.
pub(crate) fn owner(delta: &Delta, shards: usize) -> usize {
    let (view, _, key, _) = delta;
    let hash = match key {
        Some(key) => xxh3_64(key.as_bytes()),
        None => xxh3_64(&view.to_le_bytes()),
    };
    // The highest bits choose, so that halving the shards joins neighbours.
    ((u128::from(hash) * shards as u128) >> 64) as usize
}

pub(crate) struct Shard {
    views: Vec<(Store<Key>, Rows)>,
}

impl Shard {
    pub(crate) fn new(spec: &EngineSpec) -> Self {
        let view = |plan: &crate::ViewPlan| (Store::new(*plan.timing()), Rows::new(plan.snapshot));
        Shard { views: spec.views.iter().map(view).collect() }
    }

    /// Takes the epoch's partial cells, in the order of their keys, and ends the epoch.
    pub(crate) fn apply(&mut self, deltas: impl Iterator<Item = Delta>, summary: &Summary) {
        for (view, slice, key, cell) in deltas {
            self.views[usize::from(view)].0.apply(slice, &key, &cell, summary.before);
        }
        for ((store, rows), decided) in self.views.iter_mut().zip(&summary.views) {
            for fire in &decided.fires {
                store.fire(fire).into_iter().for_each(|pane| rows.absorb(pane));
            }
            for window in store.purge(summary.watermark) {
                rows.settle(window);
            }
            rows.expire(decided.horizon);
        }
    }

    pub(crate) fn rows(&self, view: usize) -> &Rows {
        &self.views[view].1
    }

    /// Cells and rows held, for metrics.
    pub(crate) fn held(&self, view: usize) -> (usize, usize) {
        let (store, rows) = &self.views[view];
        (store.cells(), rows.len())
    }
}

/// Brings the partial cells of all workers into the order in which they are applied,
/// and merges those of equal view, slice and key.
pub(crate) fn put_in_order(deltas: &mut Vec<Delta>) {
    deltas.sort_unstable_by(|a, b| (a.0, a.1, &a.2).cmp(&(b.0, b.1, &b.2)));
    deltas.dedup_by(|next, kept| {
        let same = (kept.0, kept.1, &kept.2) == (next.0, next.1, &next.2);
        if same {
            kept.3.merge(&next.3);
        }
        same
    });
}
