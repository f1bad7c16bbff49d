//! The middle of a run: results at each interval, and the last ones.

use super::RunError;
use crate::lookup::Lookups;
use crate::outbox::Outbox;
use crate::panes::PaneSink;
use crate::publish::Publisher;
use crate::reject::Outputs;
use oriel_dataflow::{Engine, Fault, Totals};
use oriel_runtime::shutdown::Shutdown;
use oriel_runtime::task;
use oriel_time::Span;
use std::io::{Error, ErrorKind};
use std::sync::Arc;
use std::time::Duration;
use tokio::task::{JoinError, JoinHandle};
use tokio::time::{MissedTickBehavior, timeout};

/// The last results for standard output are given up so long after a request to stop.
const LAST_WORDS: Duration = Duration::from_secs(5);
/// What is left of files and panes is given up after this.
const LAST_CHANCE: Duration = Duration::from_secs(1);
/// After a request to stop, the readers get this long to come back.
const DRAIN: Duration = Duration::from_secs(10);
/// How often files of lookups are looked at.
const LOOK: Duration = Duration::from_secs(1);

/// Everything through which results leave.
#[derive(Clone)]
pub(super) struct Exits {
    pub(super) publisher: Arc<Publisher>,
    pub(super) panes: Arc<PaneSink>,
    pub(super) rejects: Arc<Outputs>,
}

impl Exits {
    /// Brings out what changed, or `all` views' results; false when nobody reads it any
    /// more. It goes on when it is not waited for, and ends only when all is written.
    async fn publish(&self, all: bool) -> Result<bool, RunError> {
        let exits = self.clone();
        let published = tokio::task::spawn_blocking(move || {
            exits.rejects.flush();
            exits.panes.flush()?;
            exits.publisher.publish(all)
        });
        match published.await {
            Ok(Ok(())) => Ok(true),
            Ok(Err(error)) if error.kind() == ErrorKind::BrokenPipe => Ok(false),
            Ok(Err(error)) => Err(RunError::Start(unwritten(&error))),
            Err(error) => Err(RunError::Internal(error.to_string())),
        }
    }

    /// Brings what was given away to where it goes, as far as that takes it.
    pub(super) async fn flush(&self) {
        let exits = self.clone();
        let flushed = tokio::task::spawn_blocking(move || {
            exits.rejects.flush();
            let _ = exits.panes.flush();
        });
        let _ = timeout(LAST_CHANCE, flushed).await;
    }

    /// Publishes at each interval until the engine has worked all that was read.
    pub(super) async fn work(
        &self,
        engine: &Arc<Engine>,
        interval: Span,
        shutdown: &Shutdown,
    ) -> Result<Totals, RunError> {
        let waiting = Arc::clone(engine);
        let mut ended = tokio::task::spawn_blocking(move || waiting.wait());
        let mut tick = tokio::time::interval(interval.std());
        tick.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut stopping = std::pin::pin!(shutdown.requested());
        loop {
            let publishing = async {
                tick.tick().await;
                self.publish(false).await
            };
            // A publication may be left half-way: whoever stops us does not wait for readers.
            tokio::select! {
                done = &mut ended => return finished(done),
                () = &mut stopping => break,
                published = publishing => if !published? {
                    tracing::info!("nobody reads the results any more");
                    break;
                },
            }
        }
        tracing::info!("stopping: the windows stay open");
        engine.stop();
        self.drain(ended).await
    }

    /// Waits for the readers and workers, which may wait for whoever should read panes.
    async fn drain(&self, mut ended: JoinHandle<Result<Totals, Fault>>) -> Result<Totals, RunError> {
        if let Ok(done) = timeout(LAST_WORDS, &mut ended).await {
            return finished(done);
        }
        if self.panes.is_blocked() {
            return Err(RunError::Start(unwritten(&ErrorKind::TimedOut.into())));
        }
        match timeout(DRAIN, ended).await {
            Ok(done) => finished(done),
            Err(_) => Err(RunError::Internal("the source did not stop in time".into())),
        }
    }

    /// Every view's result once more, and time for the broker to take it. Whoever reads them
    /// from standard output may take the time that he likes, until a stop is requested.
    pub(super) async fn last_words(&self, shutdown: &Shutdown, outbox: &Outbox) -> Result<(), RunError> {
        let given_up = async {
            shutdown.requested().await;
            tokio::time::sleep(LAST_WORDS).await;
        };
        let published = tokio::select! {
            published = self.publish(true) => published,
            () = given_up => Err(RunError::Start(unwritten(&ErrorKind::TimedOut.into()))),
        };
        outbox.last_words().await;
        published.map(drop)
    }
}

/// Looks at the files of lookups, for as long as it is not aborted.
pub(super) fn watch(lookups: Arc<Lookups>, engine: Arc<Engine>) -> JoinHandle<()> {
    task::spawn("lookups", async move {
        let mut tick = tokio::time::interval(LOOK);
        tick.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            tick.tick().await;
            let lookups = Arc::clone(&lookups);
            let tables = tokio::task::spawn_blocking(move || lookups.poll()).await;
            if let Ok(Some(tables)) = tables {
                engine.replace_tables(tables);
            }
        }
    })
}

fn finished(done: Result<Result<Totals, Fault>, JoinError>) -> Result<Totals, RunError> {
    match done {
        Ok(ended) => ended.map_err(RunError::from),
        Err(error) => Err(RunError::Internal(error.to_string())),
    }
}

fn unwritten(error: &Error) -> String {
    format!("cannot write results: {error}")
}
