//! The audiences of wildcards, found by the tokens of a topic.

use std::sync::Arc;

use hashbrown::HashMap;
use oriel_protocol::pubsub::{Pattern, Topic};

use crate::audience::Audience;

/// A tree of tokens. `*` and `>` are branches of their own, so that a look-up goes by the
/// topic's tokens and never over all patterns.
#[derive(Debug)]
pub(crate) struct Wild<C> {
    tokens: HashMap<String, Wild<C>>,
    /// Of the pattern that ends here.
    audience: Option<Arc<Audience<C>>>,
}

impl<C> Default for Wild<C> {
    fn default() -> Self {
        Wild { tokens: HashMap::new(), audience: None }
    }
}

impl<C: Clone> Wild<C> {
    /// The audience of a pattern, made if there is none.
    pub(crate) fn audience(&mut self, pattern: &Pattern) -> &mut Arc<Audience<C>> {
        let node = pattern.tokens().fold(self, |node, token| node.tokens.entry_ref(token).or_default());
        node.audience.get_or_insert_default()
    }

    /// Changes the audience of a pattern, and forgets the pattern if it is empty then.
    pub(crate) fn change(&mut self, pattern: &Pattern, change: impl FnOnce(&mut Arc<Audience<C>>)) {
        self.change_below(&mut pattern.tokens(), change);
    }

    fn change_below<'p>(
        &mut self,
        tokens: &mut impl Iterator<Item = &'p str>,
        change: impl FnOnce(&mut Arc<Audience<C>>),
    ) {
        let Some(token) = tokens.next() else {
            if let Some(audience) = &mut self.audience {
                change(audience);
            }
            self.audience.take_if(|audience| audience.is_empty());
            return;
        };
        let Some(below) = self.tokens.get_mut(token) else { return };
        below.change_below(tokens, change);
        if below.tokens.is_empty() && below.audience.is_none() {
            self.tokens.remove(token);
        }
    }

    /// Adds the audiences of all patterns that match a topic.
    pub(crate) fn find(&self, topic: &Topic, found: &mut Vec<Arc<Audience<C>>>) {
        if !self.tokens.is_empty() && !topic.is_reserved() {
            self.find_below(Some(topic.as_str()), found);
        }
    }

    fn find_below(&self, rest: Option<&str>, found: &mut Vec<Arc<Audience<C>>>) {
        let Some(rest) = rest else {
            found.extend(self.audience.clone());
            return;
        };
        if let Some(all) = self.tokens.get(">") {
            found.extend(all.audience.clone());
        }
        let (token, rest) = rest.split_once('.').map_or((rest, None), |(token, rest)| (token, Some(rest)));
        for branch in ["*", token] {
            if let Some(below) = self.tokens.get(branch) {
                below.find_below(rest, found);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::audience::{ConnectionId, How, changed};
    use proptest::prelude::*;

    fn token(wild: bool) -> impl Strategy<Value = &'static str> {
        if wild {
            prop_oneof![Just("a"), Just("b"), Just(""), Just("*")].boxed()
        } else {
            prop_oneof![Just("a"), Just("b"), Just("")].boxed()
        }
    }

    fn pattern() -> impl Strategy<Value = String> {
        let tokens = proptest::collection::vec(token(true), 1..4);
        (tokens, any::<bool>()).prop_map(|(mut tokens, rest)| {
            tokens.extend(rest.then_some(">"));
            tokens.join(".")
        })
    }

    fn topic() -> impl Strategy<Value = String> {
        proptest::collection::vec(token(false), 1..5).prop_map(|tokens| tokens.join("."))
    }

    proptest! {
        #[test]
        fn the_tree_finds_what_matches_and_is_empty_in_the_end(
            patterns in proptest::collection::vec(pattern(), 0..20),
            topics in proptest::collection::vec(topic(), 0..10),
        ) {
            let patterns: Vec<Pattern> = patterns.iter().filter_map(|text| text.parse().ok()).collect();
            let mut tree = Wild::default();
            for (id, pattern) in patterns.iter().enumerate() {
                changed(tree.audience(pattern)).join(ConnectionId(id as u64), id, How::default());
            }
            for topic in topics.iter().filter_map(|text| text.parse::<Topic>().ok()) {
                let mut found = Vec::new();
                tree.find(&topic, &mut found);
                let distinct: std::collections::BTreeSet<&Pattern> =
                    patterns.iter().filter(|pattern| pattern.matches(&topic)).collect();
                prop_assert_eq!(found.len(), distinct.len());
            }
            for (id, pattern) in patterns.iter().enumerate() {
                tree.change(pattern, |audience| changed(audience).leave(ConnectionId(id as u64)));
            }
            prop_assert!(tree.tokens.is_empty() && tree.audience.is_none());
        }
    }
}
