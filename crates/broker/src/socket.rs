//! A WebSocket of ours: the library reads frames and answers pings and closes, its `Wire`
//! sends what there is in bulk, and what comes in has bounds.

use std::io::{self, Read, Write};
use std::task::{Context, Poll, ready};

use bytes::{Buf, Bytes};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio_tungstenite::tungstenite::protocol::{CloseFrame, Role, WebSocketConfig, WebSocketContext};
use tokio_tungstenite::tungstenite::{Error, Message};

use crate::inlet::Inlet;
use crate::receiving::{Full, Share};
use crate::wire::Wire;

/// Publishers send little at a time, and there may be ten thousand idle readers.
const READ_BUFFER: usize = 2 << 10;

/// What the library has to send is small, and waits here while a client does not read. Of
/// the answers to its pings that find no room only the newest is kept.
const WRITE_BUFFER: usize = 4 << 10;

/// A server's end of a WebSocket.
#[derive(Debug)]
pub struct Socket<S> {
    wire: Wire<S>,
    library: WebSocketContext,
    intake: Intake,
}

/// What comes in.
#[derive(Debug)]
struct Intake {
    /// Came with the request.
    early: Bytes,
    inlet: Inlet,
    share: Share,
}

/// The stream as the library wants it: what would wait is an error.
struct Blocking<'s, 'c, S> {
    wire: &'s mut Wire<S>,
    intake: &'s mut Intake,
    cx: &'s mut Context<'c>,
}

impl<S: AsyncRead + AsyncWrite + Unpin> Socket<S> {
    /// After the handshake, with what came behind it; for messages of so many bytes.
    pub fn new(stream: S, early: Bytes, message_bytes: usize, share: Share) -> Self {
        let config = WebSocketConfig::default()
            .read_buffer_size(READ_BUFFER)
            .write_buffer_size(0)
            .max_write_buffer_size(WRITE_BUFFER)
            .max_frame_size(Some(message_bytes))
            .max_message_size(Some(message_bytes));
        Socket {
            wire: Wire::new(stream),
            library: WebSocketContext::new(Role::Server, Some(config)),
            intake: Intake { early, inlet: Inlet::new(share.small()), share },
        }
    }

    /// The way past the library.
    pub(crate) fn wire(&mut self) -> &mut Wire<S> {
        &mut self.wire
    }

    /// The stream, whatever has not been sent.
    pub(crate) fn into_stream(self) -> S {
        self.wire.into_stream()
    }

    /// The next message. What the client is answered without being asked is sent meanwhile,
    /// if it takes it.
    ///
    /// # Errors
    /// When there will be no more; see [`is_full`] too.
    pub fn poll_message(&mut self, cx: &mut Context<'_>) -> Poll<Result<Message, Error>> {
        let message = ready!(self.poll_with(cx, |library, stream| library.read(stream)))?;
        self.intake.inlet.given();
        Poll::Ready(Ok(message))
    }

    /// Sends everything that the library and the wire have to send.
    ///
    /// # Errors
    /// When the connection broke.
    pub fn poll_flush(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), Error>> {
        ready!(self.poll_with(cx, |library, stream| library.flush(stream)).map(but_closed))?;
        self.renew();
        Poll::Ready(Ok(()))
    }

    /// Says good-bye, once; calls after the first go on with it.
    pub(crate) fn poll_close(&mut self, cx: &mut Context<'_>, frame: &CloseFrame) -> Poll<Result<(), Error>> {
        let close = |library: &mut WebSocketContext, stream: &mut Blocking<'_, '_, S>| {
            library.close(stream, Some(frame.clone()))
        };
        self.poll_with(cx, close).map(but_closed)
    }

    /// Gives the memory of a large message back, which the library would keep for as long as
    /// the connection lives. Only after a flush: it may have had something to send.
    fn renew(&mut self) {
        let Intake { inlet, share, .. } = &mut self.intake;
        if inlet.is_done() && self.library.can_write() {
            self.library = WebSocketContext::new(Role::Server, Some(*self.library.get_config()));
            inlet.renewed();
            share.give_back();
        }
    }

    fn poll_with<T>(
        &mut self,
        cx: &mut Context<'_>,
        act: impl FnOnce(&mut WebSocketContext, &mut Blocking<'_, '_, S>) -> Result<T, Error>,
    ) -> Poll<Result<T, Error>> {
        let Socket { wire, library, intake } = self;
        match act(library, &mut Blocking { wire, intake, cx }) {
            Err(Error::Io(error)) if error.kind() == io::ErrorKind::WouldBlock => Poll::Pending,
            done => Poll::Ready(done),
        }
    }
}

/// Whether an error says that there was no room for what came in.
pub fn is_full(error: &Error) -> bool {
    matches!(error, Error::Io(error) if error.get_ref().is_some_and(|error| error.is::<Full>()))
}

/// That it is closed is what was wanted.
fn but_closed(done: Result<(), Error>) -> Result<(), Error> {
    match done {
        Err(Error::ConnectionClosed) => Ok(()),
        done => done,
    }
}

impl<S: AsyncRead + AsyncWrite + Unpin> Read for Blocking<'_, '_, S> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let Intake { early, inlet, share } = &mut *self.intake;
        let room = inlet.room(into.len());
        let count = if early.is_empty() {
            now(self.wire.poll_read(self.cx, &mut into[..room]))?
        } else {
            let count = room.min(early.len());
            early.copy_to_slice(&mut into[..count]);
            count
        };
        inlet.take(&into[..count]);
        share.grow_to(inlet.largest()).map_err(io::Error::other)?;
        Ok(count)
    }
}

impl<S: AsyncRead + AsyncWrite + Unpin> Write for Blocking<'_, '_, S> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        now(self.wire.poll_write(self.cx, bytes))
    }

    fn flush(&mut self) -> io::Result<()> {
        now(self.wire.poll_flush(self.cx))
    }
}

fn now<T>(polled: Poll<io::Result<T>>) -> io::Result<T> {
    match polled {
        Poll::Ready(done) => done,
        Poll::Pending => Err(io::ErrorKind::WouldBlock.into()),
    }
}

#[cfg(test)]
mod tests;
