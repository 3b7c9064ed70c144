//! Agents: what all sessions of one agent have in common, and the builder that makes one.

mod builder;
mod choice;
mod settings;

use std::fmt;
use std::sync::Arc;

use crate::hook::Hook;
use crate::llm::LlmProvider;
use crate::provider::Progress;
use crate::registry::Registry;
use crate::session::{Session, SessionId};
use crate::stage::{AudioStage, Recorder};
use crate::stream::Events;
use crate::stt::SttProvider;
use crate::tool::Tool;
use crate::trace::Trace;
use crate::transport::Transport;
use crate::tts::TtsProvider;
use crate::turn::TurnDetector;
use crate::vad::VadProvider;

pub use builder::AgentBuilder;
pub use choice::{Choice, IntoLlm, IntoStt, IntoTts, IntoTurnDetector, IntoVad};
pub use settings::{Greeting, Settings};

/// What all sessions of one agent have in common. Cheap to clone.
#[derive(Clone)]
pub struct Agent {
    pub(crate) parts: Arc<Parts>,
}

/// An agent's parts, as the session reads them.
pub(crate) struct Parts {
    pub(crate) name: Arc<str>,
    pub(crate) stt: Option<Arc<dyn SttProvider>>,
    pub(crate) llm: Option<Arc<dyn LlmProvider>>,
    pub(crate) tts: Option<Arc<dyn TtsProvider>>,
    pub(crate) vad: Arc<dyn VadProvider>,
    pub(crate) turn: Option<Arc<dyn TurnDetector>>,
    pub(crate) completeness: Option<Arc<dyn TurnDetector>>,
    pub(crate) tools: Vec<Arc<dyn Tool>>,
    pub(crate) hooks: Vec<Arc<dyn Hook>>,
    pub(crate) stages_in: Vec<Arc<dyn AudioStage>>,
    pub(crate) stages_out: Vec<Arc<dyn AudioStage>>,
    pub(crate) settings: Settings,
}

/// What one session has of its own. Build it with `..Default::default()`.
#[derive(Default)]
pub struct SessionOptions {
    /// Hooks of this session alone, asked before those of the agent.
    pub hooks: Vec<Arc<dyn Hook>>,
    /// The name of the session; a random one if it is not given.
    pub id: Option<SessionId>,
    /// Who takes it down.
    pub recorder: Option<Box<dyn Recorder>>,
    /// Where protocol traces go.
    pub trace: Trace,
    /// Whether the events tell all that the decisions about turns come from, for replays.
    pub trace_floor: bool,
}

impl fmt::Debug for SessionOptions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SessionOptions").field("id", &self.id).finish_non_exhaustive()
    }
}

impl Agent {
    /// Starts to describe an agent whose providers are looked up in `registry`.
    pub fn builder(registry: Registry) -> AgentBuilder {
        AgentBuilder::new(registry)
    }

    /// Starts a conversation on `transport`.
    ///
    /// # Panics
    ///
    /// Outside a tokio runtime.
    pub fn start(&self, transport: impl Transport) -> Session {
        self.start_with(transport, SessionOptions::default())
    }

    /// Starts a conversation on `transport` with something of its own.
    ///
    /// # Panics
    ///
    /// Outside a tokio runtime.
    pub fn start_with(&self, transport: impl Transport, options: SessionOptions) -> Session {
        Session::start(Arc::clone(&self.parts), Box::new(transport), options)
    }

    /// The name of the agent.
    pub fn name(&self) -> &str {
        &self.parts.name
    }

    /// How the agent behaves.
    pub fn settings(&self) -> &Settings {
        &self.parts.settings
    }

    /// Its mind, unless hooks answer in its place.
    pub fn llm(&self) -> Option<&Arc<dyn LlmProvider>> {
        self.parts.llm.as_ref()
    }

    /// Its ears, if it listens.
    pub fn stt(&self) -> Option<&Arc<dyn SttProvider>> {
        self.parts.stt.as_ref()
    }

    /// Its voice, if it speaks.
    pub fn tts(&self) -> Option<&Arc<dyn TtsProvider>> {
        self.parts.tts.as_ref()
    }

    /// Loads what local models need, one provider after the other.
    ///
    /// Without it, each loads when it is first used.
    pub fn load(&self) -> Events<Progress> {
        let parts = Arc::clone(&self.parts);
        Events::new(move |mut out| async move {
            let loads = [
                Some(parts.vad.load()),
                parts.stt.as_ref().map(|stt| stt.load()),
                parts.turn.as_ref().map(|turn| turn.load()),
                parts.llm.as_ref().map(|llm| llm.load()),
                parts.tts.as_ref().map(|tts| tts.load()),
            ];
            for mut load in loads.into_iter().flatten() {
                while let Some(progress) = load.next().await {
                    out.emit(progress?).await;
                }
            }
            Ok(())
        })
    }

    /// Gives back what [`load`](Self::load) brought; sessions that go on keep what they use.
    pub fn unload(&self) {
        let parts = &self.parts;
        parts.vad.unload();
        parts.stt.iter().for_each(|stt| stt.unload());
        parts.turn.iter().for_each(|turn| turn.unload());
        parts.llm.iter().for_each(|llm| llm.unload());
        parts.tts.iter().for_each(|tts| tts.unload());
    }
}

impl fmt::Debug for Agent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Parts { name, stt, llm, tts, vad, turn, settings, .. } = &*self.parts;
        f.debug_struct("Agent")
            .field("name", name)
            .field("stt", stt)
            .field("llm", llm)
            .field("tts", tts)
            .field("vad", vad)
            .field("turn", turn)
            .field("settings", settings)
            .finish_non_exhaustive()
    }
}
