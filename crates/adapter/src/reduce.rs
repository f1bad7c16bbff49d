//! Fewer points where a panel asked for fewer: `intervalMs` and `maxDataPoints`.
//!
//! Rows are grouped into steps of time that are aligned to the epoch, so that a refresh
//! never regroups what was drawn before. Of each step one value is kept, by default the
//! largest: it is a number that was really counted, a spike survives any zoom, and the
//! sum of sliding windows would count records twice. A target may ask for another
//! reducer with `payload.reduce`. Each line is reduced for itself, but all lines of a view
//! by the same steps, and a kept point stands at the time of its step's first row: so lines
//! and metrics keep common times, and can be stacked.

use std::collections::BTreeMap;

use serde_json::{Number, Value};

use crate::view::{Cells, View};

/// What is kept of the values in one step.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub(crate) enum Reducer {
    /// The largest.
    #[default]
    Max,
    /// The smallest.
    Min,
    /// Their mean.
    Mean,
    /// Their sum.
    Sum,
    /// The earliest.
    First,
    /// The latest.
    Last,
}

/// The names of all reducers, as a payload spells them.
pub(crate) const REDUCERS: [(&str, Reducer); 6] = [
    ("max", Reducer::Max),
    ("min", Reducer::Min),
    ("mean", Reducer::Mean),
    ("sum", Reducer::Sum),
    ("first", Reducer::First),
    ("last", Reducer::Last),
];

/// How many points a panel has room for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Room {
    /// The least distance between two points, in milliseconds; at least 1.
    pub(crate) interval: i64,
    /// The most points; at least 1.
    pub(crate) points: usize,
}

impl Room {
    /// Room for everything.
    pub(crate) const ALL: Room = Room { interval: 1, points: usize::MAX };

    /// The step that leaves a line of ascending times no more points than there is room
    /// for; `None` where all of time is one step.
    fn step(self, times: &[i64]) -> Option<i64> {
        let mut step = (self.points > 1).then_some(self.interval.max(1))?;
        let number = |step: i64| times.chunk_by(|a, b| a.div_euclid(step) == b.div_euclid(step)).count();
        while number(step) > self.points && step <= i64::MAX / 2 {
            step *= 2;
        }
        Some(step)
    }
}

/// A row, and whether its window is still open.
#[derive(Clone, PartialEq, Debug)]
pub(crate) struct Point {
    /// The row.
    pub(crate) cells: Cells,
    /// It may still grow.
    pub(crate) open: bool,
}

/// Reduces lines, each of ascending time, to the room that each has. Numbers are reduced,
/// an end is the latest, and any other column keeps the value of its step's first row.
pub(crate) fn reduce(lines: Vec<Vec<Point>>, view: &View, room: Room, by: Reducer) -> Vec<Vec<Point>> {
    let Some(time) = view.time_column() else { return lines };
    let at = |point: &Point| point.cells[time].as_i64().unwrap_or_default();
    let times: Vec<Vec<i64>> = lines.iter().map(|line| line.iter().map(at).collect()).collect();
    let steps = times.iter().map(|times| room.step(times));
    // The longest step of all; what has none is longer than any.
    let Some(step) = steps.max_by_key(|step| step.unwrap_or(i64::MAX)) else { return lines };
    let step_of = |time: i64| step.map_or(0, |step| time.div_euclid(step));
    if times.iter().all(|times| times.windows(2).all(|pair| step_of(pair[0]) != step_of(pair[1]))) {
        return lines;
    }
    let mut first: BTreeMap<i64, i64> = BTreeMap::new();
    for time in times.into_iter().flatten() {
        first.entry(step_of(time)).and_modify(|first| *first = time.min(*first)).or_insert(time);
    }
    let numbers = view.numbers();
    let reduced = |line: Vec<Point>| -> Vec<Point> {
        let steps = line.chunk_by(|a, b| step_of(at(a)) == step_of(at(b)));
        steps
            .map(|step| {
                let mut point = one(step, view, &numbers, by);
                point.cells[time] = first[&step_of(at(&step[0]))].into();
                point
            })
            .collect()
    };
    lines.into_iter().map(reduced).collect()
}

/// The point that stands for a step; a step has at least one row.
fn one(step: &[Point], view: &View, numbers: &[usize], by: Reducer) -> Point {
    let mut cells = step[0].cells.clone();
    for number in numbers {
        cells[*number] = by.of(step.iter().map(|point| &point.cells[*number]));
    }
    if let Some(end) = view.end_column() {
        cells[end] = Reducer::Max.of(step.iter().map(|point| &point.cells[end]));
    }
    Point { cells, open: step.iter().any(|point| point.open) }
}

impl Reducer {
    /// The reducer of that name.
    pub(crate) fn named(name: &str) -> Option<Reducer> {
        REDUCERS.iter().find(|(known, _)| *known == name).map(|(_, reducer)| *reducer)
    }

    /// Nulls are gaps: they count for nothing, and a step of nulls is null.
    fn of<'a>(self, values: impl DoubleEndedIterator<Item = &'a Value>) -> Value {
        let mut values = values.filter(|value| value.is_number());
        let size = |value: &&Value| value.as_f64().unwrap_or(f64::NAN);
        match self {
            Reducer::Max => values.max_by(|a, b| size(a).total_cmp(&size(b))).cloned(),
            Reducer::Min => values.min_by(|a, b| size(a).total_cmp(&size(b))).cloned(),
            Reducer::First => values.next().cloned(),
            Reducer::Last => values.next_back().cloned(),
            Reducer::Sum => sum(values).map(|(sum, _)| sum),
            Reducer::Mean => sum(values).and_then(|(sum, count)| float(sum.as_f64()? / count)),
        }
        .unwrap_or(Value::Null)
    }
}

