//! Which topics of a broker are followed. Topics that carry something else than results
//! are let go of and tried again later: only a look tells what a topic carries.

use std::collections::HashMap;

use oriel_protocol::pubsub::Topic;
use oriel_protocol::view::{PANES, WATERMARK};
use oriel_time::{ProcessingTime, Span};

/// More topics than this are not followed; the store would not hold their views.
const MAX_TOPICS: usize = 2_000;
/// A topic that carried no result is looked at again after this.
const LOOK_AGAIN: Span = Span::from_millis(30_000);

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Interest {
    Followed,
    LetGo { until: ProcessingTime },
}

/// What a new list changes.
#[derive(Default)]
pub(super) struct Change {
    /// What is to be followed from now on.
    pub(super) new: Vec<Topic>,
    /// And what no more.
    pub(super) gone: Vec<Topic>,
}

/// The topics of one broker.
#[derive(Default)]
pub(super) struct Topics(HashMap<Topic, Interest>);

impl Topics {
    /// Whether the broker has a topic that is followed.
    pub(super) fn has(&self, topic: &str) -> bool {
        self.0.get(topic) == Some(&Interest::Followed)
    }

    /// Takes the broker's list; says what that changes.
    pub(super) fn listed(&mut self, listed: &[Topic], now: ProcessingTime) -> Change {
        let mut before = std::mem::take(&mut self.0);
        let mut change = Change::default();
        for topic in listed.iter().filter(|topic| is_candidate(topic)).take(MAX_TOPICS) {
            let interest = match before.remove(topic) {
                Some(Interest::Followed) => Interest::Followed,
                Some(held @ Interest::LetGo { until }) if now < until => held,
                _ => {
                    change.new.push(topic.clone());
                    Interest::Followed
                }
            };
            self.0.insert(topic.clone(), interest);
        }
        let gone = before.into_iter().filter(|(_, interest)| *interest == Interest::Followed);
        change.gone.extend(gone.map(|(topic, _)| topic));
        change
    }

    /// Takes note of a publication; says whether its topic, which carries no results, is
    /// let go of.
    pub(super) fn published(&mut self, topic: &Topic, shown: bool, now: ProcessingTime) -> bool {
        let Some(interest) = self.0.get_mut(topic) else { return false };
        if shown || *interest != Interest::Followed {
            return false;
        }
        *interest =
            Interest::LetGo { until: ProcessingTime::from_millis(now.millis() + LOOK_AGAIN.millis()) };
        true
    }
}

/// The broker's own topics and those that carry commands are none of ours, nor are panes
/// and watermarks, which are no rows; and a topic whose last part is a UUID carries the
/// answers to one viewer's query.
fn is_candidate(topic: &Topic) -> bool {
    let name = topic.as_str();
    let last = name.rsplit('.').next().unwrap_or_default();
    let beside = name.ends_with(PANES) || name.ends_with(WATERMARK);
    !topic.is_reserved() && !topic.is_command() && !beside && !is_uuid(last)
}

fn is_uuid(text: &str) -> bool {
    let parts: Vec<usize> = text.split('-').map(str::len).collect();
    parts == [8, 4, 4, 4, 12] && text.bytes().all(|b| b == b'-' || b.is_ascii_hexdigit())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(millis: i64) -> ProcessingTime {
        ProcessingTime::from_millis(millis)
    }

    fn names(topics: &[&str]) -> Vec<Topic> {
        topics.iter().map(|topic| topic.parse().expect("a topic")).collect()
    }

    #[test]
    fn new_topics_are_subscribed_to_once() {
        let mut topics = Topics::default();
        assert_eq!(topics.listed(&names(&["t.a"]), at(0)).new, names(&["t.a"]));
        let change = topics.listed(&names(&["t.a"]), at(1));
        assert!(change.new.is_empty() && change.gone.is_empty());
        assert!(topics.has("t.a"));
        assert_eq!(topics.listed(&[], at(2)).gone, names(&["t.a"]));
        assert!(!topics.has("t.a"));
    }

    #[test]
    fn other_traffic_is_let_go_of_and_looked_at_again() {
        let mut topics = Topics::default();
        let raw = &names(&["raw"])[0];
        topics.listed(&names(&["raw"]), at(0));
        assert!(!topics.published(raw, true, at(0)));
        assert!(topics.published(raw, false, at(0)));
        assert!(!topics.published(raw, false, at(1)), "what was still on its way");
        assert!(topics.listed(&names(&["raw"]), at(29_999)).new.is_empty());
        assert_eq!(topics.listed(&names(&["raw"]), at(30_000)).new.len(), 1);
    }

    #[test]
    fn what_carries_no_rows_is_left_alone() {
        let mut topics = Topics::default();
        let given = [
            "_latestTopics",
            "t.numSubscribers",
            "tQuery",
            "t.6f1c1f0e-8a55-4a31-b3c5-0a5b8b3f9d10",
            "t.v.panes",
            "t._watermark",
            "t.v",
        ];
        assert_eq!(topics.listed(&names(&given), at(0)).new, names(&["t.v"]));
    }
}
