//! The scenario player: who says what and when goes in, and what happened comes out.
//!
//! A scenario runs on a paused clock on one thread: minutes take milliseconds, and the same
//! scenario always gives the same events. Words are said as tones ([`speech`]), so
//! that what was heard can be read back from the audio itself.

mod log;
mod peer;

use std::sync::Arc;
use std::time::Duration;

use expect_test::Expect;
use rooh_audio::{AudioFormat, AudioFrame, SessionTime};
use rooh_core::agent::{AgentBuilder, SessionOptions};
use rooh_core::event::Event;
use rooh_core::llm::LlmRequest;
use rooh_core::registry::Registry;
use rooh_core::session::{Command, SessionId};
use rooh_core::stage::Recorder;
use rooh_core::{Agent, Error, Result};

use crate::{Reply, ScriptedLlm, ScriptedRealtime, ToneStt, ToneTts, speech};
pub use peer::Ear;

/// A conversation as a script. It begins with a quiet line and an agent of tones.
#[must_use = "a scenario does nothing until it is played"]
pub struct Scenario {
    title: String,
    caller: Vec<i16>,
    actions: Vec<(Duration, Action)>,
    replies: Vec<Reply>,
    llm: Option<ScriptedLlm>,
    realtime: Option<ScriptedRealtime>,
    build: Vec<Box<dyn FnOnce(AgentBuilder) -> AgentBuilder>>,
    ear: Ear,
    is_loaded: bool,
    until: Option<Duration>,
    recorder: Option<Box<dyn Recorder>>,
}

/// Something besides audio that the peer does.
#[derive(Clone, Debug)]
pub(crate) enum Action {
    Command(Command),
    Dtmf(char),
}

/// Begins a scenario; the title says what it shows.
pub fn scenario(title: impl Into<String>) -> Scenario {
    Scenario {
        title: title.into(),
        caller: Vec::new(),
        actions: Vec::new(),
        replies: Vec::new(),
        llm: None,
        realtime: None,
        build: Vec::new(),
        ear: Ear::default(),
        is_loaded: false,
        until: None,
        recorder: None,
    }
}

const FORMAT: AudioFormat = AudioFormat::WIDEBAND;

impl Scenario {
    /// The user says this, beginning at `at` seconds; every word takes a fifth of a second.
    pub fn user(self, at: f64, words: &str) -> Self {
        let audio = speech::encode(words, FORMAT, SessionTime::ZERO);
        self.sound(at, &audio)
    }

    /// The user makes a noise that is no word, beginning at `at` seconds.
    pub fn noise(self, at: f64, seconds: f64) -> Self {
        let samples = FORMAT.samples_in(Duration::from_secs_f64(seconds));
        // A square wave at 700 Hz: loud, and none of the codes.
        let wave = (0..samples).map(|n| if n * 1400 / 16_000 % 2 == 0 { 6000 } else { -6000 });
        self.sound(at, &AudioFrame::new(wave.collect::<Vec<i16>>(), FORMAT, SessionTime::ZERO))
    }

    /// The user's line carries this, beginning at `at` seconds, on top of what is there already.
    pub fn sound(mut self, at: f64, audio: &AudioFrame) -> Self {
        assert_eq!(audio.format(), FORMAT, "the line of a scenario is 16 kHz");
        let start = FORMAT.samples_in(Duration::from_secs_f64(at));
        let end = start + audio.samples().len();
        if self.caller.len() < end {
            self.caller.resize(end, 0);
        }
        for (sample, add) in self.caller[start..end].iter_mut().zip(audio.samples()) {
            *sample = sample.saturating_add(*add);
        }
        self
    }

    /// The user's side asks this of the session at `at` seconds.
    pub fn command(mut self, at: f64, command: Command) -> Self {
        self.actions.push((Duration::from_secs_f64(at), Action::Command(command)));
        self
    }

    /// The user presses a key at `at` seconds.
    pub fn dtmf(mut self, at: f64, digit: char) -> Self {
        self.actions.push((Duration::from_secs_f64(at), Action::Dtmf(digit)));
        self
    }

    /// The agent's next reply.
    pub fn agent(mut self, reply: impl Into<Reply>) -> Self {
        self.replies.push(reply.into());
        self
    }

    /// The agent thinks with this model in place of one that answers at once.
    pub fn llm(mut self, llm: ScriptedLlm) -> Self {
        self.llm = Some(llm);
        self
    }

    /// The agent listens, thinks and speaks with this model alone.
    pub fn realtime(mut self, model: ScriptedRealtime) -> Self {
        self.realtime = Some(model);
        self
    }

    /// Changes the agent before it is built.
    pub fn with(mut self, change: impl FnOnce(AgentBuilder) -> AgentBuilder + 'static) -> Self {
        self.build.push(Box::new(change));
        self
    }

