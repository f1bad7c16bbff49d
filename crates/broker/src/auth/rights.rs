//! What a connection may do.

use oriel_protocol::pubsub::{Pattern, Topic};

/// The topics that a connection may publish to and those that it may hear.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Rights {
    publish: Vec<Pattern>,
    subscribe: Vec<Pattern>,
    admin: bool,
}

impl Rights {
    /// Rights by patterns, and whether the operators' pages and numbers are among them.
    /// The order of the patterns makes no difference.
    pub fn new(mut publish: Vec<Pattern>, mut subscribe: Vec<Pattern>, admin: bool) -> Self {
        for patterns in [&mut publish, &mut subscribe] {
            patterns.sort();
            patterns.dedup();
        }
        Rights { publish, subscribe, admin }
    }

    /// Those of everybody where there are no tokens.
    pub fn everything() -> Self {
        let all = || ">".parse().into_iter().collect();
        Rights::new(all(), all(), true)
    }

    /// Whether it may publish to the topic.
    pub fn may_publish(&self, topic: &Topic) -> bool {
        matches(&self.publish, topic)
    }

    /// Whether it may hear what is published on the topic, and that there is such a topic.
    /// Of the broker's own topics the numbers of subscribers go with the topic that they
    /// are about; what the others tell is made for each connection by its rights.
    pub fn may_hear(&self, topic: &Topic) -> bool {
        if !topic.is_reserved() {
            return matches(&self.subscribe, topic);
        }
        match topic.counted().map(str::parse::<Topic>) {
            Some(Ok(counted)) => self.may_hear(&counted),
            Some(Err(_)) => false,
            None => true,
        }
    }

    /// Whether it may see the operators' pages and numbers.
    pub fn is_admin(&self) -> bool {
        self.admin
    }
}

fn matches(patterns: &[Pattern], topic: &Topic) -> bool {
    patterns.iter().any(|pattern| pattern.matches(topic))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rights(publish: &[&str], subscribe: &[&str]) -> Rights {
        let patterns = |texts: &[&str]| texts.iter().map(|text| text.parse().expect(text)).collect();
        Rights::new(patterns(publish), patterns(subscribe), false)
    }

    fn topic(text: &str) -> Topic {
        text.parse().expect(text)
    }

    #[test]
    fn patterns_say_what_may_be_published_and_heard() {
        let rights = rights(&["ads.in", "log.*"], &["ads.>"]);
        for (name, publish, hear) in [
            ("ads.in", true, true),
            ("ads.out", false, true),
            ("log.a", true, false),
            ("log.a.b", false, false),
            ("ads", false, false),
        ] {
            assert_eq!(rights.may_publish(&topic(name)), publish, "{name}");
            assert_eq!(rights.may_hear(&topic(name)), hear, "{name}");
        }
        assert!(!rights.is_admin());
    }

    #[test]
    fn a_number_of_subscribers_goes_with_its_topic() {
        let rights = rights(&[">"], &["ads.>"]);
        assert!(rights.may_hear(&topic("ads.x.numSubscribers")));
        assert!(!rights.may_hear(&topic("log.numSubscribers")));
        assert!(!rights.may_hear(&topic(".numSubscribers")));
        assert!(rights.may_hear(&topic("_latestTopics")));
        assert!(!rights.may_publish(&topic("_latestTopics")));
    }

    #[test]
    fn without_tokens_everybody_may_everything_that_is_not_the_brokers() {
        let rights = Rights::everything();
        for name in ["a", "a.b.c", "."] {
            assert!(rights.may_publish(&topic(name)) && rights.may_hear(&topic(name)), "{name}");
        }
        assert!(rights.may_hear(&topic("_latestTopics")) && rights.may_hear(&topic("a.numSubscribers")));
        assert!(!rights.may_publish(&topic("a.numSubscribers")));
        assert!(rights.is_admin());
    }

    #[test]
    fn the_order_of_patterns_makes_no_difference() {
        assert_eq!(rights(&["a", "b", "a"], &["c", "d"]), rights(&["b", "a"], &["d", "c"]));
        assert_ne!(rights(&["a"], &[]), rights(&[], &["a"]));
    }
}
