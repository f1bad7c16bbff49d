//! Where a subscription is: what it has had, and what it may have missed.

use lru::LruCache;
use oriel_protocol::pubsub::{Ask, Beside, Cursor, Resume, Topic};
use xxhash_rust::xxh3::xxh3_64;

use crate::update::How;

/// Of so many topics of a wildcard it is known which value came last. A broker remembers
/// no more unless it is told to, and forgets in the same order.
const TOPICS: usize = 10_000;

/// The value that came last, to know it again when it is sent once more.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
struct Mark {
    timestamp: i64,
    print: u64,
}

/// What one subscription has had.
#[derive(Debug)]
pub(super) struct Place {
    how: How,
    wild: bool,
    /// After which it resumes.
    cursor: Option<Cursor>,
    /// The last values of topics whose remembered value may come.
    last: LruCache<Topic, Mark>,
    /// The broker was asked for it, on this connection or one before.
    asked: bool,
    /// What comes may have been sent for a subscription before, on the same connection.
    strays: bool,
    /// What may be missing has not been told yet.
    gap: bool,
}

impl Place {
    pub(super) fn new(how: How, wild: bool) -> Self {
        let cursor = match how.resume {
            Some(Resume::After(cursor)) => Some(cursor),
            _ => None,
        };
        Place { how, wild, cursor, last: LruCache::unbounded(), asked: false, strays: false, gap: false }
    }

    /// Values for a subscription before this one may still be on their way.
    pub(super) fn expect_strays(&mut self) {
        self.strays = true;
        // They would hide those before them that are asked for.
        self.gap = self.cursor.is_some();
    }

    /// There is another connection. What the broker cannot give again may be lost.
    pub(super) fn reconnected(&mut self) {
        self.strays = false;
        if !self.how.latest {
            self.last.clear();
        }
        self.gap |= self.asked && self.cursor.is_none();
    }

    /// What the broker is to be asked for.
    pub(super) fn ask(&mut self) -> Ask {
        self.asked = true;
        let resume = self.how.resume.map(|first| self.cursor.map_or(first, Resume::After));
        Ask { latest: self.how.latest, resume, conflate: true }
    }

    /// Takes a publication; gives what is to be told beside it, or nothing if it has been
    /// here before.
    pub(super) fn take(
        &mut self,
        topic: &Topic,
        (data, timestamp): (&str, i64),
        beside: Beside,
    ) -> Option<Beside> {
        let print = if self.marks() { xxh3_64(data.as_bytes()) } else { 0 };
        let mark = Mark { timestamp, print };
        self.gap |= beside.gap;
        let unnumbered = self.how.resume.is_some() && beside.cursor.is_none();
        if self.had(beside.cursor) || (self.strays && unnumbered) {
            return None;
        }
        if self.last.peek(topic) == Some(&mark) {
            // The remembered value. Of one topic it says that nothing came in between.
            self.gap &= self.wild;
            return None;
        }
        self.mark(topic, mark);
        if self.how.resume.is_some() {
            self.cursor = beside.cursor.or(self.cursor);
        }
        Some(Beside { gap: std::mem::take(&mut self.gap), ..beside })
    }

    fn had(&self, cursor: Option<Cursor>) -> bool {
        let (Some(had), Some(new)) = (self.cursor, cursor) else { return false };
        had.epoch == new.epoch && new.seq <= had.seq
    }

    fn marks(&self) -> bool {
        self.how.latest || self.strays
    }

    fn mark(&mut self, topic: &Topic, mark: Mark) {
        if !self.marks() {
            return;
        }
        self.last.put(topic.clone(), mark);
        if self.last.len() > TOPICS {
            self.last.pop_lru();
        }
    }
}
