//! Who listens to what, and what was said last.

use std::sync::Arc;

use hashbrown::{HashMap, HashSet};
use oriel_protocol::pubsub::{DataFrame, Draft, Topic, TopicEntry};
use oriel_time::{ProcessingTime, Span};

use crate::audience::{Audience, ConnectionId, changed};
use crate::memory::Memory;

/// The bounds of what is kept.
#[derive(Clone, Debug)]
pub struct Limits {
    /// Remembered topics; beyond it the least recently published is forgotten.
    pub topics: usize,
    /// Bytes of remembered values; the same beyond it.
    pub bytes: usize,
    /// A topic is forgotten this long after its last publication.
    pub age: Span,
    /// Subscriptions of one connection.
    pub subscriptions: usize,
}

impl Default for Limits {
    /// Room for a large house's topics, in a memory that a small machine has.
    fn default() -> Self {
        Limits { topics: 10_000, bytes: 256 << 20, age: Span::HOUR, subscriptions: 1_000 }
    }
}

/// One publication, shared by all who get it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Publication {
    /// Where it was published.
    pub topic: Topic,
    /// What every subscriber gets.
    pub frame: DataFrame,
}

/// What has to be done about a publication.
#[derive(Debug)]
#[must_use = "whoever publishes has to deliver"]
pub struct Delivery<C, W> {
    /// What to deliver.
    pub publication: Arc<Publication>,
    /// To whom.
    pub audience: Arc<Audience<C>>,
    /// The long polls it answers.
    pub waiters: Vec<W>,
    /// How many topics were forgotten to make room.
    pub forgotten: usize,
}

/// Names a long poll that waits.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct WaitId {
    topic: Topic,
    number: u64,
}

/// What became of a long poll.
#[derive(Debug)]
pub enum Wait {
    /// There is a value already.
    Found(Arc<Publication>),
    /// The waiter will come with a [`Delivery`], unless it is cancelled.
    Waiting(WaitId),
}

/// The connection has as many subscriptions as it may.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
#[error("a connection has at most {limit} subscriptions")]
pub struct TooMany {
    /// How many that are.
    pub limit: usize,
}

/// How much is kept, for metrics.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Sizes {
    /// Connections.
    pub connections: usize,
    /// Subscriptions of all connections.
    pub subscriptions: usize,
    /// Long polls that wait.
    pub waiters: usize,
    /// Remembered topics.
    pub topics: usize,
    /// What their values take.
    pub bytes: usize,
}

#[derive(Debug)]
struct Connection<C> {
    handle: C,
    topics: HashSet<Topic>,
}

#[derive(Debug)]
struct Waiter<W> {
    number: u64,
    later_than: i64,
    waiter: W,
}

/// The state machine. `C` is what a connection is to the caller, `W` what a long poll is.
#[derive(Debug)]
pub struct Topics<C, W> {
    limits: Limits,
    memory: Memory,
    connections: HashMap<ConnectionId, Connection<C>>,
    audiences: HashMap<Topic, Arc<Audience<C>>>,
    waiters: HashMap<Topic, Vec<Waiter<W>>>,
    subscriptions: usize,
    /// Counts connections and long polls, to name them.
    next: u64,
}

impl<C: Clone, W> Topics<C, W> {
    /// Nothing is remembered and nobody listens.
    pub fn new(limits: Limits) -> Self {
        let memory = Memory::new(limits.clone());
        let (connections, audiences, waiters) = (HashMap::new(), HashMap::new(), HashMap::new());
        Topics { limits, memory, connections, audiences, waiters, subscriptions: 0, next: 0 }
    }

    /// A connection has come.
    pub fn connect(&mut self, handle: C) -> ConnectionId {
        let id = ConnectionId(self.number());
        self.connections.insert(id, Connection { handle, topics: HashSet::new() });
        id
    }

    /// A connection has gone, and its subscriptions with it.
    pub fn disconnect(&mut self, id: ConnectionId) {
        let Some(connection) = self.connections.remove(&id) else { return };
        for topic in connection.topics {
            self.leave(id, &topic);
        }
    }

    /// All connections.
    pub fn connections(&self) -> impl Iterator<Item = &C> {
        self.connections.values().map(|connection| &connection.handle)
    }

    /// From now on the connection gets every publication of the topic. With `latest`
    /// the remembered value is returned, which the caller has to send first.
    /// Subscribing again changes nothing else.
    pub fn subscribe(
        &mut self,
        now: ProcessingTime,
        id: ConnectionId,
        topic: &Topic,
        latest: bool,
    ) -> Result<Option<Arc<Publication>>, TooMany> {
        let Some(connection) = self.connections.get_mut(&id) else { return Ok(None) };
        if !connection.topics.contains(topic) {
            if connection.topics.len() >= self.limits.subscriptions {
                return Err(TooMany { limit: self.limits.subscriptions });
            }
            connection.topics.insert(topic.clone());
            self.subscriptions += 1;
            let audience = self.audiences.entry(topic.clone()).or_default();
            changed(audience).join(id, connection.handle.clone());
        }
        Ok(self.memory.value(now, topic, i64::MIN).filter(|_| latest).cloned())
    }

