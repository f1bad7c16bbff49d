//! Pub/sub over HTTP.

use std::sync::Arc;
use std::time::Duration;

use axum::body::Body;
use axum::extract::rejection::{PathRejection, QueryRejection};
use axum::extract::{Path, Query, Request, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use axum::middleware::from_fn_with_state;
use axum::response::{IntoResponse, Response};
use axum::routing::{any, get};
use axum::{BoxError, Router};
use bytes::BytesMut;
use http_body_util::{BodyExt, LengthLimitError, Limited};
use oriel_protocol::pubsub::{self, Ask, Cursor, Epoch, EventsQuery, PollQuery, Resume, Topic};
use oriel_runtime::metrics::Metrics;
use oriel_runtime::shutdown::Shutdown;
use oriel_runtime::task::Group;
use oriel_runtime::{admin, answer};
use oriel_topics::{Found, Queue, TooMany, Want};
use tokio::time::{sleep_until, timeout};

use crate::auth::{self, Auth, Grant};
use crate::config::Config;
use crate::hub::Hub;
use crate::outbox::Outbox;
use crate::pace::Pacing;
use crate::receiving::{Receiving, Share};
use crate::session::Session;
use crate::{assets, events, upgrade};

/// How long a long poll waits unless it says otherwise.
const POLL: Duration = Duration::from_secs(30);

/// And at most, whatever it says: proxies seldom wait longer.
const LONGEST_POLL: Duration = Duration::from_secs(300);

/// A body that was announced has to come within that.
const BODY: Duration = Duration::from_secs(10);

/// From where an event stream goes on.
const LAST_EVENT_ID: HeaderName = HeaderName::from_static("last-event-id");

/// What the routes share.
#[derive(Clone)]
pub(crate) struct Server {
    pub(crate) hub: Arc<Hub>,
    pub(crate) config: Arc<Config>,
    pub(crate) auth: Auth,
    pub(crate) sessions: Group,
    pub(crate) receiving: Receiving,
    pub(crate) shutdown: Shutdown,
}

/// All routes. Whether the broker lives and is ready may be asked by everybody, and so may
/// the files of pages; its numbers by operators alone.
pub(crate) fn router(server: Server, metrics: Metrics) -> Router {
    let (auth, stopping) = (server.auth.clone(), server.shutdown.clone());
    let ready = move || if stopping.is_requested() { Err("stopping".to_owned()) } else { Ok(()) };
    let operators = Router::new()
        .route("/metrics", get(move || admin::scrape(metrics)))
        .merge(crate::admin::router(server.clone()))
        .layer(from_fn_with_state(auth.clone(), auth::admin));
    let guarded = protocol(server).merge(operators).layer(from_fn_with_state(auth, auth::guard));
    guarded.merge(assets::router()).merge(admin::health(ready))
}

/// The routes of the protocol.
fn protocol(server: Server) -> Router {
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
    let (grant, pacing) = (grant(&request), pacing(&request));
    let (response, pending) = match upgrade::accept(request) {
        Ok(accepted) => accepted,
        Err(refused) => return refused,
    };
    let Server { hub, config, auth, sessions, receiving, .. } = server;
    sessions.spawn(async move {
        if let Some(socket) = pending.socket(&config, receiving.share()).await {
            let connection = hub.connect(outbox(&hub, &config, &grant));
            // Boxed, since each step of its way would hold it once more.
            let session = Box::new(Session::new(socket, connection, pacing, config.manners()));
            session.run(auth.lost(&grant)).await;
        }
    });
    response
}

async fn list(
    State(server): State<Server>,
    query: Result<Query<PollQuery>, QueryRejection>,
    request: Request,
) -> Result<Response, Refused> {
    let Query(query) = query?;
    Ok(json(pubsub::topic_list(&server.hub.list(query.later_than, grant(&request).rights()))))
}

async fn value(
    State(server): State<Server>,
    topic: Result<Path<String>, PathRejection>,
    query: Result<Query<PollQuery>, QueryRejection>,
    request: Request,
) -> Result<Response, Refused> {
    let (topic, Query(query)) = (topic_of(topic)?, query?);
    let grant = grant(&request);
    if !grant.rights().may_hear(&topic) {
        return Err(forbidden("read", &topic));
    }
    let resume = query.resume().map_err(|error| Refused(StatusCode::BAD_REQUEST, error.to_string()))?;
    let want = resume.map_or(Want::LaterThan(query.later_than), Want::After);
    let body = |found: Found| body(&found, want, server.hub.epoch());
    if !query.poll {
        let found = server.hub.find(&topic, want);
        return found.map(body).ok_or_else(|| nothing_newer(&topic, query.later_than));
    }
    Ok(match server.hub.wait(&topic, want) {
        Ok(found) => body(found),
        Err(mut waiting) => {
            let limit = query.timeout.map_or(POLL, Duration::from_millis).min(LONGEST_POLL);
            let answer = tokio::select! {
                answer = timeout(limit, waiting.answer()) => answer.ok().flatten(),
                () = server.shutdown.requested() => None,
                _ = server.auth.lost(&grant) => None,
            };
            answer.map_or_else(|| StatusCode::NO_CONTENT.into_response(), body)
        }
    })
}

async fn publish(
    State(server): State<Server>,
    topic: Result<Path<String>, PathRejection>,
    request: Request,
) -> Result<Response, Refused> {
    let topic = topic_of(topic)?;
    if topic.is_reserved() {
        let says = "topics that start with '_' or end in '.numSubscribers' are the broker's own";
        return Err(Refused(StatusCode::FORBIDDEN, says.to_owned()));
    }
    if !grant(&request).rights().may_publish(&topic) {
        return Err(forbidden("publish to", &topic));
    }
    if !is_json(request.headers()) {
        let says = "a POST here needs 'Content-Type: application/json'";
        return Err(Refused(StatusCode::UNSUPPORTED_MEDIA_TYPE, says.to_owned()));
    }
    let pacing = pacing(&request);
    let (body, _share) =
        read(request.into_body(), server.config.message_bytes, server.receiving.share()).await?;
    let data = pubsub::posted(&body).map_err(|error| Refused(StatusCode::BAD_REQUEST, error))?;
    server.hub.publish(&topic, data);
    if let Some(until) = pacing.take() {
        // The next request of the connection is read when this one is answered.
        server.hub.counts().slowed.inc();
        sleep_until(until.into()).await;
    }
    Ok(json("{}"))
}

async fn events(
    State(server): State<Server>,
    query: Result<Query<EventsQuery>, QueryRejection>,
    request: Request,
) -> Result<Response, Refused> {
    let (Query(query), grant) = (query?, grant(&request));
    let topic = parsed(&query.topic)?;
    if topic.is_reserved() || !grant.rights().may_hear(&topic) {
        return Err(forbidden("subscribe to", &topic));
    }
    let resume = match request.headers().get(LAST_EVENT_ID).map(HeaderValue::to_str) {
        None | Some(Ok("")) => Resume::First,
        Some(id) => Resume::After(id.ok().and_then(|id| id.parse().ok()).ok_or_else(bad_event_id)?),
    };
    let connection = server.hub.connect(outbox(&server.hub, &server.config, &grant));
    let ask = Ask { latest: query.latest, resume: Some(resume), conflate: false };
    let refused = |error: TooMany| Refused(StatusCode::TOO_MANY_REQUESTS, error.to_string());
    connection.subscribe(&topic.into(), ask).map_err(refused)?;
    let auth = server.auth;
    Ok(events::answer(connection, async move { auth.lost(&grant).await }))
}

/// What whoever asks was granted; [nothing](Grant::none) if no guard was before the route.
pub(crate) fn grant(request: &Request) -> Grant {
    request.extensions().get().cloned().unwrap_or_else(Grant::none)
}

fn pacing(request: &Request) -> Pacing {
    request.extensions().get().cloned().unwrap_or_default()
}

fn outbox(hub: &Hub, config: &Config, grant: &Grant) -> Arc<Outbox> {
    let queue = Queue::new(config.queue_bytes, config.limits.topics);
    Arc::new(Outbox::new(queue, Arc::clone(grant.rights()), hub.counts().clone()))
}

/// A request that is not served, and why.
pub(crate) struct Refused(StatusCode, String);

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
    parsed(&name)
}

