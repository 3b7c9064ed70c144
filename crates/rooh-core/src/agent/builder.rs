//! Describes an agent, and says all that is wrong with the description.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::Duration;

use async_trait::async_trait;
use rooh_floor::{BargeIn, Endpointing, Patience};

use super::choice::{Choice, IntoLlm, IntoRealtime, IntoStt, IntoTts, IntoTurnDetector, IntoVad};
use super::settings::{Greeting, Settings};
use super::{Agent, Parts};
use crate::hook::{Hook, TurnAction, UserTurn};
use crate::layer::{Fallback, SttFallback, TtsFallback, recovering_stt, recovering_tts};
use crate::llm::{LlmEvent, LlmProvider, LlmRequest};
use crate::options::ProviderRef;
use crate::provider::Kind;
use crate::realtime::RealtimeProvider;
use crate::registry::Registry;
use crate::session::SessionContext;
use crate::stage::AudioStage;
use crate::stream::Events;
use crate::stt::SttProvider;
use crate::tool::Tool;
use crate::tts::TtsProvider;
use crate::turn::{Asked, LlmCompleteness, TurnDetector, TurnView};
use crate::vad::{Energy, VadProvider};
use crate::{Error, ErrorKind, Result};

/// Describes an agent; [`build`](Self::build) says all that is wrong with the description.
#[must_use = "a builder does nothing until it is built"]
pub struct AgentBuilder {
    registry: Registry,
    name: Arc<str>,
    stt: Option<Arc<dyn SttProvider>>,
    llm: Option<Arc<dyn LlmProvider>>,
    llm_name: Option<String>,
    fallbacks: Vec<(String, Arc<dyn LlmProvider>)>,
    seed: Option<u64>,
    stt_name: Option<String>,
    stt_fallbacks: Vec<(String, Arc<dyn SttProvider>)>,
    tts: Option<Arc<dyn TtsProvider>>,
    tts_name: Option<String>,
    tts_fallbacks: Vec<(String, Arc<dyn TtsProvider>)>,
    realtime: Option<Arc<dyn RealtimeProvider>>,
    vad: Option<Arc<dyn VadProvider>>,
    turn: Option<Arc<dyn TurnDetector>>,
    completeness: Option<Arc<dyn TurnDetector>>,
    tools: Vec<Arc<dyn Tool>>,
    hooks: Vec<Arc<dyn Hook>>,
    stages_in: Vec<Arc<dyn AudioStage>>,
    stages_out: Vec<Arc<dyn AudioStage>>,
    settings: Settings,
    problems: Vec<Error>,
}

impl fmt::Debug for AgentBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AgentBuilder").field("name", &self.name).finish_non_exhaustive()
    }
}

impl AgentBuilder {
    pub(super) fn new(registry: Registry) -> Self {
        Self {
            registry,
            name: "agent".into(),
            stt: None,
            llm: None,
            llm_name: None,
            fallbacks: Vec::new(),
            seed: None,
            stt_name: None,
            stt_fallbacks: Vec::new(),
            tts: None,
            tts_name: None,
            tts_fallbacks: Vec::new(),
            realtime: None,
            vad: None,
            turn: None,
            completeness: None,
            tools: Vec::new(),
            hooks: Vec::new(),
            stages_in: Vec::new(),
            stages_out: Vec::new(),
            settings: Settings::default(),
            problems: Vec::new(),
        }
    }

    /// Names the agent.
    pub fn name(mut self, name: impl Into<Arc<str>>) -> Self {
        self.name = name.into();
        self
    }

    /// How the agent listens: a provider, or the name of one.
    ///
    /// A stream of it that breaks off is opened again, and gets the audio that no final covers yet;
    /// see [`SttFallback`].
    pub fn stt(mut self, stt: impl IntoStt) -> Self {
        let stt = stt.choose();
        self.stt_name = stt.name();
        self.stt = self.resolve(Kind::Stt.as_str(), stt, Registry::stt);
        self
    }

