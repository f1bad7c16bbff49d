//! The number of workers must not show in any result.

use crate::support::{Given, Kept, Lines, Still};
use oriel_aggregate::Function;
use oriel_dataflow::source::{Batch, Limits, Source, SourceError, Status};
use oriel_dataflow::{
    Engine, EngineSpec, EpochRules, Fault, Metric, Reading, Reason, Rejected, Rejects, Totals, ViewPlan,
};
use oriel_derive::{Deriver, Expression, Tables};
use oriel_record::{Schema, SchemaSpec, TimeFormat, TimeSpec};
use oriel_snapshot::{Key, Order, Query, Shape, ViewSpec};
use oriel_time::Span;
use oriel_window::{Accumulation, Pane, Trigger, ViewTiming, WatermarkRules, Windowing};
use proptest::prelude::*;
use std::sync::Arc;

struct Panics;

impl Rejects for Panics {
    fn reject(&self, _: &Rejected<'_>) {
        panic!("the disk is on fire");
    }
}

/// One view a kind: windows, modes, caps and sketches.
fn views(schema: &Schema) -> Vec<ViewPlan> {
    let field = |name: &str| schema.field(name);
    let span = Span::from_millis;
    let count = |field| Metric { function: Function::Count, field };
    let of = |function, name: &str| Metric { function, field: field(name) };
    let records = |n| Trigger { every: None, records: Some(n) };
    let timing = |windowing, lateness, accumulation| ViewTiming {
        lateness: span(lateness),
        early: records(5),
        accumulation,
        ..ViewTiming::new(windowing)
    };
    let view = |shape, timing, metrics: Vec<Metric>| ViewPlan {
        snapshot: ViewSpec { shape, timing, retain: Span::HOUR, metrics: metrics.len() },
        filter: None,
        key: None,
        per: None,
        keep_null: false,
        metrics,
        derived: Vec::new(),
        max_keys: 1_000_000,
        panes: true,
    };
    let series = Shape::Series { fill: false };
    let top =
        |n, ascending, per| Shape::Top { n, per, order: Order { metric: 0, ascending }, complete: false };
    let sliding = Windowing::sliding(span(100), span(50));
    let tumbling = Windowing::tumbling(span(400)).offset(span(30));
    let quantile = of(Function::Quantile(0.5), "n");
    let numbers = vec![count(None), of(Function::Sum, "n"), of(Function::Average, "n"), quantile];
    let names = schema.names();
    vec![
        view(series, timing(sliding, 30, Accumulation::Accumulating), vec![count(None), count(field("url"))]),
        ViewPlan {
            key: field("tag"),
            ..view(top(5, false, false), timing(tumbling, 0, Accumulation::Accumulating), vec![count(None)])
        },
        view(series, timing(sliding, 30, Accumulation::Discarding), numbers.clone()),
        ViewPlan {
            key: field("tag"),
            keep_null: true,
            max_keys: 3,
            ..view(series, timing(tumbling, 50, Accumulation::Retracting), numbers)
        },
        ViewPlan {
            key: field("tag"),
            ..view(
                series,
                timing(Windowing::Session { gap: span(40) }, 30, Accumulation::Retracting),
                vec![count(None), of(Function::Distinct, "n"), of(Function::Last, "n")],
            )
        },
        ViewPlan {
            key: field("n"),
            max_keys: 8,
            filter: Some(Expression::compile_test("n != 3", names).expect("a test")),
            ..view(
                top(4, false, false),
                timing(sliding, 0, Accumulation::Accumulating),
                vec![of(Function::Sum, "n")],
            )
        },
        ViewPlan {
            key: field("tag"),
            per: field("n"),
            max_keys: 6,
            ..view(
                top(2, true, true),
                timing(Windowing::Global, 0, Accumulation::Accumulating),
                vec![count(None)],
            )
        },
        ViewPlan {
            key: field("twice"),
            derived: field("twice").into_iter().collect(),
            ..view(top(3, false, false), timing(tumbling, 0, Accumulation::Discarding), vec![count(None)])
        },
    ]
}

fn spec(workers: usize, epoch: u64) -> EngineSpec {
    let decoded = [("tag", "/tags/*"), ("url", "/url"), ("n", "/n")];
    let names: Vec<(String, bool)> =
        decoded.iter().map(|(name, at)| ((*name).to_owned(), at.contains('*'))).collect();
    let derived = [("twice".to_owned(), "200 / n".to_owned())];
    let deriver = Deriver::compile(&names, &[], &derived).expect("it compiles");
    let schema = Schema::compile(&SchemaSpec {
        time: TimeSpec { at: "/t".into(), format: TimeFormat::Millis },
        fields: decoded.iter().map(|(name, at)| ((*name).into(), (*at).into())).collect(),
        computed: deriver.computed().to_vec(),
    })
    .expect("a good schema");
    let views = views(&schema);
    let epochs = EpochRules { every: None, records: epoch, bytes: 1 << 20, in_flight: 4 };
    let jump = Some(Span::from_millis(300));
    let watermarks = WatermarkRules { disorder: Span::from_millis(40), idle: None, jump, align: None };
    let tables = Tables::default();
    EngineSpec {
        schema,
        deriver,
        tables,
        views,
        watermarks,
        future: None,
        epochs,
        workers,
        shards: 16,
        memory: None,
    }
}

