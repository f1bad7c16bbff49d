//! One WebSocket: reads frames, does what they ask, sends what is in the outbox.

use std::cell::RefCell;
use std::future::{Future, poll_fn};
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use oriel_protocol::pubsub::{ClientFrame, Code, FrameError, Topic};
use oriel_runtime::serve::Stream;
use oriel_topics::{Next, TooMany};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::time::{Instant, Interval, MissedTickBehavior, Sleep, interval_at, sleep_until, timeout};
use tokio_tungstenite::tungstenite::protocol::CloseFrame;
use tokio_tungstenite::tungstenite::protocol::frame::coding::CloseCode;
use tokio_tungstenite::tungstenite::{Error, Message};

use crate::auth;
use crate::frames::write_frame;
use crate::hub::Connection;
use crate::outbox::{End, Filled};
use crate::pace::Pacing;
use crate::receiving::Full;
use crate::socket::{Socket, is_full};

/// Frames are copied into the kernel this many bytes at a time: large enough that a
/// system call is shared by many, small enough to stay in the processor's cache.
const BATCH: usize = 64 << 10;

/// A publisher lets others run after this many deliveries, so that what it publishes
/// leaves before its next frames are read. Fewer would mean smaller batches: at 100
/// subscribers a quarter of it costs twice the processor time a delivery.
const TURN: usize = 4_096;

/// What a question about all topics costs, in deliveries.
const COSTLY: usize = 256;

/// A client gets that long to take the close frame and to hang up.
const FAREWELL: Duration = Duration::from_secs(1);

/// What is read and thrown away while saying farewell.
const DISCARD: usize = 8 << 10;

thread_local! {
    /// Where a batch is written before it goes into the kernel: one a thread, not one a
    /// connection, of which there may be ten thousand.
    static SCRATCH: RefCell<Scratch> =
        RefCell::new(Scratch { batch: Vec::with_capacity(2 * BATCH), tail: Vec::new() });
}

/// A batch, and the end of a frame that one subscriber gets besides.
#[derive(Debug)]
struct Scratch {
    batch: Vec<u8>,
    tail: Vec<u8>,
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

/// How a session is served.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Manners {
    /// Bad frames that are forgiven.
    pub(crate) patience: u32,
    /// A client is asked for a sign of life this often, and has until the next time.
    pub(crate) ping: Duration,
}

/// One connection.
pub(crate) struct Session {
    socket: Socket<Stream>,
    connection: Connection,
    bad_frames: u32,
    /// Bad frames that are forgiven.
    patience: u32,
    /// Deliveries since others last ran.
    delivered: usize,
    pings: Interval,
    /// Something came since the last ping.
    heard: bool,
    /// A ping is to be sent.
    ping: bool,
    pacing: Pacing,
    /// Nothing is read before this ends.
    pause: Option<Pin<Box<Sleep>>>,
}

impl Session {
    pub(crate) fn new(
        socket: Socket<Stream>,
        connection: Connection,
        pacing: Pacing,
        manners: Manners,
    ) -> Self {
        let mut pings = interval_at(Instant::now() + manners.ping, manners.ping);
        pings.set_missed_tick_behavior(MissedTickBehavior::Delay);
        Session {
            socket,
            connection,
            bad_frames: 0,
            patience: manners.patience,
            delivered: 0,
            pings,
            heard: true,
            ping: false,
            pacing,
            pause: None,
        }
    }

