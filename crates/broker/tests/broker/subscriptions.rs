//! Wildcards, numbers of subscribers, latest topics.

use crate::support::{broker, untimed};

#[tokio::test]
async fn a_wildcard_gets_every_topic_that_matches_once_and_by_its_name() {
    let broker = broker().await;
    broker.post("ads.eu", "0").await;
    broker.post("news", "0").await;
    let (mut all, mut publisher) = (broker.client().await, broker.client().await);
    all.send(r#"{"type":"subscribe","topic":"ads.*","latest":true}"#).await;
    assert_eq!(untimed(&all.next().await), r#"{"type":"data","topic":"ads.eu","data":0"#);
    all.subscribe("ads.>").await;
    all.subscribe("ads.eu").await;
    for (topic, data) in [("ads.eu", "1"), ("ads", "2"), ("ads.eu.fast", "3"), ("ads.us", "4")] {
        publisher.publish(topic, data).await;
    }
    for (topic, data) in [("ads.eu", 1), ("ads.eu.fast", 3), ("ads.us", 4)] {
        let expected = format!(r#"{{"type":"data","topic":"{topic}","data":{data}"#);
        assert_eq!(untimed(&all.next().await), expected);
    }
    for pattern in ["ads.*", "ads.>", "ads.eu"] {
        all.send(&format!(r#"{{"type":"unsubscribe","topic":"{pattern}"}}"#)).await;
    }
    all.settled().await;
    publisher.publish("ads.eu", "5").await;
    publisher.settled().await;
    all.settled().await;
}

#[tokio::test]
async fn the_number_of_subscribers_comes_at_once_and_when_it_changes() {
    let broker = broker().await;
    let mut watcher = broker.client().await;
    let number = |count| format!(r#"{{"type":"data","topic":"t.numSubscribers","data":{count}"#);
    watcher.send(r#"{"type":"subscribeNumSubscribers","topic":"t"}"#).await;
    assert_eq!(untimed(&watcher.next().await), number(0));
    let mut exact = broker.client().await;
    exact.subscribe("t").await;
    assert_eq!(untimed(&watcher.next().await), number(1));
    let mut wild = broker.client().await;
    wild.subscribe("*").await;
    assert_eq!(untimed(&watcher.next().await), number(2));
    let events = broker.http.get(broker.url("/ws/v1/pubsub/events?topic=t")).send().await.unwrap();
    assert_eq!(untimed(&watcher.next().await), number(3));
    drop((events, exact));
    let mut last = watcher.next().await;
    if untimed(&last) == number(2) {
        last = watcher.next().await;
    }
    assert_eq!(untimed(&last), number(1));
    watcher.send(r#"{"type":"unsubscribeNumSubscribers","topic":"t"}"#).await;
    watcher.settled().await;
    drop(wild);
    broker.until("oriel_broker_connections", |count| count == 1).await;
    watcher.settled().await;
}

#[tokio::test]
async fn the_latest_topics_come_oldest_first() {
    let broker = broker().await;
    let mut client = broker.client().await;
    for topic in ["a", "b", "a", "c"] {
        client.publish(topic, "1").await;
    }
    client.send(r#"{"type":"getLatestTopics"}"#).await;
    let expected = r#"{"type":"data","topic":"_latestTopics","data":["b","a","c"]"#;
    assert_eq!(untimed(&client.next().await), expected);
}

#[tokio::test]
async fn at_most_a_hundred_latest_topics_come() {
    let broker = broker().await;
    let mut client = broker.client().await;
    for topic in 0..150 {
        client.publish(&format!("t{topic}"), "1").await;
    }
    client.send(r#"{"type":"getLatestTopics"}"#).await;
    let frame = client.next().await;
    assert_eq!(frame.matches("\"t").count() - 3, 100, "the keys type, topic and timestamp beside: {frame}");
    assert!(frame.contains(r#"["t50","#) && frame.contains(r#""t149"]"#));
}