    /// Who listens when the recognizer of [`stt`](Self::stt) cannot: a provider, or the name of one.
    ///
    /// Called again, it adds another, as [`llm_fallback`](Self::llm_fallback) does.
    pub fn stt_fallback(mut self, stt: impl IntoStt) -> Self {
        let path = format!("{}[{}]", Kind::Stt.as_str(), self.stt_fallbacks.len() + 1);
        let stt = stt.choose();
        let name = stt.name().unwrap_or_else(|| path.clone());
        let stt = self.resolve(&path, stt, Registry::stt);
        self.stt_fallbacks.extend(stt.map(|stt| (name, stt)));
        self
    }

    /// How the agent thinks: a provider, or the name of one.
    pub fn llm(mut self, llm: impl IntoLlm) -> Self {
        let llm = llm.choose();
        self.llm_name = llm.name();
        self.llm = self.resolve(Kind::Llm.as_str(), llm, Registry::llm);
        self
    }

    /// Who thinks when the model of [`llm`](Self::llm) cannot: a provider, or the name of one.
    ///
    /// Called again, it adds another, which is asked after those before it. [`Fallback`] says when
    /// each is asked, by its own limits; for others, give a [`Fallback`] to [`llm`](Self::llm).
    /// Events call a provider by the name under which it was looked up, and one that was given as
    /// a value by its place in the order, as `llm[1]`.
    pub fn llm_fallback(mut self, llm: impl IntoLlm) -> Self {
        let path = format!("{}[{}]", Kind::Llm.as_str(), self.fallbacks.len() + 1);
        let llm = llm.choose();
        let name = llm.name().unwrap_or_else(|| path.clone());
        let llm = self.resolve(&path, llm, Registry::llm);
        self.fallbacks.extend(llm.map(|llm| (name, llm)));
        self
    }

    /// How the agent speaks: a provider, or the name of one.
    ///
    /// A reply in which it breaks off is said to its end by a new stream; see [`TtsFallback`].
    pub fn tts(mut self, tts: impl IntoTts) -> Self {
        let tts = tts.choose();
        self.tts_name = tts.name();
        self.tts = self.resolve(Kind::Tts.as_str(), tts, Registry::tts);
        self
    }

    /// Who speaks when the voice of [`tts`](Self::tts) cannot: a provider, or the name of one.
    ///
    /// Called again, it adds another, as [`llm_fallback`](Self::llm_fallback) does.
    pub fn tts_fallback(mut self, tts: impl IntoTts) -> Self {
        let path = format!("{}[{}]", Kind::Tts.as_str(), self.tts_fallbacks.len() + 1);
        let tts = tts.choose();
        let name = tts.name().unwrap_or_else(|| path.clone());
        let tts = self.resolve(&path, tts, Registry::tts);
        self.tts_fallbacks.extend(tts.map(|tts| (name, tts)));
        self
    }

    /// How the agent listens, thinks and speaks, in one model: a provider, or the name of one.
    ///
    /// It takes the place of a recognizer and a language model, and an agent that has one of these
    /// as well is refused. A voice besides it says what the session itself has to say: greeting,
    /// prompts, fillers, apologies, [`say`](crate::session::SessionHandle::say); without one, the
    /// model is asked to say it. `docs/turns.md` tells what is kept of patience and barge-in with
    /// each kind of model.
    pub fn realtime(mut self, realtime: impl IntoRealtime) -> Self {
        self.realtime = self.resolve(Kind::Realtime.as_str(), realtime.choose(), Registry::realtime);
        self
    }

    /// How the agent notices speech: a provider, or the name of one. By default, by loudness.
    pub fn vad(mut self, vad: impl IntoVad) -> Self {
        self.vad = self.resolve(Kind::Vad.as_str(), vad.choose(), Registry::vad);
        self
    }

    /// How the agent judges pauses besides their length: a provider, or the name of one.
    pub fn turn_detector(mut self, turn: impl IntoTurnDetector) -> Self {
        self.turn = self.resolve(Kind::Turn.as_str(), turn.choose(), Registry::turn);
        self
    }

    /// Asks a language model whether a turn is complete: a provider, or the name of one.
    ///
    /// It is asked once in a pause, as [`LlmCompleteness`] says, which also says what that costs;
    /// for the model of the agent itself, give the same provider to [`llm`](Self::llm). Without an
    /// answer within a second the rules decide. It takes the place of
    /// [`completeness`](Self::completeness).
    pub fn completeness_by(mut self, llm: impl IntoLlm) -> Self {
        let llm = self.resolve("completeness", llm.choose(), Registry::llm);
        self.completeness = llm.map(|llm| Arc::new(LlmCompleteness::new(llm)) as Arc<dyn TurnDetector>);
        self
    }

