//! How fast one connection may publish.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

/// The pace of one connection, by whichever way it publishes; no bound if it has none.
#[derive(Clone, Debug, Default)]
pub(crate) struct Pacing(Option<Arc<Mutex<Pace>>>);

impl Pacing {
    /// So many a second.
    pub(crate) fn new(rate: Option<u32>, now: Instant) -> Self {
        Pacing(rate.map(|rate| Arc::new(Mutex::new(Pace::new(rate, now)))))
    }

    /// Takes one; says until when nothing more is to be read.
    pub(crate) fn take(&self) -> Option<Instant> {
        let mut pace = self.0.as_ref()?.lock().unwrap_or_else(PoisonError::into_inner);
        pace.take(Instant::now())
    }
}

/// A bucket of tokens that fills evenly and holds a second's worth.
#[derive(Clone, Debug)]
struct Pace {
    rate: u32,
    /// When the bucket is full again.
    full: Instant,
}

impl Pace {
    /// So many a second.
    fn new(rate: u32, now: Instant) -> Self {
        Pace { rate: rate.max(1), full: now }
    }

    /// Takes one; says until when nothing more may be taken, if the bucket is empty now.
    fn take(&mut self, now: Instant) -> Option<Instant> {
        const HOLDS: Duration = Duration::from_secs(1);
        self.full = self.full.max(now) + HOLDS / self.rate;
        let free = self.full.checked_sub(HOLDS)?;
        (free > now).then_some(free)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_seconds_worth_may_come_at_once_and_then_it_comes_evenly() {
        let start = Instant::now() + Duration::from_secs(10);
        let mut pace = Pace::new(100, start);
        assert!((0..100).all(|_| pace.take(start).is_none()));
        let mut now = start;
        for _ in 0..50 {
            now = pace.take(now).expect("empty");
        }
        assert_eq!(now - start, Duration::from_millis(500));
        let later = now + Duration::from_secs(60);
        assert!((0..100).all(|_| pace.take(later).is_none()), "it holds no more than a second's worth");
        assert!(pace.take(later).is_some());
    }
}
