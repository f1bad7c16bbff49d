//! The embedded page: a handful of files of ours, two of uPlot's, and nothing from outside.

use axum::Json;
use axum::extract::Path;
use axum::http::header::{ACCEPT, VARY};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use oriel_runtime::answer;
use oriel_runtime::page::{self, File};
use serde_json::json;

/// Nothing but what this server sends runs, shows or is asked for.
const POLICY: &str =
    "default-src 'self'; object-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

const PAGE: File = File::page(include_str!("../../assets/index.html"));

/// The files of the page.
const ASSETS: [File; 10] = [
    File::script("page.js", include_str!("../../assets/page.js")),
    File::script("panel.js", include_str!("../../assets/panel.js")),
    File::script("table.js", include_str!("../../assets/table.js")),
    File::script("words.js", include_str!("../../assets/words.js")),
    File::script("chart.js", include_str!("../../assets/chart.js")),
    File::style("page.css", include_str!("../../assets/page.css")),
    page::HOUSE,
    page::ICON,
    File::script("vendor/uPlot.iife.min.js", include_str!("../../assets/vendor/uPlot.iife.min.js")),
    File::style("vendor/uPlot.min.css", include_str!("../../assets/vendor/uPlot.min.css")),
];

/// A browser gets the page; Grafana's test of the data source gets its 200 either way.
pub(super) async fn root(headers: HeaderMap) -> Response {
    let accepts = headers.get_all(ACCEPT).iter().filter_map(|value| value.to_str().ok());
    if accepts.into_iter().any(|accept| accept.contains("text/html")) {
        return PAGE.answer(&headers, POLICY);
    }
    let told = json!({"name": "oriel-grafana", "version": env!("CARGO_PKG_VERSION"), "status": "ok"});
    ([(VARY, "accept")], Json(told)).into_response()
}

/// One of the page's files.
pub(super) async fn asset(headers: HeaderMap, Path(name): Path<String>) -> Response {
    match ASSETS.iter().find(|file| file.name == name) {
        Some(file) => file.answer(&headers, POLICY),
        None => answer::error(StatusCode::NOT_FOUND, format!("the page has no file {name}")),
    }
}

/// What browsers ask for without being told to.
pub(super) async fn icon(headers: HeaderMap) -> Response {
    page::ICON.answer(&headers, POLICY)
}
