//! The socket below a WebSocket, with a way past the library for what is sent in bulk.
//!
//! Frames to a subscriber are the same bytes for all of them. They are copied once,
//! many at a time, from the outbox into one buffer and from there into the kernel; only
//! what the kernel does not take stays with the connection. The library still reads,
//! answers pings and closes, and both keep to frame boundaries: its bytes wait for
//! [`Wire`]'s rest, and [`Wire::poll_send`] is called only when the library has none.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

/// The first byte of a text frame that is a whole message.
const TEXT: u8 = 0x81;

/// A ping without a payload.
const PING: [u8; 2] = [0x89, 0];

/// Appends a text frame of these parts, unmasked as a server's frames are.
pub(crate) fn text_frame(into: &mut Vec<u8>, parts: &[&[u8]]) {
    into.push(TEXT);
    match parts.iter().map(|part| part.len()).sum::<usize>() {
        short @ 0..126 => into.push(short as u8),
        middle @ 126..0x1_0000 => {
            into.push(126);
            into.extend_from_slice(&(middle as u16).to_be_bytes());
        }
        long => {
            into.push(127);
            into.extend_from_slice(&(long as u64).to_be_bytes());
        }
    }
    parts.iter().for_each(|part| into.extend_from_slice(part));
}

/// A stream and what it has not yet taken.
#[derive(Debug)]
pub(crate) struct Wire<S> {
    stream: S,
    rest: Vec<u8>,
    sent: usize,
    /// Some of a rest was taken: the other side reads.
    moved: bool,
}

impl<S: AsyncRead + AsyncWrite + Unpin> Wire<S> {
    pub(crate) fn new(stream: S) -> Self {
        Wire { stream, rest: Vec::new(), sent: 0, moved: false }
    }

    /// Sends whole frames; what the stream does not take now is kept and goes first.
    pub(crate) fn poll_send(&mut self, cx: &mut Context<'_>, frames: &[u8]) -> Poll<io::Result<()>> {
        if !self.is_idle() {
            self.rest.extend_from_slice(frames);
            return Poll::Ready(Ok(()));
        }
        let mut sent = 0;
        while sent < frames.len() {
            match Pin::new(&mut self.stream).poll_write(cx, &frames[sent..]) {
                Poll::Ready(Ok(0)) => return Poll::Ready(Err(io::ErrorKind::WriteZero.into())),
                Poll::Ready(Ok(count)) => sent += count,
                Poll::Ready(Err(error)) => return Poll::Ready(Err(error)),
                Poll::Pending => {
                    self.rest.extend_from_slice(&frames[sent..]);
                    return Poll::Ready(Ok(()));
                }
            }
        }
        Poll::Ready(Ok(()))
    }

    /// Asks the other side for a sign of life.
    pub(crate) fn poll_ping(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.poll_send(cx, &PING)
    }

    /// Whether the other side has taken something since this was asked last, of what it
    /// did not take at once.
    pub(crate) fn has_moved(&mut self) -> bool {
        std::mem::take(&mut self.moved)
    }

    /// Whether the stream has taken everything.
    pub(crate) fn is_idle(&self) -> bool {
        self.sent == self.rest.len()
    }

    /// The stream.
    #[cfg(test)]
    pub(crate) fn stream(&self) -> &S {
        &self.stream
    }

    /// The stream, whatever is left of the rest.
    pub(crate) fn into_stream(self) -> S {
        self.stream
    }

    /// Reads into a buffer; says how much came, nothing if there will be no more.
    pub(crate) fn poll_read(&mut self, cx: &mut Context<'_>, into: &mut [u8]) -> Poll<io::Result<usize>> {
        let mut buffer = ReadBuf::new(into);
        ready!(Pin::new(&mut self.stream).poll_read(cx, &mut buffer))?;
        Poll::Ready(Ok(buffer.filled().len()))
    }

    /// Sends some bytes of the library, behind the rest.
    pub(crate) fn poll_write(&mut self, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        ready!(self.poll_rest(cx))?;
        Pin::new(&mut self.stream).poll_write(cx, bytes)
    }

    /// Sends everything.
    pub(crate) fn poll_flush(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        ready!(self.poll_rest(cx))?;
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_rest(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        while self.sent < self.rest.len() {
            match ready!(Pin::new(&mut self.stream).poll_write(cx, &self.rest[self.sent..]))? {
                0 => return Poll::Ready(Err(io::ErrorKind::WriteZero.into())),
                count => self.sent += count,
            }
            self.moved = true;
        }
        if self.sent > 0 {
            // Only slow connections have a buffer, and only while they are slow.
            (self.rest, self.sent) = (Vec::new(), 0);
        }
        Poll::Ready(Ok(()))
    }
}

#[cfg(test)]
mod tests {
    use tokio_tungstenite::tungstenite::protocol::frame::Frame;
    use tokio_tungstenite::tungstenite::protocol::frame::coding::{Data, OpCode};

    use super::*;

    #[test]
    fn frames_are_written_as_the_library_writes_them() {
        for length in [0, 1, 125, 126, 127, 65_535, 65_536, 100_000] {
            let payload = vec![b'x'; length];
            let (mut ours, mut theirs) = (Vec::new(), Vec::new());
            text_frame(&mut ours, &[&payload[..length / 2], &payload[length / 2..]]);
            let frame = Frame::message(payload, OpCode::Data(Data::Text), true);
            frame.format(&mut theirs).expect("written");
            assert_eq!(ours, theirs, "{length} bytes");
        }
    }
}
