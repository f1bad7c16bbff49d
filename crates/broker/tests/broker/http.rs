//! Pub/sub over HTTP.

use oriel_broker::Config;
use oriel_topics::Limits;
use serde_json::{Value, json};

use crate::support::{broker, broker_with, soon, untimed};

fn parsed(text: &str) -> Value {
    serde_json::from_str(text).unwrap_or_else(|error| panic!("{text}: {error}"))
}

#[tokio::test]
async fn the_lines_of_the_original_work_as_they_are() {
    let broker = broker().await;
    assert_eq!(broker.get(broker.url("/ws/v1/pubsub/topics")).await, (200, "[]".to_owned()));
    assert_eq!(broker.post("foo", r#"{"a":1}"#).await, (200, "{}".to_owned()));
    let (status, body) = broker.get(broker.topic("foo")).await;
    let value = parsed(&body);
    assert_eq!((status, &value["data"]), (200, &json!({"a": 1})));
    let timestamp = value["timestamp"].as_i64().unwrap();
    assert_eq!(body, format!(r#"{{"timestamp":{timestamp},"data":{{"a":1}}}}"#));
    let list = broker.get(broker.url("/ws/v1/pubsub/topics")).await;
    assert_eq!(list, (200, format!(r#"[{{"topic":"foo","lastUpdated":{timestamp}}}]"#)));
}

#[tokio::test]
async fn a_post_reaches_websocket_subscribers() {
    let broker = broker().await;
    let mut client = broker.client().await;
    client.subscribe("foo").await;
    broker.post("foo", " [1, 2]\n").await;
    assert_eq!(untimed(&client.next().await), r#"{"type":"data","topic":"foo","data":[1, 2]"#);
}

#[tokio::test]
async fn later_than_hides_what_is_older() {
    let broker = broker().await;
    broker.post("a", "1").await;
    let (_, body) = broker.get(broker.topic("a")).await;
    let timestamp = parsed(&body)["timestamp"].as_i64().unwrap();
    assert_eq!(broker.get(broker.topic(&format!("a?laterThan={}", timestamp - 1))).await.0, 200);
    let (status, body) = broker.get(broker.topic(&format!("a?laterThan={timestamp}"))).await;
    assert_eq!(status, 404);
    assert_eq!(parsed(&body)["message"], format!("nothing was published on 'a' after {timestamp}"));
    let list = broker.get(broker.url(&format!("/ws/v1/pubsub/topics?laterThan={timestamp}"))).await;
    assert_eq!(list.1, "[]");
}

#[tokio::test]
async fn two_publications_in_a_millisecond_have_two_timestamps() {
    let broker = broker().await;
    let mut client = broker.client().await;
    client.publish("t", "1").await;
    client.publish("t", "2").await;
    client.settled().await;
    let (_, body) = broker.get(broker.topic("t")).await;
    let timestamp = parsed(&body)["timestamp"].as_i64().unwrap();
    let (status, body) = broker.get(broker.topic(&format!("t?laterThan={}", timestamp - 1))).await;
    assert_eq!((status, &parsed(&body)["data"]), (200, &json!(2)));
}

#[tokio::test]
async fn topics_are_percent_decoded_and_may_hold_slashes() {
    let broker = broker().await;
    broker.post("gr%C3%B6%C3%9Fe%2Fa", "1").await;
    assert_eq!(broker.get(broker.topic("größe/a")).await.0, 200);
    for topic in ["a%20b", "a%0A", "a.*", "%FF", &"x".repeat(256)] {
        let (status, body) = broker.post(topic, "1").await;
        assert_eq!(status, 400, "{topic}: {body}");
        assert!(parsed(&body)["message"].is_string(), "{body}");
    }
}

#[tokio::test]
async fn a_post_needs_json_by_type_and_content() {
    let broker = broker().await;
    for kind in
        [None, Some("text/plain"), Some("application/x-www-form-urlencoded"), Some("application/jsonp")]
    {
        let mut request = broker.http.post(broker.topic("t")).body("1");
        if let Some(kind) = kind {
            request = request.header("content-type", kind);
        }
        let answer = soon("answer", request.send()).await.unwrap();
        assert_eq!(answer.status(), 415, "{kind:?}");
        assert!(answer.text().await.unwrap().contains("Content-Type: application/json"));
    }
    let request =
        broker.http.post(broker.topic("t")).header("content-type", "Application/JSON; charset=utf-8");
    assert_eq!(soon("answer", request.body("1").send()).await.unwrap().status(), 200);
    for body in ["", "hello", "{", "1 2"] {
        let (status, answer) = broker.post("t", body).await;
        assert_eq!(status, 400, "{body}");
        assert!(parsed(&answer)["message"].as_str().unwrap().starts_with("the body is"), "{answer}");
    }
    assert_eq!(broker.post("_mine", "1").await.0, 403);
    assert_eq!(broker.metric("oriel_broker_publications_total").await, 1);
}

#[tokio::test]
async fn a_body_beyond_the_limit_is_refused_announced_or_not() {
    let broker = broker().await;
    let large = format!("\"{}\"", "x".repeat(1 << 20));
    let (status, body) = broker.post("t", large.clone()).await;
    assert_eq!(
        (status, parsed(&body)["message"].as_str().unwrap()),
        (413, "a message has at most 1048576 bytes")
    );
    let pieces = large.as_bytes().chunks(100_000).map(|piece| Ok::<_, std::io::Error>(piece.to_vec()));
    let pieces = futures_util::stream::iter(pieces.collect::<Vec<_>>());
    assert_eq!(broker.post("t", reqwest::Body::wrap_stream(pieces)).await.0, 413);
}

#[tokio::test]
async fn what_is_not_there_is_told_in_json() {
    let broker = broker().await;
    for (url, expected) in [
        (broker.url("/nothing"), 404),
        (broker.topic("never"), 404),
        (broker.topic("t?laterThan=soon"), 400),
        (broker.topic("t?poll=perhaps"), 400),
    ] {
        let (status, body) = broker.get(url).await;
        assert_eq!(status, expected);
        assert!(parsed(&body)["message"].is_string(), "{body}");
    }
    let answer = soon("answer", broker.http.delete(broker.topic("t")).send()).await.unwrap();
    assert_eq!(answer.status(), 405);
    assert!(parsed(&answer.text().await.unwrap())["message"].is_string());
}

#[tokio::test]
async fn remembered_topics_are_bounded() {
    let limits = Limits { topics: 2, ..Limits::default() };
    let broker = broker_with(Config { limits, ..Config::default() }).await;
    for topic in ["a", "b", "a", "c"] {
        broker.post(topic, "1").await;
    }
    let (_, body) = broker.get(broker.url("/ws/v1/pubsub/topics")).await;
    let names: Vec<_> =
        parsed(&body).as_array().unwrap().iter().map(|entry| entry["topic"].clone()).collect();
    assert_eq!(names, ["a", "c"]);
    assert_eq!(broker.metric("oriel_broker_forgotten_topics_total").await, 1);
}

#[tokio::test]
async fn the_operators_routes_answer() {
    let broker = broker().await;
    assert_eq!(broker.get(broker.url("/live")).await, (200, "ok\n".to_owned()));
    assert_eq!(broker.get(broker.url("/ready")).await, (200, "ready\n".to_owned()));
    let mut client = broker.client().await;
    client.subscribe("t").await;
    client.publish("t", "1").await;
    client.next().await;
    assert_eq!(broker.metric("oriel_broker_publications_total").await, 1);
    broker.until("oriel_broker_deliveries_total", |count| count == 2).await;
    assert_eq!(broker.metric("oriel_broker_topics").await, 1);
}
