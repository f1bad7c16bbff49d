//! The page's stream of events.

use reqwest::Response;
use serde_json::Value;
use tokio::time::timeout;

use super::adapter::{Adapter, DEADLINE};
use super::broker::Broker;
use super::messages;

struct Events {
    response: Response,
    text: String,
}

impl Events {
    async fn open(adapter: &Adapter) -> Events {
        let response = adapter.get("/stream").await;
        assert_eq!(response.headers()["content-type"], "text/event-stream");
        Events { response, text: String::new() }
    }

    /// The next event; `None` at the stream's end.
    async fn next(&mut self) -> Option<(String, Value)> {
        loop {
            while let Some((block, rest)) = self.text.split_once("\n\n") {
                let field =
                    |name: &str| block.lines().find_map(|line| line.strip_prefix(name)).map(str::to_owned);
                let event = field("event: ").zip(field("data: "));
                self.text = rest.to_owned();
                if let Some((name, data)) = event {
                    return Some((name, serde_json::from_str(&data).unwrap()));
                }
            }
            let chunk = timeout(DEADLINE, self.response.chunk()).await.unwrap().ok()??;
            self.text.push_str(std::str::from_utf8(&chunk).unwrap());
        }
    }

    /// Skips to an event.
    async fn until(&mut self, wanted: impl Fn(&str, &Value) -> bool) -> Value {
        loop {
            let (name, data) = self.next().await.unwrap();
            if wanted(&name, &data) {
                return data;
            }
        }
    }
}

#[tokio::test]
async fn a_watcher_gets_the_state_then_every_change() {
    let broker = Broker::start().await;
    broker.publish("twitter.tweetStats", &messages::stats(5));
    let adapter = Adapter::start(&[&broker.url()]).await;
    adapter.lists(&["twitter.tweetStats"]).await;
    let mut events = Events::open(&adapter).await;
    let (name, status) = events.next().await.unwrap();
    assert_eq!((name.as_str(), &status["upstreams"][0]["state"]), ("status", &"live".into()));
    let view = events.until(|name, _| name == "view").await;
    assert_eq!((&view["kind"], &view["open"]), (&"series".into(), &serde_json::json!([false, false, true])));
    broker.publish("twitter.tweetStats", &messages::stats(6));
    events.until(|name, data| name == "view" && data["rows"][2][1] == 6).await;
    let address = broker.kill().await;
    let away = events.until(|name, data| name == "status" && data["upstreams"][0]["state"] == "away").await;
    assert!(away["upstreams"][0]["since"].is_i64());
    let _broker = Broker::start_again(address).await;
    events.until(|name, data| name == "status" && data["upstreams"][0]["state"] == "live").await;
}

#[tokio::test]
async fn a_slow_watcher_gets_the_newest_and_the_rest_is_counted() {
    let broker = Broker::start().await;
    broker.publish("twitter.tweetStats", &messages::stats(0));
    let adapter = Adapter::start(&[&broker.url()]).await;
    adapter.lists(&["twitter.tweetStats"]).await;
    let mut events = Events::open(&adapter).await;
    for total in 1..=50 {
        broker.publish("twitter.tweetStats", &messages::stats(total));
    }
    let view = events.until(|name, data| name == "view" && data["rows"][2][1] == 50).await;
    assert_eq!(view["target"], "twitter.tweetStats");
}

#[tokio::test]
async fn a_shutdown_ends_open_streams() {
    let broker = Broker::start().await;
    let adapter = Adapter::start(&[&broker.url()]).await;
    let mut events = Events::open(&adapter).await;
    events.next().await.unwrap();
    adapter.stop().await;
    while events.next().await.is_some() {}
}
