//! When a view gives panes, what they hold and where they go.

use std::path::Path;

use oriel_time::Span;
use oriel_window::Accumulation;
use toml::Spanned;
use toml::de::DeValue;

use super::Panes;
use crate::config::fault::Report;
use crate::config::section::{MAX_WHOLE, Section};
use crate::config::value::show;

/// Early results come so often unless the file says otherwise.
const EVERY: Span = Span::SECOND;

/// How a pace is written.
const PACE: &str = "{ every = \"1s\" }, { records = 25 } or both in one";

/// After so much time, after so many records, or both.
#[derive(Clone, Copy, Default)]
pub(super) struct Pace {
    pub(super) every: Option<Span>,
    pub(super) records: Option<u64>,
}

/// Everything about a view's panes.
pub(super) struct Triggers {
    pub(super) emit: Pace,
    pub(super) late: Pace,
    pub(super) lateness: Span,
    pub(super) unchanged: bool,
    pub(super) accumulation: Accumulation,
    pub(super) panes: Panes,
}

pub(super) fn read(view: &mut Section<'_>, base: &Path, report: &mut Report<'_>) -> Triggers {
    let emit = emit(view, report);
    let lateness = match view.raw("lateness") {
        Some(_) => view.span("lateness", report).map(|found| found.value),
        None => Some(Span::ZERO),
    };
    let late = late(view, lateness, report);
    let lateness = lateness.unwrap_or(Span::ZERO);
    let unchanged = view.flag("unchanged", report).unwrap_or(false);
    let accumulation = accumulation(view, report);
    Triggers { emit, late, lateness, unchanged, accumulation, panes: panes(view, base, report) }
}

/// Early panes.
fn emit(view: &mut Section<'_>, report: &mut Report<'_>) -> Pace {
    match view.raw("emit").map(Spanned::get_ref) {
        None => Pace { every: Some(EVERY), records: None },
        Some(value) if value.as_str() == Some("on_time") => Pace::default(),
        Some(_) => pace("emit", &format!("\"on_time\", {PACE}"), view, report),
    }
}

/// Late panes, which there can only be with lateness. It is absent where it is faulty.
fn late(view: &mut Section<'_>, lateness: Option<Span>, report: &mut Report<'_>) -> Pace {
    let Some(value) = view.raw("late") else { return Pace::default() };
    if lateness == Some(Span::ZERO) {
        let message = "`late` without `lateness`: no window takes late records; allowed: with lateness = \"1m\" or another span above zero";
        report.fault::<()>(message.into(), value.span());
    }
    pace("late", PACE, view, report)
}

fn pace(key: &str, allowed: &str, view: &mut Section<'_>, report: &mut Report<'_>) -> Pace {
    let Some(value) = view.raw(key) else { return Pace::default() };
    if !value.get_ref().is_table() {
        report.wrong::<()>(key, &show(value.get_ref()), allowed, value.span());
        return Pace::default();
    }
    let Some(mut table) = view.section(key, report) else { return Pace::default() };
    let asked = table.raw("every").is_some() | table.raw("records").is_some();
    let every = table.positive_span("every", report);
    let records = table.whole("records", 1..MAX_WHOLE, report);
    table.finish(report);
    if !asked {
        let message = format!("`{key}` says neither `every` nor `records`; allowed: {allowed}");
        report.fault::<()>(message, table.at());
    }
    Pace { every, records }
}

fn accumulation(view: &mut Section<'_>, report: &mut Report<'_>) -> Accumulation {
    let words = ["accumulating", "discarding", "retracting"];
    match view.word("accumulation", &words, report) {
        Some("discarding") => Accumulation::Discarding,
        Some("retracting") => Accumulation::Retracting,
        _ => Accumulation::Accumulating,
    }
}

/// Where panes go: true (as without it), false, or a path from the configuration's folder.
fn panes(view: &mut Section<'_>, base: &Path, report: &mut Report<'_>) -> Panes {
    let Some(value) = view.raw("panes") else { return Panes::Topic };
    match value.get_ref() {
        DeValue::Boolean(true) => Panes::Topic,
        DeValue::Boolean(false) => Panes::Off,
        DeValue::String(path) if !path.is_empty() => Panes::File(base.join(&**path)),
        other => {
            let allowed = "true, false or the path of a file";
            report.wrong::<()>("panes", &show(other), allowed, value.span());
            Panes::Topic
        }
    }
}
