//! A broker that keeps everything that was ever published, and what it pretends to hold.

use std::collections::{BTreeMap, VecDeque};

use oriel_protocol::pubsub::{Ask, Beside, ClientFrame, Cursor, DataFrame, Epoch, Pattern, Resume, Topic};

/// A publication. Its timestamp tells it from all others.
#[derive(Clone, Debug)]
pub(super) struct Publication {
    pub(super) topic: Topic,
    pub(super) data: String,
    pub(super) timestamp: i64,
    pub(super) cursor: Cursor,
}

#[derive(Debug)]
struct Subscription {
    pattern: Pattern,
    ask: Ask,
    /// What comes next has a gap before it.
    gap: bool,
}

/// The broker, and its one connection.
#[derive(Debug)]
pub(super) struct Broker {
    pub(super) log: Vec<Publication>,
    /// How many of the newest of each topic are held.
    held: BTreeMap<Topic, usize>,
    epoch: u64,
    subscriptions: Vec<Subscription>,
    outgoing: VecDeque<(Publication, Beside)>,
}

impl Broker {
    pub(super) fn new() -> Self {
        Broker {
            log: Vec::new(),
            held: BTreeMap::new(),
            epoch: 1,
            subscriptions: Vec::new(),
            outgoing: VecDeque::new(),
        }
    }

    pub(super) fn disconnect(&mut self) {
        self.subscriptions.clear();
        self.outgoing.clear();
    }

    pub(super) fn restart(&mut self) {
        self.disconnect();
        self.epoch += 1;
        self.held.clear();
    }

    /// Holds no more than that many of a topic.
    pub(super) fn evict(&mut self, topic: &Topic, keep: usize) {
        if let Some(held) = self.held.get_mut(topic) {
            *held = keep.min(*held);
        }
    }

    /// Of the last two of a topic that wait, the newer takes the place of both.
    pub(super) fn conflate(&mut self, topic: &Topic) {
        let places = self.outgoing.iter().enumerate().filter(|(_, (it, _))| it.topic == *topic);
        let places: Vec<usize> = places.map(|(place, _)| place).collect();
        let [.., older, newer] = places[..] else { return };
        let told = self.outgoing[older].1;
        let beside = &mut self.outgoing[newer].1;
        beside.skipped += told.skipped + 1;
        beside.gap |= told.gap;
        self.outgoing.remove(older);
    }

    pub(super) fn publish(&mut self, topic: &Topic, data: &str) {
        let timestamp = self.log.len() as i64;
        // Numbers grow; they are not contiguous.
        let cursor = Cursor { epoch: Epoch::new(self.epoch), seq: 3 * timestamp as u64 };
        let publication = Publication { topic: topic.clone(), data: data.to_owned(), timestamp, cursor };
        self.log.push(publication.clone());
        *self.held.entry(topic.clone()).or_default() += 1;
        let (mut reached, mut stamped, mut gap) = (false, false, false);
        for subscription in self.subscriptions.iter_mut().filter(|it| it.pattern.matches(topic)) {
            reached = true;
            stamped |= subscription.ask.resume.is_some();
            gap |= std::mem::take(&mut subscription.gap);
        }
        if reached {
            self.send(publication, stamped, gap);
        }
    }

    /// Reads a frame of the client.
    pub(super) fn read(&mut self, frame: &str) {
        match ClientFrame::parse(frame).expect("a client sends sound frames") {
            ClientFrame::Publish { topic, data } => self.publish(&topic, data),
            ClientFrame::Subscribe { pattern, ask } => self.subscribe(pattern, ask),
            ClientFrame::Unsubscribe { pattern } => self.subscriptions.retain(|it| it.pattern != pattern),
            other => panic!("no client sends {other:?}"),
        }
    }

    /// The next frame to the client.
    pub(super) fn write(&mut self) -> Option<String> {
        let (publication, beside) = self.outgoing.pop_front()?;
        let frame = DataFrame::new(&publication.topic, &publication.data, publication.timestamp);
        let mut tail = Vec::new();
        let (head, tail) = frame.with(&beside, &mut tail);
        Some(String::from_utf8([head, tail].concat()).expect("UTF-8"))
    }

    fn subscribe(&mut self, pattern: Pattern, ask: Ask) {
        assert!(ask.conflate, "a client wants to be told");
        self.subscriptions.retain(|it| it.pattern != pattern);
        let mut gap = false;
        match ask.resume {
            Some(Resume::After(cursor)) => {
                let topic = pattern.topic().expect("a wildcard cannot be resumed").clone();
                gap = self.replay(&topic, cursor);
            }
            resume if ask.latest => {
                let newest: Vec<Publication> = self
                    .held
                    .keys()
                    .filter(|topic| pattern.matches(topic))
                    .filter_map(|t| self.newest(t))
                    .collect();
                newest.into_iter().for_each(|it| self.send(it, resume.is_some(), false));
            }
            _ => {}
        }
        self.subscriptions.push(Subscription { pattern, ask, gap });
    }

    /// Sends what came after; says whether the next has a gap before it.
    fn replay(&mut self, topic: &Topic, cursor: Cursor) -> bool {
        let held = self.held(topic);
        let after = |it: &&Publication| it.cursor.epoch == cursor.epoch && it.cursor.seq > cursor.seq;
        let all = self.log.iter().filter(|it| it.topic == *topic).filter(after).count();
        let whole: Vec<Publication> = held.iter().filter(after).cloned().collect();
        if cursor.epoch == Epoch::new(self.epoch) && whole.len() == all {
            whole.into_iter().for_each(|it| self.send(it, true, false));
            return false;
        }
        match held.last().cloned() {
            Some(newest) => {
                self.send(newest, true, true);
                false
            }
            None => true,
        }
    }

    fn held(&self, topic: &Topic) -> Vec<Publication> {
        let mut all: Vec<Publication> = self.log.iter().filter(|it| it.topic == *topic).cloned().collect();
        let held = self.held.get(topic).copied().unwrap_or(0);
        all.split_off(all.len() - held)
    }

    fn newest(&self, topic: &Topic) -> Option<Publication> {
        self.held(topic).pop()
    }

    fn send(&mut self, publication: Publication, stamped: bool, gap: bool) {
        let beside = Beside { cursor: stamped.then_some(publication.cursor), gap, skipped: 0 };
        self.outgoing.push_back((publication, beside));
    }
}
