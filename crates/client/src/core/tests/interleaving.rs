//! Random breaks, restarts and evictions: no loss without `gap` or `skipped`, nothing
//! twice, nothing out of order; what is kept arrives.

use std::collections::VecDeque;

use oriel_protocol::pubsub::{Cursor, Pattern, Resume, Topic, publish};
use proptest::prelude::*;

use super::broker::{Broker, Publication};
use crate::core::{Core, Kind, Received};
use crate::options::WhenFull;
use crate::update::{How, Update};

const TOPICS: [&str; 4] = ["a.x", "a.y", "b.x", "c"];
const PATTERNS: [&str; 7] = ["a.x", "a.y", "b.x", "c", "a.*", "*.x", ">"];
/// Only the client publishes there.
const KEPT: &str = "kept";
const QUEUE: &str = "queue";

#[derive(Clone, Copy, Debug)]
enum Step {
    Subscribe(usize, Begin),
    Drop(usize),
    Publish(usize),
    Keep,
    Queue,
    Connect,
    Break,
    Restart,
    Evict(usize, usize),
    Conflate(usize),
    /// The client sends so many frames.
    Send(usize),
    /// The broker reads so many.
    Read(usize),
    /// The client hears so many.
    Hear(usize),
}

#[derive(Clone, Copy, Debug)]
enum Begin {
    New,
    Latest,
    Resume,
    ResumeLatest,
    /// After one of the places told so far.
    After(usize),
}

fn begin() -> impl Strategy<Value = Begin> {
    prop_oneof![
        1 => Just(Begin::New),
        1 => Just(Begin::Latest),
        2 => Just(Begin::Resume),
        1 => Just(Begin::ResumeLatest),
        2 => any::<usize>().prop_map(Begin::After),
    ]
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let some = 1..6_usize;
    let step = prop_oneof![
        3 => (0..PATTERNS.len(), begin()).prop_map(|(pattern, begin)| Step::Subscribe(pattern, begin)),
        1 => any::<usize>().prop_map(Step::Drop),
        8 => (0..TOPICS.len()).prop_map(Step::Publish),
        1 => Just(Step::Keep),
        1 => Just(Step::Queue),
        2 => Just(Step::Connect),
        1 => Just(Step::Break),
        1 => prop_oneof![3 => Just(Step::Break), 1 => Just(Step::Restart)],
        1 => (0..TOPICS.len(), 0..4_usize).prop_map(|(topic, keep)| Step::Evict(topic, keep)),
        1 => (0..TOPICS.len()).prop_map(Step::Conflate),
        3 => some.clone().prop_map(Step::Send),
        3 => some.clone().prop_map(Step::Read),
        3 => some.prop_map(Step::Hear),
    ];
    proptest::collection::vec(step, 0..200)
}

/// A subscription as its owner sees it.
struct Seen {
    pattern: Pattern,
    how: How,
    /// When the broker first read that it was subscribed to: how much was published before.
    since: Option<usize>,
    updates: Vec<Update>,
}

struct World {
    broker: Broker,
    core: Core<usize>,
    connected: bool,
    /// Frames on their way to the broker, each with the subscription it is about.
    sent: VecDeque<(String, Option<usize>)>,
    seen: Vec<Seen>,
    open: Vec<usize>,
    places: Vec<(Topic, Cursor)>,
    written: u64,
    /// The newest value that is to be kept.
    kept: Option<u64>,
}

fn topic(name: &str) -> Topic {
    name.parse().expect(name)
}

impl World {
    fn new() -> Self {
        World {
            broker: Broker::new(),
            core: Core::new(1 << 20, WhenFull::Refuse),
            connected: false,
            sent: VecDeque::new(),
            seen: Vec::new(),
            open: Vec::new(),
            places: Vec::new(),
            written: 0,
            kept: None,
        }
    }

