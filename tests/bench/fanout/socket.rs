//! A client that costs little, so that two processors are enough for it and a server.

use super::peer::{Peer, Protocol};
use memchr::memmem;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpSocket, TcpStream};

const PING: u8 = 0x89;
const PONG: u8 = 0x8a;

/// A WebSocket.
pub(crate) struct Socket {
    stream: TcpStream,
    protocol: Protocol,
    /// What was read and is not yet a whole frame.
    raw: Vec<u8>,
    /// What was in the frames, one after the other.
    pub(crate) plain: Vec<u8>,
}

impl Socket {
    /// Connects; a small buffer leaves what is not read to the server.
    pub(crate) async fn connect(peer: &Peer, small: bool) -> Socket {
        let socket = TcpSocket::new_v4().unwrap();
        if small {
            socket.set_recv_buffer_size(4 << 10).unwrap();
        }
        let address = format!("127.0.0.1:{}", peer.process.port);
        let mut stream = socket.connect(address.parse().unwrap()).await.unwrap();
        stream.set_nodelay(true).unwrap();
        let request = format!(
            "GET {} HTTP/1.1\r\nHost: {address}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
             Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n",
            peer.protocol.path()
        );
        stream.write_all(request.as_bytes()).await.unwrap();
        let mut head = Vec::new();
        while !head.ends_with(b"\r\n\r\n") {
            head.push(stream.read_u8().await.unwrap());
        }
        assert!(head.starts_with(b"HTTP/1.1 101"), "{}", String::from_utf8_lossy(&head));
        let mut socket =
            Socket { stream, protocol: peer.protocol, raw: Vec::with_capacity(1 << 12), plain: Vec::new() };
        if let Some(hello) = peer.protocol.hello() {
            socket.send(hello).await;
        }
        socket
    }

    /// Sends a message.
    pub(crate) async fn send(&mut self, message: &str) {
        let bytes = frame(self.protocol.opcode(), message.as_bytes());
        self.stream.write_all(&bytes).await.unwrap();
    }

    /// Publishes.
    pub(crate) async fn publish(&mut self, topic: &str, data: &str) {
        self.send(&self.protocol.publish(topic, data)).await;
    }

    /// Subscribes, and returns when the server has done so.
    pub(crate) async fn subscribe(&mut self, topic: &str) {
        self.send(&self.protocol.subscribe(topic)).await;
        self.settle().await;
    }

    /// Returns when the server has done what was sent, of which nothing comes back here.
    pub(crate) async fn settle(&mut self) {
        let (question, answer) = self.protocol.question();
        self.send(question).await;
        while memmem::find(&self.plain, answer.as_bytes()).is_none() {
            assert!(self.fill().await, "the server hangs up");
        }
        self.plain.clear();
    }

    /// Reads what is there into `plain`; false when the server has hung up.
    pub(crate) async fn fill(&mut self) -> bool {
        if self.stream.read_buf(&mut self.raw).await.unwrap_or(0) == 0 {
            return false;
        }
        let (mut at, mut pings) = (0, Vec::new());
        while let Some((first, payload, end)) = parts(&self.raw[at..]) {
            let payload = &self.raw[at + payload..at + end];
            match first {
                PING => pings.extend_from_slice(&frame(PONG, payload)),
                first if first == self.protocol.opcode() => self.plain.extend_from_slice(payload),
                _ => {}
            }
            at += end;
        }
        self.raw.drain(..at);
        self.stream.write_all(&pings).await.is_ok()
    }
}

/// A client's frame, masked with zeros.
fn frame(first: u8, payload: &[u8]) -> Vec<u8> {
    let mut frame = vec![first];
    match payload.len() {
        short @ 0..126 => frame.push(0x80 | short as u8),
        long => {
            let long = u16::try_from(long).expect("what is sent here is short");
            frame.push(0x80 | 126);
            frame.extend_from_slice(&long.to_be_bytes());
        }
    }
    frame.extend_from_slice(&[0; 4]);
    frame.extend_from_slice(payload);
    frame
}

/// Of a server's frame, if it is there as a whole, the first byte, and where its payload
/// begins and ends.
fn parts(bytes: &[u8]) -> Option<(u8, usize, usize)> {
    let (first, length) = (*bytes.first()?, *bytes.get(1)?);
    let (payload, length) = match length {
        126 => (4, u16::from_be_bytes(bytes.get(2..4)?.try_into().unwrap()).into()),
        127 => (10, u64::from_be_bytes(bytes.get(2..10)?.try_into().unwrap()) as usize),
        short => (2, short.into()),
    };
    (bytes.len() >= payload + length).then_some((first, payload, payload + length))
}
