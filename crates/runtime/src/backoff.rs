//! How long to wait before the next try.

use std::hash::{BuildHasher, RandomState};
use std::time::Duration;

/// Waits that double up to a cap. Each is between half and the whole of its step, so that
/// clients which lost the same server do not return together.
#[derive(Clone, Debug)]
pub struct Backoff {
    first: Duration,
    cap: Duration,
    step: Duration,
    random: RandomState,
    count: u64,
}

impl Backoff {
    /// The first wait and the longest.
    pub fn new(first: Duration, cap: Duration) -> Self {
        Backoff { first, cap, step: first, random: RandomState::new(), count: 0 }
    }

    /// The next wait.
    pub fn next_delay(&mut self) -> Duration {
        let step = self.step;
        self.step = (step * 2).min(self.cap);
        self.count += 1;
        let part = (self.random.hash_one(self.count) >> 11) as f64 / (1_u64 << 53) as f64;
        step.mul_f64(0.5 + part / 2.0)
    }

    /// It worked: begin again with the first wait.
    pub fn reset(&mut self) {
        self.step = self.first;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_double_up_to_the_cap_and_begin_again() {
        let (first, cap) = (Duration::from_millis(100), Duration::from_secs(1));
        let mut backoff = Backoff::new(first, cap);
        for step in [100, 200, 400, 800, 1_000, 1_000] {
            let (delay, step) = (backoff.next_delay(), Duration::from_millis(step));
            assert!(delay >= step / 2 && delay <= step, "{delay:?} of {step:?}");
        }
        backoff.reset();
        assert!(backoff.next_delay() <= first);
    }
}
