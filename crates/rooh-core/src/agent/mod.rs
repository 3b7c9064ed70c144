//! Agents: what all sessions of one agent have in common, and the builder that makes one.

mod builder;
mod choice;
mod settings;

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use rooh_floor::Endpointing;

use crate::hook::Hook;
use crate::llm::LlmProvider;
use crate::provider::Progress;
use crate::realtime::RealtimeProvider;
use crate::registry::Registry;
use crate::session::{Session, SessionId};
use crate::stage::{AudioStage, Recorder};
use crate::stream::{Emitter, Events};
use crate::stt::SttProvider;
use crate::tool::Tool;
use crate::trace::Trace;
use crate::transport::Transport;
use crate::tts::TtsProvider;
use crate::turn::TurnDetector;
use crate::vad::VadProvider;
use crate::{Error, ErrorKind, Result};

pub use builder::AgentBuilder;
pub use choice::{Choice, IntoLlm, IntoRealtime, IntoStt, IntoTts, IntoTurnDetector, IntoVad};
pub use settings::{Greeting, LateFiller, Settings};

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
    pub(crate) realtime: Option<Arc<dyn RealtimeProvider>>,
    pub(crate) vad: Arc<dyn VadProvider>,
    pub(crate) turn: Option<Arc<dyn TurnDetector>>,
    pub(crate) completeness: Option<Arc<dyn TurnDetector>>,
    /// It could not be loaded, which was told; nobody asks it before it is loaded after all.
    pub(crate) turn_is_missing: AtomicBool,
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

    /// Its ears, mind and voice in one, if one model is all three.
    pub fn realtime(&self) -> Option<&Arc<dyn RealtimeProvider>> {
        self.parts.realtime.as_ref()
    }

    /// Its judge of how pauses sound, if it has one.
    pub fn turn_detector(&self) -> Option<&Arc<dyn TurnDetector>> {
        self.parts.turn.as_ref()
    }

    /// Loads what local models need, one provider after the other.
    ///
    /// Without it, each loads when it is first used. A judge of pauses that cannot be loaded ends
    /// nothing: a [`Progress`] says with [`missing`](Progress::missing) what the agent goes
    /// without, and so it does for [`Endpointing::Semantic`] where nobody is there to be asked. A
    /// turn detector that could not be loaded is not asked until a later call has loaded it.
    ///
    /// # Errors
    ///
    /// Any other provider cannot be loaded.
    pub fn load(&self) -> Events<Progress> {
        let parts = Arc::clone(&self.parts);
        Events::new(move |mut out| async move {
            if let Some(error) = parts.unheeded() {
                out.emit(Progress::without("a language model that judges turns", error)).await;
            }
            let loads = [
                Some(parts.vad.load()),
                parts.stt.as_ref().map(|stt| stt.load()),
                parts.llm.as_ref().map(|llm| llm.load()),
                parts.tts.as_ref().map(|tts| tts.load()),
                parts.realtime.as_ref().map(|realtime| realtime.load()),
            ];
            for load in loads.into_iter().flatten() {
                pass_on(load, &mut out).await?;
            }
            if let Some(turn) = &parts.turn {
                let loaded = pass_on(turn.load(), &mut out).await;
                parts.turn_is_missing.store(loaded.is_err(), Ordering::Relaxed);
                if let Err(error) = loaded {
                    out.emit(Progress::without("the turn detector", error)).await;
                }
            }
            if let Some(completeness) = &parts.completeness
                && let Err(error) = pass_on(completeness.load(), &mut out).await
            {
                out.emit(Progress::without("the language model that judges turns", error)).await;
            }
            Ok(())
        })
    }

    /// Gives back what [`load`](Self::load) brought; sessions that go on keep what they use.
    pub fn unload(&self) {
        let parts = &self.parts;
        parts.vad.unload();
        parts.stt.iter().for_each(|stt| stt.unload());
        parts.turn.iter().chain(&parts.completeness).for_each(|judge| judge.unload());
        parts.llm.iter().for_each(|llm| llm.unload());
        parts.tts.iter().for_each(|tts| tts.unload());
        parts.realtime.iter().for_each(|realtime| realtime.unload());
    }
}

impl Parts {
    /// Who judges how a pause sounds, if somebody does; whoever loaded the agent was told who could
    /// not be had.
    pub(crate) fn judge_of_sounds(&self) -> Option<&Arc<dyn TurnDetector>> {
        self.turn.as_ref().filter(|_| !self.turn_is_missing.load(Ordering::Relaxed))
    }

    /// The setting that comes to nothing, if there is one.
    fn unheeded(&self) -> Option<Error> {
        let is_alone = self.settings.endpointing == Endpointing::Semantic && self.completeness.is_none();
        is_alone.then(|| {
            Error::new(
                ErrorKind::Config,
                "no language model is asked whether a turn is complete, so the words decide by rules, as \
                 under `heuristic`; name one with `pipeline.completeness` or `AgentBuilder::completeness_by`",
            )
            .at_path("endpointing")
        })
    }
}

async fn pass_on(mut load: Events<Progress>, out: &mut Emitter<Progress>) -> Result<()> {
    while let Some(progress) = load.next().await {
        out.emit(progress?).await;
    }
    Ok(())
}

impl fmt::Debug for Agent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Parts { name, stt, llm, tts, realtime, vad, turn, completeness, settings, .. } = &*self.parts;
        f.debug_struct("Agent")
            .field("name", name)
            .field("stt", stt)
            .field("llm", llm)
            .field("tts", tts)
            .field("realtime", realtime)
            .field("vad", vad)
            .field("turn", turn)
            .field("completeness", completeness)
            .field("settings", settings)
            .finish_non_exhaustive()
    }
}
