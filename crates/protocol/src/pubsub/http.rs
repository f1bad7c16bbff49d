//! The bodies of pub/sub over HTTP.

use bytes::Bytes;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use super::{Beside, Cursor, CursorError, DataFrame, Resume, Topic};

/// One topic in the list of topics.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct TopicEntry {
    /// Its name.
    pub topic: String,
    /// When it was last published to, in epoch milliseconds.
    #[serde(rename = "lastUpdated")]
    pub last_updated: i64,
}

/// A topic's value as a client reads it.
#[derive(Clone, Copy, Debug, Deserialize)]
pub struct Value<'a> {
    /// When it was published, in epoch milliseconds.
    pub timestamp: i64,
    /// The text of a JSON value.
    #[serde(borrow)]
    pub data: &'a RawValue,
}

/// The query of `GET .../topics` and `GET .../topics/{topic}`.
#[derive(Clone, PartialEq, Eq, Debug, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct PollQuery {
    /// Only what has a larger timestamp, in epoch milliseconds.
    pub later_than: i64,
    /// Wait for it if it is not there.
    pub poll: bool,
    /// For how many milliseconds.
    pub timeout: Option<u64>,
    /// `EPOCH:SEQ`, from where to resume; empty at a first visit.
    pub after: Option<String>,
}

impl PollQuery {
    /// From where to resume, if that is asked for.
    ///
    /// # Errors
    /// When it is no place in a topic.
    pub fn resume(&self) -> Result<Option<Resume>, CursorError> {
        let Some(after) = &self.after else { return Ok(None) };
        if after.is_empty() {
            return Ok(Some(Resume::First));
        }
        after.parse().map(|cursor| Some(Resume::After(cursor)))
    }
}

/// The query of `GET .../events`.
#[derive(Clone, PartialEq, Eq, Debug, Deserialize)]
pub struct EventsQuery {
    /// Of which topic.
    pub topic: String,
    /// The remembered value first, for who does not resume.
    #[serde(default)]
    pub latest: bool,
}

impl Default for PollQuery {
    fn default() -> Self {
        PollQuery { later_than: i64::MIN, poll: false, timeout: None, after: None }
    }
}

/// Reads the body of a POST: the text of one JSON value.
///
/// # Errors
/// What is wrong with it, for people.
pub fn posted(body: &[u8]) -> Result<&str, String> {
    match serde_json::from_slice::<&RawValue>(body) {
        Ok(data) => Ok(data.get()),
        Err(_) if body.trim_ascii().is_empty() => Err("the body is empty; it has to be JSON".to_owned()),
        Err(error) => Err(format!("the body is no JSON: {error}")),
    }
}

/// The body of a list of topics.
pub fn topic_list(topics: &[TopicEntry]) -> String {
    serde_json::to_string(topics).expect("texts and numbers always serialise")
}

/// The body of a topic's value.
pub fn value(frame: &DataFrame) -> Bytes {
    let timestamp = frame.timestamp().to_string();
    let parts: [&[u8]; 5] = [b"{\"timestamp\":", timestamp.as_bytes(), b",\"data\":", &frame.data(), b"}"];
    parts.concat().into()
}

/// The body of a topic's value for who resumes: where it is, how many publications were
/// skipped, and whether there may have been more.
pub fn value_after(frame: &DataFrame, cursor: Cursor, skipped: u64, gap: bool) -> Bytes {
    let mut body = value(frame).to_vec();
    body.pop();
    let Cursor { epoch, seq } = cursor;
    let gap = if gap { ",\"gap\":true" } else { "" };
    body.extend_from_slice(
        format!(",\"epoch\":\"{epoch}\",\"seq\":{seq},\"skipped\":{skipped}{gap}}}").as_bytes(),
    );
    body.into()
}

