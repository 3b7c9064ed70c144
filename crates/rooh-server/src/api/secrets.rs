//! Keys of an agent: set, described, forgotten, never read.

use std::sync::Arc;

use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use bytes::Bytes;
use rooh_agents::{AgentName, SecretInfo};
use rooh_core::Result;
use rooh_core::options::Secret;
use serde::Deserialize;
use serde_json::{Value, json};

use super::{agent_name, read};
use crate::app::Shared;
use crate::error::Answer;
use crate::live::{LiveAgents, off_runtime};

type Place = (String, String, String);

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct SecretValue {
    value: Secret,
}

/// Calls `act` for the key at this place, if the agent is there.
async fn with<T: Send + 'static>(
    app: &Shared,
    place: Place,
    act: impl FnOnce(&LiveAgents, &AgentName, &str, &str) -> Result<T> + Send + 'static,
) -> Answer<T> {
    let (name, model, field) = place;
    let name = agent_name(&name)?;
    let agents = Arc::clone(&app.agents);
    let act = move || {
        // A damaged agent may have keys all the same; one that is not there may not.
        match agents.store.read(&name) {
            Err(error) if error.kind() == rooh_core::ErrorKind::NotFound => return Err(error),
            _ => {}
        }
        act(&agents, &name, &model, &field)
    };
    Ok(off_runtime(act).await?)
}

pub(super) async fn set(
    State(app): State<Shared>,
    Path(place): Path<Place>,
    body: Bytes,
) -> Answer<Json<Value>> {
    let SecretValue { value } = read(&body)?;
    let info = with(&app, place, move |agents, name, model, field| {
        agents.secrets.set(name, model, field, value)?;
        agents.secrets.describe(name, model, field)
    });
    Ok(Json(told(info.await?)))
}

pub(super) async fn describe(State(app): State<Shared>, Path(place): Path<Place>) -> Answer<Json<Value>> {
    let info = with(&app, place, |agents, name, model, field| agents.secrets.describe(name, model, field));
    Ok(Json(told(info.await?)))
}

pub(super) async fn delete(State(app): State<Shared>, Path(place): Path<Place>) -> Answer<StatusCode> {
    with(&app, place, |agents, name, model, field| agents.secrets.delete(name, model, field)).await?;
    Ok(StatusCode::NO_CONTENT)
}

fn told(info: Option<SecretInfo>) -> Value {
    match info {
        None => json!({ "set": false }),
        Some(info) => {
            let mut told =
                json!({ "set": true, "source": info.source.as_str(), "fingerprint": info.fingerprint });
            if let Some(last4) = info.last4 {
                told["last4"] = last4.into();
            }
            told
        }
    }
}
