//! Random interleavings against a model that keeps every publication ever made and
//! finds each answer by walking over all of them.

use std::sync::Arc;

use oriel_protocol::pubsub::{Ask, Draft, Epoch, Pattern, Topic};
use oriel_time::{ProcessingTime, Span};
use oriel_topics::{ConnectionId, Limits, Listener, Publication, Topics, Wait, WaitId, Want};
use proptest::prelude::*;

const AGE: i64 = 50;
const TOPICS: usize = 3;
const NAMES: [&str; 5] = ["a", "b", "c", "dQuery", "e.f"];

#[derive(Clone, Debug)]
struct Number(usize);

impl Listener for Number {
    fn hears(&self, _: &Topic) -> bool {
        true
    }
}

/// What can be subscribed to, after the names.
const WILD: [&str; 3] = [">", "*", "e.*"];

#[derive(Clone, Debug)]
enum Step {
    Tick(i64),
    Connect,
    Disconnect(usize),
    Subscribe(usize, usize, bool),
    Unsubscribe(usize, usize),
    Publish(usize),
    Wait(usize, i64),
    Cancel(usize),
    Expire,
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let (who, what) = (0..4_usize, 0..NAMES.len());
    let pattern = 0..NAMES.len() + WILD.len();
    let step = prop_oneof![
        2 => (0..20_i64).prop_map(Step::Tick),
        1 => Just(Step::Connect),
        1 => who.clone().prop_map(Step::Disconnect),
        3 => (who.clone(), pattern.clone(), any::<bool>()).prop_map(|(w, t, l)| Step::Subscribe(w, t, l)),
        2 => (who.clone(), pattern).prop_map(|(w, t)| Step::Unsubscribe(w, t)),
        6 => what.clone().prop_map(Step::Publish),
        2 => (what, -5..5_i64).prop_map(|(t, ahead)| Step::Wait(t, ahead)),
        1 => who.prop_map(Step::Cancel),
        1 => Just(Step::Expire),
    ];
    proptest::collection::vec(step, 0..120)
}

/// Everything that ever happened.
#[derive(Default)]
struct Model {
    now: i64,
    /// Topic, when, timestamp: in the order of publication.
    history: Vec<(usize, i64, i64)>,
    /// Connection and pattern.
    subscriptions: Vec<(usize, usize)>,
    /// Topic, what it has to be newer than, the waiter's number.
    waiting: Vec<(usize, i64, usize)>,
}

impl Model {
    /// The timestamp of what a topic remembers. A topic is out when that many others
    /// were published since, or when it is too old.
    fn remembered(&self, topic: usize) -> Option<i64> {
        let last = self.history.iter().rposition(|entry| entry.0 == topic)?;
        let mut since: Vec<usize> = self.history[last + 1..].iter().map(|entry| entry.0).collect();
        since.sort_unstable();
        since.dedup();
        let (_, at, timestamp) = self.history[last];
        (since.len() < TOPICS && self.now - at < AGE).then_some(timestamp)
    }

    fn subscribers(&self, topic: usize) -> Vec<usize> {
        // What each pattern matches, written out.
        let matches = |pattern: usize| match pattern.checked_sub(NAMES.len()) {
            None => pattern == topic,
            Some(0) => true,
            Some(1) => !NAMES[topic].contains('.'),
            Some(_) => NAMES[topic].starts_with("e."),
        };
        let matching = self.subscriptions.iter().filter(|entry| matches(entry.1));
        let mut all: Vec<_> = matching.map(|entry| entry.0).collect();
        all.sort_unstable();
        all.dedup();
        all
    }
}

struct Pair {
    model: Model,
    topics: Topics<Number, usize>,
    names: Vec<Topic>,
    patterns: Vec<Pattern>,
    /// By number; the id is gone when the connection is.
    connections: Vec<Option<ConnectionId>>,
    waits: Vec<WaitId>,
    waiters: usize,
}

impl Pair {
    fn new() -> Self {
        let limits = Limits { topics: TOPICS, age: Span::from_millis(AGE), ..Limits::default() };
        let names = NAMES.iter().map(|name| name.parse().expect("a topic")).collect();
        let patterns = NAMES.iter().chain(&WILD).map(|text| text.parse().expect("a pattern")).collect();
        let (model, topics) = (Model::default(), Topics::new(Epoch::new(1), limits));
        Pair { model, topics, names, patterns, connections: Vec::new(), waits: Vec::new(), waiters: 0 }
    }

    fn now(&self) -> ProcessingTime {
        ProcessingTime::from_millis(self.model.now)
    }

    fn connection(&self, who: usize) -> Option<ConnectionId> {
        self.connections.get(who).copied().flatten()
    }

    fn step(&mut self, step: &Step) -> Result<(), TestCaseError> {
        match *step {
            Step::Tick(by) => self.model.now += by,
            Step::Connect => {
                let id = self.topics.connect(Number(self.connections.len()));
                self.connections.push(Some(id));
            }
            Step::Disconnect(who) => {
                if let Some(id) = self.connection(who) {
                    self.topics.disconnect(id);
                    self.connections[who] = None;
                    self.model.subscriptions.retain(|entry| entry.0 != who);
                }
            }
            Step::Subscribe(who, what, latest) => self.subscribe(who, what, latest)?,
            Step::Unsubscribe(who, what) => {
                if let Some(id) = self.connection(who) {
                    self.topics.unsubscribe(id, &self.patterns[what]);
                    self.model.subscriptions.retain(|entry| *entry != (who, what));
                }
            }
            Step::Publish(what) => self.publish(what)?,
            Step::Wait(what, ahead) => self.wait(what, ahead)?,
            Step::Cancel(which) => {
                if which < self.waits.len() {
                    let id = self.waits.remove(which);
                    let (.., number) = self.model.waiting.remove(which);
                    prop_assert!(number < self.waiters);
                    self.topics.cancel(&id);
                }
            }
            Step::Expire => {
                self.topics.expire(self.now());
            }
        }
        self.agree()
    }

