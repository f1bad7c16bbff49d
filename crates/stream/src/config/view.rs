//! `[view.NAME]`: what is made of the records.

use std::ops::Range;

use oriel_time::Span;

use super::fault::{Report, nearest};
use super::section::{self, Found, MAX_WHOLE, Section};
use super::{Metric, RecordConfig, ViewConfig, ViewKind};

/// Each view costs a page its panel and each record a visit.
const MAX_VIEWS: usize = 64;
/// Early results come so often unless the file says otherwise.
const EVERY: Span = Span::SECOND;
/// The newest rows in a message unless the file says otherwise.
const PUBLISH: u64 = 300;
/// More rows than a message of bearable size holds.
const MAX_PUBLISH: u64 = 100_000;
/// Rows of a top list unless the file says otherwise.
const TOP: u64 = 10;
/// More rows than a top list has any use for.
const MAX_TOP: u64 = 10_000;
/// Each record is counted in size / slide windows: an hour by the second.
const MAX_OVERLAP: i64 = 3_600;
/// Longest name of a view, field or metric.
const MAX_NAME: usize = 64;

const KINDS: [&str; 2] = ["series", "top"];
/// Known to later versions, for every kind.
const LATER: [&str; 8] = ["max_keys", "panes", "unchanged", "fill", "show", "late", "where", "combinations"];
/// Aggregates that later versions will know.
const LATER_METRICS: [&str; 9] = ["sum", "min", "max", "avg", "first", "last", "distinct", "quantile", "top"];

/// All views, in the order of the file.
pub(super) fn read(
    root: &mut Section<'_>,
    record: Option<&RecordConfig>,
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
        all.push(table.and_then(|mut table| view(name.value, &mut table, record, report)));
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
    } else if text == "error" {
        let message =
            "`view` is named \"error\", which is where bad queries are answered; allowed: any other name";
        report.fault::<()>(message.into(), name.at.clone());
    }
}

/// A name of a field or metric: it becomes a column, and fits into `count(name)`.
pub(super) fn check_name(what: &str, name: &Found<String>, report: &mut Report<'_>) {
    let plain = |c: char| c.is_alphanumeric() || matches!(c, '_' | '-' | '.');
    let text = &name.value;
    if text.is_empty() || text.len() > MAX_NAME || !text.chars().all(plain) {
        let allowed = "1 to 64 letters, digits, `_`, `-` and `.`";
        report.wrong::<()>(what, &format!("named {text:?}"), allowed, name.at.clone());
    }
}

fn view(
    name: String,
    view: &mut Section<'_>,
    record: Option<&RecordConfig>,
    report: &mut Report<'_>,
) -> Option<ViewConfig> {
    let kind = view.require_text("kind", report);
    if let Some(kind) = kind.as_ref().filter(|kind| kind.value == "cube") {
        return report.later("`kind` = \"cube\"", kind.at.clone());
    }
    let kind = kind.and_then(|kind| section::choose("kind", &kind, &KINDS, report));
    let kind = match kind {
        Some("series") => series(view, record, report),
        Some(_) => top(view, record, report),
        None => {
            // Whichever it was meant to be, these keys are not to blame.
            for key in ["metrics", "by", "n", "none"] {
                view.raw(key);
            }
            None
        }
    };
    let window = window(view, report);
    let (every, records) = emit(view, report);
    let lateness = view.span("lateness", report).map_or(Span::ZERO, |found| found.value);
    let publish = view.whole("publish", 1..MAX_PUBLISH + 1, report).unwrap_or(PUBLISH) as usize;
    let retain = view.span("retain", report);
    accumulation(view, report);
    view.later(&LATER, report);
    view.finish(report);
    let (size, slide) = window?;
    let needed = size.plus(record?.disorder).plus(lateness);
    let retain = check_retain(retain, needed, report);
    Some(ViewConfig { name, kind: kind?, size, slide, every, records, lateness, retain: retain?, publish })
}

fn check_retain(found: Option<Found<Span>>, needed: Span, report: &mut Report<'_>) -> Option<Span> {
    match found {
        None => Some(needed.max(Span::HOUR)),
        Some(found) if found.value >= needed => Some(found.value),
        Some(found) => {
            let allowed = format!("at least {needed}, that is size + disorder + lateness");
            report.wrong("retain", &format!("\"{}\"", found.value), &allowed, found.at)
        }
    }
}

/// Size and slide.
fn window(view: &mut Section<'_>, report: &mut Report<'_>) -> Option<(Span, Span)> {
    let Some(value) = view.raw("window") else { return view.missing("window", report) };
    if let Some(word @ ("global" | "session")) = value.get_ref().as_str() {
        return report.later(&format!("`window` = {word:?}"), value.span());
    }
    let mut window = view.section("window", report)?;
    window.later(&["offset", "gap", "global"], report);
    let session = value.get_ref().as_table().is_some_and(|table| table.contains_key("gap"));
    let asked = window.raw("size").is_some();
    if !asked && !session {
        window.missing::<()>("size", report);
    }
    let size = window.positive_span("size", report);
    let slide_at = window.raw("slide").map(|value| value.span());
    let slide = if slide_at.is_some() { window.positive_span("slide", report) } else { size };
    window.finish(report);
    let (size, slide) = (size?, slide?);
    if size.millis().rem_euclid(slide.millis()) != 0 {
        let allowed = format!("a span that divides the size \"{size}\" evenly");
        return report.wrong("slide", &format!("\"{slide}\""), &allowed, slide_at.unwrap_or(value.span()));
    }
    if size.millis().div_euclid(slide.millis()) > MAX_OVERLAP {
        let allowed = format!("at least 1/{MAX_OVERLAP} of the size \"{size}\"");
        return report.wrong("slide", &format!("\"{slide}\""), &allowed, slide_at.unwrap_or(value.span()));
    }
    Some((size, slide))
}

