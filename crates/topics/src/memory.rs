//! The last value of each topic: stamped, bounded, and forgotten in time.

use std::sync::Arc;

use lru::LruCache;
use oriel_protocol::pubsub::{Draft, Topic};
use oriel_time::ProcessingTime;

use crate::topics::{Limits, Publication};

/// What a remembered topic costs besides its frame and its name: table entries and counts.
const ENTRY_BYTES: usize = 200;

#[derive(Debug)]
struct Remembered {
    publication: Arc<Publication>,
    at: ProcessingTime,
}

/// The remembered publications, the least recently published last in line.
#[derive(Debug)]
pub(crate) struct Memory {
    limits: Limits,
    values: LruCache<Topic, Remembered>,
    bytes: usize,
    /// The largest timestamp of any topic that is forgotten: one that returns starts
    /// above it, so that its timestamps grow across having been forgotten.
    forgotten: i64,
}

impl Memory {
    pub(crate) fn new(limits: Limits) -> Self {
        // Unbounded for the library, which would reserve room for all at once.
        Memory { limits, values: LruCache::unbounded(), bytes: 0, forgotten: i64::MIN }
    }

    pub(crate) fn len(&self) -> usize {
        self.values.len()
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
        let before = match self.values.peek(topic) {
            Some(remembered) => remembered.publication.frame.timestamp(),
            None => self.forgotten,
        };
        let frame = draft.stamp(now.millis().max(before.saturating_add(1)));
        let publication = Arc::new(Publication { topic: topic.clone(), frame });
        let remembered = Remembered { publication: Arc::clone(&publication), at: now };
        self.bytes += cost(&publication);
        if let Some(replaced) = self.values.put(topic.clone(), remembered) {
            self.bytes -= cost(&replaced.publication);
        }
        let mut forgotten = 0;
        while self.values.len() > self.limits.topics || self.bytes > self.limits.bytes {
            forgotten += usize::from(self.forget_oldest());
        }
        (publication, forgotten)
    }

    /// The value of a topic, if it is young enough and newer than asked for.
    pub(crate) fn value(
        &self,
        now: ProcessingTime,
        topic: &Topic,
        later_than: i64,
    ) -> Option<&Arc<Publication>> {
        let remembered = self.values.peek(topic).filter(|remembered| !self.is_old(now, remembered))?;
        Some(&remembered.publication).filter(|publication| publication.frame.timestamp() > later_than)
    }

    /// All values that are young enough and newer than asked for, the newest first.
    pub(crate) fn values(
        &self,
        now: ProcessingTime,
        later_than: i64,
    ) -> impl Iterator<Item = &Arc<Publication>> {
        let young = self.values.iter().map(|(_, remembered)| remembered);
        young
            .filter(move |remembered| !self.is_old(now, remembered))
            .map(|remembered| &remembered.publication)
            .filter(move |publication| publication.frame.timestamp() > later_than)
    }

    /// Forgets what is too old; says how many topics.
    pub(crate) fn expire(&mut self, now: ProcessingTime) -> usize {
        let mut forgotten = 0;
        while self.values.peek_lru().is_some_and(|(_, oldest)| self.is_old(now, oldest)) {
            forgotten += usize::from(self.forget_oldest());
        }
        forgotten
    }

    fn is_old(&self, now: ProcessingTime, remembered: &Remembered) -> bool {
        now.since(remembered.at) >= self.limits.age
    }

    fn forget_oldest(&mut self) -> bool {
        let Some((_, oldest)) = self.values.pop_lru() else { return false };
        self.bytes -= cost(&oldest.publication);
        self.forgotten = self.forgotten.max(oldest.publication.frame.timestamp());
        true
    }
}

fn cost(publication: &Publication) -> usize {
    publication.frame.bytes().len() + publication.topic.as_str().len() + ENTRY_BYTES
}
