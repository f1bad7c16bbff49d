//! Time to watermark: the life cycle of partitions, and the least of them.
//!
//! A partition is waiting (no record yet: it holds the stream at the beginning of
//! time), active, idle (left out until its next record) or ended (left out for good).

use crate::epoch::{Life, PartitionCut, PartitionStand, Spread};
use oriel_time::{EventTime, Span};

/// What moves watermarks.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct WatermarkRules {
    /// How far behind the largest event time a watermark stays.
    pub disorder: Span,
    /// A partition caught up for this long no longer holds the stream; never if absent.
    pub idle: Option<Span>,
    /// Records further ahead of their partition move nothing, unless they are most of
    /// its epoch; all do if absent.
    pub jump: Option<Span>,
    /// A partition further ahead of the stream is not to be read for now; all are if absent.
    pub align: Option<Span>,
}

impl WatermarkRules {
    /// The stretch of times that a time lies in: two in one are no jump apart.
    pub fn stretch(&self, time: EventTime) -> i64 {
        self.jump.map_or(0, |jump| time.millis().div_euclid(jump.millis()))
    }
}

/// One partition of a source, as far as the watermark needs it.
#[derive(Clone, Debug)]
pub(crate) struct Partition {
    life: Life,
    largest: EventTime,
    watermark: EventTime,
    caught_up: Span,
}

impl Partition {
    /// A partition from which nothing has come yet; the stream is there already.
    pub(crate) fn new(stream: EventTime) -> Self {
        Partition {
            life: Life::Waiting,
            largest: EventTime::BEGINNING,
            watermark: stream,
            caught_up: Span::ZERO,
        }
    }

    /// Takes one epoch: the times in it, and how the source stood when it was cut. Gives
    /// the largest time that moved the watermark; no later one of this epoch did.
    pub(crate) fn close(
        &mut self,
        spreads: &mut [Spread],
        cut: &PartitionCut,
        rules: &WatermarkRules,
    ) -> Option<EventTime> {
        let front = self.front(spreads, rules.jump);
        if let Some(front) = front {
            self.largest = self.largest.max(front);
            self.watermark = self.watermark.max(self.largest.sub(rules.disorder));
        }
        self.caught_up = cut.caught_up;
        self.life = if cut.ended {
            Life::Ended
        } else if rules.idle.is_some_and(|limit| cut.caught_up >= limit) {
            Life::Idle
        } else if self.largest == EventTime::BEGINNING {
            Life::Waiting
        } else {
            Life::Active
        };
        front
    }

    /// The largest time of the epoch that is no jump, reached from the largest time
    /// before in steps of at most a jump; of all if most are beyond a jump.
    fn front(&self, spreads: &mut [Spread], jump: Option<Span>) -> Option<EventTime> {
        spreads.sort_unstable_by_key(|spread| spread.stretch);
        let most = spreads.iter().map(|spread| spread.most).max();
        let Some(jump) = jump else { return most };
        let mut front = (self.largest > EventTime::BEGINNING).then_some(self.largest);
        let (mut within, mut all) = (0, 0);
        for spread in &*spreads {
            all += spread.records;
            if front.is_none_or(|front| spread.least <= front.add(jump)) {
                front = front.max(Some(spread.most));
                within += spread.records;
            }
        }
        if within * 2 < all { most } else { front }
    }

    fn holds(&self) -> bool {
        matches!(self.life, Life::Waiting | Life::Active)
    }

    pub(crate) fn stand(&self, stream: EventTime, align: Option<Span>) -> PartitionStand {
        let ahead = |align| stream > EventTime::BEGINNING && self.watermark > stream.add(align);
        PartitionStand {
            life: self.life,
            watermark: self.watermark,
            largest: self.largest,
            holds: self.holds() && self.watermark <= stream,
            ahead: self.life != Life::Ended && align.is_some_and(ahead),
        }
    }
}

/// The stream's watermark: the least over waiting and active partitions; when all are
/// idle, the largest with the time that it has been silent (of two as large, the longer
/// silence); the end of time when there are partitions and every one has ended by itself.
/// The caller keeps it from going back.
pub(crate) fn stream(partitions: &[Partition]) -> EventTime {
    if let Some(least) = partitions.iter().filter(|p| p.holds()).map(|p| p.watermark).min() {
        return least;
    }
    if !partitions.is_empty() && partitions.iter().all(|p| p.life == Life::Ended) {
        return EventTime::END;
    }
    let idle = partitions.iter().filter(|p| p.life == Life::Idle);
    idle.max_by_key(|p| (p.watermark, p.caught_up))
        .map_or(EventTime::BEGINNING, |p| p.watermark.add(p.caught_up))
}

#[cfg(test)]
mod tests;
