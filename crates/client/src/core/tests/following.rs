//! What is sent, and to whom what comes belongs.

use oriel_protocol::pubsub::{Cursor, Epoch, Pattern};

use crate::core::{Core, Received};
use crate::error::SubscribeError;
use crate::options::WhenFull;
use crate::update::{How, Update};

fn core() -> Core<&'static str> {
    Core::new(1 << 20, WhenFull::Refuse)
}

fn pattern(text: &str) -> Pattern {
    text.parse().expect(text)
}

fn frames(core: &mut Core<&'static str>) -> Vec<String> {
    let frames = std::iter::from_fn(|| core.next());
    frames.map(|frame| String::from_utf8(frame.text.to_vec()).expect("UTF-8")).collect()
}

fn heard(core: &mut Core<&'static str>, rest: &str) -> Option<(&'static str, Update)> {
    match core.received(&format!(r#"{{"type":"data",{rest}}}"#)) {
        Received::Update(whose, update) => Some((*whose, update)),
        Received::Nothing => None,
        other => panic!("{other:?}"),
    }
}

#[test]
fn every_connection_is_told_everything_from_where_it_was() {
    let mut core = core();
    core.subscribe(&pattern("t"), How::resume(), "t").expect("free");
    assert!(frames(&mut core).is_empty(), "there is no connection yet");
    core.connected();
    let first = r#"{"type":"subscribe","topic":"t","resume":true,"conflate":true}"#;
    assert_eq!(frames(&mut core), [first]);
    core.subscribe(&pattern("a.*"), How::latest(), "a").expect("free");
    let latest = r#"{"type":"subscribe","topic":"a.*","latest":true,"conflate":true}"#;
    assert_eq!(frames(&mut core), [latest]);
    let place = r#""epoch":"00000000000000ff","seq":7"#;
    let (whose, update) =
        heard(&mut core, &format!(r#""topic":"t","data":[1, 2],"timestamp":9,{place}"#)).expect("an update");
    let cursor = Some(Cursor { epoch: Epoch::new(255), seq: 7 });
    assert_eq!((whose, &*update.data, update.timestamp, update.cursor), ("t", "[1, 2]", 9, cursor));
    core.lost();
    core.connected();
    let again = format!(r#"{{"type":"subscribe","topic":"t","resume":{{{place}}},"conflate":true}}"#);
    assert_eq!(frames(&mut core), [again.as_str(), latest]);
}

#[test]
fn what_was_missed_without_a_place_is_a_gap_told_once() {
    let mut core = core();
    core.subscribe(&pattern("t"), How::default(), "t").expect("free");
    core.connected();
    frames(&mut core);
    let gap = |core: &mut Core<&'static str>, at: i64| {
        heard(core, &format!(r#""topic":"t","data":1,"timestamp":{at}"#)).map(|(_, update)| update.gap)
    };
    assert_eq!(gap(&mut core, 1), Some(false));
    core.lost();
    core.connected();
    assert_eq!((gap(&mut core, 2), gap(&mut core, 3)), (Some(true), Some(false)));
}

#[test]
fn a_remembered_value_that_is_known_comes_not_again_and_says_that_nothing_is_missing() {
    let mut core = core();
    core.subscribe(&pattern("t"), How::latest(), "t").expect("free");
    core.connected();
    frames(&mut core);
    let known = r#""topic":"t","data":1,"timestamp":1"#;
    assert!(heard(&mut core, known).is_some());
    core.lost();
    core.connected();
    assert_eq!(heard(&mut core, known), None);
    let next = heard(&mut core, r#""topic":"t","data":1,"timestamp":2"#);
    assert_eq!(next.map(|(_, update)| update.gap), Some(false));
}

#[test]
fn subscriptions_do_not_overlap_until_one_is_gone() {
    let mut core = core();
    core.connected();
    core.subscribe(&pattern("a.*"), How::default(), "one").expect("free");
    let refused = core.subscribe(&pattern("a.b"), How::default(), "two");
    assert_eq!(refused, Err(SubscribeError::Overlap(pattern("a.*"))));
    core.unsubscribe(&pattern("a.*"));
    core.subscribe(&pattern("a.b"), How::default(), "two").expect("free again");
    assert_eq!(
        frames(&mut core),
        [r#"{"type":"unsubscribe","topic":"a.*"}"#, r#"{"type":"subscribe","topic":"a.b","conflate":true}"#]
    );
    assert_eq!(heard(&mut core, r#""topic":"a.c","data":1,"timestamp":1"#), None);
    assert!(heard(&mut core, r#""topic":"a.b","data":1,"timestamp":1"#).is_some());
}

#[test]
fn what_no_broker_would_take_is_not_asked_for() {
    let mut core = core();
    for reserved in ["_latestTopics", "t.numSubscribers"] {
        assert_eq!(core.subscribe(&pattern(reserved), How::default(), "x"), Err(SubscribeError::Reserved));
    }
    assert_eq!(core.subscribe(&pattern("a.>"), How::resume(), "x"), Err(SubscribeError::Wildcard));
}

#[test]
fn other_frames_are_told_apart() {
    let mut core = core();
    let error = r#"{"type":"error","code":"forbidden","message":"no","topic":"t"}"#;
    let Received::Refused(refusal) = core.received(error) else { panic!("an error") };
    assert_eq!((&*refusal.code, &*refusal.message, &*refusal.topic), ("forbidden", "no", "t"));
    assert!(matches!(core.received(r#"{"type":"of tomorrow"}"#), Received::Nothing));
    for bad in ["", "{", "[]", r#"{"type":5}"#] {
        assert!(matches!(core.received(bad), Received::Unreadable), "{bad}");
    }
}
