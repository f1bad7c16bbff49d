//! Every route: Grafana's, the page's, the operator's.

mod datasource;
mod page;
mod stream;
#[cfg(test)]
mod tests;

use std::sync::Arc;

use axum::Router;
use axum::extract::{MatchedPath, Request, State};
use axum::http::{StatusCode, Uri};
use axum::middleware::{Next, from_fn, from_fn_with_state};
use axum::response::Response;
use axum::routing::{get, post};
use oriel_runtime::access::{self, Access};
use oriel_runtime::metrics::Metrics;
use oriel_runtime::shutdown::Shutdown;
use oriel_runtime::{admin, answer, cross};
use tokio::sync::Semaphore;
use tower::ServiceExt as _;

use crate::clock;
use crate::counts::Counts;
use crate::store::Store;

/// Browsers that may watch at a time; each costs a socket and a task.
const MAX_WATCHERS: usize = 256;

/// What the routes share.
#[derive(Clone)]
pub(crate) struct App {
    store: Arc<Store>,
    counts: Counts,
    shutdown: Shutdown,
    watchers: Arc<Semaphore>,
}

impl App {
    /// The state of a server over a store.
    pub(crate) fn new(store: Arc<Store>, counts: Counts, shutdown: Shutdown) -> App {
        App { store, counts, shutdown, watchers: Arc::new(Semaphore::new(MAX_WATCHERS)) }
    }

    /// Ready once an upstream has answered, until its last rows have expired.
    fn ready(&self) -> Result<(), String> {
        self.store.catalogue(clock::now()).away().map_or(Ok(()), Err)
    }
}

/// The whole server.
pub(crate) fn router(app: App, access: Access, metrics: Metrics) -> Router {
    let ready = app.clone();
    let routes = Router::new()
        .route("/", get(page::root))
        .route("/assets/{*name}", get(page::asset))
        .route("/favicon.ico", get(page::icon))
        .route("/stream", get(stream::watch))
        .route("/metrics", post(datasource::metrics))
        .route("/metric-payload-options", post(datasource::payload_options))
        .route("/query", post(datasource::query))
        .route("/search", post(datasource::search))
        .route("/variable", post(datasource::variable))
        .route("/tag-keys", post(datasource::tag_keys))
        .route("/tag-values", post(datasource::tag_values))
        .route("/annotations", post(datasource::annotations))
        .route_layer(from_fn_with_state(app.clone(), count))
        .with_state(app)
        .merge(admin::router(metrics, move || ready.ready()))
        .method_not_allowed_fallback(wrong_method)
        .fallback(nowhere)
        .layer(from_fn(cross::allow))
        .layer(from_fn_with_state(access, access::guard));
    let tidied = routes.map_request(|mut request: Request| {
        tidy(request.uri_mut());
        request
    });
    Router::new().fallback_service(tidied)
}

/// A configured URL with a slash at its end makes Grafana ask for `//query`.
fn tidy(uri: &mut Uri) {
    let path = uri.path();
    if !path.contains("//") && (path == "/" || !path.ends_with('/')) {
        return;
    }
    let segments: Vec<&str> = path.split('/').filter(|segment| !segment.is_empty()).collect();
    let query = uri.query().map(|query| format!("?{query}")).unwrap_or_default();
    if let Ok(tidied) = format!("/{}{query}", segments.join("/")).parse() {
        *uri = tidied;
    }
}

async fn count(State(app): State<App>, path: MatchedPath, request: Request, next: Next) -> Response {
    let response = next.run(request).await;
    app.counts.request(path.as_str(), response.status().as_u16());
    response
}

async fn nowhere(uri: Uri) -> Response {
    answer::error(StatusCode::NOT_FOUND, format!("there is nothing at {}", uri.path()))
}

async fn wrong_method(uri: Uri) -> Response {
    answer::error(StatusCode::METHOD_NOT_ALLOWED, format!("{} is not asked with this method", uri.path()))
}
