//! What a subscription has not taken yet.
//!
//! Below its room nothing is dropped. Beyond it the newest value of a topic takes the
//! place of the one before, as in the broker, so that a slow reader gets the present
//! state rather than a growing past. When even the double room is full, because there
//! are so many topics, the oldest of all goes. What was left out is told by the next.

use std::collections::VecDeque;

use hashbrown::HashMap;
use oriel_protocol::pubsub::Topic;

use crate::update::Update;

/// What an update costs besides its data.
const ENTRY_BYTES: usize = 128;

/// Updates, those of one topic in their order.
#[derive(Debug)]
pub(crate) struct Backlog {
    room: usize,
    bytes: usize,
    updates: VecDeque<Update>,
    /// The number of the first; the others follow without gaps.
    first: u64,
    /// The number of each topic's newest.
    newest: HashMap<Topic, u64>,
}

impl Backlog {
    pub(crate) fn new(room: usize) -> Self {
        Backlog { room, bytes: 0, updates: VecDeque::new(), first: 0, newest: HashMap::new() }
    }

    /// Adds an update; says how many were left out for it.
    pub(crate) fn push(&mut self, update: Update) -> u64 {
        let mut left_out = 0;
        self.bytes += cost(&update);
        let older =
            self.newest.get(&update.topic).and_then(|number| usize::try_from(number - self.first).ok());
        match older.filter(|_| self.bytes > self.room).and_then(|place| self.updates.get_mut(place)) {
            Some(place) => {
                let older = std::mem::replace(place, update);
                leave_out(&older, place);
                self.bytes -= cost(&older);
                left_out += 1;
            }
            None => {
                self.newest.insert(update.topic.clone(), self.first + self.updates.len() as u64);
                self.updates.push_back(update);
            }
        }
        while self.bytes > 2 * self.room && self.updates.len() > 1 {
            let Some(oldest) = self.pop() else { break };
            self.updates.front_mut().into_iter().for_each(|next| leave_out(&oldest, next));
            left_out += 1;
        }
        left_out
    }

    pub(crate) fn pop(&mut self) -> Option<Update> {
        let update = self.updates.pop_front()?;
        self.first += 1;
        self.bytes -= cost(&update);
        if self.newest.get(&update.topic).is_some_and(|number| *number < self.first) {
            self.newest.remove(&update.topic);
        }
        Some(update)
    }
}

/// The one that follows tells what was left out.
fn leave_out(update: &Update, next: &mut Update) {
    next.skipped += update.skipped + 1;
    next.gap |= update.gap;
}

fn cost(update: &Update) -> usize {
    update.data.len() + ENTRY_BYTES
}

#[cfg(test)]
mod tests {
    use super::*;

    fn update(topic: &str, number: i64) -> Update {
        Update {
            topic: topic.parse().expect(topic),
            data: "".into(),
            timestamp: number,
            cursor: None,
            skipped: 0,
            gap: false,
        }
    }

    fn all(backlog: &mut Backlog) -> Vec<(String, i64, u64)> {
        std::iter::from_fn(|| backlog.pop())
            .map(|update| (update.topic.to_string(), update.timestamp, update.skipped))
            .collect()
    }

    fn told(expected: &[(&str, i64, u64)]) -> Vec<(String, i64, u64)> {
        expected.iter().map(|(topic, number, skipped)| ((*topic).to_owned(), *number, *skipped)).collect()
    }

    #[test]
    fn below_the_room_everything_is_kept_in_order() {
        let mut backlog = Backlog::new(10 * ENTRY_BYTES);
        let pushed = (0..10).map(|number| backlog.push(update(["a", "b"][number as usize % 2], number)));
        assert_eq!(pushed.sum::<u64>(), 0);
        assert_eq!(all(&mut backlog).iter().map(|entry| entry.1).collect::<Vec<_>>(), Vec::from_iter(0..10));
        assert_eq!((backlog.bytes, backlog.newest.len()), (0, 0));
    }

    #[test]
    fn beyond_it_the_newest_of_a_topic_takes_the_place_of_the_one_before_and_tells() {
        let mut backlog = Backlog::new(3 * ENTRY_BYTES);
        backlog.push(update("b", 0));
        let left_out: Vec<u64> = (1..=6).map(|number| backlog.push(update("a", number))).collect();
        assert_eq!(left_out, [0, 0, 1, 1, 1, 1]);
        assert_eq!(all(&mut backlog), told(&[("b", 0, 0), ("a", 1, 0), ("a", 6, 4)]));
        backlog.push(update("a", 7));
        assert_eq!(all(&mut backlog), told(&[("a", 7, 0)]));
    }

    #[test]
    fn what_the_broker_left_out_is_added_and_a_gap_stays_a_gap() {
        let mut backlog = Backlog::new(ENTRY_BYTES);
        backlog.push(Update { skipped: 5, gap: true, ..update("a", 1) });
        backlog.push(update("a", 2));
        let last = backlog.pop().expect("the newest");
        assert_eq!((last.timestamp, last.skipped, last.gap), (2, 6, true));
    }

    #[test]
    fn a_single_large_one_is_kept_alone() {
        let mut backlog = Backlog::new(2 * ENTRY_BYTES);
        let large = |number| Update { data: "x".repeat(5 * ENTRY_BYTES).into(), ..update("b", number) };
        backlog.push(update("a", 0));
        backlog.push(large(1));
        backlog.push(large(2));
        assert_eq!(all(&mut backlog), told(&[("b", 2, 2)]));
    }

    #[test]
    fn of_too_many_topics_the_oldest_goes_and_the_next_tells() {
        let mut backlog = Backlog::new(2 * ENTRY_BYTES);
        for (number, topic) in ["a", "b", "c", "d", "e", "f"].into_iter().enumerate() {
            backlog.push(update(topic, number as i64));
        }
        assert_eq!(all(&mut backlog), told(&[("c", 2, 2), ("d", 3, 0), ("e", 4, 0), ("f", 5, 0)]));
    }
}
