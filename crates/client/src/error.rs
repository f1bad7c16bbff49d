//! Why something is not done.

use oriel_protocol::pubsub::Pattern;

/// Why a client cannot even try to connect.
#[derive(Debug, thiserror::Error)]
pub enum ConnectError {
    /// The certificate authorities to trust cannot be had.
    #[error(transparent)]
    Trust(#[from] crate::trust::TrustError),
}

/// Why a publication is not sent.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum PublishError {
    /// Too much waits already, and nothing of it may be dropped.
    #[error("there is no room for another publication until the broker has taken some")]
    Full,
    /// The broker would take it for a mistake and close the connection.
    #[error("a publication of {bytes} bytes is more than the {limit} that a broker takes")]
    TooLarge {
        /// What the frame would have.
        bytes: usize,
        /// What it may have.
        limit: usize,
    },
    /// The topic is the broker's own.
    #[error("topics that start with '_' or end in '.numSubscribers' are the broker's own")]
    Reserved,
    /// The data has no form in JSON.
    #[error("the data cannot be written as JSON: {0}")]
    NotJson(String),
    /// The client was closed.
    #[error("the client was closed")]
    Closed,
}

/// Why nothing is subscribed to.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum SubscribeError {
    /// The broker sends a publication once a connection, so two subscriptions of one
    /// client must not mean the same topic. Another client may have the other.
    #[error("this client has a subscription to {0} already, which means some of the same topics")]
    Overlap(Pattern),
    /// Many topics have no one place to resume from.
    #[error("one topic can be resumed, a wildcard cannot")]
    Wildcard,
    /// The topic is the broker's own.
    #[error("topics that start with '_' or end in '.numSubscribers' are the broker's own")]
    Reserved,
    /// The client was closed.
    #[error("the client was closed")]
    Closed,
}
