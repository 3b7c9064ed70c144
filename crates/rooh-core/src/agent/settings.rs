//! How an agent behaves, and which values are allowed.

use std::sync::Arc;
use std::time::Duration;

use rooh_floor::{BargeIn, Endpointing, Patience};

use crate::options::Options;
use crate::{Error, ErrorKind};

/// How an agent behaves; every default and its reason stands in `docs/defaults.md`.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Settings {
    /// What is said when no answer could be made; nothing if it is empty.
    pub apology: String,
    /// What happens when the user speaks while the agent speaks.
    pub barge_in: BargeIn,
    /// What happens when the user speaks while the agent prepares its answer.
    pub barge_in_thinking: BargeIn,
    /// Whether an answer is prepared when the end of a turn is likely, and not certain.
    ///
    /// It costs calls of the model that come to nothing: at most about a third of them, of which
    /// the session keeps count. Sessions with hooks, which may act on a turn, never do it.
    pub eager: bool,
    /// Which signals shorten and lengthen the wait in a pause.
    pub endpointing: Endpointing,
    /// What the agent says first, before the user has said anything.
    pub greeting: Greeting,
    /// How long a hook may take before it counts as failed.
    pub hook_timeout: Duration,
    /// How long the user has to speak over the agent to cut it off.
    pub interruption_min_speech: Duration,
    /// Whether the pauses of this speaker lengthen and shorten the wait in later ones.
    pub learns_pauses: bool,
    /// The language as a BCP 47 tag.
    pub language: Option<String>,
    /// What is said while an answer is late.
    pub late_filler: LateFiller,
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
    /// How long the agent waits in a pause.
    pub patience: Patience,
    /// Words and names that are likely to come up.
    pub phrases: Vec<String>,
    /// Who the agent is and how it should speak.
    pub system_prompt: Arc<str>,
    /// How long the user may go on into an answer that has just begun, so that it is taken back.
    pub take_back: Duration,
    /// How often, at most, the turn detector judges the sound of one pause, from 0 to 3.
    pub turn_checks: u8,
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
            barge_in: BargeIn::Adaptive,
            barge_in_thinking: BargeIn::HardCut,
            eager: false,
            endpointing: Endpointing::Auto,
            greeting: Greeting::None,
            hook_timeout: Duration::from_secs(10),
            interruption_min_speech: Duration::from_millis(300),
            language: None,
            late_filler: LateFiller::default(),
            learns_pauses: true,
            longest_reply: 20_000,
            longest_session: Duration::from_secs(2 * 60 * 60),
            longest_turn: Duration::from_secs(120),
            llm_streaming: true,
            no_input_prompts: Vec::new(),
            no_input_timeout: Duration::from_secs(60),
            playout_lead: Duration::from_millis(200),
            patience: Patience::NORMAL,
            phrases: Vec::new(),
            system_prompt: "".into(),
            take_back: Duration::from_millis(500),
            turn_checks: 3,
            patience_with_providers: Duration::from_secs(30),
            vad_threshold: 0.7,
            voice_options: Options::new(),
        }
    }
}

/// What is said while an answer is late: short, and no part of the answer.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct LateFiller {
    /// What is said, in turns; nothing if it is empty.
    pub phrases: Vec<String>,
    /// How long after the end of a turn the first sound of the answer should be heard, from
    /// 200 ms to 30 s.
    pub target: Duration,
    /// How many are said before an answer has come without one; at least one.
    pub most_in_a_row: u32,
    /// How long after one the next may be said.
    pub gap: Duration,
}

impl Default for LateFiller {
    /// Nothing; as soon as there are phrases, 1.5 s, three in a row, and four seconds between two.
    fn default() -> Self {
        Self {
            phrases: Vec::new(),
            target: Duration::from_millis(1500),
            most_in_a_row: 3,
            gap: Duration::from_secs(4),
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
        let Patience { base, min, max, .. } = self.patience;
        let given = |wait: Duration| format!("{} ms", wait.as_millis());
        if !(Duration::from_millis(100)..=Duration::from_secs(30)).contains(&base) {
            wrong("silence_duration", "must lie between 100 ms and 30 s", given(base));
        } else if !(Duration::from_millis(100)..=Duration::from_secs(60)).contains(&max) {
            wrong("max_wait", "must lie between 100 ms and 60 s", given(max));
        } else if min > max {
            let waits = format!("{} ms and {} ms", min.as_millis(), max.as_millis());
            wrong("min_wait", "must not be longer than `max_wait`", waits);
        }
        if self.turn_checks > 3 {
            wrong("turn_checks", "must lie between 0 and 3", self.turn_checks.to_string());
        }
        if self.take_back > Duration::from_secs(2) {
            wrong("take_back", "must be at most 2 s", format!("{} ms", self.take_back.as_millis()));
        }
        if self.playout_lead < Duration::from_millis(40) || self.playout_lead > Duration::from_millis(200) {
            wrong(
                "playout_lead",
                "must lie between 40 ms and 200 ms",
                format!("{} ms", self.playout_lead.as_millis()),
            );
        }
        let LateFiller { phrases, target, most_in_a_row, .. } = &self.late_filler;
        if !(Duration::from_millis(200)..=Duration::from_secs(30)).contains(target) {
            wrong("late_filler.target", "must lie between 200 ms and 30 s", given(*target));
        }
        if *most_in_a_row == 0 {
            wrong("late_filler.most_in_a_row", "must be at least one", most_in_a_row.to_string());
        }
        if let Some(place) = phrases.iter().position(|phrase| phrase.trim().is_empty()) {
            wrong("late_filler.phrases", "must not be empty", format!("phrase {}", place + 1));
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
