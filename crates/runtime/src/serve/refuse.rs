//! What a connection hears for which there is no place.

use std::sync::Arc;
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::sync::Semaphore;
use tokio::time::timeout;

use super::Options;
use super::limits::{Limits, Refused};
use crate::task::Group;

/// So many are answered at a time; in a flood the others are only closed.
const ANSWERED: usize = 100;

/// Time to send a request and to take the answer.
const FAREWELL: Duration = Duration::from_secs(1);

/// What is read and thrown away at a time.
const DISCARD: usize = 1 << 10;

/// Answers those who are not served, as long as that is cheap.
pub(super) struct Refusals {
    tasks: Group,
    room: Arc<Semaphore>,
    limits: Limits,
}

impl Refusals {
    /// Through TLS an answer would cost as much as a connection, so there is none.
    pub(super) fn new(tasks: Group, options: &Options) -> Self {
        let room = if options.tls.is_some() { 0 } else { ANSWERED };
        Refusals { tasks, room: Arc::new(Semaphore::new(room)), limits: options.limits.clone() }
    }

    /// Counts it and closes the connection.
    pub(super) fn refuse(&self, stream: TcpStream, why: Refused) {
        self.limits.count(why);
        tracing::debug!(%why, "connection refused");
        if let Ok(permit) = Arc::clone(&self.room).try_acquire_owned() {
            self.tasks.spawn(async move {
                let _ = timeout(FAREWELL, answer(stream, why)).await;
                drop(permit);
            });
        }
    }
}

/// The request is read to its end: a socket closed with unread bytes takes the answer with it.
async fn answer(mut stream: TcpStream, why: Refused) {
    let body = format!(r#"{{"error":"Service Unavailable","message":"{why}"}}"#);
    let head = format!(
        "HTTP/1.1 503 Service Unavailable\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\
         retry-after: 10\r\nconnection: close\r\n\r\n",
        body.len()
    );
    let said = stream.write_all((head + &body).as_bytes()).await;
    if said.is_err() || stream.shutdown().await.is_err() {
        return;
    }
    let mut discard = [0; DISCARD];
    while stream.read(&mut discard).await.is_ok_and(|count| count > 0) {}
}
