//! Any bytes as what clients and the broker say to each other: reading gives a message or
//! an error, never a panic, and what is written is read as the same. The first byte
//! chooses who reads.
#![no_main]

use std::borrow::Cow;

use libfuzzer_sys::fuzz_target;
use oriel_protocol::pubsub::{
    Beside, ClientFrame, Cursor, DataFrame, Epoch, Pattern, ServerFrame, Topic, Value, event, posted,
    publish, subscribe, unsubscribe, value, value_after,
};
use serde::Deserialize;
use serde_json::value::RawValue;

fuzz_target!(|data: &[u8]| {
    let Some((first, message)) = data.split_first() else { return };
    let text = str::from_utf8(message).unwrap_or_default();
    match first % 5 {
        0 => a_client_frame(text),
        1 => drop(ServerFrame::parse(text)),
        2 => a_pattern(text),
        3 => a_cursor(text),
        _ => a_body(message),
    }
});

fn a_client_frame(text: &str) {
    let read = ClientFrame::parse(text);
    let again = match &read {
        Ok(ClientFrame::Publish { topic, data }) => {
            a_delivery(topic, data);
            publish(topic, data)
        }
        Ok(ClientFrame::Subscribe { pattern, ask }) => subscribe(pattern, *ask),
        Ok(ClientFrame::Unsubscribe { pattern }) => unsubscribe(pattern),
        Ok(_) => return,
        Err(error) => {
            let text = error.text();
            let answer = ServerFrame::parse(&text).expect("an error is an answer");
            return assert!(matches!(answer, ServerFrame::Error { code, .. } if code == error.code.as_str()));
        }
    };
    assert_eq!(ClientFrame::parse(&again), read, "written as {again}");
}

/// Every subscriber reads what was published, and what it asked to be told besides.
fn a_delivery(topic: &Topic, data: &str) {
    let frame = DataFrame::new(topic, data, 1_493_619_720_000);
    let some = Some(Cursor { epoch: Epoch::new(u64::MAX), seq: data.len() as u64 });
    for (cursor, gap, skipped) in [(None, false, 0), (some, false, 0), (some, true, 0), (None, false, 7)] {
        let beside = Beside { cursor, gap, skipped };
        let mut tail = Vec::new();
        let (head, tail) = frame.with(&beside, &mut tail);
        let text = [head, tail].concat();
        let read = ServerFrame::parse(str::from_utf8(&text).expect("text")).expect("a frame");
        let topic = topic.as_str().into();
        assert_eq!(read, ServerFrame::Data { topic, data, timestamp: frame.timestamp(), beside });
    }
    let body = value(&frame);
    let read: Value<'_> = serde_json::from_slice(&body).expect("a poll reads what was published");
    assert_eq!((read.timestamp, read.data.get()), (frame.timestamp(), data));
    let cursor = Cursor { epoch: Epoch::new(1), seq: data.len() as u64 };
    let body = value_after(&frame, cursor, 7, true);
    let read: Place<'_> = serde_json::from_slice(&body).expect("a poll that resumes, too");
    assert_eq!((read.data.get(), read.seq, read.skipped, read.gap), (data, cursor.seq, 7, true));
    an_event(topic, data, &frame, cursor);
}

/// What a poll reads that resumes.
#[derive(Deserialize)]
struct Place<'a> {
    #[serde(borrow)]
    data: &'a RawValue,
    seq: u64,
    skipped: u64,
    gap: bool,
}

/// What a browser reads of an event.
#[derive(Deserialize)]
struct Event<'a> {
    #[serde(borrow)]
    topic: Cow<'a, str>,
    #[serde(borrow)]
    data: &'a RawValue,
}

/// The lines of an event are one JSON object and nothing besides.
fn an_event(topic: &Topic, data: &str, frame: &DataFrame, cursor: Cursor) {
    let mut text = Vec::new();
    event(topic, frame, &Beside { cursor: Some(cursor), ..Beside::default() }, &mut text);
    let text = String::from_utf8(text).expect("text");
    let mut lines = text.strip_suffix("\n\n").expect("an event ends with an empty line").split('\n');
    assert_eq!(lines.next(), Some(&*format!("id: {cursor}")));
    let lines: Vec<&str> = lines.map(|line| line.strip_prefix("data: ").expect("a line of data")).collect();
    let text = lines.join("\n");
    let read: Event<'_> = serde_json::from_str(&text).expect("an object");
    assert_eq!((&*read.topic, read.data.get()), (topic.as_str(), &*data.replace('\r', "\n")));
}

/// A pattern, a line break, and a topic that it may match.
fn a_pattern(text: &str) {
    let (pattern, topic) = text.split_once('\n').unwrap_or((text, ""));
    let Ok(read) = pattern.parse::<Pattern>() else { return };
    assert_eq!(read.as_str(), pattern);
    let Ok(topic) = topic.parse::<Topic>() else { return };
    let (wanted, given): (Vec<_>, Vec<_>) =
        (pattern.split('.').collect(), topic.as_str().split('.').collect());
    let expected = if topic.is_reserved() { topic.as_str() == pattern } else { means(&wanted, &given) };
    assert_eq!(read.matches(&topic), expected, "{pattern} and {topic}");
}

fn means(pattern: &[&str], topic: &[&str]) -> bool {
    match (pattern, topic) {
        ([], []) | ([">"], [_, ..]) => true,
        ([token, pattern @ ..], [other, topic @ ..]) => {
            (*token == "*" || token == other) && means(pattern, topic)
        }
        _ => false,
    }
}

fn a_cursor(text: &str) {
    let Ok(read) = text.parse::<Cursor>() else { return };
    assert_eq!(read.to_string().parse(), Ok(read));
    assert!(read.to_string().eq_ignore_ascii_case(text) || text.contains(":0"), "{text}");
}

fn a_body(body: &[u8]) {
    match posted(body) {
        Ok(data) => drop(serde_json::from_str::<&RawValue>(data).expect("JSON")),
        Err(error) => assert!(!error.is_empty()),
    }
}
