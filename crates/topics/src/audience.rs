//! The connections that listen to one topic.

use std::sync::Arc;

use hashbrown::HashMap;

/// Names a connection; no two connections of a process have the same.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct ConnectionId(pub(crate) u64);

/// The connections that listen to one topic, in no particular order.
#[derive(Clone, Debug)]
pub struct Audience<C> {
    listeners: Vec<(ConnectionId, C)>,
    places: HashMap<ConnectionId, usize>,
}

impl<C> Default for Audience<C> {
    fn default() -> Self {
        Audience { listeners: Vec::new(), places: HashMap::new() }
    }
}

impl<C> Audience<C> {
    /// How many listen.
    pub fn len(&self) -> usize {
        self.listeners.len()
    }

    /// Whether nobody listens.
    pub fn is_empty(&self) -> bool {
        self.listeners.is_empty()
    }

    /// Those who listen.
    pub fn iter(&self) -> impl Iterator<Item = &C> {
        self.listeners.iter().map(|(_, listener)| listener)
    }

    /// Adds a listener, if it does not listen already.
    pub(crate) fn join(&mut self, id: ConnectionId, listener: C) {
        if !self.places.contains_key(&id) {
            self.places.insert(id, self.listeners.len());
            self.listeners.push((id, listener));
        }
    }

    pub(crate) fn leave(&mut self, id: ConnectionId) {
        let Some(place) = self.places.remove(&id) else { return };
        self.listeners.swap_remove(place);
        if let Some((moved, _)) = self.listeners.get(place) {
            self.places.insert(*moved, place);
        }
    }
}

/// An audience that a delivery may be reading: changing it then changes a copy.
pub(crate) fn changed<C: Clone>(audience: &mut Arc<Audience<C>>) -> &mut Audience<C> {
    Arc::make_mut(audience)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn listeners_join_once_and_leave_in_any_order() {
        let mut audience = Audience::default();
        for id in [1, 2, 3, 2] {
            audience.join(ConnectionId(id), id);
        }
        assert_eq!(audience.len(), 3);
        audience.leave(ConnectionId(1));
        audience.leave(ConnectionId(7));
        audience.leave(ConnectionId(3));
        assert_eq!(audience.iter().collect::<Vec<_>>(), [&2]);
        audience.leave(ConnectionId(2));
        assert!(audience.is_empty() && audience.places.is_empty());
    }
}
