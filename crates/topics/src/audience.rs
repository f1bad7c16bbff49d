//! The connections that listen to one topic or pattern.

use std::sync::Arc;

use hashbrown::HashMap;
use oriel_protocol::pubsub::Topic;

/// Names a connection; no two connections of a process have the same.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct ConnectionId(pub(crate) u64);

/// What the caller calls a connection.
pub trait Listener {
    /// Whether it may get what is published on a topic.
    fn hears(&self, topic: &Topic) -> bool;
}

impl<L: Listener> Listener for Arc<L> {
    fn hears(&self, topic: &Topic) -> bool {
        (**self).hears(topic)
    }
}

/// How a connection gets what it listens to.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct How {
    /// With the place in the topic.
    pub stamped: bool,
    /// With the number of values that were left out.
    pub told: bool,
    /// Not yet: it is being given what came before.
    pub(crate) replaying: bool,
}

impl How {
    /// What two subscriptions of one connection are together. The one to the very topic
    /// comes first: only it can be resumed.
    fn with(self, other: How) -> How {
        How { stamped: self.stamped || other.stamped, told: self.told || other.told, ..self }
    }
}

/// The connections that listen to one topic or pattern, in no particular order.
#[derive(Clone, Debug)]
pub(crate) struct Audience<C> {
    listeners: Vec<(ConnectionId, C, How)>,
    places: HashMap<ConnectionId, usize>,
}

impl<C> Default for Audience<C> {
    fn default() -> Self {
        Audience { listeners: Vec::new(), places: HashMap::new() }
    }
}

impl<C> Audience<C> {
    pub(crate) fn is_empty(&self) -> bool {
        self.listeners.is_empty()
    }

    pub(crate) fn how(&self, id: ConnectionId) -> Option<How> {
        self.listeners.get(*self.places.get(&id)?).map(|(.., how)| *how)
    }

    pub(crate) fn get(&mut self, id: ConnectionId) -> Option<&mut How> {
        let place = *self.places.get(&id)?;
        self.listeners.get_mut(place).map(|(.., how)| how)
    }

    /// Adds a listener, or changes how it listens.
    pub(crate) fn join(&mut self, id: ConnectionId, listener: C, how: How) {
        if let Some(present) = self.get(id) {
            *present = how;
            return;
        }
        self.places.insert(id, self.listeners.len());
        self.listeners.push((id, listener, how));
    }

    pub(crate) fn leave(&mut self, id: ConnectionId) {
        let Some(place) = self.places.remove(&id) else { return };
        self.listeners.swap_remove(place);
        if let Some((moved, ..)) = self.listeners.get(place) {
            self.places.insert(*moved, place);
        }
    }
}

/// An audience that a delivery may be reading: changing it then changes a copy.
pub(crate) fn changed<C: Clone>(audience: &mut Arc<Audience<C>>) -> &mut Audience<C> {
    Arc::make_mut(audience)
}

/// Whom a publication reaches, each connection once.
#[derive(Clone, Debug)]
pub struct Reached<C>(Whom<C>);

#[derive(Clone, Debug)]
enum Whom<C> {
    /// The audience of the topic itself, who were asked whether they may hear it when
    /// they came.
    Exact(Arc<Audience<C>>),
    /// That of one pattern, who may hear some of its topics.
    Wild(Arc<Audience<C>>),
    /// That of the topic, in which some listen to patterns as well, and those who listen
    /// to patterns alone.
    Both { exact: Arc<Audience<C>>, also: HashMap<ConnectionId, How>, others: Vec<(C, How)> },
}

impl<C: Listener + Clone> Reached<C> {
    /// All whom these audiences have, that of the very topic and those of patterns.
    pub(crate) fn new(topic: &Topic, exact: Option<Arc<Audience<C>>>, wild: Vec<Arc<Audience<C>>>) -> Self {
        if wild.is_empty() {
            return Reached(Whom::Exact(exact.unwrap_or_default()));
        }
        if let (None, [only]) = (&exact, &wild[..]) {
            return Reached(Whom::Wild(Arc::clone(only)));
        }
        // Only those of patterns are looked up: they are few where a topic has thousands.
        let exact = exact.unwrap_or_default();
        let (mut also, mut others) = (HashMap::new(), Vec::new());
        let mut places: HashMap<ConnectionId, usize> = HashMap::new();
        for (id, listener, how) in wild.iter().flat_map(|audience| &audience.listeners) {
            if let Some(own) = exact.how(*id) {
                let both = also.entry(*id).or_insert(own);
                *both = both.with(*how);
            } else if let Some(place) = places.get(id) {
                let (_, before): &mut (C, How) = &mut others[*place];
                *before = before.with(*how);
            } else if listener.hears(topic) {
                places.insert(*id, others.len());
                others.push((listener.clone(), *how));
            }
        }
        Reached(Whom::Both { exact, also, others })
    }

