//! What one connection has still to be sent, shared by those who publish and the one
//! session that sends.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker};
use std::time::Instant;

use bytes::Bytes;
use oriel_protocol::pubsub::{Pattern, Topic};
use oriel_topics::{First, How, Next, Overflow, Publication, Queue, Queued, Replay};

use crate::auth::Rights;
use crate::metrics::{Counts, Lost};

/// Why nothing more will come out of an outbox.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum End {
    /// More came than it may hold, and none of it may be dropped.
    Overflow,
    /// The broker stops.
    Stop,
}

/// What was published before and has still to be got.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Wanted {
    pub(crate) topic: Topic,
    /// After this number.
    pub(crate) after: u64,
    /// About so much of it.
    pub(crate) bytes: usize,
}

/// What came out of an outbox.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) enum Filled {
    /// So many frames, of which the first has waited since then.
    Frames(u64, Instant),
    /// Nothing: this comes first.
    Wants(Wanted),
}

/// The outbox of one connection.
#[derive(Debug)]
pub(crate) struct Outbox {
    inner: Mutex<Inner>,
    rights: Arc<Rights>,
    counts: Counts,
}

#[derive(Debug)]
struct Inner {
    queue: Queue,
    /// When the queue was last no longer empty.
    since: Instant,
    /// The session, while it waits for something to send.
    waker: Option<Waker>,
    /// What still waits comes out before the end does; nothing more goes in.
    end: Option<End>,
}

impl Outbox {
    pub(crate) fn new(queue: Queue, rights: Arc<Rights>, counts: Counts) -> Self {
        let inner = Inner { queue, since: Instant::now(), waker: None, end: None };
        Outbox { inner: Mutex::new(inner), rights, counts }
    }

    /// What the connection may do.
    pub(crate) fn rights(&self) -> &Arc<Rights> {
        &self.rights
    }

    /// Adds a publication made at that time, as its topic's policy has it.
    pub(crate) fn push(&self, publication: &Arc<Publication>, how: How, at: Instant) {
        self.add(at, |queue| queue.push(publication, how));
    }

    /// Adds an answer to this connection alone.
    pub(crate) fn answer(&self, text: String) {
        self.add(Instant::now(), |queue| queue.answer(Bytes::from(text)).map(|()| Queued::default()));
    }

    /// Adds what a subscription begins with.
    pub(crate) fn begin(&self, pattern: &Pattern, first: &First) {
        self.add(Instant::now(), |queue| queue.begin(pattern, first));
    }

    /// A subscription has ended.
    pub(crate) fn end_of(&self, pattern: &Pattern) {
        self.lock().queue.end(pattern);
    }

    /// Adds a piece of what was published before.
    pub(crate) fn replayed(&self, topic: &Topic, replay: &Replay) {
        self.add(Instant::now(), |queue| queue.replayed(topic, replay).map(|()| Queued::default()));
    }

    /// Lets nothing more in, and the session end when it has sent the rest.
    pub(crate) fn stop(&self) {
        self.finish(End::Stop);
    }

    /// Whether nothing waits.
    pub(crate) fn is_empty(&self) -> bool {
        self.lock().queue.is_empty()
    }

    /// What waits, in bytes.
    pub(crate) fn bytes(&self) -> usize {
        self.lock().queue.bytes()
    }

    /// Takes frames until `into` holds a batch, each written behind the one before; says
    /// what came, once something does.
    pub(crate) fn poll_fill(
        &self,
        cx: &mut Context<'_>,
        into: &mut Vec<u8>,
        batch: usize,
        mut write: impl FnMut(&mut Vec<u8>, &Next),
    ) -> Poll<Result<Filled, End>> {
        let mut inner = self.lock();
        let mut taken = 0;
        while into.len() < batch
            && let Some(next) = inner.queue.pop()
        {
            write(into, &next);
            taken += 1;
        }
        if taken > 0 {
            let since = inner.since;
            // When the rest came is not known: it is at least not older.
            inner.since = if inner.queue.is_empty() { since } else { Instant::now() };
            return Poll::Ready(Ok(Filled::Frames(taken, since)));
        }
        if let Some(end) = inner.end {
            return Poll::Ready(Err(end));
        }
        if let Some((topic, after, bytes)) = inner.queue.wants() {
            return Poll::Ready(Ok(Filled::Wants(Wanted { topic, after, bytes })));
        }
        if !inner.waker.as_ref().is_some_and(|waker| waker.will_wake(cx.waker())) {
            inner.waker = Some(cx.waker().clone());
        }
        Poll::Pending
    }

    /// The connection has ended: what still waits is lost.
    pub(crate) fn abandon(&self) {
        let lost = self.lock().queue.clear();
        self.counts.lost(Lost::Gone, lost);
    }

    fn finish(&self, end: End) {
        let mut inner = self.lock();
        inner.end.get_or_insert(end);
        wake(inner);
    }

    fn add(&self, at: Instant, add: impl FnOnce(&mut Queue) -> Result<Queued, Overflow>) {
        let mut inner = self.lock();
        if inner.end.is_some() {
            drop(inner);
            return self.counts.lost(Lost::Gone, 1);
        }
        if inner.queue.is_empty() {
            inner.since = at;
        }
        let added = add(&mut inner.queue);
        let overflow = match added {
            Ok(_) => 0,
            Err(Overflow) => {
                inner.end = Some(End::Overflow);
                inner.queue.clear() + 1
            }
        };
        wake(inner);
        match added {
            Ok(queued) => {
                self.counts.lost(Lost::Conflated, queued.replaced);
                self.counts.lost(Lost::Oldest, queued.dropped);
            }
            Err(Overflow) => {
                self.counts.closed_slow.inc();
                self.counts.lost(Lost::Overflow, overflow);
            }
        }
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Wakes the session if it waits, which need not wait for the lock then.
fn wake(mut inner: MutexGuard<'_, Inner>) {
    let waker = inner.waker.take();
    drop(inner);
    if let Some(waker) = waker {
        waker.wake();
    }
}
