//! The number of workers must not show in any result.

use oriel_dataflow::source::{Batch, Limits, Source, SourceError, Status};
use oriel_dataflow::{
    Engine, EngineSpec, EpochRules, Fault, Metric, Reading, Rejected, Rejects, Totals, ViewPlan,
};
use oriel_record::{Schema, SchemaSpec, TimeFormat, TimeSpec};
use oriel_snapshot::{Query, Shape, ViewSpec};
use oriel_time::{Clock, ProcessingTime, Span};
use oriel_window::{ViewTiming, Windowing};
use proptest::prelude::*;
use std::sync::{Arc, Mutex};

/// A source that gives its lines and ends.
struct Lines(Vec<String>, usize);

impl Source for Lines {
    fn partition(&self) -> &str {
        "lines"
    }

    fn read(&mut self, batch: &mut Batch, limits: Limits) -> Result<Status, SourceError> {
        batch.position = self.1 as u64;
        batch.unit = oriel_dataflow::source::Unit::Records;
        while let Some(line) = self.0.get(self.1) {
            if batch.records == limits.records {
                return Ok(Status::More);
            }
            batch.bytes.extend_from_slice(line.as_bytes());
            batch.bytes.push(b'\n');
            batch.records += 1;
            self.1 += 1;
        }
        Ok(Status::Ended)
    }
}

struct Still;

impl Clock for Still {
    fn now(&self) -> ProcessingTime {
        ProcessingTime::from_millis(1_000_000)
    }
}

#[derive(Default)]
struct Kept(Mutex<Vec<(&'static str, u64)>>);

impl Rejects for Kept {
    fn reject(&self, rejected: &Rejected<'_>) {
        self.0.lock().expect("no panic").push((rejected.reason.as_str(), rejected.position));
    }
}

struct Panics;

impl Rejects for Panics {
    fn reject(&self, _: &Rejected<'_>) {
        panic!("the disk is on fire");
    }
}

fn spec(workers: usize, epoch: u64) -> EngineSpec {
    let schema = Schema::compile(&SchemaSpec {
        time: TimeSpec { at: "/t".into(), format: TimeFormat::Millis },
        fields: vec![("tag".into(), "/tags/*".into()), ("url".into(), "/url".into())],
    })
    .expect("a good schema");
    let view = |shape, size, slide, lateness| {
        let windowing = Windowing::new(Span::from_millis(size), Span::from_millis(slide));
        let timing =
            ViewTiming { windowing, lateness: Span::from_millis(lateness), every: None, records: Some(5) };
        ViewSpec { shape, timing, retain: Span::HOUR }
    };
    let url = schema.field("url").expect("declared");
    let key = schema.field("tag");
    let views = vec![
        ViewPlan {
            snapshot: view(Shape::Series, 100, 50, 30),
            key: None,
            keep_null: false,
            metrics: vec![Metric::Count, Metric::CountOf(url)],
        },
        ViewPlan {
            snapshot: view(Shape::Top { n: 5 }, 400, 400, 0),
            key,
            keep_null: false,
            metrics: vec![Metric::Count],
        },
    ];
    let epochs = EpochRules { every: None, records: epoch, bytes: 1 << 20, in_flight: 4 };
    let disorder = Span::from_millis(40);
    EngineSpec { schema, views, disorder, idle: None, future: None, epochs, workers, shards: 16 }
}

/// What a run shows from outside, rejected records in order of their place.
type Shown = (Vec<oriel_snapshot::Answer>, Totals, Vec<(&'static str, u64)>);

fn run(workers: usize, epoch: u64, lines: &[String]) -> Shown {
    let rejects = Arc::new(Kept::default());
    let sources: Vec<Box<dyn Source>> = vec![Box::new(Lines(lines.to_vec(), 0))];
    let engine =
        Engine::start(spec(workers, epoch), sources, Arc::new(Still), rejects.clone()).expect("starts");
    let totals = engine.wait().expect("no fault");
    let Reading { answers, .. } = engine.read(&[(0, Query::default()), (1, Query::default())]);
    let mut kept = std::mem::take(&mut *rejects.0.lock().expect("no panic"));
    kept.sort_unstable();
    (answers, totals, kept)
}

fn line() -> impl Strategy<Value = String> {
    let tags = prop::collection::vec(0..8u8, 0..4);
    let good = (-200..600i64, tags, any::<bool>()).prop_map(|(t, tags, url)| {
        let tags: Vec<String> = tags.iter().map(|tag| format!("\"t{tag}\"")).collect();
        let url = if url { ",\"url\":\"u\"" } else { "" };
        format!("{{\"t\":{t},\"tags\":[{}]{url}}}", tags.join(","))
    });
    let bad = prop::sample::select(vec![
        "{",
        r#"{"t":"x"}"#,
        r#"{"t":5,"tags":[{"a":1}]}"#,
        r#"{"t":7,"tags":"no list"}"#,
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
        let late = one.2.iter().filter(|(reason, _)| *reason == "late").count() as u64;
        prop_assert!(tally.late <= late && late <= one.1.views.iter().map(|view| view.late).sum());
        prop_assert_eq!(&one, &run(2, epoch, &lines));
        prop_assert_eq!(&one, &run(4, epoch, &lines));
    }
}

#[test]
fn a_panic_in_a_worker_ends_the_engine_at_once() {
    let sources: Vec<Box<dyn Source>> = vec![Box::new(Lines(vec!["{".into()], 0))];
    let engine = Engine::start(spec(2, 10), sources, Arc::new(Still), Arc::new(Panics)).expect("starts");
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
    let engine =
        Engine::start(spec(1, 10), vec![Box::new(Fails(false))], Arc::new(Still), Arc::<Kept>::default());
    let engine = engine.expect("starts");
    assert_eq!(engine.wait(), Err(Fault::Source("/no/such/file: gone".into())));
    assert_eq!(engine.totals().tally.counted, 1);
}
