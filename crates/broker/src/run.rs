//! The broker's life: serve, expire, stop.

use std::io;
use std::sync::Arc;
use std::time::Duration;

use axum::http::Extensions;
use axum::middleware::{from_fn, from_fn_with_state};
use oriel_runtime::access::{self, Access};
use oriel_runtime::faults::Faults;
use oriel_runtime::metrics::Metrics;
use oriel_runtime::serve::Belongings;
use oriel_runtime::shutdown::Shutdown;
use oriel_runtime::task::{self, Group};
use oriel_runtime::{cross, serve};
use tokio::net::TcpListener;
use tokio::time::{Instant, MissedTickBehavior, interval, sleep};

use crate::config::Config;
use crate::http::{self, Server};
use crate::hub::Hub;
use crate::metrics::{Counts, SizeGauges};
use crate::receiving::Receiving;
use crate::security::Security;

/// How often numbers of subscribers are told, if they have changed.
const NUMBERS: Duration = Duration::from_millis(100);

/// Sessions are ended in steps of this.
const STEP: Duration = Duration::from_millis(10);

/// How often the memory of old topics is given back; they are hidden before that.
const EXPIRE: Duration = Duration::from_secs(10);

/// Why the broker cannot run.
#[derive(Debug, thiserror::Error)]
pub enum RunError {
    /// The listener is none.
    #[error("the listener has no address: {0}")]
    Listener(#[from] io::Error),
    /// The files of tokens or of TLS are not sound.
    #[error(transparent)]
    Security(#[from] Faults),
}

/// Serves on the listener until the shutdown is requested. Then it accepts no more,
/// answers long polls with nothing, closes WebSockets (1001), and after the deadline
/// cuts what is left.
pub async fn run(listener: TcpListener, config: Config, shutdown: Shutdown) -> Result<(), RunError> {
    let security = Security::load(&config)?;
    run_with(listener, config, security, shutdown).await
}

/// The same with what was [loaded](Security::load) before, and may be
/// [loaded again](Security::reload) meanwhile.
pub async fn run_with(
    listener: TcpListener,
    config: Config,
    security: Security,
    shutdown: Shutdown,
) -> Result<(), RunError> {
    let loopback = listener.local_addr()?.ip().is_loopback();
    let access = Access::new(loopback, config.allow_hosts.clone(), config.allow_origins.clone());
    let metrics = Metrics::default();
    let hub = Arc::new(Hub::new(config.limits.clone(), Counts::new(&metrics)));
    let receiving = Receiving::new(config.receive_bytes());
    receiving.export(&metrics);
    metrics.collect(SizeGauges(Arc::clone(&hub), receiving.clone()));

    let Security { auth, tls } = security;
    if !loopback && tls.is_none() && !auth.current().is_open() {
        tracing::warn!(
            "tokens come here in the clear: use --tls-cert and --tls-key, or a proxy that has TLS"
        );
    }
    auth.export("oriel_broker", &metrics);
    let limits = serve::Limits::new(config.connections, config.connections_per_address);
    limits.export("oriel_broker", &metrics);

    let sessions = Group::new("session");
    let drain = config.drain;
    let config = Arc::new(config);
    let paced = Arc::clone(&config);
    let belongings = Belongings::new(move |peer| {
        let mut all = Extensions::new();
        all.insert(paced.pacing(peer));
        all
    });
    let options = serve::Options { deadline: drain, handshake: config.handshake, limits, tls, belongings };
    let server = Server {
        hub: Arc::clone(&hub),
        config,
        auth,
        sessions: sessions.clone(),
        receiving,
        shutdown: shutdown.clone(),
    };
    let router = http::router(server, metrics)
        .layer(from_fn(cross::allow))
        .layer(from_fn_with_state(access, access::guard));

    let expiring = task::spawn("expire", each(EXPIRE, Arc::clone(&hub), Hub::expire));
    let telling = task::spawn("numbers", each(NUMBERS, Arc::clone(&hub), Hub::tell_numbers));
    let stopped = task::spawn("stop", stop(hub, shutdown.clone(), drain));
    let cut = serve::serve(listener, router, shutdown, options).await;
    let deadline = stopped.await.unwrap_or_else(|_| Instant::now());
    let cut = cut + sessions.drain(deadline.saturating_duration_since(Instant::now())).await;
    expiring.abort();
    telling.abort();
    tracing::info!(cut, "stopped");
    Ok(())
}

async fn each(period: Duration, hub: Arc<Hub>, act: fn(&Hub)) {
    let mut tick = interval(period);
    tick.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        tick.tick().await;
        act(&hub);
    }
}

/// Lets the sessions end once the shutdown is requested, while HTTP is still waited for;
/// says when everything has to have ended. They end one after another over half of that
/// time, so that their clients do not all come back at once.
async fn stop(hub: Arc<Hub>, shutdown: Shutdown, drain: Duration) -> Instant {
    shutdown.requested().await;
    let deadline = Instant::now() + drain;
    let outboxes = hub.stop();
    let steps = (drain / 2).as_millis() / STEP.as_millis();
    let at_once = outboxes.len().div_ceil(steps.max(1) as usize).max(1);
    for some in outboxes.chunks(at_once) {
        some.iter().for_each(|outbox| outbox.stop());
        sleep(STEP).await;
    }
    deadline
}
