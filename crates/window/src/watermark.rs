//! Time to watermark: the life cycle of partitions, and the least of them.
//!
//! A partition is waiting (no record yet: it holds the stream at the beginning of
//! time), active, idle (left out until its next record) or ended (left out for good).

use crate::epoch::PartitionCut;
use oriel_time::{EventTime, Span};

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Life {
    Waiting,
    Active,
    Idle,
    Ended,
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
    /// A partition from which nothing has come yet.
    pub(crate) fn new() -> Self {
        Partition {
            life: Life::Waiting,
            largest: EventTime::BEGINNING,
            watermark: EventTime::BEGINNING,
            caught_up: Span::ZERO,
        }
    }

    /// Takes one epoch: the largest event time in it, and how the source stood when it was cut.
    pub(crate) fn close(
        &mut self,
        largest: Option<EventTime>,
        cut: &PartitionCut,
        disorder: Span,
        idle: Option<Span>,
    ) {
        if let Some(time) = largest {
            self.largest = self.largest.max(time);
            self.watermark = self.watermark.max(self.largest.sub(disorder));
        }
        self.caught_up = cut.caught_up;
        self.life = if cut.ended {
            Life::Ended
        } else if idle.is_some_and(|limit| cut.caught_up >= limit) {
            Life::Idle
        } else if self.largest == EventTime::BEGINNING {
            Life::Waiting
        } else {
            Life::Active
        };
    }
}

/// The stream's watermark: the least over waiting and active partitions; when all are
/// idle, the largest with the time that it has been silent (of two as large, the longer
/// silence); the end of time when every partition has ended by itself. The caller keeps
/// it from going back.
pub(crate) fn stream(partitions: &[Partition]) -> EventTime {
    let holding = |p: &&Partition| matches!(p.life, Life::Waiting | Life::Active);
    if let Some(least) = partitions.iter().filter(holding).map(|p| p.watermark).min() {
        return least;
    }
    if partitions.iter().all(|p| p.life == Life::Ended) {
        return EventTime::END;
    }
    let idle = partitions.iter().filter(|p| p.life == Life::Idle);
    idle.max_by_key(|p| (p.watermark, p.caught_up))
        .map_or(EventTime::BEGINNING, |p| p.watermark.add(p.caught_up))
}

#[cfg(test)]
mod tests {
    use super::*;

    const DISORDER: Span = Span::from_millis(2);
    const IDLE: Option<Span> = Some(Span::from_millis(10));

    fn at(millis: i64) -> EventTime {
        EventTime::from_millis(millis)
    }

    fn cut(caught_up: i64, ended: bool) -> PartitionCut {
        PartitionCut { caught_up: Span::from_millis(caught_up), ended }
    }

    fn seen(time: i64) -> Partition {
        let mut partition = Partition::new();
        partition.close(Some(at(time)), &cut(0, false), DISORDER, IDLE);
        partition
    }

    #[test]
    fn the_slowest_partition_holds_the_others_back() {
        assert_eq!(stream(&[seen(10), seen(5)]), at(3));
        assert_eq!(stream(&[seen(10), Partition::new()]), EventTime::BEGINNING);
    }

    #[test]
    fn an_earlier_event_never_moves_a_watermark_back() {
        let mut partition = seen(10);
        partition.close(Some(at(4)), &cut(0, false), DISORDER, IDLE);
        assert_eq!(stream(&[partition]), at(8));
    }

    #[test]
    fn an_idle_partition_is_left_out_until_its_next_record() {
        let mut idle = seen(5);
        idle.close(None, &cut(10, false), DISORDER, IDLE);
        assert_eq!(stream(&[seen(20), idle.clone()]), at(18));
        idle.close(Some(at(6)), &cut(0, false), DISORDER, IDLE);
        assert_eq!(stream(&[seen(20), idle]), at(4));
    }

    #[test]
    fn when_all_are_idle_the_watermark_goes_on_with_the_time_of_silence() {
        let mut partition = seen(10);
        partition.close(None, &cut(9, false), DISORDER, IDLE);
        assert_eq!(stream(std::slice::from_ref(&partition)), at(8));
        partition.close(None, &cut(30, false), DISORDER, IDLE);
        assert_eq!(stream(&[partition]), at(38));
    }

    #[test]
    fn of_two_idle_partitions_as_far_ahead_the_longer_silence_counts_in_any_order() {
        let silent = |millis| {
            let mut partition = seen(10);
            partition.close(None, &cut(millis, false), DISORDER, IDLE);
            partition
        };
        assert_eq!(stream(&[silent(30), silent(12)]), at(38));
        assert_eq!(stream(&[silent(12), silent(30)]), at(38));
    }

    #[test]
    fn never_idle_means_that_silence_moves_nothing() {
        let mut partition = seen(10);
        partition.close(None, &cut(1_000_000, false), DISORDER, None);
        assert_eq!(stream(&[partition]), at(8));
    }

    #[test]
    fn only_when_every_partition_has_ended_is_it_the_end_of_time() {
        let mut ended = seen(10);
        ended.close(None, &cut(0, true), DISORDER, IDLE);
        assert_eq!(stream(&[ended.clone(), seen(5)]), at(3));
        assert_eq!(stream(&[ended]), EventTime::END);
    }
}
