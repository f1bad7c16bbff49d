//! Who has brought wrong tokens lately, so that guessing is slow.
//!
//! Each wrong token costs its address a second of a credit of twenty; who has none left is
//! not looked at until there is some again. So an address has its tokens checked sixty
//! times a minute at most, and other addresses are not harmed. Loopback, where a proxy
//! brings everybody's requests, is never slowed: one who guesses would lock out all.

use std::net::IpAddr;
use std::num::NonZeroUsize;
use std::time::{Duration, Instant};

use lru::LruCache;
use oriel_runtime::serve::network;

/// What a wrong token costs.
const COST: Duration = Duration::from_secs(1);

/// What may be owed: a program that starts with an old token tries a few times.
const CREDIT: Duration = Duration::from_secs(20);

/// Addresses that are remembered, those with the latest wrong tokens.
const ADDRESSES: NonZeroUsize = NonZeroUsize::new(4_096).expect("is not zero");

/// By address the time at which nothing is owed any more.
#[derive(Debug)]
pub(super) struct Guesses(LruCache<IpAddr, Instant>);

impl Guesses {
    pub(super) fn new() -> Self {
        Guesses(LruCache::new(ADDRESSES))
    }

    /// How long no token of this address is looked at, if that is so.
    pub(super) fn wait(&self, address: IpAddr, now: Instant) -> Option<Duration> {
        let owed = self.0.peek(&network(address))?.saturating_duration_since(now);
        owed.checked_sub(CREDIT).filter(|wait| !wait.is_zero())
    }

    /// A wrong token came from there.
    pub(super) fn wrong(&mut self, address: IpAddr, now: Instant) {
        if address.to_canonical().is_loopback() {
            return;
        }
        let free = self.0.get_or_insert_mut(network(address), || now);
        *free = (*free).max(now) + COST;
    }
}

#[cfg(test)]
mod tests {
    use std::net::Ipv4Addr;

    use super::*;

    fn address(text: &str) -> IpAddr {
        text.parse().expect(text)
    }

    /// Guesses as fast as it is let, a thousand times a second for so many seconds.
    fn guess(guesses: &mut Guesses, from: IpAddr, start: Instant, seconds: u64) -> usize {
        let times = (0..seconds * 1000).map(|millis| start + Duration::from_millis(millis));
        let tried = times.filter(|now| {
            let free = guesses.wait(from, *now).is_none();
            if free {
                guesses.wrong(from, *now);
            }
            free
        });
        tried.count()
    }

    #[test]
    fn one_address_has_twenty_guesses_and_then_one_a_second() {
        let (mut guesses, start) = (Guesses::new(), Instant::now());
        let tried = guess(&mut guesses, address("192.0.2.1"), start, 60);
        assert!((79..=81).contains(&tried), "{tried}");
        let later = start + Duration::from_secs(200);
        assert_eq!(guesses.wait(address("192.0.2.1"), later), None);
        assert_eq!(guesses.wait(address("192.0.2.2"), start), None, "others are not harmed");
    }

    #[test]
    fn it_says_how_long() {
        let (mut guesses, now) = (Guesses::new(), Instant::now());
        let from = address("2001:db8::1");
        (0..25).for_each(|_| guesses.wrong(from, now));
        assert_eq!(guesses.wait(from, now), Some(Duration::from_secs(5)));
        assert_eq!(
            guesses.wait(address("2001:db8::2"), now),
            Some(Duration::from_secs(5)),
            "the same network"
        );
        assert_eq!(guesses.wait(from, now + Duration::from_secs(5)), None);
    }

    #[test]
    fn loopback_is_never_slowed() {
        let (mut guesses, start) = (Guesses::new(), Instant::now());
        for text in ["127.0.0.1", "::1", "::ffff:127.0.0.1"] {
            assert_eq!(guess(&mut guesses, address(text), start, 1), 1000, "{text}");
        }
    }

    #[test]
    fn the_table_is_bounded_and_keeps_the_latest() {
        let (mut guesses, now) = (Guesses::new(), Instant::now());
        for host in 0..10_000_u32 {
            guesses.wrong(Ipv4Addr::from_bits(0xC000_0000 + host).into(), now);
        }
        assert_eq!(guesses.0.len(), ADDRESSES.get());
        assert!(guesses.0.contains(&IpAddr::from(Ipv4Addr::from_bits(0xC000_0000 + 9_999))));
    }
}
