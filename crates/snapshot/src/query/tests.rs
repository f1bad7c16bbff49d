//! Queries over shards that the test fills by hand.

use super::*;
use crate::{OTHER, Order, pair};
use oriel_aggregate::{Cell, Function};
use oriel_time::Span;
use oriel_window::{Aside, Pane, Timing, ViewTiming, Windowing};

const SERIES: Shape = Shape::Series { fill: false };
const TOP: Shape = top(2, false, false);

const fn top(n: usize, per: bool, ascending: bool) -> Shape {
    Shape::Top { n, per, order: Order { metric: 0, ascending }, complete: false }
}

fn at(millis: i64) -> EventTime {
    EventTime::from_millis(millis)
}

fn spec(shape: Shape) -> ViewSpec {
    let windowing = Windowing::tumbling(Span::from_millis(10));
    let timing = ViewTiming { lateness: Span::from_millis(5), ..ViewTiming::new(windowing) };
    ViewSpec { shape, timing, retain: Span::from_millis(100), metrics: 1 }
}

fn count(n: usize) -> Cell {
    let mut cell = Cell::zero(&[Function::Count]);
    (0..n).for_each(|_| cell.add(0));
    cell
}

fn pane(start: i64, end: i64, key: &str, total: Cell) -> Pane<Key> {
    let key = (!key.is_empty()).then(|| key.into());
    let (window, end) = (at(start), at(end));
    Pane { window, end, key, timing: Timing::Early, index: 3, is_last: false, total, aside: None }
}

fn shard(shape: Shape, rows: &[(i64, &str, usize)]) -> Rows {
    let mut shard = Rows::new(spec(shape)).with_rest(Some(OTHER.into()));
    rows.iter().for_each(|(start, key, n)| shard.absorb(pane(*start, start + 10, key, count(*n))));
    shard
}

fn whole(query: &Query, shape: Shape, watermark: i64, shards: &[Rows]) -> Answer {
    let facts = Facts { watermark: at(watermark), horizon: at(100) };
    let parts = shards.iter().map(|rows| part(query, &spec(shape), &facts, rows)).collect();
    merge(query, &spec(shape), &facts, parts)
}

fn ask(query: &Query, shape: Shape, watermark: i64, shards: &[Rows]) -> Vec<(i64, String, i64)> {
    let show = |row: Row| {
        let Output::Long(count) = row.outputs[0] else { panic!("no count") };
        (row.window.millis(), row.key.as_deref().unwrap_or("").to_owned(), count)
    };
    whole(query, shape, watermark, shards).rows.into_iter().map(show).collect()
}

fn row(start: i64, key: &str, count: i64) -> (i64, String, i64) {
    (start, key.to_owned(), count)
}

#[test]
fn a_top_list_is_cut_over_all_shards_and_ties_go_by_key() {
    let shards = [shard(TOP, &[(10, "b", 3), (10, "d", 1)]), shard(TOP, &[(10, "a", 3), (10, "c", 2)])];
    assert_eq!(ask(&Query::default(), TOP, 10, &shards), [row(10, "a", 3), row(10, "b", 3)]);
    let bottom = top(3, false, true);
    let expected = [row(10, "d", 1), row(10, "c", 2), row(10, "a", 3)];
    assert_eq!(ask(&Query::default(), bottom, 10, &shards), expected);
}

#[test]
fn pairs_are_cut_for_each_first_value() {
    let key = |per, key| pair(per, Some(key));
    let (ax, ay, az) = (key(Some("a"), "x"), key(Some("a"), "y"), key(Some("a"), "z"));
    let (bx, none) = (key(Some("b"), "x"), key(None, "x"));
    let left = [(10, ax.as_str(), 1), (10, bx.as_str(), 9)];
    let right = [(10, ay.as_str(), 3), (10, az.as_str(), 2), (10, none.as_str(), 4)];
    let shape = top(2, true, false);
    let mut shards = [shard(shape, &left), shard(shape, &right)];
    let expected = [row(10, &none, 4), row(10, &ay, 3), row(10, &az, 2), row(10, &bx, 9)];
    assert_eq!(ask(&Query::default(), shape, 10, &shards), expected);
    shards.iter_mut().for_each(|rows| rows.settle(at(10)));
    assert_eq!(ask(&Query::default(), shape, 10, &shards), expected);
}

#[test]
fn one_early_event_does_not_empty_the_table() {
    let shards = [shard(TOP, &[(10, "a", 3)]), shard(TOP, &[(50, "x", 1)])];
    assert_eq!(ask(&Query::default(), TOP, 12, &shards), [row(10, "a", 3)]);
    assert_eq!(ask(&Query::default(), TOP, 50, &shards), [row(50, "x", 1)]);
}

