//! What the broker counts.

use std::sync::Arc;

use oriel_protocol::pubsub::Code;
use oriel_runtime::metrics::Metrics;
use prometheus_client::collector::Collector;
use prometheus_client::encoding::{DescriptorEncoder, EncodeLabelSet, EncodeMetric};
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::ConstGauge;
use prometheus_client::metrics::histogram::{Histogram, exponential_buckets};

use crate::hub::Hub;
use crate::receiving::Receiving;

/// Why a frame did not reach a subscriber.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Lost {
    /// A newer value of its topic took its place.
    Conflated,
    /// It was the oldest.
    Oldest,
    /// The connection was closed because its queue overflowed.
    Overflow,
    /// The connection ended before.
    Gone,
}

impl Lost {
    const ALL: [Lost; 4] = [Lost::Conflated, Lost::Oldest, Lost::Overflow, Lost::Gone];

    fn as_str(self) -> &'static str {
        match self {
            Lost::Conflated => "conflate",
            Lost::Oldest => "drop-oldest",
            Lost::Overflow => "disconnect",
            Lost::Gone => "gone",
        }
    }
}

#[derive(Clone, PartialEq, Eq, Hash, Debug, EncodeLabelSet)]
pub(crate) struct DropLabels {
    reason: &'static str,
}

#[derive(Clone, PartialEq, Eq, Hash, Debug, EncodeLabelSet)]
pub(crate) struct CodeLabels {
    code: &'static str,
}

/// The counters; clones count together.
#[derive(Clone, Debug)]
pub(crate) struct Counts {
    pub(crate) publications: Counter,
    pub(crate) deliveries: Counter,
    pub(crate) forgotten: Counter,
    pub(crate) closed_slow: Counter,
    pub(crate) closed_silent: Counter,
    pub(crate) slowed: Counter,
    pub(crate) latency: Histogram,
    drops: Family<DropLabels, Counter>,
    bad_frames: Family<CodeLabels, Counter>,
}

impl Counts {
    pub(crate) fn new(metrics: &Metrics) -> Self {
        Counts {
            publications: metrics.counter("oriel_broker_publications", "Publications accepted"),
            deliveries: metrics.counter("oriel_broker_deliveries", "Frames handed to sockets"),
            forgotten: metrics.counter("oriel_broker_forgotten_topics", "Topics forgotten"),
            closed_slow: metrics
                .counter("oriel_broker_closed_slow", "Connections closed because their queue overflowed"),
            closed_silent: metrics.counter(
                "oriel_broker_closed_silent",
                "Connections closed because they gave no sign of life",
            ),
            slowed: metrics.counter(
                "oriel_broker_slowed",
                "Times that a connection was read more slowly because it published too fast",
            ),
            latency: metrics.register(
                "oriel_broker_publish_to_socket_seconds",
                "From a publication to the socket, of the first frame of each batch",
                Histogram::new(exponential_buckets(50e-6, 2.0, 16)),
            ),
            drops: metrics.counters("oriel_broker_drops", "Frames not delivered, by reason"),
            bad_frames: metrics.counters("oriel_broker_bad_frames", "Frames refused, by error code"),
        }
    }

    /// Frames that a subscriber will not get.
    pub(crate) fn lost(&self, why: Lost, frames: usize) {
        if frames > 0 {
            self.drops.get_or_create(&DropLabels { reason: why.as_str() }).inc_by(frames as u64);
        }
    }

    /// The frames that subscribers did not get, by the reason.
    pub(crate) fn all_lost(&self) -> impl Iterator<Item = (&'static str, u64)> {
        let count = |labels: &DropLabels| self.drops.get(labels).map_or(0, |count| count.get());
        Lost::ALL.map(|why| (why.as_str(), count(&DropLabels { reason: why.as_str() }))).into_iter()
    }

    /// A frame that was answered with an error.
    pub(crate) fn bad_frame(&self, code: Code) {
        self.bad_frames.get_or_create(&CodeLabels { code: code.as_str() }).inc();
    }
}

/// The sizes of the hub's tables, read at each scrape.
#[derive(Debug)]
pub(crate) struct SizeGauges(pub(crate) Arc<Hub>, pub(crate) Receiving);

impl Collector for SizeGauges {
    fn encode(&self, mut encoder: DescriptorEncoder<'_>) -> Result<(), std::fmt::Error> {
        let sizes = self.0.sizes();
        let queued = self.0.outboxes().iter().map(|outbox| outbox.bytes()).sum();
        for (name, help, size) in [
            ("oriel_broker_connections", "WebSocket connections and event streams", sizes.connections),
            ("oriel_broker_subscriptions", "Subscriptions of all connections", sizes.subscriptions),
            ("oriel_broker_long_polls", "Long polls that wait", sizes.waiters),
            ("oriel_broker_topics", "Remembered topics", sizes.topics),
            ("oriel_broker_topic_bytes", "Bytes of all that is remembered", sizes.bytes),
            ("oriel_broker_queue_bytes", "Bytes that wait for all connections", queued),
            ("oriel_broker_receive_bytes", "Bytes held of large messages that come in", self.1.taken()),
        ] {
            let gauge = ConstGauge::new(size as i64);
            gauge.encode(encoder.encode_descriptor(name, help, None, gauge.metric_type())?)?;
        }
        Ok(())
    }
}
