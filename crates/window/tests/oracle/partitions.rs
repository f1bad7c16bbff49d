//! Watermarks: each partition keeps all the times that moved it.

use crate::host::plain::{Epoch, Input, Rules, Stand};
use crate::naive::{BEGINNING, END};

/// All partitions, and the watermark that they give.
pub(crate) struct Partitions {
    all: Vec<Partition>,
    pub(crate) watermark: i64,
}

#[derive(Clone)]
struct Partition {
    /// The stream's watermark when it appeared.
    appeared: i64,
    times: Vec<i64>,
    silent: i64,
    ended: bool,
}

impl Partitions {
    pub(crate) fn new(partitions: usize) -> Self {
        let waiting = Partition { appeared: BEGINNING, times: Vec::new(), silent: 0, ended: false };
        Partitions { all: vec![waiting; partitions], watermark: BEGINNING }
    }

    /// Gives the records, by partition and time, that moved a watermark or were behind
    /// one that did.
    pub(crate) fn close(&mut self, epoch: &Epoch, rules: &Rules) -> Vec<(usize, i64)> {
        let mut moving = Vec::new();
        for (number, (silent, ended)) in epoch.partitions.iter().enumerate() {
            if number == self.all.len() {
                let appeared = self.watermark;
                self.all.push(Partition { appeared, times: Vec::new(), silent: 0, ended: false });
            }
            let partition = &mut self.all[number];
            let times = epoch.inputs.iter().filter_map(|(_, input)| match input {
                Input::Record { partition, time, .. } if *partition == number => Some(*time),
                _ => None,
            });
            let moved = partition.no_jumps(times.collect(), rules.jump);
            moving.extend(moved.iter().map(|time| (number, *time)));
            partition.times.extend(moved);
            partition.silent = *silent;
            partition.ended = *ended;
        }
        self.watermark = self.watermark.max(self.stream(rules));
        moving
    }

    fn stream(&self, rules: &Rules) -> i64 {
        let running: Vec<&Partition> = self.all.iter().filter(|p| !p.ended).collect();
        if running.is_empty() {
            return END;
        }
        let holding = running.iter().filter(|p| !p.idle(rules)).map(|p| p.watermark(rules)).min();
        holding.unwrap_or_else(|| {
            // All that still run are idle. Of two as far ahead, the longer silence counts.
            let furthest = running.iter().map(|p| p.watermark(rules)).max().expect("some are running");
            let as_far = running.iter().filter(|p| p.watermark(rules) == furthest);
            let silence = as_far.map(|p| p.silent).max().expect("the furthest is one of them");
            if furthest == BEGINNING { BEGINNING } else { furthest.saturating_add(silence) }
        })
    }

    pub(crate) fn stands(&self, rules: &Rules) -> Vec<Stand> {
        self.all.iter().map(|partition| partition.stand(self.watermark, rules)).collect()
    }
}

impl Partition {
    /// The times that are no more than a jump ahead of the largest before them, when they
    /// are looked at in order; all if most are.
    fn no_jumps(&self, mut times: Vec<i64>, jump: Option<i64>) -> Vec<i64> {
        let Some(jump) = jump else { return times };
        times.sort_unstable();
        let mut largest = self.times.iter().copied().max();
        let mut near = Vec::new();
        for time in &times {
            if largest.is_none_or(|largest| *time <= largest + jump) {
                largest = largest.max(Some(*time));
                near.push(*time);
            }
        }
        if (times.len() - near.len()) * 2 > times.len() { times } else { near }
    }

    fn watermark(&self, rules: &Rules) -> i64 {
        let largest = self.times.iter().max();
        largest.map_or(BEGINNING, |time| time - rules.disorder).max(self.appeared)
    }

    fn idle(&self, rules: &Rules) -> bool {
        rules.idle.is_some_and(|idle| self.silent >= idle)
    }

    fn stand(&self, stream: i64, rules: &Rules) -> Stand {
        let life = match self {
            Partition { ended: true, .. } => "ended",
            idle if idle.idle(rules) => "idle",
            Partition { times, .. } if times.is_empty() => "waiting",
            _ => "active",
        };
        let watermark = self.watermark(rules);
        let ahead = |align: i64| stream > BEGINNING && watermark > stream.saturating_add(align);
        Stand {
            life,
            watermark,
            largest: self.times.iter().copied().max().unwrap_or(BEGINNING),
            holds: matches!(life, "waiting" | "active") && watermark <= stream,
            ahead: life != "ended" && rules.align.is_some_and(ahead),
        }
    }
}
