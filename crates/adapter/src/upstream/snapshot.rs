//! Follows a snapshot server: each view is asked for at the publication interval, and
//! answered with 304 while it is the same.

use std::collections::HashMap;
use std::convert::Infallible;
use std::time::Duration;

use oriel_protocol::view::{ViewInfo, Views};
use oriel_runtime::backoff::Backoff;
use reqwest::StatusCode;
use reqwest::header::HeaderValue;
use tokio::time::{Instant, MissedTickBehavior, interval};

use super::fetch::Fetch;
use super::{Follower, Lost, Upstream};
use crate::clock;
use crate::store::Role;

/// The server's default publication interval: asking more often would show nothing new.
const INTERVAL: Duration = Duration::from_millis(500);
/// The list of views changes only with a restart.
const LIST_AGAIN: Duration = Duration::from_secs(5);

/// Its views; `None` if this is no snapshot server.
pub(super) async fn views(upstream: &Upstream, fetch: &Fetch) -> Result<Option<Vec<ViewInfo>>, Lost> {
    let answer = fetch.get(upstream.http(&["views"]), None).await?;
    if answer.status != StatusCode::OK {
        return Ok(None);
    }
    Ok(serde_json::from_str(&answer.body).ok().map(|list: Views| list.views))
}

/// Follows it until it is lost.
pub(super) async fn follow(
    follower: &Follower,
    fetch: &Fetch,
    backoff: &mut Backoff,
) -> Result<Infallible, Lost> {
    let mut following = Following { follower, fetch, views: Vec::new(), etags: HashMap::new() };
    following.list().await?;
    following.ask_each().await?;
    follower.live(Role::Snapshot, backoff);
    let mut listed = Instant::now();
    let mut ticks = interval(INTERVAL);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        ticks.tick().await;
        if following.ask_each().await? || listed.elapsed() >= LIST_AGAIN {
            following.list().await?;
            listed = Instant::now();
        }
    }
}

struct Following<'a> {
    follower: &'a Follower,
    fetch: &'a Fetch,
    views: Vec<ViewInfo>,
    etags: HashMap<String, HeaderValue>,
}

impl Following<'_> {
    async fn list(&mut self) -> Result<(), Lost> {
        let listed = views(&self.follower.upstream, self.fetch).await?;
        self.views = listed.ok_or_else(|| Lost("it no longer lists views".to_owned()))?;
        self.etags.retain(|name, _| self.views.iter().any(|view| view.name == *name));
        let has = |target: &str| self.views.iter().any(|view| view.target == target);
        self.follower.store.listed(self.follower.place, has, clock::now());
        Ok(())
    }

    /// Asks for every view; says whether the list is out of date.
    async fn ask_each(&mut self) -> Result<bool, Lost> {
        let mut outdated = false;
        for view in &self.views {
            let url = self.follower.upstream.http(&["views", &view.name]);
            let answer = self.fetch.get(url, self.etags.get(&view.name)).await?;
            match answer.status {
                StatusCode::OK => {
                    self.follower.keep(&view.target, &answer.body);
                    match answer.etag {
                        Some(etag) => self.etags.insert(view.name.clone(), etag),
                        None => self.etags.remove(&view.name),
                    };
                }
                StatusCode::NOT_MODIFIED => {}
                StatusCode::NOT_FOUND => outdated = true,
                status => return Err(Lost(format!("view {} is answered with {status}", view.name))),
            }
        }
        Ok(outdated)
    }
}
