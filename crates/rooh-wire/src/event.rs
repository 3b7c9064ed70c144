//! The JSON form of what happens in a session.

use std::borrow::Cow;
use std::time::Duration;

use rooh_core::event::{Event, EventKind, TurnTiming};
use rooh_floor::{Action, EndReason, FloorConfig, Input, Judgement};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::floor;

/// Something that happened, as one flat JSON object: `at_ms`, `type`, and the fields of the type.
///
/// `rooh talk --events` writes one a line.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
pub struct EventJson<'a> {
    /// Milliseconds after the session began.
    pub at_ms: f64,
    /// What happened.
    #[serde(flatten)]
    pub body: EventBody<'a>,
}

/// What happened.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[serde(tag = "type", rename_all = "snake_case")]
#[non_exhaustive]
pub enum EventBody<'a> {
    /// Audio of the user was lost.
    AudioLost {
        /// How much, in milliseconds.
        ms: f64,
    },
    /// A key was pressed.
    Dtmf {
        /// The key.
        digit: char,
    },
    /// Something failed.
    Error {
        /// What the caller can do about it.
        kind: Cow<'a, str>,
        /// What failed.
        message: Cow<'a, str>,
        /// The kind of provider that failed, if it was one.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        provider: Option<Cow<'a, str>>,
    },
    /// A filler was heard to its end, or was cut off.
    FillerFinished {
        /// The utterance that it was said ahead of.
        generation: u64,
    },
    /// The first sound of a filler is heard: a short word while an answer is late.
    FillerStarted {
        /// The utterance that it is said ahead of.
        generation: u64,
        /// What is said.
        text: Cow<'a, str>,
        /// `late`, `predicted` or `tool`.
        reason: Cow<'a, str>,
        /// How long after the end of the turn it is heard, in milliseconds.
        waited_ms: f64,
        /// How long after the end of the turn the answer was expected.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        expected_ms: Option<f64>,
    },
    /// What the floor decides by: only where the session traces its floor, as the two below.
    FloorConfigured {
        /// The moment, in nanoseconds after the session began.
        at_ns: u64,
        /// How the floor is given and taken; a duration is a count of nanoseconds.
        #[serde(flatten, with = "floor::configuration")]
        config: FloorConfig,
    },
    /// What the floor decided on what it was told last.
    FloorDecided {
        /// The moment, in nanoseconds after the session began.
        at_ns: u64,
        /// What is to be done, by its name in `action`.
        #[serde(flatten, with = "floor::action")]
        action: Action,
    },
    /// What the floor was told.
    FloorTold {
        /// The moment, in nanoseconds after the session began.
        at_ns: u64,
        /// What happened, by its name in `input`.
        #[serde(flatten, with = "floor::input")]
        input: Input,
    },
    /// The user cut the agent off.
    Interrupted {
        /// The utterance.
        generation: u64,
        /// What was heard of it.
        heard: Cow<'a, str>,
        /// What was not.
        unheard: Cow<'a, str>,
        /// How much of its audio was heard, in milliseconds.
        position_ms: f64,
    },
    /// How loud the user is.
    Level {
        /// Decibels of full scale.
        db: f64,
        /// How likely it is that it is speech, from 0 to 1.
        speech: f64,
    },
    /// The listener missed events because it was slow.
    Missed {
        /// How many.
        count: u64,
    },
    /// What is known of a pause has changed, and with it how long the agent waits.
    PauseJudged {
        /// How long the pause has lasted, in milliseconds.
        pause_ms: f64,
        /// How long it may last for what is known.
        wait_ms: f64,
        /// How long it may last if nothing were known.
        base_ms: f64,
        /// What the turn ends with: `unknown`, `hesitating`, `open`, `partial`, `neutral`,
        /// `closed` or `answer`.
        words: Cow<'a, str>,
        /// The rule that says so; empty if none does.
        rule: Cow<'a, str>,
        /// How likely its sound makes the end, from 0 to 1.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        audio: Option<f64>,
        /// How likely its meaning makes the end, from 0 to 1.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        semantic: Option<f64>,
        /// What each signal multiplies the wait by.
        factors: Factors,
    },
    /// The sound of a pause, or the meaning of its words, was judged.
    PauseScored {
        /// `audio` or `semantic`.
        by: Cow<'a, str>,
        /// How likely the turn is over, from 0 to 1.
        probability: f64,
        /// How long the answer took, in milliseconds.
        took_ms: f64,
    },
    /// Several providers may answer, and this one does.
    ProviderChosen {
        /// What it does: `llm`.
        provider: Cow<'a, str>,
        /// Its name in the order of failover.
        name: Cow<'a, str>,
        /// The first in the order, if another one answers.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        instead_of: Option<Cow<'a, str>>,
    },
    /// Several providers may answer, and this one failed.
    ProviderFailed {
        /// What it does: `llm`.
        provider: Cow<'a, str>,
        /// Its name in the order of failover.
        name: Cow<'a, str>,
        /// What the caller can do about it.
        kind: Cow<'a, str>,
        /// What failed.
        message: Cow<'a, str>,
        /// Who is asked in its place.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        next: Option<Cow<'a, str>>,
    },
    /// An answer that was prepared before the end of the turn was certain was of no use.
    ReplyDiscarded {
        /// The utterance.
        generation: u64,
    },
    /// An utterance was played to its end.
    ReplyFinished {
        /// The utterance.
        generation: u64,
        /// What was said.
        text: Cow<'a, str>,
    },
    /// The end of the turn is likely: an answer is prepared.
    ReplyPrepared {
        /// The utterance.
        generation: u64,
    },
    /// The first sound of an utterance is heard.
    ReplyStarted {
        /// The utterance.
        generation: u64,
    },
    /// The user went on: the answer is taken back.
    ReplyTakenBack {
        /// The utterance.
        generation: u64,
        /// How much of its audio was heard, in milliseconds.
        position_ms: f64,
    },
    /// The next piece of what the agent is going to say.
    ReplyText {
        /// The utterance.
        generation: u64,
        /// The clause.
        text: Cow<'a, str>,
    },
    /// The session is over.
    SessionEnded {
        /// Why.
        reason: Cow<'a, str>,
    },
    /// The session has begun.
    SessionStarted {
        /// Its name.
        session: Cow<'a, str>,
    },
    /// A speaker was recognized.
    Speaker {
        /// The name of the speaker.
        speaker: Cow<'a, str>,
        /// From when, in milliseconds after the session began.
        start_ms: f64,
        /// Until when.
        end_ms: f64,
    },
    /// The user was heard to begin.
    SpeechStarted,
    /// The user was heard to stop.
    SpeechStopped,
    /// The session is in another state.
    State {
        /// Which.
        state: Cow<'a, str>,
    },
    /// The model calls a tool.
    ToolCalled {
        /// The call.
        id: Cow<'a, str>,
        /// The name of the tool.
        name: Cow<'a, str>,
        /// What it is given.
        arguments: Cow<'a, Value>,
    },
    /// A tool returned.
    ToolReturned {
        /// The call.
        id: Cow<'a, str>,
        /// The name of the tool.
        name: Cow<'a, str>,
        /// What it returned, or what went wrong.
        output: Cow<'a, Value>,
        /// Whether it failed.
        failed: bool,
    },
    /// How the gap between the user's last sound and the agent's first came about.
    TurnTiming {
        /// The utterance that answered.
        generation: u64,
        /// The whole gap, in milliseconds.
        gap_ms: f64,
        /// What it is made of, in order.
        parts: Vec<TimingPart<'a>>,
    },
    /// What a model counted, in tokens.
    Usage {
        /// Of the request.
        input: u64,
        /// Of the reply.
        output: u64,
        /// Of the request, from the vendor's cache.
        cached: u64,
    },
    /// Words that will not change any more.
    UserFinal {
        /// The words.
        text: Cow<'a, str>,
    },
    /// Words that may still change: all of the turn so far.
    UserPartial {
        /// The words.
        text: Cow<'a, str>,
    },
    /// The user's turn is over.
    UserTurn {
        /// All that was said.
        text: Cow<'a, str>,
        /// Why it was taken for finished.
        reason: Cow<'a, str>,
        /// How long the user had been silent by then.
        silence_ms: f64,
    },
    /// The turn was given back to the user.
    UserTurnHeld {
        /// What was said so far.
        text: Cow<'a, str>,
    },
    /// The turn was taken for finished, and goes on: no `user_turn` had told of it yet.
    UserTurnTakenBack {
        /// Why it was taken for finished.
        reason: Cow<'a, str>,
        /// How long the user had been silent by then.
        silence_ms: f64,
    },
}

