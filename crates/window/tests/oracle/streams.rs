//! Random streams: what they are drawn from, and how the draws become epochs.

use crate::host::{Epoch, Input, Rules, Verdict, ViewRules};
use proptest::collection::vec;
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

#[derive(Clone, Debug)]
struct Settings {
    base: i64,
    rules: Rules,
    shards: usize,
    ends_early: [bool; PARTITIONS],
    ends_with_its_last_record: bool,
}

/// Where a record lies, from the largest time of its partition.
#[derive(Clone, Debug)]
enum Step {
    By(i64),
    /// So many slides away and so many milliseconds beside the edge.
    Edge(i64, i64),
}

#[derive(Clone, Debug)]
struct Draw {
    worker: usize,
    partition: usize,
    step: Step,
    /// None: it never becomes a record.
    verdicts: Option<Vec<Verdict>>,
}

#[derive(Clone, Debug)]
struct EpochDraw {
    draws: Vec<Draw>,
    clock_step: i64,
    silent: [i64; PARTITIONS],
}

/// Anything goes: records that are too late, silence, clocks that go back.
pub(crate) fn wild() -> impl Strategy<Value = Scenario> {
    (settings(), vec(epoch(), 0..24)).prop_map(|(settings, draws)| build(&settings, &draws, i64::MAX))
}

/// Every record is within disorder and lateness of what its partition gave before,
/// and silence moves nothing.
pub(crate) fn tame() -> impl Strategy<Value = Scenario> {
    (settings(), vec(epoch(), 0..24)).prop_map(|(mut settings, draws)| {
        settings.rules.idle = None;
        let lateness = settings.rules.views.iter().map(|view| view.lateness).min().unwrap_or(0);
        let back = settings.rules.disorder + lateness;
        build(&settings, &draws, back)
    })
}

fn view() -> impl Strategy<Value = ViewRules> {
    let every = proptest::option::of(1..12_i64);
    let records = proptest::option::of(1..5_u64);
    (1..12_i64, 1..5_i64, prop_oneof![Just(0), 1..25_i64], every, records).prop_map(
        |(slide, slices, lateness, every, records)| ViewRules {
            size: slide * slices,
            slide,
            lateness,
            every,
            records,
        },
    )
}

fn settings() -> impl Strategy<Value = Settings> {
    let rules = (0..10_i64, proptest::option::of(1..20_i64), 1..=PARTITIONS, vec(view(), 1..=VIEWS))
        .prop_map(|(disorder, idle, partitions, views)| Rules { disorder, idle, partitions, views });
    let base =
        prop_oneof![6 => Just(BASES[0]), 6 => Just(BASES[1]), 1 => Just(BASES[2]), 1 => Just(BASES[3])];
    (base, rules, 1..5_usize, any::<[bool; PARTITIONS]>(), any::<bool>()).prop_map(
        |(base, rules, shards, ends_early, ends_with_its_last_record)| Settings {
            base,
            rules,
            shards,
            ends_early,
            ends_with_its_last_record,
        },
    )
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
    (0..4_usize, 0..PARTITIONS, step, verdicts).prop_map(|(worker, partition, step, verdicts)| Draw {
        worker,
        partition,
        step,
        verdicts,
    })
}

fn epoch() -> impl Strategy<Value = EpochDraw> {
    let silent = prop_oneof![Just([0; PARTITIONS]), proptest::array::uniform3(0..30_i64)];
    (vec(draw(), 0..6), -2..10_i64, silent).prop_map(|(draws, clock_step, silent)| EpochDraw {
        draws,
        clock_step,
        silent,
    })
}

/// No record is more than `back` behind the largest time of its partition.
fn build(settings: &Settings, draws: &[EpochDraw], back: i64) -> Scenario {
    let rules = &settings.rules;
    let mut largest = [None; PARTITIONS];
    let mut clock = settings.base;
    let mut epochs = Vec::new();
    for draw in draws {
        clock += draw.clock_step;
        let inputs = draw.draws.iter().map(|draw| (draw.worker, input(draw, settings, &mut largest, back)));
        epochs.push(Epoch {
            inputs: inputs.collect(),
            clock,
            partitions: draw.silent[..rules.partitions].iter().map(|silent| (*silent, false)).collect(),
        });
    }
    if !settings.ends_with_its_last_record || epochs.is_empty() {
        epochs.push(Epoch { inputs: Vec::new(), clock, partitions: vec![(0, false); rules.partitions] });
    }
    end(settings, &mut epochs);
    Scenario { rules: rules.clone(), epochs, shards: settings.shards }
}

fn input(draw: &Draw, settings: &Settings, largest: &mut [Option<i64>; PARTITIONS], back: i64) -> Input {
    let Some(verdicts) = &draw.verdicts else { return Input::Broken };
    let rules = &settings.rules;
    let partition = draw.partition % rules.partitions;
    let front = largest[partition].unwrap_or(settings.base);
    let slide = rules.views[0].slide;
    let drawn = match draw.step {
        Step::By(step) => front + step,
        Step::Edge(slides, beside) => front - front.rem_euclid(slide) + slides * slide + beside,
    };
    let time = drawn.max(front.saturating_sub(back));
    largest[partition] = Some(front.max(time));
    Input::Record { partition, time, verdicts: verdicts[..rules.views.len()].to_vec() }
}

/// Some partitions end in the epoch of their last record, all end in the last epoch.
fn end(settings: &Settings, epochs: &mut [Epoch]) {
    for partition in 0..settings.rules.partitions {
        let gives = |epoch: &Epoch| {
            let mine = |input: &Input| matches!(input, Input::Record { partition: p, .. } if *p == partition);
            epoch.inputs.iter().any(|(_, input)| mine(input))
        };
        let last = epochs.iter().rposition(gives).unwrap_or(0);
        let ends = if settings.ends_early[partition] { last } else { epochs.len() - 1 };
        for epoch in &mut epochs[ends..] {
            epoch.partitions[partition].1 = true;
        }
    }
}

impl Scenario {
    /// The same stream with one record an epoch.
    pub(crate) fn one_by_one(&self) -> Scenario {
        let mut running = vec![false; self.rules.partitions];
        let mut epochs = Vec::new();
        for epoch in &self.epochs {
            let still: Vec<_> =
                epoch.partitions.iter().zip(&running).map(|((silent, _), ended)| (*silent, *ended)).collect();
            for input in &epoch.inputs {
                epochs.push(Epoch {
                    inputs: vec![input.clone()],
                    clock: epoch.clock,
                    partitions: still.clone(),
                });
            }
            if epoch.inputs.is_empty() {
                epochs.push(epoch.clone());
            }
            if let Some(last) = epochs.last_mut() {
                last.partitions.clone_from(&epoch.partitions);
            }
            running = epoch.partitions.iter().map(|(_, ended)| *ended).collect();
        }
        Scenario { rules: self.rules.clone(), epochs, shards: self.shards }
    }

    /// Every record that a view takes if it comes in time: view, time, keys.
    pub(crate) fn taken(&self) -> Vec<(usize, i64, Vec<String>)> {
        let mut taken = Vec::new();
        for (_, input) in self.epochs.iter().flat_map(|epoch| &epoch.inputs) {
            let Input::Record { time, verdicts, .. } = input else { continue };
            for (view, verdict) in verdicts.iter().enumerate() {
                if let Verdict::Keys(keys) = verdict {
                    taken.push((view, *time, keys.clone()));
                }
            }
        }
        taken
    }
}
