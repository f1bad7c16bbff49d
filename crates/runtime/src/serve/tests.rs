//! Limits and TLS over real sockets.

use std::net::{IpAddr, Ipv4Addr};

use axum::Extension;
use axum::routing::get;
use rcgen::{CertifiedKey, KeyPair, generate_simple_self_signed};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::task::JoinHandle;
use tokio::time::timeout;
use tokio_rustls::TlsConnector;
use tokio_rustls::rustls::pki_types::ServerName;
use tokio_rustls::rustls::{ClientConfig, RootCertStore};

use super::*;
use crate::metrics::Metrics;
use crate::shutdown::{self, Trigger};
use crate::task;

const SOON: Duration = Duration::from_secs(20);
const ASK: &[u8] = b"GET /peer HTTP/1.1\r\nHost: localhost\r\n\r\n";

struct Served {
    address: SocketAddr,
    metrics: Metrics,
    trigger: Trigger,
    running: JoinHandle<usize>,
}

async fn served(options: Options) -> Served {
    served_at(Ipv4Addr::LOCALHOST.into(), options).await
}

async fn served_at(address: IpAddr, options: Options) -> Served {
    let listener = TcpListener::bind((address, 0)).await.expect("binds");
    let (address, metrics) = (listener.local_addr().expect("bound"), Metrics::default());
    let (trigger, shutdown) = shutdown::channel();
    options.limits.export("x", &metrics);
    let router = Router::new().route("/peer", get(async |Extension(Peer(peer))| peer.to_string()));
    let running = task::spawn("serve", serve(listener, router, shutdown, options));
    Served { address, metrics, trigger, running }
}

impl Served {
    async fn connect(&self) -> TcpStream {
        TcpStream::connect(self.address).await.expect("connects")
    }

    async fn until(&self, what: &str) {
        let told = async || self.metrics.encode().lines().any(|line| line == what).then_some(());
        oriel_testkit::until(what, SOON, told).await;
    }

    async fn ended(self) -> usize {
        self.trigger.trigger();
        timeout(SOON, self.running).await.expect("in time").expect("joined")
    }
}

/// What comes until the other side has nothing more to say, or an error.
async fn rest(mut stream: impl tokio::io::AsyncRead + Unpin) -> String {
    let mut bytes = Vec::new();
    let _ = timeout(SOON, stream.read_to_end(&mut bytes)).await.expect("in time");
    String::from_utf8_lossy(&bytes).into_owned()
}

/// Asks, and reads until the answer's text is there.
async fn ask(stream: &mut (impl tokio::io::AsyncRead + tokio::io::AsyncWrite + Unpin), ends: &str) {
    stream.write_all(ASK).await.expect("sent");
    let mut text = Vec::new();
    while !text.ends_with(ends.as_bytes()) {
        let count = timeout(SOON, stream.read_buf(&mut text)).await.expect("in time").expect("read");
        assert!(count > 0, "{}", String::from_utf8_lossy(&text));
    }
}

#[tokio::test]
async fn a_request_knows_who_sent_it() {
    let served = served(Options::default()).await;
    let mut stream = served.connect().await;
    let address = stream.local_addr().expect("bound").to_string();
    ask(&mut stream, &address).await;
    assert_eq!(served.ended().await, 0);
}

#[tokio::test]
async fn one_too_many_is_told_so_and_the_next_has_the_place_of_who_left() {
    let limits = Limits::new(1, 1);
    let served = served(Options { limits, ..Options::default() }).await;
    let mut first = served.connect().await;
    let address = first.local_addr().expect("bound").to_string();
    ask(&mut first, &address).await;
    let mut second = served.connect().await;
    second.write_all(ASK).await.expect("sent");
    let answer = rest(second).await;
    assert!(answer.starts_with("HTTP/1.1 503 ") && answer.contains("try again later\"}"), "{answer}");
    served.until("x_refused_connections_total{reason=\"connections\"} 1").await;
    drop(first);
    served.until("x_sockets 0").await;
    let mut third = served.connect().await;
    let address = third.local_addr().expect("bound").to_string();
    ask(&mut third, &address).await;
}

/// An address of this machine that is not loopback, by way of which others would be reached.
fn own_address() -> Option<IpAddr> {
    let socket = std::net::UdpSocket::bind((Ipv4Addr::UNSPECIFIED, 0)).ok()?;
    // Nothing is sent by that.
    socket.connect((Ipv4Addr::new(192, 0, 2, 1), 9)).ok()?;
    let address = socket.local_addr().ok()?.ip();
    (!address.is_loopback() && !address.is_unspecified()).then_some(address)
}

