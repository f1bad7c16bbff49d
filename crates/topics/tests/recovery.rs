//! Viewers that come, fall behind, leave and return, while others publish, the history
//! forgets and the broker restarts: against the list of all that was ever published.
//!
//! A connection is a [`Queue`] here, as it is in the broker, and a restart is a new
//! [`Topics`]. Each viewer resumes from the last number it saw.

use std::collections::HashMap;

use oriel_protocol::pubsub::{Ask, Cursor, Draft, Epoch, Pattern, Resume, Topic};
use oriel_time::{ProcessingTime, Span};
use oriel_topics::{
    ConnectionId, History, Limits, Listener, Next, Overflow, Queue, Rule, Sent, Slow, Topics, Want,
};
use proptest::prelude::*;

/// One that conflates, one that drops the oldest, one that may lose nothing.
const NAMES: [&str; 3] = ["a", "drop.b", "cQuery"];
const VIEWERS: usize = 3;

#[derive(Clone, Debug)]
enum Step {
    Publish { topic: usize, long: bool },
    Subscribe { viewer: usize, topic: usize },
    Wildcard { viewer: usize },
    Read { viewer: usize, frames: usize },
    Leave { viewer: usize },
    Restart,
    Tick(i64),
    Poll { poller: usize },
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let (viewer, topic) = (0..VIEWERS, 0..NAMES.len());
    let step = prop_oneof![
        12 => (topic.clone(), any::<bool>()).prop_map(|(topic, long)| Step::Publish { topic, long }),
        4 => (viewer.clone(), topic).prop_map(|(viewer, topic)| Step::Subscribe { viewer, topic }),
        1 => viewer.clone().prop_map(|viewer| Step::Wildcard { viewer }),
        8 => (viewer.clone(), 1..6_usize).prop_map(|(viewer, frames)| Step::Read { viewer, frames }),
        2 => viewer.clone().prop_map(|viewer| Step::Leave { viewer }),
        1 => Just(Step::Restart),
        2 => (1..40_i64).prop_map(Step::Tick),
        4 => viewer.prop_map(|poller| Step::Poll { poller }),
    ];
    proptest::collection::vec(step, 0..250)
}

#[derive(Clone, Debug)]
struct Viewer(usize);

impl Listener for Viewer {
    fn hears(&self, _: &Topic) -> bool {
        true
    }
}

/// What one viewer has, across all its connections.
struct Seat {
    connection: Option<(ConnectionId, Queue)>,
    /// What it resumes when it returns.
    wanted: Vec<usize>,
    wildcard: bool,
    /// The last it saw of a topic: where that is in the truth, and how to resume.
    seen: HashMap<usize, (usize, Cursor)>,
    /// From where on it gets a topic of which it saw nothing yet.
    since: HashMap<usize, usize>,
}

struct World {
    now: i64,
    epoch: u64,
    topics: Topics<Viewer, ()>,
    names: Vec<Topic>,
    /// By topic, the data of every publication ever made.
    truth: Vec<Vec<String>>,
    seats: Vec<Seat>,
    /// What each long poller saw last.
    polled: Vec<Option<(usize, Cursor)>>,
}

fn limits() -> Limits {
    let rule =
        |pattern: &str, slow| Rule { pattern: pattern.parse().expect("a pattern"), slow, history: None };
    Limits {
        topics: 2,
        age: Span::from_millis(100),
        history: History { count: 5, bytes: 2_000, age: Span::from_millis(60) },
        rules: vec![rule("drop.*", Some(Slow::DropOldest))],
        ..Limits::default()
    }
}

fn seat() -> Seat {
    Seat {
        connection: None,
        wanted: Vec::new(),
        wildcard: false,
        seen: HashMap::new(),
        since: HashMap::new(),
    }
}

impl World {
    fn new() -> Self {
        World {
            now: 0,
            epoch: 1,
            topics: Topics::new(Epoch::new(1), limits()),
            names: NAMES.iter().map(|name| name.parse().expect("a topic")).collect(),
            truth: vec![Vec::new(); NAMES.len()],
            seats: (0..VIEWERS).map(|_| seat()).collect(),
            polled: vec![None; VIEWERS],
        }
    }

