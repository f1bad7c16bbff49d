//! Several partitions, and lookups that change while the stream runs.

use crate::support::{Given, Kept, Still};
use oriel_aggregate::Function;
use oriel_dataflow::source::{Batch, Limits, Source, SourceError, Status};
use oriel_dataflow::{Engine, EngineSpec, EpochRules, Metric, ViewPlan};
use oriel_derive::{Deriver, LookupSpec, Table, TableFormat, Tables};
use oriel_record::{Schema, SchemaSpec, TimeFormat, TimeSpec};
use oriel_snapshot::{Query, Shape, ViewSpec};
use oriel_time::{EventTime, Span};
use oriel_window::{Life, ViewTiming, WatermarkRules, Windowing};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::sync::{Arc, Mutex};

/// A source that gives what it is sent, and says how often it was asked.
struct Fed {
    name: &'static str,
    lines: Receiver<String>,
    given: Arc<Mutex<usize>>,
}

impl Source for Fed {
    fn partition(&self) -> &str {
        self.name
    }

    fn read(&mut self, batch: &mut Batch, _: Limits) -> Result<Status, SourceError> {
        match self.lines.recv() {
            Ok(line) => {
                batch.bytes.extend_from_slice(line.as_bytes());
                batch.bytes.push(b'\n');
                batch.records = 1;
                *self.given.lock().expect("no panic") += 1;
                Ok(Status::More)
            }
            Err(_) => Ok(Status::Ended),
        }
    }
}

fn fed(name: &'static str) -> (SyncSender<String>, Arc<Mutex<usize>>, Box<dyn Source>) {
    let (sender, lines) = sync_channel(100);
    let given = Arc::default();
    (sender, Arc::clone(&given), Box::new(Fed { name, lines, given }))
}

fn table(text: &str) -> Tables {
    let table = Table::parse(TableFormat::Csv, text.as_bytes(), "id", None).expect("a table");
    Tables::new(vec![Arc::new(table)])
}

/// A series by the name that a key is looked up to, an epoch a record.
fn spec(workers: usize) -> EngineSpec {
    let lookup = LookupSpec { name: "ads".into(), field: "ad".into(), columns: vec!["name".into()] };
    let deriver = Deriver::compile(&[("ad".to_owned(), false)], &[lookup], &[]).expect("it compiles");
    let schema = Schema::compile(&SchemaSpec {
        time: TimeSpec { at: "/t".into(), format: TimeFormat::Millis },
        fields: vec![("ad".into(), "/ad".into())],
        computed: deriver.computed().to_vec(),
    })
    .expect("a good schema");
    let timing = ViewTiming::new(Windowing::tumbling(Span::from_millis(1_000)));
    let view = ViewPlan {
        snapshot: ViewSpec { shape: Shape::Series { fill: false }, timing, retain: Span::HOUR, metrics: 1 },
        filter: None,
        key: schema.field("ads.name"),
        per: None,
        keep_null: true,
        metrics: vec![Metric { function: Function::Count, field: None }],
        derived: Vec::new(),
        max_keys: 100,
        panes: false,
    };
    let align = Some(Span::from_millis(50));
    EngineSpec {
        schema,
        deriver,
        tables: table("id,name\n1,old\n"),
        views: vec![view],
        watermarks: WatermarkRules { disorder: Span::ZERO, idle: None, jump: None, align },
        future: None,
        epochs: EpochRules { every: None, records: 1, bytes: 1 << 20, in_flight: 4 },
        workers,
        shards: 4,
        memory: None,
    }
}

/// Waits until it is so: a wrong engine fails by the test runner's own patience.
fn until(mut so: impl FnMut() -> bool) {
    let deadline = std::time::Instant::now() + std::time::Duration::from_secs(30);
    while !so() {
        assert!(std::time::Instant::now() < deadline, "it never came to be so");
        std::thread::yield_now();
    }
}

