//! Clients that take their time.

use crate::raw::{Raw, ask, trickle, upgrade};
use crate::survives::{SMALL, reaches, survives};
use oriel_tests::programs::PATIENCE;
use tokio::time::timeout;

/// Requests that come a byte at a time, and TLS where there is none.
#[tokio::test(flavor = "multi_thread")]
async fn handshakes_that_take_too_long_are_cut() {
    const CONNECTIONS: usize = 200;
    let flags = [&SMALL[..], &["--handshake", "1s"]].concat();
    survives(&flags, CONNECTIONS as u64 * 20_000, async |broker| {
        let request = upgrade("Host: localhost\r\n").into_bytes();
        let hello = [&[0x16, 3, 1, 2, 0, 1, 0, 1, 0xfc, 3, 3][..], &[7; 200]].concat();
        let mut all = Vec::new();
        for nth in 0..CONNECTIONS {
            let bytes = if nth % 2 == 0 { request.clone() } else { hello.clone() };
            all.push(tokio::spawn(trickle(Raw::connect(broker).await, bytes)));
        }
        for connection in all {
            timeout(PATIENCE, connection).await.expect("it is cut").unwrap();
        }
    })
    .await;
}

/// A head that never ends costs what a head may have.
#[tokio::test(flavor = "multi_thread")]
async fn heads_without_end_are_refused() {
    const CONNECTIONS: usize = 50;
    survives(&SMALL, CONNECTIONS as u64 * (150 << 10), async |broker| {
        let line = format!("X-Long: {}\r\n", "x".repeat(10_000));
        let mut all = Vec::new();
        for _ in 0..CONNECTIONS {
            let mut raw = Raw::connect(broker).await;
            raw.send(b"GET /pubsub HTTP/1.1\r\nHost: localhost\r\n").await.unwrap();
            // 2 GB, of which the kernels on both sides take some.
            let mut sent = 0_u64;
            while sent < 2 << 30 && raw.send(line.as_bytes()).await.is_ok() {
                sent += line.len() as u64;
            }
            assert!(sent < 8 << 20, "{sent} bytes of one head");
            all.push(raw);
        }
    })
    .await;
}

/// A body is not read beyond what a message may have, whatever was announced.
#[tokio::test(flavor = "multi_thread")]
async fn bodies_without_end_are_refused() {
    survives(&SMALL, 1 << 20, async |broker| {
        let head =
            "POST /ws/v1/pubsub/topics/t HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n";
        let chunk = format!("2710\r\n{}\r\n", " ".repeat(10_000));
        for length in ["Content-Length: 1000000000000", "Transfer-Encoding: chunked"] {
            let mut raw = Raw::connect(broker).await;
            raw.send(format!("{head}{length}\r\n\r\n").as_bytes()).await.unwrap();
            for _ in 0..20 {
                // The broker may hang up before all of it is sent.
                let _ = raw.send(chunk.as_bytes()).await;
            }
            let answer = raw.head().await;
            assert!(answer.starts_with("HTTP/1.1 413"), "{answer}");
        }
    })
    .await;
}

/// Sockets that stay open although nobody is at the other end any more.
#[tokio::test(flavor = "multi_thread")]
async fn who_gives_no_sign_of_life_is_let_go() {
    const CONNECTIONS: u64 = 200;
    let flags = [&SMALL[..], &["--ping", "1s"]].concat();
    survives(&flags, CONNECTIONS * 20_000, async |broker| {
        let mut all = Vec::new();
        for _ in 0..CONNECTIONS {
            let mut raw = Raw::websocket(broker).await;
            raw.send(&ask("subscribe", "t")).await.unwrap();
            all.push(raw);
        }
        reaches(broker, "oriel_broker_closed_silent_total", |count| count == CONNECTIONS).await;
        reaches(broker, "oriel_broker_connections", |count| count == 1).await;
    })
    .await;
}
