//! The connection to the broker: kept up for ever, with capped back-off.

use std::error::Error;
use std::sync::Arc;

use futures_util::stream::{SplitSink, SplitStream};
use futures_util::{SinkExt, StreamExt};
use oriel_runtime::backoff::Backoff;
use tokio::net::TcpStream;
use tokio::time::{Instant, MissedTickBehavior, interval_at, timeout};
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::tungstenite::http::header::AUTHORIZATION;
use tokio_tungstenite::tungstenite::protocol::frame::Utf8Bytes;
use tokio_tungstenite::tungstenite::protocol::frame::coding::CloseCode;
use tokio_tungstenite::tungstenite::protocol::{CloseFrame, WebSocketConfig};
use tokio_tungstenite::tungstenite::{self, Bytes, Message};
use tokio_tungstenite::{Connector, MaybeTlsStream, WebSocketStream, connect_async_tls_with_config};

use crate::core::Frame;
use crate::options::Options;
use crate::shared::Shared;

/// Frames are gathered before they are sent; what is sent should leave at once.
const NO_DELAY: bool = true;

type Socket = WebSocketStream<MaybeTlsStream<TcpStream>>;

/// How a connection ended.
enum End {
    /// We closed it, and the broker has read everything.
    Closed,
    Lost(String),
}

/// Keeps up a connection until the client is closed.
pub(crate) async fn keep_up(shared: Arc<Shared>, options: Options, connector: Connector) {
    let _end = EndOnDrop(Arc::clone(&shared));
    let mut backoff = Backoff::new(options.retry.0, options.retry.1);
    let mut quiet = false;
    loop {
        let dialled = tokio::select! {
            dialled = dial(&options, &connector) => dialled,
            () = shared.done() => return,
        };
        let why = match dialled {
            Ok(socket) => {
                tracing::info!(broker = %options.address, "connected to the broker");
                let begun = Instant::now();
                shared.connected();
                let End::Lost(why) = talk(&shared, socket, &options).await else { return };
                if begun.elapsed() > options.retry.1 {
                    // One that breaks at once is no better than none.
                    backoff.reset();
                    quiet = false;
                }
                why
            }
            Err(why) => why,
        };
        if !std::mem::replace(&mut quiet, true) {
            tracing::warn!(broker = %options.address, why, "no connection to the broker, trying again");
        }
        shared.lost(&why);
        tokio::select! {
            () = tokio::time::sleep(backoff.next_delay()) => {}
            () = shared.done() => return,
        }
    }
}

/// However the task ends, whoever waits for it is told.
struct EndOnDrop(Arc<Shared>);

impl Drop for EndOnDrop {
    fn drop(&mut self) {
        self.0.end();
    }
}

/// Makes a connection, or says why there is none.
async fn dial(options: &Options, connector: &Connector) -> Result<Socket, String> {
    let mut request = options.address.uri().into_client_request().map_err(|error| innermost(&error))?;
    if let Some(token) = &options.token {
        let bearer = token.bearer().await.map_err(|error| error.to_string())?;
        request.headers_mut().insert(AUTHORIZATION, bearer);
    }
    let largest = Some(options.message_bytes);
    let config = WebSocketConfig::default().max_message_size(largest).max_frame_size(largest);
    let dialling = connect_async_tls_with_config(request, Some(config), NO_DELAY, Some(connector.clone()));
    match timeout(options.patience, dialling).await {
        Ok(Ok((socket, _))) => Ok(socket),
        Ok(Err(tungstenite::Error::Http(answer))) => Err(format!("the broker answered {}", answer.status())),
        Ok(Err(error)) => Err(innermost(&error)),
        Err(_) => Err("the broker does not answer".to_owned()),
    }
}

/// Sends and hears until the connection ends.
async fn talk(shared: &Shared, socket: Socket, options: &Options) -> End {
    let (writer, reader) = socket.split();
    let mut hearing = std::pin::pin!(hear(shared, reader, options));
    let sent = tokio::select! {
        end = &mut hearing => return match end {
            End::Closed => End::Lost("the broker closed the connection".to_owned()),
            lost @ End::Lost(_) => lost,
        },
        sent = send(shared, writer, options) => sent,
    };
    match sent {
        Ok(()) => timeout(options.patience, hearing)
            .await
            .unwrap_or_else(|_| End::Lost("the broker does not answer a good-bye".to_owned())),
        Err(why) => End::Lost(why),
    }
}

/// Hears until the connection ends.
async fn hear(shared: &Shared, mut reader: SplitStream<Socket>, options: &Options) -> End {
    let mut looks = interval_at(Instant::now() + options.ping, options.ping);
    looks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut silent = 0;
    loop {
        let said = tokio::select! {
            // What came while this program was busy is a sign of life too.
            biased;
            said = reader.next() => said,
            _ = looks.tick() => {
                silent += 1;
                if silent > 1 {
                    return End::Lost("the broker gave no sign of life".to_owned());
                }
                continue;
            }
        };
        silent = 0;
        match said {
            Some(Ok(Message::Text(text))) => shared.received(&text),
            Some(Ok(Message::Close(None))) => return End::Closed,
            Some(Ok(Message::Close(Some(frame)))) => return closed(&frame),
            // The library answers pings itself.
            Some(Ok(_)) => {}
            Some(Err(error)) => return End::Lost(innermost(&error)),
            None => return End::Lost("the connection broke".to_owned()),
        }
    }
}

fn closed(frame: &CloseFrame) -> End {
    match frame.code {
        CloseCode::Normal => End::Closed,
        code => End::Lost(format!("the broker closed the connection: {} {}", u16::from(code), frame.reason)),
    }
}

/// Sends until the client is closed and everything was sent, then says good-bye.
async fn send(
    shared: &Shared,
    mut writer: SplitSink<Socket, Message>,
    options: &Options,
) -> Result<(), String> {
    let mut pings = interval_at(Instant::now() + options.ping, options.ping);
    loop {
        let frames = tokio::select! {
            frames = shared.take() => frames,
            _ = pings.tick() => {
                in_time(options, writer.send(Message::Ping(Bytes::new()))).await?;
                continue;
            }
        };
        let Some(frames) = frames else { return in_time(options, writer.close()).await };
        let sending = async {
            for frame in frames {
                writer.feed(message(frame)).await?;
            }
            writer.flush().await
        };
        in_time(options, sending).await?;
        shared.sent();
    }
}

async fn in_time(
    options: &Options,
    sending: impl Future<Output = Result<(), tungstenite::Error>>,
) -> Result<(), String> {
    match timeout(options.patience, sending).await {
        Ok(Ok(())) => Ok(()),
        Ok(Err(error)) => Err(innermost(&error)),
        Err(_) => Err("the broker reads nothing".to_owned()),
    }
}

fn message(frame: Frame) -> Message {
    Utf8Bytes::try_from(frame.text.clone()).map_or_else(|_| Message::Binary(frame.text), Message::Text)
}

/// The cause at the bottom says what a person can act on: "Connection refused".
fn innermost(error: &dyn Error) -> String {
    let mut cause = error;
    while let Some(deeper) = cause.source() {
        cause = deeper;
    }
    cause.to_string()
}
