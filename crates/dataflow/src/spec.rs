//! What the engine is told to do, resolved against a schema.

use oriel_aggregate::Function;
use oriel_record::{FieldId, Schema};
use oriel_snapshot as snapshot;
use oriel_time::Span;
use oriel_window::{LeaderSpec, ViewTiming};

/// Views have one bit each in the outcomes of records.
pub const MAX_VIEWS: usize = 64;

/// Everything the engine must know.
#[derive(Debug)]
pub struct EngineSpec {
    /// How lines become records.
    pub schema: Schema,
    /// The views, at most [`MAX_VIEWS`].
    pub views: Vec<ViewPlan>,
    /// How far behind the largest event time the watermark stays.
    pub disorder: Span,
    /// A partition caught up for this long no longer holds the stream; never if absent.
    pub idle: Option<Span>,
    /// Records further ahead of processing time are bad; off if absent.
    pub future: Option<Span>,
    /// How epochs are cut.
    pub epochs: EpochRules,
    /// The number of worker threads.
    pub workers: usize,
    /// The number of shards that keys are dealt to, a power of two up to 256.
    pub shards: usize,
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
#[derive(Clone, Debug)]
pub struct ViewPlan {
    /// How it is served and for how long; its windows and triggers.
    pub snapshot: snapshot::ViewSpec,
    /// The field whose distinct values are the keys; none for an unkeyed view.
    pub key: Option<FieldId>,
    /// Records without a key count under the key null; else they are left out.
    pub keep_null: bool,
    /// The metrics, in order.
    pub metrics: Vec<Metric>,
}

/// One metric of a view.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Metric {
    /// Counts records.
    Count,
    /// Counts records in which the field is present and not empty.
    CountOf(FieldId),
}

impl ViewPlan {
    pub(crate) fn timing(&self) -> &ViewTiming {
        &self.snapshot.timing
    }

    pub(crate) fn functions(&self) -> Vec<Function> {
        self.metrics.iter().map(|_| Function::Count).collect()
    }
}

impl EngineSpec {
    pub(crate) fn leader(&self, partitions: usize) -> LeaderSpec {
        let views = self.views.iter().map(|view| *view.timing()).collect();
        LeaderSpec { disorder: self.disorder, idle: self.idle, partitions, views }
    }

    /// The length of time within which all records fall into the same slice of every view.
    pub(crate) fn granule(&self) -> Span {
        let slides = self.views.iter().map(|view| view.timing().windowing.slide().millis());
        Span::from_millis(slides.fold(0, gcd).max(1))
    }
}

fn gcd(a: i64, b: i64) -> i64 {
    if b == 0 { a } else { gcd(b, a.rem_euclid(b)) }
}
