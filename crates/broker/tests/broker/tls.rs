//! The broker through TLS: the same as without.

use std::collections::VecDeque;
use std::net::SocketAddr;
use std::sync::Arc;

use futures_util::{SinkExt, StreamExt};
use oriel_broker::{Config, TlsFiles};
use rcgen::{CertifiedKey, KeyPair, generate_simple_self_signed};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;
use tokio_rustls::rustls::crypto::aws_lc_rs;
use tokio_rustls::rustls::{ClientConfig, RootCertStore};
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::{WebSocketStream, client_async};

use crate::auth::Folder;
use crate::support::{Broker, SOON, broker_with, soon};

/// A certificate in files, and who trusts it.
struct Certificate {
    folder: Folder,
    client: TlsConnector,
}

impl Certificate {
    fn new(name: &str) -> Self {
        let mut made = Certificate { folder: Folder::new(name), client: connector(&self_signed()) };
        made.renew();
        made
    }

    fn renew(&mut self) {
        let made = self_signed();
        self.folder.write("cert.pem", made.cert.pem());
        self.folder.write("key.pem", made.signing_key.serialize_pem());
        self.client = connector(&made);
    }

    async fn broker(&self) -> Broker {
        let file = |name| self.folder.0.join(name);
        let tls = Some(TlsFiles { certificate: file("cert.pem"), key: file("key.pem") });
        broker_with(Config { tls, ..Config::default() }).await
    }

    async fn stream(&self, address: SocketAddr) -> std::io::Result<TlsStream<TcpStream>> {
        let stream = TcpStream::connect(address).await?;
        soon("handshake", self.client.connect("localhost".try_into().unwrap(), stream)).await
    }

    async fn client(&self, broker: &Broker) -> Client {
        let stream = self.stream(broker.address).await.unwrap();
        let url = format!("wss://localhost:{}/pubsub", broker.address.port());
        let (socket, _) = soon("handshake", client_async(url, stream)).await.unwrap();
        Client { socket, read: VecDeque::new() }
    }
}

fn self_signed() -> CertifiedKey<KeyPair> {
    generate_simple_self_signed(["localhost".to_owned()]).unwrap()
}

fn connector(made: &CertifiedKey<KeyPair>) -> TlsConnector {
    let mut roots = RootCertStore::empty();
    roots.add(made.cert.der().clone()).unwrap();
    let config = ClientConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()));
    let config = config.with_safe_default_protocol_versions().unwrap();
    Arc::new(config.with_root_certificates(roots).with_no_client_auth()).into()
}

struct Client {
    socket: WebSocketStream<TlsStream<TcpStream>>,
    read: VecDeque<String>,
}

impl Client {
    async fn send(&mut self, frame: &str) {
        self.socket.send(Message::text(frame)).await.unwrap();
    }

    async fn next(&mut self) -> String {
        if let Some(read) = self.read.pop_front() {
            return read;
        }
        match soon("frame", self.socket.next()).await {
            Some(Ok(Message::Text(text))) => text.to_string(),
            other => panic!("a text frame was due: {other:?}"),
        }
    }

    async fn subscribe(&mut self, topic: &str) {
        self.send(&format!(r#"{{"type":"subscribe","topic":"{topic}"}}"#)).await;
        self.send(r#"{"type":"getLatestTopics"}"#).await;
        assert!(self.next().await.contains("_latestTopics"));
    }
}

#[tokio::test]
async fn a_subscriber_gets_everything_in_order_small_and_large() {
    let certificate = Certificate::new("tls-order");
    let broker = certificate.broker().await;
    let mut subscriber = certificate.client(&broker).await;
    subscriber.subscribe("t").await;
    let mut publisher = certificate.client(&broker).await;
    let sizes = [0, 1, 1_000, 16_384, 100_000, 300_000];
    let publish = async {
        for (round, size) in (0..5).flat_map(|round| sizes.map(|size| (round, size))) {
            let text = format!("{round}{}", "x".repeat(size));
            publisher.send(&format!(r#"{{"type":"publish","topic":"t","data":"{text}"}}"#)).await;
            // The next one only when this one has come, else newer ones would take their place.
            let frame = subscriber.next().await;
            assert!(frame.contains(&text) && frame.len() < text.len() + 100, "{round} {size}");
        }
    };
    publish.await;
}

#[tokio::test]
async fn a_subscriber_that_reads_nothing_for_a_while_gets_the_newest() {
    let certificate = Certificate::new("tls-slow");
    let broker = certificate.broker().await;
    let mut frozen = certificate.client(&broker).await;
    frozen.subscribe("t").await;
    let mut publisher = certificate.client(&broker).await;
    publisher.subscribe("done").await;
    let filler = "x".repeat(100_000);
    for number in 0..200 {
        publisher.send(&format!(r#"{{"type":"publish","topic":"t","data":"{number}-{filler}"}}"#)).await;
    }
    publisher.send(r#"{"type":"publish","topic":"done","data":1}"#).await;
    assert!(publisher.next().await.contains("done"));
    let mut last = -1;
    while last < 199 {
        let frame = frozen.next().await;
        let (_, rest) = frame.split_once(r#""data":""#).unwrap();
        let number = rest.split('-').next().unwrap().parse().unwrap();
        assert!(number > last, "{number} after {last}");
        last = number;
    }
}

#[tokio::test]
async fn the_broker_says_good_bye_through_tls() {
    let certificate = Certificate::new("tls-end");
    let broker = certificate.broker().await;
    let mut client = certificate.client(&broker).await;
    client.subscribe("t").await;
    broker.trigger.trigger();
    match soon("close frame", client.socket.next()).await {
        Some(Ok(Message::Close(Some(frame)))) => assert_eq!(u16::from(frame.code), 1001),
        other => panic!("a close frame was due: {other:?}"),
    }
    drop(client);
    broker.ended().await;
}

#[tokio::test]
async fn a_renewed_certificate_is_taken_at_a_reload_and_those_who_are_there_stay() {
    let mut certificate = Certificate::new("tls-renewed");
    let broker = certificate.broker().await;
    let mut early = certificate.client(&broker).await;
    early.subscribe("t").await;
    certificate.renew();
    assert!(certificate.stream(broker.address).await.is_err(), "it is not read before");
    broker.security.reload();
    let mut late = certificate.client(&broker).await;
    late.send(r#"{"type":"publish","topic":"t","data":1}"#).await;
    assert!(early.next().await.contains("\"data\":1"));
}

#[tokio::test]
async fn who_speaks_no_tls_is_not_served_and_harms_nobody() {
    let certificate = Certificate::new("tls-plain");
    let broker = certificate.broker().await;
    assert!(broker.client_with(&[]).await.is_err());
    let mut client = certificate.client(&broker).await;
    client.subscribe("t").await;
    let plain = broker.http.get(broker.url("/live")).send();
    assert!(tokio::time::timeout(SOON, plain).await.unwrap().is_err());
    client.subscribe("u").await;
}