    /// Asks whatever judges words whether a turn is complete.
    ///
    /// It is asked once in a pause, as soon as its words are there, and answers how likely the
    /// turn is complete, from 0 to 1. It has a second; without an answer the rules decide.
    pub fn completeness<F, A>(mut self, ask: F) -> Self
    where
        F: Fn(TurnView) -> A + Send + Sync + 'static,
        A: Future<Output = Result<f32>> + Send + 'static,
    {
        self.completeness = Some(Arc::new(Asked::new(ask)));
        self
    }

    /// Lets the model call a tool.
    pub fn tool(mut self, tool: impl Tool) -> Self {
        self.tools.push(Arc::new(tool));
        self
    }

    /// Lets the model call tools that are shared with others.
    pub fn tools(mut self, tools: impl IntoIterator<Item = Arc<dyn Tool>>) -> Self {
        self.tools.extend(tools);
        self
    }

    /// Adds a hook; hooks are asked in the order in which they were added.
    pub fn hook(mut self, hook: impl Hook) -> Self {
        self.hooks.push(Arc::new(hook));
        self
    }

    /// Adds a hook that is shared with others.
    pub fn shared_hook(mut self, hook: Arc<dyn Hook>) -> Self {
        self.hooks.push(hook);
        self
    }

    /// Replaces the language model by a function of the request; it may answer piece by piece.
    pub fn llm_hook<F>(self, f: F) -> Self
    where
        F: Fn(LlmRequest, SessionContext) -> Events<LlmEvent> + Send + Sync + 'static,
    {
        self.hook(LlmFn(f))
    }

    /// Decides what becomes of every turn that seems to be over.
    pub fn on_user_turn<F, Fut>(self, f: F) -> Self
    where
        F: Fn(UserTurn, SessionContext) -> Fut + Send + Sync + 'static,
        Fut: Future<Output = Result<TurnAction>> + Send + 'static,
    {
        self.hook(TurnFn(f))
    }

    /// Changes audio of the user on its way in; stages run in the order in which they were added.
    pub fn stage_in(mut self, stage: impl AudioStage) -> Self {
        self.stages_in.push(Arc::new(stage));
        self
    }

    /// Changes audio of the agent on its way out.
    pub fn stage_out(mut self, stage: impl AudioStage) -> Self {
        self.stages_out.push(Arc::new(stage));
        self
    }

    /// Who the agent is and how it should speak.
    pub fn system_prompt(mut self, prompt: impl Into<Arc<str>>) -> Self {
        self.settings.system_prompt = prompt.into();
        self
    }

    /// What the agent says first.
    pub fn greeting(mut self, greeting: impl Into<String>) -> Self {
        self.settings.greeting = Greeting::Say(greeting.into());
        self
    }

    /// Has the model open the conversation.
    pub fn generated_greeting(mut self) -> Self {
        self.settings.greeting = Greeting::Generated;
        self
    }

    /// How sure the detector has to be that somebody speaks, from 0 to 1.
    ///
    /// The default is 0.7.
    pub fn vad_threshold(mut self, threshold: f32) -> Self {
        self.settings.vad_threshold = threshold;
        self
    }

    /// Whether the user may cut the agent off. The default is yes.
    ///
    /// If not, a reply is spoken to its end, and what the user says meanwhile is answered after it.
    pub fn barge_in(mut self, barge_in: bool) -> Self {
        let mode = |default| if barge_in { default } else { BargeIn::Disabled };
        self.settings.barge_in = mode(BargeIn::Adaptive);
        self.settings.barge_in_thinking = mode(BargeIn::HardCut);
        self
    }

    /// How it is decided whether the user cuts the agent off while it speaks.
    pub fn barge_in_mode(mut self, mode: BargeIn) -> Self {
        self.settings.barge_in = mode;
        self
    }

