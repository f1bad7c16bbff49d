//! Addresses to listen on.

use crate::access::{self, Access};
use std::fmt;
use std::io::ErrorKind;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::str::FromStr;
use tokio::net::{TcpListener, lookup_host};

/// The flags about listening that all three programs share. Each program flattens them
/// into its own and names its default:
/// `#[command(mut_arg("listen", |arg| arg.default_value("127.0.0.1:8890")))]`.
#[derive(clap::Args, Clone, Debug)]
pub struct ListenArgs {
    /// Listen on HOST:PORT, or on PORT of 127.0.0.1; port 0 takes a free one
    #[arg(long, value_name = "ADDR", default_value = "127.0.0.1:0")]
    pub listen: Address,
    /// Also answer requests whose Host header names this host (may be repeated)
    #[arg(long, value_name = "NAME", value_parser = access::parse_host)]
    pub allow_host: Vec<String>,
    /// Also answer browsers on pages of this origin, such as `https://my.page` (may be repeated)
    #[arg(long, value_name = "ORIGIN", value_parser = access::parse_origin)]
    pub allow_origin: Vec<String>,
    /// Listen on other addresses than loopback although there are no tokens yet
    #[arg(long)]
    pub insecure: bool,
}

impl ListenArgs {
    /// Binds the address and makes the rule of who may connect to it; see [`bind`].
    pub async fn bind(&self) -> Result<(TcpListener, Access), StartError> {
        let reach = if self.insecure { Reach::Anybody } else { Reach::Loopback { unless: INSECURE } };
        let listener = bind(&self.listen, reach).await?;
        let loopback = listener.local_addr().is_ok_and(|bound| bound.ip().is_loopback());
        let access = Access::new(loopback, self.allow_host.clone(), self.allow_origin.clone());
        Ok((listener, access))
    }
}

/// What a program without tokens says.
const INSECURE: &str = "there are no tokens: add --insecure if you mean it";

/// From where a program may be reached.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Reach {
    /// From everywhere.
    Anybody,
    /// From this machine alone.
    Loopback {
        /// What is missing for more, as its user is told.
        unless: &'static str,
    },
}

/// `HOST:PORT`, or `PORT` alone for 127.0.0.1.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Address {
    host: String,
    port: u16,
}

/// Why a program cannot listen where it was told to.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// Somebody else listens there.
    #[error("port {port} is busy: something else listens on {address}; choose another with --listen")]
    Busy {
        /// The port.
        port: u16,
        /// The whole address.
        address: String,
    },
    /// The host has no address.
    #[error("cannot listen on {0}: no such host")]
    NoHost(String),
    /// Strangers could reach it.
    #[error("{0} can be reached from outside and {1}")]
    Insecure(String, &'static str),
    /// Anything else.
    #[error("cannot listen on {address}: {error}")]
    Io {
        /// The address.
        address: String,
        /// What the system says.
        error: std::io::Error,
    },
}

impl Address {
    /// Whether other machines can reach it, as far as its text tells: a name has to be
    /// looked up first.
    pub fn is_beyond_loopback(&self) -> bool {
        self.host.parse::<IpAddr>().is_ok_and(|address| !address.is_loopback())
    }
}

impl FromStr for Address {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let wrong = || format!("{text:?} is no address: use HOST:PORT, [IPv6]:PORT or PORT");
        let (host, port) = text.rsplit_once(':').unwrap_or(("127.0.0.1", text));
        let bracketed = host.strip_prefix('[').and_then(|host| host.strip_suffix(']'));
        let bare = bracketed.unwrap_or(host);
        if bare.is_empty() || (bracketed.is_none() && host.contains([':', '[', ']'])) {
            return Err(wrong());
        }
        Ok(Address { host: bare.to_owned(), port: port.parse().map_err(|_| wrong())? })
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.host.contains(':') {
            write!(f, "[{}]:{}", self.host, self.port)
        } else {
            write!(f, "{}:{}", self.host, self.port)
        }
    }
}

/// Binds the address and logs what was bound.
///
/// # Errors
/// When it is busy, or can be reached from farther than it may; the error names it.
pub async fn bind(address: &Address, reach: Reach) -> Result<TcpListener, StartError> {
    let name = address.to_string();
    let found = lookup_host((address.host.as_str(), address.port)).await;
    let all: Vec<SocketAddr> = found.map_err(|_| StartError::NoHost(name.clone()))?.collect();
    // `localhost` may have two addresses; the one that people type is the old one.
    let preferred = all.iter().find(|a| a.ip() == IpAddr::V4(Ipv4Addr::LOCALHOST)).or(all.first());
    let Some(chosen) = preferred else { return Err(StartError::NoHost(name)) };
    if let Reach::Loopback { unless } = reach
        && !chosen.ip().is_loopback()
    {
        return Err(StartError::Insecure(name, unless));
    }
    let listener = TcpListener::bind(chosen).await.map_err(|error| match error.kind() {
        ErrorKind::AddrInUse => StartError::Busy { port: address.port, address: name.clone() },
        _ => StartError::Io { address: name.clone(), error },
    })?;
    match listener.local_addr() {
        Ok(bound) => tracing::info!(address = %bound, "listening"),
        Err(error) => return Err(StartError::Io { address: name, error }),
    }
    Ok(listener)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_a_host_and_a_port_or_a_port() {
        for (text, shown) in [
            ("8890", "127.0.0.1:8890"),
            ("localhost:0", "localhost:0"),
            ("0.0.0.0:80", "0.0.0.0:80"),
            ("[::1]:80", "[::1]:80"),
        ] {
            assert_eq!(text.parse::<Address>().expect(text).to_string(), shown);
        }
        for text in ["", ":80", "host:", "host:port", "::1:80", "99999", "[::1]"] {
            assert!(text.parse::<Address>().is_err(), "{text}");
        }
    }

    #[tokio::test]
    async fn a_busy_port_is_named() {
        let first = bind(&"0".parse().expect("an address"), Reach::Anybody).await.expect("binds");
        let port = first.local_addr().expect("bound").port();
        let again = bind(&port.to_string().parse().expect("an address"), Reach::Anybody).await;
        let message = again.expect_err("busy").to_string();
        assert!(message.contains(&format!("port {port} is busy")), "{message}");
    }

    #[tokio::test]
    async fn other_addresses_than_loopback_have_to_be_meant() {
        let any: Address = "0.0.0.0:0".parse().expect("an address");
        let says = bind(&any, Reach::Loopback { unless: INSECURE }).await.expect_err("refused").to_string();
        assert_eq!(says, format!("0.0.0.0:0 can be reached from outside and {INSECURE}"));
        assert!(bind(&any, Reach::Anybody).await.is_ok());
    }

    #[test]
    fn an_address_tells_whether_it_is_beyond_loopback_and_a_name_does_not() {
        for (text, beyond) in [("0.0.0.0:0", true), ("[::]:0", true), ("[::1]:0", false), ("0", false)] {
            assert_eq!(text.parse::<Address>().expect(text).is_beyond_loopback(), beyond, "{text}");
        }
        assert!(!"my.host:0".parse::<Address>().expect("an address").is_beyond_loopback());
    }
}