    fn now(&self) -> ProcessingTime {
        ProcessingTime::from_millis(self.now)
    }

    fn step(&mut self, step: &Step) -> Result<(), TestCaseError> {
        match *step {
            Step::Publish { topic, long } => self.publish(topic, long),
            Step::Subscribe { viewer, topic } => {
                self.connect(viewer)?;
                self.subscribe(viewer, topic);
            }
            Step::Wildcard { viewer } => {
                self.connect(viewer)?;
                self.seats[viewer].wildcard = true;
                self.ask(viewer, &">".parse().expect("a pattern"), Ask::default());
            }
            Step::Read { viewer, frames } => {
                for _ in 0..frames {
                    self.read(viewer)?;
                }
            }
            Step::Leave { viewer } => self.leave(viewer),
            Step::Restart => {
                (0..VIEWERS).for_each(|viewer| self.leave(viewer));
                self.epoch += 1;
                self.topics = Topics::new(Epoch::new(self.epoch), limits());
            }
            Step::Tick(by) => {
                self.now += by;
                self.topics.expire(self.now());
            }
            Step::Poll { poller } => self.poll(poller)?,
        }
        Ok(())
    }

    fn publish(&mut self, topic: usize, long: bool) {
        let data =
            format!("\"{}{}\"", self.truth[topic].len(), if long { "x".repeat(300) } else { String::new() });
        self.truth[topic].push(data.clone());
        let draft = Draft::new(&self.names[topic], &data);
        let delivery = self.topics.publish(self.now(), &self.names[topic], draft);
        let mut reached = Vec::new();
        delivery.reached.each(&self.names[topic], |viewer, how| reached.push((viewer.0, how)));
        for (viewer, how) in reached {
            let (_, queue) = self.seats[viewer].connection.as_mut().expect("only those who are here");
            if queue.push(&delivery.publication, how) == Err(Overflow) {
                self.leave(viewer);
            }
        }
    }

    /// Comes back with all that it had asked for.
    fn connect(&mut self, viewer: usize) -> Result<(), TestCaseError> {
        if self.seats[viewer].connection.is_some() {
            return Ok(());
        }
        let id = self.topics.connect(Viewer(viewer));
        self.seats[viewer].connection = Some((id, Queue::new(600, 10)));
        if self.seats[viewer].wildcard {
            self.ask(viewer, &">".parse().expect("a pattern"), Ask::default());
        }
        for topic in self.seats[viewer].wanted.clone() {
            // Nothing is owed for what it never saw while it was away.
            self.seats[viewer].since.insert(topic, self.truth[topic].len());
            self.subscribe(viewer, topic);
        }
        Ok(())
    }

    fn subscribe(&mut self, viewer: usize, topic: usize) {
        let seat = &mut self.seats[viewer];
        if !seat.wanted.contains(&topic) {
            seat.wanted.push(topic);
            seat.since.insert(topic, self.truth[topic].len());
        }
        let after = seat.seen.get(&topic).map(|(_, cursor)| Resume::After(*cursor));
        let ask = Ask { resume: Some(after.unwrap_or(Resume::First)), ..Ask::default() };
        self.ask(viewer, &self.names[topic].clone().into(), ask);
    }

    fn ask(&mut self, viewer: usize, pattern: &Pattern, ask: Ask) {
        let now = self.now();
        let Some((id, queue)) = &mut self.seats[viewer].connection else { return };
        let first = self.topics.subscribe(now, *id, pattern, ask).expect("few of them");
        if queue.begin(pattern, &first) == Err(Overflow) {
            self.leave(viewer);
        }
    }

    fn leave(&mut self, viewer: usize) {
        if let Some((id, _)) = self.seats[viewer].connection.take() {
            self.topics.disconnect(id);
        }
    }

