//! What the engine is told to do, resolved against a schema.

use oriel_aggregate::{Cell, Function};
use oriel_derive::{Deriver, Expression, Tables};
use oriel_record::{FieldId, Schema};
use oriel_snapshot::{self as snapshot, Shape};
use oriel_time::Span;
use oriel_window::{LeaderSpec, ViewTiming, WatermarkRules, Windowing};

/// Everything the engine must know.
#[derive(Debug)]
pub struct EngineSpec {
    /// How lines become records.
    pub schema: Schema,
    /// What is added to them.
    pub deriver: Deriver,
    /// The tables that it looks keys up in, at first.
    pub tables: Tables,
    /// The views.
    pub views: Vec<ViewPlan>,
    /// What moves watermarks.
    pub watermarks: WatermarkRules,
    /// Records further ahead of processing time are bad; off if absent.
    pub future: Option<Span>,
    /// How epochs are cut.
    pub epochs: EpochRules,
    /// The number of worker threads.
    pub workers: usize,
    /// The number of shards that keys are dealt to, a power of two up to 256.
    pub shards: usize,
    /// The bytes that the views' state may take, about; no bound if absent.
    pub memory: Option<u64>,
}

/// When an epoch ends.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct EpochRules {
    /// After this much time, also when nothing arrived; off if absent.
    pub every: Option<Span>,
    /// After that many records from one reader.
    pub records: u64,
    /// After that many bytes from one reader.
    pub bytes: usize,
    /// Readers stop when this many epochs are not complete.
    pub in_flight: u64,
}

/// A view, ready to be folded into.
#[derive(Debug)]
pub struct ViewPlan {
    /// How it is served and for how long; its windows and triggers.
    pub snapshot: snapshot::ViewSpec,
    /// Records that do not pass are left out.
    pub filter: Option<Expression>,
    /// The field whose distinct values are the keys; none for an unkeyed view.
    pub key: Option<FieldId>,
    /// The field whose values come before the keys', as pairs.
    pub per: Option<FieldId>,
    /// Records without a key count under the key null; else they are left out.
    pub keep_null: bool,
    /// The metrics, in order.
    pub metrics: Vec<Metric>,
    /// The derived fields that it uses: where one of them fails, the record is bad here.
    pub derived: Vec<FieldId>,
    /// Keys are exact up to so many.
    pub max_keys: usize,
    /// Somebody wants its panes.
    pub panes: bool,
}

/// One metric of a view.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Metric {
    /// What is computed.
    pub function: Function,
    /// Of what; records are counted where there is none.
    pub field: Option<FieldId>,
}

/// What becomes of keys for which there is no room.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Overflow {
    /// There are no keys.
    Never,
    /// The smallest are let go, and each knows by how much it may be too large.
    SpaceSaving,
    /// New ones are counted together.
    Other,
}

impl ViewPlan {
    pub(crate) fn timing(&self) -> &ViewTiming {
        &self.snapshot.timing
    }

    pub(crate) fn functions(&self) -> Vec<Function> {
        self.metrics.iter().map(|metric| metric.function).collect()
    }

    pub(crate) fn zero(&self) -> Cell {
        Cell::zero(&self.functions())
    }

    /// Space-Saving bounds what only grows, and can tell it of one metric.
    pub(crate) fn overflow(&self) -> Overflow {
        let grows = matches!(self.metrics[..], [Metric { function: Function::Count | Function::Sum, .. }]);
        match self.snapshot.shape {
            _ if self.key.is_none() => Overflow::Never,
            Shape::Top { order, .. } if grows && !order.ascending => Overflow::SpaceSaving,
            _ => Overflow::Other,
        }
    }

    /// Over how many shards its keys are dealt, of so many. Who is admitted is decided in
    /// one place; and a shard's share of counters is worth the name.
    pub(crate) fn spread(&self, shards: usize) -> usize {
        /// Fewer counters than these say little.
        const SHARE: usize = 64;
        match self.overflow() {
            Overflow::Never | Overflow::Other => 1,
            Overflow::SpaceSaving => {
                let worth = (self.max_keys / SHARE).max(1);
                shards.min(1 << worth.ilog2())
            }
        }
    }

    pub(crate) fn is_session(&self) -> bool {
        matches!(self.timing().windowing, Windowing::Session { .. })
    }
}

impl EngineSpec {
    pub(crate) fn leader(&self, partitions: usize) -> LeaderSpec {
        let views = self.views.iter().map(|view| *view.timing()).collect();
        LeaderSpec { watermarks: self.watermarks, partitions, views }
    }

    /// Whether what is held decides about what comes: then an epoch is applied by all
    /// before any goes on to the next.
    pub(crate) fn bounded(&self) -> bool {
        self.memory.is_some() || self.views.iter().any(|view| view.overflow() == Overflow::SpaceSaving)
    }
}
