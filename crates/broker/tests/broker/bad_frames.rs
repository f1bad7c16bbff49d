//! Frames that deserve an error, and those that deserve an end.

use std::time::Duration;

use futures_util::SinkExt;
use oriel_broker::Config;
use oriel_topics::Limits;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio_tungstenite::tungstenite::Message;

use crate::support::{Broker, broker, broker_with, soon};

async fn check(frame: &str, code: &str) {
    let broker = broker().await;
    let mut client = broker.client().await;
    client.send(frame).await;
    let answer = client.next().await;
    assert!(
        answer.starts_with(&format!(r#"{{"type":"error","code":"{code}","message":""#)),
        "{frame}: {answer}"
    );
    client.subscribe("t").await;
    client.publish("t", "1").await;
    assert!(client.next().await.contains("\"data\":1"), "the connection stays open");
    assert_eq!(broker.metric(&format!("oriel_broker_bad_frames_total{{code=\"{code}\"}}")).await.min(1), 1);
}

#[tokio::test]
async fn bad_frames_are_answered_and_the_connection_stays() {
    check("hello", "notJson").await;
    check(r#"{"type":"shout","topic":"t"}"#, "unknownType").await;
    check(r#"{"type":"publish","data":1}"#, "badTopic").await;
    check(r#"{"type":"publish","topic":"_mine","data":1}"#, "reservedTopic").await;
    check(r#"{"type":"publish","topic":7}"#, "badFrame").await;
    check(r#"{"type":"subscribe","topic":"t","resume":7}"#, "badResume").await;
}

#[tokio::test]
async fn an_error_names_the_topic() {
    let broker = broker().await;
    let mut client = broker.client().await;
    client.send(r#"{"type":"subscribe","topic":"a b"}"#).await;
    let expected = r#"{"type":"error","code":"badTopic","message":"a topic has no control characters and no white space","topic":"a b"}"#;
    assert_eq!(client.next().await, expected);
}

#[tokio::test]
async fn a_binary_frame_is_a_bad_frame() {
    let broker = broker().await;
    let mut client = broker.client().await;
    client.socket.send(Message::binary("{}")).await.unwrap();
    assert!(client.next().await.contains("badFrame"));
    client.settled().await;
}

#[tokio::test]
async fn twenty_bad_frames_are_the_end() {
    let broker = broker().await;
    let mut client = broker.client().await;
    for _ in 0..30 {
        client.settled().await;
    }
    for _ in 0..20 {
        client.send("x").await;
        assert!(client.next().await.contains("notJson"));
    }
    assert!(client.next().await.contains("tooManyErrors"));
    assert_eq!(client.closed().await, (1008, "too many bad frames".to_owned()));
}

#[tokio::test]
async fn too_many_subscriptions_are_refused() {
    let limits = Limits { subscriptions: 2, ..Limits::default() };
    let broker = broker_with(Config { limits, ..Config::default() }).await;
    let mut client = broker.client().await;
    client.subscribe("a").await;
    client.subscribe("b").await;
    client.send(r#"{"type":"subscribe","topic":"c"}"#).await;
    assert!(client.next().await.contains(r#""code":"tooManySubscriptions""#));
}

#[tokio::test]
async fn an_oversized_message_closes_the_connection() {
    let broker = broker().await;
    let mut client = broker.client().await;
    let message = format!(r#"{{"type":"publish","topic":"t","data":"{}"}}"#, "x".repeat(1 << 20));
    // The broker may hang up before all of it is sent.
    let _ = client.socket.send(Message::text(message)).await;
    assert!(client.next().await.contains("tooLarge"));
    assert_eq!(client.closed().await.0, 1009);
    assert_eq!(broker.metric("oriel_broker_publications_total").await, 0);
}

/// A WebSocket without a library, for frames that no library sends.
async fn raw(broker: &Broker) -> TcpStream {
    let mut stream = TcpStream::connect(broker.address).await.unwrap();
    let request = format!(
        "GET /pubsub HTTP/1.1\r\nHost: {}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
         Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n",
        broker.address
    );
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        head.push(stream.read_u8().await.unwrap());
    }
    let head = String::from_utf8(head).unwrap().to_ascii_lowercase();
    assert!(head.starts_with("http/1.1 101"), "{head}");
    // The accept key of the example in RFC 6455.
    assert!(head.contains("sec-websocket-accept: s3pplmbitxaq9kygzzhzrbk+xoo="), "{head}");
    stream
}

/// All that the broker sends until it hangs up.
async fn rest(mut stream: TcpStream) -> Vec<u8> {
    let mut all = Vec::new();
    soon("end of the connection", stream.read_to_end(&mut all)).await.unwrap();
    all
}

fn closes_with(all: &[u8], code: u16) -> bool {
    all.windows(4).any(|part| part[0] == 0x88 && part[2..] == code.to_be_bytes())
}

#[tokio::test]
async fn the_header_of_two_gigabytes_is_refused_at_once() {
    let broker = broker().await;
    let mut stream = raw(&broker).await;
    let mut header = vec![0x81, 0x80 | 127];
    header.extend_from_slice(&(2_u64 << 30).to_be_bytes());
    header.extend_from_slice(&[0; 4]);
    stream.write_all(&header).await.unwrap();
    stream.write_all(&[b'x'; 1_000]).await.unwrap();
    let all = rest(stream).await;
    assert!(String::from_utf8_lossy(&all).contains("tooLarge"));
    assert!(closes_with(&all, 1009), "{all:?}");
}

#[tokio::test]
async fn what_is_not_the_protocol_closes_the_connection() {
    let broker = broker().await;
    // Unmasked; a reserved opcode; text that is not UTF-8; a fragmented ping.
    for (frame, code) in [
        (vec![0x81, 0x02, b'{', b'}'], 1002),
        (vec![0x83, 0x80, 0, 0, 0, 0], 1002),
        (vec![0x81, 0x81, 0, 0, 0, 0, 0xff], 1007),
        (vec![0x09, 0x80, 0, 0, 0, 0], 1002),
    ] {
        let mut stream = raw(&broker).await;
        stream.write_all(&frame).await.unwrap();
        let all = rest(stream).await;
        assert!(closes_with(&all, code), "{frame:x?}: {all:x?}");
    }
}

#[tokio::test]
async fn a_message_in_fragments_counts_as_one() {
    let broker = broker_with(Config { message_bytes: 1_000, ..Config::default() }).await;
    let mut stream = raw(&broker).await;
    let mut fragment = vec![0x01, 0x80 | 126];
    fragment.extend_from_slice(&900_u16.to_be_bytes());
    fragment.extend_from_slice(&[0; 4]);
    fragment.extend_from_slice(&[b'x'; 900]);
    stream.write_all(&fragment).await.unwrap();
    fragment[0] = 0x00;
    stream.write_all(&fragment).await.unwrap();
    assert!(closes_with(&rest(stream).await, 1009));
}

/// A client that dribbles its request is cut off.
#[tokio::test]
async fn a_head_that_does_not_come_is_not_waited_for() {
    let broker = broker().await;
    let mut stream = TcpStream::connect(broker.address).await.unwrap();
    stream.write_all(b"GET /pubsub HTTP/1.1\r\nHost:").await.unwrap();
    let started = std::time::Instant::now();
    rest(stream).await;
    assert!(started.elapsed() < Duration::from_secs(15));
}
