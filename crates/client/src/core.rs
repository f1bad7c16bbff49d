//! What a client decides: which frames are to be sent, whose an incoming frame is, what
//! was missed. It knows no socket, no task and no clock.

use bytes::Bytes;
use oriel_protocol::pubsub::{Pattern, ServerFrame, Topic};

use crate::error::{PublishError, SubscribeError};
use crate::event::Refusal;
use crate::options::WhenFull;
use crate::update::{How, Update};
pub(crate) use backlog::Backlog;
use following::Following;
use outgoing::{Fates, Outgoing};

mod backlog;
mod following;
mod outgoing;
mod overlap;
mod place;
#[cfg(test)]
mod tests;

/// A frame to send.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Frame {
    pub(crate) text: Bytes,
    pub(crate) kind: Kind,
}

/// What a frame is about.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Kind {
    /// A subscription.
    Subscription,
    /// A value that is kept.
    Kept,
    /// A publication from the queue.
    Queued,
}

/// What an incoming frame is.
#[derive(Debug)]
pub(crate) enum Received<'c, H> {
    /// Something for a subscription.
    Update(&'c H, Update),
    /// A frame of ours was refused.
    Refused(Refusal),
    /// It cannot be read.
    Unreadable,
    /// It was here before, or nobody wants it any more.
    Nothing,
}

/// The state of a client. `H` is whatever takes the updates of a subscription.
#[derive(Debug)]
pub(crate) struct Core<H> {
    following: Following<H>,
    outgoing: Outgoing,
}

impl<H> Core<H> {
    /// Nothing is subscribed to, nothing waits; the queue has room for so many bytes.
    pub(crate) fn new(room: usize, when_full: WhenFull) -> Self {
        Core { following: Following::new(), outgoing: Outgoing::new(room, when_full) }
    }

    pub(crate) fn subscribe(&mut self, pattern: &Pattern, how: How, handle: H) -> Result<(), SubscribeError> {
        self.following.add(pattern, how, handle)
    }

    pub(crate) fn unsubscribe(&mut self, pattern: &Pattern) {
        self.following.remove(pattern);
    }

    /// The topic's value is what this frame publishes, on every connection from now on.
    pub(crate) fn keep(&mut self, topic: &Topic, frame: Bytes) -> Result<(), PublishError> {
        self.outgoing.keep(topic, frame)
    }

    /// The frame is to be sent once.
    pub(crate) fn publish(&mut self, frame: Bytes) -> Result<(), PublishError> {
        self.outgoing.push(frame)
    }

    /// There is a connection, on which nothing was said yet.
    pub(crate) fn connected(&mut self) {
        self.following.connected();
    }

    /// The connection is gone, and what was on its way perhaps too.
    pub(crate) fn lost(&mut self) {
        self.following.lost();
        self.outgoing.lost();
    }

    /// The next frame to send on the connection: first what is listened to, so that a
    /// client hears what it publishes afterwards.
    pub(crate) fn next(&mut self) -> Option<Frame> {
        if let Some(text) = self.following.next() {
            return Some(Frame { text: text.into(), kind: Kind::Subscription });
        }
        let (text, kept) = self.outgoing.next()?;
        Some(Frame { text, kind: if kept { Kind::Kept } else { Kind::Queued } })
    }

    /// Whether everything that is to be published was sent.
    pub(crate) fn is_done(&self) -> bool {
        self.outgoing.is_empty()
    }

    pub(crate) fn received(&mut self, text: &str) -> Received<'_, H> {
        match ServerFrame::parse(text) {
            Some(ServerFrame::Data { topic, data, timestamp, beside }) => {
                match self.following.take(&topic, (data, timestamp), beside) {
                    Some((handle, update)) => Received::Update(handle, update),
                    None => Received::Nothing,
                }
            }
            Some(ServerFrame::Error { code, message, topic }) => Received::Refused(Refusal {
                code: code.into_owned(),
                message: message.into_owned(),
                topic: topic.into_owned(),
            }),
            Some(ServerFrame::Other) => Received::Nothing,
            None => Received::Unreadable,
        }
    }

    /// Whatever takes updates.
    pub(crate) fn handles(&self) -> impl Iterator<Item = &H> {
        self.following.handles()
    }

    pub(crate) fn fates(&self) -> Fates {
        self.outgoing.fates()
    }
}
