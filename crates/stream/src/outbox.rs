//! Between the publisher and the broker: the newest frame of each topic, and panes.
//!
//! The policy for rows is KeepLatest: a frame that was not sent yet is replaced by the next
//! one of its topic, since rows replace the rows before. Panes wait in a queue of bounded
//! size, from which the oldest are dropped and counted. So a broker that is slow or away
//! never holds up anything.

use bytes::Bytes;
use queue::Queue;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use tokio::sync::Notify;

mod queue;

/// The newest frame of each topic, and which of them wait to be sent; and the panes.
#[derive(Default)]
pub(crate) struct Outbox {
    slots: Mutex<Vec<Slot>>,
    queue: Mutex<Queue>,
    filled: Notify,
    closed: AtomicBool,
    replaced: AtomicU64,
    dropped: AtomicU64,
    given: AtomicU64,
    oversize: AtomicU64,
}

/// The largest message that a broker takes unless it is told otherwise.
const MAX_FRAME: usize = 1 << 20;

struct Slot {
    topic: String,
    frame: Bytes,
    waits: bool,
}

impl Outbox {
    /// The topic's newest frame is this.
    pub(crate) fn put(&self, topic: &str, frame: Bytes) {
        if !self.passes(topic, &frame) {
            return;
        }
        let mut slots = self.lock();
        match slots.iter_mut().find(|slot| slot.topic == topic) {
            Some(slot) => {
                if slot.waits {
                    self.replaced.fetch_add(1, Ordering::Relaxed);
                }
                slot.frame = frame;
                slot.waits = true;
            }
            None => slots.push(Slot { topic: topic.to_owned(), frame, waits: true }),
        }
        drop(slots);
        self.filled.notify_one();
    }

    /// Another pane is to be sent.
    pub(crate) fn queue(&self, topic: &str, frame: Bytes) {
        if !self.passes(topic, &frame) {
            return;
        }
        let dropped = self.lock_queue().push(frame);
        self.dropped.fetch_add(dropped, Ordering::Relaxed);
        self.filled.notify_one();
    }

    /// Waits for a frame to send and takes it; none once it is closed and empty.
    pub(crate) async fn take(&self) -> Option<Bytes> {
        loop {
            let filled = self.filled.notified();
            let frame = self.next();
            if frame.is_some() || self.closed.load(Ordering::Acquire) {
                return frame;
            }
            filled.await;
        }
    }

    /// Nothing will be put any more.
    pub(crate) fn close(&self) {
        self.closed.store(true, Ordering::Release);
        self.filled.notify_one();
    }

    /// Everything that was ever put is to be sent again: the broker may have forgotten it.
    pub(crate) fn send_again(&self) {
        self.lock().iter_mut().for_each(|slot| slot.waits = true);
    }

    /// Frames that were replaced before they were sent.
    pub(crate) fn replaced(&self) -> u64 {
        self.replaced.load(Ordering::Relaxed)
    }

    /// Frames that were too large to be sent.
    pub(crate) fn oversize(&self) -> u64 {
        self.oversize.load(Ordering::Relaxed)
    }

    /// Panes that were dropped because too many waited.
    pub(crate) fn dropped(&self) -> u64 {
        self.dropped.load(Ordering::Relaxed)
    }

    /// Panes that were taken to be sent.
    pub(crate) fn panes(&self) -> u64 {
        self.given.load(Ordering::Relaxed)
    }

    /// Rows first: they are few, and panes wait in any case.
    fn next(&self) -> Option<Bytes> {
        let rows = self.lock().iter_mut().find(|slot| slot.waits).map(|slot| {
            slot.waits = false;
            slot.frame.clone()
        });
        rows.or_else(|| {
            let pane = self.lock_queue().pop()?;
            self.given.fetch_add(1, Ordering::Relaxed);
            Some(pane)
        })
    }

    /// A frame that no broker would take is refused: it would close the connection, and what
    /// is sent again on the next one would close that too.
    fn passes(&self, topic: &str, frame: &Bytes) -> bool {
        let bytes = frame.len();
        let passes = bytes <= MAX_FRAME;
        if !passes && self.oversize.fetch_add(1, Ordering::Relaxed) == 0 {
            let limit = MAX_FRAME;
            tracing::error!(topic, bytes, limit, "a message is too large to be sent; publish less of it");
        }
        passes
    }

    fn lock_queue(&self) -> MutexGuard<'_, Queue> {
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn lock(&self) -> MutexGuard<'_, Vec<Slot>> {
        self.slots.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn the_newest_frame_of_a_topic_is_sent_once() {
        let outbox = Outbox::default();
        outbox.put("a", Bytes::from_static(b"1"));
        outbox.put("b", Bytes::from_static(b"2"));
        outbox.put("a", Bytes::from_static(b"3"));
        assert_eq!(outbox.replaced(), 1);
        outbox.close();
        assert_eq!(outbox.take().await, Some(Bytes::from_static(b"3")));
        assert_eq!(outbox.take().await, Some(Bytes::from_static(b"2")));
        assert_eq!(outbox.take().await, None);
    }

    #[tokio::test]
    async fn a_frame_that_no_broker_takes_is_refused_and_counted() {
        let outbox = Outbox::default();
        outbox.put("a", Bytes::from(vec![b' '; MAX_FRAME + 1]));
        outbox.queue("a.panes", Bytes::from(vec![b' '; MAX_FRAME + 1]));
        outbox.put("b", Bytes::from_static(b"2"));
        outbox.close();
        assert_eq!(outbox.take().await, Some(Bytes::from_static(b"2")));
        assert_eq!((outbox.take().await, outbox.oversize()), (None, 2));
    }

    #[tokio::test]
    async fn after_a_reconnect_the_newest_frames_are_sent_again() {
        let outbox = Outbox::default();
        outbox.put("a", Bytes::from_static(b"1"));
        outbox.take().await;
        outbox.send_again();
        assert_eq!(outbox.take().await, Some(Bytes::from_static(b"1")));
    }

    #[tokio::test]
    async fn rows_go_before_panes_and_panes_in_their_order() {
        let outbox = Outbox::default();
        outbox.queue("p", Bytes::from_static(b"1"));
        outbox.queue("p", Bytes::from_static(b"2"));
        outbox.put("a", Bytes::from_static(b"rows"));
        outbox.close();
        for frame in [&b"rows"[..], b"1", b"2"] {
            assert_eq!(outbox.take().await.as_deref(), Some(frame));
        }
        assert_eq!((outbox.take().await, outbox.panes(), outbox.dropped()), (None, 2, 0));
    }

    #[tokio::test]
    async fn panes_of_more_than_there_is_room_for_are_dropped_and_counted_and_rows_stay() {
        let outbox = Outbox::default();
        outbox.put("a", Bytes::from_static(b"rows"));
        let pane = Bytes::from(vec![b' '; MAX_FRAME]);
        (0..100).for_each(|_| outbox.queue("a.panes", pane.clone()));
        outbox.close();
        assert_eq!(outbox.take().await.as_deref(), Some(&b"rows"[..]));
        while outbox.take().await.is_some() {}
        assert!(outbox.dropped() > 0);
        assert_eq!(outbox.panes() + outbox.dropped(), 100);
    }
}
