//! The name of a topic, checked once.

use std::borrow::Borrow;
use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

/// How long a topic's name may be.
pub const MAX_TOPIC_BYTES: usize = 255;

/// The end of the topics on which numbers of subscribers appear.
const SUBSCRIBERS: &str = ".numSubscribers";

/// A topic: 1 to 255 bytes of UTF-8 without control characters, white space, `*` or `>`.
/// Cloning it shares the name.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct Topic(Arc<str>);

/// Why a text is no topic.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
pub enum TopicError {
    /// Nothing at all.
    #[error("there is no topic")]
    Empty,
    /// More than [`MAX_TOPIC_BYTES`].
    #[error("a topic has at most {MAX_TOPIC_BYTES} bytes")]
    Long,
    /// A character that topics do not have.
    #[error("a topic has no control characters and no white space")]
    Character,
    /// `*` or `>`, which stand for other topics.
    #[error("a topic has no '*' and no '>'")]
    Wildcard,
}

impl Topic {
    /// The name.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether the topic is the broker's own: nobody else publishes to it.
    pub fn is_reserved(&self) -> bool {
        self.0.starts_with('_') || self.counted().is_some()
    }

    /// The topic on which the number of this one's subscribers appears, if its name is
    /// short enough to have one.
    pub fn num_subscribers(&self) -> Option<Topic> {
        [self.as_str(), SUBSCRIBERS].concat().parse().ok()
    }

    /// The name of what this topic tells the number of subscribers of, if it does.
    pub fn counted(&self) -> Option<&str> {
        self.0.strip_suffix(SUBSCRIBERS)
    }

    /// Whether the topic carries commands, none of which may replace another.
    pub fn is_command(&self) -> bool {
        self.0.ends_with("Query")
    }
}

impl FromStr for Topic {
    type Err = TopicError;

    fn from_str(text: &str) -> Result<Self, TopicError> {
        if text.is_empty() {
            return Err(TopicError::Empty);
        }
        if text.len() > MAX_TOPIC_BYTES {
            return Err(TopicError::Long);
        }
        if text.chars().any(|c| c.is_control() || c.is_whitespace()) {
            return Err(TopicError::Character);
        }
        if text.contains(['*', '>']) {
            return Err(TopicError::Wildcard);
        }
        Ok(Topic(text.into()))
    }
}

impl fmt::Display for Topic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl Borrow<str> for Topic {
    fn borrow(&self) -> &str {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, expected: Result<(), TopicError>) {
        assert_eq!(text.parse::<Topic>().map(|_| ()), expected, "{text:?}");
    }

    #[test]
    fn a_topic_is_any_text_without_blanks_and_wildcards() {
        for text in ["a", "twitter.topHashtags", "größe.✓", "_latestTopics", "a..b", ".", "\"\\"] {
            check(text, Ok(()));
        }
        check("", Err(TopicError::Empty));
        check(&"x".repeat(255), Ok(()));
        check(&"ü".repeat(128), Err(TopicError::Long));
        for text in ["a b", "a\n", "\u{7f}", "\u{85}", "a\u{a0}b", "\u{2028}", "\0"] {
            check(text, Err(TopicError::Character));
        }
        for text in ["*", "a.*", "a.>", ">"] {
            check(text, Err(TopicError::Wildcard));
        }
    }

    #[test]
    fn some_topics_are_the_brokers_and_some_carry_commands() {
        let topic = |text: &str| text.parse::<Topic>().expect(text);
        assert!(topic("_latestTopics").is_reserved());
        assert!(topic("twitter.numSubscribers").is_reserved());
        assert!(!topic("numSubscribers").is_reserved());
        assert!(!topic("a._b").is_reserved());
        assert!(topic("twitterQuery").is_command());
        assert!(!topic("twitter.query").is_command());
    }
}
