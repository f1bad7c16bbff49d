//! What can be set, and why the defaults are what they are.

use std::time::Duration;

use crate::address::Address;
use crate::token::Token;
use crate::trust::Trust;

/// A broker that was restarted is there again within a moment; one that is gone for long
/// should not be knocked at all the time.
const RETRY: (Duration, Duration) = (Duration::from_millis(100), Duration::from_secs(2));

/// A broker that is alive answers and reads within that, over any network.
const PATIENCE: Duration = Duration::from_secs(10);

/// Broken connections are noticed within twice this, and proxies seldom cut earlier.
const PING: Duration = Duration::from_secs(15);

/// What a broker takes unless it is told otherwise.
const PUBLISH_BYTES: usize = 1 << 20;

/// More than that no broker sends unless it was told to.
const MESSAGE_BYTES: usize = 8 << 20;

/// Some 50,000 small publications: seconds of a busy program.
const QUEUE_BYTES: usize = 16 << 20;

/// What happens to publications when the queue is full.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum WhenFull {
    /// The new one is refused: whoever publishes decides.
    #[default]
    Refuse,
    /// The oldest make way: the new one is worth more.
    DropOldest,
}

/// How to connect, and how much may wait.
#[derive(Clone, Debug)]
pub struct Options {
    /// Where the broker is.
    pub address: Address,
    /// What it is shown to be let in.
    pub token: Option<Token>,
    /// Whose certificates are believed; none is [`Trust::system`].
    pub trust: Option<Trust>,
    /// The first wait after a broken connection, and the longest.
    pub retry: (Duration, Duration),
    /// A handshake, a write or a good-bye that takes longer means that the broker is stuck.
    pub patience: Duration,
    /// A silent broker is asked for a sign of life this often, and has until the next time.
    pub ping: Duration,
    /// The largest frame that is sent. A broker closes the connection for a larger one.
    pub publish_bytes: usize,
    /// The largest message that is taken.
    pub message_bytes: usize,
    /// Bytes of publications that may wait to be sent.
    pub queue_bytes: usize,
    /// What happens to those that there is no room for.
    pub when_full: WhenFull,
    /// Bytes of updates that may wait in a subscription before newer values replace
    /// older ones of their topic.
    pub backlog_bytes: usize,
}

impl Options {
    /// The defaults for the broker at this address.
    pub fn new(address: Address) -> Self {
        Options {
            address,
            token: None,
            trust: None,
            retry: RETRY,
            patience: PATIENCE,
            ping: PING,
            publish_bytes: PUBLISH_BYTES,
            message_bytes: MESSAGE_BYTES,
            queue_bytes: QUEUE_BYTES,
            when_full: WhenFull::default(),
            backlog_bytes: QUEUE_BYTES,
        }
    }
}
