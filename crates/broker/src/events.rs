//! Pub/sub as Server-Sent Events: an outbox as the body of an answer that does not end.

use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use axum::body::{Body, Bytes};
use axum::http::{HeaderName, header};
use axum::response::{IntoResponse, Response};
use hyper::body::{Body as HttpBody, Frame};
use oriel_topics::Next;
use tokio::time::{Instant, Interval, MissedTickBehavior, interval_at};

use crate::auth;
use crate::frames::write_event;
use crate::hub::Connection;
use crate::outbox::Filled;

/// A comment shows proxies and clients that the connection lives.
const COMMENT_EVERY: Duration = Duration::from_secs(15);

/// And one at the beginning lets the head of the answer leave at once.
const COMMENT: &[u8] = b":\n\n";

/// So much is handed on at a time.
const BATCH: usize = 16 << 10;

/// The answer that sends what the connection gets, for as long as both sides live
/// and what it was granted is not lost.
pub(crate) fn answer(
    connection: Connection,
    lost: impl Future<Output = auth::Lost> + Send + 'static,
) -> Response {
    let headers = [
        (header::CONTENT_TYPE, "text/event-stream"),
        (header::CACHE_CONTROL, "no-store"),
        // A proxy that waits for more would hold events back.
        (HeaderName::from_static("x-accel-buffering"), "no"),
    ];
    (headers, Body::new(Events::new(connection, Box::pin(lost)))).into_response()
}

/// The body.
struct Events {
    connection: Connection,
    comments: Interval,
    lost: Pin<Box<dyn Future<Output = auth::Lost> + Send>>,
    ended: bool,
}

impl Events {
    fn new(connection: Connection, lost: Pin<Box<dyn Future<Output = auth::Lost> + Send>>) -> Self {
        let mut comments = interval_at(Instant::now(), COMMENT_EVERY);
        comments.set_missed_tick_behavior(MissedTickBehavior::Delay);
        Events { connection, comments, lost, ended: false }
    }

    /// What waits, once something does; none when no more will come.
    fn poll_events(&mut self, cx: &mut Context<'_>) -> Poll<Option<Bytes>> {
        let mut batch = Vec::new();
        let epoch = self.connection.hub().epoch();
        loop {
            let write = |into: &mut Vec<u8>, next: &Next| write_event(into, next, epoch);
            match ready!(self.connection.outbox().poll_fill(cx, &mut batch, BATCH, write)) {
                Ok(Filled::Frames(frames, since)) => {
                    let counts = self.connection.hub().counts();
                    counts.deliveries.inc_by(frames);
                    counts.latency.observe(since.elapsed().as_secs_f64());
                    return Poll::Ready(Some(batch.into()));
                }
                Ok(Filled::Wants(wanted)) => self.connection.replay(&wanted),
                Err(_) => return Poll::Ready(None),
            }
        }
    }
}

impl HttpBody for Events {
    type Data = Bytes;
    type Error = std::convert::Infallible;

    fn poll_frame(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Self::Error>>> {
        let events = self.get_mut();
        if events.ended || events.lost.as_mut().poll(cx).is_ready() {
            events.ended = true;
            return Poll::Ready(None);
        }
        if events.comments.poll_tick(cx).is_ready() {
            return Poll::Ready(Some(Ok(Frame::data(Bytes::from_static(COMMENT)))));
        }
        let batch = ready!(events.poll_events(cx));
        events.ended = batch.is_none();
        Poll::Ready(batch.map(|batch| Ok(Frame::data(batch))))
    }
}