    /// What the agent needs is loaded before the call, and not when it is first used.
    pub fn loaded(mut self) -> Self {
        self.is_loaded = true;
        self
    }

    /// The user listens in this way.
    pub fn ear(mut self, ear: Ear) -> Self {
        self.ear = ear;
        self
    }

    /// The session is taken down.
    pub fn recorder(mut self, recorder: impl Recorder) -> Self {
        self.recorder = Some(Box::new(recorder));
        self
    }

    /// The user hangs up at `at` seconds; by default six seconds after the last sound.
    pub fn until(mut self, at: f64) -> Self {
        self.until = Some(Duration::from_secs_f64(at));
        self
    }

    /// Plays the scenario.
    ///
    /// # Panics
    ///
    /// If the agent cannot be built or loaded.
    pub fn play(self) -> Played {
        let title = self.title.clone();
        self.try_play().unwrap_or_else(|error| panic!("{title}: {error}"))
    }

    /// Plays the scenario and compares its log.
    ///
    /// # Panics
    ///
    /// If the log differs.
    pub fn check(self, expected: Expect) {
        expected.assert_eq(&self.play().log());
    }

    fn try_play(self) -> Result<Played> {
        let replies = if self.replies.is_empty() { vec![Reply::text("Okay.")] } else { self.replies };
        let llm = self.llm.unwrap_or_else(|| ScriptedLlm::new(replies));
        let builder = Agent::builder(Registry::empty()).seed(1);
        let mut builder = match self.realtime {
            Some(model) => builder.realtime(model),
            None => builder.stt(ToneStt::new()).llm(llm.clone()).tts(ToneTts::new()),
        };
        for change in self.build {
            builder = change(builder);
        }
        let agent = builder.build()?;
        let last_action = self.actions.iter().map(|(at, _)| *at).max().unwrap_or_default();
        let last_sound = FORMAT.duration_of(self.caller.len());
        let until = self.until.unwrap_or(last_sound.max(last_action) + Duration::from_secs(6));
        let caller = AudioFrame::new(self.caller, FORMAT, SessionTime::ZERO);
        let (peer, heard) = peer::Peer::new(caller, self.actions, until, self.ear);
        let options = SessionOptions {
            id: Some(SessionId::new("scenario")),
            recorder: self.recorder,
            ..SessionOptions::default()
        };
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_time()
            .start_paused(true)
            .build()
            .expect("a runtime without I/O needs nothing that could be missing");
        let events = runtime.block_on(async {
            if self.is_loaded {
                agent.load().collect().await?;
            }
            let mut session = agent.start_with(peer, options);
            let mut events = Vec::new();
            while let Some(event) = session.next().await {
                events.push(event);
            }
            Ok::<_, Error>(events)
        })?;
        let heard = heard.lock().unwrap_or_else(|poisoned| poisoned.into_inner()).clone();
        Ok(Played { events, heard, requests: llm.requests() })
    }
}

impl std::fmt::Debug for Scenario {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Scenario").field("title", &self.title).finish_non_exhaustive()
    }
}

/// What came of a scenario.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Played {
    /// All events of the session.
    pub events: Vec<Event>,
    /// What the user heard, frame by frame, each with its place on the session timeline.
    pub heard: Vec<(u64, AudioFrame)>,
    /// What the model was asked, if it was the scenario's own.
    pub requests: Vec<LlmRequest>,
}

impl Played {
    /// What happened, one line each, without levels and partial transcripts.
    pub fn log(&self) -> String {
        log::lines(&self.events)
    }

    /// The words that the user heard, read back from the audio.
    pub fn words_heard(&self) -> String {
        speech::decode(self.heard.iter().map(|(_, frame)| frame))
    }

    /// When the user heard sound of the agent: runs of frames that follow one another.
    pub fn sound_heard(&self) -> Vec<(SessionTime, SessionTime)> {
        let mut runs: Vec<(SessionTime, SessionTime)> = Vec::new();
        for (_, frame) in &self.heard {
            match runs.last_mut() {
                Some((_, end)) if frame.at().since(*end) <= Duration::from_millis(1) => *end = frame.end(),
                _ => runs.push((frame.at(), frame.end())),
            }
        }
        runs
    }

    /// The first event that `pick` takes something from.
    ///
    /// # Panics
    ///
    /// If there is none.
    pub fn find<T>(&self, pick: impl FnMut(&Event) -> Option<T>) -> T {
        self.events.iter().find_map(pick).unwrap_or_else(|| panic!("no such event in:\n{}", self.log()))
    }
}

/// What the peer has heard, shared with the scenario.
pub(crate) type Heard = Arc<std::sync::Mutex<Vec<(u64, AudioFrame)>>>;
