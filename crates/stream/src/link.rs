//! The connection to the broker: kept up for ever, with capped back-off.

use crate::outbox::Outbox;
use bytes::Bytes;
use futures_util::stream::{SplitSink, SplitStream};
use futures_util::{SinkExt, StreamExt};
use oriel_runtime::backoff::Backoff;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;
use tokio::net::TcpStream;
use tokio::time::{Instant, timeout};
use tokio_tungstenite::tungstenite::protocol::frame::Utf8Bytes;
use tokio_tungstenite::tungstenite::{self, Message};
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream, connect_async_with_config};

/// The first wait after a broken connection, and the longest.
const BACKOFF: (Duration, Duration) = (Duration::from_millis(100), Duration::from_secs(2));
/// A handshake or a write that takes longer means that the broker is stuck.
const PATIENCE: Duration = Duration::from_secs(10);
/// A silent broker is asked for a sign of life after this, and given up after twice as long.
const PING_EVERY: Duration = Duration::from_secs(15);

/// Frames are few and should leave at once, not wait for the answer to the one before.
const NO_DELAY: bool = true;

type Socket = WebSocketStream<MaybeTlsStream<TcpStream>>;

/// The link's state, for metrics.
#[derive(Default)]
pub(crate) struct Link {
    connected: AtomicBool,
    connects: AtomicU64,
    frames: AtomicU64,
    refused: AtomicU64,
}

impl Link {
    /// There is a connection now.
    pub(crate) fn connected(&self) -> bool {
        self.connected.load(Ordering::Relaxed)
    }

    /// Connections made so far.
    pub(crate) fn connects(&self) -> u64 {
        self.connects.load(Ordering::Relaxed)
    }

    /// Frames sent so far.
    pub(crate) fn frames(&self) -> u64 {
        self.frames.load(Ordering::Relaxed)
    }

    /// Frames that the broker answered with an error.
    pub(crate) fn refused(&self) -> u64 {
        self.refused.load(Ordering::Relaxed)
    }

    /// Sends what the outbox holds to the broker at `url` until the outbox is closed and
    /// all of it is sent. Every new connection begins with the newest frame of every
    /// topic, since a broker that was restarted has forgotten them.
    pub(crate) async fn keep_up(self: Arc<Self>, url: String, outbox: Arc<Outbox>) {
        let mut backoff = Backoff::new(BACKOFF.0, BACKOFF.1);
        let mut quiet = false;
        loop {
            let error = match connect(&url).await {
                Ok(socket) => {
                    tracing::info!(broker = url, "connected to the broker");
                    (backoff, quiet) = (Backoff::new(BACKOFF.0, BACKOFF.1), false);
                    self.connects.fetch_add(1, Ordering::Relaxed);
                    self.connected.store(true, Ordering::Relaxed);
                    outbox.send_again();
                    let end = self.talk(socket, &outbox).await;
                    self.connected.store(false, Ordering::Relaxed);
                    match end {
                        Ok(()) => return,
                        Err(error) => error,
                    }
                }
                Err(error) => error,
            };
            if !std::mem::replace(&mut quiet, true) {
                tracing::warn!(broker = url, error, "no connection to the broker, trying again");
            }
            tokio::time::sleep(backoff.next_delay()).await;
        }
    }

    /// Sends until the outbox is closed, or the connection breaks; says how.
    async fn talk(&self, socket: Socket, outbox: &Outbox) -> Result<(), String> {
        let (mut writer, mut reader) = socket.split();
        let mut ping = tokio::time::interval(PING_EVERY);
        let mut heard = Instant::now();
        loop {
            let message = tokio::select! {
                frame = outbox.take() => match frame {
                    Some(frame) => text(&frame),
                    None => return say_goodbye(writer, reader).await,
                },
                _ = ping.tick() => {
                    if heard.elapsed() > 2 * PING_EVERY {
                        return Err("the broker gave no sign of life".into());
                    }
                    Message::Ping(Bytes::new())
                }
                said = reader.next() => match said {
                    Some(Ok(said)) => {
                        heard = Instant::now();
                        self.hear(&said);
                        continue;
                    }
                    Some(Err(error)) => return Err(error.to_string()),
                    None => return Err("the broker closed the connection".into()),
                },
            };
            let counts = message.is_text();
            match timeout(PATIENCE, writer.send(message)).await {
                Ok(Ok(())) => self.frames.fetch_add(u64::from(counts), Ordering::Relaxed),
                Ok(Err(error)) => return Err(error.to_string()),
                Err(_) => return Err("the broker reads nothing".into()),
            };
        }
    }

    /// The broker only speaks to complain.
    fn hear(&self, said: &Message) {
        if let Message::Text(text) = said
            && self.refused.fetch_add(1, Ordering::Relaxed) == 0
        {
            tracing::warn!(answer = %text.as_str(), "the broker refused a frame");
        }
    }
}

/// Closes the connection and waits until the broker has read all and answers.
async fn say_goodbye(
    mut writer: SplitSink<Socket, Message>,
    mut reader: SplitStream<Socket>,
) -> Result<(), String> {
    let goodbye = async {
        writer.close().await?;
        while let Some(said) = reader.next().await {
            said?;
        }
        Ok::<(), tungstenite::Error>(())
    };
    match timeout(PATIENCE, goodbye).await {
        Ok(Ok(()) | Err(tungstenite::Error::ConnectionClosed)) => Ok(()),
        Ok(Err(error)) => Err(error.to_string()),
        Err(_) => Err("the broker does not answer".into()),
    }
}

async fn connect(url: &str) -> Result<Socket, String> {
    match timeout(PATIENCE, connect_async_with_config(url, None, NO_DELAY)).await {
        Ok(Ok((socket, _))) => Ok(socket),
        Ok(Err(tungstenite::Error::Http(answer))) => Err(format!("the broker answered {}", answer.status())),
        Ok(Err(error)) => Err(error.to_string()),
        Err(_) => Err("the broker does not answer".into()),
    }
}

fn text(frame: &Bytes) -> Message {
    Utf8Bytes::try_from(frame.clone()).map_or_else(|_| Message::Binary(frame.clone()), Message::Text)
}
