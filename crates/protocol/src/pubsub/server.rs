//! Frames from the broker to a client, written and read.

use std::borrow::Cow;
use std::io::Write;
use std::ops::Range;

use bytes::Bytes;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use super::{Cursor, Epoch, Topic};

/// A publication that has no timestamp yet: the longer part of the work is done, so
/// that whoever hands out timestamps under a lock has little left to do.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Draft {
    text: Vec<u8>,
    data: Range<usize>,
}

/// The bytes of a timestamp of our days, for which a draft keeps room.
const DIGITS: usize = 13;

/// What follows the data.
const TAIL: &[u8] = b",\"timestamp\":";

impl Draft {
    /// Writes all but the timestamp; `data` must be the text of a JSON value.
    pub fn new(topic: &Topic, data: &str) -> Self {
        let head = ["{\"type\":\"data\",\"topic\":", &quoted(topic.as_str()), ",\"data\":"].concat();
        let (start, end) = (head.len(), head.len() + data.len());
        let mut text = Vec::with_capacity(end + TAIL.len() + DIGITS + 1);
        for part in [head.as_bytes(), data.as_bytes(), TAIL] {
            text.extend_from_slice(part);
        }
        Draft { text, data: start..end }
    }

    /// The frame as it was published at that time, in epoch milliseconds.
    pub fn stamp(mut self, timestamp: i64) -> DataFrame {
        self.text.extend_from_slice(timestamp.to_string().as_bytes());
        self.text.push(b'}');
        DataFrame { text: self.text.into(), data: self.data, timestamp }
    }
}

/// A publication as every subscriber gets it. It is written once; clones share the bytes.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct DataFrame {
    text: Bytes,
    data: Range<usize>,
    timestamp: i64,
}

impl DataFrame {
    /// Writes the frame; `data` must be the text of a JSON value.
    pub fn new(topic: &Topic, data: &str, timestamp: i64) -> Self {
        Draft::new(topic, data).stamp(timestamp)
    }

    /// The whole frame.
    pub fn text(&self) -> &str {
        std::str::from_utf8(&self.text).unwrap_or_default()
    }

    /// The whole frame, to be shared.
    pub fn bytes(&self) -> &Bytes {
        &self.text
    }

    /// The published value, sharing the frame's bytes.
    pub fn data(&self) -> Bytes {
        self.text.slice(self.data.clone())
    }

    /// When it was published, in epoch milliseconds.
    pub fn timestamp(&self) -> i64 {
        self.timestamp
    }

    /// The frame in two parts, the shared bytes and what one subscriber gets besides.
    /// `tail` is where the second part is written.
    pub fn with<'t>(&'t self, beside: &Beside, tail: &'t mut Vec<u8>) -> (&'t [u8], &'t [u8]) {
        tail.clear();
        if *beside == Beside::default() {
            return (&self.text, tail);
        }
        beside.write(tail);
        tail.push(b'}');
        (&self.text[..self.text.len() - 1], tail)
    }
}

/// The answer to a question for the latest topics.
pub fn latest_topics<'t>(names: impl Iterator<Item = &'t str>, timestamp: i64) -> String {
    let names = serde_json::to_string(&names.collect::<Vec<_>>()).expect("texts always serialise");
    format!(r#"{{"type":"data","topic":"_latestTopics","data":{names},"timestamp":{timestamp}}}"#)
}

/// What one subscriber asked to be told besides.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Beside {
    /// Which publication of its topic it is.
    pub cursor: Option<Cursor>,
    /// Something before it is lost to this subscriber, nobody knows how much.
    pub gap: bool,
    /// Publications of its topic just before it that were left out.
    pub skipped: u64,
}

impl Beside {
    /// Appends the fields, each with a comma before it.
    pub(super) fn write(&self, into: &mut Vec<u8>) {
        let Beside { cursor, gap, skipped } = self;
        // Writing into a vector never fails.
        if let Some(Cursor { epoch, seq }) = cursor {
            let _ = write!(into, ",\"epoch\":\"{epoch}\",\"seq\":{seq}");
        }
        if *gap {
            let _ = write!(into, ",\"gap\":true");
        }
        if *skipped > 0 {
            let _ = write!(into, ",\"skipped\":{skipped}");
        }
    }
}

/// A JSON string.
pub(super) fn quoted(text: &str) -> String {
    serde_json::to_string(text).expect("a text always serialises")
}

