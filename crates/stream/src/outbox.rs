//! The way to the broker: the newest rows of each topic, and panes.
//!
//! Rows replace the rows before, so of each topic only the newest are kept, and they are
//! sent again to a broker that was restarted. Panes wait in a queue of bounded size, from
//! which the oldest are dropped and counted. So a broker that is slow or away never holds
//! up anything.

use oriel_client::{Address, Client, ConnectError, Counts, Options, PublishError, Token, WhenFull};
use oriel_protocol::pubsub::Topic;
use serde_json::value::RawValue;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;
use tokio::time::timeout;

/// Panes that may wait: some 50,000, more than anybody catches up with by reading.
const ROOM: usize = 16 << 20;
/// The last results are given up if a broker has not taken them by then, or has not
/// turned up by then.
const LAST_WORDS: Duration = Duration::from_secs(5);
const LAST_CHANCE: Duration = Duration::from_secs(1);

/// What is given to the broker; to nobody if there is none.
#[derive(Default)]
pub(crate) struct Outbox {
    client: Option<Client>,
    complained: AtomicBool,
}

impl Outbox {
    /// Begins to connect.
    ///
    /// # Errors
    /// When it makes no sense to try.
    pub(crate) fn connect(address: Address, token: Option<Token>) -> Result<Self, ConnectError> {
        let when_full = WhenFull::DropOldest;
        let options = Options { token, queue_bytes: ROOM, when_full, ..Options::new(address) };
        Ok(Outbox { client: Some(Client::connect(options)?), complained: AtomicBool::new(false) })
    }

    /// The topic's newest rows are these.
    pub(crate) fn put(&self, topic: &str, body: &[u8]) {
        self.give(topic, body, Client::keep);
    }

    /// Another pane is to be sent.
    pub(crate) fn queue(&self, topic: &str, body: &[u8]) {
        self.give(topic, body, Client::publish);
    }

    /// What became of all that.
    pub(crate) fn counts(&self) -> Counts {
        self.client.as_ref().map(Client::counts).unwrap_or_default()
    }

    /// Time for the broker to take what still waits.
    pub(crate) async fn last_words(&self) {
        let Some(client) = &self.client else { return };
        let patience = if client.counts().connected { LAST_WORDS } else { LAST_CHANCE };
        if timeout(patience, client.close()).await.is_err() {
            tracing::warn!("the broker did not take the last results");
        }
    }

    fn give(
        &self,
        topic: &str,
        body: &[u8],
        send: fn(&Client, &Topic, &RawValue) -> Result<(), PublishError>,
    ) {
        let Some(client) = &self.client else { return };
        let (Ok(topic), Ok(data)) = (topic.parse::<Topic>(), serde_json::from_slice::<&RawValue>(body))
        else {
            debug_assert!(false, "{topic} is checked with the configuration, and bodies are JSON");
            return;
        };
        // Counted there; what is too large for a broker is so again and again.
        if let Err(error) = send(client, &topic, data)
            && !self.complained.swap(true, Ordering::Relaxed)
        {
            tracing::error!(%topic, %error, "a message cannot be sent; see the metrics for how many");
        }
    }
}