/// The sum and how many there are; whole numbers stay whole.
fn sum<'a>(values: impl Iterator<Item = &'a Value>) -> Option<(Value, f64)> {
    let (mut whole, mut real, mut count) = (Some(0_i64), 0.0, 0.0);
    for value in values {
        whole = whole.and_then(|sum| sum.checked_add(value.as_i64()?));
        real += value.as_f64()?;
        count += 1.0;
    }
    let sum = whole.map(Value::from).or_else(|| float(real))?;
    (count > 0.0).then_some((sum, count))
}

fn float(value: f64) -> Option<Value> {
    Number::from_f64(value).map(Value::Number)
}

#[cfg(test)]
mod tests {
    use super::*;
    use oriel_time::ProcessingTime;
    use serde_json::json;

    fn view(rows: &[(i64, Value)]) -> View {
        let rows: Vec<Value> = rows.iter().map(|(time, n)| json!({"timestamp": time, "n": n})).collect();
        View::from_message("t.v", &Value::from(rows).to_string(), ProcessingTime::from_millis(0))
            .expect("rows")
    }

    fn points(view: &View) -> Vec<Point> {
        view.rows.iter().map(|row| Point { cells: row.clone(), open: false }).collect()
    }

    fn check(rows: &[(i64, Value)], room: Room, by: Reducer, expected: &[(i64, Value)]) {
        let view = view(rows);
        let points = reduce(vec![points(&view)], &view, room, by).remove(0);
        let expected: Vec<Cells> = expected.iter().map(|(time, n)| vec![json!(time), n.clone()]).collect();
        assert_eq!(
            points.into_iter().map(|point| point.cells).collect::<Vec<_>>(),
            expected,
            "{room:?} {by:?}"
        );
    }

    #[test]
    fn points_that_have_room_stay_as_they_are() {
        let rows = [(10, json!(1)), (20, json!(3)), (30, json!(2))];
        check(&rows, Room::ALL, Reducer::Max, &rows);
        check(&rows, Room { interval: 10, points: 3 }, Reducer::Max, &rows);
    }

    #[test]
    fn a_step_keeps_what_its_reducer_says() {
        let rows = [(10, json!(1)), (15, json!(4)), (20, json!(null)), (30, json!(7.5))];
        let room = Room { interval: 30, points: 9 };
        for (by, kept) in [
            (Reducer::Max, json!(4)),
            (Reducer::Min, json!(1)),
            (Reducer::Mean, json!(2.5)),
            (Reducer::Sum, json!(5)),
            (Reducer::First, json!(1)),
            (Reducer::Last, json!(4)),
        ] {
            check(&rows, room, by, &[(10, kept), (30, json!(7.5))]);
        }
    }

    #[test]
    fn steps_grow_until_the_points_fit_also_before_1970() {
        let rows: Vec<_> = (-50..50).map(|n| (n * 1_000, json!(n))).collect();
        let view = view(&rows);
        for points in [1, 2, 3, 7, 99] {
            let room = Room { interval: 1, points };
            let kept = reduce(vec![self::points(&view)], &view, room, Reducer::Last).remove(0);
            assert!(kept.len() <= points, "{} of {points}", kept.len());
            assert_eq!(kept.last().map(|point| point.cells[1].clone()), Some(json!(49)));
        }
    }

    #[test]
    fn steps_are_aligned_so_that_a_later_row_regroups_nothing() {
        let room = Room { interval: 60, points: 100 };
        check(&[(59, json!(1)), (61, json!(2))], room, Reducer::Max, &[(59, json!(1)), (61, json!(2))]);
        check(
            &[(61, json!(2)), (119, json!(5)), (120, json!(1))],
            room,
            Reducer::Max,
            &[(61, json!(5)), (120, json!(1))],
        );
    }

    #[test]
    fn a_step_with_an_open_window_is_open() {
        let view = view(&[(1, json!(1)), (2, json!(2))]);
        let mut line = points(&view);
        line[1].open = true;
        assert!(reduce(vec![line], &view, Room { interval: 10, points: 9 }, Reducer::Max)[0][0].open);
    }

    #[test]
    fn each_line_is_reduced_for_itself_by_common_steps() {
        let view = view(&[(0, json!(1)), (10, json!(2)), (12, json!(3)), (25, json!(4)), (31, json!(5))]);
        let line = |places: &[usize]| places.iter().map(|place| points(&view)[*place].clone()).collect();
        let lines = reduce(
            vec![line(&[0, 2, 4]), line(&[1, 3])],
            &view,
            Room { interval: 5, points: 2 },
            Reducer::Max,
        );
        let kept: Vec<Vec<Cells>> =
            lines.into_iter().map(|line| line.into_iter().map(|point| point.cells).collect()).collect();
        assert_eq!(
            kept,
            [
                vec![vec![json!(0), json!(3)], vec![json!(25), json!(5)]],
                vec![vec![json!(0), json!(2)], vec![json!(25), json!(4)]]
            ],
            "steps of 20: the first line had three steps of 10"
        );
        let roomy =
            reduce(vec![line(&[0, 2]), line(&[1, 3])], &view, Room { interval: 10, points: 2 }, Reducer::Max);
        assert_eq!(roomy, [line(&[0, 2]), line(&[1, 3])], "times of other lines take no room");
    }
}
