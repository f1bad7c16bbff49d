//! Why a request is not served, and what it is answered.

use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use oriel_runtime::answer;

/// Why a request has no rights here. No text repeats anything of the request.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
pub enum Denied {
    /// It brings no token.
    #[error(
        "this broker needs a token: 'Authorization: Bearer TOKEN', or in a browser's WebSocket the subprotocols 'oriel' and 'bearer.TOKEN'"
    )]
    Missing,
    /// Nobody here knows the token, or its signature is wrong.
    #[error("the token is not known here")]
    Unknown,
    /// It was good until some time ago.
    #[error("the token has expired")]
    Expired,
    /// It will be good later.
    #[error("the token is not valid yet")]
    Early,
    /// It was made for another service.
    #[error("the token's 'aud' is not this broker's")]
    Audience,
    /// What the token says cannot be understood.
    #[error(
        "the token's claims are not understood: 'exp' is a number and needed, 'publish' and 'subscribe' are lists of patterns, 'admin' is true or false"
    )]
    Claims,
    /// The token is in the URL, which logs and histories keep.
    #[error(
        "a token does not belong into a URL: send 'Authorization: Bearer TOKEN', or in a browser's WebSocket the subprotocols 'oriel' and 'bearer.TOKEN'; and make a new one, this one may have been logged"
    )]
    Url,
    /// It cannot be told which token is meant.
    #[error(
        "send one token: 'Authorization: Bearer TOKEN', or in a browser's WebSocket the subprotocols 'oriel' and 'bearer.TOKEN'"
    )]
    Malformed,
    /// Too many wrong ones have come from there.
    #[error("too many wrong tokens came from this address; try again in {0} s")]
    Guessing(u64),
    /// The token is good, but not for that.
    #[error("this needs a token with 'admin = true'")]
    Admin,
}

impl Denied {
    /// A word for the metrics.
    pub(super) fn reason(self) -> &'static str {
        match self {
            Denied::Missing => "missing",
            Denied::Unknown => "unknown",
            Denied::Expired => "expired",
            Denied::Early => "early",
            Denied::Audience => "audience",
            Denied::Claims => "claims",
            Denied::Url => "url",
            Denied::Malformed => "malformed",
            Denied::Guessing(_) => "guessing",
            Denied::Admin => "admin",
        }
    }

    /// Whether it was an attempt that may have been a guess.
    pub(super) fn is_guess(self) -> bool {
        self == Denied::Unknown
    }

    fn status(self) -> StatusCode {
        match self {
            Denied::Missing
            | Denied::Unknown
            | Denied::Expired
            | Denied::Early
            | Denied::Audience
            | Denied::Claims => StatusCode::UNAUTHORIZED,
            Denied::Url | Denied::Malformed => StatusCode::BAD_REQUEST,
            Denied::Guessing(_) => StatusCode::TOO_MANY_REQUESTS,
            Denied::Admin => StatusCode::FORBIDDEN,
        }
    }
}

impl IntoResponse for Denied {
    fn into_response(self) -> Response {
        let response = answer::error(self.status(), self.to_string());
        match (self, self.status()) {
            (Denied::Missing, _) => ([(header::WWW_AUTHENTICATE, "Bearer")], response).into_response(),
            (_, StatusCode::UNAUTHORIZED) => {
                ([(header::WWW_AUTHENTICATE, "Bearer error=\"invalid_token\"")], response).into_response()
            }
            (Denied::Guessing(seconds), _) => {
                ([(header::RETRY_AFTER, seconds.to_string())], response).into_response()
            }
            _ => response,
        }
    }
}
