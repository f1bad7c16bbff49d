//! The address of an upstream, in either of its two forms.

use std::fmt;
use std::str::FromStr;

use oriel_client::Address;
use reqwest::Url;

/// `http://HOST:PORT` of a broker or a snapshot server, or `ws://HOST:PORT/pubsub` of a
/// broker; with TLS `https` and `wss`.
///
/// ```
/// use oriel_adapter::Upstream;
/// let upstream: Upstream = "ws://127.0.0.1:8890/pubsub".parse().unwrap();
/// assert_eq!(upstream.to_string(), "ws://127.0.0.1:8890/pubsub");
/// assert!("127.0.0.1:8890".parse::<Upstream>().is_err());
/// ```
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Upstream {
    given: String,
    base: Url,
    socket: Address,
}

/// Why a text is no upstream.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[error("{0:?} is no upstream: use http://HOST:PORT or ws://HOST:PORT/pubsub, or https and wss")]
pub struct UpstreamError(String);

impl Upstream {
    /// Whether it is spoken to through TLS.
    pub(crate) fn is_encrypted(&self) -> bool {
        self.socket.is_encrypted()
    }

    /// The URL of a resource below the upstream's base; each part is one path segment.
    pub(crate) fn http(&self, parts: &[&str]) -> Url {
        below(&self.base, parts)
    }

    /// Where a broker's WebSocket is.
    pub(crate) fn socket(&self) -> &Address {
        &self.socket
    }
}

fn below(base: &Url, parts: &[&str]) -> Url {
    let mut url = base.clone();
    if let Ok(mut segments) = url.path_segments_mut() {
        segments.pop_if_empty().extend(parts);
    }
    url
}

impl FromStr for Upstream {
    type Err = UpstreamError;

    fn from_str(text: &str) -> Result<Self, UpstreamError> {
        let wrong = || UpstreamError(text.to_owned());
        let mut base = Url::parse(text).map_err(|_| wrong())?;
        let odd = base.query().is_some() || base.fragment().is_some();
        if odd || base.host_str().is_none() || !base.username().is_empty() || base.password().is_some() {
            return Err(wrong());
        }
        let (http, ws, is_socket) = match base.scheme() {
            "http" => ("http", "ws", false),
            "https" => ("https", "wss", false),
            "ws" => ("http", "ws", true),
            "wss" => ("https", "wss", true),
            _ => return Err(wrong()),
        };
        let mut socket = if is_socket { base.clone() } else { below(&base, &["pubsub"]) };
        socket.set_scheme(ws).map_err(|()| wrong())?;
        base.set_scheme(http).map_err(|()| wrong())?;
        if is_socket {
            base.set_path("");
        }
        let socket = socket.as_str().parse().map_err(|_| wrong())?;
        Ok(Upstream { given: text.to_owned(), base, socket })
    }
}

impl fmt::Display for Upstream {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.given)
    }
}
