//! The snapshot server's HTTP: the views, their results, queries.

use crate::publish::Publisher;
use axum::Router;
use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Json, Response};
use axum::routing::{get, post};
use oriel_dataflow::Engine;
use oriel_protocol::query::{self, Ask, QueryError};
use oriel_protocol::view::{Column, Views};
use oriel_snapshot::Query;
use oriel_time::EventTime;
use serde_json::{Value, json};
use std::sync::Arc;
use tokio::sync::Semaphore;

/// More rows are no answer that anybody reads, and all the while the stream would wait.
const MAX_ROWS: usize = 100_000;

/// Queries that are answered at a time; others wait, so that they are never all there is.
const AT_A_TIME: usize = 4;

/// What the routes need.
#[derive(Clone)]
pub(crate) struct Server {
    /// The stream's topic.
    pub(crate) topic: Arc<str>,
    /// Answers queries.
    pub(crate) engine: Arc<Engine>,
    /// Has the newest results.
    pub(crate) publisher: Arc<Publisher>,
    turns: Arc<Semaphore>,
}

/// `GET /views`, `GET /views/{name}`, `POST /query`.
pub(crate) fn router(server: Server) -> Router {
    Router::new()
        .route("/views", get(list))
        .route("/views/{name}", get(view))
        .route("/query", post(ask))
        .with_state(server)
}

async fn list(State(server): State<Server>) -> Json<Views> {
    let views = server.publisher.views().map(|view| view.info().clone()).collect();
    Json(Views { topic: server.topic.to_string(), views })
}

/// The result that was last published, with an ETag.
async fn view(State(server): State<Server>, Path(name): Path<String>, headers: HeaderMap) -> Response {
    let Some(place) = server.place(&name) else {
        let message = format!("unknown view {name:?}; known: {}", server.known());
        return (StatusCode::NOT_FOUND, Json(json!({"message": message, "error": message}))).into_response();
    };
    let current = server.publisher.current(place);
    let etag = HeaderValue::from_str(&current.etag).unwrap_or(HeaderValue::from_static("\"\""));
    let asked = headers.get(header::IF_NONE_MATCH).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let matches =
        asked.split(',').any(|tag| tag.trim().trim_start_matches("W/") == current.etag || tag.trim() == "*");
    let caching = [(header::ETAG, etag), (header::CACHE_CONTROL, HeaderValue::from_static("no-cache"))];
    if matches {
        return (StatusCode::NOT_MODIFIED, caching).into_response();
    }
    let json = [(header::CONTENT_TYPE, HeaderValue::from_static("application/json"))];
    (caching, json, current.body).into_response()
}

/// Reads the query, the rows and writes the answer, all where it may take its time.
async fn ask(State(server): State<Server>, body: Bytes) -> Response {
    let turn = Arc::clone(&server.turns).acquire_owned().await;
    let answered = tokio::task::spawn_blocking(move || {
        let _turn = turn;
        match query::parse(&body).and_then(|asked| server.answer(&asked)) {
            Ok(answer) => Json(answer).into_response(),
            Err(error) => (StatusCode::BAD_REQUEST, Json(error)).into_response(),
        }
    });
    // Only a panic gives none, and that is logged.
    answered.await.unwrap_or_else(|_| StatusCode::INTERNAL_SERVER_ERROR.into_response())
}

impl Server {
    pub(crate) fn new(topic: &str, engine: Arc<Engine>, publisher: Arc<Publisher>) -> Self {
        Server { topic: topic.into(), engine, publisher, turns: Arc::new(Semaphore::new(AT_A_TIME)) }
    }

    /// Blocks while it reads.
    fn answer(&self, asked: &query::Query) -> Result<Value, QueryError> {
        let fail = |code, message| Err(QueryError::new(Some(&asked.id), code, message));
        if self.place(&asked.id).is_some() {
            return fail("badId", format!("the id {:?} is a view's name; viewers use a UUID", asked.id));
        }
        let place = self.chosen(asked)?;
        let (fields, range) = match &asked.ask {
            Ask::Schema => return Ok(self.schema(&asked.id, place)),
            Ask::Data { countdown: Some(_), .. } => {
                return fail("unsupported", "`countdown` is not in this version: ask again instead".into());
            }
            Ask::Data { fields, range, .. } => (fields, range),
        };
        let Some(place) = place else {
            return fail("unknownView", format!("`schemaKeys.view` must name one of: {}", self.known()));
        };
        self.check(&asked.id, place, fields)?;
        let query = Query {
            range: range.map(|(from, to)| (EventTime::from_millis(from), EventTime::from_millis(to))),
            newest: None,
            most: Some(MAX_ROWS),
        };
        let reading = self.engine.read(&[(place, query)]);
        let (Some(answer), Some(renderer)) = (reading.answers.first(), self.publisher.views().nth(place))
        else {
            return fail("internal", "the query could not be answered".into());
        };
        if answer.refused {
            let message =
                format!("the answer has more than {MAX_ROWS} rows; name a shorter time in `data.time`");
            return fail("tooLarge", message);
        }
        Ok(json!(renderer.result(&asked.id, answer, &reading.stand, fields)))
    }

    /// The place of the view asked for; the only one if none is named.
    fn chosen(&self, asked: &query::Query) -> Result<Option<usize>, QueryError> {
        match &asked.view {
            Some(name) => match self.place(name) {
                Some(place) => Ok(Some(place)),
                None => {
                    let message = format!("unknown view {name:?}; known: {}", self.known());
                    Err(QueryError::new(Some(&asked.id), "unknownView", message))
                }
            },
            None => Ok((self.publisher.views().count() == 1).then_some(0)),
        }
    }

    fn schema(&self, id: &str, place: Option<usize>) -> Value {
        let views = self.publisher.views().enumerate().filter(|(nth, _)| place.is_none_or(|p| p == *nth));
        let views: Vec<(&str, &[Column])> =
            views.map(|(_, view)| (view.info().name.as_str(), &view.info().schema[..])).collect();
        query::schema_result(id, &views)
    }

    fn check(&self, id: &str, place: usize, fields: &[String]) -> Result<(), QueryError> {
        let Some(view) = self.publisher.views().nth(place) else { return Ok(()) };
        let known: Vec<&str> = view.columns().map(|column| column.name.as_str()).collect();
        match fields.iter().find(|field| !known.contains(&field.as_str())) {
            Some(field) => {
                let message = format!("unknown field {field:?}; known: {}", known.join(", "));
                Err(QueryError::new(Some(id), "unknownField", message))
            }
            None => Ok(()),
        }
    }

    fn place(&self, name: &str) -> Option<usize> {
        self.publisher.views().position(|view| view.info().name == name)
    }

    fn known(&self) -> String {
        self.publisher.views().map(|view| view.info().name.as_str()).collect::<Vec<_>>().join(", ")
    }
}
