//! Who listens to what, and what was said last.

use std::sync::Arc;

use hashbrown::{HashMap, HashSet};
use oriel_protocol::pubsub::{Ask, DataFrame, Draft, Epoch, Pattern, Resume, Topic, TopicEntry};
use oriel_time::ProcessingTime;

use crate::audience::{Audience, ConnectionId, How, Listener, Reached, changed};
use crate::held::After;
use crate::memory::Memory;
use crate::settings::{Limits, Slow};
use crate::watch::{Told, Watches};
use crate::wild::Wild;

/// One publication, shared by all who get it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Publication {
    /// Where it was published.
    pub topic: Topic,
    /// What every subscriber gets.
    pub frame: DataFrame,
    /// Its number within the topic.
    pub seq: u64,
    /// What is done about those who are too slow for it.
    pub slow: Slow,
}

/// What a piece costs in a queue besides its frame, and more.
const PIECE_BYTES: usize = 64;

/// What has to be done about a publication.
#[derive(Debug)]
#[must_use = "whoever publishes has to deliver"]
pub struct Delivery<C, W> {
    /// What to deliver.
    pub publication: Arc<Publication>,
    /// To whom.
    pub reached: Reached<C>,
    /// The long polls it answers.
    pub waiters: Vec<W>,
    /// How many topics were forgotten to make room.
    pub forgotten: usize,
}

/// What a new subscription begins with.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct First {
    /// What is to be sent at once, before anything else of its topic.
    pub values: Vec<Arc<Publication>>,
    /// How that is sent, and what follows.
    pub how: How,
    /// What comes after this number has to be asked for, piece by piece; see
    /// [`Topics::replay`].
    pub replay: Option<u64>,
}

/// A piece of what was published before.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Replay {
    /// What to send, each with whether something before it is lost.
    pub pieces: Vec<(Arc<Publication>, bool)>,
    /// How.
    pub how: How,
    /// From where to go on; none once the subscription gets what is published.
    pub next: Option<u64>,
    /// The number that what follows has to have, if it is over.
    pub expect: Option<u64>,
}

/// Names a long poll that waits.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct WaitId {
    topic: Topic,
    number: u64,
}

/// What a long poll waits for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Want {
    /// A larger timestamp.
    LaterThan(i64),
    /// What comes after a place in the topic.
    After(Resume),
}

/// The answer to a long poll.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Found {
    /// The newest.
    pub publication: Arc<Publication>,
    /// How many of its topic lie between it and the place that was given.
    pub skipped: u64,
    /// There may have been more.
    pub gap: bool,
}

/// What became of a long poll.
#[derive(Debug)]
pub enum Wait {
    /// There is a value already.
    Found(Found),
    /// The waiter will come with a [`Delivery`], unless it is cancelled. If the number of
    /// what it comes with is known, it is this, or something is lost.
    Waiting(WaitId, Option<u64>),
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
    /// What is kept of them takes so many bytes.
    pub bytes: usize,
}

#[derive(Debug)]
struct Connection<C> {
    handle: C,
    patterns: HashSet<Pattern>,
    watched: HashSet<Topic>,
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
    epoch: Epoch,
    memory: Memory,
    connections: HashMap<ConnectionId, Connection<C>>,
    exact: HashMap<Topic, Arc<Audience<C>>>,
    wild: Wild<C>,
    watches: Watches<C>,
    waiters: HashMap<Topic, Vec<Waiter<W>>>,
    subscriptions: usize,
    /// Counts connections and long polls, to name them.
    next: u64,
}

impl<C: Listener + Clone, W> Topics<C, W> {
    /// Nothing is remembered and nobody listens. No two starts may have the same epoch.
    pub fn new(epoch: Epoch, limits: Limits) -> Self {
        Topics {
            epoch,
            memory: Memory::new(limits),
            connections: HashMap::new(),
            exact: HashMap::new(),
            wild: Wild::default(),
            watches: Watches::default(),
            waiters: HashMap::new(),
            subscriptions: 0,
            next: 0,
        }
    }

