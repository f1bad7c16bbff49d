//! What is subscribed to: what the broker has to be told, and whose an incoming value is.

use std::collections::VecDeque;

use hashbrown::HashMap;
use oriel_protocol::pubsub::{Beside, Pattern, Topic, subscribe, unsubscribe};

use super::overlap::overlap;
use super::place::Place;
use crate::error::SubscribeError;
use crate::update::{How, Update};

#[derive(Debug)]
struct Followed<H> {
    handle: H,
    place: Place,
}

/// So many patterns that were unsubscribed from on a connection are known by name.
const LEFT: usize = 1_000;

/// The subscriptions of a client; no two of them mean the same topic. `H` is whatever
/// takes their updates.
#[derive(Debug)]
pub(super) struct Following<H> {
    exact: HashMap<Topic, Followed<H>>,
    wild: Vec<(Pattern, Followed<H>)>,
    /// What the broker has still to be told about.
    untold: VecDeque<Pattern>,
    /// What was unsubscribed from on this connection: values of it may still be on their
    /// way, and would be taken for those of a subscription that follows.
    left: Vec<Pattern>,
    connected: bool,
}

impl<H> Following<H> {
    pub(super) fn new() -> Self {
        Following {
            exact: HashMap::new(),
            wild: Vec::new(),
            untold: VecDeque::new(),
            left: Vec::new(),
            connected: false,
        }
    }

    pub(super) fn add(&mut self, pattern: &Pattern, how: How, handle: H) -> Result<(), SubscribeError> {
        if pattern.topic().is_some_and(Topic::is_reserved) {
            return Err(SubscribeError::Reserved);
        }
        if let Some(other) = self.overlapping(pattern) {
            return Err(SubscribeError::Overlap(other));
        }
        if how.resume.is_some() && pattern.topic().is_none() {
            return Err(SubscribeError::Wildcard);
        }
        let mut place = Place::new(how, pattern.topic().is_none());
        if self.was_left(pattern) {
            place.expect_strays();
        }
        let followed = Followed { handle, place };
        match pattern.topic() {
            Some(topic) => drop(self.exact.insert(topic.clone(), followed)),
            None => self.wild.push((pattern.clone(), followed)),
        }
        self.tell(pattern);
        Ok(())
    }

    pub(super) fn remove(&mut self, pattern: &Pattern) {
        match pattern.topic() {
            Some(topic) => drop(self.exact.remove(topic)),
            None => self.wild.retain(|(other, _)| other != pattern),
        }
        if self.connected && self.left.len() < LEFT {
            self.left.push(pattern.clone());
        }
        self.tell(pattern);
    }

    /// A new broker, as far as we know: it has to be told everything.
    pub(super) fn connected(&mut self) {
        self.connected = true;
        self.exact.values_mut().for_each(|followed| followed.place.reconnected());
        self.wild.iter_mut().for_each(|(_, followed)| followed.place.reconnected());
        self.untold = self.patterns().collect();
    }

    pub(super) fn lost(&mut self) {
        self.connected = false;
        self.untold.clear();
        self.left.clear();
    }

    /// The next frame that the broker has to be told.
    pub(super) fn next(&mut self) -> Option<String> {
        let pattern = self.untold.pop_front()?;
        let followed = match pattern.topic() {
            Some(topic) => self.exact.get_mut(topic),
            None => self.wild.iter_mut().find(|(other, _)| *other == pattern).map(|(_, followed)| followed),
        };
        Some(match followed {
            Some(followed) => subscribe(&pattern, followed.place.ask()),
            None => unsubscribe(&pattern),
        })
    }

    /// Takes a value that came; gives whose it is and what they get, unless it is nobody's
    /// any more or was here before.
    pub(super) fn take(
        &mut self,
        topic: &str,
        (data, timestamp): (&str, i64),
        beside: Beside,
    ) -> Option<(&H, Update)> {
        let (topic, followed) = match self.exact.get_key_value(topic) {
            Some((topic, _)) => {
                let topic = topic.clone();
                let followed = self.exact.get_mut(&topic)?;
                (topic, followed)
            }
            None => {
                let topic: Topic = topic.parse().ok()?;
                let (_, followed) = self.wild.iter_mut().find(|(pattern, _)| pattern.matches(&topic))?;
                (topic, followed)
            }
        };
        let told = followed.place.take(&topic, (data, timestamp), beside)?;
        let Beside { cursor, gap, skipped } = told;
        Some((&followed.handle, Update { topic, data: data.into(), timestamp, cursor, skipped, gap }))
    }

    /// Whatever takes the updates.
    pub(super) fn handles(&self) -> impl Iterator<Item = &H> {
        let exact = self.exact.values();
        exact.chain(self.wild.iter().map(|(_, followed)| followed)).map(|followed| &followed.handle)
    }

    /// A subscription that means some of the topics that this pattern means.
    fn overlapping(&self, pattern: &Pattern) -> Option<Pattern> {
        let wild = self.wild.iter().map(|(other, _)| other).find(|other| overlap(pattern, other));
        let exact = || match pattern.topic() {
            Some(topic) => self.exact.get_key_value(topic).map(|(topic, _)| topic),
            None => self.exact.keys().find(|topic| pattern.matches(topic)),
        };
        wild.cloned().or_else(|| exact().map(|topic| Pattern::from(topic.clone())))
    }

    fn patterns(&self) -> impl Iterator<Item = Pattern> {
        let exact = self.exact.keys().map(|topic| Pattern::from(topic.clone()));
        exact.chain(self.wild.iter().map(|(pattern, _)| pattern.clone()))
    }

    fn was_left(&self, pattern: &Pattern) -> bool {
        self.left.len() == LEFT || self.left.iter().any(|left| overlap(left, pattern))
    }

    /// The broker is told what is true of a pattern when its turn comes.
    fn tell(&mut self, pattern: &Pattern) {
        if self.connected && !self.untold.contains(pattern) {
            self.untold.push_back(pattern.clone());
        }
    }
}
