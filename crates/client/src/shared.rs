//! What the handles of a client and its task share.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use bytes::Bytes;
use oriel_protocol::pubsub::{Pattern, Topic};
use tokio::sync::{Notify, broadcast};

use crate::core::{Core, Frame, Kind, Received};
use crate::counts::Counts;
use crate::error::{PublishError, SubscribeError};
use crate::event::{Event, Events};
use crate::inbox::Inbox;
use crate::options::Options;
use crate::update::How;

/// Events that may wait for who watches.
const EVENTS: usize = 256;

/// So many frames, or about so many bytes, are sent at once.
const BATCH: (usize, usize) = (256, 64 << 10);

/// The state of a client, and who waits for it to change.
#[derive(Debug)]
pub(crate) struct Shared {
    state: Mutex<State>,
    /// There is something to send, or nothing will come any more.
    filled: Notify,
    /// The task has ended.
    over: Notify,
}

#[derive(Debug)]
struct State {
    core: Core<Arc<Inbox>>,
    /// Absent once the task has ended.
    events: Option<broadcast::Sender<Event>>,
    closing: bool,
    counts: Counts,
    /// Kept values and publications that are being sent.
    in_flight: (u64, u64),
}

impl Shared {
    pub(crate) fn new(options: &Options) -> Self {
        let state = State {
            core: Core::new(options.queue_bytes, options.when_full),
            events: Some(broadcast::Sender::new(EVENTS)),
            closing: false,
            counts: Counts::default(),
            in_flight: (0, 0),
        };
        Shared { state: Mutex::new(state), filled: Notify::new(), over: Notify::new() }
    }

    pub(crate) fn publish(&self, topic: &Topic, frame: Bytes, keep: bool) -> Result<(), PublishError> {
        let mut state = self.lock();
        if state.closing {
            return Err(PublishError::Closed);
        }
        if keep { state.core.keep(topic, frame) } else { state.core.publish(frame) }?;
        drop(state);
        self.filled.notify_one();
        Ok(())
    }

    pub(crate) fn too_large(&self) {
        self.lock().counts.too_large += 1;
    }

    pub(crate) fn subscribe(
        &self,
        pattern: &Pattern,
        how: How,
        inbox: &Arc<Inbox>,
    ) -> Result<(), SubscribeError> {
        let mut state = self.lock();
        if state.closing {
            return Err(SubscribeError::Closed);
        }
        state.core.subscribe(pattern, how, Arc::clone(inbox))?;
        drop(state);
        self.filled.notify_one();
        Ok(())
    }

    pub(crate) fn unsubscribe(&self, pattern: &Pattern) {
        self.lock().core.unsubscribe(pattern);
        self.filled.notify_one();
    }

    pub(crate) fn counts(&self) -> Counts {
        let state = self.lock();
        let fates = state.core.fates();
        Counts {
            kept_replaced: fates.replaced,
            queue_dropped: fates.dropped,
            full: fates.full,
            ..state.counts
        }
    }

    pub(crate) fn events(&self) -> Events {
        let state = self.lock();
        Events::new(state.counts.connected, state.events.as_ref().map(broadcast::Sender::subscribe))
    }

    /// Nothing more is taken; what waits is sent.
    pub(crate) fn close(&self) {
        self.lock().closing = true;
        self.filled.notify_one();
    }

    /// Returns when the task has ended.
    pub(crate) async fn over(&self) {
        loop {
            let over = self.over.notified();
            if self.lock().events.is_none() {
                return;
            }
            over.await;
        }
    }

    /// Returns when the client is closed and nothing waits to be published.
    pub(crate) async fn done(&self) {
        loop {
            let filled = self.filled.notified();
            if self.lock().is_done() {
                return;
            }
            filled.await;
        }
    }

    /// Waits for frames to send and takes some; none once the client is closed and
    /// everything was sent.
    pub(crate) async fn take(&self) -> Option<Vec<Frame>> {
        loop {
            let filled = self.filled.notified();
            if let Some(frames) = self.lock().take() {
                return Some(frames).filter(|frames| !frames.is_empty());
            }
            filled.await;
        }
    }

    /// What was taken was sent.
    pub(crate) fn sent(&self) {
        let mut state = self.lock();
        let (kept, queued) = std::mem::take(&mut state.in_flight);
        state.counts.kept_sent += kept;
        state.counts.queued_sent += queued;
    }

    pub(crate) fn connected(&self) {
        let mut state = self.lock();
        state.core.connected();
        state.counts.connected = true;
        state.counts.connections += 1;
        state.tell(Event::Connected);
    }

    pub(crate) fn lost(&self, why: &str) {
        let mut state = self.lock();
        if std::mem::take(&mut state.counts.connected) {
            state.core.lost();
        }
        let (_, queued) = std::mem::take(&mut state.in_flight);
        state.counts.interrupted += queued;
        state.tell(Event::Lost(why.to_owned()));
    }

    pub(crate) fn received(&self, text: &str) {
        let mut state = self.lock();
        let State { core, counts, .. } = &mut *state;
        match core.received(text) {
            Received::Update(inbox, update) => {
                let inbox = Arc::clone(inbox);
                counts.received += 1;
                drop(state);
                let left_out = inbox.push(update);
                if left_out > 0 {
                    self.lock().counts.skipped += left_out;
                }
            }
            Received::Refused(refusal) => {
                counts.refused += 1;
                if counts.refused == 1 {
                    let (code, message, topic) = (&refusal.code, &refusal.message, &refusal.topic);
                    tracing::warn!(code, message, topic, "the broker refused a frame");
                }
                state.tell(Event::Refused(refusal));
            }
            Received::Unreadable => counts.unreadable += 1,
            Received::Nothing => {}
        }
    }

    /// The task has ended: nothing will be sent, nothing will come.
    pub(crate) fn end(&self) {
        let mut state = self.lock();
        state.closing = true;
        state.counts.connected = false;
        state.events = None;
        state.core.handles().for_each(|inbox| inbox.end());
        drop(state);
        self.over.notify_waiters();
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn is_done(&self) -> bool {
        self.closing && self.core.is_done()
    }

    /// Some frames, or none yet; an empty list when there will be none any more.
    fn take(&mut self) -> Option<Vec<Frame>> {
        let (mut frames, mut bytes) = (Vec::new(), 0);
        while frames.len() < BATCH.0 && bytes < BATCH.1 {
            let Some(frame) = self.core.next() else { break };
            bytes += frame.text.len();
            match frame.kind {
                Kind::Subscription => {}
                Kind::Kept => self.in_flight.0 += 1,
                Kind::Queued => self.in_flight.1 += 1,
            }
            frames.push(frame);
        }
        (self.closing || !frames.is_empty()).then_some(frames)
    }

    fn tell(&self, event: Event) {
        if let Some(events) = &self.events {
            // An error says that nobody watches.
            let _ = events.send(event);
        }
    }
}