/// Early results: after so much time, after so many records, or both.
fn emit(view: &mut Section<'_>, report: &mut Report<'_>) -> (Option<Span>, Option<u64>) {
    let Some(mut emit) = view.section("emit", report) else { return (Some(EVERY), None) };
    let asked = emit.raw("every").is_some() | emit.raw("records").is_some();
    let every = emit.positive_span("every", report);
    let records = emit.whole("records", 1..MAX_WHOLE, report);
    emit.finish(report);
    if !asked {
        let message = "`emit` says neither `every` nor `records`; allowed: { every = \"1s\" }, { records = 25 } or both";
        report.fault::<()>(message.into(), emit.at());
    }
    (every, records)
}

fn accumulation(view: &mut Section<'_>, report: &mut Report<'_>) {
    let Some(mode) = view.text("accumulation", report) else { return };
    match mode.value.as_str() {
        "accumulating" => {}
        "discarding" | "retracting" => {
            report.later::<()>(&format!("`accumulation` = {:?}", mode.value), mode.at);
        }
        _ => {
            section::choose("accumulation", &mode, &["accumulating"], report);
        }
    }
}

fn series(
    view: &mut Section<'_>,
    record: Option<&RecordConfig>,
    report: &mut Report<'_>,
) -> Option<ViewKind> {
    view.refuse(&["n", "none"], "only for kind = \"top\"", report);
    view.later(&["by"], report);
    let mut table = view.require_section("metrics", report)?;
    let found = table.entries();
    if found.is_empty() {
        let message = "`metrics` is empty; allowed: at least one, as in { total = \"count\" }";
        return report.fault(message.into(), table.at());
    }
    let mut metrics = Vec::new();
    for (name, value) in found {
        check_name("metric", &name, report);
        if name.value == "timestamp" {
            report.wrong::<()>(
                "metric",
                "named \"timestamp\"",
                "any other name: that is the row's time",
                name.at,
            );
        }
        let text = section::text(&name.value, value, report);
        metrics.push(
            text.and_then(|text| Some((name.value.clone(), metric(&name.value, &text, record, report)?))),
        );
    }
    metrics.into_iter().collect::<Option<_>>().map(|metrics| ViewKind::Series { metrics })
}

/// `count` or `count(field)`.
fn metric(
    name: &str,
    text: &Found<String>,
    record: Option<&RecordConfig>,
    report: &mut Report<'_>,
) -> Option<Metric> {
    const ALLOWED: &str = "\"count\" or \"count(field)\"";
    let found = format!("{:?}", text.value);
    let (function, argument) = match text.value.trim().split_once('(') {
        None => (text.value.trim(), None),
        Some((function, rest)) => match rest.strip_suffix(')') {
            Some(argument) => (function.trim(), Some(argument.trim())),
            None => return report.wrong(name, &found, ALLOWED, text.at.clone()),
        },
    };
    match (function, argument) {
        ("count", None) => Some(Metric::Count),
        ("count", Some(field)) => check_field(name, field, text.at.clone(), record, report)
            .then(|| Metric::CountOf(field.to_owned())),
        (later, _) if LATER_METRICS.contains(&later) => {
            report.later(&format!("`{name}` = {found} (only {ALLOWED})"), text.at.clone())
        }
        _ => report.wrong(name, &found, ALLOWED, text.at.clone()),
    }
}

/// Whether the field is declared; without a readable `[record]` nobody can tell.
fn check_field(
    key: &str,
    field: &str,
    at: Range<usize>,
    record: Option<&RecordConfig>,
    report: &mut Report<'_>,
) -> bool {
    let Some(record) = record else { return true };
    let names = || record.schema.fields.iter().map(|(name, _)| name.as_str());
    let known = names().any(|name| name == field);
    if !known {
        let near = nearest(field, names());
        let all = names().collect::<Vec<_>>().join(", ");
        let declared = if all.is_empty() { "none are declared".into() } else { format!("declared: {all}") };
        let message =
            format!("`{key}` names the field {field:?}, which [record.fields] does not{near}; {declared}");
        report.fault::<()>(message, at);
    }
    known
}

fn top(view: &mut Section<'_>, record: Option<&RecordConfig>, report: &mut Report<'_>) -> Option<ViewKind> {
    view.refuse(&["metrics"], "only for kind = \"series\"; a top list counts", report);
    let by = view.require_text("by", report);
    let n = view.whole("n", 1..MAX_TOP + 1, report).unwrap_or(TOP) as usize;
    let none = view.flag("none", report).unwrap_or(false);
    let by = by?;
    if ["count", "label", "rank"].contains(&by.value.as_str()) {
        let allowed = "a field of another name: that is a column of every top list";
        return report.wrong("by", &format!("{:?}", by.value), allowed, by.at);
    }
    check_field("by", &by.value, by.at, record, report).then_some(ViewKind::Top { by: by.value, n, none })
}
