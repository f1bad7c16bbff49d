//! Made-up tweets, as the Twitter API v2 gives them.
//!
//! Tweet i is a function of seed, start, rate and i alone, so the same settings give the
//! same bytes whatever the timing. Its event time is start + i / rate, less up to two
//! seconds of disorder.

use std::sync::Arc;
use std::thread;
use std::time::Duration;

use oriel_dataflow::source::{Batch, Limits, Source, SourceError, Status, Unit};
use oriel_time::{Clock, EventTime, ProcessingTime};

use super::WAIT;

mod random;
mod ranking;
mod tags;
mod text;
mod tweet;

use tweet::Tweets;

/// Records per second of event time when no rate is set.
const PLAIN_RATE: f64 = 1_000.0;

/// Paced records come in groups at least so far apart: a wake-up costs more than a record.
const PACE: Duration = Duration::from_millis(2);

/// No tweet is longer, so this much room spares the buffer from growing.
const MAX_TWEET: usize = 4 << 10;

/// The source of made-up tweets.
pub(super) struct Generator {
    tweets: Tweets,
    rate: Option<f64>,
    count: u64,
    /// How many were given.
    given: u64,
    /// When the first was asked for.
    began: Option<ProcessingTime>,
    clock: Arc<dyn Clock>,
    origin: Arc<str>,
}

impl Generator {
    pub(super) fn new(
        rate: Option<f64>,
        count: Option<u64>,
        seed: u64,
        start: Option<EventTime>,
        clock: Arc<dyn Clock>,
    ) -> Self {
        let start = start.unwrap_or_else(|| EventTime::from_millis(clock.now().millis()));
        Generator {
            tweets: Tweets::new(seed, start, rate.unwrap_or(PLAIN_RATE)),
            rate,
            count: count.unwrap_or(u64::MAX),
            given: 0,
            began: None,
            clock,
            origin: Arc::from("generator"),
        }
    }

    /// How many may have been given by now. After a stall it is all that were missed.
    fn due(&mut self) -> u64 {
        let Some(rate) = self.rate else { return self.count };
        let now = self.clock.now();
        let began = *self.began.get_or_insert(now);
        let passed = now.since(began).millis() as f64;
        // The first is due at once. The cast saturates, and a clock may go back.
        ((passed * rate / 1_000.0) as u64).saturating_add(1).clamp(self.given, self.count)
    }

    /// Until the next is due, as long as a read may wait.
    fn wait(&self) -> Duration {
        let rate = self.rate.unwrap_or(PLAIN_RATE);
        Duration::from_secs_f64((1.0 / rate).clamp(PACE.as_secs_f64(), WAIT.as_secs_f64()))
    }
}

impl Source for Generator {
    fn partition(&self) -> &str {
        "generator"
    }

    fn read(&mut self, batch: &mut Batch, limits: Limits) -> Result<Status, SourceError> {
        (batch.origin, batch.unit, batch.position) = (Arc::clone(&self.origin), Unit::Records, self.given);
        if self.given == self.count {
            return Ok(Status::Ended);
        }
        let mut due = self.due();
        if due == self.given {
            thread::sleep(self.wait());
            due = self.due();
        }
        let end = due.min(self.given.saturating_add(limits.records));
        batch.bytes.reserve(
            limits.bytes.min(((end - self.given) as usize).saturating_mul(MAX_TWEET / 8)) + MAX_TWEET,
        );
        while self.given < end && batch.bytes.len() < limits.bytes {
            self.tweets.write(self.given, &mut batch.bytes);
            self.given += 1;
            batch.records += 1;
        }
        Ok(if batch.records == 0 { Status::CaughtUp } else { Status::More })
    }
}

#[cfg(test)]
mod tests;
