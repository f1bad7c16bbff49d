//! Marks against the answers themselves.

use super::*;
use crate::{Answer, Key, Order, Query, merge, part};
use oriel_aggregate::{Cell, Function};
use oriel_time::Span;
use oriel_window::{Aside, Pane, Timing, ViewTiming};
use proptest::prelude::*;

const SERIES: Shape = Shape::Series { fill: false };
const FILLED: Shape = Shape::Series { fill: true };
const TOP: Shape = top(false);

const fn top(complete: bool) -> Shape {
    Shape::Top { n: 1, per: false, order: Order { metric: 0, ascending: false }, complete }
}

fn at(millis: i64) -> EventTime {
    EventTime::from_millis(millis)
}

fn spec(shape: Shape, windowing: Windowing) -> ViewSpec {
    let timing = ViewTiming { lateness: Span::from_millis(5), ..ViewTiming::new(windowing) };
    ViewSpec { shape, timing, retain: Span::from_millis(50), metrics: 1 }
}

const TUMBLING: Windowing = Windowing::Aligned { size: TEN, slide: TEN, offset: Span::ZERO };
const SESSIONS: Windowing = Windowing::Session { gap: TEN };
const TEN: Span = Span::from_millis(10);

/// What happens to one of two shards, or to both.
#[derive(Clone, Copy, Debug)]
enum Step {
    Pane { start: i64, key: u8, count: u8, longer: i64 },
    Merge { start: i64, key: u8, gone: i64 },
    Settle(i64),
    Short(i64),
    LetGo(i64, u8),
    Watermark(i64),
    Horizon(i64),
}

struct View {
    spec: ViewSpec,
    shards: [Rows; 2],
    facts: Facts,
}

impl View {
    fn new(spec: ViewSpec) -> Self {
        let facts = Facts { watermark: EventTime::BEGINNING, horizon: EventTime::BEGINNING };
        View { spec, shards: [Rows::new(spec), Rows::new(spec)], facts }
    }

    fn pane(&self, start: i64, key: u8, count: u8, longer: i64) -> Pane<Key> {
        let windowing = self.spec.timing.windowing;
        let window = if windowing == Windowing::Global { EventTime::BEGINNING } else { at(start) };
        let longer = if self.spec.is_session() { longer } else { 0 };
        let end = windowing.end(window).add(Span::from_millis(longer));
        let key = Some(format!("k{key}").into());
        let mut total = Cell::zero(&[Function::Count]);
        (0..count).for_each(|_| total.add(0));
        Pane { window, end, key, timing: Timing::Early, index: 3, is_last: false, total, aside: None }
    }

    fn step(&mut self, step: Step) {
        let shard = |key: u8| usize::from(key % 2);
        match step {
            Step::Pane { start, key, count, longer } => {
                let pane = self.pane(start, key, count, longer);
                self.shards[shard(key)].absorb(pane);
            }
            Step::Merge { start, key, gone } => {
                let merged = Some(Box::new(Aside { merged: vec![at(gone)], ..Aside::default() }));
                let pane = Pane { aside: merged, ..self.pane(start, key, 9, 30) };
                self.shards[shard(key)].absorb(pane);
            }
            Step::Settle(start) => self.shards.iter_mut().for_each(|rows| rows.settle(at(start))),
            Step::Short(start) => self.shards[0].shorten(at(start)),
            Step::LetGo(start, key) => {
                let gone: Key = Some(format!("k{key}").into());
                let holds = |_, held: &Key| *held != gone;
                self.shards[shard(key)].forget(holds, |window| window == at(start));
            }
            Step::Watermark(by) => {
                self.facts.watermark = self.facts.watermark.max(at(0)).add(Span::from_millis(by))
            }
            Step::Horizon(by) => {
                self.facts.horizon = self.facts.horizon.max(at(0)).add(Span::from_millis(by))
            }
        }
        let horizon = self.facts.horizon;
        for rows in &mut self.shards {
            rows.expire(horizon);
        }
    }

    fn mark(&self, before: Option<&Mark>) -> Mark {
        let mut mark = Mark::new(self.facts);
        self.shards.iter().for_each(|rows| mark.see(rows, before));
        mark
    }

