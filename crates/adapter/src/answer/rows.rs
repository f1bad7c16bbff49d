//! The rows of one view that answer one question: in range, filtered, reduced.

use oriel_protocol::view::WindowMeta;

use super::frame::Notice;
use crate::clock::told;
use crate::filter;
use crate::reduce::{Line, Reducer, reduce};
use crate::request::{Question, Range};
use crate::view::{Kind, View};

/// Chosen rows, by the values of the columns that name them.
pub(crate) struct Rows {
    /// One group for each line to draw; those of a list are a single group.
    pub(crate) groups: Vec<Group>,
    /// What the user should know about the choice.
    pub(crate) notices: Vec<Notice>,
    /// The first time whose window is still open.
    pub(crate) open_from: Option<i64>,
    /// Whether any of them is open.
    pub(crate) open: bool,
}

/// The rows of one line.
pub(crate) struct Group {
    /// What names them: the texts beside a series' numbers.
    pub(crate) labels: Vec<(String, String)>,
    /// The rows, ascending in time.
    pub(crate) lines: Vec<Line>,
}

/// Chooses the rows of a view that a question is about.
pub(crate) fn select(view: &View, question: &Question, reducer: Reducer) -> Rows {
    let time = view.time_column();
    let mut lines = Vec::new();
    for (at, row) in view.rows.iter().enumerate() {
        let timed = time.and_then(|time| row[time].as_i64());
        if timed.is_none_or(|timed| question.range.holds(timed))
            && filter::passes(&question.filters, view, row)
        {
            lines.push(Line { cells: row.clone(), open: view.is_open(at) });
        }
    }
    let mut notices = unfit_filters(view, question);
    let groups = match view.kind {
        Kind::Series => grouped(view, lines)
            .into_iter()
            .map(|group| Group { lines: reduce(group.lines, view, question.room, reducer), ..group })
            .collect(),
        Kind::Top | Kind::Table => vec![Group { labels: Vec::new(), lines }],
    };
    let mut opened = groups.iter().flat_map(|group: &Group| &group.lines).filter(|line| line.open).peekable();
    let open = opened.peek().is_some();
    let open_from = opened.filter_map(|line| line.cells[time?].as_i64()).min();
    notices.extend(window_notice(view, question.range, open, open_from));
    Rows { groups, notices, open_from, open }
}

/// Rows with different keys are different lines.
fn grouped(view: &View, lines: Vec<Line>) -> Vec<Group> {
    let keys = view.keys();
    let mut groups: Vec<Group> = Vec::new();
    for line in lines {
        let labels: Vec<(String, String)> = keys
            .iter()
            .map(|key| {
                (view.columns[*key].name.clone(), line.cells[*key].as_str().unwrap_or_default().to_owned())
            })
            .collect();
        match groups.iter_mut().find(|group| group.labels == labels) {
            Some(group) => group.lines.push(line),
            None => groups.push(Group { labels, lines: vec![line] }),
        }
    }
    if groups.is_empty() {
        groups.push(Group { labels: Vec::new(), lines: Vec::new() });
    }
    groups
}

fn unfit_filters(view: &View, question: &Question) -> Vec<Notice> {
    let unfit = question.filters.iter().filter(|filter| view.column(&filter.key).is_none());
    unfit
        .map(|filter| {
            Notice::info(format!("filter on '{}' left out: {} has no such column", filter.key, view.target))
        })
        .collect()
}

/// Says that the last window is still counting, or that a list is not of the range asked.
fn window_notice(view: &View, range: Range, open: bool, open_from: Option<i64>) -> Option<Notice> {
    if let Some(from) = open_from {
        return Some(Notice::info(format!("still counting: windows from {} on are open", told(from))));
    }
    let Some(WindowMeta { start: Some(start), end: Some(end), .. }) = view.window else { return None };
    if range.from >= end || range.to < start {
        let text =
            format!("this is the newest window, {} to {}; the time range is another", told(start), told(end));
        return Some(Notice::warning(text));
    }
    open.then(|| Notice::info(format!("still counting: the window {} to {} is open", told(start), told(end))))
}
