//! `[view.NAME]`: what is made of the records.

use std::path::Path;

use oriel_time::Span;

use super::expression;
use super::fault::{Report, later};
use super::fields::{Fields, MAX_NAME};
use super::files::Files;
use super::section::{self, MAX_WHOLE, Section};
use super::value::Found;

mod kind;
mod metric;
mod trigger;
mod types;
mod window;

pub use types::{Metric, Panes, ViewConfig, ViewKind};

/// Each view costs a page its panel and each record a visit.
const MAX_VIEWS: usize = 64;
/// The newest rows in a message unless the file says otherwise.
const PUBLISH: u64 = 300;
/// More rows than a message of bearable size holds.
const MAX_PUBLISH: u64 = 100_000;
/// Keys of a top list unless the file says otherwise: some 100 MB of them.
const TOP_KEYS: u64 = 1_000_000;
/// Series of a view unless the file says otherwise: more than any panel can show.
const SERIES_KEYS: u64 = 1_000;

/// Names that stand for other topics, and for which.
const RESERVED: [(&str, &str); 2] =
    [("error", "where bad queries are answered"), ("panes", "what topics of panes end in")];

/// What the rest of the file says that views are held against.
pub(super) struct Around<'c> {
    /// The folder that relative paths start at.
    pub(super) base: &'c Path,
    /// The fields that there are.
    pub(super) fields: &'c Fields,
    /// Absent without a `[record]`.
    pub(super) disorder: Option<Span>,
}

/// All views, in the order of the file.
pub(super) fn read(
    root: &mut Section<'_>,
    around: &Around<'_>,
    files: &mut Files,
    report: &mut Report<'_>,
) -> Option<Vec<ViewConfig>> {
    let mut views = root.require_section("view", report)?;
    let found = views.entries();
    if found.is_empty() {
        return report.missing("there is no view: at least one [view.NAME] is needed".into(), views.at());
    }
    if found.len() > MAX_VIEWS {
        let at = found[MAX_VIEWS].0.at.clone();
        report.fault::<()>(format!("there are {} views; allowed: at most {MAX_VIEWS}", found.len()), at);
    }
    let mut all = Vec::new();
    for (name, value) in found {
        check_view_name(&name, report);
        let head = format!("[view.{}]", name.value);
        let table = section::section(&name.value, head, name.at.clone(), value, report);
        let view = table.and_then(|mut table| view(name.value, &mut table, around, report));
        // A pane does not say which view it is of, so each view has a file of its own.
        if let Some(ViewConfig { name: view, panes: Panes::File(path), .. }) = &view {
            files.write(format!("`panes` of [view.{view}]"), path, name.at, report);
        }
        all.push(view);
    }
    all.into_iter().collect()
}

/// The rule of query ids, which share their topics with views.
fn check_view_name(name: &Found<String>, report: &mut Report<'_>) {
    let text = name.value.as_str();
    let plain = text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'-');
    if !plain || !(1..=MAX_NAME).contains(&text.len()) || text.starts_with('_') {
        let allowed = "1 to 64 of A-Z a-z 0-9 _ -, not beginning with _";
        report.wrong::<()>("view", &format!("named {text:?}"), allowed, name.at.clone());
    } else if let Some((_, what)) = RESERVED.iter().find(|(reserved, _)| *reserved == text) {
        let message = format!("`view` is named {text:?}, which is {what}; allowed: any other name");
        report.fault::<()>(message, name.at.clone());
    }
}

fn view(
    name: String,
    view: &mut Section<'_>,
    around: &Around<'_>,
    report: &mut Report<'_>,
) -> Option<ViewConfig> {
    let word = view.require_text("kind", report);
    if let Some(kind) = word.as_ref().filter(|kind| kind.value == "cube") {
        return later("`kind` = \"cube\"", kind.at.clone(), report);
    }
    let window = window::read(view, report);
    let kind = kind::read(word.as_ref(), view, window.as_ref(), around.fields, report);
    let default = if matches!(kind, Some(ViewKind::Top { .. })) { TOP_KEYS } else { SERIES_KEYS };
    let max_keys = view.whole("max_keys", 1..MAX_WHOLE, report).unwrap_or(default) as usize;
    let filter = filter(view, around.fields, report);
    let triggers = trigger::read(view, around.base, report);
    let publish = view.whole("publish", 1..MAX_PUBLISH + 1, report).unwrap_or(PUBLISH) as usize;
    let retain = view.span("retain", report);
    view.later(&["combinations"], report);
    view.finish(report);
    let window = window?.value;
    let waits = around.disorder?.plus(triggers.lateness);
    let retain = window::retain(retain, window, waits, report);
    Some(ViewConfig {
        name,
        kind: kind?,
        window,
        every: triggers.emit.every,
        records: triggers.emit.records,
        late_every: triggers.late.every,
        late_records: triggers.late.records,
        unchanged: triggers.unchanged,
        accumulation: triggers.accumulation,
        lateness: triggers.lateness,
        filter,
        max_keys,
        panes: triggers.panes,
        retain: retain?,
        publish,
    })
}

/// The expression that a record must pass.
fn filter(view: &mut Section<'_>, fields: &Fields, report: &mut Report<'_>) -> Option<String> {
    let text = view.text("where", report)?;
    expression::compile("where", &text, fields, true, report);
    Some(text.value)
}
