//! The routes that operators ask: `/metrics`, `/live`, `/ready`.

use crate::metrics::Metrics;
use axum::Router;
use axum::http::{StatusCode, header};
use axum::response::IntoResponse;
use axum::routing::get;

/// `GET /metrics` (Prometheus), `/live` (200 while the process answers) and `/ready`
/// (200, or 503 naming what is missing).
pub fn router<R>(metrics: Metrics, ready: R) -> Router
where
    R: Fn() -> Result<(), String> + Clone + Send + Sync + 'static,
{
    health(ready).route("/metrics", get(move || scrape(metrics)))
}

/// The same without `/metrics`, for servers that do not show those to everybody.
pub fn health<R>(ready: R) -> Router
where
    R: Fn() -> Result<(), String> + Clone + Send + Sync + 'static,
{
    Router::new().route("/live", get(|| async { "ok\n" })).route("/ready", get(move || is_ready(ready())))
}

/// The answer to a scrape, for servers that route `/metrics` themselves.
pub async fn scrape(metrics: Metrics) -> impl IntoResponse {
    const OPEN_METRICS: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";
    ([(header::CONTENT_TYPE, OPEN_METRICS)], metrics.scrape().await)
}

async fn is_ready(state: Result<(), String>) -> (StatusCode, String) {
    match state {
        Ok(()) => (StatusCode::OK, "ready\n".into()),
        Err(missing) => (StatusCode::SERVICE_UNAVAILABLE, format!("not ready: {missing}\n")),
    }
}
