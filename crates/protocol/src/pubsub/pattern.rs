//! Topics with wildcards, as subscriptions and rights have them.

use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use super::{Topic, TopicError};

/// What stands for one token.
const ONE: &str = "*";

/// What stands for the rest, one token or more.
const REST: &str = ">";

/// How many tokens a pattern with wildcards may have: each is kept by itself.
const MAX_TOKENS: usize = 32;

/// A topic, or many: a token `*` stands for any one token between dots, a last token
/// `>` for all that follow, at least one. The broker's own topics match no wildcard.
///
/// ```
/// use oriel_protocol::pubsub::{Pattern, Topic};
/// let pattern: Pattern = "ads.*.>".parse().unwrap();
/// let matches = |topic: &str| pattern.matches(&topic.parse::<Topic>().unwrap());
/// assert!(matches("ads.eu.clicks") && matches("ads.eu.clicks.total"));
/// assert!(!matches("ads.eu") && !matches("ads"));
/// ```
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct Pattern(Shape);

#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
enum Shape {
    Topic(Topic),
    Wild(Arc<str>),
}

/// Why a text is no pattern.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
pub enum PatternError {
    /// It is no topic either, for another reason than its wildcards.
    #[error(transparent)]
    Topic(#[from] TopicError),
    /// A wildcard that is a part of a token, or a `>` before the end.
    #[error("'*' stands for one whole token between dots, '>' for all at the end, as in a.*.c or a.>")]
    Wildcard,
    /// Too many tokens.
    #[error("with a wildcard there are at most {MAX_TOKENS} tokens between dots")]
    Deep,
}

impl Pattern {
    /// The pattern as it is written.
    pub fn as_str(&self) -> &str {
        match &self.0 {
            Shape::Topic(topic) => topic.as_str(),
            Shape::Wild(text) => text,
        }
    }

    /// The one topic that it matches, if it has no wildcard.
    pub fn topic(&self) -> Option<&Topic> {
        match &self.0 {
            Shape::Topic(topic) => Some(topic),
            Shape::Wild(_) => None,
        }
    }

    /// Its tokens, wildcards included.
    pub fn tokens(&self) -> impl Iterator<Item = &str> {
        self.as_str().split('.')
    }

    /// Whether a topic is one of those meant.
    pub fn matches(&self, topic: &Topic) -> bool {
        let Shape::Wild(text) = &self.0 else { return self.topic() == Some(topic) };
        if topic.is_reserved() {
            return false;
        }
        let (mut wanted, mut given) = (text.split('.'), topic.as_str().split('.'));
        loop {
            match (wanted.next(), given.next()) {
                (None, None) | (Some(REST), Some(_)) => return true,
                (Some(ONE), Some(_)) => {}
                (Some(token), Some(other)) if token == other => {}
                _ => return false,
            }
        }
    }
}

impl From<Topic> for Pattern {
    fn from(topic: Topic) -> Self {
        Pattern(Shape::Topic(topic))
    }
}

impl FromStr for Pattern {
    type Err = PatternError;

    fn from_str(text: &str) -> Result<Self, PatternError> {
        match text.parse::<Topic>() {
            Ok(topic) => return Ok(topic.into()),
            Err(TopicError::Wildcard) => {}
            Err(error) => return Err(error.into()),
        }
        let last = text.split('.').count() - 1;
        if last >= MAX_TOKENS {
            return Err(PatternError::Deep);
        }
        let sound = |(place, token): (usize, &str)| match token {
            ONE => true,
            REST => place == last,
            other => !other.contains(['*', '>']),
        };
        let sound = text.split('.').enumerate().all(sound);
        if sound { Ok(Pattern(Shape::Wild(text.into()))) } else { Err(PatternError::Wildcard) }
    }
}

impl fmt::Display for Pattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(pattern: &str, topic: &str, expected: bool) {
        let matches = pattern.parse::<Pattern>().expect(pattern).matches(&topic.parse().expect(topic));
        assert_eq!(matches, expected, "{pattern} and {topic}");
    }

    #[test]
    fn a_star_is_one_token_and_an_arrow_the_rest() {
        for topic in ["a", "a.b", "a.b.c", "a..b", "."] {
            check(">", topic, true);
            check(topic, topic, true);
        }
        for (topic, expected) in [("a.b", true), ("a.", true), ("a", false), ("a.b.c", false), ("b.b", false)]
        {
            check("a.*", topic, expected);
        }
        for (topic, expected) in [("a.b", true), ("a.b.c", true), ("a", false), ("ab.c", false)] {
            check("a.>", topic, expected);
        }
        check("*.*", "a.b", true);
        check("*.b.*", "a.b.c", true);
        check("*.b.*", "a.c.c", false);
        check("a", "a.b", false);
    }

    #[test]
    fn the_brokers_topics_match_only_their_own_names() {
        check(">", "_latestTopics", false);
        check("*.numSubscribers", "a.numSubscribers", false);
        check("a.numSubscribers", "a.numSubscribers", true);
    }

    #[test]
    fn a_wildcard_is_a_whole_token() {
        for text in ["a*", "*a.b", "a.>.b", ">.a", "a.>>", "**", "a.b>"] {
            assert_eq!(text.parse::<Pattern>(), Err(PatternError::Wildcard), "{text}");
        }
        assert_eq!("".parse::<Pattern>(), Err(TopicError::Empty.into()));
        assert_eq!(format!("{}*", "a.".repeat(32)).parse::<Pattern>(), Err(PatternError::Deep));
        assert!(format!("{}*", "a.".repeat(31)).parse::<Pattern>().is_ok());
        assert_eq!("a .*".parse::<Pattern>(), Err(TopicError::Character.into()));
        assert_eq!("*.a".parse::<Pattern>().map(|pattern| pattern.topic().cloned()), Ok(None));
    }
}
