//! Ten million draws by Zipf's law from ten million keys, counted with room for a hundred
//! thousand: every bound that is shown covers the true count, and nothing large is missing.

use oriel_aggregate::{Function, Output};
use oriel_dataflow::source::{Batch, Limits, Source, SourceError, Status};
use oriel_dataflow::{Engine, EngineSpec, EpochRules, Metric, Panes, Rejected, Rejects, ViewPlan};
use oriel_derive::{Deriver, Tables};
use oriel_record::{Schema, SchemaSpec, TimeFormat, TimeSpec};
use oriel_snapshot::{Answer, Counting, Key, Order, Query, Shape, ViewSpec};
use oriel_time::{Clock, ProcessingTime, Span};
use oriel_window::{Pane, ViewTiming, WatermarkRules, Windowing};
use rand::SeedableRng;
use rand::rngs::Xoshiro256PlusPlus;
use rand_distr::{Distribution, Zipf};
use std::io::Write;
use std::sync::{Arc, Mutex, PoisonError};

const KEYS: usize = 10_000_000;
const DRAWS: usize = 10_000_000;
const EXPONENT: f64 = 1.1;
const MAX_KEYS: usize = 100_000;
/// Keys that nothing was drawn of, one record each at the end: what they are said to have
/// at most is what a key that was let go of may have.
const PROBES: usize = 5_000;

/// The draws as records, and how often each key was drawn.
struct Draws {
    random: Xoshiro256PlusPlus,
    law: Zipf<f64>,
    given: usize,
    counts: Arc<Mutex<Vec<u32>>>,
}

impl Source for Draws {
    fn partition(&self) -> &str {
        "draws"
    }

    fn read(&mut self, batch: &mut Batch, limits: Limits) -> Result<Status, SourceError> {
        let mut counts = self.counts.lock().unwrap_or_else(PoisonError::into_inner);
        while batch.records < limits.records && batch.bytes.len() < limits.bytes {
            let key = match self.given {
                DRAWS.. if self.given == DRAWS + PROBES => return Ok(Status::Ended),
                DRAWS.. => KEYS + self.given - DRAWS,
                _ => self.law.sample(&mut self.random) as usize - 1,
            };
            if let Some(count) = counts.get_mut(key) {
                *count += 1;
            }
            writeln!(batch.bytes, "{{\"t\":1,\"k\":\"{key}\"}}").expect("memory is written to");
            batch.records += 1;
            self.given += 1;
        }
        Ok(Status::More)
    }
}

struct Still;

impl Clock for Still {
    fn now(&self) -> ProcessingTime {
        ProcessingTime::from_millis(0)
    }
}

struct Nowhere;

impl Rejects for Nowhere {
    fn reject(&self, rejected: &Rejected<'_>) {
        panic!("rejected: {:?}", rejected.reason);
    }
}

impl Panes for Nowhere {
    fn panes(&self, _: usize, _: Vec<Pane<Key>>) {}
}

fn spec() -> EngineSpec {
    let time = TimeSpec { at: "/t".into(), format: TimeFormat::Millis };
    let fields = vec![("k".into(), "/k".into())];
    let schema = Schema::compile(&SchemaSpec { time, fields, computed: Vec::new() }).expect("a good schema");
    let order = Order { metric: 0, ascending: false };
    let shape = Shape::Top { n: usize::MAX, per: false, order, complete: false };
    let timing = ViewTiming::new(Windowing::Global);
    let list = ViewPlan {
        snapshot: ViewSpec { shape, timing, retain: Span::HOUR, metrics: 1 },
        filter: None,
        key: schema.field("k"),
        per: None,
        keep_null: false,
        metrics: vec![Metric { function: Function::Count, field: None }],
        derived: Vec::new(),
        max_keys: MAX_KEYS,
        panes: false,
    };
    EngineSpec {
        schema,
        deriver: Deriver::compile(&[("k".to_owned(), false)], &[], &[]).expect("nothing to compile"),
        tables: Tables::default(),
        views: vec![list],
        watermarks: WatermarkRules { disorder: Span::ZERO, idle: None, jump: None, align: None },
        future: None,
        epochs: EpochRules { every: None, records: 65_536, bytes: 16 << 20, in_flight: 4 },
        workers: 2,
        shards: 256,
        memory: None,
    }
}

/// The list of all keys that are held at the end, and how often each key was drawn.
fn run() -> (Answer, Vec<u32>) {
    let counts = Arc::new(Mutex::new(vec![0; KEYS]));
    let draws = Draws {
        random: Xoshiro256PlusPlus::seed_from_u64(1),
        law: Zipf::new(KEYS as f64, EXPONENT).expect("a law"),
        given: 0,
        counts: Arc::clone(&counts),
    };
    let engine =
        Engine::start(spec(), vec![Box::new(draws)], Arc::new(Still), Arc::new(Nowhere), Arc::new(Nowhere));
    let engine = engine.expect("it starts");
    assert_eq!(engine.wait().expect("no fault").views[0].counted, (DRAWS + PROBES) as u64);
    let answer = engine.read(&[(0, Query::default())]).answers.remove(0);
    let counts = std::mem::take(&mut *counts.lock().expect("no panic"));
    (answer, counts)
}

fn whole(output: &Output) -> u64 {
    let Output::Long(value) = output else { panic!("{output:?} is no count") };
    u64::try_from(*value).expect("not below zero")
}

#[test]
fn every_bound_covers_the_true_count_and_nothing_large_is_missing() {
    let (answer, mut missing) = run();
    assert_eq!(answer.counting, Counting::SpaceSaving);
    assert!(answer.rows.len() <= MAX_KEYS, "{} keys are held", answer.rows.len());
    let (mut floor, mut exact) = (0, 0);
    for row in &answer.rows {
        let key: usize = row.key.as_deref().and_then(|key| key.parse().ok()).expect("a drawn key");
        let truth = missing.get_mut(key).map_or(1, |count| u64::from(std::mem::take(count)));
        let (value, error) = (whole(&row.outputs[0]), row.error.as_ref().map_or(0, whole));
        assert!(truth <= value && value - error <= truth, "{key}: {truth} is not in {value} - {error}");
        floor = floor.max(error);
        exact += usize::from(error == 0);
    }
    let largest = u64::from(*missing.iter().max().expect("there are keys"));
    assert!(largest <= floor, "a key of {largest} is missing, the largest bound is {floor}");
    // A bound that covers all says nothing: the largest keys were never let go of.
    assert!(exact > 1_000, "{exact} of {} are exact", answer.rows.len());
}