#[tokio::test]
async fn one_address_cannot_take_all_places() {
    let Some(own) = own_address() else {
        return oriel_testkit::skip("one_address_cannot_take_all_places", "connect to a network");
    };
    let limits = Limits::new(10, 2);
    let served = served_at(own, Options { limits, ..Options::default() }).await;
    let (mut first, mut second) = (served.connect().await, served.connect().await);
    for stream in [&mut first, &mut second] {
        let address = stream.local_addr().expect("bound").to_string();
        ask(stream, &address).await;
    }
    let mut third = served.connect().await;
    third.write_all(ASK).await.expect("sent");
    let answer = rest(third).await;
    assert!(answer.starts_with("HTTP/1.1 503 ") && answer.contains("from this address"), "{answer}");
    served.until("x_refused_connections_total{reason=\"address\"} 1").await;
    drop(first);
    served.until("x_sockets 1").await;
    let mut fourth = served.connect().await;
    let address = fourth.local_addr().expect("bound").to_string();
    ask(&mut fourth, &address).await;
}

#[tokio::test]
async fn who_asks_for_nothing_in_time_is_cut_and_who_has_asked_is_not() {
    let handshake = Duration::from_secs(1);
    let served = served(Options { handshake, ..Options::default() }).await;
    let mut asked = served.connect().await;
    let address = asked.local_addr().expect("bound").to_string();
    ask(&mut asked, &address).await;
    let silent = served.connect().await;
    let mut slow = served.connect().await;
    slow.write_all(&ASK[..ASK.len() - 2]).await.expect("sent");
    assert_eq!((rest(silent).await, rest(slow).await), Default::default());
    served.until("x_refused_connections_total{reason=\"handshake\"} 2").await;
    ask(&mut asked, &address).await;
}

/// A certificate for `localhost`, and a client that trusts it alone.
fn trusted() -> (CertifiedKey<KeyPair>, TlsConnector) {
    let made = generate_simple_self_signed(["localhost".to_owned()]).expect("made");
    let mut roots = RootCertStore::empty();
    roots.add(made.cert.der().clone()).expect("a certificate");
    let provider = Arc::new(tokio_rustls::rustls::crypto::aws_lc_rs::default_provider());
    let config = ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions();
    let config = config.expect("versions").with_root_certificates(roots).with_no_client_auth();
    (made, TlsConnector::from(Arc::new(config)))
}

struct Files(std::path::PathBuf);

impl Files {
    fn new() -> Self {
        let path = std::env::temp_dir().join(format!("oriel-serve-{}", std::process::id()));
        std::fs::create_dir_all(&path).expect("a folder");
        Files(path)
    }

    fn write(&self, made: &CertifiedKey<KeyPair>) {
        std::fs::write(self.0.join("cert"), made.cert.pem()).expect("written");
        std::fs::write(self.0.join("key"), made.signing_key.serialize_pem()).expect("written");
    }
}

impl Drop for Files {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

#[tokio::test]
async fn through_tls_all_is_the_same_and_a_renewed_certificate_is_for_new_connections() {
    let files = Files::new();
    let (made, client) = trusted();
    files.write(&made);
    let tls = Tls::load(&files.0.join("cert"), &files.0.join("key")).expect("loads");
    let handshake = Duration::from_secs(2);
    let served = served(Options { handshake, tls: Some(tls.clone()), ..Options::default() }).await;
    let name = ServerName::try_from("localhost").expect("a name");

    let stream = served.connect().await;
    let address = stream.local_addr().expect("bound").to_string();
    let mut open = client.connect(name.clone(), stream).await.expect("a handshake");
    assert_eq!(open.get_ref().1.alpn_protocol(), None, "none was asked for");
    ask(&mut open, &address).await;

    let (renewed, new_client) = trusted();
    files.write(&renewed);
    tls.reload().expect("reloads");
    assert!(client.connect(name.clone(), served.connect().await).await.is_err(), "the old one is gone");
    let stream = served.connect().await;
    let other = stream.local_addr().expect("bound").to_string();
    ask(&mut new_client.connect(name, stream).await.expect("a handshake"), &other).await;
    ask(&mut open, &address).await;

    let mut plain = served.connect().await;
    plain.write_all(ASK).await.expect("sent");
    assert!(!rest(plain).await.contains("HTTP"), "no answer in the clear");
    let silent = served.connect().await;
    assert_eq!(rest(silent).await, "");
    served.until("x_refused_connections_total{reason=\"handshake\"} 1").await;
    served.until("x_sockets 1").await;
}
