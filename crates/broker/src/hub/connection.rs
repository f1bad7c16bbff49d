//! What one connection, or one long poll, holds of the hub.

use std::sync::{Arc, PoisonError};
use std::time::Instant;

use oriel_protocol::pubsub::{Ask, Pattern, Topic};
use oriel_topics::{ConnectionId, Found, How, Publication, TooMany, WaitId};
use tokio::sync::oneshot;

use super::{Hub, now};
use crate::outbox::{Outbox, Wanted};

/// One connection's hold on the hub.
#[derive(Debug)]
pub(crate) struct Connection {
    hub: Arc<Hub>,
    id: ConnectionId,
    outbox: Arc<Outbox>,
}

impl Connection {
    pub(super) fn new(hub: Arc<Hub>, id: ConnectionId, outbox: Arc<Outbox>) -> Self {
        Connection { hub, id, outbox }
    }

    pub(crate) fn hub(&self) -> &Hub {
        &self.hub
    }

    pub(crate) fn outbox(&self) -> &Outbox {
        &self.outbox
    }

    /// Subscribes; what that begins with goes into the outbox.
    pub(crate) fn subscribe(&self, pattern: &Pattern, ask: Ask) -> Result<(), TooMany> {
        let _lanes = self.hub.lanes(pattern);
        let first = self.hub.lock().subscribe(now(), self.id, pattern, ask)?;
        self.outbox.begin(pattern, &first);
        Ok(())
    }

    /// Unsubscribes; what is in the outbox stays there.
    pub(crate) fn unsubscribe(&self, pattern: &Pattern) {
        let _lanes = self.hub.lanes(pattern);
        self.hub.lock().unsubscribe(self.id, pattern);
        self.outbox.end_of(pattern);
    }

    /// Puts a piece of what was published before into the outbox.
    pub(crate) fn replay(&self, Wanted { topic, after, bytes }: &Wanted) {
        let _lane = self.hub.lane(topic);
        let replay = self.hub.lock().replay(now(), self.id, topic, *after, *bytes);
        self.outbox.replayed(topic, &replay);
    }

    /// Is told the number of a topic's subscribers, now and when it changes. Says whether
    /// the topic can have such a number.
    pub(crate) fn watch(&self, topic: &Topic) -> Result<bool, TooMany> {
        let _lane = self.hub.numbers.lock().unwrap_or_else(PoisonError::into_inner);
        let number = self.hub.lock().watch(now(), self.id, topic)?;
        number.iter().for_each(|number| self.outbox.push(number, How::default(), Instant::now()));
        Ok(number.is_some())
    }

    /// Is told the number no more.
    pub(crate) fn unwatch(&self, topic: &Topic) {
        self.hub.lock().unwatch(self.id, topic);
    }

    /// Gets no more publications; what is in the outbox stays there.
    pub(crate) fn leave(&self) {
        self.hub.lock().disconnect(self.id);
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
    /// The number of the answer, or something is lost before it.
    expect: Option<u64>,
    answer: oneshot::Receiver<Arc<Publication>>,
}

impl LongPoll {
    pub(super) fn new(
        hub: Arc<Hub>,
        id: WaitId,
        expect: Option<u64>,
        answer: oneshot::Receiver<Arc<Publication>>,
    ) -> Self {
        LongPoll { hub, id, expect, answer }
    }

    /// The next publication; none if the hub is gone.
    pub(crate) async fn answer(&mut self) -> Option<Found> {
        let publication = (&mut self.answer).await.ok()?;
        let gap = self.expect.is_some_and(|seq| seq != publication.seq);
        Some(Found { publication, skipped: 0, gap })
    }
}

impl Drop for LongPoll {
    fn drop(&mut self) {
        self.hub.lock().cancel(&self.id);
    }
}
