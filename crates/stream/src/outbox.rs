//! Between the publisher and the broker: the newest frame of each topic.
//!
//! The policy is KeepLatest: a frame that was not sent yet is replaced by the next one of
//! its topic, since rows replace the rows before. So the outbox is bounded by the number
//! of views, and a broker that is slow or away never holds up anything.

use bytes::Bytes;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use tokio::sync::Notify;

/// The newest frame of each topic, and which of them wait to be sent.
#[derive(Default)]
pub(crate) struct Outbox {
    slots: Mutex<Vec<Slot>>,
    filled: Notify,
    closed: AtomicBool,
    replaced: AtomicU64,
}

struct Slot {
    topic: String,
    frame: Bytes,
    waits: bool,
}

impl Outbox {
    /// The topic's newest frame is this.
    pub(crate) fn put(&self, topic: &str, frame: Bytes) {
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

    fn next(&self) -> Option<Bytes> {
        let mut slots = self.lock();
        let slot = slots.iter_mut().find(|slot| slot.waits)?;
        slot.waits = false;
        Some(slot.frame.clone())
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
    async fn after_a_reconnect_the_newest_frames_are_sent_again() {
        let outbox = Outbox::default();
        outbox.put("a", Bytes::from_static(b"1"));
        outbox.take().await;
        outbox.send_again();
        assert_eq!(outbox.take().await, Some(Bytes::from_static(b"1")));
    }
}
