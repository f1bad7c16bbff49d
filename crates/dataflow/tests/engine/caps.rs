//! More keys than room: what is said of them stays true.

use crate::support::{Given, Kept, Lines, Still};
use oriel_aggregate::{Function, Output};
use oriel_dataflow::source::Source;
use oriel_dataflow::{Engine, EngineSpec, EpochRules, Metric, ViewPlan};
use oriel_derive::{Deriver, Tables};
use oriel_record::{Schema, SchemaSpec, TimeFormat, TimeSpec};
use oriel_snapshot::{Answer, Counting, OTHER, Order, Query, Shape, ViewSpec};
use oriel_time::Span;
use oriel_window::{Trigger, ViewTiming, WatermarkRules, Windowing};
use proptest::prelude::*;
use std::collections::BTreeMap;
use std::sync::Arc;

const SERIES: Shape = Shape::Series { fill: false };

fn top(n: usize, ascending: bool) -> Shape {
    Shape::Top { n, per: false, order: Order { metric: 0, ascending }, complete: false }
}

/// Counts by key in windows of 100; one view for each shape.
fn spec(shapes: &[Shape], max_keys: usize, slide: i64, workers: usize, memory: Option<u64>) -> EngineSpec {
    let schema = Schema::compile(&SchemaSpec {
        time: TimeSpec { at: "/t".into(), format: TimeFormat::Millis },
        fields: vec![("k".into(), "/k".into())],
        computed: Vec::new(),
    })
    .expect("a good schema");
    let windowing = Windowing::sliding(Span::from_millis(100), Span::from_millis(slide));
    let early = Trigger { every: None, records: Some(7) };
    let timing = ViewTiming { early, ..ViewTiming::new(windowing) };
    let key = schema.field("k");
    let view = |shape: &Shape| ViewPlan {
        snapshot: ViewSpec { shape: *shape, timing, retain: Span::HOUR, metrics: 1 },
        filter: None,
        key,
        per: None,
        keep_null: false,
        metrics: vec![Metric { function: Function::Count, field: None }],
        derived: Vec::new(),
        max_keys,
        panes: false,
    };
    EngineSpec {
        views: shapes.iter().map(view).collect(),
        schema,
        deriver: Deriver::compile(&[("k".to_owned(), false)], &[], &[]).expect("nothing to compile"),
        tables: Tables::default(),
        watermarks: WatermarkRules {
            disorder: Span::from_millis(1_000),
            idle: None,
            jump: None,
            align: None,
        },
        future: None,
        epochs: EpochRules { every: None, records: 16, bytes: 1 << 20, in_flight: 4 },
        workers,
        shards: 4,
        memory,
    }
}

/// Records of those times and keys, counted; the answer of each view.
fn answers(spec: EngineSpec, records: &[(i64, usize)]) -> Vec<Answer> {
    let lines = records.iter().map(|(t, k)| format!("{{\"t\":{t},\"k\":\"k{k}\"}}")).collect();
    let queries: Vec<_> = (0..spec.views.len()).map(|view| (view, Query::default())).collect();
    let sources: Vec<Box<dyn Source>> = vec![Box::new(Lines(lines, 0))];
    let engine =
        Engine::start(spec, sources, Arc::new(Still), Arc::<Kept>::default(), Arc::<Given>::default());
    let engine = engine.expect("starts");
    assert_eq!(engine.wait().expect("no fault").tally.counted, records.len() as u64);
    engine.read(&queries).answers
}

/// Counts by window and key.
fn counts(answer: &Answer) -> BTreeMap<(i64, String), i64> {
    let row = |row: &oriel_snapshot::Row| {
        let Output::Long(count) = row.outputs[0] else { panic!("no count") };
        ((row.window.millis(), row.key.as_deref().unwrap_or_default().to_owned()), count)
    };
    answer.rows.iter().map(row).collect()
}

fn recount(records: &[(i64, usize)], slide: i64) -> BTreeMap<(i64, String), i64> {
    let mut counts = BTreeMap::new();
    for (t, k) in records {
        for start in (t - 99..=*t).filter(|start| start % slide == 0) {
            *counts.entry((start, format!("k{k}"))).or_insert(0) += 1;
        }
    }
    counts
}

