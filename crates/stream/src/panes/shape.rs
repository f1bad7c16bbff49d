//! The panes of one view on the wire.

use crate::config::ViewConfig;
use crate::render::{bound, value};
use oriel_aggregate::Cell;
use oriel_protocol::view as wire;
use oriel_protocol::view::{PaneWindow, Row, Withdrawn};
use oriel_snapshot::{Key, values};
use oriel_time::EventTime;
use oriel_window::{Accumulation, Pane, Timing};

/// What all panes of one view share.
pub(super) struct Shape {
    metrics: Vec<String>,
    /// The place of the metric that ranks.
    order: usize,
    /// Keys are pairs.
    per: bool,
    retracting: bool,
}

impl Shape {
    pub(super) fn new(view: &ViewConfig) -> Self {
        Shape {
            metrics: view.metrics().iter().map(|(name, _)| name.clone()).collect(),
            order: view.order(),
            per: view.per().is_some(),
            retracting: view.accumulation == Accumulation::Retracting,
        }
    }

    /// The pane of that number.
    pub(super) fn pane(&self, seq: u64, pane: &Pane<Key>) -> wire::Pane {
        let (per, key) = values(&pane.key, self.per);
        let withdrawn = pane.withdrawn().iter().map(|(start, cell)| self.withdrawn(*start, cell));
        wire::Pane {
            seq,
            window: PaneWindow { start: bound(pane.window), end: bound(pane.end) },
            key: key.map(str::to_owned),
            per: self.per.then(|| per.map(str::to_owned)),
            timing: match pane.timing {
                Timing::Early => wire::Timing::Early,
                Timing::OnTime => wire::Timing::OnTime,
                Timing::Late => wire::Timing::Late,
            },
            index: pane.index.into(),
            is_last: pane.is_last,
            value: self.row(pane.value()),
            withdrawn: self.retracting.then(|| withdrawn.collect()),
            merged: pane.merged().iter().map(|start| start.millis()).collect(),
            error: pane.error().map(|error| self.error(error)).unwrap_or_default(),
        }
    }

    fn withdrawn(&self, start: EventTime, cell: &Cell) -> Withdrawn {
        Withdrawn { start: bound(start), value: self.row(cell) }
    }

    fn row(&self, cell: &Cell) -> Row {
        self.metrics.iter().cloned().zip(cell.outputs().map(|output| value(&output))).collect()
    }

    /// Of the metric that ranks; only that one is bounded.
    fn error(&self, cell: &Cell) -> Row {
        let name = self.metrics.get(self.order).cloned();
        name.into_iter().map(|name| (name, value(&cell.output(self.order)))).collect()
    }
}
