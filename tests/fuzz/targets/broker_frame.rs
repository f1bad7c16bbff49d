//! Any bytes as what a client's WebSocket sends, in pieces of any size, to the socket that
//! the broker reads from: it gives messages or an end, never a panic, the same ones as the
//! library below it gives of all at once, and none larger than a message may be; and when
//! it ends nothing is held. What a message says is read as the broker reads it.
#![no_main]

use std::io::{self, Read, Write};
use std::pin::Pin;
use std::task::{Context, Poll, Waker, ready};

use bytes::Bytes;
use libfuzzer_sys::fuzz_target;
use oriel_broker::receiving::Receiving;
use oriel_broker::socket::{Socket, is_full};
use oriel_protocol::pubsub::ClientFrame;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tungstenite::protocol::{Role, WebSocketConfig, WebSocketContext};
use tungstenite::{Error, Message};

/// Of a message: little, so that it is reached.
const LIMIT: usize = 1_000;

/// Of all messages that come in: less, so that it is reached too. A message of more than 50
/// bytes is large then.
const ROOM: usize = 800;

fuzz_target!(|data: &[u8]| {
    let Some((&[piece, early, room], bytes)) = data.split_first_chunk() else { return };
    let whole = by_the_library(bytes);
    let piece = usize::from(piece) * 16 + 1;
    let pieces = by_the_broker(bytes, early.into(), Client { bytes: &[], piece, waits: false, room: usize::MAX });
    check(&pieces, &whole);
    // Who takes little of what is sent has messages in the same order; it may not come to
    // the end in the same way, since some of that is said back and forth.
    let few = by_the_broker(bytes, early.into(), Client { bytes: &[], piece, waits: false, room: room.into() });
    assert!(few.0.iter().eq(whole.0.iter().take(few.0.len())), "the same with room for {room} bytes");
});

/// The same messages and the same end, or no room for what the next message would be.
fn check(ours: &(Vec<Message>, Option<Error>), theirs: &(Vec<Message>, Option<Error>)) {
    let full = ours.1.as_ref().is_some_and(is_full);
    let theirs_so_far = theirs.0.iter().take(if full { ours.0.len() } else { usize::MAX });
    assert!(ours.0.iter().eq(theirs_so_far), "the same messages");
    if !full {
        let ends = [ours, theirs].map(|(_, end)| end.as_ref().map(ToString::to_string));
        assert_eq!(ends[0], ends[1], "the same end");
    }
}

/// All messages, and how it ended; nothing if it only waits.
fn by_the_broker<'b>(
    bytes: &'b [u8],
    early: usize,
    mut client: Client<'b>,
) -> (Vec<Message>, Option<Error>) {
    let (early, rest) = bytes.split_at(early.min(bytes.len()));
    client.bytes = rest;
    let receiving = Receiving::new(ROOM);
    let mut socket = Socket::new(client, Bytes::copy_from_slice(early), LIMIT, receiving.share());
    let mut cx = Context::from_waker(Waker::noop());
    let mut messages = Vec::new();
    let end = loop {
        if let Poll::Ready(Err(error)) = socket.poll_flush(&mut cx) {
            break error;
        }
        match socket.poll_message(&mut cx) {
            Poll::Pending => {}
            Poll::Ready(Ok(message)) => {
                assert!(message.len() <= LIMIT, "{} bytes", message.len());
                if let Message::Text(text) = &message {
                    let _ = ClientFrame::parse(text);
                }
                let closed = message.is_close();
                messages.push(message);
                if closed {
                    // The broker reads no further.
                    return (messages, None);
                }
            }
            Poll::Ready(Err(error)) => break error,
        }
        assert!(receiving.taken() <= ROOM, "{} bytes are taken", receiving.taken());
    };
    drop(socket);
    assert_eq!(receiving.taken(), 0, "what was taken comes back");
    (messages, Some(end))
}

fn by_the_library(bytes: &[u8]) -> (Vec<Message>, Option<Error>) {
    let config = WebSocketConfig::default().max_frame_size(Some(LIMIT)).max_message_size(Some(LIMIT));
    let mut library = WebSocketContext::new(Role::Server, Some(config));
    let (mut stream, mut messages) = (Whole(bytes), Vec::new());
    loop {
        match library.read(&mut stream) {
            Ok(message) => {
                let closed = message.is_close();
                messages.push(message);
                if closed {
                    return (messages, None);
                }
            }
            Err(error) => return (messages, Some(error)),
        }
    }
}

/// All bytes at once, and whatever is answered is taken.
struct Whole<'b>(&'b [u8]);

impl Read for Whole<'_> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        self.0.read(into)
    }
}

impl Write for Whole<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// The other side of a connection.
struct Client<'a> {
    bytes: &'a [u8],
    /// How many bytes come at once, and then none for a moment.
    piece: usize,
    waits: bool,
    /// How many it takes.
    room: usize,
}

impl AsyncRead for Client<'_> {
    fn poll_read(mut self: Pin<&mut Self>, _: &mut Context<'_>, into: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        self.waits = !self.waits;
        if self.waits {
            return Poll::Pending;
        }
        let (some, rest) = self.bytes.split_at(self.piece.min(into.remaining()).min(self.bytes.len()));
        into.put_slice(some);
        self.bytes = rest;
        Poll::Ready(Ok(()))
    }
}

impl AsyncWrite for Client<'_> {
    fn poll_write(mut self: Pin<&mut Self>, _: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        let count = bytes.len().min(self.room);
        self.room -= count;
        if count == 0 { Poll::Pending } else { Poll::Ready(Ok(count)) }
    }

    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        ready!(self.as_mut().poll_flush(cx))?;
        Poll::Ready(Ok(()))
    }
}
