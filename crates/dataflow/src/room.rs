//! Who gets a key of its own where there are more keys than room.

use crate::fold::Delta;
use hashbrown::HashSet;
use oriel_snapshot::{Key, OTHER, pair};
use oriel_window::table_bytes;
use xxhash_rust::xxh3::xxh3_64;

/// The keys of one view that were admitted. A place is free again when neither a window
/// nor a row holds its key.
pub(crate) struct Room {
    most: usize,
    admitted: HashSet<Key>,
    other: Key,
    /// Something was forgotten since the keys were looked through.
    stale: bool,
    folded: u64,
}

impl Room {
    pub(crate) fn new(most: usize, pairs: bool) -> Self {
        let other = if pairs { pair(Some(OTHER), Some(OTHER)) } else { OTHER.to_owned() };
        Room { most, admitted: HashSet::new(), other: Some(other.into()), stale: false, folded: 0 }
    }

    /// The key of the rest.
    pub(crate) fn rest(&self) -> &Key {
        &self.other
    }

    /// Windows or rows were forgotten, if that is so.
    pub(crate) fn left(&mut self, some: bool) {
        self.stale |= some;
    }

    /// Partial cells that found no room so far.
    pub(crate) fn folded(&self) -> u64 {
        self.folded
    }

    /// How many keys have a place.
    pub(crate) fn admitted(&self) -> usize {
        self.admitted.len()
    }

    /// What knowing who was admitted takes in memory, about.
    pub(crate) fn bytes(&self) -> usize {
        table_bytes::<Key, ()>(self.admitted.len())
    }

    /// Admits the new keys of an epoch, or those of smallest hash where there is no room
    /// for all; the others get the key of the rest. Says whether there are any.
    pub(crate) fn admit<I: Iterator<Item = Key>>(
        &mut self,
        deltas: &mut [Delta],
        closed: bool,
        held: impl Fn() -> I,
    ) -> bool {
        let mut new: HashSet<Key> = HashSet::new();
        new.extend(
            deltas.iter().map(|delta| &delta.key).filter(|key| !self.admitted.contains(*key)).cloned(),
        );
        if new.is_empty() {
            return false;
        }
        if self.admitted.len() + new.len() > self.most && std::mem::take(&mut self.stale) {
            self.admitted = held().filter(|key| *key != self.other).collect();
            new.retain(|key| !self.admitted.contains(key));
        }
        let room = if closed { 0 } else { self.most.saturating_sub(self.admitted.len()) };
        let mut new: Vec<Key> = new.into_iter().collect();
        if new.len() > room {
            new.sort_by_cached_key(|key| {
                (xxh3_64(key.as_deref().unwrap_or_default().as_bytes()), key.clone())
            });
            new.truncate(room);
        }
        self.admitted.extend(new);
        let mut some = false;
        for delta in deltas.iter_mut().filter(|delta| !self.admitted.contains(&delta.key)) {
            delta.key.clone_from(&self.other);
            self.folded += 1;
            some = true;
        }
        some
    }
}
