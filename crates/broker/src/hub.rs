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
use std::time::{SystemTime, UNIX_EPOCH};

use oriel_protocol::pubsub::{Draft, Topic, TopicEntry, latest_topics};
use oriel_time::ProcessingTime;
use oriel_topics::{ConnectionId, Limits, Publication, Sizes, TooMany, Topics, Wait, WaitId};
use tokio::sync::oneshot;

use crate::metrics::Counts;
use crate::outbox::Outbox;

/// Enough that busy topics seldom share one.
const LANES: usize = 64;

/// So many names answer a question for the latest topics.
const LATEST_TOPICS: usize = 100;

type Answer = oneshot::Sender<Arc<Publication>>;

/// The hub.
#[derive(Debug)]
pub(crate) struct Hub {
    topics: Mutex<Topics<Arc<Outbox>, Answer>>,
    lanes: [Mutex<()>; LANES],
    stopping: AtomicBool,
    hashing: RandomState,
    counts: Counts,
}

impl Hub {
    pub(crate) fn new(limits: Limits, counts: Counts) -> Self {
        let lanes = std::array::from_fn(|_| Mutex::new(()));
        let (topics, hashing) = (Mutex::new(Topics::new(limits)), RandomState::new());
        Hub { topics, lanes, stopping: AtomicBool::new(false), hashing, counts }
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
        Connection { hub: Arc::clone(self), id, outbox }
    }

    /// Lets every session end, those too that are still to come.
    pub(crate) fn stop(&self) {
        self.stopping.store(true, SeqCst);
        let outboxes: Vec<_> = self.lock().connections().cloned().collect();
        outboxes.iter().for_each(|outbox| outbox.stop());
    }

    /// Publishes the text of a JSON value; says how many outboxes it went into.
    pub(crate) fn publish(&self, topic: &Topic, data: &str) -> usize {
        let draft = Draft::new(topic, data);
        let lane = self.lane(topic);
        let delivery = self.lock().publish(now(), topic, draft);
        for outbox in delivery.audience.iter() {
            outbox.push(&delivery.publication);
        }
        let reached = delivery.audience.len();
        // The audience must be let go within the lane, or the next change copies it.
        drop(delivery.audience);
        drop(lane);
        for waiter in delivery.waiters {
            // An error says that the long poll has ended meanwhile.
            let _ = waiter.send(Arc::clone(&delivery.publication));
        }
        self.counts.publications.inc();
        self.counts.forgotten.inc_by(delivery.forgotten as u64);
        reached
    }

    /// The remembered value of a topic, if it is newer.
    pub(crate) fn latest(&self, topic: &Topic, later_than: i64) -> Option<Arc<Publication>> {
        self.lock().latest(now(), topic, later_than).cloned()
    }

    /// The same, or a long poll that waits for it.
    pub(crate) fn wait(
        self: &Arc<Self>,
        topic: &Topic,
        later_than: i64,
    ) -> Result<Arc<Publication>, LongPoll> {
        let (sender, answer) = oneshot::channel();
        match self.lock().wait(now(), topic, later_than, sender) {
            Wait::Found(publication) => Ok(publication),
            Wait::Waiting(id) => Err(LongPoll { hub: Arc::clone(self), id, answer }),
        }
    }

    /// The remembered topics that are newer.
    pub(crate) fn list(&self, later_than: i64) -> Vec<TopicEntry> {
        self.lock().list(now(), later_than)
    }

    /// The topics published to last, as a frame.
    pub(crate) fn latest_topics(&self) -> String {
        let (now, topics) = (now(), self.lock());
        latest_topics(topics.newest(now, LATEST_TOPICS).into_iter().map(Topic::as_str), now.millis())
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

    fn lock(&self) -> MutexGuard<'_, Topics<Arc<Outbox>, Answer>> {
        self.topics.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// One connection's hold on the hub.
#[derive(Debug)]
pub(crate) struct Connection {
    hub: Arc<Hub>,
    id: ConnectionId,
    outbox: Arc<Outbox>,
}

impl Connection {
    pub(crate) fn hub(&self) -> &Hub {
        &self.hub
    }

    pub(crate) fn outbox(&self) -> &Outbox {
        &self.outbox
    }

    /// Subscribes; the remembered value goes first if it is asked for.
    pub(crate) fn subscribe(&self, topic: &Topic, latest: bool) -> Result<(), TooMany> {
        let _lane = self.hub.lane(topic);
        let first = self.hub.lock().subscribe(now(), self.id, topic, latest)?;
        if let Some(first) = first {
            self.outbox.push(&first);
        }
        Ok(())
    }

    /// Gets no more publications; what is in the outbox stays there.
    pub(crate) fn leave(&self) {
        self.hub.lock().disconnect(self.id);
    }

    pub(crate) fn unsubscribe(&self, topic: &Topic) {
        let _lane = self.hub.lane(topic);
        self.hub.lock().unsubscribe(self.id, topic);
    }
}

impl Drop for Connection {
    fn drop(&mut self) {
        self.leave();
        self.outbox.abandon();
    }
}

/// A long poll that waits; dropping it cancels it.
#[derive(Debug)]
pub(crate) struct LongPoll {
    hub: Arc<Hub>,
    id: WaitId,
    answer: oneshot::Receiver<Arc<Publication>>,
}

impl LongPoll {
    /// The next publication; none if the hub is gone.
    pub(crate) async fn answer(&mut self) -> Option<Arc<Publication>> {
        (&mut self.answer).await.ok()
    }
}

impl Drop for LongPoll {
    fn drop(&mut self) {
        self.hub.lock().cancel(&self.id);
    }
}

/// The system's clock; before 1970 it stands still.
fn now() -> ProcessingTime {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    ProcessingTime::from_millis(i64::try_from(since.as_millis()).unwrap_or(i64::MAX))
}
