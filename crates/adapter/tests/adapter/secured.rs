//! A broker that wants a token, behind TLS.

use std::sync::Arc;

use oriel_adapter::Config;
use oriel_client::{Token, Trust};
use oriel_runtime::task;
use tokio::io::copy_bidirectional;
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::crypto::aws_lc_rs;
use tokio_rustls::rustls::pki_types::PrivateKeyDer;

use super::adapter::{Adapter, eventually};
use super::broker::Broker;
use super::messages;

/// Puts TLS before a server; gives its address and the authority to trust.
async fn tls_before(server: std::net::SocketAddr) -> (String, String) {
    let pair = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
    let key = PrivateKeyDer::try_from(pair.signing_key.serialize_der()).unwrap();
    let config = ServerConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![pair.cert.der().clone()], key)
        .unwrap();
    let acceptor = TlsAcceptor::from(Arc::new(config));
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    task::spawn("tls", async move {
        while let Ok((stream, _)) = listener.accept().await {
            let acceptor = acceptor.clone();
            task::spawn("crossing", async move {
                let Ok(mut stream) = acceptor.accept(stream).await else { return };
                let mut far = TcpStream::connect(server).await.unwrap();
                // An error says that one side has hung up.
                let _ = copy_bidirectional(&mut stream, &mut far).await;
            });
        }
    });
    (format!("https://localhost:{port}"), pair.cert.pem())
}

#[tokio::test]
async fn a_token_opens_the_list_and_the_socket_and_tls_goes_around_both() {
    let broker = Broker::start_guarded("s3cret").await;
    broker.publish("twitter.tweetStats", &messages::stats(5));
    let (url, authority) = tls_before(broker.address).await;
    let config = Config {
        token: Some(Token::new("s3cret").unwrap()),
        trust: Some(Trust::only(authority.as_bytes()).unwrap()),
        ..Config::new(vec![url.parse().unwrap()])
    };
    let adapter = Adapter::with(config).await;
    adapter.lists(&["twitter.tweetStats"]).await;
    adapter.stop().await;
}

#[tokio::test]
async fn without_the_token_or_the_authority_the_adapter_says_what_is_wrong() {
    let broker = Broker::start_guarded("s3cret").await;
    let (url, _) = tls_before(broker.address).await;
    let token = Some(Token::new("s3cret").unwrap());
    let (_, other) = tls_before(broker.address).await;
    let trust = Some(Trust::only(other.as_bytes()).unwrap());
    let untrusted = Config { token, trust, ..Config::new(vec![url.parse().unwrap()]) };
    for (config, says) in [
        (Config::new(vec![broker.url().parse().unwrap()]), "wants another token"),
        (untrusted, "certificate"),
    ] {
        let adapter = Adapter::with(config).await;
        eventually(says, || async {
            let ready = adapter.get("/ready").await.text().await.unwrap();
            assert!(!ready.contains("s3cret"), "{ready}");
            ready.contains(says)
        })
        .await;
        adapter.stop().await;
    }
}
