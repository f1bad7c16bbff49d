//! The program's life: start, publish, answer, end.

use crate::config::Config;
use crate::http::{self, Server};
use crate::link::Link;
use crate::metrics::{self, Watched};
use crate::outbox::Outbox;
use crate::publish::{Publisher, Sink};
use crate::reject::Outputs;
use crate::render::Renderer;
use crate::{plan, source};
use oriel_dataflow::{Engine, Fault, Totals};
use oriel_runtime::access::{self, Access};
use oriel_runtime::shutdown::{self, Shutdown};
use oriel_runtime::{admin, exit, serve, task};
use oriel_time::{Clock, ProcessingTime};
use std::fmt;
use std::io::{ErrorKind, Write};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};
use tokio::net::TcpListener;
use tokio::task::JoinHandle;
use tokio::time::{MissedTickBehavior, timeout};

/// The last results are given up if a broker has not taken them by then, or has not
/// turned up by then.
const LAST_WORDS: Duration = Duration::from_secs(5);
const LAST_CHANCE: Duration = Duration::from_secs(1);
/// After a request to stop, the readers get this long to come back.
const DRAIN: Duration = Duration::from_secs(10);

/// Where results go.
pub enum To {
    /// To the broker at this WebSocket address.
    Broker(String),
    /// To a writer, one line a publication.
    Lines(Box<dyn Write + Send>),
}

/// What a run needs besides the configuration.
pub struct Options {
    /// Worker threads, at least one.
    pub workers: usize,
    /// Where results go.
    pub to: To,
    /// Who may connect.
    pub access: Access,
}

/// Why a run ended otherwise than by finishing.
#[derive(Debug, thiserror::Error)]
pub enum RunError {
    /// It could not start.
    #[error("{0}")]
    Start(String),
    /// The input could not be read.
    #[error("{0}")]
    Input(String),
    /// The input could not be read to its end; what came before is counted.
    #[error("{message}\n{summary}")]
    Broken {
        /// What is wrong with it.
        message: String,
        /// What the run did until then.
        summary: Box<Summary>,
    },
    /// A fault of ours.
    #[error("{0}")]
    Internal(String),
}

impl RunError {
    /// The code to exit with.
    pub fn code(&self) -> u8 {
        match self {
            RunError::Start(_) => exit::START,
            RunError::Input(_) | RunError::Broken { .. } => exit::INPUT,
            RunError::Internal(_) => exit::SOFTWARE,
        }
    }
}

/// What a run did.
#[derive(Clone, PartialEq, Debug)]
pub struct Summary {
    /// What became of all records.
    pub totals: Totals,
    /// How long it took.
    pub seconds: f64,
}

impl fmt::Display for Summary {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let tally = &self.totals.tally;
        write!(f, "records in={} counted={} filtered={}", tally.read, tally.counted, tally.filtered)?;
        write!(f, " late={} bad={}", tally.late, tally.bad)?;
        let rate = tally.read as f64 / self.seconds.max(f64::EPSILON);
        write!(f, " seconds={:.3} rate={rate:.0}", self.seconds)
    }
}

