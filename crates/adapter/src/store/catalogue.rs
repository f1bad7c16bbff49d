//! The views as one moment sees them: what is fresh, what is stale and since when.

use std::collections::BTreeMap;
use std::sync::Arc;

use oriel_time::{ProcessingTime, Span};

use super::{Entry, Health, Standing};
use crate::clock::told;
use crate::view::View;

/// A view and how far it can be trusted.
#[derive(Clone, Debug)]
pub(crate) struct Held {
    /// Its newest result.
    pub(crate) view: Arc<View>,
    /// Why its rows may be old, for a warning.
    pub(crate) stale: Option<String>,
    /// Why its rows are too old to be answered.
    pub(crate) expired: Option<String>,
}

impl Held {
    /// The names of what is measured.
    pub(crate) fn metric_names(&self) -> Vec<&str> {
        self.view.metrics().into_iter().map(|at| self.view.columns[at].name.as_str()).collect()
    }

    fn trust(&self) -> u8 {
        u8::from(self.expired.is_some()) * 2 + u8::from(self.stale.is_some())
    }
}

/// All views at one moment.
#[derive(Clone, Debug, Default)]
pub(crate) struct Catalogue {
    held: Vec<Held>,
    away: Option<String>,
}

impl Catalogue {
    /// Why nothing can be answered: no upstream has answered within the grace.
    pub(crate) fn away(&self) -> Option<String> {
        self.away.clone()
    }

    /// Every view, ordered by target.
    pub(crate) fn views(&self) -> &[Held] {
        &self.held
    }

    /// The view of that target.
    pub(crate) fn get(&self, target: &str) -> Option<&Held> {
        self.held.iter().find(|held| held.view.target == target)
    }

    /// Every target.
    pub(crate) fn targets(&self) -> impl Iterator<Item = &str> {
        self.held.iter().map(|held| held.view.target.as_str())
    }

    /// What a target may name: views and their metrics.
    pub(crate) fn known(&self) -> Vec<(&str, Vec<&str>)> {
        self.held.iter().map(|held| (held.view.target.as_str(), held.metric_names())).collect()
    }

    /// What a variable may name: views and all their columns.
    pub(crate) fn columns(&self) -> Vec<(&str, Vec<&str>)> {
        self.held
            .iter()
            .map(|held| {
                let columns = held.view.columns.iter().map(|column| column.name.as_str()).collect();
                (held.view.target.as_str(), columns)
            })
            .collect()
    }
}

/// Judges the views of all upstreams. Of several that have a view the most trusted
/// answers; among equals the one given first.
pub(super) fn of<'a>(
    upstreams: impl Iterator<Item = (&'a Standing, &'a BTreeMap<String, Entry>)>,
    grace: Span,
    now: ProcessingTime,
) -> Catalogue {
    let mut best: BTreeMap<&str, Held> = BTreeMap::new();
    let (mut usable, mut reasons) = (false, Vec::new());
    for (standing, views) in upstreams {
        let (stale, expired) = judge(standing, grace, now);
        usable |= standing.health != Health::Awaited && expired.is_none();
        reasons.extend(expired.clone());
        for (target, entry) in views {
            let stale = stale.clone().or_else(|| missing(standing, entry));
            let held = Held { view: Arc::clone(&entry.view), stale, expired: expired.clone() };
            match best.get(target.as_str()) {
                Some(other) if other.trust() <= held.trust() => {}
                _ => drop(best.insert(target, held)),
            }
        }
    }
    let away = (!usable).then(|| reasons.join("; "));
    Catalogue { held: best.into_values().collect(), away }
}

/// A warning while an upstream's rows are still answered; a refusal after that.
fn judge(standing: &Standing, grace: Span, now: ProcessingTime) -> (Option<String>, Option<String>) {
    let Standing { url, why, .. } = standing;
    match standing.health {
        Health::Live => (None, None),
        Health::Awaited => (None, Some(format!("upstream {url} has not answered yet{}", because(why)))),
        Health::Away { since } => {
            let text = format!("upstream {url} away since {}{}", told(since.millis()), because(why));
            let over = now.since(since) > grace;
            if over { (None, Some(text)) } else { (Some(format!("{text}: these are the last rows")), None) }
        }
    }
}

fn missing(standing: &Standing, entry: &Entry) -> Option<String> {
    let since = told(entry.missing?.millis());
    Some(format!("upstream {} has not had this view since {since}: these are the last rows", standing.url))
}

fn because(why: &str) -> String {
    if why.is_empty() { String::new() } else { format!(" ({why})") }
}
