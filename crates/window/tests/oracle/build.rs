//! How draws become a stream, and what else can be made of it.

use super::{Draw, EpochDraw, PARTITIONS, Scenario, Settings, Step};
use crate::host::plain::{Epoch, Input, Verdict, Windows};
use crate::naive::Taken;

/// No record is further behind than the settings allow.
pub(super) fn build(settings: &Settings, draws: &[EpochDraw]) -> Scenario {
    let mut largest = [None; PARTITIONS];
    let mut silent = [0; PARTITIONS];
    let mut clock = settings.base;
    let mut epochs = Vec::new();
    for (number, draw) in draws.iter().enumerate() {
        clock += draw.clock_step;
        let partitions = partitions(settings, number);
        let input = |draw: &Draw| (draw.worker, input(draw, partitions, settings, &mut largest));
        let inputs: Vec<(usize, Input)> = draw.draws.iter().map(input).collect();
        for (partition, silent) in silent.iter_mut().enumerate() {
            // Silence lasts until the next record.
            let spoke = gives(&inputs, partition);
            *silent = draw.silent[partition] + if spoke { 0 } else { *silent };
        }
        let partitions = silent[..partitions].iter().map(|silent| (*silent, false)).collect();
        epochs.push(Epoch { inputs, clock, partitions });
    }
    if !settings.ends_with_its_last_record || epochs.is_empty() {
        let partitions = partitions(settings, epochs.len());
        epochs.push(Epoch { inputs: Vec::new(), clock, partitions: vec![(0, false); partitions] });
    }
    end(settings, &mut epochs);
    Scenario { rules: settings.rules.clone(), epochs, shards: settings.shards }
}

/// How many partitions there are in an epoch.
fn partitions(settings: &Settings, epoch: usize) -> usize {
    if epoch >= settings.all_appear { PARTITIONS } else { settings.rules.partitions }
}

fn input(
    draw: &Draw,
    partitions: usize,
    settings: &Settings,
    largest: &mut [Option<i64>; PARTITIONS],
) -> Input {
    let Some(verdicts) = &draw.verdicts else { return Input::Broken };
    let rules = &settings.rules;
    let partition = draw.partition % partitions;
    let front = largest[partition].unwrap_or(settings.base);
    let drawn = match (&draw.step, rules.views[0].windows) {
        (Step::By(step), _) => front + step,
        (Step::Edge(slides, beside), Windows::Aligned { slide, offset, .. }) => {
            front - (front - offset).rem_euclid(slide) + slides * slide + beside
        }
        (Step::Edge(gaps, beside), Windows::Sessions { gap }) => front + gaps * gap + beside,
        (Step::Edge(_, beside), Windows::Global) => front + beside,
    };
    let time = drawn.max(front.saturating_sub(settings.back));
    largest[partition] = Some(front.max(time));
    let verdicts = verdicts[..rules.views.len()].to_vec();
    Input::Record { partition, time, value: draw.value, verdicts }
}

fn gives(inputs: &[(usize, Input)], partition: usize) -> bool {
    let mine = |input: &Input| matches!(input, Input::Record { partition: p, .. } if *p == partition);
    inputs.iter().any(|(_, input)| mine(input))
}

/// Some partitions end in the epoch of their last record, all end in the last epoch.
fn end(settings: &Settings, epochs: &mut [Epoch]) {
    for partition in 0..PARTITIONS {
        let last = epochs.iter().rposition(|epoch| gives(&epoch.inputs, partition)).unwrap_or(0);
        let ends = if settings.ends_early[partition] { last } else { epochs.len() - 1 };
        for entry in epochs[ends..].iter_mut().filter_map(|epoch| epoch.partitions.get_mut(partition)) {
            entry.1 = true;
        }
    }
}

impl Scenario {
    /// The same stream with one record an epoch.
    pub(crate) fn one_by_one(&self) -> Scenario {
        let mut stands = vec![(0, false); self.rules.partitions];
        let mut epochs: Vec<Epoch> = Vec::new();
        for epoch in &self.epochs {
            stands.resize(epoch.partitions.len(), (0, false));
            for (worker, input) in &epoch.inputs {
                if let Input::Record { partition, .. } = input {
                    stands[*partition].0 = 0;
                }
                let inputs = vec![(*worker, input.clone())];
                epochs.push(Epoch { inputs, clock: epoch.clock, partitions: stands.clone() });
            }
            if epoch.inputs.is_empty() {
                epochs.push(epoch.clone());
            }
            if let Some(last) = epochs.last_mut() {
                last.partitions.clone_from(&epoch.partitions);
            }
            stands.clone_from(&epoch.partitions);
        }
        Scenario { epochs, ..self.clone() }
    }

    /// Every record that a view takes if it comes in time: view, record, keys.
    pub(crate) fn taken(&self) -> Vec<(usize, Taken, Vec<String>)> {
        let mut taken = Vec::new();
        for (_, input) in self.epochs.iter().flat_map(|epoch| &epoch.inputs) {
            let Input::Record { time, value, verdicts, .. } = input else { continue };
            for (view, verdict) in verdicts.iter().enumerate() {
                if let Verdict::Keys(keys) = verdict {
                    taken.push((view, Taken { time: *time, value: *value }, keys.clone()));
                }
            }
        }
        taken
    }
}
