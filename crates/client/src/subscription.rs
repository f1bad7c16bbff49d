//! The updates of some topics, as a stream.

use std::future::poll_fn;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use futures_util::Stream;
use oriel_protocol::pubsub::Pattern;

use crate::error::SubscribeError;
use crate::inbox::Inbox;
use crate::shared::Shared;
use crate::update::{How, Update};

/// The updates of some topics; dropping it unsubscribes.
///
/// What is not taken waits, up to [`Options::backlog_bytes`](crate::Options); beyond
/// that newer values take the place of older ones of their topic, and tell so.
#[derive(Debug)]
pub struct Subscription {
    shared: Arc<Shared>,
    inbox: Arc<Inbox>,
    patterns: Vec<Pattern>,
}

impl Subscription {
    pub(crate) fn new(shared: Arc<Shared>, room: usize) -> Self {
        Subscription { shared, inbox: Arc::new(Inbox::new(room)), patterns: Vec::new() }
    }

    /// Subscribes to more topics.
    ///
    /// # Errors
    /// When a subscription of this client means some of the same topics.
    pub fn add(&mut self, pattern: &Pattern, how: How) -> Result<(), SubscribeError> {
        self.shared.subscribe(pattern, how, &self.inbox)?;
        self.patterns.push(pattern.clone());
        Ok(())
    }

    /// Unsubscribes from what was added; updates that came before still wait.
    pub fn remove(&mut self, pattern: &Pattern) {
        if let Some(place) = self.patterns.iter().position(|other| other == pattern) {
            self.patterns.swap_remove(place);
            self.shared.unsubscribe(pattern);
        }
    }

    /// The next update; none once the client is closed.
    pub async fn next(&mut self) -> Option<Update> {
        poll_fn(|cx| self.inbox.poll(cx)).await
    }
}

impl Stream for Subscription {
    type Item = Update;

    fn poll_next(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Update>> {
        self.inbox.poll(cx)
    }
}

impl Drop for Subscription {
    fn drop(&mut self) {
        self.patterns.iter().for_each(|pattern| self.shared.unsubscribe(pattern));
    }
}
