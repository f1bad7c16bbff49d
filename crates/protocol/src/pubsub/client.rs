//! Frames from a client to the broker, written and read.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use super::{Code, FrameError, Topic, TopicError};

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
    /// Send me every publication of the topic from now on.
    Subscribe {
        /// Of what.
        topic: Topic,
        /// The remembered value first.
        latest: bool,
    },
    /// Send me none any more.
    Unsubscribe {
        /// Of what.
        topic: Topic,
    },
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
            "unsubscribe" => Ok(ClientFrame::Unsubscribe { topic: self.subscribed()? }),
            "subscribeNumSubscribers" | "unsubscribeNumSubscribers" | "getLatestTopics" => {
                Err(self.unsupported(&format!("type '{}'", self.kind)))
            }
            "" => Err(self.error(Code::UnknownType, "the frame has no type")),
            _ => Err(self
                .error(Code::UnknownType, "the frame's type is none of publish, subscribe and unsubscribe")),
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
        let topic = self.subscribed()?;
        if self.resume.is_some_and(|resume| resume.get() != "false") {
            return Err(self.unsupported("resume"));
        }
        if self.conflate == Some(true) {
            return Err(self.unsupported("conflate"));
        }
        if topic.is_reserved() {
            return Err(self.unsupported("a topic of the broker's own"));
        }
        Ok(ClientFrame::Subscribe { topic, latest: self.latest == Some(true) })
    }

    fn subscribed(&self) -> Result<Topic, FrameError> {
        match self.topic.parse::<Topic>() {
            Err(TopicError::Wildcard) => Err(self.unsupported("a wildcard")),
            _ => self.topic(),
        }
    }

    fn topic(&self) -> Result<Topic, FrameError> {
        self.topic.parse().map_err(|error: TopicError| self.error(Code::BadTopic, &error.to_string()))
    }

    fn unsupported(&self, what: &str) -> FrameError {
        self.error(Code::Unsupported, &format!("{what} is not in this version"))
    }

    fn error(&self, code: Code, message: &str) -> FrameError {
        FrameError::new(code, message, Some(&self.topic))
    }
}

#[derive(Serialize)]
struct Ask<'a> {
    #[serde(rename = "type")]
    kind: &'a str,
    topic: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    latest: Option<bool>,
}

/// The text of a `publish` frame; `data` must be the text of a JSON value.
pub fn publish(topic: &Topic, data: &str) -> String {
    let name = super::server::quoted(topic.as_str());
    ["{\"type\":\"publish\",\"topic\":", &name, ",\"data\":", data, "}"].concat()
}

/// The text of a `subscribe` frame, with the remembered value first or without it.
pub fn subscribe(topic: &Topic, latest: bool) -> String {
    ask("subscribe", topic, latest.then_some(true))
}

/// The text of an `unsubscribe` frame.
pub fn unsubscribe(topic: &Topic) -> String {
    ask("unsubscribe", topic, None)
}

fn ask(kind: &str, topic: &Topic, latest: Option<bool>) -> String {
    let ask = Ask { kind, topic: topic.as_str(), latest };
    serde_json::to_string(&ask).expect("texts and a flag always serialise")
}

#[cfg(test)]
mod tests;
