//! What the adapter counts about itself, for `GET /metrics`.

use oriel_runtime::metrics::Metrics;
use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;

use crate::store::Refused;

/// What became of a message.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub(crate) enum Outcome {
    /// Kept as a view's newest result.
    Kept,
    /// Neither a result nor rows, so not shown.
    NoResult,
    /// Its upstream has too many views already.
    TooMany,
    /// It, or its upstream's views together, are too large.
    TooLarge,
}

impl Outcome {
    fn label(self) -> &'static str {
        match self {
            Outcome::Kept => "kept",
            Outcome::NoResult => "no_result",
            Outcome::TooMany => "too_many",
            Outcome::TooLarge => "too_large",
        }
    }
}

impl From<Result<(), Refused>> for Outcome {
    fn from(kept: Result<(), Refused>) -> Self {
        match kept {
            Ok(()) => Outcome::Kept,
            Err(Refused::TooMany) => Outcome::TooMany,
            Err(Refused::TooLarge) => Outcome::TooLarge,
        }
    }
}

#[derive(Clone, PartialEq, Eq, Hash, Debug, EncodeLabelSet)]
struct Message {
    outcome: &'static str,
}

#[derive(Clone, PartialEq, Eq, Hash, Debug, EncodeLabelSet)]
struct Upstream {
    upstream: String,
}

#[derive(Clone, PartialEq, Eq, Hash, Debug, EncodeLabelSet)]
struct Request {
    route: String,
    status: u16,
}

/// The adapter's own metrics.
#[derive(Clone, Debug)]
pub(crate) struct Counts {
    requests: Family<Request, Counter>,
    messages: Family<Message, Counter>,
    up: Family<Upstream, Gauge>,
    losses: Family<Upstream, Counter>,
    /// Browsers that watch now.
    pub(crate) watchers: Gauge,
    /// Events sent to them.
    pub(crate) events: Counter,
    /// Results that a slow browser never saw, because a newer one took their place.
    pub(crate) skipped: Counter,
}

impl Counts {
    /// Registers all metrics.
    pub(crate) fn new(metrics: &Metrics) -> Counts {
        let named = |name: &str| format!("oriel_adapter_{name}");
        Counts {
            requests: metrics.register(&named("requests"), "Requests by route and status", Family::default()),
            messages: metrics.register(
                &named("messages"),
                "Messages from upstreams by outcome",
                Family::default(),
            ),
            up: metrics.register(
                &named("upstream_up"),
                "1 while the upstream answers, else 0",
                Family::default(),
            ),
            losses: metrics.register(
                &named("upstream_losses"),
                "Times that an upstream went away",
                Family::default(),
            ),
            watchers: metrics.register(
                &named("watchers"),
                "Browsers watching the live page",
                Gauge::default(),
            ),
            events: metrics.register(
                &named("events"),
                "Events sent to watching browsers",
                Counter::default(),
            ),
            skipped: metrics.register(
                &named("events_skipped"),
                "Results replaced by newer ones before a slow browser took them",
                Counter::default(),
            ),
        }
    }

    /// Counts an answered request.
    pub(crate) fn request(&self, route: &str, status: u16) {
        self.requests.get_or_create(&Request { route: route.to_owned(), status }).inc();
    }

    /// Counts a message.
    pub(crate) fn message(&self, outcome: Outcome) {
        self.messages.get_or_create(&Message { outcome: outcome.label() }).inc();
    }

    /// Notes that an upstream answers.
    pub(crate) fn live(&self, upstream: &str) {
        self.up.get_or_create(&Upstream { upstream: upstream.to_owned() }).set(1);
    }

    /// Notes that an upstream does not answer; counted where it did before.
    pub(crate) fn away(&self, upstream: &str) {
        let label = Upstream { upstream: upstream.to_owned() };
        if self.up.get_or_create(&label).set(0) == 1 {
            self.losses.get_or_create(&label).inc();
        }
    }
}
