//! HTTP/1 on a listener, with limits, until a shutdown.

use crate::backoff::Backoff;
use crate::shutdown::Shutdown;
use crate::task::Group;
use axum::Router;
use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use std::io;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// The transport below a request, for whoever takes an upgraded connection apart.
pub type Io = TokioIo<TcpStream>;

/// How long connections may take to finish after a shutdown was requested.
pub const DEADLINE: Duration = Duration::from_secs(5);

/// A client that has not sent its request's head by then is cut off. It ends unused
/// connections as well, so it is longer than a polling client's pause.
const HEAD_TIMEOUT: Duration = Duration::from_secs(10);

/// Bytes of a request's head at most: a browser's cookies fit, a flood does not.
const HEAD_BYTES: usize = 64 << 10;

/// HTTP connections at a time, upgraded ones not counted: past that the kernel's queue
/// holds them until one ends.
const CONNECTIONS: usize = 10_000;

/// After a failed accept (too many open files), so that it does not spin.
const ACCEPT_PAUSE: (Duration, Duration) = (Duration::from_millis(5), Duration::from_secs(1));

/// Serves the router until a shutdown is requested; then stops accepting, lets requests
/// finish, and cuts what is left at the deadline. Says how many connections it cut.
/// WebSocket upgrades work through it; an upgraded connection is its handler's and is
/// not waited for.
pub async fn serve(listener: TcpListener, router: Router, shutdown: Shutdown, deadline: Duration) -> usize {
    let connections = Group::new("http");
    let room = Arc::new(Semaphore::new(CONNECTIONS));
    let mut backoff = Backoff::new(ACCEPT_PAUSE.0, ACCEPT_PAUSE.1);
    let mut stop = std::pin::pin!(shutdown.requested());
    loop {
        let accepted = tokio::select! {
            () = &mut stop => break,
            accepted = accept(&listener, &room) => accepted,
        };
        match accepted {
            Ok((stream, permit)) => {
                backoff.reset();
                connections.spawn(connection(stream, permit, router.clone(), shutdown.clone()));
            }
            Err(error) => {
                tracing::warn!(%error, "cannot accept a connection");
                tokio::time::sleep(backoff.next_delay()).await;
            }
        }
    }
    drop(listener);
    let cut = connections.drain(deadline).await;
    if cut > 0 {
        tracing::warn!(cut, "connections cut at the deadline");
    }
    cut
}

async fn accept(
    listener: &TcpListener,
    room: &Arc<Semaphore>,
) -> io::Result<(TcpStream, OwnedSemaphorePermit)> {
    let permit = Arc::clone(room).acquire_owned().await.map_err(io::Error::other)?;
    let (stream, _) = listener.accept().await?;
    Ok((stream, permit))
}

async fn connection(stream: TcpStream, _permit: OwnedSemaphorePermit, router: Router, shutdown: Shutdown) {
    // Answers are small and should leave at once; a connection that is gone will tell.
    let _ = stream.set_nodelay(true);
    let mut http = http1::Builder::new();
    http.timer(TokioTimer::new()).header_read_timeout(HEAD_TIMEOUT).max_buf_size(HEAD_BYTES);
    let service = TowerToHyperService::new(router);
    let serving = http.serve_connection(TokioIo::new(stream), service).with_upgrades();
    let mut serving = std::pin::pin!(serving);
    let ended = tokio::select! {
        ended = &mut serving => ended,
        () = shutdown.requested() => {
            serving.as_mut().graceful_shutdown();
            serving.await
        }
    };
    if let Err(error) = ended {
        tracing::debug!(%error, "connection ended");
    }
}