    /// A connection has come.
    pub fn connect(&mut self, handle: C) -> ConnectionId {
        let id = ConnectionId(self.number());
        let connection = Connection { handle, patterns: HashSet::new(), watched: HashSet::new() };
        self.connections.insert(id, connection);
        id
    }

    /// A connection has gone, and its subscriptions with it.
    pub fn disconnect(&mut self, id: ConnectionId) {
        let Some(connection) = self.connections.remove(&id) else { return };
        connection.patterns.iter().for_each(|pattern| self.leave(id, pattern));
        for topic in connection.watched {
            self.watches.remove(id, &topic);
            self.subscriptions -= 1;
        }
    }

    /// All connections.
    pub fn connections(&self) -> impl Iterator<Item = &C> {
        self.connections.values().map(|connection| &connection.handle)
    }

    /// From now on the connection gets every publication of these topics, in the way it
    /// asks for. Subscribing again changes that way. Whether it may hear a topic that it
    /// names is the caller's to ask before; of a wildcard's topics it gets those it may.
    ///
    /// # Errors
    /// When it has as many subscriptions as it may.
    pub fn subscribe(
        &mut self,
        now: ProcessingTime,
        id: ConnectionId,
        pattern: &Pattern,
        ask: Ask,
    ) -> Result<First, TooMany> {
        let limit = self.memory.limits().subscriptions;
        let Some(connection) = self.connections.get_mut(&id) else { return Ok(First::default()) };
        if !connection.patterns.contains(pattern) {
            if connection.patterns.len() + connection.watched.len() >= limit {
                return Err(TooMany { limit });
            }
            connection.patterns.insert(pattern.clone());
            self.subscriptions += 1;
        }
        let handle = connection.handle.clone();
        let first = self.first(now, (id, &handle), pattern, ask);
        let audience = match pattern.topic() {
            Some(topic) => self.exact.entry_ref(topic).or_default(),
            None => self.wild.audience(pattern),
        };
        changed(audience).join(id, handle, first.how);
        self.watches.change(pattern.topic());
        Ok(first)
    }

    /// What a subscription begins with.
    fn first(
        &self,
        now: ProcessingTime,
        (id, handle): (ConnectionId, &C),
        pattern: &Pattern,
        ask: Ask,
    ) -> First {
        let how = How { stamped: ask.resume.is_some(), told: ask.conflate, replaying: false };
        // The newest of a topic that is being given from before comes in its turn.
        let replaying = |topic: &Topic| {
            let how = self.exact.get(topic).and_then(|audience| audience.how(id));
            how.is_some_and(|how| how.replaying)
        };
        let values = |wanted: bool| {
            let heard = |value: &&Arc<Publication>| handle.hears(&value.topic) && !replaying(&value.topic);
            let mut values: Vec<Arc<Publication>> = match pattern.topic() {
                _ if !wanted => Vec::new(),
                Some(topic) => self.memory.value(now, topic, i64::MIN).cloned().into_iter().collect(),
                None => {
                    let all = self.memory.values(now, i64::MIN);
                    all.filter(|value| pattern.matches(&value.topic)).filter(heard).cloned().collect()
                }
            };
            values.reverse();
            values
        };
        match ask.resume {
            Some(Resume::After(cursor)) => {
                // Of another life of the broker nothing is known any more.
                let after = if cursor.epoch == self.epoch { cursor.seq } else { u64::MAX };
                First { values: Vec::new(), how: How { replaying: true, ..how }, replay: Some(after) }
            }
            _ => First { values: values(ask.latest), how, replay: None },
        }
    }

