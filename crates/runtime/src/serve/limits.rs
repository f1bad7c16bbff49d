//! How many connections there may be, in all and from one address.

use std::collections::HashMap;
use std::net::{IpAddr, Ipv6Addr};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use prometheus_client::collector::Collector;
use prometheus_client::encoding::{DescriptorEncoder, EncodeLabelSet, EncodeMetric};
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::ConstGauge;

use crate::metrics::Metrics;

/// Connections of a server that was told nothing else.
const CONNECTIONS: usize = 10_000;

/// The limits and what they count. Clones share both.
#[derive(Clone, Debug)]
pub struct Limits(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    connections: usize,
    per_address: usize,
    taken: Mutex<Taken>,
    refused: Family<Labels, Counter>,
}

#[derive(Debug, Default)]
struct Taken {
    all: usize,
    by_network: HashMap<IpAddr, usize>,
}

/// Why a connection was not served.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
pub enum Refused {
    /// There are as many as there may be.
    #[error("there are as many connections as there may be; try again later")]
    Connections,
    /// As many from this address.
    #[error("there are as many connections from this address as there may be")]
    Address,
    /// No whole request in time.
    #[error("the connection asked for nothing in time")]
    Handshake,
    /// It does not speak TLS as we do.
    #[error("the connection does not speak TLS as we do")]
    Tls,
    /// The system gives no more sockets.
    #[error("the system gives no more sockets")]
    System,
}

#[derive(Clone, PartialEq, Eq, Hash, Debug, EncodeLabelSet)]
struct Labels {
    reason: &'static str,
}

impl Limits {
    /// So many connections in all, and so many of them from one address; loopback, where a
    /// proxy brings everybody's, has only the first limit.
    pub fn new(connections: usize, per_address: usize) -> Self {
        let (taken, refused) = (Mutex::default(), Family::default());
        Limits(Arc::new(Inner { connections, per_address, taken, refused }))
    }

    /// Connections that are open, upgraded ones too.
    pub fn open(&self) -> usize {
        self.0.lock().all
    }

    /// Adds `PREFIX_sockets` and `PREFIX_refused_connections_total` to the metrics.
    pub fn export(&self, prefix: &str, metrics: &Metrics) {
        let name = format!("{prefix}_refused_connections");
        metrics.register(&name, "Connections not served, by reason", self.0.refused.clone());
        metrics.collect(Open(format!("{prefix}_sockets"), self.clone()));
    }

    pub(super) fn enter(&self, peer: IpAddr) -> Result<Place, Refused> {
        let peer = peer.to_canonical();
        let network = (!peer.is_loopback()).then(|| network(peer));
        let mut taken = self.0.lock();
        if taken.all >= self.0.connections {
            return Err(Refused::Connections);
        }
        if let Some(network) = network {
            let count = taken.by_network.get(&network).copied().unwrap_or_default();
            if count >= self.0.per_address {
                return Err(Refused::Address);
            }
            taken.by_network.insert(network, count + 1);
        }
        taken.all += 1;
        Ok(Place { limits: Arc::clone(&self.0), network })
    }

    pub(super) fn count(&self, why: Refused) {
        let reason = match why {
            Refused::Connections => "connections",
            Refused::Address => "address",
            Refused::Handshake => "handshake",
            Refused::Tls => "tls",
            Refused::System => "system",
        };
        self.0.refused.get_or_create(&Labels { reason }).inc();
    }
}

impl Default for Limits {
    fn default() -> Self {
        Limits::new(CONNECTIONS, CONNECTIONS)
    }
}

impl Inner {
    fn lock(&self) -> MutexGuard<'_, Taken> {
        self.taken.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A connection's place among all, until it is dropped.
#[derive(Debug)]
pub(super) struct Place {
    limits: Arc<Inner>,
    network: Option<IpAddr>,
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut taken = self.limits.lock();
        taken.all -= 1;
        let Some(network) = self.network else { return };
        if let Some(count) = taken.by_network.get_mut(&network) {
            *count -= 1;
            if *count == 0 {
                taken.by_network.remove(&network);
            }
        }
    }
}

/// What counts as one address: whoever has one of IPv6 has the 64 bits below it too.
pub fn network(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V4(address) => address.into(),
        IpAddr::V6(address) => Ipv6Addr::from_bits(address.to_bits() >> 64 << 64).into(),
    }
}

#[derive(Debug)]
struct Open(String, Limits);

impl Collector for Open {
    fn encode(&self, mut encoder: DescriptorEncoder<'_>) -> Result<(), std::fmt::Error> {
        let gauge = ConstGauge::new(self.1.open() as i64);
        let help = "Connections, upgraded ones too";
        gauge.encode(encoder.encode_descriptor(&self.0, help, None, gauge.metric_type())?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn address(text: &str) -> IpAddr {
        text.parse().expect(text)
    }

    #[test]
    fn the_limit_of_all_holds_for_everybody() {
        let limits = Limits::new(2, 9);
        let _first = limits.enter(address("127.0.0.1")).expect("room");
        let second = limits.enter(address("192.0.2.1")).expect("room");
        assert_eq!(limits.enter(address("127.0.0.1")).err(), Some(Refused::Connections));
        drop(second);
        assert!(limits.enter(address("198.51.100.1")).is_ok());
        assert_eq!(limits.open(), 1);
    }

    #[test]
    fn an_address_has_its_own_limit_and_loopback_none() {
        let limits = Limits::new(99, 1);
        let first = limits.enter(address("192.0.2.1")).expect("room");
        assert_eq!(limits.enter(address("192.0.2.1")).err(), Some(Refused::Address));
        assert_eq!(limits.enter(address("::ffff:192.0.2.1")).err(), Some(Refused::Address));
        let _other = limits.enter(address("192.0.2.2")).expect("others are not harmed");
        drop(first);
        let _again = limits.enter(address("192.0.2.1")).expect("its place was free again");
        for text in ["127.0.0.1", "127.0.0.1", "::1", "::1", "::ffff:127.0.0.1", "::ffff:127.0.0.1"] {
            std::mem::forget(limits.enter(address(text)).expect(text));
        }
    }

    #[test]
    fn the_lower_half_of_ipv6_makes_no_other_address() {
        let limits = Limits::new(99, 1);
        let _place = limits.enter(address("2001:db8::1")).expect("room");
        assert_eq!(limits.enter(address("2001:db8::2:1")).err(), Some(Refused::Address));
        assert!(limits.enter(address("2001:db8:0:1::1")).is_ok());
    }

    #[test]
    fn nothing_is_kept_of_those_who_left() {
        let limits = Limits::new(99, 9);
        drop([1, 2, 3].map(|host| limits.enter(IpAddr::from([192, 0, 2, host])).expect("room")));
        assert!(limits.0.lock().by_network.is_empty());
    }

    #[test]
    fn it_tells_its_counts() {
        let (limits, metrics) = (Limits::default(), Metrics::default());
        limits.export("x", &metrics);
        let _place = limits.enter(address("::1"));
        limits.count(Refused::Tls);
        let text = metrics.encode();
        assert!(text.contains("x_sockets 1\n"), "{text}");
        assert!(text.contains("x_refused_connections_total{reason=\"tls\"} 1\n"), "{text}");
    }
}
