//! The one state machine that all connections share, and its locks.
//!
//! The lock of the state machine is held for a look-up, never for a delivery. So that
//! every subscriber gets a topic's publications in the order of their timestamps, and
//! that nothing falls between a remembered value and what follows it, whatever concerns
//! one topic goes through that topic's lane. A lane is held while frames are put into
//! outboxes, which never waits for anybody's socket.

use std::hash::{BuildHasher, RandomState};
use std::sync::atomic::{AtomicBool, Ordering::SeqCst};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Instant, SystemTime, UNIX_EPOCH};

use oriel_protocol::pubsub::{Draft, Epoch, Pattern, Topic, TopicEntry, latest_topics};
use oriel_time::ProcessingTime;
use oriel_topics::{Found, Limits, Listener, Publication, Sizes, Topics, Wait, Want};
use tokio::sync::oneshot;

use crate::auth::Rights;
use crate::metrics::Counts;
use crate::outbox::Outbox;

pub(crate) use connection::{Connection, LongPoll};

mod connection;

/// Enough that busy topics seldom share one.
const LANES: usize = 64;

/// So many names answer a question for the latest topics.
const LATEST_TOPICS: usize = 100;

type Answer = oneshot::Sender<Arc<Publication>>;

/// The hub.
#[derive(Debug)]
pub(crate) struct Hub {
    epoch: Epoch,
    topics: Mutex<Topics<Arc<Outbox>, Answer>>,
    lanes: [Mutex<()>; LANES],
    /// The lane of all numbers of subscribers.
    numbers: Mutex<()>,
    stopping: AtomicBool,
    hashing: RandomState,
    counts: Counts,
}

impl Listener for Rights {
    fn hears(&self, topic: &Topic) -> bool {
        self.may_hear(topic)
    }
}

impl Listener for Outbox {
    fn hears(&self, topic: &Topic) -> bool {
        self.rights().may_hear(topic)
    }
}

impl Hub {
    pub(crate) fn new(limits: Limits, counts: Counts) -> Self {
        let hashing = RandomState::new();
        // The system's randomness, by way of the standard library.
        let epoch = Epoch::new(hashing.hash_one("epoch"));
        Hub {
            epoch,
            topics: Mutex::new(Topics::new(epoch, limits)),
            lanes: std::array::from_fn(|_| Mutex::new(())),
            numbers: Mutex::new(()),
            stopping: AtomicBool::new(false),
            hashing,
            counts,
        }
    }

    pub(crate) fn epoch(&self) -> Epoch {
        self.epoch
    }

    pub(crate) fn counts(&self) -> &Counts {
        &self.counts
    }

    /// A connection has come; it is gone when what is returned is dropped.
    pub(crate) fn connect(self: &Arc<Self>, outbox: Arc<Outbox>) -> Connection {
        let id = self.lock().connect(Arc::clone(&outbox));
        // Looked at after the connection can be found: one of the two sees the other.
        if self.stopping.load(SeqCst) {
            outbox.stop();
        }
        Connection::new(Arc::clone(self), id, outbox)
    }

    /// Lets every session end, those too that are still to come.
    pub(crate) fn stop(&self) -> Vec<Arc<Outbox>> {
        self.stopping.store(true, SeqCst);
        self.outboxes()
    }

    /// What every connection has still to be sent.
    pub(crate) fn outboxes(&self) -> Vec<Arc<Outbox>> {
        self.lock().connections().cloned().collect()
    }