    /// The connections, and how each gets the publication.
    pub fn each(&self, topic: &Topic, mut give: impl FnMut(&C, How)) {
        match &self.0 {
            Whom::Exact(audience) => {
                let live = audience.listeners.iter().filter(|(.., how)| !how.replaying);
                live.for_each(|(_, listener, how)| give(listener, *how));
            }
            Whom::Wild(audience) => {
                let heard = audience.listeners.iter().filter(|(_, listener, _)| listener.hears(topic));
                heard.for_each(|(_, listener, how)| give(listener, *how));
            }
            Whom::Both { exact, also, others } => {
                for (id, listener, how) in exact.listeners.iter().filter(|(.., how)| !how.replaying) {
                    let both = if also.is_empty() { None } else { also.get(id) };
                    give(listener, *both.unwrap_or(how));
                }
                others.iter().for_each(|(listener, how)| give(listener, *how));
            }
        }
    }

    /// How many subscribe, those too who are being given what came before.
    pub fn count(&self, topic: &Topic) -> usize {
        match &self.0 {
            Whom::Exact(audience) => audience.listeners.len(),
            Whom::Wild(audience) => {
                audience.listeners.iter().filter(|(_, listener, _)| listener.hears(topic)).count()
            }
            Whom::Both { exact, others, .. } => exact.listeners.len() + others.len(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    impl Listener for u64 {
        fn hears(&self, topic: &Topic) -> bool {
            !topic.as_str().ends_with(&self.to_string())
        }
    }

    fn audience(ids: &[u64], how: How) -> Arc<Audience<u64>> {
        let mut audience = Audience::default();
        ids.iter().for_each(|id| audience.join(ConnectionId(*id), *id, how));
        Arc::new(audience)
    }

    fn reached(topic: &str, audiences: &[Arc<Audience<u64>>]) -> Vec<(u64, How)> {
        let topic = topic.parse().expect(topic);
        let (exact, wild) = (audiences.first().cloned(), audiences.iter().skip(1).cloned().collect());
        let (reached, mut all) = (Reached::new(&topic, exact, wild), Vec::new());
        reached.each(&topic, |id, how| all.push((*id, how)));
        all
    }

    #[test]
    fn listeners_join_once_and_leave_in_any_order() {
        let mut audience = Audience::default();
        for id in [1, 2, 3, 2] {
            audience.join(ConnectionId(id), id, How::default());
        }
        assert_eq!(audience.listeners.len(), 3);
        audience.leave(ConnectionId(1));
        audience.leave(ConnectionId(7));
        audience.leave(ConnectionId(3));
        assert_eq!(audience.listeners.iter().map(|(_, id, _)| *id).collect::<Vec<_>>(), [2]);
        audience.leave(ConnectionId(2));
        assert!(audience.is_empty() && audience.places.is_empty());
    }

    #[test]
    fn a_connection_is_reached_once_in_every_way_it_asked_for() {
        let (plain, told) = (How::default(), How { told: true, ..How::default() });
        let stamped = How { stamped: true, ..plain };
        assert_eq!(reached("t", &[]), []);
        let exact = audience(&[1, 2], stamped);
        assert_eq!(reached("t", std::slice::from_ref(&exact)), [(1, stamped), (2, stamped)]);
        let both = How { stamped: true, told: true, ..plain };
        let all = [exact, audience(&[2, 3], told), audience(&[3], plain)];
        assert_eq!(reached("t", &all), [(1, stamped), (2, both), (3, told)]);
        assert_eq!(reached("t3", &all), [(1, stamped), (2, both)], "3 may not hear what ends in 3");
    }

    #[test]
    fn who_is_being_given_what_came_before_gets_nothing_from_its_wildcards() {
        let replaying = How { replaying: true, stamped: true, ..How::default() };
        let all = [audience(&[1], replaying), audience(&[1, 2], How::default())];
        assert_eq!(reached("t", &all[..1]), []);
        assert_eq!(reached("t", &all), [(2, How::default())]);
        let topic = "t".parse().expect("topic");
        let [exact, wild] = all;
        assert_eq!(Reached::new(&topic, Some(exact), vec![wild.clone()]).count(&topic), 2);
        assert_eq!(Reached::new(&topic, None, vec![wild]).count(&topic), 2);
    }
}
