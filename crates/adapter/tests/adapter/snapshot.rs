//! A small snapshot server: `GET /views` and `GET /views/{name}` with an ETag.

use std::net::SocketAddr;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::extract::{Path, State};
use axum::http::header::{ETAG, IF_NONE_MATCH};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{Json, Router};
use oriel_protocol::view::{Kind, ViewInfo, Views};
use oriel_runtime::task::Group;
use serde_json::Value;
use tokio::net::TcpListener;

use super::messages;

struct Held {
    stats: Mutex<(u64, Value)>,
    unchanged: AtomicUsize,
}

/// A running snapshot server with one view, `twitter.tweetStats`.
pub(crate) struct Snapshot {
    pub(crate) address: SocketAddr,
    held: Arc<Held>,
    tasks: Group,
}

impl Snapshot {
    /// Starts one on a free port.
    pub(crate) async fn start() -> Snapshot {
        Snapshot::start_on(TcpListener::bind("127.0.0.1:0").await.unwrap())
    }

    /// Starts one where another upstream was.
    pub(crate) async fn start_again(address: SocketAddr) -> Snapshot {
        Snapshot::start_on(TcpListener::bind(address).await.unwrap())
    }

    fn start_on(listener: TcpListener) -> Snapshot {
        let address = listener.local_addr().unwrap();
        let held =
            Arc::new(Held { stats: Mutex::new((1, messages::stats(5))), unchanged: AtomicUsize::new(0) });
        let router = Router::new()
            .route("/views", get(list))
            .route("/views/{name}", get(view))
            .with_state(Arc::clone(&held));
        let tasks = Group::new("snapshot");
        tasks.spawn(async move { axum::serve(listener, router).await.unwrap() });
        Snapshot { address, held, tasks }
    }

    /// Its address for an adapter.
    pub(crate) fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Replaces the view's result.
    pub(crate) fn set(&self, message: Value) {
        let mut stats = self.held.stats.lock().unwrap();
        *stats = (stats.0 + 1, message);
    }

    /// How often it was asked and had nothing new.
    pub(crate) fn unchanged(&self) -> usize {
        self.held.unchanged.load(Ordering::Relaxed)
    }

    /// Stops it.
    pub(crate) async fn stop(self) {
        self.tasks.drain(Duration::ZERO).await;
    }
}

async fn list() -> Json<Views> {
    let (name, target) = ("tweetStats".to_owned(), "twitter.tweetStats".to_owned());
    let views = vec![ViewInfo { name, target, kind: Kind::Series, schema: Vec::new() }];
    Json(Views { topic: "twitter".to_owned(), views })
}

async fn view(State(held): State<Arc<Held>>, Path(name): Path<String>, headers: HeaderMap) -> Response {
    if name != "tweetStats" {
        return StatusCode::NOT_FOUND.into_response();
    }
    let (version, message) = held.stats.lock().unwrap().clone();
    let etag = format!("\"{version}\"");
    if headers.get(IF_NONE_MATCH).is_some_and(|known| known.as_bytes() == etag.as_bytes()) {
        held.unchanged.fetch_add(1, Ordering::Relaxed);
        return StatusCode::NOT_MODIFIED.into_response();
    }
    ([(ETAG, etag)], Json(message)).into_response()
}
