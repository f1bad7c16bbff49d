//! What a broker is told about topics.

use oriel_protocol::pubsub::{Pattern, Topic};
use oriel_time::Span;

/// The bounds of what is kept, and what is done about the slow.
#[derive(Clone, Debug)]
pub struct Limits {
    /// Remembered topics; beyond it the least recently published is forgotten.
    pub topics: usize,
    /// Bytes of all that is remembered; beyond it the oldest history goes first, then
    /// the topics least recently published.
    pub bytes: usize,
    /// A topic is forgotten this long after its last publication.
    pub age: Span,
    /// Subscriptions of one connection.
    pub subscriptions: usize,
    /// What is kept of a topic for those who resume.
    pub history: History,
    /// What holds for some topics; the first that matches does.
    pub rules: Vec<Rule>,
}

impl Default for Limits {
    /// Room for a large house's topics, in a memory that a small machine has.
    fn default() -> Self {
        Limits {
            topics: 10_000,
            bytes: 256 << 20,
            age: Span::HOUR,
            subscriptions: 1_000,
            history: History::default(),
            rules: Vec::new(),
        }
    }
}

/// How much is kept of one topic; its newest value is in any case.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct History {
    /// Publications.
    pub count: usize,
    /// Their bytes.
    pub bytes: usize,
    /// For how long.
    pub age: Span,
}

impl Default for History {
    /// A minute or more of a lively topic: a viewer that comes back misses nothing.
    fn default() -> Self {
        History { count: 1_000, bytes: 1 << 20, age: Span::HOUR }
    }
}

/// What is done when the queue of a subscriber is full.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Slow {
    /// A newer value of a topic takes the place of the older.
    Conflate,
    /// The oldest go.
    DropOldest,
    /// None may be dropped: the connection is closed.
    Disconnect,
}

/// What holds for the topics of a pattern; absent is what holds for all.
#[derive(Clone, Debug)]
pub struct Rule {
    /// Which topics.
    pub pattern: Pattern,
    /// What is done about slow subscribers.
    pub slow: Option<Slow>,
    /// What is kept.
    pub history: Option<History>,
}

impl Limits {
    /// What holds for one topic. Commands may not replace each other.
    pub(crate) fn of(&self, topic: &Topic) -> (Slow, History) {
        let rule = self.rules.iter().find(|rule| rule.pattern.matches(topic));
        let usual = if topic.is_command() { Slow::Disconnect } else { Slow::Conflate };
        let slow = rule.and_then(|rule| rule.slow).unwrap_or(usual);
        (slow, rule.and_then(|rule| rule.history).unwrap_or(self.history))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_rule_that_matches_holds_and_the_rest_is_as_usual() {
        let rule = |pattern: &str, slow, history| {
            let pattern = pattern.parse().expect(pattern);
            Rule { pattern, slow, history }
        };
        let none = History { count: 1, bytes: 0, age: Span::ZERO };
        let rules = vec![
            rule("a.b", None, Some(none)),
            rule("a.>", Some(Slow::DropOldest), None),
            rule("a.>", Some(Slow::Disconnect), None),
        ];
        let limits = Limits { rules, ..Limits::default() };
        let of = |topic: &str| limits.of(&topic.parse().expect(topic));
        assert_eq!(of("a.b"), (Slow::Conflate, none));
        assert_eq!(of("a.c"), (Slow::DropOldest, History::default()));
        assert_eq!(of("a.cQuery"), (Slow::DropOldest, History::default()));
        assert_eq!(of("cQuery"), (Slow::Disconnect, History::default()));
        assert_eq!(of("c"), (Slow::Conflate, History::default()));
    }
}
