//! Random streams: what they are drawn from.

mod build;

use crate::host::plain::{Epoch, Firing, Mode, Rules, Verdict, ViewRules, Windows};
use build::build;
use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;

/// A configuration and a stream that ends.
#[derive(Clone, Debug)]
pub(crate) struct Scenario {
    pub(crate) rules: Rules,
    pub(crate) epochs: Vec<Epoch>,
    pub(crate) shards: usize,
}

const PARTITIONS: usize = 3;
const VIEWS: usize = 2;
/// The first and the last valid event time with some room for what is drawn.
const BASES: [i64; 4] = [0, -97, -62_135_596_800_000 + 5_000, 253_402_300_799_999 - 50_000];

/// How a stream is built from draws.
#[derive(Clone, Debug)]
struct Settings {
    base: i64,
    rules: Rules,
    shards: usize,
    ends_early: [bool; PARTITIONS],
    ends_with_its_last_record: bool,
    /// The epoch from which on all partitions are there.
    all_appear: usize,
    /// How far a record may be behind the largest time of its partition.
    back: i64,
}

/// Where a record lies, from the largest time of its partition.
#[derive(Clone, Debug)]
enum Step {
    By(i64),
    /// So many slides or gaps away and so many milliseconds beside the edge.
    Edge(i64, i64),
}

#[derive(Clone, Debug)]
struct Draw {
    worker: usize,
    partition: usize,
    step: Step,
    value: usize,
    /// None: it never becomes a record.
    verdicts: Option<Vec<Verdict>>,
}

#[derive(Clone, Debug)]
struct EpochDraw {
    draws: Vec<Draw>,
    clock_step: i64,
    silent: [i64; PARTITIONS],
}

/// Anything goes: records that are too late, silence, jumps, partitions that come later,
/// clocks that go back.
pub(crate) fn wild() -> impl Strategy<Value = Scenario> {
    (settings(), vec(epoch(), 0..24)).prop_map(|(settings, draws)| build(&settings, &draws))
}

/// Every record is within disorder and lateness of what its partition gave before,
/// and silence moves nothing.
pub(crate) fn tame() -> impl Strategy<Value = Scenario> {
    (settings(), vec(epoch(), 0..24)).prop_map(|(mut settings, draws)| {
        settings.rules.idle = None;
        settings.all_appear = usize::MAX;
        let lateness = settings.rules.views.iter().map(|view| view.lateness).min().unwrap_or(0);
        settings.back = settings.rules.disorder + lateness;
        build(&settings, &draws)
    })
}

/// Shards may keep so many entries, sessions apart.
pub(crate) fn capped() -> impl Strategy<Value = Scenario> {
    (wild(), 0..5_usize).prop_map(|(mut scenario, cap)| {
        scenario.rules.views.iter_mut().for_each(|view| view.cap = Some(cap));
        scenario
    })
}

fn windows() -> impl Strategy<Value = Windows> {
    let aligned = (1..12_i64, 1..5_i64, prop_oneof![Just(0), -20..20_i64])
        .prop_map(|(slide, slices, offset)| Windows::Aligned { size: slide * slices, slide, offset });
    prop_oneof![
        1 => Just(Windows::Global),
        4 => aligned,
        4 => (1..15_i64).prop_map(|gap| Windows::Sessions { gap }),
    ]
}

fn firing() -> impl Strategy<Value = Firing> {
    let some = (option::of(1..12_i64), option::of(1..5_u64));
    some.prop_map(|(every, records)| Firing { every, records })
}

fn view() -> impl Strategy<Value = ViewRules> {
    let lateness = prop_oneof![Just(0), 1..25_i64];
    let mode = prop_oneof![Just(Mode::Accumulating), Just(Mode::Discarding), Just(Mode::Retracting)];
    (windows(), lateness, firing(), firing(), proptest::bool::weighted(0.3), mode).prop_map(
        |(windows, lateness, early, late, unchanged, mode)| ViewRules {
            windows,
            lateness,
            early,
            late,
            unchanged,
            mode,
            cap: None,
        },
    )
}

fn rules() -> impl Strategy<Value = Rules> {
    let spans = (0..10_i64, option::of(1..20_i64), option::of(1..40_i64), option::of(0..40_i64));
    (spans, 1..=PARTITIONS, vec(view(), 1..=VIEWS)).prop_map(
        |((disorder, idle, jump, align), partitions, views)| Rules {
            disorder,
            idle,
            jump,
            align,
            partitions,
            views,
        },
    )
}

fn settings() -> impl Strategy<Value = Settings> {
    let base =
        prop_oneof![6 => Just(BASES[0]), 6 => Just(BASES[1]), 1 => Just(BASES[2]), 1 => Just(BASES[3])];
    let ends = (any::<[bool; PARTITIONS]>(), any::<bool>());
    (base, rules(), 1..5_usize, ends, 0..30_usize).prop_map(|(base, rules, shards, ends, all_appear)| {
        let (ends_early, ends_with_its_last_record) = ends;
        Settings { base, rules, shards, ends_early, ends_with_its_last_record, all_appear, back: i64::MAX }
    })
}

fn verdict() -> impl Strategy<Value = Verdict> {
    let keys = proptest::sample::subsequence(vec!["a", "b", "c", "d", "e"], 1..=3)
        .prop_map(|keys| Verdict::Keys(keys.into_iter().map(str::to_owned).collect()));
    prop_oneof![8 => keys, 1 => Just(Verdict::Filtered), 1 => Just(Verdict::Bad)]
}

fn draw() -> impl Strategy<Value = Draw> {
    let step = prop_oneof![
        5 => (-8..10_i64).prop_map(Step::By),
        3 => (-60..4_i64).prop_map(Step::By),
        4 => (-4..3_i64, -1..=1_i64).prop_map(|(slides, beside)| Step::Edge(slides, beside)),
        1 => (20..300_i64).prop_map(Step::By),
    ];
    let verdicts = prop_oneof![15 => vec(verdict(), VIEWS).prop_map(Some), 1 => Just(None)];
    (0..4_usize, 0..PARTITIONS, step, 0..6_usize, verdicts).prop_map(
        |(worker, partition, step, value, verdicts)| Draw { worker, partition, step, value, verdicts },
    )
}

fn epoch() -> impl Strategy<Value = EpochDraw> {
    let silent = prop_oneof![Just([0; PARTITIONS]), proptest::array::uniform3(0..15_i64)];
    (vec(draw(), 0..6), -2..10_i64, silent).prop_map(|(draws, clock_step, silent)| EpochDraw {
        draws,
        clock_step,
        silent,
    })
}