    /// The connection gets no more publications of the topic.
    pub fn unsubscribe(&mut self, id: ConnectionId, topic: &Topic) {
        let subscribed = |connection: &mut Connection<C>| connection.topics.remove(topic);
        if self.connections.get_mut(&id).is_some_and(subscribed) {
            self.leave(id, topic);
        }
    }

    /// Stamps and remembers a publication, and says who gets it.
    pub fn publish(&mut self, now: ProcessingTime, topic: &Topic, draft: Draft) -> Delivery<C, W> {
        let (publication, forgotten) = self.memory.remember(now, topic, draft);
        let audience = self.audiences.get(topic).cloned().unwrap_or_default();
        let waiters = self.answered(topic, publication.frame.timestamp());
        Delivery { publication, audience, waiters, forgotten }
    }

    /// The remembered value of a topic, if its timestamp is larger than `later_than`.
    pub fn latest(&self, now: ProcessingTime, topic: &Topic, later_than: i64) -> Option<&Arc<Publication>> {
        self.memory.value(now, topic, later_than)
    }

    /// The same, or else waits for it: looking and registering are one step, so that no
    /// publication falls between them.
    pub fn wait(&mut self, now: ProcessingTime, topic: &Topic, later_than: i64, waiter: W) -> Wait {
        if let Some(publication) = self.latest(now, topic, later_than) {
            return Wait::Found(Arc::clone(publication));
        }
        let number = self.number();
        let waiting = self.waiters.entry(topic.clone()).or_default();
        waiting.push(Waiter { number, later_than, waiter });
        Wait::Waiting(WaitId { topic: topic.clone(), number })
    }

    /// The long poll waits no more; nothing happens if it was answered.
    pub fn cancel(&mut self, id: &WaitId) {
        let Some(waiting) = self.waiters.get_mut(&id.topic) else { return };
        waiting.retain(|waiter| waiter.number != id.number);
        if waiting.is_empty() {
            self.waiters.remove(&id.topic);
        }
    }

    /// The remembered topics whose timestamps are larger than `later_than`, by name.
    pub fn list(&self, now: ProcessingTime, later_than: i64) -> Vec<TopicEntry> {
        let entry = |publication: &Arc<Publication>| TopicEntry {
            topic: publication.topic.to_string(),
            last_updated: publication.frame.timestamp(),
        };
        let mut entries: Vec<TopicEntry> = self.memory.values(now, later_than).map(entry).collect();
        entries.sort_unstable_by(|a, b| a.topic.cmp(&b.topic));
        entries
    }

    /// The names of the topics published to last, the oldest first.
    pub fn newest(&self, now: ProcessingTime, count: usize) -> Vec<&Topic> {
        let mut names: Vec<_> =
            self.memory.values(now, i64::MIN).map(|publication| &publication.topic).take(count).collect();
        names.reverse();
        names
    }

    /// Forgets what is too old; says how many topics. Nothing old is ever shown, this
    /// only gives its memory back.
    pub fn expire(&mut self, now: ProcessingTime) -> usize {
        self.memory.expire(now)
    }

    /// How much is kept.
    pub fn sizes(&self) -> Sizes {
        Sizes {
            connections: self.connections.len(),
            subscriptions: self.subscriptions,
            waiters: self.waiters.values().map(Vec::len).sum(),
            topics: self.memory.len(),
            bytes: self.memory.bytes(),
        }
    }

    fn leave(&mut self, id: ConnectionId, topic: &Topic) {
        self.subscriptions -= 1;
        let Some(audience) = self.audiences.get_mut(topic) else { return };
        changed(audience).leave(id);
        if audience.is_empty() {
            self.audiences.remove(topic);
        }
    }

    fn answered(&mut self, topic: &Topic, timestamp: i64) -> Vec<W> {
        let Some(waiting) = self.waiters.get_mut(topic) else { return Vec::new() };
        let (answered, still): (Vec<_>, Vec<_>) =
            std::mem::take(waiting).into_iter().partition(|waiter| waiter.later_than < timestamp);
        if still.is_empty() {
            self.waiters.remove(topic);
        } else {
            *waiting = still;
        }
        answered.into_iter().map(|waiter| waiter.waiter).collect()
    }

    fn number(&mut self) -> u64 {
        self.next += 1;
        self.next
    }
}

#[cfg(test)]
mod tests;
