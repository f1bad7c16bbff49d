//! The files that browsers get: the client that pages use, and the admin page. There is no
//! data in them, so that they are served without a token: what the page shows it asks for
//! with one.

use axum::Router;
use axum::extract::Path;
use axum::http::header::LOCATION;
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use axum::routing::get;
use oriel_runtime::answer;
use oriel_runtime::page::{self, File};

/// The page runs this broker's scripts and no others, asks this broker and nobody else, and
/// makes no markup out of text.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; \
                      connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; \
                      require-trusted-types-for 'script'; trusted-types 'none'";

const CLIENT: File = File::script("oriel.js", include_str!("../assets/oriel.js"));
const PAGE: File = File::page(include_str!("../assets/admin.html"));

/// The files beside the page.
const BESIDE: [File; 7] = [
    File::script("admin.js", include_str!("../assets/admin.js")),
    File::script("detail.js", include_str!("../assets/detail.js")),
    File::script("table.js", include_str!("../assets/table.js")),
    File::script("words.js", include_str!("../assets/words.js")),
    File::style("admin.css", include_str!("../assets/admin.css")),
    page::HOUSE,
    page::ICON,
];

/// The routes of the files.
pub(crate) fn router() -> Router {
    Router::new()
        .route("/oriel.js", get(async |headers: HeaderMap| CLIENT.answer(&headers, POLICY)))
        .route("/admin", get(async |headers: HeaderMap| PAGE.answer(&headers, POLICY)))
        .route("/admin/", get(async || (StatusCode::PERMANENT_REDIRECT, [(LOCATION, "../admin")])))
        .route("/admin/{file}", get(beside))
}

async fn beside(headers: HeaderMap, Path(name): Path<String>) -> Response {
    match BESIDE.iter().find(|file| file.name == name) {
        Some(file) => file.answer(&headers, POLICY),
        None => answer::error(StatusCode::NOT_FOUND, "the admin page has no such file"),
    }
}
