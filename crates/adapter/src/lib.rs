//! The Grafana datasource adapter and the live page.
//!
//! It follows one or more upstreams (a broker, or a snapshot server directly), keeps the
//! newest result of each view, and serves it in two ways: as the JSON datasource
//! contract of Grafana's plugins, and as a page of its own that is pushed every change.
//! It computes nothing that upstream has not sent, and invents nothing.
//!
//! The way of a result:
//!
//! ```text
//! upstream   a message arrives (WebSocket, or polled with an ETag)
//! view       its rows, coerced: numbers are numbers, times epoch milliseconds
//! store      the newest of each view, one lock, bounded
//! answer     targets, range, filters, room -> frames        } POST /query ...
//! stream     each changed view, conflated for slow readers  } GET /stream
//! ```
//!
//! ```no_run
//! # async fn example() -> Result<(), Box<dyn std::error::Error>> {
//! use oriel_adapter::{Config, run};
//! let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await?;
//! let config = Config::new(vec!["http://127.0.0.1:8890".parse()?]);
//! let (stop, shutdown) = oriel_runtime::shutdown::channel();
//! run(listener, config, shutdown).await;
//! # drop(stop);
//! # Ok(())
//! # }
//! ```

mod answer;
mod cell;
pub mod cli;
mod clock;
mod counts;
mod fault;
mod filter;
mod http;
mod lines;
mod lists;
mod reduce;
mod request;
mod store;
mod target;
mod upstream;
mod view;

use std::sync::Arc;

use oriel_client::{Token, Trust};
use oriel_runtime::access::Access;
use oriel_runtime::metrics::Metrics;
use oriel_runtime::serve;
use oriel_runtime::shutdown::Shutdown;
use oriel_runtime::task::Group;
use oriel_time::Span;
use tokio::net::TcpListener;

pub use upstream::{Upstream, UpstreamError};

use counts::Counts;
use store::Store;
use upstream::Follower;

/// For this long after an upstream went away its last rows are still answered.
const GRACE: Span = Span::from_millis(60_000);

/// What an adapter needs to know.
#[derive(Clone, Debug)]
pub struct Config {
    /// The upstreams; of two that have the same view, the first is preferred.
    pub upstreams: Vec<Upstream>,
    /// What upstreams are shown to be let in.
    pub token: Option<Token>,
    /// Whose certificates are believed; upstreams with `https` or `wss` need it.
    pub trust: Option<Trust>,
    /// How long last rows are answered with a warning after an upstream went away.
    pub grace: Span,
    /// Who may connect.
    pub access: Access,
}

impl Config {
    /// An adapter on loopback for these upstreams.
    pub fn new(upstreams: Vec<Upstream>) -> Config {
        let access = Access::new(true, Vec::new(), Vec::new());
        Config { upstreams, token: None, trust: None, grace: GRACE, access }
    }
}

/// Serves until the shutdown is requested.
pub async fn run(listener: TcpListener, config: Config, shutdown: Shutdown) {
    let metrics = Metrics::default();
    let counts = Counts::new(&metrics);
    let urls = config.upstreams.iter().map(ToString::to_string);
    let store = Arc::new(Store::new(urls, config.grace));
    let followers = Group::new("upstream");
    for (place, upstream) in config.upstreams.into_iter().enumerate() {
        let (token, trust) = (config.token.clone(), config.trust.clone());
        let (store, counts) = (Arc::clone(&store), counts.clone());
        let follower = Follower { place, upstream, token, trust, store, counts };
        followers.spawn(follower.follow(shutdown.clone()));
    }
    let app = http::App::new(store, counts, shutdown.clone());
    serve::serve(listener, http::router(app, config.access, metrics), shutdown, serve::Options::default())
        .await;
    followers.drain(serve::DEADLINE).await;
}
