//! What can be asked about the server itself.

use axum::Json;
use axum::extract::State;
use axum::http::header;
use axum::response::{IntoResponse, Response};
use rooh_core::catalog::Catalog;
use serde_json::{Value, json};

use crate::app::Shared;
use crate::error::{Answer, Failure};
use crate::phase::Phase;

pub(super) async fn health(State(app): State<Shared>) -> Answer<Json<Value>> {
    match app.phases.now() {
        Phase::Serving => Ok(Json(json!({ "status": "ok" }))),
        _ => Err(Failure::unavailable("the server is stopping")),
    }
}

pub(super) async fn version() -> Json<Value> {
    Json(json!({
        "version": env!("CARGO_PKG_VERSION"),
        "protocol": rooh_wire::VERSION,
        "transports": ["websocket"],
    }))
}

pub(super) async fn catalog(State(app): State<Shared>) -> Json<Catalog> {
    Json(app.agents.registry().catalog())
}

pub(super) async fn openapi() -> Json<Value> {
    Json(crate::openapi::document())
}

pub(super) async fn metrics(State(app): State<Shared>) -> Response {
    let (live, started) = app.sessions.counts();
    let connections = app.connections.count();
    let text = format!(
        "# HELP rooh_connections Connections that are open.\n\
         # TYPE rooh_connections gauge\n\
         rooh_connections {connections}\n\
         # HELP rooh_sessions Sessions that go on.\n\
         # TYPE rooh_sessions gauge\n\
         rooh_sessions {live}\n\
         # HELP rooh_sessions_started_total Sessions that have begun since the start.\n\
         # TYPE rooh_sessions_started_total counter\n\
         rooh_sessions_started_total {started}\n"
    );
    ([(header::CONTENT_TYPE, "text/plain; version=0.0.4")], text).into_response()
}
