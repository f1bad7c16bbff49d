//! Clients that take their time where TLS is spoken.

use crate::healthy::Healthy;
use crate::raw::{Raw, trickle};
use crate::survives::{LONG, SLACK, SMALL};
use oriel_testkit::until;
use oriel_tests::processes::Process;
use oriel_tests::programs::PATIENCE;
use rcgen::{CertifiedKey, KeyPair, generate_simple_self_signed};
use std::path::PathBuf;
use std::sync::Arc;
use tokio::time::timeout;
use tokio_rustls::rustls::crypto::aws_lc_rs;
use tokio_rustls::rustls::{ClientConfig, RootCertStore};
use tokio_tungstenite::Connector;

const CONNECTIONS: u64 = 200;

/// A certificate in files.
struct Files {
    folder: PathBuf,
    made: CertifiedKey<KeyPair>,
}

impl Files {
    fn new() -> Files {
        let folder = std::env::temp_dir().join(format!("oriel-tls-{}", std::process::id()));
        std::fs::create_dir_all(&folder).unwrap();
        let made = generate_simple_self_signed(["localhost".to_owned()]).unwrap();
        std::fs::write(folder.join("cert.pem"), made.cert.pem()).unwrap();
        std::fs::write(folder.join("key.pem"), made.signing_key.serialize_pem()).unwrap();
        Files { folder, made }
    }

    fn path(&self, name: &str) -> String {
        self.folder.join(name).to_str().unwrap().to_owned()
    }

    fn config(&self) -> Arc<ClientConfig> {
        let mut roots = RootCertStore::empty();
        roots.add(self.made.cert.der().clone()).unwrap();
        let config = ClientConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()));
        let config = config.with_safe_default_protocol_versions().unwrap();
        Arc::new(config.with_root_certificates(roots).with_no_client_auth())
    }
}

impl Drop for Files {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}

/// Half a hello and then nothing, a hello that comes a byte at a time, and one without end:
/// all are cut, and nobody else notices.
#[tokio::test(flavor = "multi_thread")]
async fn hellos_that_are_never_whole_are_cut() {
    let files = Files::new();
    let (cert, key) = (files.path("cert.pem"), files.path("key.pem"));
    let tls = ["--handshake", "1s", "--tls-cert", &cert, "--tls-key", &key];
    let broker = Process::start("oriel-broker", 0, &[&SMALL[..], &tls].concat());
    let url = format!("wss://localhost:{}/pubsub", broker.port);
    let connect = || Healthy::connect_to(&url, Some(Connector::Rustls(files.config())), "healthy");
    let mut healthy = connect().await;
    for _ in 0..100 {
        healthy.round_trip().await;
    }
    let before = broker.memory();

    let hello = [&[0x16, 3, 1, 2, 0, 1, 0, 1, 0xfc, 3, 3][..], &[7; 200]].concat();
    let endless = [&[0x16, 3, 1, 0x40, 0, 1, 0xff, 0xff, 0xff][..], &[7; 1 << 20]].concat();
    let mut all = Vec::new();
    for nth in 0..CONNECTIONS {
        let mut raw = Raw::connect(&broker).await;
        all.push(match nth % 3 {
            0 => {
                raw.send(&hello).await.unwrap();
                tokio::spawn(async { drop(raw.rest().await) })
            }
            1 => tokio::spawn(trickle(raw, hello.clone())),
            _ => {
                // The broker may hang up before all of it is sent.
                let _ = raw.send(&endless).await;
                tokio::spawn(async { drop(raw.rest().await) })
            }
        });
        healthy.round_trip().await;
    }
    for connection in all {
        timeout(PATIENCE, connection).await.expect("it is cut").unwrap();
        healthy.round_trip().await;
    }

    let peak = broker.peak_memory();
    assert!(peak <= before + CONNECTIONS * 40_000 + SLACK, "{before} bytes before, {peak} at the peak");
    connect().await.round_trip().await;
    let trusted = reqwest::Certificate::from_pem(files.made.cert.pem().as_bytes()).unwrap();
    let client = reqwest::Client::builder().tls_certs_only([trusted]).build().unwrap();
    let metrics = format!("https://localhost:{}/metrics", broker.port);
    // The two that are healthy and whoever asks.
    let left = ["oriel_broker_sockets 2", "oriel_broker_sockets 3"];
    until("the end of all others", LONG, async || {
        let text = client.get(&metrics).send().await.ok()?.text().await.ok()?;
        text.lines().any(|line| left.contains(&line)).then_some(())
    })
    .await;
}
