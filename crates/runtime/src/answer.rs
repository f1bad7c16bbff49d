//! The shape of an HTTP error: JSON with a `message` that a person can act on.

use std::collections::BTreeMap;

use axum::Json;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};

/// `{"error":"<what kind>","message":"<what and what to do>"}`: a Grafana panel
/// shows the message, a program reads the status.
pub fn error(status: StatusCode, message: impl Into<String>) -> Response {
    let kind = status.canonical_reason().unwrap_or("error").to_owned();
    (status, Json(BTreeMap::from([("error", kind), ("message", message.into())]))).into_response()
}
