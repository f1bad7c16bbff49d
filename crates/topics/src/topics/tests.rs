//! What the state machine does, input by input.

use super::*;

type Broker = Topics<&'static str, &'static str>;

const START: i64 = 1_493_619_720_000;

fn at(millis: i64) -> ProcessingTime {
    ProcessingTime::from_millis(START + millis)
}

fn topic(name: &str) -> Topic {
    name.parse().expect(name)
}

fn broker() -> Broker {
    Topics::new(Limits::default())
}

fn publish(broker: &mut Broker, now: i64, name: &str, data: &str) -> Delivery<&'static str, &'static str> {
    let topic = topic(name);
    broker.publish(at(now), &topic, Draft::new(&topic, data))
}

fn timestamp(delivery: &Delivery<&str, &str>) -> i64 {
    delivery.publication.frame.timestamp() - START
}

#[test]
fn a_publication_goes_to_those_who_listen() {
    let mut broker = broker();
    let ids = [broker.connect("a"), broker.connect("b"), broker.connect("c")];
    for (id, name) in [(ids[0], "t"), (ids[1], "t"), (ids[1], "t"), (ids[2], "u")] {
        assert_eq!(broker.subscribe(at(0), id, &topic(name), false), Ok(None));
    }
    let heard = |delivery: Delivery<&'static str, _>| delivery.audience.iter().copied().collect::<Vec<_>>();
    assert_eq!(heard(publish(&mut broker, 0, "t", "1")), ["a", "b"]);
    broker.unsubscribe(ids[0], &topic("t"));
    broker.unsubscribe(ids[0], &topic("t"));
    assert_eq!(heard(publish(&mut broker, 0, "t", "2")), ["b"]);
    broker.disconnect(ids[1]);
    assert_eq!(heard(publish(&mut broker, 0, "t", "3")), [""; 0]);
    let sizes = broker.sizes();
    assert_eq!((sizes.connections, sizes.subscriptions, broker.audiences.len()), (2, 1, 1));
}

#[test]
fn timestamps_of_a_topic_grow_strictly() {
    let mut broker = broker();
    for (now, expected) in [(5, 5), (5, 6), (6, 7), (3, 8), (100, 100)] {
        assert_eq!(timestamp(&publish(&mut broker, now, "t", "1")), expected);
    }
    assert_eq!(timestamp(&publish(&mut broker, 50, "other", "1")), 50);
}

#[test]
fn a_topic_that_returns_starts_above_what_it_had() {
    let mut broker = Topics::new(Limits { topics: 1, ..Limits::default() });
    for _ in 0..10 {
        let _ = publish(&mut broker, 0, "t", "1");
    }
    assert_eq!(publish(&mut broker, 0, "other", "1").forgotten, 1);
    assert_eq!(timestamp(&publish(&mut broker, 1, "t", "2")), 10);
}

#[test]
fn the_last_value_is_remembered_and_given_to_those_who_ask() {
    let mut broker = broker();
    let _ = publish(&mut broker, 0, "t", "1");
    let _ = publish(&mut broker, 5, "t", "2");
    let data = |found: Option<&Arc<Publication>>| found.map(|found| found.frame.data());
    assert_eq!(data(broker.latest(at(9), &topic("t"), START + 4)).as_deref(), Some(b"2".as_slice()));
    assert_eq!(data(broker.latest(at(9), &topic("t"), START + 5)), None);
    assert_eq!(data(broker.latest(at(9), &topic("u"), 0)), None);
    let id = broker.connect("a");
    let first = broker.subscribe(at(9), id, &topic("t"), true).expect("subscribed");
    assert_eq!(data(first.as_ref()).as_deref(), Some(b"2".as_slice()));
    assert_eq!(broker.subscribe(at(9), id, &topic("u"), true), Ok(None));
}

#[test]
fn a_long_poll_misses_no_publication_after_its_look_up() {
    let mut broker = broker();
    let t = topic("t");
    let Wait::Waiting(_) = broker.wait(at(0), &t, i64::MIN, "first") else { panic!("nothing is there") };
    let delivery = publish(&mut broker, 1, "t", "1");
    assert_eq!(delivery.waiters, ["first"]);
    let Wait::Found(found) = broker.wait(at(1), &t, i64::MIN, "late") else { panic!("it is there") };
    assert_eq!(found, delivery.publication);
    assert!(publish(&mut broker, 2, "t", "2").waiters.is_empty(), "a found value leaves nobody waiting");
}