/// A publication as a server-sent event, after an event `gap` where something before it
/// is lost.
pub fn event(topic: &Topic, frame: &DataFrame, beside: &Beside, into: &mut Vec<u8>) {
    let name = super::server::quoted(topic.as_str());
    if beside.gap {
        let parts = [b"event: gap\ndata: {\"topic\":", name.as_bytes(), b"}\n\n"];
        parts.iter().for_each(|part| into.extend_from_slice(part));
    }
    if let Some(cursor) = beside.cursor {
        into.extend_from_slice(format!("id: {cursor}\n").as_bytes());
    }
    let mut body = ["{\"topic\":", &name, ",\"data\":"].concat().into_bytes();
    body.extend_from_slice(&frame.data());
    body.extend_from_slice(format!(",\"timestamp\":{}", frame.timestamp()).as_bytes());
    Beside { skipped: beside.skipped, ..Beside::default() }.write(&mut body);
    body.push(b'}');
    // A value may be written on several lines, an event's field may not.
    for line in body.split(|byte| matches!(byte, b'\n' | b'\r')) {
        into.extend_from_slice(b"data: ");
        into.extend_from_slice(line);
        into.push(b'\n');
    }
    into.push(b'\n');
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pubsub::Epoch;

    #[test]
    fn who_resumes_is_told_where_it_is() {
        let frame = DataFrame::new(&"t".parse().expect("topic"), "1", 9);
        let cursor = Cursor { epoch: Epoch::new(255), seq: 7 };
        let place = r#""epoch":"00000000000000ff","seq":7"#;
        let expected = format!(r#"{{"timestamp":9,"data":1,{place},"skipped":2}}"#);
        assert_eq!(value_after(&frame, cursor, 2, false), expected);
        let expected = format!(r#"{{"timestamp":9,"data":1,{place},"skipped":0,"gap":true}}"#);
        assert_eq!(value_after(&frame, cursor, 0, true), expected);
    }

    #[test]
    fn an_event_has_its_place_as_id_and_a_line_for_each_of_the_values() {
        let topic: Topic = "t".parse().expect("topic");
        let text = |data: &str, beside: &Beside| {
            let mut text = Vec::new();
            event(&topic, &DataFrame::new(&topic, data, 9), beside, &mut text);
            String::from_utf8(text).expect("UTF-8")
        };
        let cursor = Some(Cursor { epoch: Epoch::new(255), seq: 7 });
        let event = "id: 00000000000000ff:7\ndata: {\"topic\":\"t\",\"data\":1,\"timestamp\":9}\n\n";
        assert_eq!(text("1", &Beside { cursor, ..Beside::default() }), event);
        let gap = "event: gap\ndata: {\"topic\":\"t\"}\n\n";
        assert_eq!(text("1", &Beside { cursor, gap: true, skipped: 0 }), [gap, event].concat());
        let lines =
            "data: {\"topic\":\"t\",\"data\":[1,\ndata: \ndata: 2],\"timestamp\":9,\"skipped\":3}\n\n";
        assert_eq!(text("[1,\r\n2]", &Beside { skipped: 3, ..Beside::default() }), lines);
    }

    #[test]
    fn a_poll_resumes_from_a_place_or_for_the_first_time() {
        let resume = |after: Option<&str>| {
            PollQuery { after: after.map(str::to_owned), ..PollQuery::default() }.resume()
        };
        assert_eq!(resume(None), Ok(None));
        assert_eq!(resume(Some("")), Ok(Some(Resume::First)));
        let cursor = Cursor { epoch: Epoch::new(1), seq: 2 };
        assert_eq!(resume(Some("0000000000000001:2")), Ok(Some(Resume::After(cursor))));
        assert!(resume(Some("1")).is_err());
    }

    #[test]
    fn bodies_are_those_of_the_original() {
        let entry = TopicEntry { topic: "a\"b".to_owned(), last_updated: 7 };
        assert_eq!(topic_list(&[]), "[]");
        assert_eq!(topic_list(&[entry]), r#"[{"topic":"a\"b","lastUpdated":7}]"#);
        let frame = DataFrame::new(&"t".parse().expect("topic"), r#"{"a": 1}"#, 9);
        assert_eq!(value(&frame), r#"{"timestamp":9,"data":{"a": 1}}"#);
    }

    #[test]
    fn a_posted_body_is_one_json_value() {
        assert_eq!(posted(b" {\"a\": 1}\n"), Ok("{\"a\": 1}"));
        assert_eq!(posted(b"null"), Ok("null"));
        for body in [b"".as_slice(), b" \n", b"{", b"1 2", b"hello", b"\"\xff\""] {
            assert!(posted(body).is_err(), "{body:?}");
        }
    }

    #[test]
    fn a_client_reads_what_is_written() {
        let frame = DataFrame::new(&"t".parse().expect("topic"), "[1, 2]", 9);
        let body = value(&frame);
        let read: Value<'_> = serde_json::from_slice(&body).expect("a value");
        assert_eq!((read.timestamp, read.data.get()), (9, "[1, 2]"));
    }
}
