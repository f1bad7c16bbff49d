//! The handle of a connection that is kept up.

use std::sync::Arc;

use bytes::Bytes;
use oriel_protocol::pubsub::{self, Pattern, Topic};
use oriel_runtime::task;
use serde::Serialize;
use tokio::task::JoinHandle;
use tokio_tungstenite::Connector;

use crate::counts::Counts;
use crate::error::{ConnectError, PublishError, SubscribeError};
use crate::event::Events;
use crate::link;
use crate::options::Options;
use crate::shared::Shared;
use crate::subscription::Subscription;
use crate::trust::Trust;
use crate::update::How;

/// A connection to a broker. Clones share it; it ends when the last one is dropped, at
/// once, or when it is [closed](Client::close), with good manners.
#[derive(Clone, Debug)]
pub struct Client(Arc<Owner>);

#[derive(Debug)]
struct Owner {
    shared: Arc<Shared>,
    task: JoinHandle<()>,
    publish_bytes: usize,
    backlog_bytes: usize,
}

impl Drop for Owner {
    fn drop(&mut self) {
        self.shared.close();
        self.task.abort();
    }
}

impl Client {
    /// Begins to connect, within a tokio runtime. The handle can be used at once:
    /// whatever it is told waits for the connection.
    ///
    /// # Errors
    /// When it makes no sense to try.
    pub fn connect(options: Options) -> Result<Self, ConnectError> {
        let connector = if options.address.is_encrypted() {
            let trust = options.trust.clone().map_or_else(Trust::system, Ok)?;
            Connector::Rustls(trust.config())
        } else {
            Connector::Plain
        };
        if options.token.is_some() && !options.address.is_encrypted() && !options.address.is_local() {
            tracing::warn!(broker = %options.address, "the token crosses the network in the clear; use wss");
        }
        let shared = Arc::new(Shared::new(&options));
        let Options { publish_bytes, backlog_bytes, .. } = options;
        let task = task::spawn("link", link::keep_up(Arc::clone(&shared), options, connector));
        Ok(Client(Arc::new(Owner { shared, task, publish_bytes, backlog_bytes })))
    }

    /// Publishes a value, once: what was being sent when a connection broke may be lost,
    /// which [`Counts::interrupted`] counts, and is not sent twice. While there is no
    /// connection publications wait, as far as there is room; then
    /// [`Options::when_full`] says what happens.
    ///
    /// The value is written as JSON. What is JSON already comes as a `RawValue`.
    ///
    /// # Errors
    /// When it is not taken.
    pub fn publish<T: Serialize + ?Sized>(&self, topic: &Topic, value: &T) -> Result<(), PublishError> {
        let frame = self.frame(topic, value)?;
        self.0.shared.publish(topic, frame, false)
    }

    /// The topic's present value is this: it takes the place of one that was not sent
    /// yet, and is sent again on every new connection, since a broker that was restarted
    /// has forgotten it. Kept values go before those that are published once.
    ///
    /// # Errors
    /// When it is not taken. There is room for 10,000 topics.
    pub fn keep<T: Serialize + ?Sized>(&self, topic: &Topic, value: &T) -> Result<(), PublishError> {
        let frame = self.frame(topic, value)?;
        self.0.shared.publish(topic, frame, true)
    }

    /// Subscribes to a topic or a pattern. What is published to it by this client
    /// afterwards is heard.
    ///
    /// # Errors
    /// When another subscription of this client means some of the same topics.
    pub fn subscribe(&self, pattern: &Pattern, how: How) -> Result<Subscription, SubscribeError> {
        let mut subscription = self.subscription();
        subscription.add(pattern, how)?;
        Ok(subscription)
    }

    /// A subscription to nothing yet, for as many patterns as are [added](Subscription::add).
    pub fn subscription(&self) -> Subscription {
        Subscription::new(Arc::clone(&self.0.shared), self.0.backlog_bytes)
    }

    /// What happens to the connection, from now on.
    pub fn events(&self) -> Events {
        self.0.shared.events()
    }

    /// Numbers for metrics.
    pub fn counts(&self) -> Counts {
        self.0.shared.counts()
    }

    /// Takes nothing more, sends what waits, says good-bye and returns when the broker
    /// has read all of it. While there is no connection that can take for ever: give it
    /// a timeout, and drop the client when it has passed.
    pub async fn close(&self) {
        self.0.shared.close();
        self.0.shared.over().await;
    }

    fn frame<T: Serialize + ?Sized>(&self, topic: &Topic, value: &T) -> Result<Bytes, PublishError> {
        if topic.is_reserved() {
            return Err(PublishError::Reserved);
        }
        let data = serde_json::to_string(value).map_err(|error| PublishError::NotJson(error.to_string()))?;
        let (frame, limit) = (pubsub::publish(topic, &data), self.0.publish_bytes);
        if frame.len() > limit {
            self.0.shared.too_large();
            return Err(PublishError::TooLarge { bytes: frame.len(), limit });
        }
        Ok(frame.into())
    }
}
