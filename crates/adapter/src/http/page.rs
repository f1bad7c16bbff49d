//! The embedded page: a handful of files of ours, two of uPlot's, and nothing from outside.

use axum::Json;
use axum::extract::Path;
use axum::http::header::{ACCEPT, CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, VARY};
use axum::http::{HeaderMap, HeaderName, StatusCode};
use axum::response::{IntoResponse, Response};
use oriel_runtime::answer;
use serde_json::json;

/// Nothing but what this server sends runs, shows or is asked for.
const POLICY: &str =
    "default-src 'self'; object-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";
const NO_SNIFF: (HeaderName, &str) = (HeaderName::from_static("x-content-type-options"), "nosniff");
const NO_REFERRER: (HeaderName, &str) = (HeaderName::from_static("referrer-policy"), "no-referrer");

const HTML: &str = include_str!("../../assets/index.html");
const ICON: &str = include_str!("../../assets/icon.svg");
const SCRIPT: &str = "text/javascript; charset=utf-8";
const STYLE: &str = "text/css; charset=utf-8";

/// The files of the page: name, type, text.
const ASSETS: [(&str, &str, &str); 9] = [
    ("page.js", SCRIPT, include_str!("../../assets/page.js")),
    ("panel.js", SCRIPT, include_str!("../../assets/panel.js")),
    ("table.js", SCRIPT, include_str!("../../assets/table.js")),
    ("words.js", SCRIPT, include_str!("../../assets/words.js")),
    ("chart.js", SCRIPT, include_str!("../../assets/chart.js")),
    ("page.css", STYLE, include_str!("../../assets/page.css")),
    ("icon.svg", "image/svg+xml", ICON),
    ("vendor/uPlot.iife.min.js", SCRIPT, include_str!("../../assets/vendor/uPlot.iife.min.js")),
    ("vendor/uPlot.min.css", STYLE, include_str!("../../assets/vendor/uPlot.min.css")),
];

/// A browser gets the page; Grafana's test of the data source gets its 200 either way.
pub(super) async fn root(headers: HeaderMap) -> Response {
    let accepts = headers.get_all(ACCEPT).iter().filter_map(|value| value.to_str().ok());
    if accepts.into_iter().any(|accept| accept.contains("text/html")) {
        return file("text/html; charset=utf-8", HTML);
    }
    let told = json!({"name": "oriel-grafana", "version": env!("CARGO_PKG_VERSION"), "status": "ok"});
    ([(VARY, "accept")], Json(told)).into_response()
}

/// One of the page's files.
pub(super) async fn asset(Path(name): Path<String>) -> Response {
    match ASSETS.iter().find(|(known, _, _)| *known == name) {
        Some((_, kind, text)) => file(kind, text),
        None => answer::error(StatusCode::NOT_FOUND, format!("the page has no file {name}")),
    }
}

/// What browsers ask for without being told to.
pub(super) async fn icon() -> Response {
    file("image/svg+xml", ICON)
}

/// Not kept by browsers: after an upgrade the page must not be older than its server.
fn file(kind: &'static str, text: &'static str) -> Response {
    let headers = [
        (CONTENT_TYPE, kind),
        (CONTENT_SECURITY_POLICY, POLICY),
        (CACHE_CONTROL, "no-cache"),
        (VARY, "accept"),
        NO_SNIFF,
        NO_REFERRER,
    ];
    (headers, text).into_response()
}