    /// How long a pause has to be before a turn that may be unfinished is over.
    ///
    /// The default is a second.
    ///
    /// What is known of the turn shortens and lengthens it, between `min_wait` and `max_wait`; how
    /// long this speaker's pauses are does not. See [`Patience::from_silence`].
    pub fn silence_duration(mut self, silence: Duration) -> Self {
        self.settings.patience = Patience::from_silence(silence);
        self.settings.learns_pauses = false;
        self
    }

    /// How patient the agent is: a preset such as [`Patience::INTERVIEW`], a share of pauses that
    /// may be taken for an end ([`Patience::budget`]), a pause, or waits of your own.
    pub fn patience(mut self, patience: impl Into<Patience>) -> Self {
        self.settings.patience = patience.into();
        self.settings.learns_pauses = true;
        self
    }

    /// The shortest wait in a pause, however sure it is that the turn is over; 200 ms if unset.
    pub fn min_wait(mut self, wait: Duration) -> Self {
        self.settings.patience.min = wait;
        self
    }

    /// The longest wait in a pause, however unsure it is; 5 s if unset.
    pub fn max_wait(mut self, wait: Duration) -> Self {
        self.settings.patience.max = wait;
        self
    }

    /// Which signals shorten and lengthen the wait in a pause.
    pub fn endpointing(mut self, endpointing: Endpointing) -> Self {
        self.settings.endpointing = endpointing;
        self
    }

    /// Whether an answer is prepared when the end of a turn is likely, and not certain.
    pub fn eager(mut self, eager: bool) -> Self {
        self.settings.eager = eager;
        self
    }

    /// What is said when the user says nothing for `timeout`, one after the other; then the
    /// session ends.
    pub fn no_input<S: Into<String>>(
        mut self,
        timeout: Duration,
        prompts: impl IntoIterator<Item = S>,
    ) -> Self {
        self.settings.no_input_timeout = timeout;
        self.settings.no_input_prompts = prompts.into_iter().map(Into::into).collect();
        self
    }

    /// What is said while an answer is late, in turns: when its first sound is expected, or has
    /// not come, `target` after the end of the turn.
    ///
    /// See [`Settings::late_filler`] for how many and how close together.
    pub fn late_filler<S: Into<String>>(
        mut self,
        target: Duration,
        phrases: impl IntoIterator<Item = S>,
    ) -> Self {
        self.settings.late_filler.target = target;
        self.settings.late_filler.phrases = phrases.into_iter().map(Into::into).collect();
        self
    }

    /// The language as a BCP 47 tag.
    pub fn language(mut self, language: impl Into<String>) -> Self {
        self.settings.language = Some(language.into());
        self
    }

    /// Words and names that are likely to come up.
    pub fn phrases<S: Into<String>>(mut self, phrases: impl IntoIterator<Item = S>) -> Self {
        self.settings.phrases.extend(phrases.into_iter().map(Into::into));
        self
    }

    /// Draws the waits before something is tried again from this seed, for tests.
    pub fn seed(mut self, seed: u64) -> Self {
        self.seed = Some(seed);
        self
    }

    /// Changes settings that have no method of their own.
    pub fn settings(mut self, change: impl FnOnce(&mut Settings)) -> Self {
        change(&mut self.settings);
        self
    }

