//! The registry that is handed down to whatever counts something.

use prometheus_client::collector::Collector;
use prometheus_client::encoding::{EncodeLabelSet, text};
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::registry::{Metric, Registry};
use std::fmt::Debug;
use std::hash::Hash;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// The metrics of one server.
#[derive(Clone, Debug, Default)]
pub struct Metrics {
    registry: Arc<Mutex<Registry>>,
    /// Whose turn it is to read them all.
    turn: Arc<tokio::sync::Mutex<()>>,
}

impl Metrics {
    /// Adds a metric under its name and gives it back. Counters get `_total` appended.
    pub fn register<M: Metric + Clone>(&self, name: &str, help: &str, metric: M) -> M {
        self.lock().register(name, help, metric.clone());
        metric
    }

    /// A number that only grows.
    pub fn counter(&self, name: &str, help: &str) -> Counter {
        self.register(name, help, Counter::default())
    }

    /// A number that goes up and down.
    pub fn gauge(&self, name: &str, help: &str) -> Gauge {
        self.register(name, help, Gauge::default())
    }

    /// Counters told apart by labels, whose values come from a closed set.
    pub fn counters<L>(&self, name: &str, help: &str) -> Family<L, Counter>
    where
        L: Clone + Hash + Eq + EncodeLabelSet + Debug + Send + Sync + 'static,
    {
        self.register(name, help, Family::default())
    }

    /// Adds something that is asked at each scrape.
    pub fn collect(&self, collector: impl Collector) {
        self.lock().register_collector(Box::new(collector));
    }

    /// The same as [`encode`](Self::encode) for whoever must not be blocked by what is asked.
    /// One at a time, so that many scrapes take one thread.
    pub async fn scrape(&self) -> String {
        let (metrics, turn) = (self.clone(), Arc::clone(&self.turn).lock_owned().await);
        let encoded = tokio::task::spawn_blocking(move || {
            let _turn = turn;
            metrics.encode()
        });
        encoded.await.unwrap_or_else(|error| {
            tracing::error!(%error, "metrics cannot be read");
            String::new()
        })
    }

    /// All metrics in the text format that Prometheus reads.
    pub fn encode(&self) -> String {
        let mut text = String::new();
        match text::encode(&mut text, &self.lock()) {
            Ok(()) => text,
            Err(error) => {
                tracing::error!(%error, "metrics cannot be encoded");
                String::new()
            }
        }
    }

    fn lock(&self) -> MutexGuard<'_, Registry> {
        self.registry.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use prometheus_client::encoding::{DescriptorEncoder, EncodeMetric};
    use prometheus_client::metrics::gauge::ConstGauge;
    use std::sync::mpsc;
    use std::time::Duration;

    #[test]
    fn what_is_registered_is_encoded() {
        let metrics = Metrics::default();
        metrics.counter("oriel_things", "Things seen").inc_by(3);
        metrics.gauge("oriel_open", "Things open").set(-1);
        let text = metrics.clone().encode();
        assert!(text.contains("oriel_things_total 3\n"), "{text}");
        assert!(text.contains("oriel_open -1\n"), "{text}");
    }

    /// Asked, it waits for a word from elsewhere.
    #[derive(Debug)]
    struct Waits(Mutex<mpsc::Receiver<()>>);

    impl Collector for Waits {
        fn encode(&self, mut encoder: DescriptorEncoder<'_>) -> std::fmt::Result {
            let heard = self.0.lock().expect("no panic").recv_timeout(Duration::from_secs(30));
            let heard = ConstGauge::new(i64::from(heard.is_ok()));
            heard.encode(encoder.encode_descriptor("oriel_heard", "Whether", None, heard.metric_type())?)
        }
    }

    #[tokio::test(flavor = "current_thread")]
    async fn a_scrape_that_waits_keeps_nobody_else_waiting() {
        let metrics = Metrics::default();
        let (say, hear) = mpsc::sync_channel(1);
        metrics.collect(Waits(Mutex::new(hear)));
        let (text, said) = tokio::join!(metrics.scrape(), async { say.send(()) });
        assert!(said.is_ok() && text.contains("oriel_heard 1\n"), "{text}");
    }
}
