//! The rows of one view that answer one question: in range, filtered, reduced.

use super::frame::Notice;
use super::remarks;
use crate::filter;
use crate::lines::{self, Name, Places};
use crate::reduce::{Point, Reducer, reduce};
use crate::request::{Form, Question};
use crate::view::{Kind, View};

/// More lines of one view than this are not answered: no panel can show them.
const MAX_LINES: usize = 100;

/// What is asked of a view beside the question's range and filters.
pub(crate) struct Wish {
    /// The shape of the answer.
    pub(crate) form: Form,
    /// The metrics asked for.
    pub(crate) metrics: Vec<usize>,
    /// How points are reduced.
    pub(crate) reducer: Reducer,
}

/// Chosen rows, by the values of the columns that name them.
pub(crate) struct Rows {
    /// One group for each line to draw; those of a list are a single group.
    pub(crate) groups: Vec<Group>,
    /// What the user should know about the choice.
    pub(crate) notices: Vec<Notice>,
}

/// The rows of one line.
pub(crate) struct Group {
    /// What names them: a value for each key column of a series.
    pub(crate) name: Name,
    /// The rows, ascending in time.
    pub(crate) points: Vec<Point>,
}

impl Group {
    /// The first time whose window is still open.
    pub(crate) fn open_from(&self, view: &View) -> Option<i64> {
        let time = view.time_column()?;
        self.points.iter().filter(|point| point.open).filter_map(|point| point.cells[time].as_i64()).min()
    }

    /// Whether the window of any of them is open.
    pub(crate) fn is_open(&self) -> bool {
        self.points.iter().any(|point| point.open)
    }
}

/// Chooses the rows of a view that a question is about.
pub(crate) fn select(view: &View, question: &Question, wish: &Wish) -> Rows {
    let places = places(view, question);
    let (chosen, left_out) = cut(view, places, wish);
    let all: Places = chosen.iter().flat_map(|(_, places)| places).copied().collect();
    let mut notices = remarks::filters(view, question);
    notices.extend(remarks::left_out(view, left_out, chosen.len(), wish));
    notices.extend(remarks::rows(view, question, wish, &all));
    let point = |place: &usize| Point { cells: view.rows[*place].clone(), open: view.is_open(*place) };
    let (names, mut points): (Vec<Name>, Vec<Vec<Point>>) =
        chosen.iter().map(|(name, places)| (name.clone(), places.iter().map(point).collect())).unzip();
    if view.kind == Kind::Series {
        points = reduce(points, view, question.room, wish.reducer);
    }
    let groups = names.into_iter().zip(points).map(|(name, points)| Group { name, points }).collect();
    Rows { groups, notices }
}

/// The rows in range that pass the filters. The window over all of time is in any range.
fn places(view: &View, question: &Question) -> Places {
    let time = view.time_column().filter(|_| !view.is_global());
    let in_range = |place: &usize| {
        let at = time.and_then(|time| view.rows[*place][time].as_i64());
        at.is_none_or(|at| question.range.holds(at))
    };
    let passes = |place: &usize| filter::passes(&question.filters, view, &view.rows[*place]);
    (0..view.rows.len()).filter(in_range).filter(passes).collect()
}

/// Groups rows by line, and leaves out what is too much to draw; says how many lines.
fn cut(view: &View, places: Places, wish: &Wish) -> (Vec<(Name, Places)>, usize) {
    let most = (MAX_LINES / wish.metrics.len().max(1)).max(1);
    let drawn = wish.form == Form::Series;
    if view.kind != Kind::Series {
        // Each row of a list that is drawn is a line.
        let kept = if drawn { most.min(places.len()) } else { places.len() };
        return (vec![(Name::new(), places[..kept].to_vec())], places.len() - kept);
    }
    let lines = lines::of(view, places);
    if lines.is_empty() {
        return (vec![(Name::new(), Places::new())], 0);
    }
    let number = lines.len();
    if !drawn || number <= most {
        return (lines.into_iter().collect(), 0);
    }
    let mut kept = lines::largest(view, lines, wish.metrics.first().copied(), most);
    // A panel gives colours by place: largest first, they would change with the numbers.
    kept.sort_by(|(a, _), (b, _)| a.cmp(b));
    (kept, number - most)
}
