//! The current result of every view, and the queries on it.
//!
//! [`Rows`] holds what the windows of one view have shown, for the keys of one shard:
//! panes go in, and rows stay for as long as the view retains them. A query is two pure
//! functions: [`part`] reads one shard, [`merge`] makes the answer of all parts. Every
//! key has one owner, so parts never overlap, and whatever needs all of them (the cut
//! of a top list, the order, the limits) is done in `merge`.

mod query;
mod rows;

pub use query::{Answer, Facts, Part, Query, Row, State, merge, part};
pub use rows::{Key, Rows};

use oriel_time::Span;
use oriel_window::ViewTiming;

/// What a view serves.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Shape {
    /// One row a window.
    Series,
    /// The largest keys of one window.
    Top {
        /// How many.
        n: usize,
    },
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
}