    /// The agent, or all that is wrong with its description.
    ///
    /// # Errors
    ///
    /// [`Error::parts`] has one error for everything that is wrong, each with its path.
    pub fn build(mut self) -> Result<Agent> {
        let is_realtime = self.realtime.is_some() || self.has_problem("realtime");
        if is_realtime {
            for (path, is_given) in [("stt", self.stt.is_some()), ("llm", self.llm.is_some())] {
                if is_given {
                    let message = "a speech-to-speech model listens and thinks itself: leave this out, or \
                                   `realtime`";
                    self.problems.push(Error::new(ErrorKind::Config, message).at_path(path));
                }
            }
        } else if self.llm.is_none() && self.hooks.is_empty() && !self.has_problem("llm") {
            self.problems.push(
                Error::new(
                    ErrorKind::Config,
                    "an agent needs a language model or a hook that answers in its place",
                )
                .at_path("llm"),
            );
        }
        for (path, is_missing, what) in [
            ("llm", self.llm.is_none() && !self.fallbacks.is_empty(), "language model"),
            ("stt", self.stt.is_none() && !self.stt_fallbacks.is_empty(), "recognizer"),
            ("tts", self.tts.is_none() && !self.tts_fallbacks.is_empty(), "voice"),
        ] {
            if is_missing && !self.has_problem(path) {
                let message = format!("there is no {what} that the others could stand in for");
                self.problems.push(Error::new(ErrorKind::Config, message).at_path(path));
            }
        }
        self.settings.check(&mut self.problems);
        if !self.problems.is_empty() {
            return Err(Error::all(self.problems));
        }
        if let Some(llm) = self.llm.take_if(|_| !self.fallbacks.is_empty()) {
            let first = Fallback::new().then_shared(self.llm_name.unwrap_or_else(|| "llm[0]".into()), llm);
            let all = self.fallbacks.into_iter().fold(first, |all, (name, llm)| all.then_shared(name, llm));
            self.llm = Some(Arc::new(all));
        }
        let stt_name = self.stt_name.unwrap_or_else(|| "stt[0]".into());
        let stt = self.stt.map(|stt| match self.stt_fallbacks.is_empty() {
            true => recovering_stt(&stt_name, stt, self.seed),
            false => {
                let first = SttFallback::new().seed(self.seed).then_shared(stt_name, stt);
                let others = self.stt_fallbacks.into_iter();
                Arc::new(others.fold(first, |all, (name, stt)| all.then_shared(name, stt)))
            }
        });
        let tts_name = self.tts_name.unwrap_or_else(|| "tts[0]".into());
        let tts = self.tts.map(|tts| match self.tts_fallbacks.is_empty() {
            true => recovering_tts(&tts_name, tts),
            false => {
                let first = TtsFallback::new().then_shared(tts_name, tts);
                let others = self.tts_fallbacks.into_iter();
                Arc::new(others.fold(first, |all, (name, tts)| all.then_shared(name, tts)))
            }
        });
        Ok(Agent {
            parts: Arc::new(Parts {
                name: self.name,
                stt,
                llm: self.llm,
                tts,
                realtime: self.realtime,
                vad: self.vad.unwrap_or_else(|| Arc::new(Energy)),
                turn: self.turn,
                completeness: self.completeness,
                turn_is_missing: AtomicBool::new(false),
                tools: self.tools,
                hooks: self.hooks,
                stages_in: self.stages_in,
                stages_out: self.stages_out,
                settings: self.settings,
            }),
        })
    }

    fn has_problem(&self, path: &str) -> bool {
        self.problems.iter().any(|problem| {
            problem.context("path").is_some_and(|at| at.split(['.', '[']).next() == Some(path))
        })
    }

    fn resolve<P: ?Sized>(
        &mut self,
        path: &str,
        choice: Choice<P>,
        build: impl FnOnce(&Registry, &ProviderRef) -> Result<Arc<P>>,
    ) -> Option<Arc<P>> {
        let provider = match choice {
            Choice::Value(provider) => Ok(provider),
            Choice::Name(name) => name.and_then(|name| build(&self.registry, &name)),
        };
        provider.map_err(|error| self.problems.push(error.at_path(path))).ok()
    }
}

/// A closure in the place of the language model.
struct LlmFn<F>(F);

#[async_trait]
impl<F> Hook for LlmFn<F>
where
    F: Fn(LlmRequest, SessionContext) -> Events<LlmEvent> + Send + Sync + 'static,
{
    async fn on_llm(
        &self,
        request: &LlmRequest,
        session: &SessionContext,
    ) -> Result<Option<Events<LlmEvent>>> {
        Ok(Some((self.0)(request.clone(), session.clone())))
    }
}

/// A closure that decides about turns.
struct TurnFn<F>(F);

#[async_trait]
impl<F, Fut> Hook for TurnFn<F>
where
    F: Fn(UserTurn, SessionContext) -> Fut + Send + Sync + 'static,
    Fut: Future<Output = Result<TurnAction>> + Send + 'static,
{
    async fn on_user_turn(&self, turn: &UserTurn, session: &SessionContext) -> Result<TurnAction> {
        (self.0)(turn.clone(), session.clone()).await
    }
}
