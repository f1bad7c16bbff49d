//! The bodies of pub/sub over HTTP.

use bytes::Bytes;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use super::DataFrame;

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
    /// `EPOCH:SEQ`, from where to resume.
    pub after: Option<String>,
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

#[cfg(test)]
mod tests {
    use super::*;

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