fn records() -> impl Strategy<Value = Vec<(i64, usize)>> {
    // Small keys come often, as they do in life.
    let key = (0..400_usize, 0..400_usize).prop_map(|(a, b)| a * b / 400);
    prop::collection::vec((0..300_i64, key), 0..600)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn within_the_cap_every_key_is_exact(records in records(), slide in prop::sample::select(vec![50, 100])) {
        let answers = answers(spec(&[SERIES, top(400, false), top(400, true)], 10_000, slide, 2, None), &records);
        let expected = recount(&records, slide);
        prop_assert_eq!(counts(&answers[0]), expected.clone());
        for list in &answers[1..] {
            prop_assert_eq!(list.counting, Counting::Exact);
            for (place, count) in counts(list) {
                prop_assert_eq!(expected.get(&place), Some(&count));
            }
        }
    }

    #[test]
    fn beyond_it_the_bound_of_each_row_covers_the_true_count(
        records in records(),
        slide in prop::sample::select(vec![50, 100]),
        max_keys in 1..200_usize,
    ) {
        let list = |workers| answers(spec(&[top(400, false)], max_keys, slide, workers, None), &records);
        let answer = list(1);
        let expected = recount(&records, slide);
        for row in &answer[0].rows {
            let (Output::Long(count), error) = (&row.outputs[0], &row.error) else { panic!("no count") };
            let error = match error {
                Some(Output::Long(error)) => *error,
                _ => 0,
            };
            let key = (row.window.millis(), row.key.as_deref().unwrap_or_default().to_owned());
            let truth = expected.get(&key).copied().unwrap_or(0);
            prop_assert!(truth <= *count && count - error <= truth, "{:?}: {} is {} ± {}", key, truth, count, error);
        }
        prop_assert_eq!(&answer, &list(2));
        prop_assert_eq!(&answer, &list(4));
    }

    #[test]
    fn beyond_it_other_lists_and_series_add_up_to_the_total(
        records in records(),
        slide in prop::sample::select(vec![50, 100]),
        max_keys in 1..200_usize,
    ) {
        let both = |workers| answers(spec(&[SERIES, top(1_000, true)], max_keys, slide, workers, None), &records);
        let answers = both(1);
        let expected = recount(&records, slide);
        let mut totals: BTreeMap<i64, i64> = BTreeMap::new();
        expected.iter().for_each(|((window, _), count)| *totals.entry(*window).or_insert(0) += count);
        let mut found: BTreeMap<i64, i64> = BTreeMap::new();
        let rows = counts(&answers[0]);
        for ((window, _), count) in &rows {
            *found.entry(*window).or_insert(0) += count;
        }
        prop_assert_eq!(found, totals);
        let keys: std::collections::BTreeSet<&str> =
            rows.keys().map(|(_, key)| key.as_str()).filter(|key| *key != OTHER).collect();
        prop_assert!(keys.len() <= max_keys, "{} of {}", keys.len(), max_keys);
        let all: std::collections::BTreeSet<usize> = records.iter().map(|(_, k)| *k).collect();
        prop_assert_eq!(answers[0].counting == Counting::Capped, all.len() > max_keys);
        if all.len() <= max_keys {
            prop_assert_eq!(&rows, &expected);
        }
        prop_assert_eq!(&answers, &both(4));
    }

    #[test]
    fn short_memory_stops_new_keys_and_loses_nothing(records in records()) {
        let answers = answers(spec(&[SERIES, top(400, false)], 10_000, 100, 2, Some(8_000)), &records);
        let total: i64 = counts(&answers[0]).values().sum();
        prop_assert_eq!(total, records.len() as i64);
        let expected = recount(&records, 100);
        for row in &answers[1].rows {
            let (Output::Long(count), error) = (&row.outputs[0], &row.error) else { panic!("no count") };
            let error = if let Some(Output::Long(error)) = error { *error } else { 0 };
            let key = (row.window.millis(), row.key.as_deref().unwrap_or_default().to_owned());
            let truth = expected.get(&key).copied().unwrap_or(0);
            prop_assert!(truth <= *count && count - error <= truth);
        }
    }
}

#[test]
fn a_key_that_is_named_like_the_rest_is_told_from_it() {
    let mut spec = spec(&[SERIES], 1, 100, 1, None);
    spec.epochs.records = 1;
    let lines = [OTHER, "b", "\\\\__other__"].map(|key| format!("{{\"t\":1,\"k\":\"{key}\"}}"));
    let sources: Vec<Box<dyn Source>> = vec![Box::new(Lines(lines.to_vec(), 0))];
    let engine =
        Engine::start(spec, sources, Arc::new(Still), Arc::<Kept>::default(), Arc::<Given>::default());
    let engine = engine.expect("starts");
    engine.wait().expect("no fault");
    let answer = &engine.read(&[(0, Query::default())]).answers[0];
    let expected = [((0, "\\__other__".to_owned()), 1), ((0, OTHER.to_owned()), 2)];
    assert_eq!(counts(answer), BTreeMap::from(expected));
}

#[test]
fn sums_that_may_fall_claim_no_bound() {
    let mut spec = spec(&[top(400, false)], 2, 100, 1, None);
    spec.epochs.records = 4;
    let field = spec.views[0].key;
    spec.views[0].metrics = vec![Metric { function: Function::Sum, field }];
    let lines: Vec<String> =
        [5, 1, 2, 3, -4, 6, 7, 8, 9, 10].iter().map(|k| format!("{{\"t\":1,\"k\":{k}}}")).collect();
    let sources: Vec<Box<dyn Source>> = vec![Box::new(Lines(lines, 0))];
    let engine =
        Engine::start(spec, sources, Arc::new(Still), Arc::<Kept>::default(), Arc::<Given>::default());
    let engine = engine.expect("starts");
    engine.wait().expect("no fault");
    assert!(engine.size(0).folded > 0, "what is let go of is counted");
    let answer = &engine.read(&[(0, Query::default())]).answers[0];
    assert_eq!(answer.counting, Counting::Capped);
    assert!(answer.rows.iter().all(|row| row.error.is_none()), "{:?}", answer.rows);
}

#[test]
fn a_key_named_like_the_rest_does_not_make_a_list_that_has_none_capped() {
    let list = spec(&[top(400, false)], 100, 100, 1, None);
    let lines = vec![format!("{{\"t\":1,\"k\":\"{OTHER}\"}}")];
    let sources: Vec<Box<dyn Source>> = vec![Box::new(Lines(lines, 0))];
    let engine =
        Engine::start(list, sources, Arc::new(Still), Arc::<Kept>::default(), Arc::<Given>::default());
    let engine = engine.expect("starts");
    engine.wait().expect("no fault");
    assert_eq!(engine.read(&[(0, Query::default())]).answers[0].counting, Counting::Exact);
}