    /// The next piece of what came after a number, up to so many bytes unless it is a
    /// single larger one. When nothing is left the subscription gets what is published,
    /// from then on.
    pub fn replay(
        &mut self,
        now: ProcessingTime,
        id: ConnectionId,
        topic: &Topic,
        after: u64,
        bytes: usize,
    ) -> Replay {
        let over = Replay { pieces: Vec::new(), how: How::default(), next: None, expect: None };
        let Some(how) = self.exact.get_mut(topic).and_then(|audience| changed(audience).get(id)) else {
            return over;
        };
        if !how.replaying {
            return over;
        }
        let live = How { replaying: false, ..*how };
        let (mut pieces, mut seq, mut left) = (Vec::new(), after, bytes);
        loop {
            let (publication, gap) = match self.memory.after(now, topic, seq) {
                After::Nothing if pieces.is_empty() => {
                    *how = live;
                    return Replay { how: live, expect: Some(seq.saturating_add(1)), ..over };
                }
                After::Nothing => return Replay { pieces, how: live, next: Some(seq), expect: None },
                After::Next(publication) => (publication, false),
                After::Gap(newest) => (newest, true),
            };
            let cost = publication.frame.bytes().len() + PIECE_BYTES;
            if cost > left && !pieces.is_empty() {
                return Replay { pieces, how: live, next: Some(seq), expect: None };
            }
            (seq, left) = (publication.seq, left.saturating_sub(cost));
            pieces.push((publication, gap));
        }
    }

    /// The connection gets no more publications of these topics.
    pub fn unsubscribe(&mut self, id: ConnectionId, pattern: &Pattern) {
        let subscribed = |connection: &mut Connection<C>| connection.patterns.remove(pattern);
        if self.connections.get_mut(&id).is_some_and(subscribed) {
            self.leave(id, pattern);
        }
    }

    /// From now on the connection is told the number of a topic's subscribers when it
    /// changes; it is told now what is returned, unless the topic's name is too long.
    ///
    /// # Errors
    /// When it has as many subscriptions as it may.
    pub fn watch(
        &mut self,
        now: ProcessingTime,
        id: ConnectionId,
        topic: &Topic,
    ) -> Result<Option<Arc<Publication>>, TooMany> {
        let (limit, number) = (self.memory.limits().subscriptions, self.subscribers(topic));
        let Some(connection) = self.connections.get_mut(&id) else { return Ok(None) };
        let new = !connection.watched.contains(topic);
        if new && connection.patterns.len() + connection.watched.len() >= limit {
            return Err(TooMany { limit });
        }
        let told = self.watches.add(now, id, connection.handle.clone(), topic, number);
        if new && told.is_some() {
            connection.watched.insert(topic.clone());
            self.subscriptions += 1;
        }
        Ok(told)
    }

    /// The connection is not told the number any more.
    pub fn unwatch(&mut self, id: ConnectionId, topic: &Topic) {
        let watched = |connection: &mut Connection<C>| connection.watched.remove(topic);
        if self.connections.get_mut(&id).is_some_and(watched) {
            self.watches.remove(id, topic);
            self.subscriptions -= 1;
        }
    }

    /// The numbers of subscribers that have changed since they were told, and whom to tell.
    pub fn changed_numbers(&mut self, now: ProcessingTime) -> Vec<Told<C>> {
        let (exact, wild) = (&self.exact, &self.wild);
        self.watches.due(now, |topic| reached(exact, wild, topic).count(topic))
    }

    /// How many connections subscribe to a topic, by its name or by wildcards.
    pub fn subscribers(&self, topic: &Topic) -> usize {
        reached(&self.exact, &self.wild, topic).count(topic)
    }

    /// Stamps and remembers a publication, and says who gets it.
    pub fn publish(&mut self, now: ProcessingTime, topic: &Topic, draft: Draft) -> Delivery<C, W> {
        let (publication, forgotten) = self.memory.remember(now, topic, draft);
        let reached = reached(&self.exact, &self.wild, topic);
        let waiters = self.answered(topic, publication.frame.timestamp());
        Delivery { publication, reached, waiters, forgotten }
    }

    /// The remembered value of a topic, if its timestamp is larger than `later_than`.
    pub fn latest(&self, now: ProcessingTime, topic: &Topic, later_than: i64) -> Option<&Arc<Publication>> {
        self.memory.value(now, topic, later_than)
    }

