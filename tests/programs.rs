//! The three programs as tasks of this process, on ports that the system chooses.

use oriel_adapter as adapter;
use oriel_broker as broker;
use oriel_runtime::access::Access;
use oriel_runtime::shutdown::{self, Trigger};
use oriel_stream::{Options, RunError, Summary, To, config};
use oriel_testkit::until;
use serde_json::Value;
use std::net::SocketAddr;
use std::path::Path;
use std::time::Duration;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

/// What a test waits for at most, on a slow machine.
pub const PATIENCE: Duration = Duration::from_secs(20);

/// A running program.
pub struct Running<T> {
    /// Where it listens.
    pub address: SocketAddr,
    trigger: Trigger,
    task: JoinHandle<T>,
}

impl<T> Running<T> {
    /// Its address for HTTP.
    pub fn http(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Asks it to stop and waits until it has.
    pub async fn stop(self) -> T {
        self.trigger.trigger();
        self.ended().await
    }

    /// Waits until it ends by itself.
    pub async fn ended(self) -> T {
        self.task.await.expect("no panic")
    }
}

fn access() -> Access {
    Access::new(true, Vec::new(), Vec::new())
}

/// Binds a port of loopback: a free one, or the one that a program had before.
async fn listener(port: u16) -> (TcpListener, SocketAddr) {
    let bind = async || TcpListener::bind(("127.0.0.1", port)).await.ok();
    let listener = until("a port to listen on", PATIENCE, bind).await;
    let address = listener.local_addr().expect("bound");
    (listener, address)
}

/// Starts a broker.
pub async fn broker(port: u16) -> Running<()> {
    let (listener, address) = listener(port).await;
    let (trigger, shutdown) = shutdown::channel();
    let config = broker::Config::default();
    let task = tokio::spawn(async move { drop(broker::run(listener, config, shutdown).await) });
    Running { address, trigger, task }
}

/// Starts an adapter on those upstreams.
pub async fn adapter(upstreams: &[String]) -> Running<()> {
    let (listener, address) = listener(0).await;
    let (trigger, shutdown) = shutdown::channel();
    let upstreams = upstreams.iter().map(|url| url.parse().expect("an upstream")).collect();
    let task = tokio::spawn(adapter::run(listener, adapter::Config::new(upstreams), shutdown));
    Running { address, trigger, task }
}

/// Starts a stream of that configuration; relative paths start at the folder.
pub async fn stream(text: &str, folder: &Path, broker: &str) -> Running<Result<Summary, RunError>> {
    let (listener, address) = listener(0).await;
    let (trigger, shutdown) = shutdown::channel();
    let config = config::parse(text, folder).unwrap_or_else(|faults| panic!("{faults}"));
    let to = To::Broker { address: broker.parse().expect("a broker's address"), token: None };
    let options = Options { workers: 2, to, access: access() };
    let task = tokio::spawn(oriel_stream::run(listener, config, options, shutdown));
    Running { address, trigger, task }
}

/// `GET`: the status and the body as JSON, null where it is none.
pub async fn get(url: &str) -> Option<(u16, Value)> {
    answer(reqwest::get(url).await.ok()?).await
}

/// `POST` of JSON.
pub async fn post(url: &str, body: &Value) -> Option<(u16, Value)> {
    answer(reqwest::Client::new().post(url).json(body).send().await.ok()?).await
}

async fn answer(response: reqwest::Response) -> Option<(u16, Value)> {
    let status = response.status().as_u16();
    let body = response.bytes().await.ok()?;
    Some((status, serde_json::from_slice(&body).unwrap_or(Value::Null)))
}
