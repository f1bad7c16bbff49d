//! Connections without a library, for what no library sends.

use crate::healthy::soon;
use oriel_tests::processes::Process;
use std::io;
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpSocket, TcpStream};
use tokio::time::{interval, timeout};

/// First bytes of frames that are whole messages.
pub(crate) const TEXT: u8 = 0x81;
pub(crate) const CLOSE: u8 = 0x88;
pub(crate) const PING: u8 = 0x89;

/// A broker that takes nothing for that long has stopped reading.
const STALL: Duration = Duration::from_secs(2);

/// A connection.
pub(crate) struct Raw(pub(crate) TcpStream);

impl Raw {
    /// Connects and says nothing. Little of what is not read stays in the kernel.
    pub(crate) async fn connect(broker: &Process) -> Raw {
        let socket = TcpSocket::new_v4().unwrap();
        socket.set_recv_buffer_size(4 << 10).unwrap();
        let address = format!("127.0.0.1:{}", broker.port).parse().unwrap();
        Raw(soon("connection", socket.connect(address)).await.unwrap())
    }

    /// A WebSocket.
    pub(crate) async fn websocket(broker: &Process) -> Raw {
        let mut raw = Raw::connect(broker).await;
        raw.send(upgrade(&format!("Host: 127.0.0.1:{}\r\n", broker.port)).as_bytes()).await.unwrap();
        let head = raw.head().await;
        assert!(head.starts_with("HTTP/1.1 101"), "{head}");
        raw
    }

    /// Sends bytes as they are; an error if the broker hangs up or takes no more.
    pub(crate) async fn send(&mut self, bytes: &[u8]) -> io::Result<()> {
        timeout(STALL, self.0.write_all(bytes)).await?
    }

    /// The head of an answer.
    pub(crate) async fn head(&mut self) -> String {
        let mut head = Vec::new();
        while !head.ends_with(b"\r\n\r\n") {
            head.push(soon("answer", self.0.read_u8()).await.unwrap());
        }
        String::from_utf8(head).unwrap()
    }

    /// Whether a request to upgrade has made it a WebSocket.
    pub(crate) async fn is_upgraded(&mut self) -> bool {
        let mut answer = [0; 12];
        let read = soon("answer", self.0.read_exact(&mut answer)).await;
        read.is_ok() && answer == *b"HTTP/1.1 101"
    }

    /// All that the broker sends until it hangs up.
    pub(crate) async fn rest(mut self) -> Vec<u8> {
        let mut all = Vec::new();
        // It may well cut what it does not want to hear.
        let _ = soon("end of the connection", self.0.read_to_end(&mut all)).await;
        all
    }
}

/// Gives a byte of it now and then, until the broker hangs up.
pub(crate) async fn trickle(mut raw: Raw, bytes: Vec<u8>) {
    let mut due = interval(Duration::from_millis(200));
    for byte in bytes {
        due.tick().await;
        if raw.send(&[byte]).await.is_err() {
            return;
        }
    }
}

/// A request to upgrade, with those lines.
pub(crate) fn upgrade(lines: &str) -> String {
    format!(
        "GET /pubsub HTTP/1.1\r\n{lines}Upgrade: websocket\r\nConnection: Upgrade\r\n\
         Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n"
    )
}

/// A frame with that first byte, masked with zeros.
pub(crate) fn frame(first: u8, payload: &[u8]) -> Vec<u8> {
    let mut frame = announced(first, payload.len() as u64);
    frame.extend_from_slice(payload);
    frame
}

/// The header of a frame of that length.
pub(crate) fn announced(first: u8, length: u64) -> Vec<u8> {
    let mut header = vec![first];
    match length {
        0..126 => header.push(0x80 | length as u8),
        126..0x1_0000 => {
            header.push(0x80 | 126);
            header.extend_from_slice(&(length as u16).to_be_bytes());
        }
        _ => {
            header.push(0x80 | 127);
            header.extend_from_slice(&length.to_be_bytes());
        }
    }
    header.extend_from_slice(&[0; 4]);
    header
}

/// The frame that publishes a value.
pub(crate) fn publish(topic: &str, data: &str) -> Vec<u8> {
    frame(TEXT, format!(r#"{{"type":"publish","topic":"{topic}","data":{data}}}"#).as_bytes())
}

/// The frame that asks something of a topic.
pub(crate) fn ask(kind: &str, topic: &str) -> Vec<u8> {
    frame(TEXT, format!(r#"{{"type":"{kind}","topic":"{topic}"}}"#).as_bytes())
}
