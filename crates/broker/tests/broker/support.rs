//! A broker on a free port and clients of it. Nothing here waits without a deadline.

use std::collections::VecDeque;
use std::future::Future;
use std::net::SocketAddr;
use std::time::Duration;

use futures_util::{SinkExt, StreamExt};
use oriel_broker::security::Security;
use oriel_broker::{Config, RunError, run_with};
use oriel_runtime::shutdown::{Trigger, channel};
use oriel_runtime::task;
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;
use tokio::time::timeout;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::tungstenite::protocol::CloseFrame;
use tokio_tungstenite::tungstenite::{Error, Message, Utf8Bytes};
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream, connect_async};

/// Longer than anything here takes on a busy machine.
pub(crate) const SOON: Duration = Duration::from_secs(20);

pub(crate) async fn soon<F: Future>(what: &str, future: F) -> F::Output {
    timeout(SOON, future).await.unwrap_or_else(|_| panic!("no {what} within {SOON:?}"))
}

pub(crate) struct Broker {
    pub(crate) address: SocketAddr,
    pub(crate) trigger: Trigger,
    pub(crate) http: reqwest::Client,
    pub(crate) security: Security,
    running: JoinHandle<Result<(), RunError>>,
}

pub(crate) async fn broker() -> Broker {
    broker_with(Config::default()).await
}

pub(crate) async fn broker_with(config: Config) -> Broker {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let (trigger, shutdown) = channel();
    let security = Security::load(&config).unwrap();
    let running = task::spawn("broker", run_with(listener, config, security.clone(), shutdown));
    Broker { address, trigger, http: reqwest::Client::new(), security, running }
}

impl Broker {
    pub(crate) fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    pub(crate) fn topic(&self, rest: &str) -> String {
        self.url(&format!("/ws/v1/pubsub/topics/{rest}"))
    }

    pub(crate) async fn get(&self, url: String) -> (u16, String) {
        let answer = soon("answer", self.http.get(url).send()).await.unwrap();
        (answer.status().as_u16(), soon("body", answer.text()).await.unwrap())
    }

    pub(crate) async fn post(&self, topic: &str, body: impl Into<reqwest::Body>) -> (u16, String) {
        let request = self.http.post(self.topic(topic)).header("content-type", "application/json");
        let answer = soon("answer", request.body(body).send()).await.unwrap();
        (answer.status().as_u16(), soon("body", answer.text()).await.unwrap())
    }

    pub(crate) async fn client(&self) -> Client {
        self.client_with(&[]).await.unwrap()
    }

    pub(crate) async fn client_with(&self, headers: &[(&'static str, &str)]) -> Result<Client, Error> {
        let mut request = format!("ws://{}/pubsub", self.address).into_client_request().unwrap();
        for (name, value) in headers {
            request.headers_mut().insert(*name, value.parse().unwrap());
        }
        let (socket, _) = soon("handshake", connect_async(request)).await?;
        Ok(Client { socket, early: VecDeque::new() })
    }

    /// The value of a metric, 0 while it is not there.
    pub(crate) async fn metric(&self, name: &str) -> u64 {
        let (_, text) = self.get(self.url("/metrics")).await;
        let line =
            text.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(' ').map(str::to_owned));
        line.map_or(0, |value| value.parse().unwrap())
    }

    /// Asks until the metric is as it should be.
    pub(crate) async fn until(&self, name: &str, wanted: impl Fn(u64) -> bool) {
        oriel_testkit::until(name, SOON, async || wanted(self.metric(name).await).then_some(())).await;
    }

    pub(crate) async fn ended(self) {
        soon("end", self.running).await.unwrap().unwrap();
    }
}

pub(crate) struct Client {
    pub(crate) socket: WebSocketStream<MaybeTlsStream<TcpStream>>,
    /// Frames that were read while something else was waited for.
    pub(crate) early: VecDeque<Utf8Bytes>,
}

impl Client {
    pub(crate) async fn send(&mut self, frame: &str) {
        self.socket.send(Message::text(frame)).await.unwrap();
    }

    pub(crate) async fn publish(&mut self, topic: &str, data: &str) {
        self.send(&format!(r#"{{"type":"publish","topic":"{topic}","data":{data}}}"#)).await;
    }

    /// Subscribes, and returns when the broker has done so.
    pub(crate) async fn subscribe(&mut self, topic: &str) {
        self.send(&format!(r#"{{"type":"subscribe","topic":"{topic}"}}"#)).await;
        self.settled().await;
    }

    /// Returns when all that was sent is done: a question is answered in its turn.
    pub(crate) async fn settled(&mut self) {
        self.send(r#"{"type":"getLatestTopics"}"#).await;
        assert!(self.next().await.contains("_latestTopics"));
    }

    /// The next text frame.
    pub(crate) async fn next(&mut self) -> String {
        if let Some(early) = self.early.pop_front() {
            return early.to_string();
        }
        match soon("frame", self.socket.next()).await {
            Some(Ok(Message::Text(text))) => text.to_string(),
            other => panic!("a text frame was due: {other:?}"),
        }
    }

    /// The code and reason with which the broker closes, after any other frames.
    pub(crate) async fn closed(&mut self) -> (u16, String) {
        loop {
            match soon("close frame", self.socket.next()).await {
                Some(Ok(Message::Close(Some(CloseFrame { code, reason })))) => {
                    return (code.into(), reason.to_string());
                }
                Some(Ok(_)) => {}
                other => panic!("a close frame was due: {other:?}"),
            }
        }
    }
}

/// A data frame without its timestamp, which is checked to be one of ours.
pub(crate) fn untimed(frame: &str) -> &str {
    let (rest, timestamp) = frame.rsplit_once(",\"timestamp\":").expect("a data frame");
    let timestamp: i64 = timestamp.strip_suffix('}').expect("the end").parse().expect("a number");
    assert!(timestamp > 1_700_000_000_000, "{timestamp}");
    rest
}
