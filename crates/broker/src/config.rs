//! What can be set, and why the defaults are what they are.

use std::path::PathBuf;
use std::time::{Duration, Instant};

use oriel_runtime::serve::Peer;
use oriel_time::Span;
use oriel_topics::Limits;

use crate::pace::Pacing;
use crate::session::Manners;

/// A queue that holds a second's worth of a busy dashboard, and little of a small machine.
pub(crate) const QUEUE_BYTES: usize = 1 << 20;

/// Larger messages are files, not events.
pub(crate) const MESSAGE_BYTES: usize = 1 << 20;

/// Publications a second from elsewhere: more than a person can read or a dashboard can
/// show.
const PUBLISH_RATE: u32 = 10_000;

/// Sixty-four of the largest on their way at once, and a small part of a small machine.
pub(crate) const RECEIVE_BYTES: usize = 64 << 20;

/// A client with that many bad frames will not get better.
pub(crate) const BAD_FRAMES: u32 = 20;

/// A supervisor commonly kills after ten seconds; sessions say good-bye before that.
pub(crate) const DRAIN: Span = Span::from_millis(5_000);

/// A client that is gone is noticed within twice this.
pub(crate) const PING: Span = Span::from_millis(30_000);

/// Far more than a house has dashboards, and few enough for a small machine.
pub(crate) const CONNECTIONS: usize = 20_000;

/// A whole office behind one address.
pub(crate) const CONNECTIONS_PER_ADDRESS: usize = 1_000;

/// Whoever wants something says so sooner, even from the other side of the world.
pub(crate) const HANDSHAKE: Span = Span::from_millis(5_000);

/// The settings of a broker.
#[derive(Clone, Debug)]
pub struct Config {
    /// Host names by which it may be called, besides `localhost` and addresses.
    pub allow_hosts: Vec<String>,
    /// Origins whose pages may connect, besides its own.
    pub allow_origins: Vec<String>,
    /// The file of tokens and keys; without one everybody may do everything.
    pub tokens: Option<PathBuf>,
    /// What TLS is spoken with, if it is.
    pub tls: Option<TlsFiles>,
    /// Connections that are open at a time.
    pub connections: usize,
    /// Those of one address among them, except this machine's own.
    pub connections_per_address: usize,
    /// Time for a new connection to ask for something.
    pub handshake: Duration,
    /// Bytes that may wait for one connection before newer values replace older ones.
    pub queue_bytes: usize,
    /// The largest message, from a WebSocket or a POST.
    pub message_bytes: usize,
    /// Bytes of large messages that may be held while they come in, of all connections
    /// together; absent is 64 MiB, or four of the largest messages if that is more.
    pub receive_bytes: Option<usize>,
    /// Bad frames of one connection before it is closed.
    pub bad_frames: u32,
    /// A client is asked for a sign of life this often, and has until the next time.
    pub ping: Duration,
    /// Publications a second of one connection before it is read more slowly; absent is
    /// 10,000 for clients elsewhere and no bound for those on this machine.
    pub publish_rate: Option<u32>,
    /// What is remembered, and how many subscriptions one connection has.
    pub limits: Limits,
    /// How long connections may take to end once the broker is told to stop.
    pub drain: Duration,
}

/// The files of a certificate, both PEM.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct TlsFiles {
    /// The chain, the broker's own certificate first.
    pub certificate: PathBuf,
    /// Its private key.
    pub key: PathBuf,
}

impl Default for Config {
    fn default() -> Self {
        Config {
            allow_hosts: Vec::new(),
            allow_origins: Vec::new(),
            tokens: None,
            tls: None,
            connections: CONNECTIONS,
            connections_per_address: CONNECTIONS_PER_ADDRESS,
            handshake: HANDSHAKE.std(),
            queue_bytes: QUEUE_BYTES,
            message_bytes: MESSAGE_BYTES,
            receive_bytes: None,
            bad_frames: BAD_FRAMES,
            ping: PING.std(),
            publish_rate: None,
            limits: Limits::default(),
            drain: DRAIN.std(),
        }
    }
}

impl Config {
    /// The room for large messages that come in.
    pub(crate) fn receive_bytes(&self) -> usize {
        self.receive_bytes.unwrap_or_else(|| RECEIVE_BYTES.max(self.message_bytes.saturating_mul(4)))
    }

    /// How sessions are served.
    pub(crate) fn manners(&self) -> Manners {
        Manners { patience: self.bad_frames, ping: self.ping }
    }

    /// How fast a connection may publish.
    pub(crate) fn pacing(&self, Peer(peer): Peer) -> Pacing {
        let elsewhere = Some(PUBLISH_RATE).filter(|_| !peer.ip().to_canonical().is_loopback());
        Pacing::new(self.publish_rate.or(elsewhere), Instant::now())
    }
}