#[test]
fn before_any_window_has_begun_the_oldest_is_shown() {
    let shards = [shard(TOP, &[(20, "a", 3)]), shard(TOP, &[(10, "x", 1)])];
    assert_eq!(ask(&Query::default(), TOP, 5, &shards), [row(10, "x", 1)]);
}

#[test]
fn a_list_of_complete_windows_shows_the_newest_that_is_closed() {
    let shape = Shape::Top { n: 2, per: false, order: Order::default(), complete: true };
    let shards = [shard(shape, &[(10, "a", 3)]), shard(shape, &[(20, "x", 1)])];
    assert_eq!(ask(&Query::default(), shape, 19, &shards), []);
    assert_eq!(ask(&Query::default(), shape, 29, &shards), [row(10, "a", 3)]);
    assert_eq!(ask(&Query::default(), shape, 30, &shards), [row(20, "x", 1)]);
}

#[test]
fn a_range_reaches_an_older_window() {
    let shards = [shard(TOP, &[(10, "a", 3), (20, "b", 1)])];
    let query = Query { range: Some((at(0), at(20))), ..Query::default() };
    assert_eq!(ask(&query, TOP, 30, &shards), [row(10, "a", 3)]);
}

#[test]
fn a_series_is_ordered_by_time_and_key_and_cut_to_the_newest_windows() {
    let shards = [shard(SERIES, &[(30, "b", 3), (10, "a", 1), (20, "b", 2)]), shard(SERIES, &[(30, "a", 4)])];
    let newest = Query { newest: Some(2), ..Query::default() };
    let expected = [row(20, "b", 2), row(30, "a", 4), row(30, "b", 3)];
    assert_eq!(ask(&newest, SERIES, 30, &shards), expected);
    assert_eq!(ask(&Query::default(), SERIES, 30, &shards).len(), 4);
}

#[test]
fn an_answer_of_more_rows_than_allowed_is_refused() {
    let rows = [(10, "a", 1), (10, "b", 1), (20, "a", 1), (30, "a", 1)];
    let most = |most| Query { most: Some(most), ..Query::default() };
    for shards in [vec![shard(SERIES, &rows)], rows.map(|row| shard(SERIES, &[row])).into()] {
        let answer = |query: &Query| whole(query, SERIES, 30, &shards);
        assert!(answer(&most(3)).refused && answer(&most(3)).rows.is_empty());
        assert_eq!((answer(&most(4)).refused, answer(&most(4)).rows.len()), (false, 4));
        let ranged = Query { range: Some((at(20), at(40))), ..most(2) };
        assert_eq!((answer(&ranged).refused, answer(&ranged).rows.len()), (false, 2));
        // Of what is cut only the rest counts.
        let newest = Query { newest: Some(1), ..most(1) };
        assert_eq!((answer(&newest).refused, answer(&newest).rows.len()), (false, 1));
    }
    let lists = rows.map(|row| shard(TOP, &[row]));
    assert!(!whole(&most(2), TOP, 10, &lists).refused);
    assert!(whole(&most(1), TOP, 10, &lists).refused);
}

#[test]
fn a_part_is_not_read_on_beyond_what_is_allowed() {
    let rows: Vec<_> = (0..10).map(|n| (n * 10, "a", 1)).collect();
    let facts = Facts { watermark: at(0), horizon: at(0) };
    let query = Query { most: Some(3), ..Query::default() };
    let part = part(&query, &spec(SERIES), &facts, &shard(SERIES, &rows));
    assert!(part.is_beyond(&query, &spec(SERIES)));
    assert_eq!(part.rows.len(), 4);
}

#[test]
fn gaps_are_filled_between_the_first_and_the_last_window() {
    let shape = Shape::Series { fill: true };
    let shards = [shard(shape, &[(40, "", 3), (10, "", 1)])];
    let expected = [row(10, "", 1), row(20, "", 0), row(30, "", 0), row(40, "", 3)];
    assert_eq!(ask(&Query::default(), shape, 30, &shards), expected);
    let newest = Query { newest: Some(2), ..Query::default() };
    assert_eq!(ask(&newest, shape, 30, &shards), [row(30, "", 0), row(40, "", 3)]);
    assert_eq!(ask(&Query::default(), shape, 30, &[shard(shape, &[])]), []);
}

#[test]
fn rows_beyond_retention_are_not_served() {
    let shards = [shard(SERIES, &[(-20, "", 1), (-10, "", 1), (0, "", 1)])];
    assert_eq!(ask(&Query::default(), SERIES, 30, &shards), [row(0, "", 1)]);
}