    /// Publishes the text of a JSON value; says how many outboxes it went into.
    pub(crate) fn publish(&self, topic: &Topic, data: &str) -> usize {
        let draft = Draft::new(topic, data);
        let lane = self.lane(topic);
        let delivery = self.lock().publish(now(), topic, draft);
        let (at, mut reached) = (Instant::now(), 0);
        delivery.reached.each(topic, |outbox, how| {
            outbox.push(&delivery.publication, how, at);
            reached += 1;
        });
        // The audience must be let go within the lane, or the next change copies it.
        drop(delivery.reached);
        drop(lane);
        for waiter in delivery.waiters {
            // An error says that the long poll has ended meanwhile.
            let _ = waiter.send(Arc::clone(&delivery.publication));
        }
        self.counts.publications.inc();
        self.counts.forgotten.inc_by(delivery.forgotten as u64);
        reached
    }

    /// The remembered value of a topic, if it is what is wanted.
    pub(crate) fn find(&self, topic: &Topic, want: Want) -> Option<Found> {
        self.lock().find(now(), topic, want)
    }

    /// The same, or a long poll that waits for it.
    pub(crate) fn wait(self: &Arc<Self>, topic: &Topic, want: Want) -> Result<Found, LongPoll> {
        let (sender, answer) = oneshot::channel();
        match self.lock().wait(now(), topic, want, sender) {
            Wait::Found(found) => Ok(found),
            Wait::Waiting(id, expect) => Err(LongPoll::new(Arc::clone(self), id, expect, answer)),
        }
    }

    /// The remembered topics that are newer, of those that may be heard.
    pub(crate) fn list(&self, later_than: i64, rights: &Rights) -> Vec<TopicEntry> {
        self.lock().list(now(), later_than, rights)
    }

    /// The topics published to last, of those that may be heard, as a frame.
    pub(crate) fn latest_topics(&self, rights: &Rights) -> String {
        let (now, topics) = (now(), self.lock());
        let heard = topics.values(now, i64::MIN).map(|value| &value.topic);
        let mut names: Vec<&str> =
            heard.filter(|topic| rights.may_hear(topic)).take(LATEST_TOPICS).map(Topic::as_str).collect();
        names.reverse();
        latest_topics(names.into_iter(), now.millis())
    }

    /// Every remembered value, the newest first.
    pub(crate) fn values(&self) -> Vec<Arc<Publication>> {
        self.lock().values(now(), i64::MIN).cloned().collect()
    }

    /// How many subscribe to a topic.
    pub(crate) fn subscribers(&self, topic: &Topic) -> usize {
        self.lock().subscribers(topic)
    }

    /// Tells the numbers of subscribers that have changed.
    pub(crate) fn tell_numbers(&self) {
        let _lane = self.numbers.lock().unwrap_or_else(PoisonError::into_inner);
        let (changed, at) = (self.lock().changed_numbers(now()), Instant::now());
        for (publication, whom) in changed {
            whom.iter().for_each(|outbox| outbox.push(&publication, oriel_topics::How::default(), at));
        }
    }

    /// Gives the memory of old topics back.
    pub(crate) fn expire(&self) {
        let forgotten = self.lock().expire(now());
        self.counts.forgotten.inc_by(forgotten as u64);
    }

    pub(crate) fn sizes(&self) -> Sizes {
        self.lock().sizes()
    }

    fn lane(&self, topic: &Topic) -> MutexGuard<'_, ()> {
        let lane = self.hashing.hash_one(topic) as usize % LANES;
        self.lanes[lane].lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The lanes of all topics that a pattern may match. Only here are several taken, and
    /// always in the same order.
    fn lanes(&self, pattern: &Pattern) -> Vec<MutexGuard<'_, ()>> {
        match pattern.topic() {
            Some(topic) => vec![self.lane(topic)],
            None => {
                self.lanes.iter().map(|lane| lane.lock().unwrap_or_else(PoisonError::into_inner)).collect()
            }
        }
    }

    fn lock(&self) -> MutexGuard<'_, Topics<Arc<Outbox>, Answer>> {
        self.topics.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The system's clock; before 1970 it stands still.
pub(crate) fn now() -> ProcessingTime {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    ProcessingTime::from_millis(i64::try_from(since.as_millis()).unwrap_or(i64::MAX))
}