    /// Serves the connection until it ends, or what it was granted is lost.
    pub(crate) async fn run(mut self: Box<Self>, lost: impl Future<Output = auth::Lost>) {
        let ending = tokio::select! {
            biased;
            lost = lost => {
                self.connection.leave();
                // A delivery may be under way.
                self.connection.outbox().stop();
                self.connection.outbox().abandon();
                Ending::Close(CloseCode::Policy, lost.as_str())
            }
            ending = self.serve() => ending,
        };
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
            ClientFrame::Publish { topic, data } => self.publish(&topic, data),
            ClientFrame::Subscribe { pattern, ask } => {
                if let Some(topic) = pattern.topic() {
                    self.may_hear(topic)?;
                }
                self.delivered += COSTLY;
                self.connection.subscribe(&pattern, ask).map_err(|error| too_many(error, pattern.as_str()))
            }
            ClientFrame::Unsubscribe { pattern } => {
                self.connection.unsubscribe(&pattern);
                Ok(())
            }
            ClientFrame::SubscribeNumSubscribers { topic } => self.watch(&topic),
            ClientFrame::UnsubscribeNumSubscribers { topic } => {
                self.connection.unwatch(&topic);
                Ok(())
            }
            ClientFrame::GetLatestTopics => {
                self.delivered += COSTLY;
                let outbox = self.connection.outbox();
                outbox.answer(self.connection.hub().latest_topics(outbox.rights()));
                Ok(())
            }
        }
    }

    fn publish(&mut self, topic: &Topic, data: &str) -> Result<(), FrameError> {
        if !self.connection.outbox().rights().may_publish(topic) {
            return Err(forbidden("publish to", topic));
        }
        self.delivered += self.connection.hub().publish(topic, data);
        if let Some(until) = self.pacing.take() {
            self.connection.hub().counts().slowed.inc();
            self.pause = Some(Box::pin(sleep_until(until.into())));
        }
        Ok(())
    }

    fn watch(&mut self, topic: &Topic) -> Result<(), FrameError> {
        self.may_hear(topic)?;
        match self.connection.watch(topic).map_err(|error| too_many(error, topic.as_str()))? {
            true => Ok(()),
            false => {
                let says = "the name is too long to have '.numSubscribers' behind it";
                Err(FrameError::new(Code::BadTopic, says, Some(topic.as_str())))
            }
        }
    }

    fn may_hear(&self, topic: &Topic) -> Result<(), FrameError> {
        let may = self.connection.outbox().rights().may_hear(topic);
        may.then_some(()).ok_or_else(|| forbidden("subscribe to", topic))
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
        while self.pings.poll_tick(cx).is_ready() {
            if !std::mem::take(&mut self.heard) && !self.socket.wire().has_moved() {
                self.connection.hub().counts().closed_silent.inc();
                return Poll::Ready(Err(Ending::Gone));
            }
            self.ping = true;
        }
        if let Poll::Ready(ending) = self.poll_deliver(cx) {
            return Poll::Ready(Err(ending));
        }
        if let Some(pause) = &mut self.pause {
            ready!(pause.as_mut().poll(cx));
            self.pause = None;
        }
        let read = ready!(self.socket.poll_message(cx));
        self.heard = true;
        Poll::Ready(read.map_err(|error| self.broken(&error)))
    }

    fn poll_deliver(&mut self, cx: &mut Context<'_>) -> Poll<Ending> {
        loop {
            // Before anything of ours the library's own bytes, and the rest of the last batch.
            if ready!(self.socket.poll_flush(cx)).is_err() {
                return Poll::Ready(Ending::Gone);
            }
            if std::mem::take(&mut self.ping) && ready!(self.socket.wire().poll_ping(cx)).is_err() {
                return Poll::Ready(Ending::Gone);
            }
            if let Err(ending) = ready!(SCRATCH.with_borrow_mut(|scratch| self.poll_batch(cx, scratch))) {
                return Poll::Ready(ending);
            }
        }
    }

    fn poll_batch(&mut self, cx: &mut Context<'_>, scratch: &mut Scratch) -> Poll<Result<(), Ending>> {
        let Scratch { batch, tail } = scratch;
        batch.clear();
        let epoch = self.connection.hub().epoch();
        let write = |into: &mut Vec<u8>, next: &Next| write_frame(into, next, epoch, tail);
        let (frames, since) = match ready!(self.connection.outbox().poll_fill(cx, batch, BATCH, write)) {
            Ok(Filled::Frames(frames, since)) => (frames, since),
            Ok(Filled::Wants(wanted)) => {
                self.connection.replay(&wanted);
                return Poll::Ready(Ok(()));
            }
            Err(End::Overflow) => return Poll::Ready(Err(Ending::Close(CloseCode::Again, "too slow"))),
            Err(End::Stop) => return Poll::Ready(Err(Ending::Close(CloseCode::Away, "the broker stops"))),
        };
        let sent = ready!(self.socket.wire().poll_send(cx, batch));
        batch.shrink_to(2 * BATCH);
        let counts = self.connection.hub().counts();
        counts.deliveries.inc_by(frames);
        counts.latency.observe(since.elapsed().as_secs_f64());
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
            error if is_full(error) => Ending::Close(CloseCode::Again, Full::SAYS),
            Error::Protocol(_) => Ending::Close(CloseCode::Protocol, "not the WebSocket protocol"),
            _ => Ending::Gone,
        }
    }

    /// Sends what is left, and the close frame or the answer to the client's, then
    /// waits for the client to hang up. It is read past the library, which would take in
    /// the rest of a message that it has refused; and it is read at all, since a socket
    /// closed with unread bytes takes the close frame with it.
    async fn farewell(mut self: Box<Self>, goodbye: Option<CloseFrame>) {
        let said = match goodbye {
            Some(frame) => {
                poll_fn(|cx| self.poll_empty(cx)).await;
                poll_fn(|cx| self.socket.poll_close(cx, &frame)).await
            }
            None => poll_fn(|cx| self.socket.poll_flush(cx)).await,
        };
        let Session { socket, .. } = *self;
        let mut stream = socket.into_stream();
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
        let empty = self.connection.outbox().is_empty() && self.socket.wire().is_idle();
        if empty { Poll::Ready(()) } else { Poll::Pending }
    }
}

fn forbidden(what: &str, topic: &Topic) -> FrameError {
    let says = format!("the token does not allow to {what} this topic");
    FrameError::new(Code::Forbidden, says, Some(topic.as_str()))
}

fn too_many(error: TooMany, topic: &str) -> FrameError {
    FrameError::new(Code::TooManySubscriptions, error.to_string(), Some(topic))
}