    fn step(&mut self, step: Step) -> Result<(), TestCaseError> {
        match step {
            Step::Subscribe(pattern, begin) => self.subscribe(PATTERNS[pattern], begin),
            Step::Drop(which) if !self.open.is_empty() => {
                let which = self.open.swap_remove(which % self.open.len());
                self.core.unsubscribe(&self.seen[which].pattern);
            }
            Step::Drop(_) => {}
            // Equal values come often.
            Step::Publish(name) => {
                let data = (self.broker.log.len() % 2).to_string();
                self.broker.publish(&topic(TOPICS[name]), &data);
            }
            Step::Keep | Step::Queue => self.write(matches!(step, Step::Keep)),
            Step::Connect if !self.connected => {
                self.connected = true;
                self.core.connected();
            }
            Step::Connect => {}
            Step::Break => self.lose(),
            Step::Restart => {
                self.lose();
                self.broker.restart();
            }
            Step::Evict(name, keep) => self.broker.evict(&topic(TOPICS[name]), keep),
            Step::Conflate(name) => self.broker.conflate(&topic(TOPICS[name])),
            Step::Send(count) => (0..count).for_each(|_| self.send()),
            Step::Read(count) => (0..count).for_each(|_| self.read()),
            Step::Hear(count) => {
                for _ in 0..count {
                    self.hear()?;
                }
            }
        }
        Ok(())
    }

    fn subscribe(&mut self, name: &str, begin: Begin) {
        let pattern: Pattern = name.parse().expect(name);
        let places: Vec<Cursor> =
            self.places.iter().filter(|(topic, _)| pattern.matches(topic)).map(|(_, place)| *place).collect();
        let how = match begin {
            Begin::New => How::default(),
            Begin::Latest => How::latest(),
            Begin::Resume => How::resume(),
            Begin::ResumeLatest => How { latest: true, ..How::resume() },
            Begin::After(_) if places.is_empty() => How::resume(),
            Begin::After(which) => How::after(places[which % places.len()]),
        };
        let how = if pattern.topic().is_none() { How { resume: None, ..how } } else { how };
        if self.core.subscribe(&pattern, how, self.seen.len()).is_ok() {
            self.open.push(self.seen.len());
            self.seen.push(Seen { pattern, how, since: None, updates: Vec::new() });
        }
    }

    fn write(&mut self, keep: bool) {
        self.written += 1;
        self.kept = if keep { Some(self.written) } else { self.kept };
        let name = topic(if keep { KEPT } else { QUEUE });
        let frame = publish(&name, &self.written.to_string()).into();
        let written = if keep { self.core.keep(&name, frame) } else { self.core.publish(frame) };
        written.expect("there is room");
    }

    fn lose(&mut self) {
        if std::mem::take(&mut self.connected) {
            self.sent.clear();
            self.broker.disconnect();
            self.core.lost();
        }
    }

    fn send(&mut self) {
        if !self.connected {
            return;
        }
        let Some(frame) = self.core.next() else { return };
        let text = String::from_utf8(frame.text.to_vec()).expect("UTF-8");
        let about = |which: &&usize| text.contains(&format!("\"topic\":\"{}\"", self.seen[**which].pattern));
        let about = self.open.iter().find(about).copied();
        self.sent.push_back((text, about.filter(|_| frame.kind == Kind::Subscription)));
    }

    fn read(&mut self) {
        let Some((frame, about)) = self.sent.pop_front() else { return };
        if let Some(seen) = about.map(|which| &mut self.seen[which]) {
            seen.since.get_or_insert(self.broker.log.len());
        }
        self.broker.read(&frame);
    }

    fn hear(&mut self) -> Result<(), TestCaseError> {
        let Some(frame) = self.broker.write() else { return Ok(()) };
        match self.core.received(&frame) {
            Received::Update(&which, update) => {
                prop_assert!(self.open.contains(&which), "nobody listens any more");
                if let Some(cursor) = update.cursor {
                    self.places.push((update.topic.clone(), cursor));
                }
                self.seen[which].updates.push(update);
            }
            Received::Nothing => {}
            other => prop_assert!(false, "{:?} of {}", other, frame),
        }
        Ok(())
    }

    /// Lets everything arrive that is on its way.
    fn settle(&mut self) -> Result<(), TestCaseError> {
        self.step(Step::Connect)?;
        while !self.core.is_done() || !self.sent.is_empty() {
            self.step(Step::Send(100))?;
            self.step(Step::Read(100))?;
        }
        (0..100).for_each(|_| self.send());
        self.step(Step::Read(100))?;
        self.step(Step::Hear(10_000))
    }

