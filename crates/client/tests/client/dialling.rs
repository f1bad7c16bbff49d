//! Brokers that do not answer, do not live, or want to know who is there.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use oriel_client::{Client, Event, Options, Token};
use oriel_runtime::task;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::TcpListener;
use tokio_tungstenite::accept_hdr_async;
use tokio_tungstenite::tungstenite::handshake::server::{Request, Response};

use crate::support::{event, lost, options, soon, topic};

/// What each request for a connection had as its path and its authorization.
type Asked = Arc<Mutex<Vec<(String, String)>>>;

/// Takes one connection, notes what it asked, and breaks it.
#[allow(clippy::result_large_err, reason = "the library's own type")]
async fn serve(stream: impl AsyncRead + AsyncWrite + Unpin, asked: &Asked) {
    let callback = |request: &Request, response: Response| {
        let bearer = request.headers().get("authorization").map(|value| value.to_str().unwrap().to_owned());
        asked.lock().unwrap().push((request.uri().to_string(), bearer.unwrap_or_default()));
        Ok(response)
    };
    let _ = accept_hdr_async(stream, callback).await;
}

#[tokio::test]
async fn a_server_that_never_answers_is_given_up() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let client =
        Client::connect(Options { patience: Duration::from_millis(50), ..options(address) }).unwrap();
    assert_eq!(lost(&mut client.events()).await, "the broker does not answer");
    assert!(!client.counts().connected);
}

/// Takes one connection and neither reads nor writes.
async fn take_and_sit(listener: TcpListener) {
    let (stream, _) = listener.accept().await.unwrap();
    let _socket = tokio_tungstenite::accept_async(stream).await.unwrap();
    std::future::pending::<()>().await;
}

#[tokio::test]
async fn a_server_that_falls_silent_is_given_up() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let _deaf = task::spawn("deaf", take_and_sit(listener));
    let client = Client::connect(Options { ping: Duration::from_millis(50), ..options(address) }).unwrap();
    let mut events = client.events();
    event(&mut events, |event| *event == Event::Connected).await;
    assert_eq!(lost(&mut events).await, "the broker gave no sign of life");
}

#[tokio::test]
async fn a_server_that_reads_nothing_is_given_up() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let _deaf = task::spawn("deaf", take_and_sit(listener));
    let client =
        Client::connect(Options { patience: Duration::from_millis(200), ..options(address) }).unwrap();
    let mut events = client.events();
    event(&mut events, |event| *event == Event::Connected).await;
    let text = "x".repeat(1 << 19);
    (0..30).for_each(|_| client.publish(&topic("t"), &text).unwrap());
    assert_eq!(lost(&mut events).await, "the broker reads nothing");
    assert!(client.counts().interrupted > 0, "{:?}", client.counts());
}

#[tokio::test]
async fn an_answer_that_is_no_upgrade_is_told() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let _guard = task::spawn("guard", async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let mut head = [0; 4_096];
            let _ = stream.read(&mut head).await;
            let _ = stream.write_all(b"HTTP/1.1 401 Unauthorized\r\ncontent-length: 0\r\n\r\n").await;
        }
    });
    let client = Client::connect(options(address)).unwrap();
    assert_eq!(lost(&mut client.events()).await, "the broker answered 401 Unauthorized");
}

#[tokio::test]
async fn a_token_goes_as_a_header_and_its_file_is_read_for_each_connection() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let asked = Asked::default();
    let asking = Arc::clone(&asked);
    let _server = task::spawn("server", async move {
        while let Ok((stream, _)) = listener.accept().await {
            serve(stream, &asking).await;
        }
    });
    let path = std::path::Path::new(env!("CARGO_TARGET_TMPDIR")).join("token");
    std::fs::write(&path, "first\n").unwrap();
    let token = Some(Token::file(&path).unwrap());
    let client = Client::connect(Options { token, ..options(address) }).unwrap();
    let mut events = client.events();
    lost(&mut events).await;
    std::fs::write(&path, "second").unwrap();
    let both = || ["first", "second"].map(|token| ("/pubsub".to_owned(), format!("Bearer {token}")));
    while !both().iter().all(|one| asked.lock().unwrap().contains(one)) {
        soon("event", events.next()).await;
    }
    std::fs::remove_file(&path).unwrap();
    let why = |event: &Event| matches!(event, Event::Lost(why) if why.contains("cannot read the token"));
    event(&mut events, why).await;
}
