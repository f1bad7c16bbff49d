//! Frames of clients, good and bad.

use super::*;
use crate::pubsub::Epoch;

fn topic(text: &str) -> Topic {
    text.parse().expect(text)
}

fn pattern(text: &str) -> Pattern {
    text.parse().expect(text)
}

fn check(frame: &str, expected: ClientFrame<'_>) {
    assert_eq!(ClientFrame::parse(frame), Ok(expected), "{frame}");
}

fn refused(frame: &str, code: Code) -> FrameError {
    let error = ClientFrame::parse(frame).expect_err(frame);
    assert_eq!(error.code, code, "{frame}: {}", error.message);
    error
}

#[test]
fn data_is_the_text_that_came_in() {
    for data in ["1", "null", "\"x\"", "[]", r#"{"a" : 1.50, "b":[1,2 ]}"#, r#""\u00e9\/""#, "1e400"] {
        let frame = format!(r#" {{"type":"publish","topic":"t","data": {data} }} "#);
        check(&frame, ClientFrame::Publish { topic: topic("t"), data });
    }
}

#[test]
fn missing_data_is_null() {
    check(r#"{"type":"publish","topic":"t"}"#, ClientFrame::Publish { topic: topic("t"), data: "null" });
}

#[test]
fn the_order_of_keys_and_unknown_keys_do_not_matter() {
    let frame = r#"{"data":1,"later":{"x":[]},"topic":"a\u0062c","type":"publ\u0069sh"}"#;
    check(frame, ClientFrame::Publish { topic: topic("abc"), data: "1" });
}

#[test]
fn what_is_written_is_read() {
    let t = topic("größe.\"\\");
    check(&publish(&t, "{}"), ClientFrame::Publish { topic: t.clone(), data: "{}" });
    let cursor = Cursor { epoch: Epoch::new(7), seq: 9 };
    for pattern in [t.into(), pattern("a.*.>")] {
        let resumes = [None, Some(Resume::First), Some(Resume::After(cursor))];
        for resume in resumes.into_iter().filter(|resume| resume.is_none() || pattern.topic().is_some()) {
            for (latest, conflate) in [(false, false), (true, false), (false, true)] {
                let ask = Ask { latest, resume, conflate };
                check(&subscribe(&pattern, ask), ClientFrame::Subscribe { pattern: pattern.clone(), ask });
            }
        }
        check(&unsubscribe(&pattern), ClientFrame::Unsubscribe { pattern });
    }
}

#[test]
fn written_frames_are_those_of_the_original() {
    assert_eq!(publish(&topic("t"), "[1, 2]"), r#"{"type":"publish","topic":"t","data":[1, 2]}"#);
    let plain = Ask::default();
    let latest = Ask { latest: true, ..plain };
    assert_eq!(subscribe(&pattern("t"), plain), r#"{"type":"subscribe","topic":"t"}"#);
    assert_eq!(subscribe(&pattern("t"), latest), r#"{"type":"subscribe","topic":"t","latest":true}"#);
    assert_eq!(unsubscribe(&pattern("t")), r#"{"type":"unsubscribe","topic":"t"}"#);
}

#[test]
fn what_is_no_json_object_is_refused() {
    for frame in
        ["", "hello", "{", "[]", "5", "null", r#"["publish","t",1]"#, r#"{"type":"publish"}x"#, "{'a':1}"]
    {
        refused(frame, Code::NotJson);
    }
}

#[test]
fn a_field_of_the_wrong_type_is_refused() {
    for frame in [
        r#"{"type":5}"#,
        r#"{"type":null}"#,
        r#"{"type":"publish","topic":["t"]}"#,
        r#"{"type":"subscribe","topic":"t","latest":"yes"}"#,
        r#"{"type":"publish","topic":"t","topic":"u"}"#,
    ] {
        refused(frame, Code::BadFrame);
    }
}

#[test]
fn an_unknown_type_is_refused_with_its_topic() {
    let error = refused(r#"{"type":"shout","topic":"t"}"#, Code::UnknownType);
    assert_eq!(error.topic.as_deref(), Some("t"));
    refused("{}", Code::UnknownType);
    refused(r#"{"type":"Publish","topic":"t"}"#, Code::UnknownType);
}

#[test]
fn a_topic_that_is_none_is_refused() {
    for frame in [
        r#"{"type":"publish","data":1}"#,
        r#"{"type":"publish","topic":""}"#,
        r#"{"type":"publish","topic":"a b"}"#,
        r#"{"type":"publish","topic":"a.*"}"#,
        r#"{"type":"subscribe"}"#,
        r#"{"type":"unsubscribe","topic":"\n"}"#,
    ] {
        refused(frame, Code::BadTopic);
    }
}

#[test]
fn the_brokers_topics_cannot_be_published_to() {
    refused(r#"{"type":"publish","topic":"_latestTopics","data":[]}"#, Code::ReservedTopic);
    refused(r#"{"type":"publish","topic":"t.numSubscribers","data":1}"#, Code::ReservedTopic);
}

#[test]
fn what_a_subscriber_asks_for_is_read() {
    let ask = |text: &str| match ClientFrame::parse(&format!(r#"{{"type":"subscribe","topic":"t"{text}}}"#)) {
        Ok(ClientFrame::Subscribe { ask, .. }) => ask,
        other => panic!("{text}: {other:?}"),
    };
    let plain = Ask::default();
    assert_eq!(ask(r#","resume":false,"conflate":false,"latest":null"#), plain);
    assert_eq!(ask(r#","resume":null,"conflate":true"#), Ask { conflate: true, ..plain });
    assert_eq!(ask(r#","resume":true"#), Ask { resume: Some(Resume::First), ..plain });
    let cursor = Cursor { epoch: Epoch::new(0xff), seq: 3 };
    let after = Ask { resume: Some(Resume::After(cursor)), ..plain };
    assert_eq!(ask(r#","resume":{"seq":3,"epoch":"00000000000000ff"}"#), after);
}

#[test]
fn a_place_that_is_none_and_a_wildcard_are_not_resumed() {
    for resume in
        ["1", "\"x\"", "{}", r#"{"epoch":"ff","seq":1}"#, r#"{"epoch":"00000000000000ff","seq":-1}"#]
    {
        refused(&format!(r#"{{"type":"subscribe","topic":"t","resume":{resume}}}"#), Code::BadResume);
    }
    refused(r#"{"type":"subscribe","topic":"a.*","resume":true}"#, Code::BadResume);
}

#[test]
fn the_brokers_topics_are_asked_for_by_their_own_types() {
    let t = topic("t");
    check(
        r#"{"type":"subscribeNumSubscribers","topic":"t"}"#,
        ClientFrame::SubscribeNumSubscribers { topic: t.clone() },
    );
    check(
        r#"{"type":"unsubscribeNumSubscribers","topic":"t"}"#,
        ClientFrame::UnsubscribeNumSubscribers { topic: t },
    );
    check(r#"{"type":"getLatestTopics"}"#, ClientFrame::GetLatestTopics);
    refused(r#"{"type":"subscribe","topic":"_latestTopics"}"#, Code::ReservedTopic);
    refused(r#"{"type":"subscribe","topic":"t.numSubscribers"}"#, Code::ReservedTopic);
    refused(r#"{"type":"subscribeNumSubscribers","topic":"a.*"}"#, Code::BadTopic);
    refused(r#"{"type":"subscribe","topic":"a*"}"#, Code::BadTopic);
}

#[test]
fn deep_nesting_harms_nobody() {
    let deep =
        format!(r#"{{"type":"publish","topic":"t","data":{}{}}}"#, "[".repeat(100_000), "]".repeat(100_000));
    assert!(ClientFrame::parse(&deep).is_ok());
    refused(&"{\"a\":".repeat(100_000), Code::NotJson);
}