    /// Does what a session does: gets what was published before, and sends one frame.
    fn read(&mut self, viewer: usize) -> Result<bool, TestCaseError> {
        let now = self.now();
        let Some((id, queue)) = &mut self.seats[viewer].connection else { return Ok(false) };
        while let Some((topic, after, bytes)) = queue.wants() {
            let replay = self.topics.replay(now, *id, &topic, after, bytes);
            prop_assert!(queue.replayed(&topic, &replay).is_ok(), "there is room for a piece");
        }
        match queue.pop() {
            Some(Next::Publication(sent)) => self.saw(viewer, &sent).map(|()| true),
            Some(Next::Answer(_)) => Err(TestCaseError::fail("nobody asked")),
            None => Ok(false),
        }
    }

    fn saw(&mut self, viewer: usize, sent: &Sent) -> Result<(), TestCaseError> {
        let topic = self.names.iter().position(|name| *name == sent.publication.topic).expect("a name");
        let data = sent.publication.frame.data();
        let at = self.truth[topic].iter().position(|text| text.as_bytes() == data).expect("published");
        let seat = &mut self.seats[viewer];
        if !seat.wanted.contains(&topic) {
            return Ok(());
        }
        let due = seat.seen.get(&topic).map_or(seat.since[&topic], |(last, _)| last + 1);
        if sent.how.stamped {
            prop_assert!(at >= due, "{}: {at} comes after {due}", self.names[topic]);
            let left_out = (at - due) as u64;
            // What was left out may have been for the wildcard, before this was subscribed to.
            let unsure = sent.gap || seat.wildcard && !seat.seen.contains_key(&topic);
            prop_assert!(unsure || left_out == sent.skipped, "{left_out} left out, {sent:?} says");
            let cursor = Cursor { epoch: Epoch::new(self.epoch), seq: sent.publication.seq };
            seat.seen.insert(topic, (at, cursor));
        }
        Ok(())
    }

    /// A long poll: never older, never twice, and it knows what it skips.
    fn poll(&mut self, poller: usize) -> Result<(), TestCaseError> {
        let (topic, before) = (poller % NAMES.len(), self.polled[poller]);
        let want = Want::After(before.map_or(Resume::First, |(_, cursor)| Resume::After(cursor)));
        let Some(found) = self.topics.find(self.now(), &self.names[topic], want) else { return Ok(()) };
        let data = found.publication.frame.data();
        let at = self.truth[topic].iter().position(|text| text.as_bytes() == data).expect("published");
        prop_assert_eq!(at + 1, self.truth[topic].len(), "the newest");
        if let Some((last, _)) = before {
            prop_assert!(at > last);
            let between = (at - last - 1) as u64;
            prop_assert!(found.gap && found.skipped <= between || found.skipped == between);
        }
        let cursor = Cursor { epoch: Epoch::new(self.epoch), seq: found.publication.seq };
        self.polled[poller] = Some((at, cursor));
        Ok(())
    }

    /// Whoever stays long enough has the newest of all that it subscribed to.
    fn finish(&mut self) -> Result<(), TestCaseError> {
        for viewer in 0..VIEWERS {
            self.connect(viewer)?;
            while self.read(viewer)? {}
        }
        for topic in 0..NAMES.len() {
            self.publish(topic, false);
            for viewer in 0..VIEWERS {
                self.connect(viewer)?;
                while self.read(viewer)? {}
                let seat = &self.seats[viewer];
                if seat.wanted.contains(&topic) {
                    let newest = seat.seen.get(&topic).map(|(at, _)| at + 1);
                    prop_assert_eq!(newest, Some(self.truth[topic].len()));
                }
            }
        }
        Ok(())
    }
}

/// A thousand runs, or more if `PROPTEST_CASES` says so.
fn config() -> ProptestConfig {
    let usual = ProptestConfig::default();
    ProptestConfig { cases: usual.cases.max(1_000), failure_persistence: None, ..usual }
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn nothing_is_lost_without_a_word_and_nothing_comes_twice(steps in steps()) {
        let mut world = World::new();
        for step in &steps {
            world.step(step)?;
        }
        world.finish()?;
    }
}