#[test]
fn the_state_follows_the_watermark() {
    let spec = spec(TOP);
    let state = |watermark| state(&spec, at(10), at(watermark));
    assert_eq!([9, 10, 14, 15].map(state), [State::Open, State::Closed, State::Closed, State::Final]);
}

#[test]
fn a_settled_top_list_keeps_what_can_be_among_the_first() {
    let mut rows = shard(TOP, &[(10, "a", 1), (10, "b", 2), (10, "c", 3)]);
    rows.settle(at(10));
    assert_eq!(rows.len(), 2);
    assert_eq!(ask(&Query::default(), TOP, 10, &[rows]), [row(10, "c", 3), row(10, "b", 2)]);
}

#[test]
fn expired_rows_leave_the_shard() {
    let mut rows = shard(SERIES, &[(0, "", 1), (10, "", 1)]);
    assert!(rows.expire(at(110)));
    assert_eq!(rows.len(), 1);
    assert!(!rows.expire(at(110)));
}

#[test]
fn a_session_takes_the_place_of_those_it_absorbed_and_stays_until_its_own_end_is_old() {
    let windowing = Windowing::Session { gap: Span::from_millis(10) };
    let spec = ViewSpec { timing: ViewTiming::new(windowing), ..spec(SERIES) };
    let mut rows = Rows::new(spec);
    rows.absorb(pane(10, 20, "a", count(1)));
    rows.absorb(pane(10, 25, "b", count(1)));
    let merged = Some(Box::new(Aside { merged: vec![at(10)], ..Aside::default() }));
    rows.absorb(Pane { aside: merged, ..pane(5, 60, "a", count(3)) });
    assert_eq!(rows.len(), 2);
    let facts = Facts { watermark: at(30), horizon: at(100) };
    let parts = vec![part(&Query::default(), &spec, &facts, &rows)];
    let answer = merge(&Query::default(), &spec, &facts, parts);
    let found: Vec<_> = answer.rows.iter().map(|row| (row.window, row.end, row.state)).collect();
    assert_eq!(found, [(at(5), at(60), State::Open), (at(10), at(25), State::Final)]);
    assert!(rows.expire(at(130)));
    assert_eq!(rows.len(), 1, "the long session is still young");
    assert!(rows.expire(at(160)));
    assert!(rows.is_empty());
}

#[test]
fn an_answer_says_how_right_its_values_are() {
    let exact = shard(TOP, &[(10, "a", 3)]);
    assert_eq!(whole(&Query::default(), TOP, 10, &[exact]).counting, Counting::Exact);
    let capped = [shard(TOP, &[(10, "a", 3), (10, "b", 3)]), shard(TOP, &[(10, OTHER, 1)])];
    assert_eq!(
        whole(&Query::default(), TOP, 10, &capped).counting,
        Counting::Capped,
        "though it is not shown"
    );

    let mut short = shard(TOP, &[(10, "a", 3), (10, "gone", 3)]);
    let error = Some(Box::new(Aside { error: Some(count(2)), ..Aside::default() }));
    short.absorb(Pane { aside: error, ..pane(10, 20, "a", count(5)) });
    short.forget(|_, key| key.as_deref() == Some("a"), |window| window == at(10));
    let answer = whole(&Query::default(), TOP, 10, &[short]);
    assert_eq!(answer.counting, Counting::SpaceSaving);
    let found: Vec<_> = answer.rows.iter().map(|row| (row.key.as_deref(), row.error.clone())).collect();
    assert_eq!(found, [(Some("a"), Some(Output::Long(2)))]);
}

#[test]
fn what_has_nothing_to_show_comes_last_in_either_direction() {
    for ascending in [false, true] {
        let shape = top(3, false, ascending);
        let mut rows = Rows::new(spec(shape));
        let sum = |number: Option<f64>| {
            let mut cell = Cell::zero(&[Function::Sum]);
            let scalar =
                number.and_then(oriel_aggregate::Number::from_f64).map(oriel_aggregate::Scalar::Number);
            scalar.into_iter().for_each(|scalar| cell.take(0, at(10), scalar));
            cell
        };
        for (key, number) in [("none", None), ("more", Some(2.5)), ("less", Some(-1.0))] {
            rows.absorb(pane(10, 20, key, sum(number)));
        }
        let answer = whole(&Query::default(), shape, 10, &[rows]);
        let keys: Vec<_> = answer.rows.iter().filter_map(|row| row.key.as_deref()).collect();
        let expected = if ascending { ["less", "more", "none"] } else { ["more", "less", "none"] };
        assert_eq!(keys, expected);
    }
}