    /// The remembered value of a topic, if it is what is wanted.
    pub fn find(&self, now: ProcessingTime, topic: &Topic, want: Want) -> Option<Found> {
        let found = |(publication, skipped, gap): (&Arc<Publication>, u64, bool)| Found {
            publication: Arc::clone(publication),
            skipped,
            gap,
        };
        match want {
            Want::LaterThan(later_than) => {
                self.latest(now, topic, later_than).map(|it| found((it, 0, false)))
            }
            Want::After(Resume::First) => {
                self.latest(now, topic, i64::MIN).map(|newest| found((newest, 0, false)))
            }
            Want::After(Resume::After(cursor)) => {
                let seq = (cursor.epoch == self.epoch).then_some(cursor.seq);
                self.memory.newest_after(now, topic, seq).map(found)
            }
        }
    }

    /// The same, or else waits for it: looking and registering are one step, so that no
    /// publication falls between them.
    pub fn wait(&mut self, now: ProcessingTime, topic: &Topic, want: Want, waiter: W) -> Wait {
        if let Some(found) = self.find(now, topic, want) {
            return Wait::Found(found);
        }
        let (later_than, expect) = match want {
            Want::LaterThan(later_than) => (later_than, None),
            Want::After(Resume::First) => (i64::MIN, None),
            Want::After(Resume::After(cursor)) if cursor.epoch == self.epoch => {
                (i64::MIN, Some(cursor.seq.saturating_add(1)))
            }
            Want::After(Resume::After(_)) => (i64::MIN, Some(0)),
        };
        let number = self.number();
        let waiting = self.waiters.entry(topic.clone()).or_default();
        waiting.push(Waiter { number, later_than, waiter });
        Wait::Waiting(WaitId { topic: topic.clone(), number }, expect)
    }

    /// The long poll waits no more; nothing happens if it was answered.
    pub fn cancel(&mut self, id: &WaitId) {
        let Some(waiting) = self.waiters.get_mut(&id.topic) else { return };
        waiting.retain(|waiter| waiter.number != id.number);
        if waiting.is_empty() {
            self.waiters.remove(&id.topic);
        }
    }

    /// The remembered values whose timestamps are larger than `later_than`, the newest first.
    pub fn values(&self, now: ProcessingTime, later_than: i64) -> impl Iterator<Item = &Arc<Publication>> {
        self.memory.values(now, later_than)
    }

    /// The remembered topics whose timestamps are larger than `later_than`, by name, of
    /// those that somebody may hear.
    pub fn list(&self, now: ProcessingTime, later_than: i64, who: &impl Listener) -> Vec<TopicEntry> {
        let entry = |publication: &Arc<Publication>| TopicEntry {
            topic: publication.topic.to_string(),
            last_updated: publication.frame.timestamp(),
        };
        let heard = self.values(now, later_than).filter(|value| who.hears(&value.topic));
        let mut entries: Vec<TopicEntry> = heard.map(entry).collect();
        entries.sort_unstable_by(|a, b| a.topic.cmp(&b.topic));
        entries
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

    fn leave(&mut self, id: ConnectionId, pattern: &Pattern) {
        self.subscriptions -= 1;
        self.watches.change(pattern.topic());
        let Some(topic) = pattern.topic() else {
            return self.wild.change(pattern, |audience| changed(audience).leave(id));
        };
        let Some(audience) = self.exact.get_mut(topic) else { return };
        changed(audience).leave(id);
        if audience.is_empty() {
            self.exact.remove(topic);
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

/// Whom a topic reaches.
fn reached<C: Listener + Clone>(
    exact: &HashMap<Topic, Arc<Audience<C>>>,
    wild: &Wild<C>,
    topic: &Topic,
) -> Reached<C> {
    let mut patterns = Vec::new();
    wild.find(topic, &mut patterns);
    Reached::new(topic, exact.get(topic).cloned(), patterns)
}

#[cfg(test)]
mod tests;
