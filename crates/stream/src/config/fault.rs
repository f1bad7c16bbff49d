//! Faults of a configuration, told as all programs tell theirs.

use std::ops::Range;

pub use oriel_runtime::faults::{Fault, Faults};
pub(super) use oriel_runtime::faults::{Report, nearest};

/// Something that a later version will know.
pub(super) fn later<T>(what: &str, at: Range<usize>, report: &mut Report<'_>) -> Option<T> {
    report.fault(format!("{what}: not in this version"), at)
}
