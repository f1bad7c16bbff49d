//! What a connection may do.

use oriel_protocol::pubsub::{Pattern, Topic};

/// The topics that a connection may publish to and may hear, and whether it administers.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Rights {
    /// Publishing.
    pub publish: Vec<Pattern>,
    /// Subscribing, and reading in any other way.
    pub subscribe: Vec<Pattern>,
    /// The admin page and the metrics.
    pub admin: bool,
}

impl Rights {
    /// Those of everybody where there are no tokens.
    pub fn everything() -> Self {
        let all: Vec<Pattern> = ">".parse().into_iter().collect();
        Rights { publish: all.clone(), subscribe: all, admin: true }
    }

    /// Whether it may publish to a topic.
    pub fn may_publish(&self, topic: &Topic) -> bool {
        self.publish.iter().any(|pattern| pattern.matches(topic))
    }

    /// Whether it may get what is published on a topic.
    pub fn may_hear(&self, topic: &Topic) -> bool {
        self.subscribe.iter().any(|pattern| pattern.matches(topic))
    }
}
