//! WebSocket frames that break the protocol, or keep to it in bad faith.

use crate::healthy::soon;
use crate::raw::{CLOSE, PING, Raw, TEXT, announced, frame, publish};
use crate::survives::{SMALL, metric, reaches, survives};
use tokio::io::AsyncReadExt;

/// Connections that do the same, so that what one of them costs is seen.
const MANY: usize = 50;

/// Sends the bytes on many connections, each of which ends with that close code.
async fn closed(bytes: &[u8], code: u16) {
    survives(&SMALL, 0, async |broker| {
        for _ in 0..MANY {
            let mut raw = Raw::websocket(broker).await;
            // The broker may hang up before all of it is sent.
            let _ = raw.send(bytes).await;
            let all = raw.rest().await;
            let close = all.windows(4).find(|part| part[0] == CLOSE).map(|part| [part[2], part[3]]);
            assert_eq!(close.map(u16::from_be_bytes), Some(code), "{bytes:x?}: {all:x?}");
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn unmasked_frames_are_the_end() {
    closed(&[TEXT, 2, b'{', b'}'], 1002).await;
    closed(&[PING, 0], 1002).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn fragmented_and_long_control_frames_are_the_end() {
    closed(&frame(PING & 0x7f, b"x"), 1002).await;
    closed(&frame(CLOSE & 0x7f, &[]), 1002).await;
    closed(&frame(PING, &[b'x'; 126]), 1002).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn frames_that_follow_no_order_are_the_end() {
    // A continuation of nothing; a message within a message.
    closed(&frame(0x80, b"x"), 1002).await;
    closed(&[frame(0x01, b"{"), frame(TEXT, b"{}")].concat(), 1002).await;
    // Bits and kinds that mean nothing.
    closed(&frame(TEXT | 0x40, b"{}"), 1002).await;
    closed(&frame(0x83, b"{}"), 1002).await;
    closed(&frame(0x8b, b"{}"), 1002).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn text_that_is_no_text_is_the_end() {
    closed(&frame(TEXT, b"\xff"), 1007).await;
    closed(&frame(TEXT, b"\xed\xa0\x80"), 1007).await;
    // The first half of a letter in one frame, and no second half in the next.
    closed(&[frame(0x01, b"\xc3"), frame(0x80, b"\x28")].concat(), 1007).await;
    closed(&frame(TEXT, b"\xc3"), 1007).await;
    closed(&frame(CLOSE, b"\x03\xe8\xff"), 1007).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn huge_lengths_are_refused_when_they_are_announced() {
    for length in [65_537, 2 << 30, 1 << 40, i64::MAX as u64, u64::MAX] {
        closed(&[&announced(TEXT, length)[..], b"{\"type\":"].concat(), 1009).await;
    }
    let fragments = [frame(0x01, &[b' '; 60_000]), frame(0x00, &[b' '; 60_000])].concat();
    closed(&fragments, 1009).await;
}

/// Memory is for what was sent, not for what was announced; and for a message at most.
#[tokio::test(flavor = "multi_thread")]
async fn messages_that_never_end_take_no_more_than_a_message_each() {
    let started = [&announced(TEXT, 65_536)[..], b"{"].concat();
    let nearly = [&announced(TEXT, 65_536)[..], &[b' '; 65_535]].concat();
    let fragments = [frame(0x01, b" "), frame(0x00, b" ").repeat(60_000)].concat();
    let empty = [frame(0x01, b""), frame(0x00, b"").repeat(60_000)].concat();
    for (bytes, each) in [(started, 8 << 10), (nearly, 80 << 10), (fragments, 140 << 10), (empty, 8 << 10)] {
        survives(&SMALL, MANY as u64 * each, async |broker| {
            let mut all = Vec::new();
            for _ in 0..MANY {
                let mut raw = Raw::websocket(broker).await;
                raw.send(&bytes).await.unwrap();
                all.push(raw);
            }
        })
        .await;
    }
}

/// Unfinished messages of all clients together have a bound of their own; small ones are
/// not held up by it.
#[tokio::test(flavor = "multi_thread")]
async fn large_messages_that_never_end_share_what_is_set_for_them() {
    let flags = [&SMALL[..], &["--receive-bytes", "1MiB"]].concat();
    let nearly = [&announced(TEXT, 65_536)[..], &[b' '; 65_535]].concat();
    survives(&flags, (1 << 20) + 4 * MANY as u64 * (10 << 10), async |broker| {
        let mut all = Vec::new();
        for _ in 0..4 * MANY {
            let mut raw = Raw::websocket(broker).await;
            // The broker may hang up before all of it is sent.
            let _ = raw.send(&nearly).await;
            all.push(raw);
        }
        reaches(broker, "oriel_broker_receive_full_total", |count| count >= 4 * MANY as u64 - 16).await;
        let says = [&[0x88, 52, 0x03, 0xf5][..], b"too many large messages"].concat();
        let refused = all.pop().unwrap().rest().await;
        assert!(refused.starts_with(&says), "{refused:?}");
        assert!(metric(broker, "oriel_broker_receive_bytes").await <= 1 << 20);
    })
    .await;
}

/// A connection costs no more after a large message than before.
#[tokio::test(flavor = "multi_thread")]
async fn large_messages_leave_nothing_with_who_sent_them() {
    survives(&SMALL, 4 << 20, async |broker| {
        let large = publish("t", &format!("\"{}\"", "x".repeat(60_000)));
        let mut all = Vec::new();
        for _ in 0..4 * MANY {
            let mut raw = Raw::websocket(broker).await;
            raw.send(&large).await.unwrap();
            raw.send(&frame(PING, b"")).await.unwrap();
            assert_eq!(soon("pong", raw.0.read_u16()).await.unwrap(), 0x8a00);
            all.push(raw);
        }
        assert_eq!(metric(broker, "oriel_broker_receive_bytes").await, 0);
    })
    .await;
}

/// A client that asks for answers and does not read them.
#[tokio::test(flavor = "multi_thread")]
async fn ping_floods_take_no_memory() {
    survives(&SMALL, 1 << 20, async |broker| {
        let pings = frame(PING, &[b'x'; 125]).repeat(1_000);
        let mut raw = Raw::websocket(broker).await;
        // 65 MB, unless the broker stops reading.
        for _ in 0..500 {
            if raw.send(&pings).await.is_err() {
                break;
            }
        }
    })
    .await;
}

/// The same with answers of ours.
#[tokio::test(flavor = "multi_thread")]
async fn a_flood_of_questions_takes_no_more_than_a_queue() {
    survives(&SMALL, 1 << 20, async |broker| {
        let questions = frame(TEXT, br#"{"type":"getLatestTopics"}"#).repeat(1_000);
        let mut raw = Raw::websocket(broker).await;
        for _ in 0..1_000 {
            if raw.send(&questions).await.is_err() {
                break;
            }
        }
    })
    .await;
}