/// Runs the stream until its source ends or a shutdown is requested.
///
/// # Errors
/// When an output or a source cannot be opened or read, or a worker panicked.
pub async fn run(
    listener: TcpListener,
    config: Config,
    options: Options,
    shutdown: Shutdown,
) -> Result<Summary, RunError> {
    let started = Instant::now();
    let clock: Arc<dyn Clock> = Arc::new(Wall);
    // The time of the start names a run: two runs of one stream never share it.
    let run = u64::try_from(clock.now().millis()).unwrap_or(0);
    let sources = source::open(&config.source, Arc::clone(&clock))
        .map_err(|error| RunError::Input(error.to_string()))?;
    let spec = plan::engine(&config, options.workers).map_err(|error| RunError::Start(error.to_string()))?;
    let rejects = Outputs::open(config.output.bad.as_deref(), config.output.late.as_deref());
    let rejects = Arc::new(rejects.map_err(RunError::Start)?);
    let engine =
        Engine::start(spec, sources, clock, rejects.clone()).map(Arc::new).map_err(RunError::from)?;

    let _stop = StopOnDrop(Arc::clone(&engine));

    let outbox = Arc::new(Outbox::default());
    let link = Arc::new(Link::default());
    let (sink, sending) = match options.to {
        To::Broker(url) => {
            let sending = task::spawn("link", Arc::clone(&link).keep_up(url, Arc::clone(&outbox)));
            (Sink::Broker(Arc::clone(&outbox)), Some(sending))
        }
        To::Lines(writer) => (Sink::Lines(Mutex::new(writer)), None),
    };
    let publisher = Arc::new(Publisher::new(Arc::clone(&engine), renderers(&config, run), sink));

    let (stop_serving, serving_until) = shutdown::channel();
    let server = Server {
        topic: config.topic.as_str().into(),
        engine: Arc::clone(&engine),
        publisher: Arc::clone(&publisher),
    };
    let metrics = metrics::register(&config, |views| Watched {
        engine: Arc::clone(&engine),
        rejects: Arc::clone(&rejects),
        link: Arc::clone(&link),
        outbox: Arc::clone(&outbox),
        views,
    });
    let router = http::router(server).merge(admin::router(metrics, || Ok(())));
    let router = router.layer(axum::middleware::from_fn_with_state(options.access, access::guard));
    let serving = task::spawn("http", serve::serve(listener, router, serving_until, serve::DEADLINE));

    let ended = work(&config, &engine, &publisher, &rejects, shutdown).await;
    rejects.flush();
    if let Err(fault @ RunError::Internal(_)) = ended {
        // What is left of the state is not to be shown.
        return Err(fault);
    }
    last_words(&publisher, &outbox, &link, sending).await;
    stop_serving.trigger();
    let _ = serving.await;
    let summary = |totals| Summary { totals, seconds: started.elapsed().as_secs_f64() };
    match ended {
        Ok(totals) => Ok(summary(totals)),
        Err(RunError::Input(message)) => {
            Err(RunError::Broken { message, summary: Box::new(summary(engine.totals())) })
        }
        Err(error) => Err(error),
    }
}

/// Publishes at each interval until the engine has worked all that was read.
async fn work(
    config: &Config,
    engine: &Arc<Engine>,
    publisher: &Arc<Publisher>,
    rejects: &Arc<Outputs>,
    shutdown: Shutdown,
) -> Result<Totals, RunError> {
    let waiting = Arc::clone(engine);
    let mut ended = tokio::task::spawn_blocking(move || waiting.wait());
    let mut tick = tokio::time::interval(config.interval.std());
    tick.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut stopping = std::pin::pin!(shutdown.requested());
    loop {
        tokio::select! {
            done = &mut ended => return finished(done),
            () = &mut stopping => break,
            _ = tick.tick() => {
                if !publish(publisher, rejects).await? {
                    tracing::info!("nobody reads the results any more");
                    break;
                }
            }
        }
    }
    tracing::info!("stopping: the windows stay open");
    engine.stop();
    match timeout(DRAIN, ended).await {
        Ok(done) => finished(done),
        Err(_) => Err(RunError::Internal("the source did not stop in time".into())),
    }
}

/// Publishes what changed; false when nobody reads it any more.
async fn publish(publisher: &Arc<Publisher>, rejects: &Arc<Outputs>) -> Result<bool, RunError> {
    let (publisher, rejects) = (Arc::clone(publisher), Arc::clone(rejects));
    let published = tokio::task::spawn_blocking(move || {
        rejects.flush();
        publisher.publish(false)
    });
    match published.await {
        Ok(Ok(())) => Ok(true),
        Ok(Err(error)) if error.kind() == ErrorKind::BrokenPipe => Ok(false),
        Ok(Err(error)) => Err(RunError::Start(format!("cannot write results: {error}"))),
        Err(error) => Err(RunError::Internal(error.to_string())),
    }
}

