//! What waits in a queue.

use std::sync::Arc;

use bytes::Bytes;
use oriel_protocol::pubsub::Topic;

use crate::audience::How;
use crate::settings::Slow;
use crate::topics::Publication;

/// What a queued entry costs besides its bytes.
pub(super) const ENTRY_BYTES: usize = 48;

/// The queue is full and nothing in it may be dropped.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
#[error("the queue is full")]
pub struct Overflow;

/// What became of an entry.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Queued {
    /// How many older values a newer one took the place of.
    pub replaced: usize,
    /// How many were dropped because they were the oldest.
    pub dropped: usize,
}

/// One thing to send.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Next {
    /// An answer to this connection alone.
    Answer(Bytes),
    /// A publication.
    Publication(Sent),
}

/// A publication on its way to one connection.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Sent {
    /// What is sent.
    pub publication: Arc<Publication>,
    /// How the connection asked for it.
    pub how: How,
    /// Publications of its topic just before it that were left out.
    pub skipped: u64,
    /// Something before it is lost, nobody knows how much.
    pub gap: bool,
}

impl Queued {
    pub(super) fn add(&mut self, more: Queued) {
        self.replaced += more.replaced;
        self.dropped += more.dropped;
    }
}

impl Next {
    pub(super) fn cost(&self) -> usize {
        let bytes = match self {
            Next::Answer(bytes) => bytes,
            Next::Publication(sent) => sent.publication.frame.bytes(),
        };
        bytes.len() + ENTRY_BYTES
    }

    /// The topic, if the entry has that policy.
    pub(super) fn topic_of(&self, slow: Slow) -> Option<&Topic> {
        match self {
            Next::Publication(Sent { publication, .. }) if publication.slow == slow => {
                Some(&publication.topic)
            }
            _ => None,
        }
    }
}
