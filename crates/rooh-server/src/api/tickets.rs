//! Tickets: what a page needs to open a WebSocket.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use bytes::Bytes;
use serde::Deserialize;
use serde_json::{Value, json};

use super::{agent_name, read};
use crate::app::Shared;
use crate::error::{Answer, Failure};
use crate::live::off_runtime;
use crate::phase::Phase;
use crate::tickets::GOOD_FOR;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct TicketRequest {
    #[serde(default)]
    agent: Option<String>,
}

pub(super) async fn issue(State(app): State<Shared>, body: Bytes) -> Answer<(StatusCode, Json<Value>)> {
    let TicketRequest { agent } = read(&body)?;
    let name = match agent {
        Some(name) => agent_name(&name)?,
        None => {
            let store = app.agents.store.clone();
            off_runtime(move || store.default_agent()).await?.name
        }
    };
    if app.phases.now() != Phase::Serving {
        return Err(Failure::unavailable("the server is stopping").retry_after(5));
    }
    if app.sessions.counts().0 >= app.config.limits.sessions {
        return Err(Failure::unavailable("there are too many sessions; try again later").retry_after(5));
    }
    // What is wrong with the agent is said here, where it can be read; a WebSocket that is refused
    // tells a page nothing.
    app.agents.get(&name).await?;
    let too_many = || Failure::unavailable("there are too many tickets; try again later").retry_after(30);
    let ticket = app.tickets.issue(name.clone())?.ok_or_else(too_many)?;
    let answer = json!({ "ticket": ticket, "agent": name.as_str(), "expires_in": GOOD_FOR.as_secs() });
    Ok((StatusCode::CREATED, Json(answer)))
}
