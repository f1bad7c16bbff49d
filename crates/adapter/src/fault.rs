//! Why a request cannot be answered, in words that a panel shows.

use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use oriel_runtime::answer;

/// A refused request. The text is for the user.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub(crate) enum Fault {
    /// The request makes no sense.
    #[error("{0}")]
    Bad(String),
    /// It names nothing that is known.
    #[error("{0}")]
    Unknown(String),
    /// What could answer it is away.
    #[error("{0}")]
    Away(String),
}

impl Fault {
    /// The status it is answered with. 401, 502 and 504 are left out on purpose: Grafana
    /// rewrites the first and takes the others for its own proxy's.
    pub(crate) fn status(&self) -> StatusCode {
        match self {
            Fault::Bad(_) => StatusCode::BAD_REQUEST,
            Fault::Unknown(_) => StatusCode::NOT_FOUND,
            Fault::Away(_) => StatusCode::SERVICE_UNAVAILABLE,
        }
    }
}

impl IntoResponse for Fault {
    fn into_response(self) -> Response {
        answer::error(self.status(), self.to_string())
    }
}
