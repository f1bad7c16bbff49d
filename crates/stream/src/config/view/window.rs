//! `window` and `retain`: the stretches of time of a view, and for how long they are kept.

use oriel_time::Span;
use oriel_window::Windowing;
use toml::Spanned;

use crate::config::fault::Report;
use crate::config::section::Section;
use crate::config::value::{self, Found, show};

/// Each record is counted in size / slide windows: an hour by the second.
const MAX_OVERLAP: i64 = 3_600;

const ALLOWED: &str = "\"global\", { size = \"1m\" }, { size = \"1m\", slide = \"30s\" }, either with an offset, or { gap = \"30s\" } for sessions";

/// The window and its place.
pub(super) fn read(view: &mut Section<'_>, report: &mut Report<'_>) -> Option<Found<Windowing>> {
    let Some(value) = view.raw("window") else { return view.missing("window", report) };
    let window = match value.get_ref().as_str() {
        Some("global") => Some(Windowing::Global),
        None if value.get_ref().is_table() => table(&mut view.section("window", report)?, report),
        _ => report.wrong("window", &show(value.get_ref()), ALLOWED, value.span()),
    };
    Some(Found { value: window?, at: value.span() })
}

fn table(window: &mut Section<'_>, report: &mut Report<'_>) -> Option<Windowing> {
    let global = window.refuse(&["global"], "allowed: window = \"global\", without a table", report);
    let size = window.raw("size").is_some();
    let gap = window.raw("gap").map(Spanned::span);
    let found = match (size, gap) {
        (true, None) => aligned(window, report),
        (true, Some(at)) => {
            // Both are read for their faults.
            aligned(window, report);
            window.positive_span("gap", report);
            report.fault("`window` has both `size` and `gap`; allowed: one of them".into(), at)
        }
        (false, Some(_)) => {
            window.refuse(
                &["slide", "offset"],
                "only with `size`; a session begins with its first record",
                report,
            );
            window.positive_span("gap", report).map(|gap| Windowing::Session { gap })
        }
        (false, None) => {
            aligned(window, report);
            let message = "`window` has no `size`, nor a `gap` for sessions".to_owned();
            if global { None } else { report.missing(message, window.at()) }
        }
    };
    window.finish(report);
    found
}

/// Windows of one size; reads all of it, even if there is none.
fn aligned(window: &mut Section<'_>, report: &mut Report<'_>) -> Option<Windowing> {
    let size = window.positive_span("size", report);
    let slide = window.raw("slide");
    let found = if slide.is_some() { window.positive_span("slide", report) } else { size };
    let offset = match window.raw("offset") {
        Some(value) => value::signed_span("offset", value, report),
        None => Some(Span::ZERO),
    };
    let (size, span) = (size?, found?);
    if let (Err(allowed), Some(value)) = (check_slide(size.millis(), span.millis()), slide) {
        return report.wrong("slide", &format!("\"{span}\""), &allowed, value.span());
    }
    let offset = Span::from_millis(offset?.millis().rem_euclid(span.millis()));
    Some(Windowing::Aligned { size, slide: span, offset })
}

/// What would be right if the slide is not.
fn check_slide(size: i64, slide: i64) -> Result<(), String> {
    let whole = Span::from_millis(size);
    let parts = size.div_euclid(slide).min(MAX_OVERLAP);
    let divides = |parts: &i64| size.rem_euclid(*parts) == 0;
    let fitting = |parts: i64| format!("\"{}\"", Span::from_millis(size.div_euclid(parts)));
    let longer = (1..=parts).rev().find(divides).map(fitting);
    if size.rem_euclid(slide) != 0 {
        let shorter = (parts + 1..=MAX_OVERLAP).find(divides).map(fitting);
        let near: Vec<String> = shorter.into_iter().chain(longer).collect();
        return Err(format!(
            "a span that divides the size \"{whole}\" evenly, such as {}",
            near.join(" or ")
        ));
    }
    if size.div_euclid(slide) > MAX_OVERLAP {
        let near = longer.unwrap_or_default();
        return Err(format!("at least 1/{MAX_OVERLAP} of the size \"{whole}\", such as {near}"));
    }
    Ok(())
}

/// For how long rows are kept: no shorter than they can still change.
pub(super) fn retain(
    found: Option<Found<Span>>,
    window: Windowing,
    waits: Span,
    report: &mut Report<'_>,
) -> Option<Span> {
    let (needed, sum) = match window {
        Windowing::Global => (Span::ZERO, ""),
        Windowing::Aligned { size, .. } => (size.plus(waits), "size + disorder + lateness"),
        Windowing::Session { gap } => (gap.plus(waits), "gap + disorder + lateness"),
    };
    match found {
        None => Some(needed.max(Span::HOUR)),
        Some(found) if found.value >= needed => Some(found.value),
        Some(found) => {
            let allowed = format!("at least \"{needed}\", that is {sum}");
            report.wrong("retain", &format!("\"{}\"", found.value), &allowed, found.at)
        }
    }
}
