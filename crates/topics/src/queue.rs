//! What one connection has still to be sent, and what happens when it is slow.
//!
//! Below its budget of bytes nothing is dropped. Beyond it the newest value of a topic
//! takes the place of the one before, so that a slow reader gets the present state
//! rather than a growing past; what it then holds are values that are remembered
//! anyway. Only a topic of commands allows that to nobody: there the queue overflows
//! and the connection has to be closed.

use std::collections::VecDeque;
use std::sync::Arc;

use bytes::Bytes;
use hashbrown::HashMap;
use oriel_protocol::pubsub::Topic;

use crate::topics::Publication;

/// What a queued entry costs besides its bytes.
const ENTRY_BYTES: usize = 32;

/// The queue is full and nothing in it may be dropped.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
#[error("the queue is full")]
pub struct Overflow;

/// What became of an entry.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Queued {
    /// How many older entries were dropped for it.
    pub dropped: usize,
}

#[derive(Clone, Debug)]
enum Entry {
    Publication(Arc<Publication>),
    /// An answer to this connection alone: never dropped.
    Answer(Bytes),
}

impl Entry {
    fn bytes(&self) -> &Bytes {
        match self {
            Entry::Publication(publication) => publication.frame.bytes(),
            Entry::Answer(bytes) => bytes,
        }
    }

    fn cost(&self) -> usize {
        self.bytes().len() + ENTRY_BYTES
    }

    /// The topic, if a newer value may take this one's place.
    fn replaceable(&self) -> Option<&Topic> {
        match self {
            Entry::Publication(publication) if !publication.topic.is_command() => Some(&publication.topic),
            _ => None,
        }
    }
}

/// Where the newest entry of each topic is, known once the budget was reached.
#[derive(Debug, Default)]
struct Index {
    newest: HashMap<Topic, u64>,
    /// Entries behind which a newer one of their topic is queued.
    outdated: usize,
}

/// A queue of frames with a budget of bytes.
#[derive(Debug)]
pub struct Queue {
    budget: usize,
    entries: VecDeque<Entry>,
    bytes: usize,
    /// The number of the first entry; the others follow without gaps.
    first: u64,
    /// Absent while the budget has never been reached since the queue was empty, so
    /// that a connection that keeps up pays for no table.
    index: Option<Index>,
}

impl Queue {
    /// An empty queue.
    pub fn new(budget: usize) -> Self {
        Queue { budget, entries: VecDeque::new(), bytes: 0, first: 0, index: None }
    }

    /// Entries that wait.
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// Whether nothing waits.
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// What waits, in bytes, with the costs of keeping it.
    pub fn bytes(&self) -> usize {
        self.bytes
    }

    /// Adds a publication.
    pub fn push(&mut self, publication: &Arc<Publication>) -> Result<Queued, Overflow> {
        let entry = Entry::Publication(Arc::clone(publication));
        if self.fits(&entry) {
            self.append(entry);
            return Ok(Queued::default());
        }
        if publication.topic.is_command() {
            return Err(Overflow);
        }
        let mut dropped = 0;
        if self.index.is_none() {
            dropped += self.compact();
        }
        if !self.fits(&entry) {
            if self.replace(&publication.topic, &entry) {
                return Ok(Queued { dropped: dropped + 1 });
            }
            dropped += self.compact();
        }
        // Beyond the budget now, if every topic has one value only: none may be lost.
        self.append(entry);
        Ok(Queued { dropped })
    }

    /// Adds an answer to this connection alone.
    pub fn answer(&mut self, bytes: Bytes) -> Result<(), Overflow> {
        let entry = Entry::Answer(bytes);
        if !self.fits(&entry) {
            return Err(Overflow);
        }
        self.append(entry);
        Ok(())
    }

    /// Takes the next frame to send.
    pub fn pop(&mut self) -> Option<Bytes> {
        let entry = self.entries.pop_front()?;
        self.bytes -= entry.cost();
        if let (Some(index), Some(topic)) = (&mut self.index, entry.replaceable()) {
            if index.newest.get(topic) == Some(&self.first) {
                index.newest.remove(topic);
            } else {
                index.outdated -= 1;
            }
        }
        self.first += 1;
        if self.entries.is_empty() {
            self.index = None;
        }
        Some(match entry {
            Entry::Publication(publication) => publication.frame.bytes().clone(),
            Entry::Answer(bytes) => bytes,
        })
    }

    /// Drops everything; says how much that was.
    pub fn clear(&mut self) -> usize {
        let dropped = self.entries.len();
        *self = Queue::new(self.budget);
        dropped
    }

    /// Whether there is room: always for one, however large it is.
    fn fits(&self, entry: &Entry) -> bool {
        self.entries.is_empty() || self.bytes + entry.cost() <= self.budget
    }

    fn append(&mut self, entry: Entry) {
        if let (Some(index), Some(topic)) = (&mut self.index, entry.replaceable()) {
            let number = self.first + self.entries.len() as u64;
            index.outdated += usize::from(index.newest.insert(topic.clone(), number).is_some());
        }
        self.bytes += entry.cost();
        self.entries.push_back(entry);
    }

    /// Puts an entry in the place of its topic's newest, which has waited longer.
    fn replace(&mut self, topic: &Topic, entry: &Entry) -> bool {
        let place = self.index.as_ref().and_then(|index| index.newest.get(topic));
        let Some(place) = place.map(|number| (number - self.first) as usize) else { return false };
        let old = std::mem::replace(&mut self.entries[place], entry.clone());
        self.bytes = self.bytes - old.cost() + entry.cost();
        true
    }

    /// Drops all entries behind which a newer one of their topic is queued, and knows
    /// from then on where the newest are. Says how many it dropped.
    fn compact(&mut self) -> usize {
        if self.index.as_ref().is_some_and(|index| index.outdated == 0) {
            return 0;
        }
        let (before, mut seen) = (self.entries.len(), HashMap::<Topic, usize>::new());
        let all = std::mem::take(&mut self.entries);
        for entry in &all {
            if let Some(topic) = entry.replaceable() {
                *seen.entry_ref(topic).or_default() += 1;
            }
        }
        self.index = Some(Index::default());
        self.bytes = 0;
        for entry in all {
            let left = entry.replaceable().and_then(|topic| seen.get_mut(topic));
            let newest = left.is_none_or(|left| {
                *left -= 1;
                *left == 0
            });
            if newest {
                self.append(entry);
            }
        }
        before - self.entries.len()
    }
}

#[cfg(test)]
mod tests;
