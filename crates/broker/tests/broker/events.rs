//! Server-Sent Events.

use oriel_broker::Config;
use reqwest::Response;
use serde_json::Value;

use crate::support::{Broker, broker, broker_with, soon};

/// An event stream, read event by event.
pub(crate) struct Events {
    response: Response,
    read: String,
}

#[derive(Debug, PartialEq)]
pub(crate) struct Event {
    pub(crate) kind: String,
    pub(crate) id: String,
    pub(crate) data: Value,
}

impl Events {
    pub(crate) async fn open(broker: &Broker, query: &str, last: Option<&str>) -> Result<Events, u16> {
        let mut request = broker.http.get(broker.url(&format!("/ws/v1/pubsub/events{query}")));
        if let Some(last) = last {
            request = request.header("last-event-id", last);
        }
        let response = soon("answer", request.send()).await.unwrap();
        if response.status() != 200 {
            return Err(response.status().as_u16());
        }
        assert_eq!(response.headers()["content-type"], "text/event-stream");
        assert_eq!(response.headers()["cache-control"], "no-store");
        Ok(Events { response, read: String::new() })
    }

    /// The next event; none at the end. Comments are passed over.
    pub(crate) async fn next(&mut self) -> Option<Event> {
        loop {
            while let Some((text, rest)) = self.read.split_once("\n\n") {
                let (text, rest) = (text.to_owned(), rest.to_owned());
                self.read = rest;
                let field = |name: &str| {
                    let lines = text.lines().filter_map(|line| line.strip_prefix(name)?.strip_prefix(": "));
                    lines.collect::<Vec<_>>().join("\n")
                };
                if !text.starts_with(':') {
                    let data = serde_json::from_str(&field("data")).unwrap();
                    return Some(Event { kind: field("event"), id: field("id"), data });
                }
            }
            let chunk = soon("event", self.response.chunk()).await.unwrap()?;
            self.read.push_str(std::str::from_utf8(&chunk).unwrap());
        }
    }
}

#[tokio::test]
async fn publications_come_as_events_with_their_places() {
    let broker = broker().await;
    let mut events = Events::open(&broker, "?topic=t", None).await.unwrap();
    for data in ["1", "{\n \"a\": 2\n}"] {
        broker.post("t", data).await;
    }
    broker.post("other", "3").await;
    let first = events.next().await.unwrap();
    assert_eq!(
        (first.kind.as_str(), &first.data["topic"], &first.data["data"]),
        ("", &"t".into(), &1.into())
    );
    assert!(first.data["timestamp"].as_i64().unwrap() > 1_700_000_000_000);
    let second = events.next().await.unwrap();
    assert_eq!(second.data["data"]["a"], 2, "a value on several lines is one event");
    let seq = |event: &Event| event.id.split_once(':').unwrap().1.parse::<u64>().unwrap();
    assert_eq!(seq(&second), seq(&first) + 1);
}

#[tokio::test]
async fn the_last_event_id_resumes() {
    let broker = broker().await;
    let mut events = Events::open(&broker, "?topic=t", None).await.unwrap();
    broker.post("t", "1").await;
    let first = events.next().await.unwrap();
    drop(events);
    for data in ["2", "3"] {
        broker.post("t", data).await;
    }
    let mut events = Events::open(&broker, "?topic=t", Some(&first.id)).await.unwrap();
    for data in [2, 3] {
        let event = events.next().await.unwrap();
        assert_eq!((event.kind.as_str(), &event.data["data"]), ("", &data.into()));
    }
    broker.post("t", "4").await;
    assert_eq!(events.next().await.unwrap().data["data"], 4);
}

#[tokio::test]
async fn a_gap_is_an_event_of_its_own() {
    let mut config = Config::default();
    config.limits.history.count = 1;
    let broker = broker_with(config).await;
    let mut events = Events::open(&broker, "?topic=t&latest=true", None).await.unwrap();
    broker.post("t", "1").await;
    let first = events.next().await.unwrap();
    for data in ["2", "3"] {
        broker.post("t", data).await;
    }
    for id in [first.id.as_str(), "0123456789abcdef:7"] {
        let mut events = Events::open(&broker, "?topic=t", Some(id)).await.unwrap();
        let gap = events.next().await.unwrap();
        assert_eq!((gap.kind.as_str(), &gap.data["topic"]), ("gap", &"t".into()));
        assert_eq!(events.next().await.unwrap().data["data"], 3);
    }
    let mut latest = Events::open(&broker, "?topic=t&latest=true", None).await.unwrap();
    assert_eq!(latest.next().await.unwrap().data["data"], 3);
}

#[tokio::test]
async fn a_stream_ends_when_the_broker_stops_and_is_forgotten_when_its_client_goes() {
    let broker = broker().await;
    let gone = Events::open(&broker, "?topic=t", None).await.unwrap();
    broker.until("oriel_broker_connections", |count| count == 1).await;
    drop(gone);
    broker.until("oriel_broker_connections", |count| count == 0).await;
    let mut events = Events::open(&broker, "?topic=t", None).await.unwrap();
    broker.trigger.trigger();
    assert_eq!(events.next().await, None);
    broker.ended().await;
}

#[tokio::test]
async fn what_is_no_topic_or_no_place_is_refused() {
    let broker = broker().await;
    let refused = async |query, last| Events::open(&broker, query, last).await.err();
    assert_eq!(refused("", None).await, Some(400));
    assert_eq!(refused("?topic=", None).await, Some(400));
    assert_eq!(refused("?topic=a.*", None).await, Some(400));
    assert_eq!(refused("?topic=t", Some("1")).await, Some(400));
    assert_eq!(refused("?topic=_latestTopics", None).await, Some(403));
}
