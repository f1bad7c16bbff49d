//! Who may connect: the same rule for every route of all three programs.
//!
//! A browser will send a page's requests to loopback for any page on the web. Two headers
//! tell: `Origin` names the page, and `Host` names what the browser thinks it talks to,
//! which after DNS rebinding is the page's own name.

use crate::answer;
use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderName, StatusCode, header};
use axum::middleware::Next;
use axum::response::Response;
use std::net::{IpAddr, Ipv6Addr};
use std::sync::Arc;

/// Extensions are programs that the user has installed; on loopback they are served.
const EXTENSIONS: [&str; 4] =
    ["chrome-extension", "moz-extension", "safari-web-extension", "ms-browser-extension"];

/// How much of a header's text a message repeats.
const SHOWN: usize = 100;

/// The rule, as configured.
#[derive(Clone, Debug)]
pub struct Access(Arc<Rule>);

#[derive(Debug)]
struct Rule {
    loopback: bool,
    hosts: Vec<String>,
    origins: Vec<String>,
}

/// Why a request is not served; where a flag would change that the text names it.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum Refusal {
    /// No `Host`, more than one, or one that is none.
    #[error("the request has no valid Host header")]
    NoHost,
    /// A name that does not mean this server.
    #[error("host '{0}' is not served here; to allow it start with --allow-host {0}")]
    Host(String),
    /// More than one `Origin`, or one that is no text.
    #[error("the request has no valid Origin header")]
    BadOrigin,
    /// A page from elsewhere.
    #[error("pages from '{0}' may not connect; to allow them start with --allow-origin {0}")]
    Origin(String),
}

impl Access {
    /// The rule of a server that listens on loopback or not, with what its flags allow.
    pub fn new(loopback: bool, hosts: Vec<String>, origins: Vec<String>) -> Self {
        let lower = |texts: Vec<String>| texts.iter().map(|text| text.to_ascii_lowercase()).collect();
        Access(Arc::new(Rule { loopback, hosts: lower(hosts), origins: lower(origins) }))
    }

    /// Judges a request by its `Host` and `Origin`.
    pub fn check(&self, host: Option<&str>, origin: Option<&str>) -> Result<(), Refusal> {
        let host = host.and_then(Authority::parse).ok_or(Refusal::NoHost)?;
        // Beyond loopback it has names that it cannot know, unless it was told one.
        let named = self.0.loopback || !self.0.hosts.is_empty();
        if named && !self.0.knows(&host) {
            return Err(Refusal::Host(shown(&host.name)));
        }
        match origin {
            Some(origin) if !self.0.serves(&host, origin) => Err(Refusal::Origin(shown(origin))),
            _ => Ok(()),
        }
    }

    /// The same for a request's headers, each of which may come once.
    pub fn check_headers(&self, headers: &HeaderMap) -> Result<(), Refusal> {
        let host = single(headers, header::HOST).map_err(|()| Refusal::NoHost)?;
        let origin = single(headers, header::ORIGIN).map_err(|()| Refusal::BadOrigin)?;
        self.check(host, origin)
    }
}

impl Rule {
    fn knows(&self, host: &Authority) -> bool {
        host.name == "localhost" || host.is_ip() || self.hosts.contains(&host.name)
    }

    fn serves(&self, host: &Authority, origin: &str) -> bool {
        let origin = origin.to_ascii_lowercase();
        if self.origins.contains(&origin) {
            return true;
        }
        let Some((scheme, rest)) = origin.split_once("://") else { return false };
        if EXTENSIONS.contains(&scheme) {
            return self.loopback;
        }
        Authority::parse(rest).is_some_and(|page| page.name == host.name && same_port(&page, scheme, host))
    }
}

/// The middleware that applies the rule before anything else is done with a request:
/// `router.layer(axum::middleware::from_fn_with_state(access, access::guard))`.
pub async fn guard(State(access): State<Access>, request: Request, next: Next) -> Response {
    match access.check_headers(request.headers()) {
        Ok(()) => next.run(request).await,
        Err(refusal) => {
            tracing::debug!(%refusal, "request refused");
            answer::error(StatusCode::FORBIDDEN, refusal.to_string())
        }
    }
}

/// Reads a value of `--allow-host`.
pub fn parse_host(text: &str) -> Result<String, String> {
    let host = Authority::parse(text).filter(|host| host.port.is_none());
    host.map(|host| host.name).ok_or_else(|| "a host is a name alone, such as my.host".to_owned())
}

/// Reads a value of `--allow-origin`.
pub fn parse_origin(text: &str) -> Result<String, String> {
    let origin = text.strip_suffix('/').unwrap_or(text);
    let valid = match origin.split_once("://") {
        Some((scheme, host)) => !scheme.is_empty() && Authority::parse(host).is_some(),
        None => origin == "null",
    };
    valid.then(|| origin.to_ascii_lowercase()).ok_or_else(|| "an origin is SCHEME://HOST[:PORT]".to_owned())
}

/// A host, lower-case, and the port if it is written.
struct Authority {
    name: String,
    port: Option<u16>,
}

impl Authority {
    fn parse(text: &str) -> Option<Self> {
        let (name, port) = match text.rsplit_once(':') {
            Some((name, port)) if !port.contains(']') => (name, Some(port.parse().ok()?)),
            _ => (text, None),
        };
        if let Some(rest) = name.strip_prefix('[') {
            let ip: Ipv6Addr = rest.strip_suffix(']')?.parse().ok()?;
            return Some(Authority { name: format!("[{ip}]"), port });
        }
        let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-._".contains(&byte);
        let valid = !name.is_empty() && name.bytes().all(plain);
        valid.then(|| Authority { name: name.to_ascii_lowercase(), port })
    }

    fn is_ip(&self) -> bool {
        self.name.starts_with('[') || self.name.parse::<IpAddr>().is_ok()
    }
}

/// An unwritten port is the default of the page's scheme. The schemes themselves are not
/// compared, so two unwritten ports are the same.
fn same_port(page: &Authority, scheme: &str, host: &Authority) -> bool {
    let default = match scheme {
        "http" | "ws" => Some(80),
        "https" | "wss" => Some(443),
        _ => None,
    };
    match (page.port, host.port) {
        (None, None) => true,
        (page, host) => page.or(default) == host.or(default),
    }
}

fn single(headers: &HeaderMap, name: HeaderName) -> Result<Option<&str>, ()> {
    let mut values = headers.get_all(name).iter();
    match (values.next(), values.next()) {
        (None, _) => Ok(None),
        (Some(value), None) => value.to_str().map(Some).map_err(|_| ()),
        (Some(_), Some(_)) => Err(()),
    }
}

fn shown(text: &str) -> String {
    text.chars().take(SHOWN).collect()
}

#[cfg(test)]
mod tests;
