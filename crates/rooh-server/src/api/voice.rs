//! Trying a voice before anything is kept.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;
use std::time::Duration;

use axum::extract::State;
use axum::http::header;
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use rooh_agents::{AgentName, AgentSpec, Secrets};
use rooh_audio::AudioFormat;
use rooh_core::options::Secret;
use rooh_core::stream::{Events, inlet};
use rooh_core::tts::{TtsEvent, TtsProvider, TtsRequest};
use rooh_core::{Agent, Error, ErrorKind, Result};
use serde::Deserialize;
use serde_json::{Value, json};
use tokio::time::timeout;

use super::{agent_name, read};
use crate::app::Shared;
use crate::error::{Answer, Failure};
use crate::live::{LiveAgents, off_runtime};

/// The longest text, in characters.
const LONGEST_TEXT: usize = 300;
/// The longest sound.
const LONGEST_SOUND: Duration = Duration::from_secs(60);
/// How long the voice may take.
const PATIENCE: Duration = Duration::from_secs(30);
/// The name of the model where none is given.
const MODEL: &str = "tts";

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct VoicePreview {
    /// The voice as it would stand in an agent file: `class`, `type` and its options.
    model: Value,
    text: String,
    /// Keys by option, as they would be set.
    #[serde(default)]
    secrets: BTreeMap<String, Secret>,
    /// The agent whose keys are used where none is given, if its model `key` is this voice.
    #[serde(default)]
    agent: Option<String>,
    #[serde(default)]
    key: Option<String>,
}

pub(super) async fn preview(State(app): State<Shared>, body: Bytes) -> Answer<Response> {
    let preview: VoicePreview = read(&body)?;
    if preview.text.trim().is_empty() || preview.text.chars().nth(LONGEST_TEXT).is_some() {
        return Err(Failure::invalid_at("text", format!("has 1 to {LONGEST_TEXT} characters")));
    }
    let busy = || Failure::unavailable("other voices are being tried; try again in a moment").retry_after(2);
    let _permit = Arc::clone(&app.previews).try_acquire_owned().map_err(|_| busy())?;
    let text = preview.text.clone();
    let agents = Arc::clone(&app.agents);
    let owner = preview.agent.as_deref().map(agent_name).transpose()?;
    let at = format!("models.{}", preview.key.as_deref().unwrap_or(MODEL));
    let voice = off_runtime(move || voice(&agents, owner, preview))
        .await
        .map_err(|error| Failure::from(error).moved(&at, "tts"))?;
    let late = || Error::new(ErrorKind::Timeout, "the voice took too long");
    let (samples, format) = timeout(PATIENCE, speak(&*voice, text)).await.map_err(|_| late())??;
    let wav = rooh_audio::wav::write(&samples, format, rooh_audio::wav::Channels::Mono);
    Ok(([(header::CONTENT_TYPE, "audio/wav")], wav).into_response())
}

/// Builds the voice through an agent that has nothing else, so that options and keys are judged
/// as in every agent.
fn voice(
    agents: &LiveAgents,
    owner: Option<AgentName>,
    preview: VoicePreview,
) -> Result<Arc<dyn TtsProvider>> {
    let VoicePreview { model, secrets, key, .. } = preview;
    let key = key.unwrap_or_else(|| MODEL.to_owned());
    let name = match &owner {
        Some(owner) => owner.clone(),
        None => AgentName::new("preview")?,
    };
    let spec = AgentSpec::from_json(&json!({
        "name": name.as_str(),
        "models": { &key: model },
        "pipeline": { "tts": &key },
    }))?;
    let typed: HashMap<String, Secret> = secrets
        .into_iter()
        .filter(|(_, secret)| !secret.is_empty())
        .map(|(field, secret)| (Secrets::variable(&name, &key, &field), secret))
        .collect();
    let registry = agents.registry().clone();
    // The agent's own keys are for its own model, and not for one that goes elsewhere.
    let is_own = owner.is_some_and(|owner| {
        agents.store.read(&owner).is_ok_and(|kept| {
            kept.models.get(&key).zip(spec.models.get(&key)).is_some_and(|(kept, new)| {
                let place = |name: &str| kept.options.get(name) == new.options.get(name);
                kept.class == new.class && PLACES.iter().all(|name| place(name))
            })
        })
    });
    let secrets = if is_own { agents.secrets.clone() } else { Secrets::from_environment() };
    let environment = move |variable: &str| match typed.get(variable) {
        Some(secret) => Some(secret.reveal().to_owned()),
        None if is_own => registry.variable(variable),
        None => None,
    };
    let secrets = secrets.environment(environment);
    let builder = spec.into_builder(agents.registry(), &secrets, agents.host())?;
    let agent: Agent = builder.llm_hook(|_, _| Events::empty()).build()?;
    agent.tts().cloned().ok_or_else(|| Error::new(ErrorKind::Config, "a voice is needed").at_path("model"))
}

/// Options that say where a provider sends what it is given, and with it the key.
const PLACES: &[&str] = &["api_base", "base_url", "endpoint", "endpoint_url", "host", "region", "url"];

async fn speak(voice: &dyn TtsProvider, text: String) -> Result<(Vec<i16>, AudioFormat)> {
    let format = voice.capabilities().format;
    let (feed, clauses) = inlet(1);
    // There is room for one, and this is it.
    let _ = feed.try_send(text);
    drop(feed);
    let mut events = voice.synthesize(TtsRequest::default(), clauses);
    let mut samples = Vec::new();
    while let Some(event) = events.next().await {
        if let TtsEvent::Audio(frame) = event? {
            samples.extend_from_slice(frame.samples());
        }
        if format.duration_of(samples.len()) > LONGEST_SOUND {
            break;
        }
    }
    Ok((samples, format))
}
