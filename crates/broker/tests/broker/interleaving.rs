//! Viewers over real sockets that come and go at random, while others publish, the
//! history forgets and the broker restarts: against the numbers that were published.
//! `crates/topics/tests/recovery.rs` does the same without sockets, far more often.

use futures_util::StreamExt;
use oriel_broker::Config;
use proptest::prelude::*;
use proptest::test_runner::TestRunner;
use serde_json::{Value, json};
use tokio_tungstenite::tungstenite::Message;

use crate::events::{Event, Events};
use crate::support::{Broker, Client, broker_with, soon};

#[derive(Clone, Debug)]
enum Step {
    Publish(u64),
    /// Breaks the connection, whatever was sent already, and comes back.
    Return(usize),
    /// Reads until the newest is there.
    CatchUp(usize),
    Restart,
}

const VIEWERS: usize = 4;

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let step = prop_oneof![
        5 => (1..20_u64).prop_map(Step::Publish),
        5 => (0..VIEWERS).prop_map(Step::Return),
        4 => (0..VIEWERS).prop_map(Step::CatchUp),
        1 => Just(Step::Restart),
    ];
    proptest::collection::vec(step, 10..40)
}

enum Link {
    Socket(Box<Client>),
    Events(Events),
    /// A long poll has no connection between two questions.
    Poll,
}

struct Viewer {
    link: Option<Link>,
    /// The last number it saw, and where that was.
    seen: Option<(u64, String)>,
    /// From where on it would see all, before it saw anything.
    from: u64,
    kind: usize,
}

struct World {
    broker: Broker,
    publisher: Client,
    next: u64,
    viewers: Vec<Viewer>,
}

async fn start() -> (Broker, Client) {
    let mut config = Config::default();
    config.limits.history.count = 12;
    let broker = broker_with(config).await;
    let publisher = broker.client().await;
    (broker, publisher)
}

impl World {
    async fn new() -> Self {
        let (broker, publisher) = start().await;
        let viewer = |kind| Viewer { link: None, seen: None, from: 0, kind };
        World { broker, publisher, next: 0, viewers: (0..VIEWERS).map(viewer).collect() }
    }

    async fn step(&mut self, step: &Step) {
        match *step {
            Step::Publish(count) => self.publish(count).await,
            Step::Return(viewer) => self.arrive(viewer).await,
            Step::CatchUp(viewer) => {
                if self.viewers[viewer].link.is_none() {
                    self.arrive(viewer).await;
                }
                self.publish(1).await;
                self.catch_up(viewer).await;
            }
            Step::Restart => {
                self.viewers.iter_mut().for_each(|viewer| viewer.link = None);
                (self.broker, self.publisher) = start().await;
            }
        }
    }

    async fn publish(&mut self, count: u64) {
        for _ in 0..count {
            self.publisher.publish("t", &self.next.to_string()).await;
            self.next += 1;
        }
        self.publisher.settled().await;
    }

    async fn arrive(&mut self, viewer: usize) {
        let World { broker, viewers, next, .. } = self;
        let viewer = &mut viewers[viewer];
        let place = viewer.seen.as_ref().map(|(_, place)| place.clone());
        if place.is_none() {
            viewer.from = *next;
        }
        viewer.link = Some(match viewer.kind % 3 {
            0 => Link::Socket(Box::new(subscribed(broker, place.as_deref()).await)),
            1 => Link::Events(Events::open(broker, "?topic=t", place.as_deref()).await.unwrap()),
            _ => Link::Poll,
        });
    }

    async fn catch_up(&mut self, viewer: usize) {
        let World { broker, viewers, next, .. } = self;
        let (viewer, newest) = (&mut viewers[viewer], *next - 1);
        while viewer.seen.as_ref().is_none_or(|(value, _)| *value < newest) {
            let polled = match viewer.link.as_mut().expect("it has arrived") {
                Link::Socket(client) => {
                    let frame: Value = serde_json::from_str(&client.next().await).unwrap();
                    viewer.saw(frame["data"].as_u64().unwrap(), place(&frame), &frame, false);
                    continue;
                }
                Link::Events(events) => {
                    let mut event = events.next().await.expect("the stream goes on");
                    let gap = event.kind == "gap";
                    if gap {
                        event = events.next().await.expect("the stream goes on");
                    }
                    let Event { id, data, .. } = event;
                    viewer.saw(data["data"].as_u64().unwrap(), id, &data, gap);
                    continue;
                }
                Link::Poll => {
                    let after = viewer.seen.as_ref().map_or("", |(_, place)| place);
                    broker.get(broker.topic(&format!("t?poll=true&after={after}"))).await
                }
            };
            let (200, body) = polled else { panic!("{polled:?}") };
            let found: Value = serde_json::from_str(&body).unwrap();
            viewer.saw(found["data"].as_u64().unwrap(), place(&found), &found, false);
        }
    }
}

impl Viewer {
    fn saw(&mut self, value: u64, place: String, told: &Value, gap: bool) {
        let due = self.seen.as_ref().map_or(self.from, |(last, _)| last + 1);
        let first_poll = self.seen.is_none() && self.kind % 3 == 2;
        assert!(first_poll || value >= due, "{value} comes after {due}");
        let (gap, skipped) = (gap || told["gap"] == true, told["skipped"].as_u64().unwrap_or(0));
        assert!(gap || first_poll || value - due == skipped, "{value} when {due} was due: {told}");
        self.seen = Some((value, place));
    }
}

fn place(frame: &Value) -> String {
    format!("{}:{}", frame["epoch"].as_str().expect("an epoch"), frame["seq"])
}

async fn subscribed(broker: &Broker, place: Option<&str>) -> Client {
    let resume = place
        .and_then(|place| place.split_once(':'))
        .map_or(json!(true), |(epoch, seq)| json!({"epoch": epoch, "seq": seq.parse::<u64>().unwrap()}));
    let mut client = broker.client().await;
    client.send(&json!({"type": "subscribe", "topic": "t", "resume": resume}).to_string()).await;
    // What is replayed may come before the answer.
    client.send(r#"{"type":"shout"}"#).await;
    let mut early = Vec::new();
    loop {
        match soon("frame", client.socket.next()).await {
            Some(Ok(Message::Text(text))) if text.contains("unknownType") => break,
            Some(Ok(message)) => early.push(message),
            other => panic!("{other:?}"),
        }
    }
    client.early.extend(early.into_iter().filter_map(|message| message.into_text().ok()));
    client
}

#[test]
fn nothing_is_lost_without_a_word_and_nothing_comes_twice_over_real_sockets() {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    let config = ProptestConfig { cases: 12, failure_persistence: None, ..ProptestConfig::default() };
    let done = TestRunner::new(config).run(&steps(), |steps| {
        runtime.block_on(async {
            let mut world = World::new().await;
            for step in &steps {
                world.step(step).await;
            }
            for viewer in 0..VIEWERS {
                world.step(&Step::CatchUp(viewer)).await;
            }
        });
        Ok(())
    });
    done.unwrap_or_else(|error| panic!("{error}"));
}
