//! HTTP/1 on a listener, plain or through TLS, with limits, until a shutdown.

use std::fmt;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::time::Duration;

use axum::Router;
use hyper::Request;
use hyper::body::Incoming;
use hyper::http::Extensions;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::net::{TcpListener, TcpStream};
use tokio::time::{Instant, sleep_until, timeout_at};
use tower::Service;

use crate::backoff::Backoff;
use crate::shutdown::Shutdown;
use crate::task::Group;
use crate::tls::Tls;

mod limits;
mod refuse;
mod stream;

pub use limits::{Limits, Refused, network};
pub use stream::Stream;

use limits::Place;
use refuse::Refusals;

/// The transport below a request, for whoever takes an upgraded connection apart.
pub type Io = TokioIo<Stream>;

/// How long connections may take to finish after a shutdown was requested.
pub const DEADLINE: Duration = Duration::from_secs(5);

/// A client that has not asked for anything by then is no client.
pub const HANDSHAKE: Duration = Duration::from_secs(5);

/// A client that has not sent its next request's head by then is cut off. It ends unused
/// connections as well, so it is longer than a polling client's pause.
const HEAD_TIMEOUT: Duration = Duration::from_secs(10);

/// Bytes of a request's head at most: a browser's cookies fit, a flood does not.
const HEAD_BYTES: usize = 64 << 10;

/// After a failed accept (too many open files), so that it does not spin.
const ACCEPT_PAUSE: (Duration, Duration) = (Duration::from_millis(5), Duration::from_secs(1));

/// How a router is served.
#[derive(Clone, Debug)]
pub struct Options {
    /// How long connections may take to finish after a shutdown was requested.
    pub deadline: Duration,
    /// How long a new connection may take, TLS included, until its first request's head
    /// is there.
    pub handshake: Duration,
    /// How many connections there may be.
    pub limits: Limits,
    /// The certificate, if the connections are to be TLS.
    pub tls: Option<Tls>,
    /// What belongs to a connection.
    pub belongings: Belongings,
}

impl Default for Options {
    fn default() -> Self {
        Options {
            deadline: DEADLINE,
            handshake: HANDSHAKE,
            limits: Limits::default(),
            tls: None,
            belongings: Belongings::default(),
        }
    }
}

/// Makes what all requests of one connection have among their extensions.
#[derive(Clone, Default)]
pub struct Belongings(Option<Arc<dyn Fn(Peer) -> Extensions + Send + Sync>>);

impl Belongings {
    /// Calls this once a connection.
    pub fn new(make: impl Fn(Peer) -> Extensions + Send + Sync + 'static) -> Self {
        Belongings(Some(Arc::new(make)))
    }

    fn of(&self, peer: Peer) -> Extensions {
        let mut all = self.0.as_ref().map(|make| make(peer)).unwrap_or_default();
        all.insert(peer);
        all
    }
}

impl fmt::Debug for Belongings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Belongings").finish_non_exhaustive()
    }
}

/// Who sent a request; every request has it among its extensions.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Peer(pub SocketAddr);

/// Serves the router until a shutdown is requested; then stops accepting, lets requests
/// finish, and cuts what is left at the deadline. Says how many connections it cut.
/// WebSocket upgrades work through it; an upgraded connection is its handler's and is
/// not waited for.
pub async fn serve(listener: TcpListener, router: Router, shutdown: Shutdown, options: Options) -> usize {
    let connections = Group::new("http");
    let refusals = Refusals::new(connections.clone(), &options);
    let mut backoff = Backoff::new(ACCEPT_PAUSE.0, ACCEPT_PAUSE.1);
    let mut stop = std::pin::pin!(shutdown.requested());
    let (limits, deadline) = (options.limits.clone(), options.deadline);
    let door = Arc::new(Door { router, shutdown, options });
    loop {
        let accepted = tokio::select! {
            () = &mut stop => break,
            accepted = listener.accept() => accepted,
        };
        let (stream, peer) = match accepted {
            Ok(accepted) => accepted,
            Err(error) => {
                limits.count(Refused::System);
                tracing::warn!(%error, "cannot accept a connection");
                tokio::time::sleep(backoff.next_delay()).await;
                continue;
            }
        };
        backoff.reset();
        match limits.enter(peer.ip()) {
            Ok(place) => connections.spawn(connection(stream, peer, place, Arc::clone(&door))),
            Err(why) => refusals.refuse(stream, why),
        }
    }
    drop(listener);
    let cut = connections.drain(deadline).await;
    if cut > 0 {
        tracing::warn!(cut, "connections cut at the deadline");
    }
    cut
}

/// What all connections share.
struct Door {
    router: Router,
    shutdown: Shutdown,
    options: Options,
}

async fn connection(stream: TcpStream, peer: SocketAddr, place: Place, door: Arc<Door>) {
    // Answers are small and should leave at once; a connection that is gone will tell.
    let _ = stream.set_nodelay(true);
    let late = Instant::now() + door.options.handshake;
    let opened = tokio::select! {
        opened = open(stream, place, late, door.options.tls.as_ref()) => opened,
        () = door.shutdown.requested() => return,
    };
    let ended = match opened {
        Ok(stream) => http(stream, peer, late, &door).await,
        Err(why) => Err(why),
    };
    if let Err(why) = ended {
        door.options.limits.count(why);
        tracing::debug!(%why, "connection refused");
    }
}

async fn open(stream: TcpStream, place: Place, late: Instant, tls: Option<&Tls>) -> Result<Stream, Refused> {
    let Some(tls) = tls else { return Ok(Stream::plain(stream, place)) };
    match timeout_at(late, tls.acceptor().accept(stream)).await {
        Ok(Ok(stream)) => Ok(Stream::tls(stream, place)),
        Ok(Err(error)) => {
            tracing::debug!(%error, "no TLS");
            Err(Refused::Tls)
        }
        Err(_) => Err(Refused::Handshake),
    }
}

async fn http(stream: Stream, peer: SocketAddr, late: Instant, door: &Door) -> Result<(), Refused> {
    let (begun, belongings) = (AtomicBool::new(false), door.options.belongings.of(Peer(peer)));
    let service = service_fn(|mut request: Request<Incoming>| {
        begun.store(true, Relaxed);
        request.extensions_mut().extend(belongings.clone());
        door.router.clone().call(request)
    });
    let mut http = http1::Builder::new();
    http.timer(TokioTimer::new()).max_buf_size(HEAD_BYTES);
    http.header_read_timeout(HEAD_TIMEOUT.max(door.options.handshake));
    let serving = http.serve_connection(TokioIo::new(stream), service).with_upgrades();
    let mut serving = std::pin::pin!(serving);
    let silent = async {
        sleep_until(late).await;
        if begun.load(Relaxed) {
            std::future::pending().await
        }
    };
    let ended = tokio::select! {
        ended = &mut serving => ended,
        () = silent => return Err(Refused::Handshake),
        () = door.shutdown.requested() => {
            serving.as_mut().graceful_shutdown();
            serving.await
        }
    };
    if let Err(error) = ended {
        tracing::debug!(%error, "connection ended");
    }
    Ok(())
}

#[cfg(test)]
mod tests;
