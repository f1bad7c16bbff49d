//! What the state machine does, input by input.

use super::*;
use crate::settings::{History, Rule};
use oriel_protocol::pubsub::Cursor;
use oriel_time::Span;

type Broker = Topics<Name, &'static str>;

/// A connection that hears everything but topics with its own name.
#[derive(Clone, PartialEq, Eq, Debug)]
struct Name(&'static str);

impl Listener for Name {
    fn hears(&self, topic: &Topic) -> bool {
        topic.as_str() != self.0
    }
}

fn wants(text: &str) -> Pattern {
    text.parse().expect(text)
}

const PLAIN: Ask = Ask { latest: false, resume: None, conflate: false };
const LATEST: Ask = Ask { latest: true, ..PLAIN };

fn resumed(epoch: u64, seq: u64) -> Ask {
    Ask { resume: Some(Resume::After(Cursor { epoch: Epoch::new(epoch), seq })), ..PLAIN }
}

fn heard(delivery: &Delivery<Name, &'static str>) -> Vec<&'static str> {
    let mut names = Vec::new();
    delivery.reached.each(&delivery.publication.topic, |name, _| names.push(name.0));
    names
}

fn data(publication: &Publication) -> String {
    String::from_utf8(publication.frame.data().to_vec()).expect("UTF-8")
}

const START: i64 = 1_493_619_720_000;

fn at(millis: i64) -> ProcessingTime {
    ProcessingTime::from_millis(START + millis)
}

fn topic(name: &str) -> Topic {
    name.parse().expect(name)
}

fn broker() -> Broker {
    Topics::new(Epoch::new(1), Limits::default())
}

fn publish(broker: &mut Broker, now: i64, name: &str, data: &str) -> Delivery<Name, &'static str> {
    let topic = topic(name);
    broker.publish(at(now), &topic, Draft::new(&topic, data))
}

fn timestamp(delivery: &Delivery<Name, &str>) -> i64 {
    delivery.publication.frame.timestamp() - START
}

#[test]
fn a_publication_goes_to_those_who_listen() {
    let mut broker = broker();
    let ids = [broker.connect(Name("a")), broker.connect(Name("b")), broker.connect(Name("c"))];
    for (id, name) in [(ids[0], "t"), (ids[1], "t"), (ids[1], "t"), (ids[2], "u")] {
        assert_eq!(broker.subscribe(at(0), id, &wants(name), PLAIN), Ok(First::default()));
    }
    assert_eq!(heard(&publish(&mut broker, 0, "t", "1")), ["a", "b"]);
    broker.unsubscribe(ids[0], &wants("t"));
    broker.unsubscribe(ids[0], &wants("t"));
    assert_eq!(heard(&publish(&mut broker, 0, "t", "2")), ["b"]);
    broker.disconnect(ids[1]);
    assert_eq!(heard(&publish(&mut broker, 0, "t", "3")), [""; 0]);
    let sizes = broker.sizes();
    assert_eq!((sizes.connections, sizes.subscriptions, broker.exact.len()), (2, 1, 1));
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
    let mut broker = Topics::new(Epoch::new(1), Limits { topics: 1, ..Limits::default() });
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
    let text = |found: Option<&Arc<Publication>>| found.map(|found| data(found));
    assert_eq!(text(broker.latest(at(9), &topic("t"), START + 4)).as_deref(), Some("2"));
    assert_eq!(text(broker.latest(at(9), &topic("t"), START + 5)), None);
    assert_eq!(text(broker.latest(at(9), &topic("u"), 0)), None);
    let id = broker.connect(Name("a"));
    let first = broker.subscribe(at(9), id, &wants("t"), LATEST).expect("subscribed");
    assert_eq!(text(first.values.first()).as_deref(), Some("2"));
    assert_eq!(broker.subscribe(at(9), id, &wants("u"), LATEST), Ok(First::default()));
}

#[test]
fn a_long_poll_misses_no_publication_after_its_look_up() {
    let mut broker = broker();
    let t = topic("t");
    let Wait::Waiting(..) = broker.wait(at(0), &t, Want::LaterThan(i64::MIN), "first") else {
        panic!("nothing is there")
    };
    let delivery = publish(&mut broker, 1, "t", "1");
    assert_eq!(delivery.waiters, ["first"]);
    let Wait::Found(found) = broker.wait(at(1), &t, Want::LaterThan(i64::MIN), "late") else {
        panic!("it is there")
    };
    assert_eq!(found.publication, delivery.publication);
    assert!(publish(&mut broker, 2, "t", "2").waiters.is_empty(), "a found value leaves nobody waiting");
}

#[test]
fn a_long_poll_waits_for_something_newer() {
    let mut broker = broker();
    let t = topic("t");
    let _ = publish(&mut broker, 0, "t", "1");
    let Wait::Waiting(id, None) = broker.wait(at(0), &t, Want::LaterThan(START), "next") else {
        panic!("nothing newer")
    };
    let Wait::Waiting(far, None) = broker.wait(at(0), &t, Want::LaterThan(START + 100), "far") else {
        panic!("nothing newer")
    };
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
        broker.list(at(now), i64::MIN, &Name("")).into_iter().map(|entry| entry.topic).collect()
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
    assert_eq!(broker.list(at(9), 0, &Name("")), [entry("a", 1), entry("b", 3), entry("c", 2)]);
    assert_eq!(broker.list(at(9), START + 1, &Name("")), [entry("b", 3), entry("c", 2)]);
}

#[test]
fn the_least_recently_published_topic_makes_room() {
    let mut broker = Topics::new(Epoch::new(1), Limits { topics: 2, ..Limits::default() });
    for name in ["a", "b", "a", "c"] {
        let _ = publish(&mut broker, 0, name, "1");
    }
    let names: Vec<String> = broker.list(at(0), 0, &Name("")).into_iter().map(|entry| entry.topic).collect();
    assert_eq!(names, ["a", "c"]);
}

#[test]
fn remembered_bytes_are_bounded() {
    let mut broker = Topics::new(Epoch::new(1), Limits { bytes: 1_200, ..Limits::default() });
    let data = format!("\"{}\"", "x".repeat(300));
    for name in ["a", "b", "c"] {
        let _ = publish(&mut broker, 0, name, &data);
        assert!(broker.sizes().bytes <= 1_200);
    }
    assert_eq!(broker.sizes().topics, 1);
    let huge = format!("\"{}\"", "x".repeat(2_000));
    assert_eq!(publish(&mut broker, 0, "huge", &huge).forgotten, 2, "it cannot be remembered itself");
    assert_eq!(broker.sizes().bytes, 0);
}

#[test]
fn subscriptions_of_a_connection_are_bounded() {
    let mut broker: Broker = Topics::new(Epoch::new(1), Limits { subscriptions: 2, ..Limits::default() });
    let id = broker.connect(Name("a"));
    for name in ["a", "b", "b"] {
        assert_eq!(broker.subscribe(at(0), id, &wants(name), PLAIN), Ok(First::default()));
    }
    assert_eq!(broker.subscribe(at(0), id, &wants("c"), PLAIN), Err(TooMany { limit: 2 }));
    broker.unsubscribe(id, &wants("a"));
    assert_eq!(broker.subscribe(at(0), id, &wants("c"), PLAIN), Ok(First::default()));
}

#[test]
fn a_wildcard_hears_every_topic_that_matches_and_no_forbidden_one() {
    let mut broker = broker();
    let ids = [broker.connect(Name("a.x")), broker.connect(Name("b"))];
    for (id, pattern) in [(ids[0], "a.*"), (ids[0], ">"), (ids[1], "a.>"), (ids[1], "a.y")] {
        broker.subscribe(at(0), id, &wants(pattern), PLAIN).expect("subscribed");
    }
    assert_eq!(heard(&publish(&mut broker, 0, "a.x", "1")), ["b"]);
    assert_eq!(heard(&publish(&mut broker, 0, "a.y", "1")), ["b", "a.x"]);
    assert_eq!(heard(&publish(&mut broker, 0, "c", "1")), ["a.x"]);
    assert_eq!(broker.subscribers(&topic("a.y")), 2);
    let late = broker.connect(Name("c"));
    let first = broker.subscribe(at(0), late, &wants(">"), LATEST).expect("subscribed");
    let topics: Vec<&str> = first.values.iter().map(|value| value.topic.as_str()).collect();
    assert_eq!(topics, ["a.x", "a.y"], "the oldest first, none that it may not hear");
    broker.unsubscribe(ids[0], &wants(">"));
    broker.unsubscribe(late, &wants(">"));
    assert_eq!(heard(&publish(&mut broker, 0, "c", "2")), [""; 0]);
}

#[test]
fn numbers_of_a_topic_are_without_gaps_and_above_all_that_it_had() {
    let mut broker = Topics::new(Epoch::new(1), Limits { topics: 1, ..Limits::default() });
    let mut seq = |name: &str| publish(&mut broker, 0, name, "1").publication.seq;
    assert_eq!([seq("t"), seq("t"), seq("u"), seq("u"), seq("t")], [1, 2, 1, 2, 3]);
}

/// Everything that a resumed subscription is given, and whether something before is lost.
fn replayed(broker: &mut Broker, id: ConnectionId, name: &str, first: &First) -> Vec<(String, bool)> {
    let mut all: Vec<_> = first.values.iter().map(|value| (data(value), false)).collect();
    let mut next = first.replay;
    while let Some(after) = next {
        let replay = broker.replay(at(9), id, &topic(name), after, 1);
        assert!(replay.pieces.len() <= 1, "piece by piece");
        all.extend(replay.pieces.iter().map(|(publication, gap)| (data(publication), *gap)));
        next = replay.next;
    }
    all
}

#[test]
fn who_resumes_is_given_what_it_missed_and_then_what_follows() {
    let mut broker = broker();
    for value in ["1", "2", "3"] {
        let _ = publish(&mut broker, 0, "t", value);
    }
    let id = broker.connect(Name("a"));
    let first = broker.subscribe(at(1), id, &wants("t"), resumed(1, 1)).expect("subscribed");
    broker.subscribe(at(1), id, &wants(">"), PLAIN).expect("subscribed");
    assert_eq!(heard(&publish(&mut broker, 2, "t", "4")), [""; 0], "it comes in its turn");
    let given = replayed(&mut broker, id, "t", &first);
    assert_eq!(given, ["2", "3", "4"].map(|value| (value.to_owned(), false)));
    assert_eq!(heard(&publish(&mut broker, 3, "t", "5")), ["a"]);
}

#[test]
fn who_comes_back_too_late_is_given_the_newest_and_told() {
    let history = History { count: 2, ..History::default() };
    let mut broker = Topics::new(Epoch::new(1), Limits { history, ..Limits::default() });
    for value in ["1", "2", "3", "4"] {
        let _ = publish(&mut broker, 0, "t", value);
    }
    let id = broker.connect(Name("a"));
    let mut check = |ask, expected: &[(&str, bool)]| {
        let first = broker.subscribe(at(1), id, &wants("t"), ask).expect("subscribed");
        let expected: Vec<_> = expected.iter().map(|(value, gap)| ((*value).to_owned(), *gap)).collect();
        assert_eq!(replayed(&mut broker, id, "t", &first), expected, "{ask:?}");
    };
    check(resumed(1, 2), &[("3", false), ("4", false)]);
    check(resumed(1, 4), &[]);
    check(resumed(1, 1), &[("4", true)]);
    check(resumed(1, 9), &[("4", true)]);
    check(resumed(1, u64::MAX), &[("4", true)]);
    check(resumed(2, 4), &[("4", true)]);
    check(Ask { resume: Some(Resume::First), ..PLAIN }, &[]);
    check(Ask { resume: Some(Resume::First), ..LATEST }, &[("4", false)]);
}

#[test]
fn history_is_bounded_by_number_bytes_and_age_but_the_newest_stays() {
    let history = History { count: 3, bytes: 1_000, age: Span::from_millis(10) };
    let mut broker = Topics::new(Epoch::new(1), Limits { history, ..Limits::default() });
    let held = |broker: &mut Broker, now| {
        let newest = broker.latest(at(now), &topic("t"), i64::MIN).expect("remembered").seq;
        let can = |seq: &u64| {
            let after = broker.memory.after(at(now), &topic("t"), *seq);
            matches!(after, After::Next(_) | After::Nothing)
        };
        newest + 1 - (0..=newest).find(can).expect("the newest at least")
    };
    for now in 0..5 {
        let _ = publish(&mut broker, now, "t", "1");
    }
    assert_eq!(held(&mut broker, 4), 4, "three can be replayed, after a fourth");
    assert_eq!(held(&mut broker, 12), 3);
    assert_eq!(held(&mut broker, 100), 2);
    let _ = publish(&mut broker, 101, "t", &format!("\"{}\"", "x".repeat(2_000)));
    assert_eq!(held(&mut broker, 101), 2);
}

#[test]
fn the_oldest_history_makes_room_before_any_topic_does() {
    let mut broker = Topics::new(Epoch::new(1), Limits { bytes: 2_000, ..Limits::default() });
    let data = format!("\"{}\"", "x".repeat(200));
    for name in ["a", "b", "a", "b", "a", "b"] {
        assert_eq!(publish(&mut broker, 0, name, &data).forgotten, 0);
        assert!(broker.sizes().bytes <= 2_000);
    }
    assert_eq!(broker.sizes().topics, 2);
    let newest = broker.latest(at(0), &topic("a"), i64::MIN).cloned().expect("remembered");
    assert_eq!(broker.memory.after(at(0), &topic("a"), 2), After::Next(newest));
    assert!(matches!(broker.memory.after(at(0), &topic("a"), 0), After::Gap(_)));
}

#[test]
fn a_rule_says_what_is_done_about_slow_readers_of_a_topic() {
    let rule = Rule { pattern: wants("a.>"), slow: Some(Slow::DropOldest), history: None };
    let mut broker: Broker = Topics::new(Epoch::new(1), Limits { rules: vec![rule], ..Limits::default() });
    let mut slow = |name| publish(&mut broker, 0, name, "1").publication.slow;
    assert_eq!(slow("a.b"), Slow::DropOldest);
    assert_eq!([slow("b"), slow("bQuery")], [Slow::Conflate, Slow::Disconnect]);
}

#[test]
fn the_number_of_subscribers_is_told_at_once_and_when_it_changes() {
    let mut broker = broker();
    let told = |publication: &Publication| (publication.topic.to_string(), data(publication));
    let changed = |broker: &mut Broker, now| -> Vec<(String, usize)> {
        let all = broker.changed_numbers(at(now));
        all.iter().map(|(publication, whom)| (data(publication), whom.len())).collect()
    };
    let [a, b, c] = ["a", "b", "c"].map(|name| broker.connect(Name(name)));
    let first = broker.watch(at(0), a, &topic("t")).expect("watched").expect("a number");
    assert_eq!(told(&first), ("t.numSubscribers".to_owned(), "0".to_owned()));
    assert_eq!(changed(&mut broker, 1), []);
    broker.subscribe(at(1), b, &wants("t"), PLAIN).expect("subscribed");
    broker.subscribe(at(1), b, &wants("*"), PLAIN).expect("subscribed");
    broker.subscribe(at(1), c, &wants(">"), PLAIN).expect("subscribed");
    let second = broker.watch(at(1), c, &topic("t")).expect("watched").expect("a number");
    assert_eq!(data(&second), "2", "each connection counts once");
    assert_eq!(changed(&mut broker, 2), [("2".to_owned(), 2)], "those who came before are told too");
    broker.subscribe(at(2), b, &wants("u"), PLAIN).expect("subscribed");
    assert_eq!(changed(&mut broker, 3), []);
    broker.disconnect(b);
    broker.unwatch(a, &topic("t"));
    assert_eq!(changed(&mut broker, 4), [("1".to_owned(), 1)]);
    broker.disconnect(c);
    assert_eq!((broker.sizes().subscriptions, changed(&mut broker, 5)), (0, vec![]));
}

#[test]
fn a_long_poll_that_resumes_is_told_what_it_skips() {
    let mut broker = broker();
    let t = topic("t");
    let after = |epoch, seq| Want::After(Resume::After(Cursor { epoch: Epoch::new(epoch), seq }));
    let found = |broker: &Broker, want| {
        broker.find(at(1), &t, want).map(|found| (data(&found.publication), found.skipped, found.gap))
    };
    let Wait::Waiting(_, None) = broker.wait(at(0), &t, Want::After(Resume::First), "new") else { panic!() };
    assert_eq!(publish(&mut broker, 0, "t", "1").waiters, ["new"]);
    for value in ["2", "3", "4"] {
        let _ = publish(&mut broker, 0, "t", value);
    }
    let four = |skipped, gap| Some(("4".to_owned(), skipped, gap));
    assert_eq!(found(&broker, Want::After(Resume::First)), four(0, false));
    assert_eq!(found(&broker, after(1, 3)), four(0, false));
    assert_eq!(found(&broker, after(1, 1)), four(2, false));
    assert_eq!(found(&broker, after(1, 0)), four(3, false));
    assert_eq!(found(&broker, after(2, 4)), four(3, true));
    assert_eq!(found(&broker, after(1, 9)), four(3, true));
    let Wait::Waiting(_, Some(5)) = broker.wait(at(1), &t, after(1, 4), "next") else { panic!("not yet") };
}

#[test]
fn the_latest_topics_come_by_their_last_publication() {
    let mut broker = broker();
    for name in ["a", "b", "a", "c"] {
        let _ = publish(&mut broker, 0, name, "1");
    }
    let names: Vec<&str> = broker.values(at(0), i64::MIN).map(|value| value.topic.as_str()).collect();
    assert_eq!(names, ["c", "a", "b"]);
}
