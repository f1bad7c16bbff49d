//! Frames from a client to the broker, written and read.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use super::{Code, Cursor, FrameError, Pattern, PatternError, Resume, Topic, TopicError};

/// What a client asks for. `data` is a part of the frame's text.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum ClientFrame<'a> {
    /// Send `data`, the text of a JSON value, to everyone who listens to the topic.
    Publish {
        /// Where to.
        topic: Topic,
        /// What: the very text that was in the frame.
        data: &'a str,
    },
    /// Send me every publication of these topics from now on.
    Subscribe {
        /// Of what.
        pattern: Pattern,
        /// And how.
        ask: Ask,
    },
    /// Send me none any more.
    Unsubscribe {
        /// Of what.
        pattern: Pattern,
    },
    /// Send me the number of the topic's subscribers, now and when it changes.
    SubscribeNumSubscribers {
        /// Of what.
        topic: Topic,
    },
    /// Send me that no more.
    UnsubscribeNumSubscribers {
        /// Of what.
        topic: Topic,
    },
    /// Send me the names of the topics published to last.
    GetLatestTopics,
}

/// How a subscriber wants what it gets.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Ask {
    /// The remembered value first.
    pub latest: bool,
    /// Numbered, from where it was.
    pub resume: Option<Resume>,
    /// With the number of values that a newer one has replaced.
    pub conflate: bool,
}

/// A frame as it is written. Absent texts are empty, an absent value is none: the
/// original's codec leaves nulls out.
#[derive(Deserialize)]
struct Written<'a> {
    #[serde(rename = "type", borrow, default)]
    kind: Cow<'a, str>,
    #[serde(borrow, default)]
    topic: Cow<'a, str>,
    #[serde(borrow, default)]
    data: Option<&'a RawValue>,
    #[serde(default)]
    latest: Option<bool>,
    #[serde(borrow, default)]
    resume: Option<&'a RawValue>,
    #[serde(default)]
    conflate: Option<bool>,
}

/// Where to resume from, as it is written.
#[derive(Serialize, Deserialize)]
#[serde(untagged)]
enum From {
    First(bool),
    After(Cursor),
}

/// What a frame of an unknown type is told.
const KINDS: &str = "the frame's type is none of publish, subscribe, unsubscribe, \
                     subscribeNumSubscribers, unsubscribeNumSubscribers and getLatestTopics";

impl<'a> ClientFrame<'a> {
    /// Reads a frame. The error is the answer it deserves.
    pub fn parse(text: &'a str) -> Result<Self, FrameError> {
        // A JSON array would be taken for the fields of a frame in their order.
        if !text.trim_ascii_start().starts_with('{') {
            return Err(FrameError::new(Code::NotJson, "a frame is a JSON object", None));
        }
        let written: Written<'a> = serde_json::from_str(text).map_err(|error| {
            let code = if error.is_data() { Code::BadFrame } else { Code::NotJson };
            FrameError::new(code, error.to_string(), None)
        })?;
        written.understand()
    }
}

impl<'a> Written<'a> {
    fn understand(self) -> Result<ClientFrame<'a>, FrameError> {
        match &*self.kind {
            "publish" => self.publish(),
            "subscribe" => self.subscribe(),
            "unsubscribe" => Ok(ClientFrame::Unsubscribe { pattern: self.pattern()? }),
            "subscribeNumSubscribers" => Ok(ClientFrame::SubscribeNumSubscribers { topic: self.topic()? }),
            "unsubscribeNumSubscribers" => {
                Ok(ClientFrame::UnsubscribeNumSubscribers { topic: self.topic()? })
            }
            "getLatestTopics" => Ok(ClientFrame::GetLatestTopics),
            "" => Err(self.error(Code::UnknownType, "the frame has no type")),
            _ => Err(self.error(Code::UnknownType, KINDS)),
        }
    }

    fn publish(self) -> Result<ClientFrame<'a>, FrameError> {
        let topic = self.topic()?;
        if topic.is_reserved() {
            let says = "topics that start with '_' or end in '.numSubscribers' are the broker's own";
            return Err(self.error(Code::ReservedTopic, says));
        }
        Ok(ClientFrame::Publish { topic, data: self.data.map_or("null", RawValue::get) })
    }

    fn subscribe(self) -> Result<ClientFrame<'a>, FrameError> {
        let pattern = self.pattern()?;
        if pattern.topic().is_some_and(Topic::is_reserved) {
            let says = "topics of the broker's own are not subscribed to: \
                        use subscribeNumSubscribers and getLatestTopics";
            return Err(self.error(Code::ReservedTopic, says));
        }
        let resume = self.resume()?;
        if resume.is_some() && pattern.topic().is_none() {
            return Err(self.error(Code::BadResume, "one topic can be resumed, a wildcard cannot"));
        }
        let ask = Ask { latest: self.latest == Some(true), resume, conflate: self.conflate == Some(true) };
        Ok(ClientFrame::Subscribe { pattern, ask })
    }

    fn resume(&self) -> Result<Option<Resume>, FrameError> {
        let Some(written) = self.resume else { return Ok(None) };
        match serde_json::from_str(written.get()) {
            Ok(From::First(first)) => Ok(first.then_some(Resume::First)),
            Ok(From::After(cursor)) => Ok(Some(Resume::After(cursor))),
            Err(_) => {
                let says = "resume is true or {\"epoch\":E,\"seq\":N} as data frames carry them";
                Err(self.error(Code::BadResume, says))
            }
        }
    }

    fn pattern(&self) -> Result<Pattern, FrameError> {
        self.topic.parse().map_err(|error: PatternError| self.error(Code::BadTopic, &error.to_string()))
    }

    fn topic(&self) -> Result<Topic, FrameError> {
        self.topic.parse().map_err(|error: TopicError| self.error(Code::BadTopic, &error.to_string()))
    }

    fn error(&self, code: Code, message: &str) -> FrameError {
        FrameError::new(code, message, Some(&self.topic))
    }
}

/// The text of a `publish` frame; `data` must be the text of a JSON value.
pub fn publish(topic: &Topic, data: &str) -> String {
    let name = super::server::quoted(topic.as_str());
    ["{\"type\":\"publish\",\"topic\":", &name, ",\"data\":", data, "}"].concat()
}

#[derive(Serialize, Default)]
struct Sent<'a> {
    #[serde(rename = "type")]
    kind: &'a str,
    topic: &'a str,
    #[serde(skip_serializing_if = "is_false")]
    latest: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    resume: Option<From>,
    #[serde(skip_serializing_if = "is_false")]
    conflate: bool,
}

/// The text of a `subscribe` frame.
pub fn subscribe(pattern: &Pattern, ask: Ask) -> String {
    let resume = ask.resume.map(|resume| match resume {
        Resume::First => From::First(true),
        Resume::After(cursor) => From::After(cursor),
    });
    let Ask { latest, conflate, .. } = ask;
    written(&Sent { kind: "subscribe", topic: pattern.as_str(), latest, resume, conflate })
}

/// The text of an `unsubscribe` frame.
pub fn unsubscribe(pattern: &Pattern) -> String {
    written(&Sent { kind: "unsubscribe", topic: pattern.as_str(), ..Sent::default() })
}

fn written(sent: &Sent<'_>) -> String {
    serde_json::to_string(sent).expect("texts, flags and numbers always serialise")
}

fn is_false(flag: &bool) -> bool {
    !flag
}

#[cfg(test)]
mod tests;