/// What a run shows from outside, rejected records in order of their place.
type Shown = (Vec<oriel_snapshot::Answer>, Totals, Vec<(&'static str, u64)>, Vec<(usize, Pane<Key>)>);

fn run(workers: usize, epoch: u64, lines: &[String]) -> Shown {
    let rejects = Arc::new(Kept::default());
    let sources: Vec<Box<dyn Source>> = vec![Box::new(Lines(lines.to_vec(), 0))];
    let spec = spec(workers, epoch);
    let queries: Vec<(usize, Query)> = (0..spec.views.len()).map(|view| (view, Query::default())).collect();
    let panes = Arc::new(Given::default());
    let engine =
        Engine::start(spec, sources, Arc::new(Still), rejects.clone(), panes.clone()).expect("starts");
    let totals = engine.wait().expect("no fault");
    let Reading { answers, .. } = engine.read(&queries);
    for view in 0..queries.len() {
        assert_eq!(engine.size(view).state, oriel_window::Size::default(), "state is left in view {view}");
    }
    let panes = std::mem::take(&mut *panes.0.lock().expect("no panic"));
    let mut kept = std::mem::take(&mut *rejects.0.lock().expect("no panic"));
    kept.sort_unstable();
    (answers, totals, kept, panes)
}

fn line() -> impl Strategy<Value = String> {
    let tags = prop::collection::vec(0..8u8, 0..4);
    let good = (-200..600i64, tags, any::<bool>(), 0..6).prop_map(|(t, tags, url, n)| {
        let tags: Vec<String> = tags.iter().map(|tag| format!("\"t{tag}\"")).collect();
        let url = if url { ",\"url\":\"u\"" } else { "" };
        let n = if n < 5 { format!(",\"n\":{n}.5e0") } else { ",\"n\":\"3\"".to_owned() };
        format!("{{\"t\":{t},\"tags\":[{}]{url}{n}}}", tags.join(","))
    });
    let bad = prop::sample::select(vec![
        "{",
        r#"{"t":"x"}"#,
        r#"{"t":5,"tags":[{"a":1}]}"#,
        r#"{"t":7,"tags":"no list"}"#,
        r#"{"t":8,"n":true}"#,
        r#"{"t":9,"n":0}"#,
        r#"{"t":9000}"#,
    ]);
    prop_oneof![20 => good, 1 => bad.prop_map(str::to_owned)]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn one_two_and_four_workers_show_the_same(lines in prop::collection::vec(line(), 0..400), epoch in 1..60u64) {
        let one = run(1, epoch, &lines);
        let tally = one.1.tally;
        prop_assert_eq!(tally.read, lines.len() as u64);
        prop_assert_eq!(tally.read, tally.counted + tally.filtered + tally.late + tally.bad);
        for view in &one.1.views {
            prop_assert_eq!(view.read, view.counted + view.filtered + view.late + view.bad);
        }
        let late = one.2.iter().filter(|(reason, _)| *reason == Reason::Late.as_str()).count() as u64;
        prop_assert!(tally.late <= late && late <= one.1.views.iter().map(|view| view.late).sum());
        prop_assert_eq!(&one, &run(2, epoch, &lines));
        prop_assert_eq!(&one, &run(4, epoch, &lines));
    }
}

#[test]
fn only_what_changed_since_its_mark_is_read_again() {
    let lines: Vec<String> = (0..200).map(|t| format!("{{\"t\":{t},\"tags\":[\"a\"],\"n\":1}}")).collect();
    let spec = spec(2, 10);
    let queries: Vec<(usize, Query)> = (0..spec.views.len()).map(|view| (view, Query::default())).collect();
    let sources: Vec<Box<dyn Source>> = vec![Box::new(Lines(lines, 0))];
    let engine =
        Engine::start(spec, sources, Arc::new(Still), Arc::<Kept>::default(), Arc::<Given>::default());
    let engine = engine.expect("starts");
    let mut marks = vec![None; queries.len()];
    // Whatever this one finds, the next reads what came after it.
    engine.read_changed(&queries, &mut marks);
    engine.wait().expect("no fault");
    engine.read_changed(&queries, &mut marks);
    assert!(engine.read_changed(&queries, &mut marks).answers.iter().all(Option::is_none));
    marks[0] = None;
    let again = engine.read_changed(&queries, &mut marks).answers;
    let all = engine.read(&queries).answers;
    assert!(!all[0].rows.is_empty());
    assert_eq!(again[0].as_ref(), Some(&all[0]));
    assert!(again[1..].iter().all(Option::is_none));
}

#[test]
fn a_panic_in_a_worker_ends_the_engine_at_once() {
    let sources: Vec<Box<dyn Source>> = vec![Box::new(Lines(vec!["{".into()], 0))];
    let engine =
        Engine::start(spec(2, 10), sources, Arc::new(Still), Arc::new(Panics), Arc::<Given>::default())
            .expect("starts");
    assert!(matches!(engine.wait(), Err(Fault::Internal(_))));
    // Nor does a query wait for what will never come.
    assert_eq!(engine.read(&[(0, Query::default())]).answers.len(), 1);
}

#[test]
fn a_source_that_fails_is_named_and_what_it_gave_is_counted() {
    struct Fails(bool);
    impl Source for Fails {
        fn partition(&self) -> &str {
            "fails"
        }
        fn read(&mut self, batch: &mut Batch, _: Limits) -> Result<Status, SourceError> {
            if std::mem::replace(&mut self.0, true) {
                return Err(SourceError("/no/such/file: gone".into()));
            }
            batch.bytes.extend_from_slice(b"{\"t\":1}\n");
            batch.records = 1;
            Ok(Status::More)
        }
    }
    let engine = Engine::start(
        spec(1, 10),
        vec![Box::new(Fails(false))],
        Arc::new(Still),
        Arc::<Kept>::default(),
        Arc::<Given>::default(),
    );
    let engine = engine.expect("starts");
    assert_eq!(engine.wait(), Err(Fault::Source("/no/such/file: gone".into())));
    assert_eq!(engine.totals().tally.counted, 1);
}
