//! What is kept of one topic: its newest publication and some before it.

use std::collections::VecDeque;
use std::sync::Arc;

use oriel_time::ProcessingTime;

use crate::settings::{History, Slow};
use crate::topics::Publication;

/// What a kept publication costs besides its frame.
const ITEM_BYTES: usize = 160;

/// One publication, kept.
#[derive(Debug)]
struct Kept {
    publication: Arc<Publication>,
    at: ProcessingTime,
    /// Its place among all publications of all topics.
    number: u64,
}

/// The publications of one topic, numbered without gaps.
#[derive(Debug)]
pub(crate) struct Held {
    kept: VecDeque<Kept>,
    /// The number of the first publication since the topic was last unknown.
    pub(crate) born: u64,
    bytes: usize,
    pub(crate) slow: Slow,
    history: History,
}

/// What comes after a place in a topic.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) enum After {
    /// Nothing yet.
    Nothing,
    /// This.
    Next(Arc<Publication>),
    /// Something that is no longer kept, and in the end this, the newest.
    Gap(Arc<Publication>),
}

impl Held {
    pub(crate) fn new(born: u64, (slow, history): (Slow, History)) -> Self {
        Held { kept: VecDeque::new(), born, bytes: 0, slow, history }
    }

    /// The newest publication.
    pub(crate) fn newest(&self) -> Option<&Arc<Publication>> {
        self.kept.back().map(|kept| &kept.publication)
    }

    /// When it was published.
    pub(crate) fn at(&self) -> ProcessingTime {
        self.kept.back().map_or(ProcessingTime::from_millis(0), |kept| kept.at)
    }

    /// The number that the next publication gets.
    pub(crate) fn next_seq(&self) -> u64 {
        self.newest().map_or(self.born, |newest| newest.seq + 1)
    }

    /// The place of the oldest publication among all, if there is a newer one of the topic.
    pub(crate) fn oldest(&self) -> Option<u64> {
        self.kept.front().filter(|_| self.kept.len() > 1).map(|kept| kept.number)
    }

    /// Everything kept, in memory.
    pub(crate) fn bytes(&self) -> usize {
        self.bytes
    }

    /// Keeps a publication and lets go of what is too much then.
    pub(crate) fn push(&mut self, now: ProcessingTime, number: u64, publication: Arc<Publication>) {
        self.bytes += cost(&publication);
        self.kept.push_back(Kept { publication, at: now, number });
        self.trim(now);
    }

    /// Lets go of what is too old or too much; never of the newest.
    pub(crate) fn trim(&mut self, now: ProcessingTime) {
        let History { count, bytes, age } = self.history;
        while let (true, Some(oldest)) = (self.kept.len() > 1, self.kept.front()) {
            let old = now.since(oldest.at) >= age;
            if !old && self.kept.len() <= count && self.bytes <= bytes {
                return;
            }
            self.forget_oldest();
        }
    }

    /// Lets go of the oldest.
    pub(crate) fn forget_oldest(&mut self) {
        if let Some(oldest) = self.kept.pop_front() {
            self.bytes -= cost(&oldest.publication);
        }
    }

    /// What comes after a number, in this life of the broker.
    pub(crate) fn after(&self, seq: u64) -> After {
        let (Some(oldest), Some(newest)) = (self.kept.front(), self.newest()) else { return After::Nothing };
        if seq == newest.seq {
            return After::Nothing;
        }
        let place = seq.checked_add(1).and_then(|next| next.checked_sub(oldest.publication.seq));
        let next = place.and_then(|place| self.kept.get(usize::try_from(place).ok()?));
        match next {
            Some(next) => After::Next(Arc::clone(&next.publication)),
            None => After::Gap(Arc::clone(newest)),
        }
    }
}

fn cost(publication: &Publication) -> usize {
    publication.frame.bytes().len() + ITEM_BYTES
}
