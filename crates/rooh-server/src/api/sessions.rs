//! Sessions: list, read, end.

use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use serde_json::{Value, json};

use crate::app::Shared;
use crate::error::{Answer, Failure};
use crate::sessions::SessionView;

pub(super) async fn list(State(app): State<Shared>) -> Json<Value> {
    Json(json!({ "sessions": app.sessions.list() }))
}

pub(super) async fn read(State(app): State<Shared>, Path(id): Path<String>) -> Answer<Json<SessionView>> {
    app.sessions.read(&id).map(Json).ok_or_else(unknown)
}

pub(super) async fn end(State(app): State<Shared>, Path(id): Path<String>) -> Answer<StatusCode> {
    app.sessions.handle(&id).ok_or_else(unknown)?.end();
    Ok(StatusCode::NO_CONTENT)
}

fn unknown() -> Failure {
    Failure::not_found("no session of this name goes on")
}
