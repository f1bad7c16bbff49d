//! What the programs' pages share: how a file of them is served, the house style, the icon.

use axum::http::header::{CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, ETAG, IF_NONE_MATCH, VARY};
use axum::http::{HeaderMap, HeaderName, StatusCode};
use axum::response::{IntoResponse, Response};
use xxhash_rust::xxh3::xxh3_64;

const SCRIPT: &str = "text/javascript; charset=utf-8";
const STYLE: &str = "text/css; charset=utf-8";
const SVG: &str = "image/svg+xml";

/// The style of every page.
pub const HOUSE: File = File::style("house.css", include_str!("../assets/house.css"));

/// The icon of every page.
pub const ICON: File = File { name: "icon.svg", kind: SVG, text: include_str!("../assets/icon.svg") };

const NO_SNIFF: (HeaderName, &str) = (HeaderName::from_static("x-content-type-options"), "nosniff");
const NO_REFERRER: (HeaderName, &str) = (HeaderName::from_static("referrer-policy"), "no-referrer");

/// A file that is part of the program.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct File {
    /// By which it is asked for.
    pub name: &'static str,
    kind: &'static str,
    text: &'static str,
}

impl File {
    /// A page.
    pub const fn page(text: &'static str) -> Self {
        File { name: "", kind: "text/html; charset=utf-8", text }
    }

    /// A script of that name.
    pub const fn script(name: &'static str, text: &'static str) -> Self {
        File { name, kind: SCRIPT, text }
    }

    /// A style sheet of that name.
    pub const fn style(name: &'static str, text: &'static str) -> Self {
        File { name, kind: STYLE, text }
    }

    /// Serves it with that policy of content. A browser asks anew each time, so that no page
    /// is older than its server, and gets it only if it is another one.
    pub fn answer(&self, asked: &HeaderMap, policy: &'static str) -> Response {
        let tag = format!("\"{:016x}\"", xxh3_64(self.text.as_bytes()));
        let known = asked.get_all(IF_NONE_MATCH).iter().filter_map(|value| value.to_str().ok());
        let known = known.flat_map(|tags| tags.split(',')).any(|known| known.trim().ends_with(&tag));
        let headers = [
            (CONTENT_TYPE, self.kind),
            (CONTENT_SECURITY_POLICY, policy),
            (CACHE_CONTROL, "no-cache"),
            (VARY, "accept"),
            (ETAG, &tag),
            NO_SNIFF,
            NO_REFERRER,
        ];
        match known {
            true => (StatusCode::NOT_MODIFIED, headers).into_response(),
            false => (headers, self.text).into_response(),
        }
    }
}
