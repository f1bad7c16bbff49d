//! What was published: stamped, numbered, bounded, and forgotten in time.

use std::collections::BTreeMap;
use std::sync::Arc;

use lru::LruCache;
use oriel_protocol::pubsub::{Draft, Topic};
use oriel_time::ProcessingTime;

use crate::held::{After, Held};
use crate::settings::Limits;
use crate::topics::Publication;

/// What a remembered topic costs besides its publications and its name: table entries.
const TOPIC_BYTES: usize = 300;

/// The remembered topics, the least recently published last in line.
#[derive(Debug)]
pub(crate) struct Memory {
    limits: Limits,
    topics: LruCache<Topic, Held>,
    /// The topics of which more than the newest is kept, by the place of the oldest.
    oldest: BTreeMap<u64, Topic>,
    bytes: usize,
    /// Counts all publications.
    number: u64,
    /// The largest timestamp and number of any topic that is forgotten: one that returns
    /// starts above them, so that its own grow across having been forgotten.
    forgotten: (i64, u64),
}

impl Memory {
    pub(crate) fn new(limits: Limits) -> Self {
        Memory {
            limits,
            // Unbounded for the library, which would reserve room for all at once.
            topics: LruCache::unbounded(),
            oldest: BTreeMap::new(),
            bytes: 0,
            number: 0,
            forgotten: (i64::MIN, 0),
        }
    }

    pub(crate) fn limits(&self) -> &Limits {
        &self.limits
    }

    pub(crate) fn len(&self) -> usize {
        self.topics.len()
    }

    pub(crate) fn bytes(&self) -> usize {
        self.bytes
    }

    /// Stamps a draft and remembers it; says how many topics had to be forgotten for it.
    pub(crate) fn remember(
        &mut self,
        now: ProcessingTime,
        topic: &Topic,
        draft: Draft,
    ) -> (Arc<Publication>, usize) {
        let (timestamp, born) = self.forgotten;
        if !self.topics.contains(topic) {
            self.topics.put(topic.clone(), Held::new(born + 1, self.limits.of(topic)));
            self.bytes += topic_cost(topic);
        }
        self.number += 1;
        let number = self.number;
        let publication = self.change(topic, |held| {
            let before = held.newest().map_or(timestamp, |newest| newest.frame.timestamp());
            let frame = draft.stamp(now.millis().max(before.saturating_add(1)));
            let (seq, slow) = (held.next_seq(), held.slow);
            let publication = Arc::new(Publication { topic: topic.clone(), frame, seq, slow });
            held.push(now, number, Arc::clone(&publication));
            publication
        });
        self.topics.promote(topic);
        (publication.expect("the topic is there"), self.make_room())
    }

    /// Forgets the oldest history, then the oldest topics, until there is room.
    fn make_room(&mut self) -> usize {
        let mut forgotten = 0;
        while self.topics.len() > self.limits.topics {
            forgotten += usize::from(self.forget_topic());
        }
        while self.bytes > self.limits.bytes {
            match self.oldest.first_key_value().map(|(_, topic)| topic.clone()) {
                Some(topic) => _ = self.change(&topic, Held::forget_oldest),
                None => forgotten += usize::from(self.forget_topic()),
            }
        }
        forgotten
    }

    /// The value of a topic, if it is young enough and newer than asked for.
    pub(crate) fn value(
        &self,
        now: ProcessingTime,
        topic: &Topic,
        later_than: i64,
    ) -> Option<&Arc<Publication>> {
        let held = self.topics.peek(topic).filter(|held| !self.is_old(now, held))?;
        held.newest().filter(|publication| publication.frame.timestamp() > later_than)
    }

    /// All values that are young enough and newer than asked for, the newest first.
    pub(crate) fn values(
        &self,
        now: ProcessingTime,
        later_than: i64,
    ) -> impl Iterator<Item = &Arc<Publication>> {
        let young = self.topics.iter().map(|(_, held)| held).filter(move |held| !self.is_old(now, held));
        young.filter_map(Held::newest).filter(move |newest| newest.frame.timestamp() > later_than)
    }

    /// What comes after a number of a topic.
    pub(crate) fn after(&mut self, now: ProcessingTime, topic: &Topic, seq: u64) -> After {
        self.value(now, topic, i64::MIN).cloned().map_or(After::Nothing, |_| {
            self.change(topic, |held| {
                held.trim(now);
                held.after(seq)
            })
            .unwrap_or(After::Nothing)
        })
    }

    /// The newest publication after a number, how many of the topic lie between, and
    /// whether there may have been more.
    pub(crate) fn newest_after(
        &self,
        now: ProcessingTime,
        topic: &Topic,
        seq: Option<u64>,
    ) -> Option<(&Arc<Publication>, u64, bool)> {
        let newest = self.value(now, topic, i64::MIN)?;
        let born = self.topics.peek(topic)?.born;
        match seq {
            Some(seq) if seq == newest.seq => None,
            Some(seq) if seq >= born - 1 && seq < newest.seq => Some((newest, newest.seq - seq - 1, false)),
            _ => Some((newest, newest.seq - born, true)),
        }
    }

    /// Forgets what is too old; says how many topics.
    pub(crate) fn expire(&mut self, now: ProcessingTime) -> usize {
        let mut forgotten = 0;
        while self.topics.peek_lru().is_some_and(|(_, oldest)| self.is_old(now, oldest)) {
            forgotten += usize::from(self.forget_topic());
        }
        let with_history: Vec<Topic> = self.oldest.values().cloned().collect();
        for topic in with_history {
            self.change(&topic, |held| held.trim(now));
        }
        forgotten
    }

    fn is_old(&self, now: ProcessingTime, held: &Held) -> bool {
        now.since(held.at()) >= self.limits.age
    }

    fn forget_topic(&mut self) -> bool {
        let Some((topic, held)) = self.topics.pop_lru() else { return false };
        held.oldest().into_iter().for_each(|oldest| _ = self.oldest.remove(&oldest));
        self.bytes -= held.bytes() + topic_cost(&topic);
        let (timestamp, seq) = &mut self.forgotten;
        let newest = held.newest().map_or(i64::MIN, |newest| newest.frame.timestamp());
        (*timestamp, *seq) = (newest.max(*timestamp), (held.next_seq() - 1).max(*seq));
        true
    }

    /// Changes what is held of a topic, and with it what is known of all.
    fn change<R>(&mut self, topic: &Topic, change: impl FnOnce(&mut Held) -> R) -> Option<R> {
        let held = self.topics.peek_mut(topic)?;
        let before = (held.oldest(), held.bytes());
        let result = change(held);
        self.bytes = self.bytes - before.1 + held.bytes();
        if before.0 != held.oldest() {
            before.0.into_iter().for_each(|oldest| _ = self.oldest.remove(&oldest));
            held.oldest().into_iter().for_each(|oldest| _ = self.oldest.insert(oldest, topic.clone()));
        }
        Some(result)
    }
}

fn topic_cost(topic: &Topic) -> usize {
    topic.as_str().len() + TOPIC_BYTES
}
