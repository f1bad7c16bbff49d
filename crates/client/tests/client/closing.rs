//! The end of a client, and what it leaves.

use std::time::Duration;

use oriel_client::{Client, Event, How, Options, PublishError, SubscribeError, WhenFull};
use tokio::net::TcpListener;
use tokio::time::timeout;

use crate::support::{Broker, event, next, options, pattern, soon, topic, whole};

#[tokio::test]
async fn closing_waits_until_the_broker_has_read_everything() {
    let broker = Broker::start().await;
    let viewer = broker.client();
    let mut values = viewer.subscribe(&pattern("t"), How::resume()).unwrap();
    let mut ready = viewer.subscribe(&pattern("ready"), How::default()).unwrap();
    viewer.publish(&topic("ready"), &0).unwrap();
    next(&mut ready).await;
    let publisher = broker.client();
    (0..10_000).for_each(|number| publisher.publish(&topic("t"), &number).unwrap());
    soon("good-bye", publisher.close()).await;
    assert_eq!(publisher.publish(&topic("t"), &0), Err(PublishError::Closed));
    assert_eq!(publisher.counts().queued_sent, 10_000);
    for number in 0..10_000 {
        assert_eq!(whole(&mut values).await, number);
    }
}

#[tokio::test]
async fn without_a_broker_closing_waits_only_for_what_is_to_be_sent() {
    let nobody = "127.0.0.1:1".parse().unwrap();
    let idle = Client::connect(options(nobody)).unwrap();
    let mut values = idle.subscribe(&pattern("t"), How::default()).unwrap();
    soon("end", idle.close()).await;
    assert_eq!(soon("end", values.next()).await, None);
    assert_eq!(idle.events().next().await, None);

    let busy = Client::connect(options(nobody)).unwrap();
    let mut values = busy.subscribe(&pattern("t"), How::default()).unwrap();
    busy.publish(&topic("t"), &1).unwrap();
    assert!(timeout(Duration::from_millis(50), busy.close()).await.is_err(), "it is not sent");
    drop(busy);
    assert_eq!(soon("end", values.next()).await, None);
    assert_eq!(values.add(&pattern("x"), How::default()), Err(SubscribeError::Closed));
}

#[tokio::test]
async fn what_was_published_before_there_is_a_broker_arrives_as_far_as_there_was_room() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    drop(listener);
    let few = Options { queue_bytes: 1_000, ..options(address) };
    let refusing = Client::connect(few.clone()).unwrap();
    let dropping = Client::connect(Options { when_full: WhenFull::DropOldest, ..few }).unwrap();
    let published = |client: &Client, name: &str| -> Vec<u64> {
        (0..100).filter(|number| client.publish(&topic(name), number).is_ok()).collect()
    };
    let first = published(&refusing, "first");
    assert_eq!(published(&dropping, "last").len(), 100);
    assert_eq!(refusing.publish(&topic("first"), &1), Err(PublishError::Full));
    assert!(!first.is_empty() && refusing.counts().full == 101 - first.len() as u64);
    let kept = dropping.counts().queue_dropped..100;

    let viewer = Client::connect(options(address)).unwrap();
    let mut lasts = viewer.subscribe(&pattern("last"), How::latest()).unwrap();
    let _broker = Broker::start_again(address).await;
    soon("good-byes", async { tokio::join!(refusing.close(), dropping.close()) }).await;
    assert_eq!(
        (refusing.counts().queued_sent, dropping.counts().queued_sent),
        (first.len() as u64, kept.end - kept.start)
    );
    while next(&mut lasts).await.data.parse() != Ok(99) {}
}

#[tokio::test]
async fn what_a_broker_would_refuse_is_refused_here_and_what_it_refuses_is_told() {
    let broker = Broker::start().await;
    let client = Client::connect(Options { publish_bytes: 1_000, ..options(broker.address) }).unwrap();
    let large = client.publish(&topic("t"), &"x".repeat(1_000));
    assert!(matches!(large, Err(PublishError::TooLarge { bytes: 1_001.., limit: 1_000 })), "{large:?}");
    assert_eq!(client.keep(&topic("_x"), &1), Err(PublishError::Reserved));
    let odd = std::collections::BTreeMap::from([((1, 2), 3)]);
    assert!(matches!(client.publish(&topic("t"), &odd), Err(PublishError::NotJson(_))));
    assert_eq!(client.counts().too_large, 1);

    let mut events = client.events();
    let mut many = client.subscription();
    (0..1_001).for_each(|number| many.add(&pattern(&format!("t{number}")), How::default()).unwrap());
    let refused = event(&mut events, |event| matches!(event, Event::Refused(_))).await;
    let Event::Refused(refusal) = refused else { panic!("{refused:?}") };
    assert_eq!(refusal.code, "tooManySubscriptions");
    assert!(!refusal.topic.is_empty() && client.counts().refused == 1);
}
