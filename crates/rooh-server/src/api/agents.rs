//! Agents on file: list, read, write, choose, and change while they talk.

use std::sync::Arc;

use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use bytes::Bytes;
use rooh_agents::{AgentSpec, StoredAgent};
use rooh_core::provider::Kind;
use rooh_core::session::Swap;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::sent::{Body, Sent};
use super::{agent_name, read as read_json};
use crate::app::Shared;
use crate::error::{Answer, Failure, Problem, problems};
use crate::live::off_runtime;

pub(super) async fn list(State(app): State<Shared>) -> Answer<Json<Value>> {
    let store = app.agents.store.clone();
    let agents = off_runtime(move || store.list()).await?;
    let agents: Vec<Value> = agents.iter().map(summary).collect();
    Ok(Json(json!({ "agents": agents })))
}

/// What a list shows of an agent.
fn summary(agent: &StoredAgent) -> Value {
    match &agent.spec {
        Ok(spec) => json!({
            "name": agent.name,
            "status": spec.status.as_str(),
            "transport": spec.transport.as_str(),
            "pipeline": pipeline(spec),
        }),
        Err(error) => {
            let problems = problems(error);
            let message = problems.first().map(|problem| problem.message.clone()).unwrap_or_default();
            json!({ "name": agent.name, "error": { "message": message, "problems": problems } })
        }
    }
}

/// The providers behind the stages, by the names that people know.
fn pipeline(spec: &AgentSpec) -> Value {
    let stages = spec.pipeline.stages().map(|(kind, stage)| {
        let class = spec.models.get(stage).map_or(stage, |model| model.class.as_str());
        (kind.as_str().to_owned(), Value::from(class))
    });
    Value::Object(stages.collect())
}

pub(super) async fn read(State(app): State<Shared>, Path(name): Path<String>) -> Answer<Json<Value>> {
    let name = agent_name(&name)?;
    let store = app.agents.store.clone();
    Ok(Json(off_runtime(move || store.read(&name)).await?.to_json()))
}

fn sent(body: &Bytes) -> Answer<Sent> {
    Body::read(body)?.agent().map_err(|error| Failure::invalid(&error))
}

pub(super) async fn create(State(app): State<Shared>, body: Bytes) -> Answer<(StatusCode, Json<Value>)> {
    let sent = sent(&body)?;
    let agents = Arc::clone(&app.agents);
    let stored = off_runtime(move || {
        sent.check(&agents)?;
        agents.store.create(&sent.spec)?;
        let name = sent.spec.name.clone();
        // An agent without the keys that it came with is not what was asked for.
        if let Err(error) = sent.keep_keys(&agents) {
            agents.store.delete(&name)?;
            return Err(error);
        }
        agents.store.read(&name)
    });
    Ok((StatusCode::CREATED, Json(stored.await?.to_json())))
}

pub(super) async fn check(State(app): State<Shared>, body: Bytes) -> Answer<Json<Value>> {
    let body = Body::read(&body)?;
    let agents = Arc::clone(&app.agents);
    let found: Vec<Problem> = off_runtime(move || {
        let checked = body.agent().and_then(|sent| sent.check(&agents));
        Ok(checked.err().map(|error| problems(&error)).unwrap_or_default())
    })
    .await?;
    Ok(Json(json!({ "problems": found })))
}

pub(super) async fn replace(
    State(app): State<Shared>,
    Path(name): Path<String>,
    body: Bytes,
) -> Answer<Json<Value>> {
    let name = agent_name(&name)?;
    let sent = sent(&body)?;
    let agents = Arc::clone(&app.agents);
    let stored = off_runtime(move || {
        sent.check(&agents)?;
        agents.store.replace(&name, &sent.spec)?;
        // After the agent: a new key must not be there while the old provider still is.
        sent.keep_keys(&agents)?;
        agents.store.read(&name)
    });
    Ok(Json(stored.await?.to_json()))
}

pub(super) async fn delete(State(app): State<Shared>, Path(name): Path<String>) -> Answer<StatusCode> {
    let name = agent_name(&name)?;
    let agents = Arc::clone(&app.agents);
    off_runtime(move || {
        agents.store.delete(&name)?;
        // Another agent of this name must not inherit them.
        agents.secrets.delete_agent(&name)?;
        agents.forget(&name);
        Ok(())
    })
    .await?;
    Ok(StatusCode::NO_CONTENT)
}

pub(super) async fn activate(State(app): State<Shared>, Path(name): Path<String>) -> Answer<Json<Value>> {
    let name = agent_name(&name)?;
    let store = app.agents.store.clone();
    Ok(Json(off_runtime(move || store.activate(&name)).await?.to_json()))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct SwapRequest {
    kind: SwapKind,
    /// The name of a model in the agent's file, or a provider such as `deepgram/nova-3`.
    provider: String,
}

#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "lowercase")]
enum SwapKind {
    Llm,
    Stt,
    Tts,
}

impl SwapKind {
    const fn kind(self) -> Kind {
        match self {
            Self::Llm => Kind::Llm,
            Self::Stt => Kind::Stt,
            Self::Tts => Kind::Tts,
        }
    }
}

/// What became of a swap.
#[derive(Serialize)]
pub(super) struct Swapped {
    /// How many sessions that go on take the new provider from their next turn on.
    sessions: usize,
}

pub(super) async fn swap(
    State(app): State<Shared>,
    Path(name): Path<String>,
    body: Bytes,
) -> Answer<Json<Swapped>> {
    let name = agent_name(&name)?;
    let SwapRequest { kind, provider } = read_json(&body)?;
    let agents = Arc::clone(&app.agents);
    let of = name.clone();
    off_runtime(move || {
        let mut spec = agents.store.read(&of)?;
        let stage = match kind {
            SwapKind::Llm => &mut spec.pipeline.llm,
            SwapKind::Stt => &mut spec.pipeline.stt,
            SwapKind::Tts => &mut spec.pipeline.tts,
        };
        *stage = Some(provider);
        // Through JSON, so that what was sent is read as strictly as a file.
        let spec = AgentSpec::from_json(&spec.to_json())?;
        spec.check(agents.registry(), &agents.secrets)?;
        agents.store.replace(&of, &spec)
    })
    .await?;
    let agent = app.agents.get(&name).await?;
    let swap = match kind {
        SwapKind::Llm => agent.llm().cloned().map(Swap::Llm),
        SwapKind::Stt => agent.stt().cloned().map(Swap::Stt),
        SwapKind::Tts => agent.tts().cloned().map(Swap::Tts),
    };
    let mut sessions = 0;
    if let Some(swap) = swap {
        for handle in app.sessions.handles(&name) {
            handle.swap(swap.clone());
            sessions += 1;
        }
    }
    tracing::info!(agent = %name, kind = %kind.kind(), sessions, "provider swapped");
    Ok(Json(Swapped { sessions }))
}
