//! Tokens over real connections: who comes in, what they may do, and when they have to leave.

use std::fs;
use std::path::PathBuf;
use std::time::{SystemTime, UNIX_EPOCH};

use futures_util::StreamExt;
use jsonwebtoken::{EncodingKey, Header, encode};
use oriel_broker::Config;
use oriel_broker::auth::fresh;
use oriel_runtime::task;
use serde_json::{Value, json};
use tokio_tungstenite::connect_async;
use tokio_tungstenite::tungstenite::Error;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;

use crate::support::{Broker, Client, SOON, broker, broker_with, soon};

const SECRET: &[u8] = b"0123456789abcdef0123456789abcdef";
const KEY: &str = "[[key]]\nalgorithm = \"HS256\"\nsecret_file = \"secret\"\naudience = \"oriel\"\n";

/// A folder that is gone when the test is.
pub(crate) struct Folder(pub(crate) PathBuf);

impl Folder {
    pub(crate) fn new(name: &str) -> Self {
        let path = std::env::temp_dir().join(format!("oriel-broker-{name}-{}", std::process::id()));
        fs::create_dir_all(&path).unwrap();
        Folder(path)
    }

    pub(crate) fn write(&self, name: &str, text: impl AsRef<[u8]>) -> PathBuf {
        let path = self.0.join(name);
        fs::write(&path, text).unwrap();
        path
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

/// A token as `oriel-broker token` makes it, and its lines for the file.
pub(crate) fn token(name: &str, rights: &str) -> (String, String) {
    let made = fresh().unwrap().to_string();
    let (_, lines) = made.split_once("[[token]]").unwrap();
    let digest = lines.lines().find(|line| line.starts_with("sha256 = ")).unwrap();
    let token = made.lines().find(|line| line.len() == 43).unwrap();
    (token.to_owned(), format!("[[token]]\nname = \"{name}\"\n{digest}\n{rights}\n"))
}

fn signed(seconds: f64, rights: Value) -> String {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
    let mut claims = rights;
    claims["exp"] = json!(since.as_secs_f64() + seconds);
    claims["aud"] = json!("oriel");
    encode(&Header::default(), &claims, &EncodingKey::from_secret(SECRET)).unwrap()
}

pub(crate) async fn guarded(folder: &Folder, tables: &[&str]) -> Broker {
    folder.write("secret", SECRET);
    let tokens = folder.write("tokens.toml", tables.concat());
    broker_with(Config { tokens: Some(tokens), ..Config::default() }).await
}

async fn client(broker: &Broker, token: &str) -> Result<Client, Error> {
    broker.client_with(&[("authorization", &format!("Bearer {token}"))]).await
}

pub(crate) async fn get(broker: &Broker, path: &str, token: &str) -> (u16, String) {
    let answer = soon("answer", broker.http.get(broker.url(path)).bearer_auth(token).send()).await.unwrap();
    (answer.status().as_u16(), answer.text().await.unwrap())
}

async fn post(broker: &Broker, topic: &str, token: &str) -> u16 {
    let request = broker.http.post(broker.topic(topic)).bearer_auth(token);
    let request = request.header("content-type", "application/json").body("1");
    soon("answer", request.send()).await.unwrap().status().as_u16()
}

fn status(refused: Result<Client, Error>) -> u16 {
    match refused {
        Err(Error::Http(answer)) => answer.status().as_u16(),
        Err(error) => panic!("{error}"),
        Ok(_) => panic!("it was upgraded"),
    }
}

#[tokio::test]
async fn nobody_comes_in_without_a_token_and_everybody_is_told_how() {
    let folder = Folder::new("in");
    let (viewer, table) = token("viewer", "subscribe = [\">\"]");
    let broker = guarded(&folder, &[&table]).await;
    assert_eq!(status(broker.client_with(&[]).await), 401);
    assert_eq!(status(client(&broker, "guess").await), 401);
    assert_eq!(status(client(&broker, "two words").await), 400);
    for path in
        ["/ws/v1/pubsub/topics", "/ws/v1/pubsub/topics/t", "/ws/v1/pubsub/events?topic=t", "/metrics", "/x"]
    {
        assert_eq!(broker.get(broker.url(path)).await.0, 401, "{path}");
        let query = if path.contains('?') { '&' } else { '?' };
        let (code, says) = broker.get(broker.url(&format!("{path}{query}access_token={viewer}"))).await;
        assert_eq!(code, 400, "{path}");
        assert!(says.contains("Authorization: Bearer") && !says.contains(&viewer), "{says}");
    }
    assert_eq!(broker.post("t", "1").await.0, 401);
    for path in ["/live", "/ready"] {
        assert_eq!(broker.get(broker.url(path)).await.0, 200, "{path}");
    }
    client(&broker, &viewer).await.unwrap().settled().await;
    assert_eq!(get(&broker, "/ws/v1/pubsub/topics", &viewer).await, (200, "[]".to_owned()));
}

#[tokio::test]
async fn a_browsers_token_comes_as_a_subprotocol_and_is_not_answered() {
    let folder = Folder::new("subprotocol");
    let (viewer, table) = token("viewer", "subscribe = [\">\"]");
    let (guarded, open) = (guarded(&folder, &[&table]).await, broker().await);
    for broker in [&guarded, &open] {
        let mut request = format!("ws://{}/pubsub", broker.address).into_client_request().unwrap();
        let offered = format!("oriel, bearer.{viewer}").parse().unwrap();
        request.headers_mut().insert("sec-websocket-protocol", offered);
        let (_socket, answer) = soon("handshake", connect_async(request)).await.unwrap();
        let answered = answer.headers().get_all("sec-websocket-protocol").iter().collect::<Vec<_>>();
        assert_eq!(answered, ["oriel"]);
    }
    let alone = format!("bearer.{viewer}");
    assert_eq!(status(guarded.client_with(&[("sec-websocket-protocol", &alone)]).await), 400);
}

#[tokio::test]
async fn a_page_of_an_allowed_origin_is_let_to_send_its_token_and_no_other_page_is() {
    let folder = Folder::new("cross");
    let (viewer, table) = token("viewer", "subscribe = [\">\"]");
    let tokens = Some(folder.write("tokens.toml", table));
    let allow_origins = vec!["https://dash.example".to_owned()];
    let broker = broker_with(Config { tokens, allow_origins, ..Config::default() }).await;
    let ask = async |method: &str, origin: &str, token: Option<&str>| {
        let url = broker.url("/ws/v1/pubsub/topics");
        let mut request = broker.http.request(method.parse().unwrap(), url).header("origin", origin);
        if let Some(token) = token {
            request = request.bearer_auth(token);
        }
        let answer = soon("answer", request.send()).await.unwrap();
        let allowed = answer.headers().get("access-control-allow-origin").cloned();
        (answer.status().as_u16(), allowed.map(|origin| origin.to_str().unwrap().to_owned()))
    };
    let allowed = Some("https://dash.example".to_owned());
    assert_eq!(ask("OPTIONS", "https://dash.example", None).await, (204, allowed.clone()));
    assert_eq!(ask("GET", "https://dash.example", Some(&viewer)).await, (200, allowed.clone()));
    assert_eq!(ask("GET", "https://dash.example", None).await, (401, allowed), "the page reads why");
    assert_eq!(ask("OPTIONS", "https://evil.example", None).await, (403, None));
    assert_eq!(ask("GET", "https://evil.example", Some(&viewer)).await, (403, None));
}

#[tokio::test]
async fn a_token_opens_its_topics_and_no_others() {
    let folder = Folder::new("rights");
    let (all, of_all) = token("all", "publish = [\">\"]\nsubscribe = [\">\"]\nadmin = true");
    let (some, of_some) = token("some", "publish = [\"in\"]\nsubscribe = [\"ads.>\"]");
    let broker = guarded(&folder, &[&of_all, &of_some]).await;
    let mut chief = client(&broker, &all).await.unwrap();
    let mut viewer = client(&broker, &some).await.unwrap();
    for frame in [
        r#"{"type":"subscribe","topic":"log"}"#,
        r#"{"type":"publish","topic":"ads.x","data":1}"#,
        r#"{"type":"subscribeNumSubscribers","topic":"log"}"#,
    ] {
        viewer.send(frame).await;
        let says = viewer.next().await;
        assert!(says.contains(r#""code":"forbidden""#), "{frame}: {says}");
    }
    viewer.send(r#"{"type":"subscribe","topic":">"}"#).await;
    viewer.settled().await;
    for topic in ["log", "ads.x"] {
        chief.publish(topic, "1").await;
    }
    assert!(viewer.next().await.contains("ads.x"), "what it may not hear is left out");
    viewer.send(r#"{"type":"getLatestTopics"}"#).await;
    let latest = viewer.next().await;
    assert!(latest.contains("ads.x") && !latest.contains("log"), "{latest}");

    let (_, list) = get(&broker, "/ws/v1/pubsub/topics", &some).await;
    assert!(list.contains("ads.x") && !list.contains("log"), "{list}");
    assert_eq!(get(&broker, "/ws/v1/pubsub/topics/log", &some).await.0, 403);
    assert_eq!(get(&broker, "/ws/v1/pubsub/topics/ads.x", &some).await.0, 200);
    assert_eq!(get(&broker, "/ws/v1/pubsub/events?topic=log", &some).await.0, 403);
    assert_eq!((post(&broker, "ads.x", &some).await, post(&broker, "in", &some).await), (403, 200));
    assert_eq!(get(&broker, "/metrics", &some).await.0, 403);
    let (code, metrics) = get(&broker, "/metrics", &all).await;
    assert_eq!(code, 200);
    assert!(metrics.contains("oriel_broker_denied_requests_total{reason=\"admin\"} 1\n"), "{metrics}");
    assert!(metrics.contains("oriel_broker_publications_total 3\n"), "{metrics}");
}

#[tokio::test]
async fn a_reload_closes_those_whose_rights_have_changed_and_no_others() {
    let folder = Folder::new("reload");
    let (same, of_same) = token("same", "publish = [\">\"]\nsubscribe = [\">\"]\nadmin = true");
    let (less, of_less) = token("less", "subscribe = [\">\"]");
    let broker = guarded(&folder, &[&of_same, &of_less, KEY]).await;
    let mut staying = client(&broker, &same).await.unwrap();
    let mut leaving = client(&broker, &less).await.unwrap();
    let mut keyed = client(&broker, &signed(1000.0, json!({ "subscribe": ["t"] }))).await.unwrap();
    keyed.subscribe("t").await;
    let events = broker.http.get(broker.url("/ws/v1/pubsub/events?topic=t")).bearer_auth(&less).send();
    let events = soon("answer", events).await.unwrap();
    let poll = broker.http.get(broker.topic("none?poll=true")).bearer_auth(&less).send();
    let poll = task::spawn("test", async move { poll.await.unwrap().status().as_u16() });
    leaving.subscribe("t").await;
    staying.subscribe("t").await;

    folder.write("tokens.toml", "[[token]]\nname = 1\n");
    broker.security.reload();
    staying.publish("t", "1").await;
    for client in [&mut staying, &mut leaving, &mut keyed] {
        assert!(client.next().await.contains("\"data\":1"), "a file with faults changes nothing");
    }

    // A poll that comes after the reload would be another one.
    let waits = async || {
        get(&broker, "/metrics", &same).await.1.contains("oriel_broker_long_polls 1\n").then_some(())
    };
    oriel_testkit::until("a long poll", SOON, waits).await;
    let fewer = of_less.replace("\">\"", "\"a\"");
    folder.write("tokens.toml", [&of_same, fewer.as_str(), KEY].concat());
    broker.security.reload();
    assert_eq!(leaving.closed().await, (1008, "the token's rights have changed".to_owned()));
    assert!(soon("end", events.bytes()).await.is_ok(), "an event stream ends");
    assert_eq!(soon("answer", poll).await.unwrap(), 204);
    staying.publish("t", "2").await;
    for client in [&mut staying, &mut keyed] {
        assert!(client.next().await.contains("\"data\":2"));
    }

    folder.write("tokens.toml", of_same);
    broker.security.reload();
    assert_eq!(keyed.closed().await, (1008, "the token's rights have changed".to_owned()));
    staying.publish("t", "3").await;
    assert!(staying.next().await.contains("\"data\":3"));
}

#[tokio::test]
async fn a_signed_token_is_good_until_its_end() {
    let folder = Folder::new("signed");
    let broker = guarded(&folder, &[KEY]).await;
    let token = signed(2.0, json!({ "subscribe": ["t"] }));
    let mut client = client(&broker, &token).await.unwrap();
    client.subscribe("t").await;
    client.send(r#"{"type":"subscribe","topic":"u"}"#).await;
    assert!(client.next().await.contains("forbidden"));
    assert_eq!(client.closed().await, (1008, "the token has expired".to_owned()));
    assert!(client.socket.next().await.is_none_or(|last| last.is_err()));
    assert_eq!(status(self::client(&broker, &token).await), 401);
}

#[tokio::test]
async fn who_guesses_harms_nobody() {
    let folder = Folder::new("guess");
    let (chief, table) = token("chief", "publish = [\">\"]\nsubscribe = [\">\"]\nadmin = true");
    let broker = guarded(&folder, &[&table]).await;
    let mut viewer = client(&broker, &chief).await.unwrap();
    viewer.subscribe("t").await;
    for _ in 0..200 {
        assert_eq!(post(&broker, "t", "guess").await, 401);
    }
    assert_eq!(post(&broker, "t", &chief).await, 200);
    assert!(viewer.next().await.contains("\"data\":1"));
    let (_, metrics) = get(&broker, "/metrics", &chief).await;
    assert!(metrics.contains("oriel_broker_denied_requests_total{reason=\"unknown\"} 200\n"), "{metrics}");
}

#[tokio::test]
async fn connections_have_a_limit_in_all_and_websockets_count() {
    let broker = broker_with(Config { connections: 2, ..Config::default() }).await;
    let mut first = broker.client().await;
    let second = broker.client().await;
    let refused = broker.client_with(&[]).await;
    assert_eq!(status(refused), 503);
    first.settled().await;
    drop(second);
    let came = async || broker.client_with(&[]).await.ok();
    let mut third = oriel_testkit::until("a place", SOON, came).await;
    third.settled().await;
    drop(third);
    broker.until("oriel_broker_sockets", |count| count == 2).await;
    let refused = broker.metric("oriel_broker_refused_connections_total{reason=\"connections\"}").await;
    assert!(refused >= 1, "{refused}");
}
