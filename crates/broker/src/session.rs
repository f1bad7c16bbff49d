//! One WebSocket: reads frames, does what they ask, sends what is in the outbox.

use std::cell::RefCell;
use std::future::poll_fn;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use futures_util::{Sink, SinkExt, Stream};
use oriel_protocol::pubsub::{ClientFrame, Code, FrameError};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::time::timeout;
use tokio_tungstenite::tungstenite::protocol::CloseFrame;
use tokio_tungstenite::tungstenite::protocol::frame::coding::CloseCode;
use tokio_tungstenite::tungstenite::{Error, Message};

use crate::hub::Connection;
use crate::outbox::End;
use crate::upgrade::Socket;

/// Frames are copied into the kernel this many bytes at a time: large enough that a
/// system call is shared by many, small enough to stay in the processor's cache.
const BATCH: usize = 64 << 10;

/// A publisher lets others run after this many deliveries, so that what it publishes
/// leaves before its next frames are read. Fewer would mean smaller batches: at 100
/// subscribers a quarter of it costs twice the processor time a delivery.
const TURN: usize = 4_096;

/// A client gets that long to take the close frame and to hang up.
const FAREWELL: Duration = Duration::from_secs(1);

/// What is read and thrown away while saying farewell.
const DISCARD: usize = 8 << 10;

thread_local! {
    /// Where a batch is written before it goes into the kernel: one a thread, not one a
    /// connection, of which there may be ten thousand.
    static SCRATCH: RefCell<Vec<u8>> = RefCell::new(Vec::with_capacity(2 * BATCH));
}

/// Why a session ends.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Ending {
    /// The connection broke off.
    Gone,
    /// The client has said good-bye.
    Closed,
    /// We close, with this code and for this reason.
    Close(CloseCode, &'static str),
}

/// One connection.
pub(crate) struct Session {
    socket: Socket,
    connection: Connection,
    bad_frames: u32,
    /// Bad frames that are forgiven.
    patience: u32,
    /// Deliveries since others last ran.
    delivered: usize,
}

impl Session {
    pub(crate) fn new(socket: Socket, connection: Connection, patience: u32) -> Self {
        Session { socket, connection, bad_frames: 0, patience, delivered: 0 }
    }

    /// Serves the connection until it ends.
    pub(crate) async fn run(mut self) {
        let ending = self.serve().await;
        self.connection.leave();
        tracing::debug!(?ending, "a connection ends");
        let goodbye = match ending {
            Ending::Gone => return,
            Ending::Closed => None,
            Ending::Close(code, reason) => Some(CloseFrame { code, reason: reason.into() }),
        };
        // Whoever takes longer is cut.
        let _ = timeout(FAREWELL, self.farewell(goodbye)).await;
    }

    async fn serve(&mut self) -> Ending {
        loop {
            let message = match poll_fn(|cx| self.poll_next(cx)).await {
                Ok(message) => message,
                Err(ending) => return ending,
            };
            let done = match message {
                Message::Text(text) => self.handle(&text),
                Message::Binary(_) => Err(FrameError::new(Code::BadFrame, "frames are text", None)),
                Message::Close(_) => return Ending::Closed,
                // The library answers these itself.
                Message::Ping(_) | Message::Pong(_) | Message::Frame(_) => Ok(()),
            };
            if let Err(error) = done
                && let Some(ending) = self.refuse(&error)
            {
                return ending;
            }
            if self.delivered >= TURN {
                self.delivered = 0;
                tokio::task::yield_now().await;
            }
        }
    }

    fn handle(&mut self, text: &str) -> Result<(), FrameError> {
        match ClientFrame::parse(text)? {
            ClientFrame::Publish { topic, data } => {
                self.delivered += self.connection.hub().publish(&topic, data);
                Ok(())
            }
            ClientFrame::Subscribe { pattern, ask } => {
                let topic = pattern.topic().ok_or_else(not_yet)?;
                self.connection.subscribe(topic, ask.latest).map_err(|error| {
                    FrameError::new(Code::TooManySubscriptions, error.to_string(), Some(topic.as_str()))
                })
            }
            ClientFrame::Unsubscribe { pattern } => {
                self.connection.unsubscribe(pattern.topic().ok_or_else(not_yet)?);
                Ok(())
            }
            ClientFrame::GetLatestTopics => {
                let names = self.connection.hub().latest_topics();
                self.connection.outbox().answer(names);
                Ok(())
            }
            _ => Err(not_yet()),
        }
    }