/// Every view's result once more, and time for the broker to take it.
async fn last_words(
    publisher: &Arc<Publisher>,
    outbox: &Outbox,
    link: &Link,
    sending: Option<JoinHandle<()>>,
) {
    let publisher = Arc::clone(publisher);
    let published = tokio::task::spawn_blocking(move || publisher.publish(true)).await;
    if let Ok(Err(error)) = published
        && error.kind() != ErrorKind::BrokenPipe
    {
        tracing::warn!(%error, "the last results were not written");
    }
    outbox.close();
    let patience = if link.connected() { LAST_WORDS } else { LAST_CHANCE };
    if let Some(mut sending) = sending
        && timeout(patience, &mut sending).await.is_err()
    {
        tracing::warn!("the broker did not take the last results");
        sending.abort();
    }
}

fn finished(done: Result<Result<Totals, Fault>, tokio::task::JoinError>) -> Result<Totals, RunError> {
    match done {
        Ok(ended) => ended.map_err(RunError::from),
        Err(error) => Err(RunError::Internal(error.to_string())),
    }
}

fn renderers(config: &Config, run: u64) -> Vec<(Renderer, usize)> {
    let renderer = |view| Renderer::new(plan::info(&config.topic, view), view, run);
    config.views.iter().map(|view| (renderer(view), view.publish)).collect()
}

/// The WebSocket address of a broker given as `ws://H:P/pubsub` or `http://H:P`.
///
/// # Errors
/// When it is neither.
pub fn broker_url(given: &str) -> Result<String, String> {
    let refuse = || format!("{given:?} is no broker address: use ws://HOST:PORT/pubsub or http://HOST:PORT");
    let uri: axum::http::Uri = given.parse().map_err(|_| refuse())?;
    let authority = uri.authority().ok_or_else(refuse)?;
    match uri.scheme_str() {
        Some("ws") => Ok(given.to_owned()),
        Some("http") if matches!(uri.path(), "" | "/") => Ok(format!("ws://{authority}/pubsub")),
        _ => Err(refuse()),
    }
}

impl From<Fault> for RunError {
    fn from(fault: Fault) -> Self {
        match fault {
            Fault::Source(message) => RunError::Input(message),
            Fault::Internal(message) => RunError::Internal(message),
        }
    }
}

/// A run that is dropped half-way takes its readers with it.
struct StopOnDrop(Arc<Engine>);

impl Drop for StopOnDrop {
    fn drop(&mut self) {
        self.0.stop();
    }
}

/// The machine's clock.
struct Wall;

impl Clock for Wall {
    fn now(&self) -> ProcessingTime {
        let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        ProcessingTime::from_millis(i64::try_from(since.as_millis()).unwrap_or(i64::MAX))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_end_has_its_exit_code() {
        let code = |fault: Fault| RunError::from(fault).code();
        assert_eq!(code(Fault::Source("x.ndjson: gone".into())), 66);
        assert_eq!(code(Fault::Internal("a worker panicked".into())), 70);
        assert_eq!(RunError::Start("no".into()).code(), 1);
    }

    #[test]
    fn a_broker_may_be_given_in_two_forms() {
        for given in ["ws://127.0.0.1:8890/pubsub", "http://127.0.0.1:8890", "http://127.0.0.1:8890/"] {
            assert_eq!(broker_url(given).as_deref(), Ok("ws://127.0.0.1:8890/pubsub"), "{given}");
        }
        for given in
            ["", "127.0.0.1:8890", "https://127.0.0.1:8890", "http://127.0.0.1:8890/other", "ws:///pubsub"]
        {
            assert!(broker_url(given).is_err(), "{given}");
        }
    }
}
