//! The files that browsers get: the client that pages use, and the admin page. There is no
//! data in them, so that they are served without a token: what the page shows it asks for
//! with one.

use axum::Router;
use axum::extract::Path;
use axum::http::header::{
    CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, ETAG, IF_NONE_MATCH, LOCATION,
};
use axum::http::{HeaderMap, HeaderName, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use oriel_runtime::answer;
use xxhash_rust::xxh3::xxh3_64;

/// The page runs this broker's scripts and no others, asks this broker and nobody else, and
/// makes no markup out of text.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; \
                      connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; \
                      require-trusted-types-for 'script'; trusted-types 'none'";
const NO_SNIFF: (HeaderName, &str) = (HeaderName::from_static("x-content-type-options"), "nosniff");
const NO_REFERRER: (HeaderName, &str) = (HeaderName::from_static("referrer-policy"), "no-referrer");

const SCRIPT: &str = "text/javascript; charset=utf-8";

/// A file: its type and its text.
type File = (&'static str, &'static str);

const CLIENT: File = (SCRIPT, include_str!("../assets/oriel.js"));
const PAGE: File = ("text/html; charset=utf-8", include_str!("../assets/admin.html"));

/// The files beside the page.
const BESIDE: [(&str, File); 6] = [
    ("admin.js", (SCRIPT, include_str!("../assets/admin.js"))),
    ("detail.js", (SCRIPT, include_str!("../assets/detail.js"))),
    ("table.js", (SCRIPT, include_str!("../assets/table.js"))),
    ("words.js", (SCRIPT, include_str!("../assets/words.js"))),
    ("admin.css", ("text/css; charset=utf-8", include_str!("../assets/admin.css"))),
    ("icon.svg", ("image/svg+xml", include_str!("../assets/icon.svg"))),
];

/// The routes of the files.
pub(crate) fn router() -> Router {
    Router::new()
        .route("/oriel.js", get(async |headers: HeaderMap| file(&headers, CLIENT)))
        .route("/admin", get(async |headers: HeaderMap| file(&headers, PAGE)))
        .route("/admin/", get(async || (StatusCode::PERMANENT_REDIRECT, [(LOCATION, "../admin")])))
        .route("/admin/{file}", get(beside))
}

async fn beside(headers: HeaderMap, Path(name): Path<String>) -> Response {
    match BESIDE.iter().find(|(known, _)| *known == name) {
        Some((_, found)) => file(&headers, *found),
        None => answer::error(StatusCode::NOT_FOUND, "the admin page has no such file"),
    }
}

/// Asked for anew each time, so that no page is older than its broker, and sent only if it
/// is another one.
fn file(asked: &HeaderMap, (kind, text): File) -> Response {
    let tag = format!("\"{:016x}\"", xxh3_64(text.as_bytes()));
    let known = asked.get_all(IF_NONE_MATCH).iter().filter_map(|value| value.to_str().ok());
    let known = known.flat_map(|tags| tags.split(',')).any(|known| known.trim().ends_with(&tag));
    let headers = [
        (CONTENT_TYPE, kind),
        (CONTENT_SECURITY_POLICY, POLICY),
        (CACHE_CONTROL, "no-cache"),
        (ETAG, &tag),
        NO_SNIFF,
        NO_REFERRER,
    ];
    match known {
        true => (StatusCode::NOT_MODIFIED, headers).into_response(),
        false => (headers, text).into_response(),
    }
}