#[test]
fn a_long_poll_waits_for_something_newer() {
    let mut broker = broker();
    let t = topic("t");
    let _ = publish(&mut broker, 0, "t", "1");
    let Wait::Waiting(id) = broker.wait(at(0), &t, START, "next") else { panic!("nothing newer") };
    let Wait::Waiting(far) = broker.wait(at(0), &t, START + 100, "far") else { panic!("nothing newer") };
    assert!(publish(&mut broker, 0, "other", "1").waiters.is_empty());
    assert_eq!(publish(&mut broker, 0, "t", "2").waiters, ["next"]);
    broker.cancel(&id);
    assert_eq!(broker.sizes().waiters, 1);
    broker.cancel(&far);
    assert!(publish(&mut broker, 200, "t", "3").waiters.is_empty());
    assert!(broker.waiters.is_empty());
}

#[test]
fn a_topic_is_forgotten_an_hour_after_its_last_publication() {
    let mut broker = broker();
    let hour = Span::HOUR.millis();
    let _ = publish(&mut broker, 0, "old", "1");
    let _ = publish(&mut broker, 10, "young", "1");
    let names = |broker: &Broker, now| -> Vec<String> {
        broker.list(at(now), i64::MIN).into_iter().map(|entry| entry.topic).collect()
    };
    assert_eq!(names(&broker, hour - 1), ["old", "young"]);
    assert_eq!(names(&broker, hour), ["young"], "hidden before its memory is given back");
    assert_eq!(broker.latest(at(hour), &topic("old"), 0), None);
    assert_eq!(broker.expire(at(hour)), 1);
    assert_eq!(broker.expire(at(hour + 10)), 1);
    assert_eq!((broker.sizes().topics, broker.sizes().bytes), (0, 0));
}

#[test]
fn topics_are_listed_by_name_and_time() {
    let mut broker = broker();
    for (now, name) in [(3, "b"), (1, "a"), (2, "c")] {
        let _ = publish(&mut broker, now, name, "1");
    }
    let entry = |topic: &str, millis: i64| TopicEntry { topic: topic.into(), last_updated: START + millis };
    assert_eq!(broker.list(at(9), 0), [entry("a", 1), entry("b", 3), entry("c", 2)]);
    assert_eq!(broker.list(at(9), START + 1), [entry("b", 3), entry("c", 2)]);
}

#[test]
fn the_least_recently_published_topic_makes_room() {
    let mut broker = Topics::new(Limits { topics: 2, ..Limits::default() });
    for name in ["a", "b", "a", "c"] {
        let _ = publish(&mut broker, 0, name, "1");
    }
    let names: Vec<String> = broker.list(at(0), 0).into_iter().map(|entry| entry.topic).collect();
    assert_eq!(names, ["a", "c"]);
}

#[test]
fn remembered_bytes_are_bounded() {
    let mut broker = Topics::new(Limits { bytes: 1_000, ..Limits::default() });
    let data = format!("\"{}\"", "x".repeat(300));
    for name in ["a", "b", "c"] {
        let _ = publish(&mut broker, 0, name, &data);
        assert!(broker.sizes().bytes <= 1_000);
    }
    assert_eq!(broker.sizes().topics, 1);
    let huge = format!("\"{}\"", "x".repeat(2_000));
    assert_eq!(publish(&mut broker, 0, "huge", &huge).forgotten, 2, "it cannot be remembered itself");
    assert_eq!(broker.sizes().bytes, 0);
}

#[test]
fn subscriptions_of_a_connection_are_bounded() {
    let mut broker: Broker = Topics::new(Limits { subscriptions: 2, ..Limits::default() });
    let id = broker.connect("a");
    for name in ["a", "b", "b"] {
        assert_eq!(broker.subscribe(at(0), id, &topic(name), false), Ok(None));
    }
    assert_eq!(broker.subscribe(at(0), id, &topic("c"), false), Err(TooMany { limit: 2 }));
    broker.unsubscribe(id, &topic("a"));
    assert_eq!(broker.subscribe(at(0), id, &topic("c"), false), Ok(None));
}