    /// Answers a bad frame.
    fn refuse(&mut self, error: &FrameError) -> Option<Ending> {
        self.connection.hub().counts().bad_frame(error.code);
        self.connection.outbox().answer(error.text());
        self.bad_frames += 1;
        if self.bad_frames < self.patience {
            return None;
        }
        let last = FrameError::new(Code::TooManyErrors, "too many bad frames", None);
        self.connection.outbox().answer(last.text());
        Some(Ending::Close(CloseCode::Policy, "too many bad frames"))
    }

    /// Sends what there is to send, whenever the socket takes it; ends with what comes in.
    fn poll_next(&mut self, cx: &mut Context<'_>) -> Poll<Result<Message, Ending>> {
        if let Poll::Ready(ending) = self.poll_deliver(cx) {
            return Poll::Ready(Err(ending));
        }
        let read = ready!(Pin::new(&mut self.socket).poll_next(cx));
        Poll::Ready(match read {
            Some(Ok(message)) => Ok(message),
            Some(Err(error)) => Err(self.broken(&error)),
            None => Err(Ending::Gone),
        })
    }

    fn poll_deliver(&mut self, cx: &mut Context<'_>) -> Poll<Ending> {
        loop {
            // Before anything of ours the library's own bytes, and the rest of the last batch.
            if ready!(Pin::new(&mut self.socket).poll_flush(cx)).is_err() {
                return Poll::Ready(Ending::Gone);
            }
            if let Err(ending) = ready!(SCRATCH.with_borrow_mut(|scratch| self.poll_batch(cx, scratch))) {
                return Poll::Ready(ending);
            }
        }
    }

    fn poll_batch(&mut self, cx: &mut Context<'_>, scratch: &mut Vec<u8>) -> Poll<Result<(), Ending>> {
        scratch.clear();
        let frames = match ready!(self.connection.outbox().poll_fill(cx, scratch, BATCH)) {
            Ok(frames) => frames,
            Err(End::Overflow) => return Poll::Ready(Err(Ending::Close(CloseCode::Again, "too slow"))),
            Err(End::Stop) => return Poll::Ready(Err(Ending::Close(CloseCode::Away, "the broker stops"))),
        };
        self.connection.hub().counts().deliveries.inc_by(frames);
        let sent = ready!(self.socket.get_mut().poll_send(cx, scratch));
        scratch.shrink_to(2 * BATCH);
        Poll::Ready(sent.map_err(|_| Ending::Gone))
    }

    /// What an error of the library means to the client.
    fn broken(&self, error: &Error) -> Ending {
        match error {
            Error::Capacity(_) => {
                let says = "the message is larger than a message may be";
                self.connection.hub().counts().bad_frame(Code::TooLarge);
                self.connection.outbox().answer(FrameError::new(Code::TooLarge, says, None).text());
                Ending::Close(CloseCode::Size, "message too large")
            }
            Error::Utf8(_) => Ending::Close(CloseCode::Invalid, "text is not UTF-8"),
            Error::Protocol(_) => Ending::Close(CloseCode::Protocol, "not the WebSocket protocol"),
            _ => Ending::Gone,
        }
    }

    /// Sends what is left, and the close frame or the answer to the client's, then
    /// waits for the client to hang up. It is read past the library, which would take in
    /// the rest of a message that it has refused; and it is read at all, since a socket
    /// closed with unread bytes takes the close frame with it.
    async fn farewell(mut self, goodbye: Option<CloseFrame>) {
        let said = match goodbye {
            Some(frame) => {
                poll_fn(|cx| self.poll_empty(cx)).await;
                self.socket.close(Some(frame)).await
            }
            None => self.socket.flush().await,
        };
        let Session { socket, .. } = self;
        let mut stream = socket.into_inner().into_stream();
        if said.is_err() || stream.shutdown().await.is_err() {
            return;
        }
        let mut discard = vec![0; DISCARD];
        while stream.read(&mut discard).await.is_ok_and(|count| count > 0) {}
    }

    fn poll_empty(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        if self.poll_deliver(cx).is_ready() {
            return Poll::Ready(());
        }
        let empty = self.connection.outbox().is_empty() && self.socket.get_ref().is_idle();
        if empty { Poll::Ready(()) } else { Poll::Pending }
    }
}

fn not_yet() -> FrameError {
    FrameError::new(Code::BadTopic, "not in this version", None)
}
