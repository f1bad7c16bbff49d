//! The memory for messages that are still coming in, which all connections share.
//!
//! Small ones cost less than what a connection costs anyway. Whoever sends a large one
//! takes a share for as long as it is held, and is refused when all shares are taken: a
//! thousand clients that begin a large message each and never end it harm only others
//! that send large ones.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};

use oriel_runtime::metrics::Metrics;
use prometheus_client::metrics::counter::Counter;

/// What is not larger needs no share, as long as that is a small part of the room.
pub(crate) const SMALL: usize = 4 << 10;

/// The smallest room has place for so many small messages.
const MANY: usize = 16;

/// All that may be held of unfinished messages.
#[derive(Clone, Debug)]
pub struct Receiving(Arc<Room>);

#[derive(Debug)]
struct Room {
    bytes: usize,
    taken: AtomicUsize,
    refused: Counter,
}

/// The part that one message takes.
#[derive(Debug)]
pub struct Share {
    of: Receiving,
    bytes: usize,
}

/// All shares are taken.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
#[error("{}", Full::SAYS)]
pub(crate) struct Full;

impl Full {
    /// What a client is told.
    pub(crate) const SAYS: &str = "too many large messages come in at once, try again";
}

impl Receiving {
    /// Room for so many bytes.
    pub fn new(bytes: usize) -> Self {
        Receiving(Arc::new(Room { bytes, taken: AtomicUsize::new(0), refused: Counter::default() }))
    }

    /// Shows what was refused among the metrics.
    pub(crate) fn export(&self, metrics: &Metrics) {
        let help = "Messages refused because too many large ones came in at once";
        metrics.register("oriel_broker_receive_full", help, self.0.refused.clone());
    }

    /// A share of nothing.
    pub fn share(&self) -> Share {
        Share { of: self.clone(), bytes: 0 }
    }

    /// What is taken, in bytes.
    pub fn taken(&self) -> usize {
        self.0.taken.load(Relaxed)
    }
}

impl Share {
    /// The largest message that needs none.
    pub(crate) fn small(&self) -> usize {
        SMALL.min(self.of.0.bytes / MANY)
    }

    /// Grows to so many bytes, if they are more than a small message has and than it was.
    pub(crate) fn grow_to(&mut self, bytes: usize) -> Result<(), Full> {
        let Some(more) = bytes.checked_sub(self.bytes).filter(|_| bytes > self.small()) else {
            return Ok(());
        };
        let Receiving(room) = &self.of;
        let fits = |taken: usize| taken.checked_add(more).filter(|all| *all <= room.bytes);
        match room.taken.fetch_update(Relaxed, Relaxed, fits) {
            Ok(_) => self.bytes = bytes,
            Err(_) => {
                room.refused.inc();
                return Err(Full);
            }
        }
        Ok(())
    }

    /// Gives everything back.
    pub(crate) fn give_back(&mut self) {
        self.of.0.taken.fetch_sub(std::mem::take(&mut self.bytes), Relaxed);
    }
}

impl Drop for Share {
    fn drop(&mut self) {
        self.give_back();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shares_are_no_more_than_the_room_and_come_back() {
        let receiving = Receiving::new(300);
        let (mut one, mut other) = (receiving.share(), receiving.share());
        assert_eq!((one.grow_to(18), receiving.taken()), (Ok(()), 0), "small");
        assert_eq!((one.grow_to(100), receiving.taken()), (Ok(()), 100));
        assert_eq!((one.grow_to(99), receiving.taken()), (Ok(()), 100), "it does not shrink");
        assert_eq!((other.grow_to(201), receiving.0.refused.get()), (Err(Full), 1));
        assert_eq!((other.grow_to(200), receiving.taken()), (Ok(()), 300));
        one.give_back();
        assert_eq!(receiving.taken(), 200);
        assert_eq!((other.grow_to(300), other.grow_to(usize::MAX)), (Ok(()), Err(Full)));
        drop((one, other));
        assert_eq!(receiving.taken(), 0);
        assert_eq!(Receiving::new(1 << 20).share().small(), SMALL);
    }
}