    fn subscribe(&mut self, who: usize, what: usize, latest: bool) -> Result<(), TestCaseError> {
        let Some(id) = self.connection(who) else { return Ok(()) };
        let ask = Ask { latest, ..Ask::default() };
        let first = self.topics.subscribe(self.now(), id, &self.patterns[what], ask).expect("few of them");
        if what < NAMES.len() {
            let expected = self.model.remembered(what).filter(|_| latest);
            let stamps: Vec<i64> = first.values.iter().map(|value| value.frame.timestamp()).collect();
            prop_assert_eq!(stamps, Vec::from_iter(expected));
        }
        if !self.model.subscriptions.contains(&(who, what)) {
            self.model.subscriptions.push((who, what));
        }
        Ok(())
    }

    fn publish(&mut self, what: usize) -> Result<(), TestCaseError> {
        let data = self.model.history.len().to_string();
        let draft = Draft::new(&self.names[what], &data);
        let delivery = self.topics.publish(self.now(), &self.names[what], draft);
        let timestamp = delivery.publication.frame.timestamp();
        let before = self.model.history.iter().filter(|entry| entry.0 == what).map(|entry| entry.2).max();
        prop_assert!(before.is_none_or(|before| before < timestamp), "timestamps grow strictly");
        prop_assert!(timestamp >= self.model.now);
        prop_assert_eq!(delivery.publication.frame.data(), data.as_bytes());
        self.model.history.push((what, self.model.now, timestamp));

        let mut audience = Vec::new();
        delivery.reached.each(&self.names[what], |number, _| audience.push(number.0));
        prop_assert_eq!(self.topics.subscribers(&self.names[what]), audience.len());
        audience.sort_unstable();
        prop_assert_eq!(audience, self.model.subscribers(what), "each subscriber once");

        let due = |entry: &(usize, i64, usize)| entry.0 == what && entry.1 < timestamp;
        let expected: Vec<usize> =
            self.model.waiting.iter().filter(|entry| due(entry)).map(|entry| entry.2).collect();
        prop_assert_eq!(delivery.waiters, expected, "each long poll that is due, once");
        let still: Vec<bool> = self.model.waiting.iter().map(|entry| !due(entry)).collect();
        let mut keep = still.iter();
        self.waits.retain(|_| *keep.next().expect("as many"));
        self.model.waiting.retain(|entry| !due(entry));
        Ok(())
    }

    fn wait(&mut self, what: usize, ahead: i64) -> Result<(), TestCaseError> {
        let later_than = self.model.remembered(what).unwrap_or(self.model.now) + ahead;
        let found = self.model.remembered(what).filter(|timestamp| *timestamp > later_than);
        let want = Want::LaterThan(later_than);
        match self.topics.wait(self.now(), &self.names[what], want, self.waiters) {
            Wait::Found(it) => prop_assert_eq!(Some(it.publication.frame.timestamp()), found),
            Wait::Waiting(id, _) => {
                prop_assert_eq!(None, found);
                self.waits.push(id);
                self.model.waiting.push((what, later_than, self.waiters));
            }
        }
        self.waiters += 1;
        Ok(())
    }

    fn agree(&self) -> Result<(), TestCaseError> {
        let value = |topic| self.topics.latest(self.now(), topic, i64::MIN);
        let stamp = |found: &Arc<Publication>| found.frame.timestamp();
        let have: Vec<_> = self.names.iter().map(|topic| value(topic).map(stamp)).collect();
        let expected: Vec<_> = (0..NAMES.len()).map(|topic| self.model.remembered(topic)).collect();
        let listed = self.topics.list(self.now(), i64::MIN, &Number(0));
        let sizes = self.topics.sizes();
        prop_assert_eq!(listed.len(), expected.iter().flatten().count());
        prop_assert_eq!(have, expected);
        prop_assert_eq!(sizes.waiters, self.model.waiting.len());
        prop_assert_eq!(sizes.subscriptions, self.model.subscriptions.len());
        prop_assert_eq!(sizes.connections, self.connections.iter().flatten().count());
        prop_assert!(sizes.topics <= TOPICS && sizes.topics >= listed.len());
        Ok(())
    }
}

proptest! {
    #[test]
    fn every_interleaving_agrees_with_the_model(steps in steps()) {
        let mut pair = Pair::new();
        for step in &steps {
            pair.step(step)?;
        }
        for id in pair.connections.iter().flatten() {
            pair.topics.disconnect(*id);
        }
        for id in &pair.waits {
            pair.topics.cancel(id);
        }
        pair.model.now += AGE;
        pair.topics.expire(pair.now());
        prop_assert_eq!(pair.topics.sizes(), oriel_topics::Sizes::default(), "nothing is left behind");
    }
}