#[test]
fn a_partition_far_ahead_is_not_read_until_the_others_come_near() {
    let ((fast, fast_given, a), (slow, _, b)) = (fed("fast"), fed("slow"));
    let engine =
        Engine::start(spec(2), vec![a, b], Arc::new(Still), Arc::<Kept>::default(), Arc::<Given>::default());
    let engine = engine.expect("starts");
    slow.send("{\"t\":0}".into()).expect("taken");
    until(|| engine.totals().tally.read == 1);
    fast.send("{\"t\":100}".into()).expect("taken");
    until(|| engine.totals().partitions.first().is_some_and(|partition| partition.ahead));
    for _ in 0..20 {
        fast.send("{\"t\":101}".into()).expect("taken");
    }
    slow.send("{\"t\":1}".into()).expect("taken");
    until(|| engine.totals().tally.read >= 3);
    // The reader may have been waiting for its next record already, but for no other.
    assert!(*fast_given.lock().expect("no panic") <= 2, "it was read though it is ahead");
    let stands = engine.totals().partitions;
    assert!(stands[0].ahead && !stands[0].holds && stands[1].holds, "{stands:?}");
    slow.send("{\"t\":60}".into()).expect("taken");
    until(|| *fast_given.lock().expect("no panic") == 21);
    drop(fast);
    drop(slow);
    let totals = engine.wait().expect("no fault");
    assert_eq!(totals.watermark, EventTime::END);
    assert!(totals.partitions.iter().all(|partition| partition.life == Life::Ended));
    assert_eq!(engine.partitions(), ["fast", "slow"]);
}

#[test]
fn a_lookup_changes_at_an_epochs_end_and_misses_are_counted() {
    let (sender, _, source) = fed("one");
    let engine = Engine::start(
        spec(2),
        vec![source],
        Arc::new(Still),
        Arc::<Kept>::default(),
        Arc::<Given>::default(),
    );
    let engine = engine.expect("starts");
    let send = |ad: &str| sender.send(format!("{{\"t\":5,\"ad\":{ad}}}")).expect("taken");
    ["1", "1", "2", "null"].into_iter().for_each(send);
    until(|| engine.totals().tally.read == 4);
    engine.replace_tables(table("id,name\n1,new\n2,second\n"));
    // The epoch that is open has the old version still.
    ["1", "1", "2"].into_iter().for_each(send);
    drop(sender);
    let totals = engine.wait().expect("no fault");
    assert_eq!(totals.misses.of(0), 1);
    let answer = &engine.read(&[(0, Query::default())]).answers[0];
    let counted: Vec<String> =
        answer.rows.iter().map(|row| format!("{:?} {:?}", row.key, row.outputs)).collect();
    let expected = [
        "None [Long(2)]",
        "Some(\"new\") [Long(1)]",
        "Some(\"old\") [Long(3)]",
        "Some(\"second\") [Long(1)]",
    ];
    assert_eq!(counted, expected);
}

#[test]
fn a_partition_that_ends_lets_those_go_on_that_wait_for_it() {
    let ((fast, _, a), (slow, _, b)) = (fed("fast"), fed("slow"));
    let mut spec = spec(2);
    spec.epochs.records = 100;
    let engine =
        Engine::start(spec, vec![a, b], Arc::new(Still), Arc::<Kept>::default(), Arc::<Given>::default());
    let engine = engine.expect("starts");
    (0..100).for_each(|_| slow.send("{\"t\":0}".into()).expect("taken"));
    until(|| engine.totals().tally.read == 100);
    (0..100).for_each(|_| fast.send("{\"t\":10000}".into()).expect("taken"));
    until(|| engine.totals().partitions.first().is_some_and(|partition| partition.ahead));
    drop(slow);
    until(|| engine.totals().partitions.first().is_some_and(|partition| !partition.ahead));
    drop(fast);
    assert_eq!(engine.wait().expect("no fault").tally.counted, 200);
}

#[test]
fn a_source_that_fails_ends_the_run_of_all() {
    struct Fails;
    impl Source for Fails {
        fn partition(&self) -> &str {
            "fails"
        }
        fn read(&mut self, _: &mut Batch, _: Limits) -> Result<Status, SourceError> {
            Err(SourceError("/no/such/file: gone".into()))
        }
    }
    /// It never has anything, and never ends by itself.
    struct Silent;
    impl Source for Silent {
        fn partition(&self) -> &str {
            "silent"
        }
        fn read(&mut self, _: &mut Batch, _: Limits) -> Result<Status, SourceError> {
            std::thread::yield_now();
            Ok(Status::CaughtUp)
        }
    }
    let sources: Vec<Box<dyn Source>> = vec![Box::new(Silent), Box::new(Fails)];
    let engine =
        Engine::start(spec(1), sources, Arc::new(Still), Arc::<Kept>::default(), Arc::<Given>::default());
    let ended = engine.expect("starts").wait();
    assert_eq!(ended, Err(oriel_dataflow::Fault::Source("/no/such/file: gone".into())));
}
