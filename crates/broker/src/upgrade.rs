//! `GET /pubsub`: from an HTTP request to a WebSocket.

use axum::body::Body;
use axum::extract::Request;
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header};
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use hyper::upgrade::OnUpgrade;
use oriel_runtime::answer;
use oriel_runtime::serve::{Io, Stream};
use tokio_tungstenite::tungstenite::handshake::derive_accept_key;

use crate::auth;
use crate::config::Config;
use crate::receiving::Share;
use crate::socket::Socket;

/// The answer that accepts an upgrade, and what it will become; or why it is none.
#[allow(clippy::result_large_err, reason = "the error is the answer, built once a request")]
pub(crate) fn accept(mut request: Request) -> Result<(Response, Pending), Response> {
    let key = key(&request).map_err(|missing| {
        let message = format!("this is a WebSocket endpoint: {missing}");
        let upgrade = [(header::UPGRADE, "websocket")];
        (upgrade, answer::error(StatusCode::UPGRADE_REQUIRED, message)).into_response()
    })?;
    let accepted = derive_accept_key(key.as_bytes());
    let subprotocol = auth::subprotocol(request.headers());
    let pending = Pending(hyper::upgrade::on(&mut request));
    let mut response = Response::builder()
        .status(StatusCode::SWITCHING_PROTOCOLS)
        .header(header::CONNECTION, "Upgrade")
        .header(header::UPGRADE, "websocket")
        .header(header::SEC_WEBSOCKET_ACCEPT, accepted)
        .body(Body::empty())
        .map_err(|_| StatusCode::INTERNAL_SERVER_ERROR.into_response())?;
    if let Some(subprotocol) = subprotocol {
        response.headers_mut().insert(header::SEC_WEBSOCKET_PROTOCOL, subprotocol);
    }
    Ok((response, pending))
}

/// An upgrade that was accepted.
pub(crate) struct Pending(OnUpgrade);

impl Pending {
    /// The socket, once the client has been told, which it has to take in time; none if
    /// that fails.
    pub(crate) async fn socket(self, config: &Config, share: Share) -> Option<Socket<Stream>> {
        let upgraded = tokio::time::timeout(config.handshake, self.0).await.ok()?.ok()?;
        let parts = upgraded.downcast::<Io>().ok()?;
        // A copy, since what came shares the buffer that the request was read into.
        let early = Bytes::copy_from_slice(&parts.read_buf);
        Some(Socket::new(parts.io.into_inner(), early, config.message_bytes, share))
    }
}

/// The client's key, or what the request lacks of being an upgrade.
fn key(request: &Request) -> Result<HeaderValue, &'static str> {
    let headers = request.headers();
    if request.method() != Method::GET || !has_token(headers, header::UPGRADE, "websocket") {
        return Err("it takes GET requests with 'Upgrade: websocket'");
    }
    if !has_token(headers, header::CONNECTION, "upgrade") {
        return Err("the request lacks 'Connection: Upgrade'");
    }
    if headers.get(header::SEC_WEBSOCKET_VERSION).is_none_or(|version| version != "13") {
        return Err("the request lacks 'Sec-WebSocket-Version: 13'");
    }
    headers.get(header::SEC_WEBSOCKET_KEY).cloned().ok_or("the request lacks 'Sec-WebSocket-Key'")
}

fn has_token(headers: &HeaderMap, name: HeaderName, token: &str) -> bool {
    let texts = headers.get_all(name).into_iter().filter_map(|value| value.to_str().ok());
    texts.flat_map(|text| text.split(',')).any(|part| part.trim().eq_ignore_ascii_case(token))
}
