//! The address of an upstream, in either of its two forms.

use std::fmt;
use std::str::FromStr;

use reqwest::Url;

/// `http://HOST:PORT` of a broker or a snapshot server, or `ws://HOST:PORT/pubsub` of a
/// broker.
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
    socket: Url,
}

/// Why a text is no upstream.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[error("{0:?} is no upstream: use http://HOST:PORT or ws://HOST:PORT/pubsub")]
pub struct UpstreamError(String);

impl Upstream {
    /// The URL of a resource below the upstream's base; each part is one path segment.
    pub(crate) fn http(&self, parts: &[&str]) -> Url {
        below(&self.base, parts)
    }

    /// The URL of a broker's WebSocket.
    pub(crate) fn socket(&self) -> &Url {
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
        let given = text.to_owned();
        match base.scheme() {
            "http" => {
                let mut socket = below(&base, &["pubsub"]);
                socket.set_scheme("ws").map_err(|()| wrong())?;
                Ok(Upstream { given, base, socket })
            }
            "ws" => {
                let socket = base.clone();
                base.set_scheme("http").map_err(|()| wrong())?;
                base.set_path("");
                Ok(Upstream { given, base, socket })
            }
            _ => Err(wrong()),
        }
    }
}

impl fmt::Display for Upstream {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.given)
    }
}
