//! Panes on their way out: in order, whichever workers made them.

use oriel_snapshot::Key;
use oriel_window::Pane;
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

/// Where the panes go of the views that want them. Called from worker threads.
pub trait Panes: Send + Sync {
    /// Takes the panes of one view and epoch, by window and key. Epochs come in order.
    /// May block, and then the engine waits.
    fn panes(&self, view: usize, panes: Vec<Pane<Key>>);
}

/// Collects the panes of each epoch until all workers have applied it.
pub(crate) struct Gathered {
    sink: Arc<dyn Panes>,
    waiting: Mutex<BTreeMap<u64, Vec<Vec<Pane<Key>>>>>,
}

impl Gathered {
    pub(crate) fn new(sink: Arc<dyn Panes>) -> Self {
        Gathered { sink, waiting: Mutex::default() }
    }

    /// Takes one worker's panes of an epoch, by view.
    pub(crate) fn take(&self, epoch: u64, panes: Vec<Vec<Pane<Key>>>) {
        if panes.iter().all(Vec::is_empty) {
            return;
        }
        let mut waiting = self.waiting.lock().unwrap_or_else(PoisonError::into_inner);
        let all = waiting.entry(epoch).or_default();
        all.resize_with(all.len().max(panes.len()), Vec::new);
        all.iter_mut().zip(panes).for_each(|(all, panes)| all.extend(panes));
    }

    /// All workers have applied the epochs before this one: gives their panes away. The
    /// lock is held so long, so that nobody comes in between with later ones.
    pub(crate) fn give(&self, before: u64) {
        let mut waiting = self.waiting.lock().unwrap_or_else(PoisonError::into_inner);
        while let Some(first) = waiting.first_entry() {
            if *first.key() >= before {
                break;
            }
            for (view, mut panes) in first.remove().into_iter().enumerate() {
                panes.sort_unstable_by(|a, b| (a.window, &a.key).cmp(&(b.window, &b.key)));
                if !panes.is_empty() {
                    self.sink.panes(view, panes);
                }
            }
        }
    }
}
