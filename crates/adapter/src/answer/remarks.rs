//! What a user should know about the rows of an answer: notices, for a panel's corner.

use oriel_protocol::view::{Counting, WindowMeta};

use super::frame::Notice;
use super::rows::Wish;
use crate::clock::told;
use crate::request::Question;
use crate::view::{Kind, OTHER, View};

/// Filters that say nothing about this view.
pub(super) fn filters(view: &View, question: &Question) -> Vec<Notice> {
    let unfit = question.filters.iter().filter(|filter| view.column(&filter.key).is_none());
    unfit
        .map(|filter| {
            Notice::info(format!("filter on '{}' left out: {} has no such column", filter.key, view.target))
        })
        .collect()
}

/// Lines that would be too many.
pub(super) fn left_out(view: &View, left_out: usize, kept: usize, wish: &Wish) -> Option<Notice> {
    if left_out == 0 {
        return None;
    }
    let metric = wish.metrics.first().map_or("rows", |metric| view.columns[*metric].name.as_str());
    Some(Notice::warning(match view.kind {
        Kind::Series => format!(
            "the {kept} largest of {} lines, by the sum of {metric}; {left_out} are left out: a filter chooses others",
            kept + left_out
        ),
        _ => format!("{left_out} rows are left out: as a table they are all shown"),
    }))
}

/// What holds for the rows at these places.
pub(super) fn rows(view: &View, question: &Question, wish: &Wish, places: &[usize]) -> Vec<Notice> {
    let mut notices: Vec<Notice> = window(view, question, places).into_iter().collect();
    notices.extend(counting(view));
    for column in wish.metrics.iter().map(|metric| &view.columns[*metric]) {
        if let Some(error) = &column.error {
            notices.push(Notice::info(format!("{} is estimated: {error}", column.name)));
        }
    }
    let inexact = places.iter().filter(|place| view.beside[**place].inexact).count();
    if inexact > 0 {
        notices
            .push(Notice::info(format!("inexact: a sum was rounded in {inexact} of {} rows", places.len())));
    }
    notices
}

/// How the values of keys were counted, where not each by itself.
fn counting(view: &View) -> Option<Notice> {
    let text = match view.counting? {
        Counting::Exact => return None,
        Counting::SpaceSaving => {
            "counted by Space-Saving: values may be too high by at most `error`".to_owned()
        }
        Counting::Capped => format!("capped: further keys are in {OTHER}"),
        Counting::Other => "counted approximately".to_owned(),
    };
    Some(Notice::info(text))
}

/// Says what is still counting, or that rows are not of the range asked.
fn window(view: &View, question: &Question, places: &[usize]) -> Option<Notice> {
    let range = question.range;
    let time = view.time_column();
    let at = |place: &usize| time.and_then(|time| view.rows[*place][time].as_i64());
    if view.is_global() {
        let outside = places.iter().filter_map(at).filter(|at| !range.holds(*at)).max()?;
        let text = format!("this is one window over all of time, at its newest record, {}", told(outside));
        return Some(Notice::warning(format!("{text}; the time range is another")));
    }
    let open: Vec<&usize> = places.iter().filter(|place| view.is_open(**place)).collect();
    if let Some(from) = open.iter().filter_map(|place| at(place)).min() {
        return Some(Notice::info(match &view.window {
            Some(WindowMeta { gap: Some(_), .. }) => {
                format!(
                    "still counting: sessions are open, {} of them, the first from {}",
                    open.len(),
                    told(from)
                )
            }
            _ => format!("still counting: windows from {} on are open", told(from)),
        }));
    }
    let Some(WindowMeta { start: Some(start), end: Some(end), .. }) = view.window else { return None };
    if range.from >= end || range.to < start {
        let text =
            format!("this is the newest window, {} to {}; the time range is another", told(start), told(end));
        return Some(Notice::warning(text));
    }
    let text = || format!("still counting: the window {} to {} is open", told(start), told(end));
    (!open.is_empty()).then(|| Notice::info(text()))
}
