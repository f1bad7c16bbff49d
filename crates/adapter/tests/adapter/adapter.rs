//! An adapter on a port of its own, and waiting with a deadline.

use std::future::Future;
use std::time::Duration;

use oriel_adapter::{Config, run};
use oriel_runtime::access::Access;
use oriel_runtime::shutdown::{self, Trigger};
use oriel_runtime::task;
use oriel_time::Span;
use reqwest::{Client, Response};
use serde_json::Value;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;
use tokio::time::{interval, timeout};

/// Whatever is waited for comes much sooner, or never.
pub(crate) const DEADLINE: Duration = Duration::from_secs(20);

/// A running adapter.
pub(crate) struct Adapter {
    pub(crate) base: String,
    pub(crate) client: Client,
    trigger: Trigger,
    running: JoinHandle<()>,
}

impl Adapter {
    /// Starts one for these upstreams.
    pub(crate) async fn start(upstreams: &[&str]) -> Adapter {
        Adapter::with_grace(upstreams, Span::from_millis(60_000)).await
    }

    /// Starts one that answers with last rows for `grace`.
    pub(crate) async fn with_grace(upstreams: &[&str], grace: Span) -> Adapter {
        let upstreams = upstreams.iter().map(|url| url.parse().unwrap()).collect();
        let access = Access::new(true, Vec::new(), vec!["http://grafana.example".to_owned()]);
        Adapter::with(Config { grace, access, ..Config::new(upstreams) }).await
    }

    /// Starts one with these settings.
    pub(crate) async fn with(config: Config) -> Adapter {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let base = format!("http://{}", listener.local_addr().unwrap());
        let (trigger, shutdown) = shutdown::channel();
        let running = task::spawn("adapter", run(listener, config, shutdown));
        Adapter { base, client: Client::builder().no_proxy().build().unwrap(), trigger, running }
    }

    /// `GET`s a path.
    pub(crate) async fn get(&self, path: &str) -> Response {
        self.client.get(format!("{}{path}", self.base)).send().await.unwrap()
    }

    /// `POST`s a text as it is.
    pub(crate) async fn post(&self, path: &str, body: impl Into<reqwest::Body>) -> (u16, Value) {
        let response = self.client.post(format!("{}{path}", self.base)).body(body).send().await.unwrap();
        let status = response.status().as_u16();
        (status, response.json().await.unwrap())
    }

    /// `POST`s JSON and takes the answer of a 200.
    pub(crate) async fn ask(&self, path: &str, body: Value) -> Value {
        let (status, answer) = self.post(path, body.to_string()).await;
        assert_eq!(status, 200, "{path} {body}: {answer}");
        answer
    }

    /// Waits until the adapter lists these targets, no more and no fewer.
    pub(crate) async fn lists(&self, targets: &[&str]) {
        let expected = Value::from(targets.to_vec());
        eventually(&format!("targets {expected}"), || async {
            self.post("/search", "").await == (200, expected.clone())
        })
        .await;
    }

    /// Stops it and waits for its end.
    pub(crate) async fn stop(self) {
        self.trigger.trigger();
        timeout(DEADLINE, self.running).await.unwrap().unwrap();
    }
}

/// Waits until a condition holds.
pub(crate) async fn eventually<F: Future<Output = bool>>(what: &str, condition: impl Fn() -> F) {
    let waiting = async {
        let mut ticks = interval(Duration::from_millis(20));
        while !condition().await {
            ticks.tick().await;
        }
    };
    assert!(timeout(DEADLINE, waiting).await.is_ok(), "never: {what}");
}
