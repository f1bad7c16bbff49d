//! Where a broker is.

use std::fmt;
use std::str::FromStr;

use tokio_tungstenite::tungstenite::http::Uri;

/// The WebSocket address of a broker, given as `ws://HOST:PORT/pubsub` or, shorter, as
/// `http://HOST:PORT`; with `wss` or `https` it is spoken to through TLS.
///
/// ```
/// use oriel_client::Address;
/// let address: Address = "http://127.0.0.1:8890".parse().unwrap();
/// assert_eq!(address.to_string(), "ws://127.0.0.1:8890/pubsub");
/// ```
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Address {
    uri: Uri,
    encrypted: bool,
}

/// Why a text is no address. It does not repeat the text, in which there may be a secret.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
pub enum AddressError {
    /// It has another form.
    #[error(
        "no broker address: use ws://HOST:PORT/pubsub or http://HOST:PORT, or wss and https in their place"
    )]
    Form,
    /// There is a user, a password or a query in it.
    #[error("a broker address has no user, no password and no query: a token goes into a file")]
    Secret,
}

impl Address {
    /// Whether what is said is encrypted.
    pub fn is_encrypted(&self) -> bool {
        self.encrypted
    }

    /// Whether it is a name or an address of this very machine.
    pub fn is_local(&self) -> bool {
        let host = self.uri.host().unwrap_or_default().trim_matches(['[', ']']);
        host == "localhost" || host.parse().is_ok_and(|address: std::net::IpAddr| address.is_loopback())
    }

    pub(crate) fn uri(&self) -> &Uri {
        &self.uri
    }
}

impl FromStr for Address {
    type Err = AddressError;

    fn from_str(text: &str) -> Result<Self, AddressError> {
        let given: Uri = text.parse().map_err(|_| AddressError::Form)?;
        let authority = given.authority().ok_or(AddressError::Form)?.as_str();
        if authority.contains('@') || given.query().is_some() {
            return Err(AddressError::Secret);
        }
        let whole = matches!(given.path(), "" | "/");
        let (scheme, path) = match given.scheme_str() {
            Some(scheme @ ("ws" | "wss")) => (scheme, given.path()),
            Some("http") if whole => ("ws", "/pubsub"),
            Some("https") if whole => ("wss", "/pubsub"),
            _ => return Err(AddressError::Form),
        };
        let uri = format!("{scheme}://{authority}{path}").parse().map_err(|_| AddressError::Form)?;
        Ok(Address { uri, encrypted: scheme == "wss" })
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.uri.fmt(f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_broker_is_given_in_four_forms() {
        for (given, meant, encrypted) in [
            ("ws://127.0.0.1:8890/pubsub", "ws://127.0.0.1:8890/pubsub", false),
            ("http://127.0.0.1:8890/", "ws://127.0.0.1:8890/pubsub", false),
            ("https://broker.example", "wss://broker.example/pubsub", true),
            ("wss://[::1]:1/behind/a/proxy", "wss://[::1]:1/behind/a/proxy", true),
        ] {
            let address: Address = given.parse().expect(given);
            assert_eq!((address.to_string().as_str(), address.is_encrypted()), (meant, encrypted));
        }
    }

    #[test]
    fn anything_else_is_none_and_is_not_repeated() {
        for given in ["", "127.0.0.1:8890", "ftp://h:1", "http://h:1/other", "ws:///pubsub", "/pubsub"] {
            assert_eq!(given.parse::<Address>(), Err(AddressError::Form), "{given}");
        }
        for given in ["ws://h:1/pubsub?token=hush", "http://hush@h:1", "wss://a:hush@h:1/pubsub"] {
            let error = given.parse::<Address>().expect_err(given);
            assert_eq!(error, AddressError::Secret);
            assert!(!error.to_string().contains("hush") && !format!("{error:?}").contains("hush"));
        }
    }

    #[test]
    fn this_machine_is_told_from_others() {
        for (given, local) in [
            ("ws://localhost:1/", true),
            ("ws://127.0.0.9:1/", true),
            ("ws://[::1]:1/", true),
            ("ws://192.168.0.1:1/", false),
            ("ws://broker.example/", false),
        ] {
            assert_eq!(given.parse::<Address>().expect(given).is_local(), local, "{given}");
        }
    }
}
