//! Queries over shards that the test fills by hand.

use super::*;
use oriel_aggregate::Function;
use oriel_time::Span;
use oriel_window::{Pane, Timing, ViewTiming, Windowing};

const TOP: Shape = Shape::Top { n: 2 };

fn spec(shape: Shape) -> ViewSpec {
    let windowing = Windowing::new(Span::from_millis(10), Span::from_millis(10));
    let timing = ViewTiming { windowing, lateness: Span::from_millis(5), every: None, records: None };
    ViewSpec { shape, timing, retain: Span::from_millis(100) }
}

fn shard(shape: Shape, rows: &[(i64, &str, usize)]) -> Rows {
    let mut shard = Rows::new(spec(shape));
    for (start, key, count) in rows {
        let mut value = Cell::zero(&[Function::Count]);
        (0..*count).for_each(|_| value.add(0));
        let window = EventTime::from_millis(*start);
        let key = (!key.is_empty()).then(|| (*key).into());
        shard.absorb(Pane { window, key, timing: Timing::Early, index: 3, is_last: false, value });
    }
    shard
}

fn ask(query: &Query, shape: Shape, watermark: i64, shards: &[Rows]) -> Vec<(i64, String, i64)> {
    let facts = Facts { watermark: EventTime::from_millis(watermark), horizon: EventTime::from_millis(100) };
    let parts = shards.iter().map(|rows| part(query, &spec(shape), &facts, rows)).collect();
    let show = |row: Row| {
        let Output::Long(count) = row.outputs[0] else { panic!("no count") };
        (row.window.millis(), row.key.as_deref().unwrap_or("").to_owned(), count)
    };
    merge(query, &spec(shape), &facts, parts).rows.into_iter().map(show).collect()
}

fn row(start: i64, key: &str, count: i64) -> (i64, String, i64) {
    (start, key.to_owned(), count)
}

#[test]
fn a_top_list_is_cut_over_all_shards_and_ties_go_by_key() {
    let shards = [shard(TOP, &[(10, "b", 3), (10, "d", 1)]), shard(TOP, &[(10, "a", 3), (10, "c", 2)])];
    assert_eq!(ask(&Query::default(), TOP, 10, &shards), [row(10, "a", 3), row(10, "b", 3)]);
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
fn a_range_reaches_an_older_window() {
    let shards = [shard(TOP, &[(10, "a", 3), (20, "b", 1)])];
    let query = Query { range: Some((EventTime::from_millis(0), EventTime::from_millis(20))), newest: None };
    assert_eq!(ask(&query, TOP, 30, &shards), [row(10, "a", 3)]);
}

#[test]
fn a_series_is_ordered_by_time_and_cut_to_the_newest() {
    let shards = [shard(Shape::Series, &[(30, "", 3), (10, "", 1), (20, "", 2)])];
    let newest = Query { range: None, newest: Some(2) };
    assert_eq!(ask(&newest, Shape::Series, 30, &shards), [row(20, "", 2), row(30, "", 3)]);
    assert_eq!(ask(&Query::default(), Shape::Series, 30, &shards).len(), 3);
}

#[test]
fn rows_beyond_retention_are_not_served() {
    let shards = [shard(Shape::Series, &[(-20, "", 1), (-10, "", 1), (0, "", 1)])];
    assert_eq!(ask(&Query::default(), Shape::Series, 30, &shards), [row(0, "", 1)]);
}

#[test]
fn the_state_follows_the_watermark() {
    let spec = spec(TOP);
    let at = |watermark| state(&spec, EventTime::from_millis(0), EventTime::from_millis(watermark));
    assert_eq!([9, 10, 14, 15].map(at), [State::Open, State::Closed, State::Closed, State::Final]);
}

#[test]
fn a_settled_top_list_keeps_what_can_be_among_the_first() {
    let mut rows = shard(TOP, &[(10, "a", 1), (10, "b", 2), (10, "c", 3)]);
    rows.settle(EventTime::from_millis(10));
    assert_eq!(rows.len(), 2);
    assert_eq!(ask(&Query::default(), TOP, 10, &[rows]), [row(10, "c", 3), row(10, "b", 2)]);
}

#[test]
fn expired_rows_leave_the_shard() {
    let mut rows = shard(Shape::Series, &[(0, "", 1), (10, "", 1)]);
    rows.expire(EventTime::from_millis(110));
    assert_eq!(rows.len(), 1);
}