/// What each signal multiplies the wait in a pause by: below one it shortens it.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Serialize)]
pub struct Factors {
    /// How the words sounded.
    pub audio: f64,
    /// A recognizer that judges turns itself.
    pub recognizer: f64,
    /// A language model that was asked.
    pub semantic: f64,
    /// How long this speaker's own pauses are.
    pub speaker: f64,
    /// Whether the words are complete.
    pub words: f64,
}

/// A part of the gap before a reply.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
pub struct TimingPart<'a> {
    /// `endpointing`, `stt`, `hooks`, `llm`, `clause`, `tts` or `playout`.
    pub name: Cow<'a, str>,
    /// How long it took, in milliseconds.
    pub ms: f64,
}

impl EventJson<'_> {
    /// The event as one line of JSON, without the end of the line.
    pub fn to_json(&self) -> String {
        serde_json::to_string(self).expect("these types have string keys and finite numbers only")
    }
}

/// An event of a later core that this version has no form for becomes `missed` with a count of one.
impl<'a> From<&'a Event> for EventJson<'a> {
    fn from(event: &'a Event) -> Self {
        let at = event.at.since_start();
        Self { at_ms: millis(at), body: body(at, &event.kind) }
    }
}

fn body(at: Duration, kind: &EventKind) -> EventBody<'_> {
    use EventBody as Json;

    let at_ns = floor::nanos::of(at);
    match kind {
        EventKind::AudioLost { duration } => Json::AudioLost { ms: millis(*duration) },
        EventKind::Dtmf(digit) => Json::Dtmf { digit: *digit },
        EventKind::Failed { error, provider } => Json::Error {
            kind: error.kind().as_str().into(),
            // Causes and context may quote a vendor or a path of this machine; they go to the log.
            message: error.message().into(),
            provider: provider.map(|kind| kind.as_str().into()),
        },
        EventKind::FillerFinished { generation } => Json::FillerFinished { generation: *generation },
        EventKind::FillerStarted { generation, text, reason, waited, expected } => Json::FillerStarted {
            generation: *generation,
            text: text.into(),
            reason: reason.as_str().into(),
            waited_ms: millis(*waited),
            expected_ms: expected.map(millis),
        },
        EventKind::FloorConfigured(config) => Json::FloorConfigured { at_ns, config: *config },
        EventKind::FloorDecided(action) if floor::action::is_known(*action) => {
            Json::FloorDecided { at_ns, action: *action }
        }
        EventKind::FloorTold(input) => Json::FloorTold { at_ns, input: *input },
        EventKind::Interrupted { generation, heard, position, unheard } => Json::Interrupted {
            generation: *generation,
            heard: heard.into(),
            unheard: unheard.into(),
            position_ms: millis(*position),
        },
        EventKind::Level { db, speech } => {
            Json::Level { db: short(*db, 10.0, -90.0), speech: short(*speech, 100.0, 0.0) }
        }
        EventKind::Missed { count } => Json::Missed { count: *count },
        EventKind::PauseJudged { pause, judgement, rule } => pause_judged(*pause, judgement, rule),
        EventKind::PauseScored { by, probability, took } => Json::PauseScored {
            by: (*by).into(),
            probability: short(*probability, 1000.0, 0.0),
            took_ms: millis(*took),
        },
        EventKind::ProviderChosen { provider, name, instead_of } => Json::ProviderChosen {
            provider: provider.as_str().into(),
            name: (&**name).into(),
            instead_of: instead_of.as_deref().map(Cow::from),
        },
        EventKind::ProviderFailed { provider, name, error, next } => Json::ProviderFailed {
            provider: provider.as_str().into(),
            name: (&**name).into(),
            kind: error.kind().as_str().into(),
            message: error.message().into(),
            next: next.as_deref().map(Cow::from),
        },
        EventKind::ReplyDiscarded { generation } => Json::ReplyDiscarded { generation: *generation },
        EventKind::ReplyPrepared { generation } => Json::ReplyPrepared { generation: *generation },
        EventKind::ReplyTakenBack { generation, position } => {
            Json::ReplyTakenBack { generation: *generation, position_ms: millis(*position) }
        }
        EventKind::ReplyFinished { generation, text } => {
            Json::ReplyFinished { generation: *generation, text: text.into() }
        }
        EventKind::ReplyStarted { generation } => Json::ReplyStarted { generation: *generation },
        EventKind::ReplyText { generation, text } => {
            Json::ReplyText { generation: *generation, text: text.into() }
        }
        EventKind::SessionEnded { reason } => Json::SessionEnded { reason: reason.as_str().into() },
        EventKind::SessionStarted { session } => Json::SessionStarted { session: session.as_str().into() },
        EventKind::Speaker { speaker, start, end } => Json::Speaker {
            speaker: speaker.into(),
            start_ms: millis(start.since_start()),
            end_ms: millis(end.since_start()),
        },
        EventKind::SpeechStarted => Json::SpeechStarted,
        EventKind::SpeechStopped => Json::SpeechStopped,
        EventKind::StateChanged(state) => Json::State { state: state.as_str().into() },
        EventKind::ToolCalled(call) => Json::ToolCalled {
            id: call.id.as_str().into(),
            name: call.name.as_str().into(),
            arguments: Cow::Borrowed(&call.arguments),
        },
        EventKind::ToolReturned { id, name, output, failed } => Json::ToolReturned {
            id: id.into(),
            name: name.into(),
            output: Cow::Borrowed(output),
            failed: *failed,
        },
        EventKind::TurnTimed(timing) => turn_timing(timing),
        EventKind::Used(usage) => {
            Json::Usage { input: usage.input, output: usage.output, cached: usage.cached }
        }
        EventKind::UserFinal(text) => Json::UserFinal { text: text.into() },
        EventKind::UserPartial(text) => Json::UserPartial { text: text.into() },
        EventKind::UserTurn { text, reason, silence } => Json::UserTurn {
            text: text.into(),
            reason: end_reason(*reason).into(),
            silence_ms: millis(*silence),
        },
        EventKind::UserTurnHeld { text } => Json::UserTurnHeld { text: text.into() },
        EventKind::UserTurnTakenBack { reason, silence } => {
            Json::UserTurnTakenBack { reason: end_reason(*reason).into(), silence_ms: millis(*silence) }
        }
        _ => Json::Missed { count: 1 },
    }
}

