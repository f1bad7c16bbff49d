//! A broker that speaks TLS and wants a token.

use std::path::{Path, PathBuf};

use oriel_broker::{Config, TlsFiles};
use oriel_client::{Client, Event, How, Options, Token, Trust};

use crate::support::{Broker, event, lost, next, options, pattern, soon, topic};

const SECRET: &str = "s3cret";

/// Its SHA-256 may publish `own.>` and hear everything.
const TOKENS: &str = r#"
[[token]]
name = "sensor"
sha256 = "1ec1c26b50d5d3c58d9583181af8076655fe00756bf7285940ba3670f99fcba0"
publish = ["own.>"]
subscribe = [">"]
"#;

fn file(name: &str, text: &str) -> PathBuf {
    let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    std::fs::write(&path, text).unwrap();
    path
}

/// Starts one of that name; gives the options for a client that may do something.
async fn start(name: &str) -> (Broker, Options) {
    let pair = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
    let certificate = file(&format!("{name}.crt"), &pair.cert.pem());
    let key = file(&format!("{name}.key"), &pair.signing_key.serialize_pem());
    let tokens = Some(file(&format!("{name}.toml"), TOKENS));
    let broker =
        Broker::start_with(Config { tokens, tls: Some(TlsFiles { certificate, key }), ..Config::default() })
            .await;
    let options = Options {
        address: format!("wss://localhost:{}/pubsub", broker.address.port()).parse().unwrap(),
        token: Some(Token::new(SECRET).unwrap()),
        trust: Some(Trust::only(pair.cert.pem().as_bytes()).unwrap()),
        ..options(broker.address)
    };
    (broker, options)
}

#[tokio::test]
async fn who_has_a_token_does_what_it_allows_and_is_told_what_it_does_not() {
    let (_broker, options) = start("allowed").await;
    let client = Client::connect(options).unwrap();
    let mut events = client.events();
    let mut values = client.subscribe(&pattern("own.*"), How::default()).unwrap();
    client.publish(&topic("other"), &1).unwrap();
    client.publish(&topic("own.x"), &2).unwrap();
    let update = next(&mut values).await;
    assert_eq!((update.topic.as_str(), &*update.data), ("own.x", "2"));
    let refused = event(&mut events, |event| matches!(event, Event::Refused(_))).await;
    let Event::Refused(refusal) = refused else { panic!("{refused:?}") };
    assert_eq!((&*refusal.code, &*refusal.topic), ("forbidden", "other"));
    soon("good-bye", client.close()).await;
}

#[tokio::test]
async fn who_has_none_or_does_not_know_the_broker_stays_out_and_says_why() {
    let (_broker, allowed) = start("denied").await;
    let stranger = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
    let stranger = Trust::only(stranger.cert.pem().as_bytes()).unwrap();
    for (options, says) in [
        (Options { token: None, ..allowed.clone() }, "401"),
        (Options { token: Some(Token::new("other").unwrap()), ..allowed.clone() }, "401"),
        (Options { trust: Some(stranger), ..allowed }, "certificate"),
    ] {
        let client = Client::connect(options).unwrap();
        let why = lost(&mut client.events()).await;
        assert!(why.contains(says) && !why.contains(SECRET), "{why}");
        assert_eq!(client.counts().connections, 0);
    }
}
