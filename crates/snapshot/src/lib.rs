//! The current result of every view, and the queries on it.
//!
//! [`Rows`] holds what the windows of one view have shown, for the keys of one shard:
//! panes go in, and rows stay for as long as the view retains them. A query is two pure
//! functions: [`part`] reads one shard, [`merge`] makes the answer of all parts. Every
//! key has one owner, so parts never overlap, and whatever needs all of them (the cut
//! of a top list, the order, the limits) is done in `merge`. A [`Mark`] tells whether
//! answers are what they were, for much less than it takes to read them.

mod key;
mod mark;
mod query;
mod rows;

pub use key::{Key, OTHER, escape, pair, split, values};
pub use mark::Mark;
pub use query::{Answer, Counting, Facts, Part, Query, Row, State, merge, part};
pub use rows::Rows;

use oriel_time::Span;
use oriel_window::{ViewTiming, Windowing};

/// What a view serves.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Shape {
    /// One row a window, or a window and key.
    Series {
        /// A window without records has a row of noughts.
        fill: bool,
    },
    /// The first keys of one window.
    Top {
        /// How many.
        n: usize,
        /// So many for each first value of keys that are pairs.
        per: bool,
        /// What ranks them.
        order: Order,
        /// Of the newest window that is closed, not of the newest.
        complete: bool,
    },
}

/// What ranks a list.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Order {
    /// The place of the metric.
    pub metric: usize,
    /// Smallest first.
    pub ascending: bool,
}

/// What the snapshot must know of a view.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct ViewSpec {
    /// What it serves.
    pub shape: Shape,
    /// Its windows.
    pub timing: ViewTiming,
    /// How far behind the horizon rows are kept.
    pub retain: Span,
    /// How many metrics it has.
    pub metrics: usize,
}

impl ViewSpec {
    /// What ranks its rows; a series is ranked by its first metric where it has to be.
    pub fn order(&self) -> Order {
        match self.shape {
            Shape::Top { order, .. } => order,
            Shape::Series { .. } => Order::default(),
        }
    }

    /// Whether windows differ from key to key.
    pub fn is_session(&self) -> bool {
        matches!(self.timing.windowing, Windowing::Session { .. })
    }

    /// The place of the metric that ranks.
    pub fn metric(&self) -> usize {
        self.order().metric
    }
}
