//! Any bytes as what a client's WebSocket sends, in pieces of any size, to the library that
//! the broker reads with: it gives messages or an end, never a panic, the same ones however
//! the bytes are cut, and none larger than a message may be. What a message says is read
//! as the broker reads it.
#![no_main]

use std::io::{self, Read, Write};

use libfuzzer_sys::fuzz_target;
use oriel_protocol::pubsub::ClientFrame;
use tungstenite::protocol::{Role, WebSocket, WebSocketConfig};
use tungstenite::{Error, Message};

/// Of a message: little, so that it is reached.
const LIMIT: usize = 1_000;

/// Of the answers to pings that wait, as in the broker.
const WRITE_BUFFER: usize = 4 << 10;

fuzz_target!(|data: &[u8]| {
    let Some((&[piece, room], bytes)) = data.split_first_chunk() else { return };
    let whole = read(Client { bytes, piece: bytes.len(), waits: false, room: usize::MAX });
    let pieces = read(Client { bytes, piece: piece.into(), waits: false, room: usize::MAX });
    assert_eq!(whole, pieces, "the same in pieces of {piece} bytes");
    // Who takes little of what is sent has messages in the same order; it may not come to
    // the end in the same way, since some of that is said back and forth.
    let (few, _) = read(Client { bytes, piece: piece.into(), waits: false, room: room.into() });
    assert!(few.iter().eq(whole.0.iter().take(few.len())), "the same with room for {room} bytes");
});

/// All messages, and how it ended.
fn read(client: Client<'_>) -> (Vec<Message>, String) {
    let config = WebSocketConfig::default()
        .read_buffer_size(64)
        .write_buffer_size(0)
        .max_write_buffer_size(WRITE_BUFFER)
        .max_frame_size(Some(LIMIT))
        .max_message_size(Some(LIMIT));
    let mut socket = WebSocket::from_raw_socket(client, Role::Server, Some(config));
    let mut messages = Vec::new();
    loop {
        match socket.read() {
            Ok(message) => {
                assert!(message.len() <= LIMIT, "{} bytes", message.len());
                if let Message::Text(text) = &message {
                    let _ = ClientFrame::parse(text);
                }
                messages.push(message);
            }
            Err(Error::Io(error)) if error.kind() == io::ErrorKind::WouldBlock => {}
            Err(error) => return (messages, format!("{error:?}")),
        }
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

impl Read for Client<'_> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        self.waits = !self.waits;
        if self.waits {
            return Err(io::ErrorKind::WouldBlock.into());
        }
        let count = self.piece.max(1).min(into.len()).min(self.bytes.len());
        into[..count].copy_from_slice(&self.bytes[..count]);
        self.bytes = &self.bytes[count..];
        Ok(count)
    }
}

impl Write for Client<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let count = bytes.len().min(self.room);
        self.room -= count;
        if count == 0 { Err(io::ErrorKind::WouldBlock.into()) } else { Ok(count) }
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
