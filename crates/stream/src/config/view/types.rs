//! What a view is once it is read.

use std::path::PathBuf;

use oriel_aggregate::Function;
use oriel_time::Span;
use oriel_window::{Accumulation, Windowing};

/// One view.
#[derive(Clone, PartialEq, Debug)]
pub struct ViewConfig {
    /// Its name.
    pub name: String,
    /// What it shows.
    pub kind: ViewKind,
    /// The stretches of time that it is made over.
    pub window: Windowing,
    /// Early panes after so much time; with neither this nor `records` there are none.
    pub every: Option<Span>,
    /// Early panes after so many records.
    pub records: Option<u64>,
    /// Late panes after so much time; with neither this nor `late_records` at the end of
    /// each epoch that holds late records.
    pub late_every: Option<Span>,
    /// Late panes after so many records.
    pub late_records: Option<u64>,
    /// Early and late panes come also where nothing changed.
    pub unchanged: bool,
    /// What a pane holds beside what came since the last.
    pub accumulation: Accumulation,
    /// For how long a closed window still takes records.
    pub lateness: Span,
    /// The expression that is true of the records it takes; all without.
    pub filter: Option<String>,
    /// With more keys than this it no longer counts each one exactly. Of no meaning for a
    /// series without `by`.
    pub max_keys: usize,
    /// Where its panes go.
    pub panes: Panes,
    /// For how long rows are kept, in event time.
    pub retain: Span,
    /// The newest rows that each published message holds.
    pub publish: usize,
}

/// Where panes go.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Panes {
    /// Nowhere.
    Off,
    /// To the view's topic of panes.
    Topic,
    /// To a file, and to the topic.
    File(PathBuf),
}

/// What a view shows.
#[derive(Clone, PartialEq, Debug)]
pub enum ViewKind {
    /// One row a window, or a window and key.
    Series {
        /// The field that each value of has a series of its own.
        by: Option<String>,
        /// Name and metric of each column.
        metrics: Vec<(String, Metric)>,
        /// Windows without records have a row too.
        fill: bool,
    },
    /// The largest (or smallest) keys of one window.
    Top {
        /// The field that is ranked.
        by: String,
        /// The field that each value of has a list of its own.
        per: Option<String>,
        /// How many rows.
        n: usize,
        /// Whether records without the field make a row of their own.
        none: bool,
        /// Name and metric of each column.
        metrics: Vec<(String, Metric)>,
        /// The place of the metric that ranks.
        order: usize,
        /// The smallest first.
        bottom: bool,
        /// Shows the newest closed window, else the newest.
        complete: bool,
    },
}

/// A column's aggregate.
#[derive(Clone, PartialEq, Debug)]
pub struct Metric {
    /// What is made of the values.
    pub function: Function,
    /// The field they are of; only a count may be of whole records.
    pub field: Option<String>,
}