fn parsed(name: &str) -> Result<Topic, Refused> {
    name.parse().map_err(|error: pubsub::TopicError| Refused(StatusCode::BAD_REQUEST, error.to_string()))
}

fn bad_event_id() -> Refused {
    let says = "Last-Event-ID is none of ours: an id is EPOCH:SEQ as the events carry it";
    Refused(StatusCode::BAD_REQUEST, says.to_owned())
}

fn forbidden(what: &str, topic: &Topic) -> Refused {
    Refused(StatusCode::FORBIDDEN, format!("the token does not allow to {what} '{topic}'"))
}

fn nothing_newer(topic: &Topic, later_than: i64) -> Refused {
    let says = match later_than {
        i64::MIN => format!("nothing was published on '{topic}', or it is forgotten"),
        _ => format!("nothing was published on '{topic}' after {later_than}"),
    };
    Refused(StatusCode::NOT_FOUND, says)
}

fn is_json(headers: &HeaderMap) -> bool {
    let text = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
    let essence = text.and_then(|text| text.split(';').next());
    essence.is_some_and(|essence| essence.trim().eq_ignore_ascii_case("application/json"))
}

/// A whole body, and the share that it takes.
async fn read(body: Body, limit: usize, mut share: Share) -> Result<(BytesMut, Share), Refused> {
    let too_large = || Refused(StatusCode::PAYLOAD_TOO_LARGE, format!("a message has at most {limit} bytes"));
    // What is announced to be too large is not read at all.
    if hyper::body::Body::size_hint(&body).lower() > limit as u64 {
        return Err(too_large());
    }
    let collect = async {
        let (mut body, mut all) = (Limited::new(body, limit), BytesMut::new());
        while let Some(frame) = body.frame().await {
            let broken = |error: BoxError| match error.is::<LengthLimitError>() {
                true => too_large(),
                false => Refused(StatusCode::BAD_REQUEST, "the body broke off".to_owned()),
            };
            if let Ok(some) = frame.map_err(broken)?.into_data() {
                all.extend_from_slice(&some);
                share
                    .grow_to(all.len())
                    .map_err(|full| Refused(StatusCode::SERVICE_UNAVAILABLE, full.to_string()))?;
            }
        }
        Ok::<_, Refused>(all)
    };
    let late = |_| Refused(StatusCode::REQUEST_TIMEOUT, "the body did not come in time".to_owned());
    let all = timeout(BODY, collect).await.map_err(late)??;
    Ok((all, share))
}

fn body(found: &Found, want: Want, epoch: Epoch) -> Response {
    let Found { publication, skipped, gap } = found;
    json(match want {
        Want::LaterThan(_) => pubsub::value(&publication.frame),
        Want::After(_) => {
            let cursor = Cursor { epoch, seq: publication.seq };
            pubsub::value_after(&publication.frame, cursor, *skipped, *gap)
        }
    })
}

pub(crate) fn json(body: impl Into<Body>) -> Response {
    let headers = [(header::CONTENT_TYPE, "application/json"), (header::CACHE_CONTROL, "no-store")];
    (headers, body.into()).into_response()
}
