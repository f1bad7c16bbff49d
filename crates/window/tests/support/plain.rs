//! What goes into a host and what comes out of it, in plain values: times and spans are
//! milliseconds. All that the recomputation shares with the host.

use oriel_aggregate::{Cell, Function, Number, Output, Scalar};
use oriel_time::EventTime;

/// The metrics of every view: the number of records, and every function of a field.
const METRICS: [Function; 10] = [
    Function::Count,
    Function::Count,
    Function::Sum,
    Function::Min,
    Function::Max,
    Function::Average,
    Function::First,
    Function::Last,
    Function::Distinct,
    Function::Quantile(0.9),
];

/// The values that a record's field may have, by number; the first has none. They are whole,
/// decimal, and such as a sum of floats would round.
const VALUES: [Option<f64>; 6] = [None, Some(7.0), Some(-0.1), Some(0.3), Some(1e16), Some(0.1 + 0.2)];

/// Which windows a view has.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Windows {
    Global,
    Aligned { size: i64, slide: i64, offset: i64 },
    Sessions { gap: i64 },
}

/// When it fires again and again.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub(crate) struct Firing {
    pub(crate) every: Option<i64>,
    pub(crate) records: Option<u64>,
}

/// What its panes hold.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Mode {
    Accumulating,
    Discarding,
    Retracting,
}

/// One view.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct ViewRules {
    pub(crate) windows: Windows,
    pub(crate) lateness: i64,
    pub(crate) early: Firing,
    pub(crate) late: Firing,
    pub(crate) unchanged: bool,
    pub(crate) mode: Mode,
    /// How many entries a shard keeps of those that it is given.
    pub(crate) cap: Option<usize>,
}

/// The whole configuration.
#[derive(Clone, Debug)]
pub(crate) struct Rules {
    pub(crate) disorder: i64,
    pub(crate) idle: Option<i64>,
    pub(crate) jump: Option<i64>,
    pub(crate) align: Option<i64>,
    /// The number of partitions at first.
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
    Record { partition: usize, time: i64, value: usize, verdicts: Vec<Verdict> },
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

/// A cell, down to its bytes.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(crate) struct Value {
    /// The first metric: how many records.
    pub(crate) count: i64,
    pub(crate) outputs: String,
    pub(crate) bytes: String,
}

/// A pane in plain values.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Given {
    pub(crate) view: usize,
    pub(crate) window: i64,
    pub(crate) end: i64,
    pub(crate) key: String,
    pub(crate) timing: &'static str,
    pub(crate) index: u32,
    pub(crate) last: bool,
    pub(crate) total: Value,
    /// What came since the last pane, when discarding.
    pub(crate) delta: Option<Value>,
    /// By the starts of the windows that showed it.
    pub(crate) withdrawn: Vec<(i64, Value)>,
    pub(crate) merged: Vec<i64>,
}

/// What became of records.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub(crate) struct Fates {
    pub(crate) read: u64,
    pub(crate) counted: u64,
    pub(crate) filtered: u64,
    pub(crate) late: u64,
    pub(crate) bad: u64,
}

/// All that can be seen of the end of an epoch.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Seen {
    pub(crate) watermark: i64,
    pub(crate) partitions: Vec<Stand>,
    /// By view, then window, then key.
    pub(crate) panes: Vec<Given>,
    pub(crate) all: Fates,
    pub(crate) views: Vec<ViewSeen>,
}

/// How a partition stands.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Stand {
    pub(crate) life: &'static str,
    pub(crate) watermark: i64,
    pub(crate) largest: i64,
    pub(crate) holds: bool,
    pub(crate) ahead: bool,
}

/// What can be seen of one view.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub(crate) struct ViewSeen {
    pub(crate) fates: Fates,
    pub(crate) late_windows: u64,
    pub(crate) horizon: i64,
    /// Starts of the aligned windows that fire. Each has something to show.
    pub(crate) fires: Vec<i64>,
    /// Starts of the aligned windows that were forgotten.
    pub(crate) forgotten: Vec<i64>,
}

/// The cell of no records.
pub(crate) fn zero() -> Cell {
    Cell::zero(&METRICS)
}

/// Adds a record to a cell of the metrics.
pub(crate) fn add(cell: &mut Cell, time: i64, value: usize) {
    cell.add(0);
    let Some(number) = VALUES[value].and_then(Number::from_f64) else { return };
    for metric in 1..METRICS.len() {
        cell.take(metric, EventTime::from_millis(time), Scalar::Number(number));
    }
}

/// A cell in plain values.
pub(crate) fn value(cell: &Cell) -> Value {
    let count = match cell.outputs().next() {
        Some(Output::Long(count)) => count,
        other => panic!("a count gives {other:?}"),
    };
    let outputs = format!("{:?}", cell.outputs().collect::<Vec<_>>());
    Value { count, outputs, bytes: serde_json::to_string(cell).expect("a cell is plain data") }
}
