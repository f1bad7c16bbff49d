//! Numbers of subscribers, told to those who want to know them.

use std::collections::BTreeMap;
use std::sync::Arc;

use hashbrown::{HashMap, HashSet};
use oriel_protocol::pubsub::{DataFrame, Topic};
use oriel_time::ProcessingTime;

use crate::audience::ConnectionId;
use crate::settings::Slow;
use crate::topics::Publication;

/// Who wants to know the number of a topic's subscribers.
#[derive(Debug)]
struct Watch<C> {
    /// Ordered, so that all get it in the same order each time.
    watchers: BTreeMap<ConnectionId, C>,
    /// The topic on which the number appears.
    name: Topic,
    /// What was told last, and when.
    told: Option<(usize, i64)>,
}

/// All of them.
#[derive(Debug)]
pub(crate) struct Watches<C> {
    by_topic: HashMap<Topic, Watch<C>>,
    /// Topics whose number may have changed.
    changed: HashSet<Topic>,
    /// Any number may have changed.
    all_changed: bool,
}

/// A number to tell, and whom.
pub(crate) type Told<C> = (Arc<Publication>, Vec<C>);

impl<C> Default for Watches<C> {
    fn default() -> Self {
        Watches { by_topic: HashMap::new(), changed: HashSet::new(), all_changed: false }
    }
}

impl<C: Clone> Watches<C> {
    /// Adds a watcher; what it has to be told at once, unless the topic's name is too
    /// long to have such a number.
    pub(crate) fn add(
        &mut self,
        now: ProcessingTime,
        id: ConnectionId,
        watcher: C,
        topic: &Topic,
        number: usize,
    ) -> Option<Arc<Publication>> {
        let name = topic.num_subscribers()?;
        let watch = self.by_topic.entry_ref(topic).or_insert_with(|| Watch {
            watchers: BTreeMap::new(),
            name,
            told: None,
        });
        watch.watchers.insert(id, watcher);
        // What the others were told stays: a change since then is still due to them.
        let told = watch.told.map(|(before, _)| before);
        let publication = watch.tell(now, number);
        if let (Some(before), Some((now, _))) = (told, &mut watch.told) {
            *now = before;
        }
        Some(publication)
    }

    pub(crate) fn remove(&mut self, id: ConnectionId, topic: &Topic) {
        let Some(watch) = self.by_topic.get_mut(topic) else { return };
        watch.watchers.remove(&id);
        if watch.watchers.is_empty() {
            self.by_topic.remove(topic);
            self.changed.remove(topic);
        }
    }

    /// The number of subscribers of one topic may have changed, or of any.
    pub(crate) fn change(&mut self, topic: Option<&Topic>) {
        match topic {
            Some(topic) if self.by_topic.contains_key(topic) => _ = self.changed.insert(topic.clone()),
            Some(_) => {}
            None => self.all_changed = !self.by_topic.is_empty(),
        }
    }

    /// The numbers that are others than those told last.
    pub(crate) fn due(&mut self, now: ProcessingTime, number: impl Fn(&Topic) -> usize) -> Vec<Told<C>> {
        let changed = std::mem::take(&mut self.changed);
        let all = std::mem::take(&mut self.all_changed);
        let mut told = Vec::new();
        for (topic, watch) in &mut self.by_topic {
            if !all && !changed.contains(topic) {
                continue;
            }
            let number = number(topic);
            if watch.told.is_none_or(|(before, _)| before != number) {
                told.push((watch.tell(now, number), watch.watchers.values().cloned().collect()));
            }
        }
        told
    }
}

impl<C> Watch<C> {
    fn tell(&mut self, now: ProcessingTime, number: usize) -> Arc<Publication> {
        let after = self.told.map_or(i64::MIN, |(_, timestamp)| timestamp.saturating_add(1));
        let timestamp = now.millis().max(after);
        self.told = Some((number, timestamp));
        let frame = DataFrame::new(&self.name, &number.to_string(), timestamp);
        Arc::new(Publication { topic: self.name.clone(), frame, seq: 0, slow: Slow::Conflate })
    }
}
