//! A small broker: the list of topics over HTTP, `subscribe` with `latest` over
//! WebSocket, on one port. It can be stopped and started again where it was.

use std::collections::{BTreeMap, HashSet};
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use futures_util::{SinkExt, StreamExt};
use oriel_protocol::pubsub::{ClientFrame, DataFrame, Topic, TopicEntry, topic_list};
use oriel_runtime::task::Group;
use serde_json::Value;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::broadcast;
use tokio_tungstenite::accept_async;
use tokio_tungstenite::tungstenite::Message;

#[derive(Clone)]
struct Shared {
    values: Arc<Mutex<BTreeMap<Topic, String>>>,
    published: broadcast::Sender<Topic>,
    tasks: Group,
    /// Without it nothing is answered.
    token: Option<&'static str>,
}

/// A running broker.
pub(crate) struct Broker {
    pub(crate) address: SocketAddr,
    shared: Shared,
}

impl Broker {
    /// Starts one on a free port.
    pub(crate) async fn start() -> Broker {
        Broker::start_on(TcpListener::bind("127.0.0.1:0").await.unwrap(), None)
    }

    /// Starts one that wants a token.
    pub(crate) async fn start_guarded(token: &'static str) -> Broker {
        Broker::start_on(TcpListener::bind("127.0.0.1:0").await.unwrap(), Some(token))
    }

    /// Starts one where another was.
    pub(crate) async fn start_again(address: SocketAddr) -> Broker {
        Broker::start_on(TcpListener::bind(address).await.unwrap(), None)
    }

    fn start_on(listener: TcpListener, token: Option<&'static str>) -> Broker {
        let address = listener.local_addr().unwrap();
        let shared = Shared {
            values: Arc::default(),
            published: broadcast::Sender::new(64),
            tasks: Group::new("broker"),
            token,
        };
        let accepting = shared.clone();
        shared.tasks.spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                accepting.tasks.spawn(accepting.clone().serve(stream));
            }
        });
        Broker { address, shared }
    }

    /// Its address for an adapter.
    pub(crate) fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Publishes a value.
    pub(crate) fn publish(&self, topic: &str, data: &Value) {
        let topic: Topic = topic.parse().unwrap();
        self.shared.values.lock().unwrap().insert(topic.clone(), data.to_string());
        let _ = self.shared.published.send(topic);
    }

    /// Cuts all connections at once, as a killed process would.
    pub(crate) async fn kill(self) -> SocketAddr {
        self.shared.tasks.drain(Duration::ZERO).await;
        self.address
    }
}

impl Shared {
    async fn serve(self, mut stream: TcpStream) {
        let mut head = [0; 4096];
        let Ok(length) = stream.peek(&mut head).await else { return };
        let asked = String::from_utf8_lossy(&head[..length]).to_ascii_lowercase();
        if self.token.is_some_and(|token| !asked.contains(&format!("authorization: bearer {token}\r\n"))) {
            let _ = stream.read(&mut head).await;
            let _ = stream.write_all(b"HTTP/1.1 401 Unauthorized\r\ncontent-length: 0\r\n\r\n").await;
            return;
        }
        if asked.contains("upgrade: websocket") {
            self.session(stream).await;
            return;
        }
        let _ = stream.read(&mut head).await;
        let topics: Vec<TopicEntry> = self.values.lock().unwrap().keys().map(entry).collect();
        let known = String::from_utf8_lossy(&head[..length]).starts_with("GET /ws/v1/pubsub/topics ");
        let (status, body) =
            if known { ("200 OK", topic_list(&topics)) } else { ("404 Not Found", "{}".to_owned()) };
        let answer =
            format!("HTTP/1.1 {status}\r\nconnection: close\r\ncontent-length: {}\r\n\r\n{body}", body.len());
        let _ = stream.write_all(answer.as_bytes()).await;
    }

    async fn session(self, stream: TcpStream) {
        let Ok(mut socket) = accept_async(stream).await else { return };
        let mut published = self.published.subscribe();
        let mut topics: HashSet<Topic> = HashSet::new();
        loop {
            let due = tokio::select! {
                topic = published.recv() => topic.ok().filter(|topic| topics.contains(topic)),
                frame = socket.next() => {
                    let Some(Ok(frame)) = frame else { return };
                    let Message::Text(text) = frame else { continue };
                    match ClientFrame::parse(&text) {
                        Ok(ClientFrame::Subscribe { pattern, ask }) => {
                            let topic = pattern.topic().expect("a topic").clone();
                            topics.insert(topic.clone());
                            ask.latest.then_some(topic)
                        }
                        Ok(ClientFrame::Unsubscribe { pattern }) => {
                            topics.remove(pattern.topic().expect("a topic"));
                            None
                        }
                        other => panic!("an adapter does not send {other:?}"),
                    }
                }
            };
            let Some(topic) = due else { continue };
            let Some(data) = self.values.lock().unwrap().get(&topic).cloned() else { continue };
            let frame = DataFrame::new(&topic, &data, 1).text().to_owned();
            if socket.send(Message::text(frame)).await.is_err() {
                return;
            }
        }
    }
}

fn entry(topic: &Topic) -> TopicEntry {
    TopicEntry { topic: topic.as_str().to_owned(), last_updated: 1 }
}
