//! How an agent behaves, and which values are allowed.

use std::sync::Arc;
use std::time::Duration;

use crate::options::Options;
use crate::{Error, ErrorKind};

/// How an agent behaves; every default and its reason stands in `docs/defaults.md`.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Settings {
    /// What is said when no answer could be made; nothing if it is empty.
    pub apology: String,
    /// Whether the user may cut the agent off.
    pub barge_in: bool,
    /// What the agent says first, before the user has said anything.
    pub greeting: Greeting,
    /// How long a hook may take before it counts as failed.
    pub hook_timeout: Duration,
    /// How long the user has to speak over the agent to cut it off.
    pub interruption_min_speech: Duration,
    /// The language as a BCP 47 tag.
    pub language: Option<String>,
    /// The longest reply of the model, in characters; more is cut off.
    pub longest_reply: usize,
    /// The longest session.
    pub longest_session: Duration,
    /// The longest turn of the user; then it is taken for finished.
    pub longest_turn: Duration,
    /// Whether the reply is spoken while the model still writes it.
    pub llm_streaming: bool,
    /// What is said when the user says nothing, one after the other; then the session ends.
    pub no_input_prompts: Vec<String>,
    /// How long the user may say nothing before each prompt and before the end.
    pub no_input_timeout: Duration,
    /// How far ahead of the ear audio is sent, at most.
    pub playout_lead: Duration,
    /// How long a pause has to be before a turn that may be unfinished is over.
    pub silence_duration: Duration,
    /// Words and names that are likely to come up.
    pub phrases: Vec<String>,
    /// Who the agent is and how it should speak.
    pub system_prompt: Arc<str>,
    /// How long a turn may wait for its transcript, its reply or its voice.
    pub patience_with_providers: Duration,
    /// How sure the detector has to be that somebody speaks, from 0 to 1.
    pub vad_threshold: f32,
    /// Options of the voice that hold for every reply.
    pub voice_options: Options,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            apology: "Sorry, something went wrong. Could you say that again?".into(),
            barge_in: true,
            greeting: Greeting::None,
            hook_timeout: Duration::from_secs(10),
            interruption_min_speech: Duration::from_millis(300),
            language: None,
            longest_reply: 20_000,
            longest_session: Duration::from_secs(2 * 60 * 60),
            longest_turn: Duration::from_secs(120),
            llm_streaming: true,
            no_input_prompts: Vec::new(),
            no_input_timeout: Duration::from_secs(60),
            playout_lead: Duration::from_millis(200),
            silence_duration: Duration::from_millis(1000),
            phrases: Vec::new(),
            system_prompt: "".into(),
            patience_with_providers: Duration::from_secs(30),
            vad_threshold: 0.7,
            voice_options: Options::new(),
        }
    }
}

/// What an agent says first.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
#[non_exhaustive]
pub enum Greeting {
    /// What the language model answers to an empty conversation.
    Generated,
    /// Nothing: the user speaks first.
    #[default]
    None,
    /// This.
    Say(String),
}

impl Settings {
    /// Adds what is wrong to `problems`.
    pub(super) fn check(&self, problems: &mut Vec<Error>) {
        let mut wrong = |path: &str, message: &str, given: String| {
            problems.push(Error::new(ErrorKind::Config, message).at_path(path).with("given", given));
        };
        if !(0.0..=1.0).contains(&self.vad_threshold) {
            wrong("vad_threshold", "must lie between 0 and 1", self.vad_threshold.to_string());
        }
        let silence = self.silence_duration;
        if !(Duration::from_millis(100)..=Duration::from_secs(30)).contains(&silence) {
            wrong(
                "silence_duration",
                "must lie between 100 ms and 30 s",
                format!("{} ms", silence.as_millis()),
            );
        }
        if self.playout_lead < Duration::from_millis(40) || self.playout_lead > Duration::from_millis(200) {
            wrong(
                "playout_lead",
                "must lie between 40 ms and 200 ms",
                format!("{} ms", self.playout_lead.as_millis()),
            );
        }
        if self.no_input_timeout < Duration::from_secs(1) {
            wrong(
                "no_input_timeout",
                "must be at least a second",
                format!("{} ms", self.no_input_timeout.as_millis()),
            );
        }
    }
}
