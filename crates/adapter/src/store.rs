//! What the adapter holds: for each upstream how it is, and the newest result of each of
//! its views. One lock, held for moments; readers get shared pointers.

mod catalogue;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};

use oriel_time::{ProcessingTime, Span};
use tokio::sync::watch;

use crate::view::View;

pub(crate) use catalogue::{Catalogue, Held};

/// An upstream with more views than this keeps the first ones: no dashboard lists more.
const MAX_VIEWS: usize = 1_000;
/// The messages of one upstream's views together, in bytes; rows take a few times that.
const MAX_BYTES: usize = 64 << 20;

/// What an upstream turned out to be.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Role {
    /// A pub/sub broker.
    Broker,
    /// A snapshot server.
    Snapshot,
}

impl Role {
    /// The role's name on the page.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Role::Broker => "broker",
            Role::Snapshot => "snapshot server",
        }
    }
}

/// How an upstream is.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) enum Health {
    /// It has not answered yet.
    Awaited,
    /// It answers.
    Live,
    /// It answered once, and no longer does.
    Away {
        /// When that was seen.
        since: ProcessingTime,
    },
}

/// An upstream as it is told about.
#[derive(Clone, Debug)]
pub(crate) struct Standing {
    /// Its address as it was given.
    pub(crate) url: String,
    /// What it is; unknown until it has answered.
    pub(crate) role: Option<Role>,
    /// How it is.
    pub(crate) health: Health,
    /// What went wrong last.
    pub(crate) why: String,
}

/// The newest result of a view.
#[derive(Clone, Debug)]
pub(crate) struct Entry {
    /// The result.
    pub(crate) view: Arc<View>,
    /// Grows with each change of any view.
    pub(crate) version: u64,
    /// How many results of this view came before it.
    pub(crate) revision: u64,
    /// Since when its upstream, though live, has not had it.
    pub(crate) missing: Option<ProcessingTime>,
    /// What the page is sent: written once, shared by all that watch.
    pub(crate) told: Arc<OnceLock<String>>,
}

/// Why a result was not kept.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Refused {
    /// Its upstream has too many views.
    TooMany,
    /// Its upstream's views are too large together.
    TooLarge,
}

struct Upstream {
    standing: Standing,
    views: BTreeMap<String, Entry>,
    bytes: usize,
}

/// All upstreams and their views.
pub(crate) struct Store {
    upstreams: Mutex<Vec<Upstream>>,
    version: watch::Sender<u64>,
    grace: Span,
}

impl Store {
    /// A store for these upstreams, in the order in which they are preferred. For `grace`
    /// after an upstream went away its last rows are still answered.
    pub(crate) fn new(urls: impl IntoIterator<Item = String>, grace: Span) -> Store {
        let upstream = |url| Upstream {
            standing: Standing { url, role: None, health: Health::Awaited, why: String::new() },
            views: BTreeMap::new(),
            bytes: 0,
        };
        Store {
            upstreams: Mutex::new(urls.into_iter().map(upstream).collect()),
            version: watch::Sender::new(0),
            grace,
        }
    }

    /// Notes that an upstream answers.
    pub(crate) fn live(&self, upstream: usize, role: Role) {
        self.stand(upstream, Some(role), Health::Live, String::new());
    }

    /// Notes that an upstream does not answer, and why.
    pub(crate) fn away(&self, upstream: usize, why: String, now: ProcessingTime) {
        let health = match self.lock()[upstream].standing.health {
            Health::Live => Health::Away { since: now },
            ref other => other.clone(),
        };
        self.stand(upstream, None, health, why);
    }

    fn stand(&self, upstream: usize, role: Option<Role>, health: Health, why: String) {
        let standing = &mut self.lock()[upstream].standing;
        let changed = standing.health != health || (role.is_some() && standing.role != role);
        standing.role = role.or(standing.role);
        (standing.health, standing.why) = (health, why);
        if changed {
            self.bump();
        }
    }

    /// Keeps a view's newest result.
    pub(crate) fn put(&self, upstream: usize, view: View) -> Result<(), Refused> {
        let held = &mut self.lock()[upstream];
        let before = held.views.get(&view.target);
        if before.is_none() && held.views.len() >= MAX_VIEWS {
            return Err(Refused::TooMany);
        }
        let bytes = held.bytes - before.map_or(0, |entry| entry.view.bytes) + view.bytes;
        if bytes > MAX_BYTES {
            return Err(Refused::TooLarge);
        }
        held.bytes = bytes;
        let revision = before.map_or(0, |entry| entry.revision + 1);
        let entry = Entry {
            version: self.bump(),
            revision,
            missing: None,
            view: Arc::new(view),
            told: Arc::default(),
        };
        held.views.insert(entry.view.target.clone(), entry);
        Ok(())
    }

    /// Notes what a live upstream has. What it no longer has is kept for the grace, since
    /// a restarted broker gets its topics back one by one, and then let go.
    pub(crate) fn listed(&self, upstream: usize, has: impl Fn(&str) -> bool, now: ProcessingTime) {
        let held = &mut self.lock()[upstream];
        let before = held.views.len();
        for (target, entry) in &mut held.views {
            let missing = if has(target) { None } else { entry.missing.or(Some(now)) };
            if missing != entry.missing {
                (entry.missing, entry.version, entry.told) = (missing, self.bump(), Arc::default());
            }
        }
        let grace = self.grace;
        held.views.retain(|_, entry| entry.missing.is_none_or(|since| now.since(since) <= grace));
        held.bytes = held.views.values().map(|entry| entry.view.bytes).sum();
        if held.views.len() != before {
            self.bump();
        }
    }

    /// Tells of each change; a slow reader sees only the newest.
    pub(crate) fn changes(&self) -> watch::Receiver<u64> {
        self.version.subscribe()
    }

    /// Every upstream, in order.
    pub(crate) fn standings(&self) -> Vec<Standing> {
        self.lock().iter().map(|upstream| upstream.standing.clone()).collect()
    }

    /// Every view, each once: of several upstreams that have it, a live one's, else the first's.
    pub(crate) fn entries(&self) -> Vec<Entry> {
        let upstreams = self.lock();
        let live_first = || {
            let is_live = |upstream: &&Upstream| upstream.standing.health == Health::Live;
            upstreams
                .iter()
                .filter(is_live)
                .chain(upstreams.iter().filter(move |upstream| !is_live(upstream)))
        };
        let mut chosen: BTreeMap<&str, &Entry> = BTreeMap::new();
        for entry in live_first().flat_map(|upstream| upstream.views.values()) {
            chosen.entry(&entry.view.target).or_insert(entry);
        }
        chosen.into_values().cloned().collect()
    }

    /// What can be answered now.
    pub(crate) fn catalogue(&self, now: ProcessingTime) -> Catalogue {
        let upstreams = self.lock();
        catalogue::of(upstreams.iter().map(|upstream| (&upstream.standing, &upstream.views)), self.grace, now)
    }

    fn bump(&self) -> u64 {
        let mut version = 0;
        self.version.send_modify(|held| {
            *held += 1;
            version = *held;
        });
        version
    }

    fn lock(&self) -> MutexGuard<'_, Vec<Upstream>> {
        self.upstreams.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
