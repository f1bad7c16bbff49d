//! The program's life: start, publish, answer, end.

use crate::config::Config;
use crate::http::{self, Server};
use crate::lookup::Lookups;
use crate::metrics::{self, Watched};
use crate::outbox::Outbox;
use crate::panes::PaneSink;
use crate::publish::{Publisher, Sink};
use crate::reject::Outputs;
use crate::render::Renderer;
use crate::{plan, source};
use oriel_client::ConnectError;
use oriel_dataflow::{Engine, EngineSpec};
use oriel_runtime::access::{self, Access};
use oriel_runtime::shutdown::{self, Shutdown};
use oriel_runtime::{admin, serve, task};
use oriel_time::{Clock, ProcessingTime};
use std::sync::{Arc, Mutex};
use std::time::{Instant, SystemTime, UNIX_EPOCH};
use tokio::net::TcpListener;
use tokio::task::JoinHandle;
use work::Exits;

mod error;
mod to;
mod work;

pub use error::{RunError, Summary};
pub use to::To;

/// What a run needs besides the configuration.
pub struct Options {
    /// Worker threads, at least one.
    pub workers: usize,
    /// Where results go.
    pub to: To,
    /// Who may connect.
    pub access: Access,
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
    let running = start(&config, options.workers, options.to)?;
    let Running { engine, exits, outbox, lookups } = running;
    let _stop = StopOnDrop(Arc::clone(&engine));
    let _looking =
        (!lookups.is_empty()).then(|| AbortOnDrop(work::watch(Arc::clone(&lookups), Arc::clone(&engine))));

    let (stop_serving, serving_until) = shutdown::channel();
    let server = Server::new(&config.topic, Arc::clone(&engine), Arc::clone(&exits.publisher));
    let metrics = metrics::register(Watched {
        engine: Arc::clone(&engine),
        rejects: Arc::clone(&exits.rejects),
        panes: Arc::clone(&exits.panes),
        lookups,
        outbox: Arc::clone(&outbox),
        views: names(&config),
    });
    let router = http::router(server).merge(admin::router(metrics, || Ok(())));
    let router = router.layer(axum::middleware::from_fn_with_state(options.access, access::guard));
    let serving =
        task::spawn("http", serve::serve(listener, router, serving_until, serve::Options::default()));

    let ended = exits.work(&engine, config.interval, &shutdown).await;
    if let Err(fault @ (RunError::Internal(_) | RunError::Start(_))) = ended {
        // What is left of the state is not to be shown, or cannot be; what was given is.
        exits.flush().await;
        return Err(fault);
    }
    let told = exits.last_words(&shutdown, &outbox).await;
    stop_serving.trigger();
    let _ = serving.await;
    let summary = |totals| Summary { totals, seconds: started.elapsed().as_secs_f64() };
    match ended {
        Ok(totals) => told.map(|()| summary(totals)),
        Err(RunError::Input(message)) => {
            Err(RunError::Broken { message, summary: Box::new(summary(engine.totals())) })
        }
        Err(error) => Err(error),
    }
}

/// Everything that works once a run has started.
struct Running {
    engine: Arc<Engine>,
    exits: Exits,
    outbox: Arc<Outbox>,
    lookups: Arc<Lookups>,
}

fn start(config: &Config, workers: usize, to: To) -> Result<Running, RunError> {
    let clock: Arc<dyn Clock> = Arc::new(Wall);
    // The time of the start names a run: two runs of one stream never share it.
    let run = u64::try_from(clock.now().millis()).unwrap_or(0);
    let sources = source::open(&config.source, Arc::clone(&clock))
        .map_err(|error| RunError::Input(error.to_string()))?;
    let (lookups, specs) = Lookups::start(&config.lookups).map_err(RunError::Input)?;
    let outbox = Arc::new(outbox(&to).map_err(|error| RunError::Start(error.to_string()))?);
    let panes = PaneSink::open(&config.topic, &config.views, &to, Arc::clone(&outbox));
    let panes = Arc::new(panes.map_err(RunError::Start)?);
    let spec = plan::engine(config, workers, &specs, lookups.tables(), &panes.wanted())
        .map_err(|error| RunError::Start(error.to_string()))?;
    outline(config, &spec);
    let rejects = Arc::new(Outputs::open(&config.output, names(config)).map_err(RunError::Start)?);
    let sink = match to {
        To::Broker { .. } => Sink::Broker(Arc::clone(&outbox)),
        To::Lines(writer) => Sink::Lines(Mutex::new(writer)),
        To::Panes(writer) => {
            panes.print_to(writer);
            Sink::Nowhere
        }
    };
    let engine = Engine::start(spec, sources, clock, rejects.clone(), panes.clone())?;
    let engine = Arc::new(engine);
    let renderer = |(place, view)| Renderer::new(&config.topic, place, view, run);
    let windows = config.views.iter().map(|view| view.publish);
    let views = config.views.iter().enumerate().map(renderer).zip(windows).collect();
    let publisher = Arc::new(Publisher::new(Arc::clone(&engine), &config.topic, views, sink));
    let exits = Exits { publisher, panes, rejects };
    Ok(Running { engine, exits, outbox, lookups: Arc::new(lookups) })
}

fn outbox(to: &To) -> Result<Outbox, ConnectError> {
    match to {
        To::Broker { address, token } => Outbox::connect(address.clone(), token.clone()),
        To::Lines(_) | To::Panes(_) => Ok(Outbox::default()),
    }
}

/// Says what the views and the budget mean.
fn outline(config: &Config, spec: &EngineSpec) {
    for (view, plan) in config.views.iter().zip(&spec.views) {
        tracing::info!("view {}: {}", view.name, plan::outline(plan));
    }
    if let Some(budget) = spec.memory {
        tracing::info!("{}", plan::outline_memory(budget));
    }
}

fn names(config: &Config) -> Vec<String> {
    config.views.iter().map(|view| view.name.clone()).collect()
}

/// A run that is dropped half-way takes its readers with it.
struct StopOnDrop(Arc<Engine>);

impl Drop for StopOnDrop {
    fn drop(&mut self) {
        self.0.stop();
    }
}

/// And its tasks.
struct AbortOnDrop(JoinHandle<()>);

impl Drop for AbortOnDrop {
    fn drop(&mut self) {
        self.0.abort();
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