/// What is wrong with a client's frame.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Code {
    /// The frame is not the text of a JSON object.
    NotJson,
    /// A field has a type it cannot have, or comes twice.
    BadFrame,
    /// The type is missing or unknown.
    UnknownType,
    /// The topic is missing or none.
    BadTopic,
    /// The topic is the broker's own.
    ReservedTopic,
    /// The place to resume from is none, or is asked for a wildcard.
    BadResume,
    /// The connection's token does not allow it.
    Forbidden,
    /// The connection has as many subscriptions as it may.
    TooManySubscriptions,
    /// The frame is larger than a message may be; the connection is closed.
    TooLarge,
    /// Too many bad frames came; the connection is closed.
    TooManyErrors,
}

impl Code {
    /// The code as it is written.
    pub fn as_str(self) -> &'static str {
        match self {
            Code::NotJson => "notJson",
            Code::BadFrame => "badFrame",
            Code::UnknownType => "unknownType",
            Code::BadTopic => "badTopic",
            Code::ReservedTopic => "reservedTopic",
            Code::BadResume => "badResume",
            Code::Forbidden => "forbidden",
            Code::TooManySubscriptions => "tooManySubscriptions",
            Code::TooLarge => "tooLarge",
            Code::TooManyErrors => "tooManyErrors",
        }
    }
}

/// The answer to a bad frame.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct FrameError {
    /// What is wrong, for programs.
    pub code: Code,
    /// What is wrong, for people.
    pub message: String,
    /// The frame's topic, if it had one.
    pub topic: Option<String>,
}

#[derive(Serialize)]
struct WrittenError<'a> {
    #[serde(rename = "type")]
    kind: &'a str,
    code: &'a str,
    message: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    topic: Option<&'a str>,
}

/// How much of a topic that is none an error repeats.
const SHOWN: usize = super::MAX_TOPIC_BYTES;

impl FrameError {
    /// An error about a frame; an empty topic is none.
    pub fn new(code: Code, message: impl Into<String>, topic: Option<&str>) -> Self {
        let topic = topic.filter(|topic| !topic.is_empty());
        FrameError {
            code,
            message: message.into(),
            topic: topic.map(|all| all.chars().take(SHOWN).collect()),
        }
    }

    /// The text of the frame.
    pub fn text(&self) -> String {
        let FrameError { code, message, topic } = self;
        let written = WrittenError { kind: "error", code: code.as_str(), message, topic: topic.as_deref() };
        serde_json::to_string(&written).expect("texts always serialise")
    }
}

/// What a client gets from the broker.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum ServerFrame<'a> {
    /// A publication.
    Data {
        /// Of which topic.
        topic: Cow<'a, str>,
        /// The text of a JSON value.
        data: &'a str,
        /// When it was published, in epoch milliseconds.
        timestamp: i64,
        /// What was asked to be told besides.
        beside: Beside,
    },
    /// Something this client sent was wrong.
    Error {
        /// What, for programs.
        code: Cow<'a, str>,
        /// What, for people.
        message: Cow<'a, str>,
        /// About which topic, or empty.
        topic: Cow<'a, str>,
    },
    /// Something of a later version: to be passed over.
    Other,
}

#[derive(Deserialize)]
struct Read<'a> {
    #[serde(rename = "type", borrow, default)]
    kind: Cow<'a, str>,
    #[serde(borrow, default)]
    topic: Cow<'a, str>,
    #[serde(borrow, default)]
    data: Option<&'a RawValue>,
    #[serde(default)]
    timestamp: i64,
    #[serde(default)]
    epoch: Option<Epoch>,
    #[serde(default)]
    seq: u64,
    #[serde(default)]
    gap: bool,
    #[serde(default)]
    skipped: u64,
    #[serde(borrow, default)]
    code: Cow<'a, str>,
    #[serde(borrow, default)]
    message: Cow<'a, str>,
}

impl<'a> ServerFrame<'a> {
    /// Reads a frame; `None` if it is not JSON or its fields have other types.
    pub fn parse(text: &'a str) -> Option<Self> {
        if !text.trim_ascii_start().starts_with('{') {
            return None;
        }
        let read: Read<'a> = serde_json::from_str(text).ok()?;
        Some(match &*read.kind {
            "data" => read.data(),
            "error" => ServerFrame::Error { code: read.code, message: read.message, topic: read.topic },
            _ => ServerFrame::Other,
        })
    }
}

impl<'a> Read<'a> {
    fn data(self) -> ServerFrame<'a> {
        let Read { topic, data, timestamp, epoch, seq, gap, skipped, .. } = self;
        let cursor = epoch.map(|epoch| Cursor { epoch, seq });
        let beside = Beside { cursor, gap, skipped };
        ServerFrame::Data { topic, data: data.map_or("null", RawValue::get), timestamp, beside }
    }
}

#[cfg(test)]
mod tests;
