//! What comes before, during and after a broken connection.

use oriel_client::{Client, Event, How};
use serde_json::json;

use crate::support::{Broker, Wire, event, lost, next, options, pattern, soon, topic, whole};

#[tokio::test]
async fn nothing_is_lost_while_the_wire_is_cut_again_and_again() {
    let broker = Broker::start().await;
    let wire = Wire::to(broker.address).await;
    let viewer = Client::connect(options(wire.address)).unwrap();
    let mut events = viewer.events();
    let mut values = viewer.subscribe(&pattern("t"), How::resume()).unwrap();
    event(&mut events, |event| *event == Event::Connected).await;
    let publisher = broker.client();
    // A place to resume from comes with the first update: until then nothing can be promised.
    viewer.publish(&topic("t"), &0).unwrap();
    assert_eq!(whole(&mut values).await, 0);
    let mut sent = 1;
    for _ in 0..20 {
        for _ in 0..50 {
            publisher.publish(&topic("t"), &sent).unwrap();
            sent += 1;
        }
        wire.cut().await;
        lost(&mut events).await;
        wire.mend().await;
        event(&mut events, |event| *event == Event::Connected).await;
    }
    for expected in 1..sent {
        assert_eq!(whole(&mut values).await, expected);
    }
    assert_eq!(viewer.counts().connections, 21);
}

#[tokio::test]
async fn a_restarted_broker_is_told_what_is_kept_and_makes_a_gap() {
    let broker = Broker::start().await;
    let sensor = broker.client();
    sensor.keep(&topic("room.kitchen"), &json!({"celsius": 21})).unwrap();
    let viewer = broker.client();
    let mut rooms = viewer.subscribe(&pattern("room.*"), How::latest()).unwrap();
    let first = next(&mut rooms).await;
    assert_eq!((&*first.data, first.gap), (r#"{"celsius":21}"#, false));

    let broker = Broker::start_again(broker.stop().await).await;
    let again = next(&mut rooms).await;
    assert_eq!((again.topic.as_str(), &*again.data), ("room.kitchen", r#"{"celsius":21}"#));
    assert!(again.gap, "nobody knows what was published in between");
    let later = broker.client();
    let mut rooms = later.subscribe(&pattern("room.>"), How::latest()).unwrap();
    assert_eq!(next(&mut rooms).await.data, again.data);
}

#[tokio::test]
async fn a_program_that_was_stopped_goes_on_after_its_last_update() {
    let broker = Broker::start().await;
    let publisher = broker.client();
    let mut own = publisher.subscribe(&pattern("t"), How::resume()).unwrap();
    (0..10).for_each(|number| publisher.publish(&topic("t"), &number).unwrap());
    let mut place = None;
    for number in 0..10 {
        let update = next(&mut own).await;
        assert_eq!(update.data.parse(), Ok(number));
        if number == 4 {
            place = update.cursor;
        }
    }
    let mut rest = broker.client();
    let mut values = rest.subscribe(&pattern("t"), How::after(place.unwrap())).unwrap();
    for number in 5..10 {
        assert_eq!(whole(&mut values).await, number);
    }
    rest = publisher;
    soon("good-bye", rest.close()).await;
    assert_eq!(values.next().await, None, "its client was dropped");
}

#[tokio::test]
async fn one_subscription_may_have_many_topics_and_let_go_of_some() {
    let broker = Broker::start().await;
    let client = broker.client();
    let mut values = client.subscription();
    for name in ["a", "b", "c.*"] {
        values.add(&pattern(name), How::default()).unwrap();
    }
    let publish = |number: u64| ["a", "b", "c.x"].map(|name| client.publish(&topic(name), &number).unwrap());
    publish(1);
    for name in ["a", "b", "c.x"] {
        assert_eq!(next(&mut values).await.topic.as_str(), name);
    }
    values.remove(&pattern("b"));
    publish(2);
    for name in ["a", "c.x"] {
        assert_eq!(next(&mut values).await.topic.as_str(), name);
    }
    drop(values);
    let mut again = client.subscribe(&pattern(">"), How::default()).unwrap();
    publish(3);
    assert_eq!(next(&mut again).await.data.parse(), Ok(3));
}
