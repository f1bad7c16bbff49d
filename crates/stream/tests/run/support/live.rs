//! A run that goes on, and its HTTP.

use super::{Case, LIMIT, Lines, accounts};
use crate::support::metrics::Measured;
use oriel_runtime::shutdown::Trigger;
use oriel_stream::{RunError, Summary};
use oriel_testkit::until;
use serde_json::Value;
use std::sync::Arc;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::task::JoinHandle;

/// A run that goes on until it is stopped.
pub(crate) struct Live {
    pub(crate) case: Arc<Case>,
    pub(crate) lines: Lines,
    pub(super) port: u16,
    pub(super) trigger: Trigger,
    pub(super) ended: JoinHandle<Result<Summary, RunError>>,
}

impl Live {
    /// Waits for a publication like that.
    pub(crate) async fn published(&self, topic: &str, like: impl Fn(&Value) -> bool) -> Value {
        let look = async || self.lines.all(topic).into_iter().find(&like);
        until(topic, LIMIT, look).await
    }

    /// Waits until the metrics are like that.
    pub(crate) async fn measured(&self, like: impl Fn(&Measured) -> bool) -> Measured {
        let look = async || Some(Measured(self.get("/metrics").await)).filter(&like);
        until("metrics", LIMIT, look).await
    }

    /// What is served at a path.
    pub(crate) async fn get(&self, path: &str) -> String {
        self.ask(&format!("GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")).await
    }

    /// The answer to a query.
    pub(crate) async fn query(&self, query: &Value) -> Value {
        let body = query.to_string();
        let head = "Host: localhost\r\nContent-Type: application/json\r\nConnection: close";
        let length = body.len();
        let request = format!("POST /query HTTP/1.1\r\n{head}\r\nContent-Length: {length}\r\n\r\n{body}");
        serde_json::from_str(&self.ask(&request).await).unwrap()
    }

    async fn ask(&self, request: &str) -> String {
        let mut stream = TcpStream::connect(("127.0.0.1", self.port)).await.unwrap();
        stream.write_all(request.as_bytes()).await.unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).await.unwrap();
        answer.split_once("\r\n\r\n").unwrap().1.to_owned()
    }

    /// Stops the run; every record is accounted for, in the metrics too.
    pub(crate) async fn stop(self) -> Summary {
        Measured(self.get("/metrics").await).adds_up();
        self.trigger.trigger();
        let summary = self.ended.await.unwrap().unwrap();
        accounts(&summary);
        summary
    }
}
