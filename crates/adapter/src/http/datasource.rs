//! The JSON datasource contract, and SimpleJSON's names for it.

use axum::Json;
use axum::body::Bytes;
use axum::extract::State;
use serde_json::{Map, Value};

use super::App;
use crate::answer::answer;
use crate::clock;
use crate::fault::Fault;
use crate::lists;
use crate::request::{self, Question};
use crate::store::Catalogue;

type Answer = Result<Json<Value>, Fault>;

pub(super) async fn query(State(app): State<App>, body: Bytes) -> Answer {
    let question = Question::read(&body)?;
    let frames = answer(&question, &app.store.catalogue(clock::now()))?;
    Ok(Json(Value::Array(frames)))
}

pub(super) async fn metrics(State(app): State<App>, body: Bytes) -> Answer {
    listed(&app, &body, |_, catalogue| Ok(lists::metrics(catalogue)))
}

pub(super) async fn payload_options(State(app): State<App>, body: Bytes) -> Answer {
    listed(&app, &body, |fields, catalogue| Ok(lists::payload_options(fields, catalogue)))
}

pub(super) async fn search(State(app): State<App>, body: Bytes) -> Answer {
    listed(&app, &body, |fields, catalogue| Ok(lists::search(fields, catalogue)))
}

pub(super) async fn variable(State(app): State<App>, body: Bytes) -> Answer {
    listed(&app, &body, lists::variable)
}

pub(super) async fn tag_keys(State(app): State<App>, body: Bytes) -> Answer {
    listed(&app, &body, |fields, catalogue| Ok(lists::tag_keys(fields, catalogue)))
}

pub(super) async fn tag_values(State(app): State<App>, body: Bytes) -> Answer {
    listed(&app, &body, lists::tag_values)
}

pub(super) async fn annotations(State(app): State<App>, body: Bytes) -> Answer {
    listed(&app, &body, lists::annotations)
}

/// Reads the body, and answers only while an upstream can be answered for.
fn listed(
    app: &App,
    body: &[u8],
    list: impl FnOnce(&Map<String, Value>, &Catalogue) -> Result<Value, Fault>,
) -> Answer {
    let fields = request::object(body)?;
    let catalogue = app.store.catalogue(clock::now());
    match catalogue.away() {
        Some(away) => Err(Fault::Away(away)),
        None => list(&fields, &catalogue).map(Json),
    }
}
