//! A socket against the library alone, on frames of any size in pieces of any size.

use std::collections::VecDeque;
use std::pin::Pin;
use std::task::Waker;

use proptest::prelude::*;
use tokio::io::ReadBuf;
use tokio_tungstenite::tungstenite::protocol::frame::Frame;
use tokio_tungstenite::tungstenite::protocol::frame::coding::{Data, OpCode};

use super::*;
use crate::receiving::{Receiving, SMALL};

const MESSAGE: usize = 64 << 10;

/// Gives its bytes in pieces, between which there is nothing, and takes everything.
#[derive(Debug)]
struct Client {
    pieces: VecDeque<Vec<u8>>,
    waits: bool,
    sent: Vec<u8>,
}

impl Client {
    fn new(mut bytes: &[u8], sizes: &[usize]) -> Self {
        let (mut pieces, mut sizes) = (VecDeque::new(), sizes.iter().cycle());
        while !bytes.is_empty() {
            let count = sizes.next().map_or(bytes.len(), |size| (*size).min(bytes.len()));
            pieces.push_back(bytes[..count].to_vec());
            bytes = &bytes[count..];
        }
        Client { pieces, waits: false, sent: Vec::new() }
    }
}

impl AsyncRead for Client {
    fn poll_read(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
        into: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        self.waits = !self.waits;
        if self.waits {
            return Poll::Pending;
        }
        if let Some(mut piece) = self.pieces.pop_front() {
            let rest = piece.split_off(piece.len().min(into.remaining()));
            into.put_slice(&piece);
            if !rest.is_empty() {
                self.pieces.push_front(rest);
            }
        }
        Poll::Ready(Ok(()))
    }
}

impl AsyncWrite for Client {
    fn poll_write(mut self: Pin<&mut Self>, _: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        self.sent.extend_from_slice(bytes);
        Poll::Ready(Ok(bytes.len()))
    }

    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }
}

/// All messages, how it ended, and what was answered. Flushed before each, as a session does.
fn read(socket: &mut Socket<Client>) -> (Vec<Message>, String, Vec<u8>) {
    let (mut messages, mut cx) = (Vec::new(), Context::from_waker(Waker::noop()));
    loop {
        if let Poll::Ready(Err(error)) = socket.poll_flush(&mut cx) {
            return (messages, error.to_string(), socket.wire.stream().sent.clone());
        }
        match socket.poll_message(&mut cx) {
            Poll::Pending => {}
            Poll::Ready(Ok(Message::Close(_))) => return (messages, "closed".to_owned(), Vec::new()),
            Poll::Ready(Ok(message)) => messages.push(message),
            Poll::Ready(Err(error)) => {
                return (messages, error.to_string(), socket.wire.stream().sent.clone());
            }
        }
    }
}

/// A client's bytes through the library alone, all at once.
struct Whole<'b>(&'b [u8], Vec<u8>);

impl Read for Whole<'_> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        self.0.read(into)
    }
}

impl Write for Whole<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.1.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

fn read_by_the_library(bytes: &[u8]) -> (Vec<Message>, String, Vec<u8>) {
    let config = WebSocketConfig::default().max_message_size(Some(MESSAGE)).max_frame_size(Some(MESSAGE));
    let mut library = WebSocketContext::new(Role::Server, Some(config));
    let (mut stream, mut messages) = (Whole(bytes, Vec::new()), Vec::new());
    loop {
        match library.flush(&mut stream).and_then(|()| library.read(&mut stream)) {
            Ok(Message::Close(_)) => return (messages, "closed".to_owned(), Vec::new()),
            Ok(message) => messages.push(message),
            Err(error) => return (messages, error.to_string(), stream.1),
        }
    }
}

fn masked(mut frame: Frame) -> Vec<u8> {
    let mut bytes = Vec::new();
    frame.header_mut().mask = Some([1, 2, 3, 4]);
    frame.format(&mut bytes).expect("written");
    bytes
}

/// A message in frames of these sizes, a ping after those that say so.
fn message(frames: &[(usize, bool)]) -> Vec<u8> {
    let mut bytes = Vec::new();
    for (nth, (size, ping)) in frames.iter().enumerate() {
        let data = if nth == 0 { Data::Text } else { Data::Continue };
        let last = nth + 1 == frames.len();
        bytes.extend(masked(Frame::message(vec![b'a' + nth as u8; *size], OpCode::Data(data), last)));
        if *ping {
            bytes.extend(masked(Frame::ping(vec![nth as u8; nth])));
        }
    }
    bytes
}

fn size() -> impl Strategy<Value = usize> {
    prop_oneof![3 => 0..200_usize, 1 => SMALL - 20..SMALL + 20, 1 => 0..20_000_usize]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(3_000))]

    /// The same messages, answers and end, in whatever pieces they come; and when the last
    /// one is whole nothing is held of it.
    #[test]
    fn it_reads_what_the_library_reads(
        messages in proptest::collection::vec(proptest::collection::vec((size(), any::<bool>()), 1..4), 0..8),
        sizes in proptest::collection::vec(1..5_000_usize, 1..5),
        early in 0..10_000_usize,
        broken in proptest::option::of(proptest::collection::vec(any::<u8>(), 0..20)),
    ) {
        let mut bytes: Vec<u8> = messages.iter().flat_map(|frames| message(frames)).collect();
        bytes.extend(broken.iter().flatten());
        let (first, rest) = bytes.split_at(early.min(bytes.len()));
        let receiving = Receiving::new(1 << 20);
        let client = Client::new(rest, &sizes);
        let mut socket = Socket::new(client, Bytes::copy_from_slice(first), MESSAGE, receiving.share());
        let (ours, theirs) = (read(&mut socket), read_by_the_library(&bytes));
        prop_assert_eq!(ours, theirs);
        if broken.is_none() {
            prop_assert_eq!(receiving.taken(), 0);
        }
        drop(socket);
        prop_assert_eq!(receiving.taken(), 0);
    }
}

#[test]
fn a_message_that_is_not_whole_takes_its_share_and_one_too_many_is_refused() {
    let (receiving, whole) = (Receiving::new(15_000), message(&[(10_000, false)]));
    let socket = |bytes: &[u8]| {
        let mut client = Client::new(bytes, &[]);
        // Then there is nothing more to come, and it does not end.
        client.pieces.push_back(Vec::new());
        let mut socket = Socket::new(client, Bytes::new(), MESSAGE, receiving.share());
        let mut cx = Context::from_waker(Waker::noop());
        let polls = (0..20).map(|_| {
            let _ = socket.poll_flush(&mut cx);
            if socket.wire.stream().pieces.len() < 2 { Poll::Pending } else { socket.poll_message(&mut cx) }
        });
        let read: Vec<_> = polls.filter(Poll::is_ready).collect();
        (read, socket)
    };
    let (read, first) = socket(&whole[..9_000]);
    assert!(read.is_empty() && receiving.taken() > 8_000 && receiving.taken() < 9_000, "{read:?}");
    let (read, second) = socket(&whole);
    assert!(matches!(&read[..], [Poll::Ready(Err(error)), ..] if is_full(error)), "{read:?}");
    drop((first, second));
    assert_eq!(receiving.taken(), 0);
    let (read, _held) = socket(&whole);
    assert!(matches!(&read[..], [Poll::Ready(Ok(Message::Text(text)))] if text.len() == 10_000));
    assert_eq!(receiving.taken(), 0);
}