    /// What a subscription had to get of a topic, from the log of everything.
    fn due(&self, seen: &Seen, name: &Topic) -> Vec<&Publication> {
        let Some(mut since) = seen.since else { return Vec::new() };
        if let Some(Resume::After(cursor)) = seen.how.resume {
            since = self.broker.log.iter().position(|it| it.cursor == cursor).expect("published") + 1;
        }
        self.broker.log[since..].iter().filter(|it| it.topic == *name).collect()
    }

    fn check(&self, seen: &Seen, name: &Topic) -> Result<(), TestCaseError> {
        let due = self.due(seen, name);
        let mut before = -1;
        // What a wildcard may have lost is told by whatever comes next of it.
        let mut gap = false;
        for update in &seen.updates {
            gap |= update.gap;
            if update.topic != *name {
                continue;
            }
            let it = &self.broker.log[update.timestamp as usize];
            prop_assert_eq!((&it.topic, &*it.data), (&update.topic, &*update.data));
            prop_assert!(update.timestamp > before, "{}: in order, and once", seen.pattern);
            let missing = due.iter().filter(|it| (before + 1..update.timestamp).contains(&it.timestamp));
            let missing = missing.count() as u64;
            prop_assert!(
                gap || missing <= update.skipped,
                "{} {:?}: {} are missing before {:?}",
                seen.pattern,
                seen.how,
                missing,
                update
            );
            (before, gap) = (update.timestamp, false);
        }
        Ok(())
    }
}

proptest! {
    #[test]
    fn no_loss_is_untold_and_nothing_comes_twice(steps in steps()) {
        let mut world = World::new();
        for step in steps {
            world.step(step)?;
        }
        world.settle()?;
        // Whoever lost something hears of it with the next that comes.
        let last = world.broker.log.len() as i64;
        (0..TOPICS.len()).try_for_each(|name| world.step(Step::Publish(name)))?;
        world.settle()?;
        for seen in &world.seen {
            for name in TOPICS {
                world.check(seen, &topic(name))?;
            }
        }
        for which in &world.open {
            let seen = &world.seen[*which];
            let topics = TOPICS.iter().filter(|name| seen.pattern.matches(&topic(name))).count();
            let heard = seen.updates.iter().filter(|update| update.timestamp >= last).count();
            prop_assert_eq!(heard, topics, "{}: the last of each topic", &seen.pattern);
        }
        let of = |name: &str| {
            let name = topic(name);
            world.broker.log.iter().filter(move |it| it.topic == name).map(|it| it.data.parse::<u64>().expect("a number"))
        };
        prop_assert!(of(QUEUE).is_sorted_by(|a, b| a < b), "a publication comes once, in its turn");
        prop_assert!(of(KEPT).is_sorted(), "an old value never follows a newer one");
        prop_assert_eq!(of(KEPT).last(), world.kept, "the newest of what is kept arrives");
    }

    #[test]
    fn a_broker_that_holds_everything_makes_no_gap(steps in steps()) {
        let harmless = |step: &Step| match step {
            Step::Evict(..) | Step::Restart | Step::Drop(_) => false,
            Step::Subscribe(pattern, begin) => {
                !PATTERNS[*pattern].contains(['*', '>']) && matches!(begin, Begin::Resume | Begin::ResumeLatest)
            }
            _ => true,
        };
        let mut world = World::new();
        TOPICS.iter().for_each(|name| world.subscribe(name, Begin::Resume));
        world.settle()?;
        (0..TOPICS.len()).try_for_each(|name| world.step(Step::Publish(name)))?;
        world.settle()?;
        for step in steps.into_iter().filter(harmless) {
            world.step(step)?;
        }
        world.settle()?;
        for seen in &world.seen {
            prop_assert!(seen.updates.iter().all(|update| !update.gap), "{}", &seen.pattern);
            let got: u64 = seen.updates.iter().map(|update| update.skipped + 1).sum();
            let published = world.broker.log.iter().filter(|it| seen.pattern.matches(&it.topic)).count();
            prop_assert!(got <= published as u64);
            let last = world.broker.log.iter().rfind(|it| seen.pattern.matches(&it.topic));
            prop_assert_eq!(seen.updates.last().map(|it| it.timestamp), last.map(|it| it.timestamp));
        }
    }
}
