//! A client that does what it should, and expects the same of the broker.

use futures_util::{SinkExt, StreamExt};
use oriel_tests::processes::Process;
use std::future::Future;
use std::time::Duration;
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::{Connector, MaybeTlsStream, WebSocketStream, connect_async_tls_with_config};

/// Long beside what anything here takes on a machine that does other things too, and
/// short beside what a broker is blocked for.
const SOON: Duration = Duration::from_secs(20);

pub(crate) async fn soon<F: Future>(what: &str, future: F) -> F::Output {
    timeout(SOON, future).await.unwrap_or_else(|_| panic!("no {what} within {SOON:?}"))
}

/// Subscribes and publishes.
pub(crate) struct Healthy {
    socket: WebSocketStream<MaybeTlsStream<TcpStream>>,
    topic: String,
    value: u64,
}

impl Healthy {
    pub(crate) async fn connect(broker: &Process, topic: &str) -> Healthy {
        Healthy::connect_to(&format!("ws://127.0.0.1:{}/pubsub", broker.port), None, topic).await
    }

    /// Connects in another way.
    pub(crate) async fn connect_to(url: &str, connector: Option<Connector>, topic: &str) -> Healthy {
        let connecting = connect_async_tls_with_config(url, None, true, connector);
        let (socket, _) = soon("handshake", connecting).await.unwrap();
        let mut healthy = Healthy { socket, topic: topic.to_owned(), value: 0 };
        healthy.send(format!(r#"{{"type":"subscribe","topic":"{topic}"}}"#)).await;
        healthy
    }

    pub(crate) async fn send(&mut self, frame: String) {
        soon("room for a frame", self.socket.send(Message::text(frame))).await.unwrap();
    }

    /// The next text frame.
    pub(crate) async fn next(&mut self) -> String {
        loop {
            match soon("frame", self.socket.next()).await {
                Some(Ok(Message::Text(text))) => return text.to_string(),
                Some(Ok(Message::Ping(_))) => {}
                other => panic!("a text frame was due: {other:?}"),
            }
        }
    }

    /// Publishes a value, which comes back: that one, once, and soon.
    pub(crate) async fn round_trip(&mut self) {
        self.value += 1;
        let (topic, value) = (&self.topic, self.value);
        let frame = format!(r#"{{"type":"publish","topic":"{topic}","data":{value}}}"#);
        let expected = format!(r#"{{"type":"data","topic":"{topic}","data":{value},"timestamp":"#);
        self.send(frame).await;
        let came = self.next().await;
        assert!(came.starts_with(&expected), "{expected} was due: {came}");
    }
}
