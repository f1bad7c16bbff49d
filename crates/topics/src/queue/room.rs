//! What happens beyond the budget.

use hashbrown::HashMap;
use oriel_protocol::pubsub::Topic;

use super::entry::ENTRY_BYTES;
use super::{Index, Next, Overflow, Queue, Queued, Sent};
use crate::settings::Slow;

/// Where the oldest are dropped some more go, so that not every entry looks at all.
const SPARE: usize = 8;

/// So many times its budget a queue may hold of single values of topics.
const BEYOND: usize = 16;

impl Queue {
    /// Adds an entry whose topic's older values it may take the place of.
    pub(super) fn conflate(&mut self, sent: Sent) -> Result<Queued, Overflow> {
        let mut replaced = 0;
        if self.index.is_none() {
            replaced += self.compact();
        }
        if !self.fits(sent.publication.frame.bytes()) {
            if self.replace(&sent) {
                return Ok(Queued { replaced: replaced + 1, dropped: 0 });
            }
            replaced += self.compact();
            // Beyond the budget if every topic has one value only: none may be lost, but
            // whoever invents topics may not fill the memory.
            let most = self.entries.len() >= self.topics || self.bytes > self.budget.saturating_mul(BEYOND);
            if !self.fits(sent.publication.frame.bytes()) && most {
                return Err(Overflow);
            }
        }
        self.append(Next::Publication(sent));
        Ok(Queued { replaced, dropped: 0 })
    }

    /// Puts an entry in the place of its topic's newest, which has waited longer.
    fn replace(&mut self, sent: &Sent) -> bool {
        let place = self.index.as_ref().and_then(|index| index.newest.get(&sent.publication.topic));
        let place = place.map(|number| (number - self.first) as usize);
        let Some(entry @ Next::Publication(_)) = place.and_then(|place| self.entries.get_mut(place)) else {
            return false;
        };
        let before = entry.cost();
        if let Next::Publication(old) = entry {
            let (skipped, gap) = (old.skipped + 1 + sent.skipped, old.gap || sent.gap);
            *old = Sent { skipped, gap, ..sent.clone() };
        }
        self.bytes = self.bytes - before + entry.cost();
        true
    }

    /// Drops all entries behind which a newer one of their topic is queued, and knows
    /// from then on where the newest are. Says how many it dropped.
    fn compact(&mut self) -> usize {
        if self.index.as_ref().is_some_and(|index| index.outdated == 0) {
            return 0;
        }
        let mut left = HashMap::<Topic, usize>::new();
        for topic in self.entries.iter().filter_map(|entry| entry.topic_of(Slow::Conflate)) {
            *left.entry_ref(topic).or_default() += 1;
        }
        self.index = Some(Index::default());
        self.rebuild(|entry| {
            let left = entry.topic_of(Slow::Conflate).and_then(|topic| left.get_mut(topic));
            left.is_none_or(|left| {
                *left -= 1;
                *left == 0
            })
        })
    }

    /// Makes room among the entries of which the oldest may go, or else leaves this out.
    pub(super) fn drop_oldest(&mut self, mut sent: Sent) -> Result<Queued, Overflow> {
        let cost = sent.publication.frame.bytes().len() + ENTRY_BYTES;
        let mut queued = Queued::default();
        if self.droppable > 0 {
            let goal = (self.budget - self.budget / SPARE).saturating_sub(cost);
            let mut bytes = self.bytes;
            queued.dropped = self.rebuild(|entry| {
                let goes = bytes > goal && entry.topic_of(Slow::DropOldest).is_some();
                bytes -= if goes { entry.cost() } else { 0 };
                !goes
            });
            self.tell_missed(&mut sent);
        }
        if !self.fits(sent.publication.frame.bytes()) {
            queued.replaced = self.compact();
        }
        if self.fits(sent.publication.frame.bytes()) {
            self.append(Next::Publication(sent));
        } else {
            queued.dropped += 1;
            self.miss(&sent);
        }
        if self.missed.len() > self.topics { Err(Overflow) } else { Ok(queued) }
    }

    /// Keeps what it is told to; says how much it did not. What goes is counted in the
    /// next entry of its topic, or in the next to come.
    fn rebuild(&mut self, mut keep: impl FnMut(&Next) -> bool) -> usize {
        let all = std::mem::take(&mut self.entries);
        let before = all.len();
        (self.bytes, self.droppable) = (0, 0);
        self.index = self.index.take().map(|_| Index::default());
        for mut entry in all {
            let kept = keep(&entry);
            match &mut entry {
                Next::Publication(sent) if !kept => self.miss(sent),
                Next::Publication(sent) => {
                    self.tell_missed(sent);
                    self.append(entry);
                }
                Next::Answer(_) => self.append(entry),
            }
        }
        before - self.entries.len()
    }

    /// Counts in an entry what was left out of its topic before.
    pub(super) fn tell_missed(&mut self, sent: &mut Sent) {
        if !self.missed.is_empty()
            && let Some(missed) = self.missed.remove(&sent.publication.topic)
        {
            sent.skipped += missed.skipped;
            sent.gap |= missed.gap;
        }
    }

    fn miss(&mut self, sent: &Sent) {
        let missed = self.missed.entry_ref(&sent.publication.topic).or_default();
        missed.skipped += sent.skipped + 1;
        missed.gap |= sent.gap;
    }

    /// Takes back what waits of a topic, which will come again.
    pub(super) fn withdraw(&mut self, topic: &Topic) {
        let of_topic = |entry: &Next| match entry {
            Next::Publication(sent) => sent.publication.topic == *topic,
            Next::Answer(_) => false,
        };
        if self.entries.iter().any(of_topic) {
            self.rebuild(|entry| !of_topic(entry));
        }
        self.missed.remove(topic);
    }
}
