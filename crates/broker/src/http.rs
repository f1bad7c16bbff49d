//! Pub/sub over HTTP.

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::extract::rejection::{PathRejection, QueryRejection};
use axum::extract::{Path, Query, Request, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{any, get};
use http_body_util::{BodyExt, LengthLimitError, Limited};
use oriel_protocol::pubsub::{self, PollQuery, Topic};
use oriel_runtime::answer;
use oriel_runtime::shutdown::Shutdown;
use oriel_runtime::task::Group;
use oriel_topics::Publication;
use tokio::time::timeout;

use crate::config::Config;
use crate::hub::Hub;
use crate::outbox::Outbox;
use crate::session::Session;
use crate::upgrade;

/// How long a long poll waits unless it says otherwise.
const POLL: Duration = Duration::from_secs(30);

/// And at most, whatever it says: proxies seldom wait longer.
const LONGEST_POLL: Duration = Duration::from_secs(300);

/// A body that was announced has to come within that.
const BODY: Duration = Duration::from_secs(10);

/// What the routes share.
#[derive(Clone)]
pub(crate) struct Server {
    pub(crate) hub: Arc<Hub>,
    pub(crate) config: Arc<Config>,
    pub(crate) sessions: Group,
    pub(crate) shutdown: Shutdown,
}

/// The routes of the protocol.
pub(crate) fn router(server: Server) -> Router {
    Router::new()
        .route("/pubsub", any(connect))
        .route("/ws/v1/pubsub/topics", get(list))
        .route("/ws/v1/pubsub/topics/{*topic}", get(value).post(publish))
        .route("/ws/v1/pubsub/events", get(events))
        .fallback(async || {
            answer::error(StatusCode::NOT_FOUND, "there is nothing here; see oriel-broker --help")
        })
        .method_not_allowed_fallback(async || {
            answer::error(StatusCode::METHOD_NOT_ALLOWED, "this path takes another method")
        })
        .with_state(server)
}

async fn connect(State(server): State<Server>, request: Request) -> Response {
    let (response, pending) = match upgrade::accept(request) {
        Ok(accepted) => accepted,
        Err(refused) => return refused,
    };
    let Server { hub, config, sessions, .. } = server;
    sessions.spawn(async move {
        if let Some(socket) = pending.socket(config.message_bytes).await {
            let outbox = Outbox::new(config.queue_bytes, hub.counts().clone());
            let connection = hub.connect(Arc::new(outbox));
            Session::new(socket, connection, config.bad_frames).run().await;
        }
    });
    response
}

async fn list(
    State(server): State<Server>,
    query: Result<Query<PollQuery>, QueryRejection>,
) -> Result<Response, Refused> {
    let Query(query) = query?;
    Ok(json(pubsub::topic_list(&server.hub.list(query.later_than))))
}

async fn value(
    State(server): State<Server>,
    topic: Result<Path<String>, PathRejection>,
    query: Result<Query<PollQuery>, QueryRejection>,
) -> Result<Response, Refused> {
    let (topic, Query(query)) = (topic_of(topic)?, query?);
    if query.after.is_some() {
        return Err(unsupported("'after'"));
    }
    if !query.poll {
        let found = server.hub.latest(&topic, query.later_than);
        return found.map(|found| body(&found)).ok_or_else(|| nothing_newer(&topic, query.later_than));
    }
    Ok(match server.hub.wait(&topic, query.later_than) {
        Ok(found) => body(&found),
        Err(mut waiting) => {
            let limit = query.timeout.map_or(POLL, Duration::from_millis).min(LONGEST_POLL);
            let answer = tokio::select! {
                answer = timeout(limit, waiting.answer()) => answer.ok().flatten(),
                () = server.shutdown.requested() => None,
            };
            answer.map_or_else(|| StatusCode::NO_CONTENT.into_response(), |found| body(&found))
        }
    })
}

async fn publish(
    State(server): State<Server>,
    topic: Result<Path<String>, PathRejection>,
    headers: HeaderMap,
    body: Body,
) -> Result<Response, Refused> {
    let topic = topic_of(topic)?;
    if topic.is_reserved() {
        let says = "topics that start with '_' or end in '.numSubscribers' are the broker's own";
        return Err(Refused(StatusCode::FORBIDDEN, says.to_owned()));
    }
    if !is_json(&headers) {
        let says = "a POST here needs 'Content-Type: application/json'";
        return Err(Refused(StatusCode::UNSUPPORTED_MEDIA_TYPE, says.to_owned()));
    }
    let body = read(body, server.config.message_bytes).await?;
    let data = pubsub::posted(&body).map_err(|error| Refused(StatusCode::BAD_REQUEST, error))?;
    server.hub.publish(&topic, data);
    Ok(json("{}"))
}

async fn events() -> Refused {
    unsupported("Server-Sent Events")
}

/// A request that is not served, and why.
struct Refused(StatusCode, String);

impl IntoResponse for Refused {
    fn into_response(self) -> Response {
        answer::error(self.0, self.1)
    }
}

impl From<QueryRejection> for Refused {
    fn from(rejection: QueryRejection) -> Self {
        Refused(StatusCode::BAD_REQUEST, rejection.body_text())
    }
}

fn topic_of(path: Result<Path<String>, PathRejection>) -> Result<Topic, Refused> {
    let Path(name) = path.map_err(|rejection| Refused(StatusCode::BAD_REQUEST, rejection.body_text()))?;
    name.parse().map_err(|error: pubsub::TopicError| Refused(StatusCode::BAD_REQUEST, error.to_string()))
}

fn nothing_newer(topic: &Topic, later_than: i64) -> Refused {
    let says = match later_than {
        i64::MIN => format!("nothing was published on '{topic}', or it is forgotten"),
        _ => format!("nothing was published on '{topic}' after {later_than}"),
    };
    Refused(StatusCode::NOT_FOUND, says)
}

fn unsupported(what: &str) -> Refused {
    Refused(StatusCode::NOT_IMPLEMENTED, format!("{what} is not in this version"))
}

fn is_json(headers: &HeaderMap) -> bool {
    let text = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
    let essence = text.and_then(|text| text.split(';').next());
    essence.is_some_and(|essence| essence.trim().eq_ignore_ascii_case("application/json"))
}

async fn read(body: Body, limit: usize) -> Result<bytes::Bytes, Refused> {
    let too_large = || Refused(StatusCode::PAYLOAD_TOO_LARGE, format!("a message has at most {limit} bytes"));
    // What is announced to be too large is not read at all.
    if hyper::body::Body::size_hint(&body).lower() > limit as u64 {
        return Err(too_large());
    }
    match timeout(BODY, Limited::new(body, limit).collect()).await {
        Ok(Ok(all)) => Ok(all.to_bytes()),
        Ok(Err(error)) if error.is::<LengthLimitError>() => Err(too_large()),
        Ok(Err(_)) => Err(Refused(StatusCode::BAD_REQUEST, "the body broke off".to_owned())),
        Err(_) => Err(Refused(StatusCode::REQUEST_TIMEOUT, "the body did not come in time".to_owned())),
    }
}

fn body(publication: &Publication) -> Response {
    json(pubsub::value(&publication.frame))
}

fn json(body: impl Into<Body>) -> Response {
    let headers = [(header::CONTENT_TYPE, "application/json"), (header::CACHE_CONTROL, "no-store")];
    (headers, body.into()).into_response()
}
