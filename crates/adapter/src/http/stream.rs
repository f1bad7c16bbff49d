//! `GET /stream`: what the page shows, as Server-Sent Events. Each watcher has its own
//! reader, which looks for what is new only once the last event was taken: a slow one
//! gets the newest result of each view and never a backlog.

mod event;

use std::collections::{HashMap, HashSet, VecDeque};
use std::convert::Infallible;
use std::time::Duration;

use axum::extract::State;
use axum::http::StatusCode;
use axum::http::header::{CACHE_CONTROL, HeaderName};
use axum::response::sse::{Event, KeepAlive, Sse};
use axum::response::{IntoResponse, Response};
use futures_util::{Stream, stream};
use oriel_runtime::answer;
use tokio::sync::{OwnedSemaphorePermit, watch};
use tokio::time::{Interval, MissedTickBehavior, interval};

use super::{App, MAX_WATCHERS};
use crate::clock;

/// A comment this often keeps proxies from closing a quiet stream.
const KEEP_ALIVE: Duration = Duration::from_secs(15);
/// How often the page hears how the upstreams are although nothing changed, so that it
/// can tell a quiet stream from a dead connection.
const HEARTBEAT: Duration = Duration::from_secs(5);
/// Tells proxies (nginx) to pass events on at once.
const UNBUFFERED: HeaderName = HeaderName::from_static("x-accel-buffering");

pub(super) async fn watch(State(app): State<App>) -> Response {
    let Ok(permit) = std::sync::Arc::clone(&app.watchers).try_acquire_owned() else {
        let message = format!("{MAX_WATCHERS} browsers are watching; no more can");
        return answer::error(StatusCode::SERVICE_UNAVAILABLE, message);
    };
    let events = Sse::new(events(Reader::new(app, permit)));
    let headers = [(CACHE_CONTROL, "no-store"), (UNBUFFERED, "no")];
    (headers, events.keep_alive(KeepAlive::new().interval(KEEP_ALIVE))).into_response()
}

fn events(reader: Reader) -> impl Stream<Item = Result<Event, Infallible>> {
    stream::unfold(reader, |mut reader| async move {
        let event = reader.next().await?;
        Some((Ok(event), reader))
    })
}

struct Reader {
    app: App,
    changes: watch::Receiver<u64>,
    heartbeat: Interval,
    seen: HashMap<String, Seen>,
    status: String,
    waiting: VecDeque<Event>,
    _permit: OwnedSemaphorePermit,
}

struct Seen {
    version: u64,
    revision: u64,
}

impl Reader {
    fn new(app: App, permit: OwnedSemaphorePermit) -> Reader {
        let mut heartbeat = interval(HEARTBEAT);
        heartbeat.set_missed_tick_behavior(MissedTickBehavior::Delay);
        app.counts.watchers.inc();
        let mut changes = app.store.changes();
        changes.mark_changed();
        Reader {
            changes,
            heartbeat,
            seen: HashMap::new(),
            status: String::new(),
            waiting: VecDeque::new(),
            _permit: permit,
            app,
        }
    }

    /// The next event; `None` at shutdown.
    async fn next(&mut self) -> Option<Event> {
        loop {
            if let Some(event) = self.waiting.pop_front() {
                self.app.counts.events.inc();
                return Some(event);
            }
            tokio::select! {
                () = self.app.shutdown.requested() => return None,
                changed = self.changes.changed() => changed.ok()?,
                _ = self.heartbeat.tick() => self.status.clear(),
            }
            self.look();
        }
    }

    /// Collects what is new since the last look.
    fn look(&mut self) {
        let standings = self.app.store.standings();
        let status = event::status_text(&standings);
        if status != self.status {
            self.waiting.push_back(event::status(&standings, clock::now()));
            self.status = status;
        }
        let entries = self.app.store.entries();
        let present: HashSet<&str> = entries.iter().map(|entry| entry.view.target.as_str()).collect();
        let gone: Vec<String> =
            self.seen.keys().filter(|target| !present.contains(target.as_str())).cloned().collect();
        for target in gone {
            self.seen.remove(&target);
            self.waiting.push_back(event::gone(&target));
        }
        for entry in &entries {
            let seen = Seen { version: entry.version, revision: entry.revision };
            match self.seen.insert(entry.view.target.clone(), seen) {
                Some(before) if before.version == entry.version => continue,
                Some(before) => {
                    let skipped = entry.revision.saturating_sub(before.revision).saturating_sub(1);
                    self.app.counts.skipped.inc_by(skipped);
                }
                None => {}
            }
            self.waiting.push_back(event::view(entry));
        }
    }
}

impl Drop for Reader {
    fn drop(&mut self) {
        self.app.counts.watchers.dec();
    }
}
