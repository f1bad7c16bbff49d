//! The other end of the link.

use futures_util::StreamExt;
use serde_json::Value;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

/// A broker that takes every frame and answers nothing. It gives the frames of its first
/// connection once that is closed.
pub(crate) async fn listen() -> (String, JoinHandle<Vec<Value>>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("ws://{}/pubsub", listener.local_addr().unwrap());
    let heard = tokio::spawn(async move {
        let (stream, _) = listener.accept().await.unwrap();
        let mut socket = tokio_tungstenite::accept_async(stream).await.unwrap();
        let mut frames = Vec::new();
        while let Some(Ok(message)) = socket.next().await {
            if let Ok(text) = message.to_text()
                && message.is_text()
            {
                frames.push(serde_json::from_str(text).unwrap());
            }
        }
        frames
    });
    (url, heard)
}
