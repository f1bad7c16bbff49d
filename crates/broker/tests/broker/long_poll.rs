//! Long polls: they wait, they end, and they miss nothing.

use oriel_runtime::task;
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::support::{broker, soon};

fn fields(body: &str) -> (i64, i64) {
    let value: Value = serde_json::from_str(body).unwrap();
    (value["timestamp"].as_i64().unwrap(), value["data"].as_i64().unwrap())
}

#[tokio::test]
async fn a_value_that_is_there_is_answered_at_once() {
    let broker = broker().await;
    broker.post("t", "1").await;
    let (status, body) = broker.get(broker.topic("t?poll=true")).await;
    assert_eq!((status, fields(&body).1), (200, 1));
}

#[tokio::test]
async fn a_poll_waits_for_the_next_publication() {
    let broker = broker().await;
    broker.post("t", "1").await;
    let (timestamp, _) = fields(&broker.get(broker.topic("t")).await.1);
    let (http, url) = (broker.http.clone(), broker.topic(&format!("t?poll=true&laterThan={timestamp}")));
    let poll = task::spawn("test", async move { http.get(url).send().await.unwrap().text().await.unwrap() });
    broker.until("oriel_broker_long_polls", |count| count == 1).await;
    broker.post("other", "7").await;
    broker.post("t", "2").await;
    assert_eq!(fields(&soon("answer", poll).await.unwrap()).1, 2);
    assert_eq!(broker.metric("oriel_broker_long_polls").await, 0);
}

#[tokio::test]
async fn a_poll_ends_with_nothing_when_its_time_is_up() {
    let broker = broker().await;
    let started = Instant::now();
    assert_eq!(broker.get(broker.topic("t?poll=true&timeout=50")).await, (204, String::new()));
    assert!(started.elapsed() >= Duration::from_millis(50));
    assert_eq!(broker.metric("oriel_broker_long_polls").await, 0);
}

#[tokio::test]
async fn a_poll_whose_client_goes_is_forgotten() {
    let broker = broker().await;
    let (http, url) = (broker.http.clone(), broker.topic("t?poll=true"));
    let poll = task::spawn("test", async move { http.get(url).send().await });
    broker.until("oriel_broker_long_polls", |count| count == 1).await;
    poll.abort();
    broker.until("oriel_broker_long_polls", |count| count == 0).await;
}

/// The original looked up and then registered: a publication between the two was
/// missed until the next one came. Here each publication waits for the poll before to
/// be answered, so that one missed publication would stop everything.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_publication_falls_between_look_up_and_registration() {
    const ROUNDS: i64 = 500;
    let broker = broker().await;
    let (acks, mut seen) = tokio::sync::mpsc::channel::<i64>(1);
    let (http, base) = (broker.http.clone(), broker.topic("t?poll=true&laterThan="));
    let polling = task::spawn("test", async move {
        let mut later_than = 0;
        while later_than < i64::MAX {
            let text = http.get(format!("{base}{later_than}")).send().await.unwrap().text().await.unwrap();
            let (timestamp, value) = fields(&text);
            acks.send(value).await.unwrap();
            later_than = if value == ROUNDS { i64::MAX } else { timestamp };
        }
    });
    let mut publisher = broker.client().await;
    for value in 1..=ROUNDS {
        publisher.publish("t", &value.to_string()).await;
        assert_eq!(soon("answer to a poll", seen.recv()).await, Some(value));
    }
    polling.await.unwrap();
}