    fn answer(&self, query: &Query) -> Answer {
        let parts = self.shards.iter().map(|rows| part(query, &self.spec, &self.facts, rows)).collect();
        merge(query, &self.spec, &self.facts, parts)
    }
}

fn step() -> impl Strategy<Value = Step> {
    let start = || (0..6i64).prop_map(|n| n * 10);
    prop_oneof![
        4 => (start(), 0..4u8, 1..5u8, 0..30i64)
            .prop_map(|(start, key, count, longer)| Step::Pane { start, key, count, longer }),
        1 => (start(), 0..4u8, start()).prop_map(|(start, key, gone)| Step::Merge { start, key, gone }),
        1 => start().prop_map(Step::Settle),
        1 => start().prop_map(Step::Short),
        1 => (start(), 0..4u8).prop_map(|(start, key)| Step::LetGo(start, key)),
        8 => (0..8i64).prop_map(Step::Watermark),
        2 => (0..8i64).prop_map(Step::Horizon),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn answers_are_what_they_were_where_marks_are_alike(steps in prop::collection::vec(step(), 1..60)) {
        for windowing in [TUMBLING, SESSIONS, Windowing::Global] {
            for shape in [SERIES, FILLED, TOP, top(true)] {
                let mut view = View::new(spec(shape, windowing));
                let queries = [Query::default(), Query { newest: Some(2), ..Query::default() }];
                let mut mark = view.mark(None);
                let mut answers = queries.map(|query| view.answer(&query));
                for step in &steps {
                    view.step(*step);
                    let now = view.mark(Some(&mark));
                    let next = queries.map(|query| view.answer(&query));
                    if now.is_like(&mark, &view.spec) {
                        prop_assert_eq!(&next, &answers, "{:?} {:?} {:?}", windowing, shape, step);
                    }
                    (mark, answers) = (now, next);
                }
            }
        }
    }
}

/// After these steps a further one leaves the answers as they are.
fn stays(shape: Shape, windowing: Windowing, steps: &[Step], last: Step) -> bool {
    let mut view = View::new(spec(shape, windowing));
    steps.iter().for_each(|step| view.step(*step));
    let before = view.mark(None);
    view.step(last);
    view.mark(Some(&before)).is_like(&before, &view.spec)
}

#[test]
fn a_watermark_that_passes_nothing_that_is_shown_changes_nothing() {
    let pane = Step::Pane { start: 10, key: 0, count: 1, longer: 0 };
    // From 11 the window is open, from 20 closed, from 25 purged.
    for (from, by, same) in [
        (11, 8, true),
        (11, 9, false),
        (20, 4, true),
        (20, 5, false),
        (25, 1_000, true),
        (0, 9, true),
        (0, 10, false),
    ] {
        for shape in [SERIES, TOP, top(true)] {
            let steps = [pane, Step::Watermark(from)];
            assert_eq!(stays(shape, TUMBLING, &steps, Step::Watermark(by)), same, "{shape:?} {from} {by}");
        }
    }
    // Windows that are filled in have no rows.
    assert!(!stays(FILLED, TUMBLING, &[pane, Step::Watermark(11)], Step::Watermark(1)));
    assert!(stays(FILLED, TUMBLING, &[pane, Step::Watermark(11)], Step::Watermark(0)));
}

#[test]
fn a_horizon_dates_the_window_of_all_time_and_else_only_takes_what_is_old() {
    let pane = Step::Pane { start: 10, key: 0, count: 1, longer: 0 };
    for (windowing, by, same) in [(TUMBLING, 69, true), (TUMBLING, 70, false), (Windowing::Global, 1, false)]
    {
        assert_eq!(stays(SERIES, windowing, &[pane], Step::Horizon(by)), same, "{windowing:?} {by}");
    }
}

#[test]
fn every_pane_is_a_change() {
    let pane = Step::Pane { start: 10, key: 0, count: 1, longer: 0 };
    assert!(!stays(SERIES, TUMBLING, &[pane], pane));
    assert!(stays(SERIES, TUMBLING, &[pane], Step::Settle(10)));
}
