//! What one connection has still to be sent, and what happens when it is slow.
//!
//! Below its budget of bytes nothing is dropped. Beyond it each topic has its policy:
//! the newest value takes the place of the one before, so that a slow reader gets the
//! present state rather than a growing past; or the oldest go; or nothing may go, and
//! the queue overflows and the connection has to be closed. What was left out is counted
//! in the next entry of its topic.

use std::collections::VecDeque;
use std::sync::Arc;

use bytes::Bytes;
use entry::ENTRY_BYTES;
pub use entry::{Next, Overflow, Queued, Sent};
use hashbrown::HashMap;
use oriel_protocol::pubsub::{Pattern, Topic};

use crate::audience::How;
use crate::settings::Slow;
use crate::topics::{First, Publication, Replay};

mod entry;
mod room;

/// Where the newest entry of each topic is, known once the budget was reached.
#[derive(Debug, Default)]
struct Index {
    newest: HashMap<Topic, u64>,
    /// Entries behind which a newer one of their topic is queued.
    outdated: usize,
}

/// What was left out of a topic of which nothing is queued.
#[derive(Clone, Copy, Debug, Default)]
struct Missed {
    skipped: u64,
    gap: bool,
}

/// A queue of frames with a budget of bytes.
#[derive(Debug)]
pub struct Queue {
    budget: usize,
    /// Topics of which it can hold or miss something.
    topics: usize,
    entries: VecDeque<Next>,
    bytes: usize,
    /// The number of the first entry; the others follow without gaps.
    first: u64,
    /// Absent while the budget has never been reached since the queue was empty, so
    /// that a connection that keeps up pays for no table.
    index: Option<Index>,
    /// Entries of which the oldest may go.
    droppable: usize,
    missed: HashMap<Topic, Missed>,
    /// The numbers that resumed topics have to go on with.
    due: HashMap<Topic, u64>,
    /// Topics of which what was published before has to be got, and after which number.
    replays: VecDeque<(Topic, u64)>,
}

impl Queue {
    /// An empty queue, for that many bytes and, beyond them, the values of that many topics.
    pub fn new(budget: usize, topics: usize) -> Self {
        Queue {
            budget,
            topics,
            entries: VecDeque::new(),
            bytes: 0,
            first: 0,
            index: None,
            droppable: 0,
            missed: HashMap::new(),
            due: HashMap::new(),
            replays: VecDeque::new(),
        }
    }

    /// Whether nothing waits.
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// What waits, in bytes, with the costs of keeping it.
    pub fn bytes(&self) -> usize {
        self.bytes
    }

    /// A subscription begins.
    ///
    /// # Errors
    /// When there is no room for what it begins with.
    pub fn begin(&mut self, pattern: &Pattern, first: &First) -> Result<Queued, Overflow> {
        self.end(pattern);
        if let (Some(topic), Some(after)) = (pattern.topic(), first.replay) {
            self.withdraw(topic);
            self.replays.push_back((topic.clone(), after));
        }
        let mut queued = Queued::default();
        for value in &first.values {
            queued.add(self.push_after(value, first.how, false)?);
        }
        Ok(queued)
    }

    /// A subscription ends, or begins anew; what waits of it still comes.
    pub fn end(&mut self, pattern: &Pattern) {
        if let Some(topic) = pattern.topic() {
            self.replays.retain(|(replayed, _)| replayed != topic);
            self.due.remove(topic);
        }
    }

    /// A topic of which what was published before has to be got, after which number, and
    /// how many bytes of it, if nothing waits.
    pub fn wants(&self) -> Option<(Topic, u64, usize)> {
        let (topic, after) = self.replays.front().filter(|_| self.entries.is_empty())?;
        Some((topic.clone(), *after, self.budget / 2))
    }

    /// Adds what was got, if there is still room: else it has to be got again.
    ///
    /// # Errors
    /// When there is no room for it, although nothing waits.
    pub fn replayed(&mut self, topic: &Topic, replay: &Replay) -> Result<(), Overflow> {
        let bytes =
            |(publication, _): &(Arc<Publication>, bool)| publication.frame.bytes().len() + ENTRY_BYTES;
        let bytes: usize = replay.pieces.iter().map(bytes).sum();
        if !replay.pieces.is_empty() && !self.is_empty() && self.bytes + bytes > self.budget {
            return Ok(());
        }
        for (publication, gap) in &replay.pieces {
            self.push_after(publication, replay.how, *gap)?;
        }
        self.replays.retain(|(replayed, _)| replayed != topic);
        if let Some(next) = replay.next {
            // The others have their turns before.
            self.replays.push_back((topic.clone(), next));
        }
        if let Some(seq) = replay.expect {
            self.due.insert(topic.clone(), seq);
        }
        Ok(())
    }

    /// Adds a publication.
    ///
    /// # Errors
    /// When nothing may be dropped for it.
    pub fn push(&mut self, publication: &Arc<Publication>, how: How) -> Result<Queued, Overflow> {
        let due = if self.due.is_empty() { None } else { self.due.remove(&publication.topic) };
        let gap = due.is_some_and(|seq| seq != publication.seq);
        self.push_after(publication, how, gap)
    }

    /// The same, for one before which something is lost, or nothing.
    fn push_after(
        &mut self,
        publication: &Arc<Publication>,
        how: How,
        gap: bool,
    ) -> Result<Queued, Overflow> {
        let mut sent = Sent { publication: Arc::clone(publication), how, skipped: 0, gap };
        self.tell_missed(&mut sent);
        let fits = self.fits(publication.frame.bytes());
        match publication.slow {
            _ if fits => {
                self.append(Next::Publication(sent));
                Ok(Queued::default())
            }
            Slow::Disconnect => Err(Overflow),
            Slow::DropOldest => self.drop_oldest(sent),
            Slow::Conflate => self.conflate(sent),
        }
    }

    /// Adds an answer to this connection alone.
    ///
    /// # Errors
    /// When there is no room: answers are not dropped.
    pub fn answer(&mut self, bytes: Bytes) -> Result<(), Overflow> {
        if !self.fits(&bytes) {
            return Err(Overflow);
        }
        self.append(Next::Answer(bytes));
        Ok(())
    }

    /// Takes the next thing to send.
    pub fn pop(&mut self) -> Option<Next> {
        let entry = self.entries.pop_front()?;
        self.bytes -= entry.cost();
        self.droppable -= usize::from(entry.topic_of(Slow::DropOldest).is_some());
        if let (Some(index), Some(topic)) = (&mut self.index, entry.topic_of(Slow::Conflate)) {
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
        Some(entry)
    }

    /// Drops everything; says how much that was.
    pub fn clear(&mut self) -> usize {
        let dropped = self.entries.len();
        *self = Queue::new(self.budget, self.topics);
        dropped
    }

    /// Whether there is room: always for one, however large it is.
    fn fits(&self, bytes: &Bytes) -> bool {
        self.entries.is_empty() || self.bytes + bytes.len() + ENTRY_BYTES <= self.budget
    }

    fn append(&mut self, entry: Next) {
        self.droppable += usize::from(entry.topic_of(Slow::DropOldest).is_some());
        if let (Some(index), Some(topic)) = (&mut self.index, entry.topic_of(Slow::Conflate)) {
            let number = self.first + self.entries.len() as u64;
            index.outdated += usize::from(index.newest.insert(topic.clone(), number).is_some());
        }
        self.bytes += entry.cost();
        self.entries.push_back(entry);
    }
}

#[cfg(test)]
mod tests;
