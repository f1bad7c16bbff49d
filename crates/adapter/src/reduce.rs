//! Fewer points where a panel asked for fewer: `intervalMs` and `maxDataPoints`.
//!
//! Rows are grouped into steps of time that are aligned to the epoch, so that a refresh
//! never regroups what was drawn before. Of each step one value is kept, by default the
//! largest: it is a number that was really counted, a spike survives any zoom, and the
//! sum of sliding windows would count records twice. A target may ask for another
//! reducer with `payload.reduce`. The kept point stands at the time of its step's first
//! row, so the metrics of one view keep common times.

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

    /// Which rows belong together: for ascending times, the step of each.
    fn steps(self, times: &[i64]) -> Vec<i64> {
        if self.points <= 1 {
            return vec![0; times.len()];
        }
        let mut step = self.interval.max(1);
        loop {
            let steps: Vec<i64> = times.iter().map(|time| time.div_euclid(step)).collect();
            let number = steps.chunk_by(|a, b| a == b).count();
            if number <= self.points || step > i64::MAX / 2 {
                return steps;
            }
            step *= 2;
        }
    }
}

/// A row and whether its window is still open.
#[derive(Clone, PartialEq, Debug)]
pub(crate) struct Line {
    /// The row.
    pub(crate) cells: Cells,
    /// It may still grow.
    pub(crate) open: bool,
}

/// Reduces rows of ascending time to the room there is. `metrics` are the columns to
/// reduce; any other column keeps the value of its step's first row.
pub(crate) fn reduce(lines: Vec<Line>, view: &View, room: Room, by: Reducer) -> Vec<Line> {
    let Some(time) = view.time_column() else { return lines };
    let times: Vec<i64> = lines.iter().map(|line| line.cells[time].as_i64().unwrap_or_default()).collect();
    let steps = room.steps(&times);
    if steps.windows(2).all(|pair| pair[0] != pair[1]) {
        return lines;
    }
    let metrics = view.metrics();
    let mut reduced = Vec::new();
    let mut rest = lines.as_slice();
    for group in steps.chunk_by(|a, b| a == b) {
        let (step, tail) = rest.split_at(group.len());
        rest = tail;
        let mut cells = step[0].cells.clone();
        for metric in &metrics {
            cells[*metric] = by.of(step.iter().map(|line| &line.cells[*metric]));
        }
        reduced.push(Line { cells, open: step.iter().any(|line| line.open) });
    }
    reduced
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

    fn check(rows: &[(i64, Value)], room: Room, by: Reducer, expected: &[(i64, Value)]) {
        let view = view(rows);
        let lines = view.rows.iter().map(|row| Line { cells: row.clone(), open: false }).collect();
        let points = reduce(lines, &view, room, by);
        let expected: Vec<Cells> = expected.iter().map(|(time, n)| vec![json!(time), n.clone()]).collect();
        assert_eq!(
            points.into_iter().map(|line| line.cells).collect::<Vec<_>>(),
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
        let lines: Vec<_> = view.rows.iter().map(|row| Line { cells: row.clone(), open: false }).collect();
        for points in [1, 2, 3, 7, 99] {
            let kept = reduce(lines.clone(), &view, Room { interval: 1, points }, Reducer::Last);
            assert!(kept.len() <= points, "{} of {points}", kept.len());
            assert_eq!(kept.last().map(|line| line.cells[1].clone()), Some(json!(49)));
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
        let lines = vec![
            Line { cells: view.rows[0].clone(), open: false },
            Line { cells: view.rows[1].clone(), open: true },
        ];
        assert!(reduce(lines, &view, Room { interval: 10, points: 9 }, Reducer::Max)[0].open);
    }
}
