//! Keeps the store current from one upstream: ask what it is, follow it until it is lost,
//! wait, ask again, for ever. It is asked anew after each loss: another program may
//! have taken its place.

mod address;
mod broker;
mod fetch;
mod snapshot;
#[cfg(test)]
mod tests;

use std::sync::Arc;
use std::time::Duration;

use oriel_client::{Token, Trust};
use oriel_runtime::backoff::Backoff;
use oriel_runtime::shutdown::Shutdown;

use crate::clock;
use crate::counts::{Counts, Outcome};
use crate::store::{Role, Store};
use crate::view::View;

pub use address::{Upstream, UpstreamError};
use fetch::Fetch;

/// The first wait after a loss, and the longest: a person who restarts a server should
/// not wait for us.
const WAITS: (Duration, Duration) = (Duration::from_millis(100), Duration::from_secs(2));
/// An upstream that takes longer than this to answer is taken for lost.
const PATIENCE: Duration = Duration::from_secs(2);
/// A larger message is no result that a panel could draw.
const MAX_MESSAGE: usize = 8 << 20;

/// Why an upstream was lost, in words for a notice.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[error("{0}")]
pub(crate) struct Lost(pub(crate) String);

/// Follows one upstream.
pub(crate) struct Follower {
    /// Its place in the store.
    pub(crate) place: usize,
    /// Where it is.
    pub(crate) upstream: Upstream,
    /// What it is shown to be let in.
    pub(crate) token: Option<Token>,
    /// Whose certificates are believed.
    pub(crate) trust: Option<Trust>,
    /// What is kept current.
    pub(crate) store: Arc<Store>,
    /// What is counted.
    pub(crate) counts: Counts,
}

impl Follower {
    /// Follows until the shutdown.
    pub(crate) async fn follow(self, shutdown: Shutdown) {
        tokio::select! {
            () = shutdown.requested() => {}
            () = self.for_ever() => {}
        }
    }

    async fn for_ever(&self) {
        let mut backoff = Backoff::new(WAITS.0, WAITS.1);
        let mut last = None;
        loop {
            let Err(lost) = self.session(&mut backoff).await;
            if last.as_ref() != Some(&lost) {
                tracing::warn!(upstream = %self.upstream, reason = %lost, "upstream away");
            }
            self.counts.away(&self.upstream.to_string());
            self.store.away(self.place, lost.0.clone(), clock::now());
            last = Some(lost);
            tokio::time::sleep(backoff.next_delay()).await;
        }
    }

    /// From asking what it is to losing it.
    async fn session(&self, backoff: &mut Backoff) -> Result<std::convert::Infallible, Lost> {
        let fetch = Fetch::new(self.token.as_ref(), self.trust.as_ref()).await?;
        match self.role(&fetch).await? {
            Role::Broker => broker::follow(self, &fetch, backoff).await,
            Role::Snapshot => snapshot::follow(self, &fetch, backoff).await,
        }
    }

    /// A broker lists topics, a snapshot server lists views.
    async fn role(&self, fetch: &Fetch) -> Result<Role, Lost> {
        if broker::topics(&self.upstream, fetch).await?.is_some() {
            return Ok(Role::Broker);
        }
        match snapshot::views(&self.upstream, fetch).await? {
            Some(_) => Ok(Role::Snapshot),
            None => Err(Lost("it answers, but neither as a broker nor as a snapshot server".to_owned())),
        }
    }

    /// The session has begun: the upstream answers in its role.
    fn live(&self, role: Role, backoff: &mut Backoff) {
        backoff.reset();
        tracing::info!(upstream = %self.upstream, role = role.name(), "upstream answers");
        self.counts.live(&self.upstream.to_string());
        self.store.live(self.place, role);
    }

    /// Keeps a message that is a result; says whether it is one.
    fn keep(&self, target: &str, raw: &str) -> bool {
        let Some(view) = View::from_message(target, raw, clock::now()) else {
            self.counts.message(Outcome::NoResult);
            return false;
        };
        let outcome = Outcome::from(self.store.put(self.place, view));
        if outcome != Outcome::Kept {
            tracing::debug!(target, ?outcome, "result not kept");
        }
        self.counts.message(outcome);
        true
    }
}