fn pause_judged<'a>(pause: Duration, judgement: &Judgement, rule: &'a str) -> EventBody<'a> {
    let factor = |factor: f32| short(factor, 1000.0, 1.0);
    let probability = |probability: Option<f32>| probability.map(|number| short(number, 1000.0, 0.0));
    EventBody::PauseJudged {
        pause_ms: millis(pause),
        wait_ms: millis(judgement.wait),
        base_ms: millis(judgement.base),
        words: judgement.evidence.words.as_str().into(),
        rule: rule.into(),
        audio: probability(judgement.evidence.audio),
        semantic: probability(judgement.evidence.semantic),
        factors: Factors {
            audio: factor(judgement.audio),
            recognizer: factor(judgement.recognizer),
            semantic: factor(judgement.semantic),
            speaker: factor(judgement.speaker),
            words: factor(judgement.words),
        },
    }
}

/// The gap is the sum of the parts as they are written, so that a reader who adds them up agrees.
fn turn_timing(timing: &TurnTiming) -> EventBody<'static> {
    let parts = timing.parts();
    let gap: u128 = parts.iter().map(|(_, part)| part.as_micros()).sum();
    EventBody::TurnTiming {
        generation: timing.generation,
        gap_ms: gap as f64 / 1_000.0,
        parts: parts
            .iter()
            .map(|(name, part)| TimingPart { name: (*name).into(), ms: millis(*part) })
            .collect(),
    }
}

fn end_reason(reason: EndReason) -> &'static str {
    match reason {
        EndReason::Complete => "complete",
        EndReason::Manual => "manual",
        EndReason::NoWords => "no_words",
        EndReason::Recognizer => "recognizer",
        EndReason::Silence => "silence",
        EndReason::TooLong => "too_long",
        _ => "other",
    }
}

/// Milliseconds with at most three digits after the point.
fn millis(duration: Duration) -> f64 {
    duration.as_micros() as f64 / 1_000.0
}

/// A number with as many digits as anyone looks at; `otherwise` if JSON could not write it.
fn short(number: f32, scale: f64, otherwise: f64) -> f64 {
    let short = (f64::from(number) * scale).round() / scale;
    if short.is_finite() { short } else { otherwise }
}
