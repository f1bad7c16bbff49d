//! `kind` and what belongs to it: a series, or a list of the largest or smallest.

use super::{Metric, ViewKind, metric};
use crate::config::fault::{Report, nearest};
use crate::config::fields::Fields;
use crate::config::section::Section;
use crate::config::value::{self, Found, show, whole};
use oriel_aggregate::Function;
use oriel_window::Windowing;

/// Rows of a top list unless the file says otherwise.
const TOP: u64 = 10;
/// More rows than a top list has any use for.
const MAX_TOP: u64 = 10_000;

const KINDS: [&str; 3] = ["series", "top", "bottom"];
/// Keys that belong to one kind or the other.
const KEYS: [&str; 8] = ["metrics", "by", "per", "n", "none", "order", "show", "fill"];
/// Columns that each kind has beside keys and metrics.
const SERIES_COLUMNS: [&str; 1] = ["timestamp"];
const TOP_COLUMNS: [&str; 3] = ["label", "rank", "error"];

/// What the view shows. `window` is absent where it is faulty.
pub(super) fn read(
    kind: Option<&Found<String>>,
    view: &mut Section<'_>,
    window: Option<&Found<Windowing>>,
    fields: &Fields,
    report: &mut Report<'_>,
) -> Option<ViewKind> {
    match kind.and_then(|kind| value::choose("kind", kind, &KINDS, report)) {
        Some("series") => series(view, window, fields, report),
        Some(kind) => top(kind == "bottom", view, window, fields, report),
        None => {
            // Whichever it was meant to be, these keys are not to blame.
            for key in KEYS {
                view.raw(key);
            }
            None
        }
    }
}

fn series(
    view: &mut Section<'_>,
    window: Option<&Found<Windowing>>,
    fields: &Fields,
    report: &mut Report<'_>,
) -> Option<ViewKind> {
    view.refuse(&["per", "n", "none", "order", "show"], "only for kind = \"top\" or \"bottom\"", report);
    let keyed = view.raw("by").is_some();
    let by = key("by", view, &SERIES_COLUMNS, fields, report).map(|(by, _)| by.value);
    let mut taken = SERIES_COLUMNS.to_vec();
    taken.extend(by.as_deref());
    let table = view.require_section("metrics", report);
    let metrics = table.and_then(|table| metric::read(table, &taken, fields, report));
    let fill = fill(view, window, keyed, report);
    if !keyed {
        view.refuse(&["max_keys"], "only for a view with keys, that is with `by`", report);
    }
    Some(ViewKind::Series { by, metrics: metrics?, fill: fill? })
}

/// `fill = 0`: rows for windows without records, where it is known which they are.
fn fill(
    view: &mut Section<'_>,
    window: Option<&Found<Windowing>>,
    keyed: bool,
    report: &mut Report<'_>,
) -> Option<bool> {
    let Some(value) = view.raw("fill") else { return Some(false) };
    let aligned = window.is_none_or(|window| matches!(window.value, Windowing::Aligned { .. }));
    if keyed || !aligned {
        let message = "`fill`: only for a series without `by` over windows with a `size`";
        return report.fault(message.into(), value.span());
    }
    match whole(value.get_ref()) {
        Some(0) => Some(true),
        _ => report.wrong("fill", &show(value.get_ref()), "0, or without it no rows", value.span()),
    }
}

fn top(
    bottom: bool,
    view: &mut Section<'_>,
    window: Option<&Found<Windowing>>,
    fields: &Fields,
    report: &mut Report<'_>,
) -> Option<ViewKind> {
    view.refuse(&["fill"], "only for kind = \"series\"", report);
    check_shared(window, report);
    let own = view.raw("metrics").is_some();
    let mut taken = TOP_COLUMNS.to_vec();
    if !own {
        taken.push("count");
    }
    let (by, per) = keys(view, &taken, fields, report);
    taken.extend(by.as_deref());
    taken.extend(per.as_deref());
    let metrics = if own {
        view.section("metrics", report).and_then(|table| metric::read(table, &taken, fields, report))
    } else {
        Some(vec![("count".to_owned(), Metric { function: Function::Count, field: None })])
    };
    let order = order(view, metrics.as_deref(), report);
    let n = view.whole("n", 1..MAX_TOP + 1, report).unwrap_or(TOP) as usize;
    let none = view.flag("none", report).unwrap_or(false);
    let complete = view.word("show", &["newest", "complete"], report) == Some("complete");
    Some(ViewKind::Top { by: by?, per, n, none, metrics: metrics?, order: order?, bottom, complete })
}

fn check_shared(window: Option<&Found<Windowing>>, report: &mut Report<'_>) {
    if let Some(Found { value: Windowing::Session { .. }, at }) = window {
        let message = "`window` is of sessions, of which each key has its own; allowed: a `size`, or \"global\": a top list needs windows that all keys share";
        report.fault::<()>(message.into(), at.clone());
    }
}

/// The field that is ranked, and the one that each value of has a list. They are two,
/// and at most one of them is a list.
fn keys(
    view: &mut Section<'_>,
    taken: &[&str],
    fields: &Fields,
    report: &mut Report<'_>,
) -> (Option<String>, Option<String>) {
    if view.raw("by").is_none() {
        view.missing::<()>("by", report);
    }
    let by = key("by", view, taken, fields, report);
    let per = key("per", view, taken, fields, report);
    if let (Some((by, by_list)), Some((per, per_list))) = (&by, &per) {
        let shown = format!("{:?}", per.value);
        if by.value == per.value {
            report.wrong::<()>("per", &shown, "another field than `by`", per.at.clone());
        } else if *by_list && *per_list {
            let found = format!("{shown}, a list like `by`");
            report.wrong::<()>("per", &found, "at most one of the two is a list", per.at.clone());
        }
    }
    (by.map(|(by, _)| by.value), per.map(|(per, _)| per.value))
}

/// A field whose values are keys, and whether it is a list. It becomes a column too.
fn key(
    key: &str,
    view: &mut Section<'_>,
    taken: &[&str],
    fields: &Fields,
    report: &mut Report<'_>,
) -> Option<(Found<String>, bool)> {
    let found = view.text(key, report)?;
    let list = fields.check(key, &found.value, &found.at, report)?;
    if taken.contains(&found.value.as_str()) {
        let allowed = format!("a field of another name: this view has a column `{}` already", found.value);
        return report.wrong(key, &format!("{:?}", found.value), &allowed, found.at);
    }
    Some((found, list))
}

/// The place of the metric that ranks; the first if none is named.
fn order(
    view: &mut Section<'_>,
    metrics: Option<&[(String, Metric)]>,
    report: &mut Report<'_>,
) -> Option<usize> {
    if view.raw("order").is_none() {
        return Some(0);
    }
    let found = view.text("order", report)?;
    let names = || metrics.into_iter().flatten().map(|(name, _)| name.as_str());
    // Faulty metrics are unknown here, and told already.
    metrics?;
    names().position(|name| name == found.value).or_else(|| {
        let near = nearest(&found.value, names());
        let allowed = format!("a metric of this view: {}", names().collect::<Vec<_>>().join(", "));
        report.wrong("order", &format!("{:?}{near}", found.value), &allowed, found.at)
    })
}
