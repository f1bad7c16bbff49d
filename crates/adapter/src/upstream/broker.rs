//! Follows a broker: its topics are listed once a second, and each new one is subscribed
//! to with its last value first. The list is also how a broker that hangs is noticed.

mod topics;

use std::convert::Infallible;
use std::time::Duration;

use futures_util::{SinkExt, StreamExt};
use oriel_protocol::pubsub::{ServerFrame, Topic, TopicEntry};
use oriel_runtime::backoff::Backoff;
use reqwest::StatusCode;
use tokio::net::TcpStream;
use tokio::time::{sleep, timeout};
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::protocol::WebSocketConfig;
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream, connect_async_with_config};

use super::fetch::{Fetch, innermost};
use super::{Follower, Lost, MAX_MESSAGE, PATIENCE, Upstream};
use crate::clock;
use crate::store::Role;
use topics::Topics;

/// How soon a new topic is seen.
const LIST_EVERY: Duration = Duration::from_secs(1);

type Socket = WebSocketStream<MaybeTlsStream<TcpStream>>;

/// Its topics; `None` if this is no broker.
pub(super) async fn topics(upstream: &Upstream, fetch: &Fetch) -> Result<Option<Vec<Topic>>, Lost> {
    let answer = fetch.get(upstream.http(&["ws", "v1", "pubsub", "topics"]), None).await?;
    if answer.status != StatusCode::OK {
        return Ok(None);
    }
    let listed: Option<Vec<TopicEntry>> = serde_json::from_str(&answer.body).ok();
    // Another broker may have names that ours would not; they cannot be subscribed to.
    Ok(listed.map(|listed| listed.into_iter().filter_map(|one| one.topic.parse().ok()).collect()))
}

/// Follows it until it is lost.
pub(super) async fn follow(
    follower: &Follower,
    fetch: &Fetch,
    backoff: &mut Backoff,
) -> Result<Infallible, Lost> {
    let mut socket = connect(&follower.upstream).await?;
    let mut known = Topics::default();
    list(follower, fetch, &mut known, &mut socket).await?;
    follower.live(Role::Broker, backoff);
    loop {
        let listing = async {
            sleep(LIST_EVERY).await;
            topics(&follower.upstream, fetch).await
        };
        let mut listing = std::pin::pin!(listing);
        let listed = loop {
            tokio::select! {
                listed = &mut listing => break listed?,
                message = socket.next() => heard(follower, &mut known, &mut socket, message).await?,
            }
        };
        apply(follower, &mut known, &mut socket, listed).await?;
    }
}

async fn connect(upstream: &Upstream) -> Result<Socket, Lost> {
    let config =
        WebSocketConfig::default().max_message_size(Some(MAX_MESSAGE)).max_frame_size(Some(MAX_MESSAGE));
    let connecting = connect_async_with_config(upstream.socket().as_str(), Some(config), true);
    match timeout(PATIENCE, connecting).await {
        Ok(Ok((socket, _))) => Ok(socket),
        Ok(Err(error)) => Err(Lost(innermost(&error))),
        Err(_) => Err(Lost("no WebSocket answer in time".to_owned())),
    }
}

async fn list(
    follower: &Follower,
    fetch: &Fetch,
    known: &mut Topics,
    socket: &mut Socket,
) -> Result<(), Lost> {
    let listed = topics(&follower.upstream, fetch).await?;
    apply(follower, known, socket, listed).await
}

/// Subscribes to what is new, and tells the store what there is.
async fn apply(
    follower: &Follower,
    known: &mut Topics,
    socket: &mut Socket,
    listed: Option<Vec<Topic>>,
) -> Result<(), Lost> {
    let listed = listed.ok_or_else(|| Lost("it no longer lists topics".to_owned()))?;
    for frame in known.listed(&listed, clock::now()) {
        send(socket, frame).await?;
    }
    follower.store.listed(follower.place, |target| known.has(target), clock::now());
    Ok(())
}

/// Takes one message from the socket.
async fn heard(
    follower: &Follower,
    known: &mut Topics,
    socket: &mut Socket,
    message: Option<Result<Message, tokio_tungstenite::tungstenite::Error>>,
) -> Result<(), Lost> {
    let text = match message {
        Some(Ok(Message::Text(text))) => text,
        Some(Ok(Message::Close(_))) | None => return Err(Lost("connection closed".to_owned())),
        Some(Ok(_)) => return Ok(()),
        Some(Err(error)) => return Err(Lost(innermost(&error))),
    };
    match ServerFrame::parse(&text) {
        Some(ServerFrame::Data { topic, data, .. }) => {
            let shown = follower.keep(&topic, data);
            if let Some(frame) = known.published(&topic, shown, clock::now()) {
                send(socket, frame).await?;
            }
        }
        Some(ServerFrame::Error { message, .. }) => {
            tracing::debug!(upstream = %follower.upstream, %message, "broker refused a frame");
        }
        Some(ServerFrame::Other) | None => {}
    }
    Ok(())
}

async fn send(socket: &mut Socket, frame: String) -> Result<(), Lost> {
    match timeout(PATIENCE, socket.send(Message::text(frame))).await {
        Ok(Ok(())) => Ok(()),
        Ok(Err(error)) => Err(Lost(innermost(&error))),
        Err(_) => Err(Lost("it takes no frames".to_owned())),
    }
}
