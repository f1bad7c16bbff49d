//! Where results go.

use std::io::Write;

/// Where results go.
pub enum To {
    /// To the broker at this WebSocket address.
    Broker(String),
    /// Rows to a writer, one line a publication.
    Lines(Box<dyn Write + Send>),
    /// Panes to a writer, one line each, in place of rows.
    Panes(Box<dyn Write + Send>),
}

/// The WebSocket address of a broker given as `ws://H:P/pubsub` or `http://H:P`.
///
/// # Errors
/// When it is neither.
pub fn broker_url(given: &str) -> Result<String, String> {
    let refuse = || format!("{given:?} is no broker address: use ws://HOST:PORT/pubsub or http://HOST:PORT");
    let uri: axum::http::Uri = given.parse().map_err(|_| refuse())?;
    let authority = uri.authority().ok_or_else(refuse)?;
    match uri.scheme_str() {
        Some("ws") => Ok(given.to_owned()),
        Some("http") if matches!(uri.path(), "" | "/") => Ok(format!("ws://{authority}/pubsub")),
        _ => Err(refuse()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_broker_may_be_given_in_two_forms() {
        for given in ["ws://127.0.0.1:8890/pubsub", "http://127.0.0.1:8890", "http://127.0.0.1:8890/"] {
            assert_eq!(broker_url(given).as_deref(), Ok("ws://127.0.0.1:8890/pubsub"), "{given}");
        }
        for given in
            ["", "127.0.0.1:8890", "https://127.0.0.1:8890", "http://127.0.0.1:8890/other", "ws:///pubsub"]
        {
            assert!(broker_url(given).is_err(), "{given}");
        }
    }
}
