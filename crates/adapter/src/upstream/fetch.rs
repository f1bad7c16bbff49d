//! `GET` with a deadline and a limit on the size of the answer.

use std::error::Error;

use oriel_client::{Token, Trust};
use reqwest::header::{AUTHORIZATION, ETAG, HeaderMap, HeaderValue, IF_NONE_MATCH};
use reqwest::{Client, StatusCode, Url, redirect};

use super::{Lost, MAX_MESSAGE, PATIENCE};

/// Asks over HTTP.
pub(crate) struct Fetch(Client);

/// An answer.
pub(crate) struct Answer {
    /// Its status.
    pub(crate) status: StatusCode,
    /// Its ETag.
    pub(crate) etag: Option<HeaderValue>,
    /// Its body.
    pub(crate) body: String,
}

impl Fetch {
    /// A client of its own for each session, so that no connection outlives an upstream,
    /// and that a token is read again.
    pub(crate) async fn new(token: Option<&Token>, trust: Option<&Trust>) -> Result<Fetch, Lost> {
        let mut headers = HeaderMap::new();
        if let Some(token) = token {
            let bearer = token.bearer().await.map_err(|error| Lost(error.to_string()))?;
            headers.insert(AUTHORIZATION, bearer);
        }
        let client = Client::builder()
            .no_proxy()
            .timeout(PATIENCE)
            .redirect(redirect::Policy::none())
            .default_headers(headers);
        let client = match trust {
            Some(trust) => client.tls_backend_preconfigured((*trust.config()).clone()),
            // Else this machine's authorities would be looked for, which it need not have.
            None => client.tls_certs_only([]),
        };
        client.build().map(Fetch).map_err(|error| Lost(innermost(&error)))
    }

    /// Asks, and reads the whole answer.
    pub(crate) async fn get(&self, url: Url, known: Option<&HeaderValue>) -> Result<Answer, Lost> {
        let lost = |error: reqwest::Error| {
            if error.is_timeout() { Lost("no answer in time".to_owned()) } else { Lost(innermost(&error)) }
        };
        let mut request = self.0.get(url);
        if let Some(etag) = known {
            request = request.header(IF_NONE_MATCH, etag.clone());
        }
        let mut response = request.send().await.map_err(lost)?;
        let mut body = Vec::new();
        while let Some(chunk) = response.chunk().await.map_err(lost)? {
            if body.len() + chunk.len() > MAX_MESSAGE {
                return Err(Lost(format!("an answer of more than {MAX_MESSAGE} bytes")));
            }
            body.extend_from_slice(&chunk);
        }
        Ok(Answer {
            status: response.status(),
            etag: response.headers().get(ETAG).cloned(),
            body: String::from_utf8(body).map_err(|_| Lost("an answer that is not UTF-8".to_owned()))?,
        })
    }
}

/// The cause at the bottom says what a person can act on: "Connection refused".
pub(crate) fn innermost(error: &dyn Error) -> String {
    let mut cause = error;
    while let Some(deeper) = cause.source() {
        cause = deeper;
    }
    cause.to_string()
}
