//! The current result of every view, and the queries on it.
