//! The broker stops: politely, completely and in time.

use oriel_runtime::task;
use std::time::{Duration, Instant};

use futures_util::SinkExt;
use oriel_broker::Config;
use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;
use tokio_tungstenite::tungstenite::Message;

use crate::support::{broker, broker_with, soon};

#[tokio::test]
async fn an_idle_broker_stops_at_once() {
    let broker = broker().await;
    // A connection that is kept alive and one that has said nothing yet.
    broker.get(broker.url("/live")).await;
    let _silent = TcpStream::connect(broker.address).await.unwrap();
    broker.trigger.trigger();
    let started = Instant::now();
    let address = broker.address;
    broker.ended().await;
    assert!(started.elapsed() < Duration::from_secs(3), "{:?}", started.elapsed());
    assert!(TcpStream::connect(address).await.is_err(), "it accepts nothing more");
}

#[tokio::test]
async fn sessions_are_closed_after_what_was_queued_for_them() {
    let broker = broker().await;
    let mut client = broker.client().await;
    client.subscribe("t").await;
    client.publish("t", "1").await;
    broker.until("oriel_broker_publications_total", |count| count == 1).await;
    broker.trigger.trigger();
    assert!(client.next().await.contains("\"data\":1"));
    assert_eq!(client.closed().await, (1001, "the broker stops".to_owned()));
    drop(client);
    broker.ended().await;
}

#[tokio::test]
async fn long_polls_are_answered_empty() {
    let broker = broker().await;
    let (http, url) = (broker.http.clone(), broker.topic("t?poll=true"));
    let poll = task::spawn("test", async move { http.get(url).send().await.unwrap().status().as_u16() });
    broker.until("oriel_broker_long_polls", |count| count == 1).await;
    broker.trigger.trigger();
    assert_eq!(soon("answer", poll).await.unwrap(), 204);
    broker.ended().await;
}

#[tokio::test]
async fn a_stuck_request_and_a_stuck_session_are_cut_at_the_deadline() {
    let drain = Duration::from_millis(300);
    let broker = broker_with(Config { drain, ..Config::default() }).await;
    let mut stuck = TcpStream::connect(broker.address).await.unwrap();
    let head = "POST /ws/v1/pubsub/topics/t HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 9\r\n\r\n1";
    stuck.write_all(head.as_bytes()).await.unwrap();
    let mut frozen = broker.client().await;
    frozen.subscribe("t").await;
    let mut publisher = broker.client().await;
    let large = format!(r#"{{"type":"publish","topic":"t","data":"{}"}}"#, "x".repeat(900_000));
    for _ in 0..20 {
        publisher.socket.send(Message::text(large.as_str())).await.unwrap();
    }
    broker.until("oriel_broker_publications_total", |count| count == 20).await;
    broker.trigger.trigger();
    let started = Instant::now();
    broker.ended().await;
    assert!(started.elapsed() >= drain && started.elapsed() < drain + Duration::from_secs(3));
    drop((stuck, frozen, publisher));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn sessions_end_one_after_another() {
    const CLIENTS: usize = 100;
    let broker = broker().await;
    let mut clients = Vec::new();
    for _ in 0..CLIENTS {
        clients.push(broker.client().await);
    }
    broker.trigger.trigger();
    let closing = clients.into_iter().map(|mut client| {
        task::spawn("client", async move {
            let (code, _) = client.closed().await;
            (code, Instant::now())
        })
    });
    let mut times = Vec::new();
    for closed in closing.collect::<Vec<_>>() {
        let (code, at) = soon("close", closed).await.unwrap();
        assert_eq!(code, 1001);
        times.push(at);
    }
    times.sort_unstable();
    let spread = times[CLIENTS - 1] - times[0];
    assert!(spread > Duration::from_millis(400), "{spread:?}");
    broker.ended().await;
}
