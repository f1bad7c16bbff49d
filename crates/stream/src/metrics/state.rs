//! What the views hold, in keys and bytes.

use super::encode::{Encode, whole};
use crate::render::bound;
use oriel_dataflow::{Engine, ViewSize};
use oriel_time::EventTime;
use oriel_window::Size;
use std::fmt;

/// A view's windows that are told of one by one: the newest. More would be a new name for
/// each second of a fine slide.
const WINDOWS: usize = 16;

pub(super) fn encode(engine: &Engine, views: &[String], encode: &mut Encode<'_, '_>) -> fmt::Result {
    let sizes: Vec<ViewSize> = (0..views.len()).map(|view| engine.size(view)).collect();
    let all = || views.iter().map(String::as_str).zip(&sizes);
    let mut held = |name, help, number: fn(&ViewSize) -> usize| {
        encode.gauges(name, help, all().map(|(view, size)| (vec![("view", view)], whole(number(size)))))
    };
    held("view_cells", "Cells of open windows, by view", |size| size.state.entries)?;
    held("view_cell_bytes", "Memory of those cells, about", |size| size.state.bytes)?;
    held("view_rows", "Rows kept for queries, by view", |size| size.rows.entries)?;
    held("view_row_bytes", "Memory of those rows, about", |size| size.rows.bytes)?;
    let mut counted = |name, help, number: fn(&ViewSize) -> u64| {
        encode.counters(name, help, all().map(|(view, size)| (vec![("view", view)], number(size))))
    };
    let help = "Partial cells that were counted under __other__ or made room by Space-Saving";
    counted("view_folded", help, |size| size.folded)?;
    let help = "Values beyond 64 bits, shown as null";
    counted("view_overflows", help, |size| size.overflows)?;
    windows(engine, views, encode)
}

fn windows(engine: &Engine, views: &[String], encode: &mut Encode<'_, '_>) -> fmt::Result {
    let mut newest: Vec<(&str, String, Size)> = Vec::new();
    for (place, view) in views.iter().enumerate() {
        let parts = engine.parts(place);
        let skipped = parts.len().saturating_sub(WINDOWS);
        newest.extend(parts[skipped..].iter().map(|(start, size)| (&**view, name(*start), *size)));
    }
    let mut held = |name, help, number: fn(&Size) -> usize| {
        let values = newest.iter().map(|(view, start, size)| {
            (vec![("view", *view), ("window", start.as_str())], whole(number(size)))
        });
        encode.gauges(name, help, values)
    };
    held("window_cells", "Cells of each window or shared slice, by its start; the newest", |size| {
        size.entries
    })?;
    held("window_bytes", "Memory of those cells, about", |size| size.bytes)
}

/// A window's start; the one over all time, and all sessions together, have none.
fn name(start: EventTime) -> String {
    bound(start).map_or("all".into(), |millis| millis.to_string())
}
