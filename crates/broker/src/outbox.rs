//! What one connection has still to be sent, shared by those who publish and the one
//! session that sends.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker};

use bytes::Bytes;
use oriel_topics::{Overflow, Publication, Queue};

use crate::metrics::{Counts, Lost};
use crate::wire;

/// Why nothing more will come out of an outbox.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum End {
    /// More came than it may hold, and none of it may be dropped.
    Overflow,
    /// The broker stops.
    Stop,
}

/// The outbox of one connection.
#[derive(Debug)]
pub(crate) struct Outbox {
    inner: Mutex<Inner>,
    counts: Counts,
}

#[derive(Debug)]
struct Inner {
    queue: Queue,
    /// The session, while it waits for something to send.
    waker: Option<Waker>,
    /// What still waits comes out before the end does; nothing more goes in.
    end: Option<End>,
}

impl Outbox {
    pub(crate) fn new(budget: usize, counts: Counts) -> Self {
        let inner = Inner { queue: Queue::new(budget), waker: None, end: None };
        Outbox { inner: Mutex::new(inner), counts }
    }

    /// Adds a publication, as the queue's policy has it.
    pub(crate) fn push(&self, publication: &Arc<Publication>) {
        self.add(|queue| queue.push(publication).map(|queued| queued.dropped));
    }

    /// Adds an answer to this connection alone.
    pub(crate) fn answer(&self, text: String) {
        self.add(|queue| queue.answer(Bytes::from(text)).map(|()| 0));
    }

    /// Lets nothing more in, and the session end when it has sent the rest.
    pub(crate) fn stop(&self) {
        let mut inner = self.lock();
        inner.end.get_or_insert(End::Stop);
        wake(inner);
    }

    /// Whether nothing waits.
    pub(crate) fn is_empty(&self) -> bool {
        self.lock().queue.is_empty()
    }

    /// Takes up to a batch of frames, written as WebSocket frames behind what is in
    /// `into`; says how many, once there are any.
    pub(crate) fn poll_fill(
        &self,
        cx: &mut Context<'_>,
        into: &mut Vec<u8>,
        batch: usize,
    ) -> Poll<Result<u64, End>> {
        let mut inner = self.lock();
        let mut taken = 0;
        while into.len() < batch
            && let Some(frame) = inner.queue.pop()
        {
            wire::text_frame(into, &frame);
            taken += 1;
        }
        if taken > 0 {
            return Poll::Ready(Ok(taken));
        }
        if let Some(end) = inner.end {
            return Poll::Ready(Err(end));
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

    fn add(&self, add: impl FnOnce(&mut Queue) -> Result<usize, Overflow>) {
        let mut inner = self.lock();
        if inner.end.is_some() {
            drop(inner);
            return self.counts.lost(Lost::Gone, 1);
        }
        let (why, lost) = match add(&mut inner.queue) {
            Ok(replaced) => (Lost::Replaced, replaced),
            Err(Overflow) => {
                inner.end = Some(End::Overflow);
                self.counts.closed_slow.inc();
                (Lost::Overflow, inner.queue.clear() + 1)
            }
        };
        wake(inner);
        self.counts.lost(why, lost);
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
