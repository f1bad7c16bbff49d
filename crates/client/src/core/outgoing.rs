//! What is to be published: the newest value of topics that are kept, and a queue.

use std::collections::VecDeque;

use bytes::Bytes;
use hashbrown::HashMap;
use oriel_protocol::pubsub::Topic;

use crate::error::PublishError;
use crate::options::WhenFull;

/// A broker remembers no more topics unless it is told to.
const KEPT: usize = 10_000;

/// What a frame costs in the queue besides its bytes.
const ENTRY_BYTES: usize = 64;

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Stand {
    /// It is to be sent for the first time.
    New,
    /// It was sent to a broker that may have forgotten it.
    Again,
    Sent,
}

#[derive(Debug)]
struct Kept {
    frame: Bytes,
    stand: Stand,
}

/// What became of publications.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub(crate) struct Fates {
    /// Kept values that a newer one replaced before they were sent.
    pub(crate) replaced: u64,
    /// Taken from the queue's end to make room.
    pub(crate) dropped: u64,
    /// Not taken into the queue or kept.
    pub(crate) full: u64,
}

/// Frames that wait to be sent. Kept ones go first: each topic has one, while a queue is
/// long in any case.
#[derive(Debug)]
pub(crate) struct Outgoing {
    kept: Vec<Kept>,
    places: HashMap<Topic, usize>,
    /// Which of the kept are to be sent, in this order.
    due: VecDeque<usize>,
    queue: VecDeque<Bytes>,
    bytes: usize,
    room: usize,
    when_full: WhenFull,
    fates: Fates,
}

impl Outgoing {
    pub(super) fn new(room: usize, when_full: WhenFull) -> Self {
        Outgoing {
            kept: Vec::new(),
            places: HashMap::new(),
            due: VecDeque::new(),
            queue: VecDeque::new(),
            bytes: 0,
            room,
            when_full,
            fates: Fates::default(),
        }
    }

    pub(super) fn fates(&self) -> Fates {
        self.fates
    }

    /// The topic's newest value is this one.
    pub(super) fn keep(&mut self, topic: &Topic, frame: Bytes) -> Result<(), PublishError> {
        let stand = Stand::New;
        let Some(place) = self.places.get(topic).copied() else {
            if self.kept.len() >= KEPT {
                self.fates.full += 1;
                return Err(PublishError::Full);
            }
            self.places.insert(topic.clone(), self.kept.len());
            self.due.push_back(self.kept.len());
            self.kept.push(Kept { frame, stand });
            return Ok(());
        };
        let before = std::mem::replace(&mut self.kept[place], Kept { frame, stand });
        match before.stand {
            Stand::New => self.fates.replaced += 1,
            Stand::Again => {}
            Stand::Sent => self.due.push_back(place),
        }
        Ok(())
    }

    /// Another one for the queue.
    pub(super) fn push(&mut self, frame: Bytes) -> Result<(), PublishError> {
        let cost = frame.len() + ENTRY_BYTES;
        // The newest is taken whatever its size, if it is alone.
        while self.bytes + cost > self.room && !self.queue.is_empty() {
            match self.when_full {
                WhenFull::Refuse => {
                    self.fates.full += 1;
                    return Err(PublishError::Full);
                }
                WhenFull::DropOldest => {
                    self.pop();
                    self.fates.dropped += 1;
                }
            }
        }
        self.bytes += cost;
        self.queue.push_back(frame);
        Ok(())
    }

    /// The next to send, and whether it is a kept one.
    pub(super) fn next(&mut self) -> Option<(Bytes, bool)> {
        if let Some(kept) = self.due.pop_front().map(|place| &mut self.kept[place]) {
            kept.stand = Stand::Sent;
            return Some((kept.frame.clone(), true));
        }
        self.pop().map(|frame| (frame, false))
    }

    /// The next broker may know nothing of what this one was sent.
    pub(super) fn lost(&mut self) {
        self.due = (0..self.kept.len()).collect();
        for kept in self.kept.iter_mut().filter(|kept| kept.stand == Stand::Sent) {
            kept.stand = Stand::Again;
        }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.due.is_empty() && self.queue.is_empty()
    }

    fn pop(&mut self) -> Option<Bytes> {
        let frame = self.queue.pop_front()?;
        self.bytes -= frame.len() + ENTRY_BYTES;
        Some(frame)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn frame(text: &'static str) -> Bytes {
        Bytes::from_static(text.as_bytes())
    }

    fn topic(name: &str) -> Topic {
        name.parse().expect(name)
    }

    fn all(outgoing: &mut Outgoing) -> Vec<Bytes> {
        std::iter::from_fn(|| outgoing.next()).map(|(frame, _)| frame).collect()
    }

    fn roomy() -> Outgoing {
        Outgoing::new(1 << 20, WhenFull::Refuse)
    }

    #[test]
    fn the_newest_value_of_a_topic_is_sent_once() {
        let mut outgoing = roomy();
        for (name, text) in [("a", "1"), ("b", "2"), ("a", "3")] {
            outgoing.keep(&topic(name), frame(text)).expect("room");
        }
        assert_eq!(outgoing.fates().replaced, 1);
        assert_eq!(all(&mut outgoing), ["3", "2"]);
        assert!(outgoing.is_empty());
    }

    #[test]
    fn after_a_loss_every_kept_value_is_sent_again_and_the_queue_goes_on() {
        let mut outgoing = roomy();
        outgoing.push(frame("q")).expect("room");
        outgoing.keep(&topic("a"), frame("1")).expect("room");
        outgoing.keep(&topic("b"), frame("2")).expect("room");
        assert_eq!(outgoing.next(), Some((frame("1"), true)));
        outgoing.lost();
        outgoing.keep(&topic("a"), frame("3")).expect("room");
        assert_eq!(outgoing.fates().replaced, 0, "what was sent is not replaced before it was sent");
        assert_eq!(all(&mut outgoing), ["3", "2", "q"]);
    }

    #[test]
    fn the_oldest_make_way_or_the_newest_are_refused() {
        let big = |byte: u8, size: usize| Bytes::from(vec![byte; size - ENTRY_BYTES]);
        let mut outgoing = Outgoing::new(1_000, WhenFull::DropOldest);
        for (byte, size, dropped) in [(1, 500, 0), (2, 500, 0), (3, 100, 1), (4, 1_001, 3), (5, 1_000, 4)] {
            outgoing.push(big(byte, size)).expect("they make way");
            assert_eq!(outgoing.fates().dropped, dropped, "for {byte}");
        }
        assert_eq!(all(&mut outgoing).iter().map(|frame| frame[0]).collect::<Vec<_>>(), [5]);

        let mut outgoing = Outgoing::new(1_000, WhenFull::Refuse);
        outgoing.push(big(1, 1_001)).expect("it is alone");
        assert_eq!(outgoing.push(big(2, 100)), Err(PublishError::Full));
        assert_eq!(outgoing.fates().full, 1);
        assert_eq!(all(&mut outgoing).len(), 1);
        outgoing.push(big(3, 100)).expect("there is room again");
    }

    #[test]
    fn more_topics_than_a_broker_remembers_are_not_kept() {
        let mut outgoing = roomy();
        for number in 0..KEPT {
            outgoing.keep(&topic(&number.to_string()), frame("1")).expect("room");
        }
        assert_eq!(outgoing.keep(&topic("more"), frame("1")), Err(PublishError::Full));
        outgoing.keep(&topic("7"), frame("2")).expect("it is kept already");
    }
}
