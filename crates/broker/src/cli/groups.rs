//! The flags by what they are about, each with its bounds.

use std::path::PathBuf;

use clap::{Args, ValueHint};
use oriel_runtime::size::Size;
use oriel_time::Span;
use oriel_topics::{History, Limits};

use super::value::{at_least, within};
use crate::config;

/// A message needs room; what is larger than that is no message.
const MESSAGES: (Size, Size) = (Size::new(1 << 10), Size::new(1 << 30));

/// Nobody waits longer for a first word.
const HANDSHAKES: (Span, Span) = (Span::from_millis(100), Span::from_millis(600_000));

/// More often would be a load, less often of no use.
const PINGS: (Span, Span) = (Span::SECOND, Span::HOUR);

/// More than a machine has file descriptors for.
const MAX_CONNECTIONS: usize = 1_000_000;

/// Who may connect, and how.
#[derive(Args, Clone, Debug)]
#[command(next_help_heading = "Security")]
pub struct SecurityArgs {
    /// Serve only who brings a token or a JSON web token that this TOML file knows
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub tokens: Option<PathBuf>,
    /// Speak TLS with this chain of certificates (PEM), the broker's own first; needs --tls-key
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub tls_cert: Option<PathBuf>,
    /// The private key (PEM) of the certificate; needs --tls-cert
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub tls_key: Option<PathBuf>,
}

/// What clients may take and do.
#[derive(Args, Clone, Debug)]
#[command(next_help_heading = "Limits of clients")]
pub struct ClientArgs {
    /// Connections that are open at a time, of any kind
    #[arg(long, value_name = "N", default_value_t = config::CONNECTIONS, value_parser = within(1, MAX_CONNECTIONS))]
    pub connections: usize,
    /// Connections of one address among them; this machine's own are not counted
    #[arg(long, value_name = "N", default_value_t = config::CONNECTIONS_PER_ADDRESS, value_parser = within(1, MAX_CONNECTIONS))]
    pub connections_per_address: usize,
    /// Subscriptions of one connection
    #[arg(long, value_name = "N", default_value_t = Limits::default().subscriptions, value_parser = at_least(1_usize))]
    pub subscriptions: usize,
    /// Publications a second of one connection, by frames or POSTs, which is read more slowly beyond that
    /// [default: 10000, and no bound for clients on this machine]
    #[arg(long, value_name = "N", value_parser = at_least(1_u32))]
    pub publish_rate: Option<u32>,
    /// The largest message that a client may send
    #[arg(long, value_name = "SIZE", default_value_t = Size::new(config::MESSAGE_BYTES as u64), value_parser = within(MESSAGES.0, MESSAGES.1))]
    pub message_bytes: Size,
    /// Bytes of large messages that may come in at once, of all clients together; whoever sends
    /// more is told to try again [default: 64MiB, or four of the largest messages if that is more]
    #[arg(long, value_name = "SIZE", value_parser = at_least(MESSAGES.0))]
    pub receive_bytes: Option<Size>,
    /// Bad frames of one connection, which is closed with the last of them
    #[arg(long, value_name = "N", default_value_t = config::BAD_FRAMES, value_parser = at_least(1_u32))]
    pub bad_frames: u32,
    /// Time for a new connection to ask for something, TLS included
    #[arg(long, value_name = "TIME", default_value_t = config::HANDSHAKE, value_parser = within(HANDSHAKES.0, HANDSHAKES.1))]
    pub handshake: Span,
    /// Ask each WebSocket this often for a sign of life, and close it if none came until the next time
    #[arg(long, value_name = "TIME", default_value_t = config::PING, value_parser = within(PINGS.0, PINGS.1))]
    pub ping: Span,
    /// Time for connections to end once the broker is told to stop; those that have not are cut
    #[arg(long, value_name = "TIME", default_value_t = config::DRAIN, value_parser = within(Span::ZERO, Span::HOUR))]
    pub drain: Span,
}

/// What is remembered of all topics.
#[derive(Args, Clone, Debug)]
#[command(next_help_heading = "Memory")]
pub struct MemoryArgs {
    /// Topics that are remembered; beyond it the one least recently published to is forgotten
    #[arg(long, value_name = "N", default_value_t = Limits::default().topics, value_parser = at_least(1_usize))]
    pub topics: usize,
    /// Bytes that are remembered; beyond it the oldest history goes first, then whole topics
    #[arg(long, value_name = "SIZE", default_value_t = Size::new(Limits::default().bytes as u64), value_parser = at_least(MESSAGES.0))]
    pub topic_bytes: Size,
    /// Forget a topic this long after its last publication
    #[arg(long, value_name = "TIME", default_value_t = Limits::default().age, value_parser = at_least(Span::SECOND))]
    pub forget_after: Span,
}

/// What is kept for those who are slow or come back.
#[derive(Args, Clone, Debug)]
#[command(next_help_heading = "Slow consumers and history")]
pub struct SlowArgs {
    /// Bytes that may wait for one subscriber before newer values replace older ones
    #[arg(long, value_name = "SIZE", default_value_t = Size::new(config::QUEUE_BYTES as u64), value_parser = within(MESSAGES.0, MESSAGES.1))]
    pub queue_bytes: Size,
    /// Publications kept of each topic for those who come back and resume
    #[arg(long, value_name = "N", default_value_t = History::default().count, value_parser = at_least(0_usize))]
    pub history: usize,
    /// Bytes kept of each topic for them; its newest value is kept in any case
    #[arg(long, value_name = "SIZE", default_value_t = Size::new(History::default().bytes as u64), value_parser = at_least(Size::new(0)))]
    pub history_bytes: Size,
    /// Time for which a publication is kept for them
    #[arg(long, value_name = "TIME", default_value_t = History::default().age, value_parser = at_least(Span::ZERO))]
    pub history_age: Span,
}
