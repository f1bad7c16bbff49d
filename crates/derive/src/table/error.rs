//! Why a file is no table.

use crate::names::offer;

/// Why a file is no table.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum TableError {
    /// Something that does not belong there.
    #[error("{place}: {found}; allowed: {allowed}")]
    Wrong {
        /// The line or row, counted from 1.
        place: String,
        /// What is there.
        found: String,
        /// What may be there.
        allowed: String,
    },
    /// A column that no row has.
    #[error("no column `{name}`; allowed: {known}")]
    NoColumn {
        /// The column that is asked for.
        name: String,
        /// Those that are there, as in a sentence.
        known: String,
    },
    /// Two columns of one name.
    #[error("column `{0}` is there twice")]
    Twice(String),
    /// No rows at all.
    #[error("no rows; allowed: at least one")]
    Empty,
}

impl TableError {
    pub(super) fn wrong(place: String, found: impl Into<String>, allowed: impl Into<String>) -> Self {
        TableError::Wrong { place, found: found.into(), allowed: allowed.into() }
    }

    pub(super) fn no_column(name: &str, known: &[&str]) -> Self {
        TableError::NoColumn { name: name.to_owned(), known: offer(name, known.iter().copied()) }
    }
}
