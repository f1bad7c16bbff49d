//! What a view will cost, in words for the log at start.

use oriel_aggregate::Cell;
use oriel_dataflow::ViewPlan;
use oriel_snapshot::{Key, Shape};
use oriel_window::{Accumulation, ViewTiming, Windowing};

/// A key of usual length and the counters of its shared text.
const KEY: usize = 40;
/// State from which on new keys are folded, in tenths of the budget.
const PRESSED: u64 = 9;

/// How the view's windows are held, and what its keys may take.
pub(crate) fn outline(plan: &ViewPlan) -> String {
    let timing = &plan.snapshot.timing;
    let windows = windows(timing);
    if plan.key.is_none() {
        return windows;
    }
    let functions: Vec<_> = plan.metrics.iter().map(|metric| metric.function).collect();
    // A table is never full; a sketch grows by what it sees.
    let entry = (size_of::<(Key, Cell)>() * 3 / 2) + Cell::zero(&functions).bytes() + KEY;
    let bytes = bytes((plan.max_keys as u64).saturating_mul(entry as u64));
    let max = plan.max_keys;
    let what = match plan.snapshot.shape {
        Shape::Series { .. } => "keys",
        Shape::Top { .. } => "keys over its live windows",
    };
    format!("{windows}; exact up to {max} {what}, for which each cell takes about {entry} bytes: {bytes}")
}

/// What the budget of all views means.
pub(crate) fn outline_memory(budget: u64) -> String {
    let pressed = bytes(budget / 10 * PRESSED);
    format!("the state may take {}; from {pressed} on new keys are counted together", bytes(budget))
}

fn windows(timing: &ViewTiming) -> String {
    let (size, slide) = match timing.windowing {
        Windowing::Global => return "one window over all time".into(),
        Windowing::Session { gap } => return format!("sessions that end after {gap} without a record"),
        Windowing::Aligned { size, slide, .. } => (size, slide),
    };
    let overlap = timing.windowing.overlap();
    if overlap == 1 {
        format!("a window every {size}")
    } else if timing.shares_slices() {
        format!("{overlap} overlapping windows share slices of {slide}")
    } else {
        format!(
            "{overlap} overlapping windows of {size} keep state each ({}): each record is merged {overlap} times",
            why(timing)
        )
    }
}

/// Why windows that overlap cannot share.
fn why(timing: &ViewTiming) -> &'static str {
    match timing.accumulation {
        Accumulation::Retracting => "retracting",
        _ => "discarding with emit.records",
    }
}

/// Bytes in the unit that one would say.
fn bytes(count: u64) -> String {
    const UNITS: [&str; 5] = ["bytes", "KB", "MB", "GB", "TB"];
    let (mut count, mut unit) = (count as f64, 0);
    while count >= 1_000.0 && unit + 1 < UNITS.len() {
        count /= 1_000.0;
        unit += 1;
    }
    format!("{count:.0} {}", UNITS[unit])
}
