//! What happens in a session, stamped with its time: a closed list.
//!
//! Events have no wire format here; `rooh-wire` gives them one.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use rooh_audio::SessionTime;
use rooh_floor::{Action, EndReason, FloorConfig, Input, Judgement};
use serde_json::Value;

use crate::Error;
use crate::llm::{ToolCall, Usage};
use crate::provider::Kind;
use crate::session::SessionId;

/// Something that happened in a session, and when.
#[derive(Clone, Debug)]
pub struct Event {
    /// When it happened.
    pub at: SessionTime,
    /// What happened.
    pub kind: EventKind,
}

/// What happened.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum EventKind {
    /// Audio of the user was lost because its reader fell behind.
    AudioLost {
        /// How much.
        duration: Duration,
    },
    /// A key was pressed.
    Dtmf(char),
    /// Something failed; the session goes on if it can.
    Failed {
        /// What failed.
        error: Error,
        /// The kind of provider that failed, if it was one.
        provider: Option<Kind>,
    },
    /// The user cut the agent off.
    Interrupted {
        /// The utterance that was cut off.
        generation: u64,
        /// What the user heard of it.
        heard: String,
        /// How much of its audio the user heard.
        position: Duration,
        /// What the user did not hear.
        unheard: String,
    },
    /// A filler, said while an answer is late, was heard to its end or was cut off.
    FillerFinished {
        /// The utterance that it was said ahead of.
        generation: u64,
    },
    /// The first sound of a filler is heard: a short word while an answer is late.
    ///
    /// It is no part of the answer: it is in no other event, and not in the history.
    FillerStarted {
        /// The utterance that it is said ahead of.
        generation: u64,
        /// What is said.
        text: String,
        /// Why it is said.
        reason: FillerReason,
        /// How long after the end of the turn it is heard.
        waited: Duration,
        /// How long after the end of the turn the answer was expected; nothing if it was not
        /// known, or should have come already.
        expected: Option<Duration>,
    },
    /// What the floor decides by, at the beginning; only where the session traces its floor.
    FloorConfigured(FloorConfig),
    /// What the floor decided on what it was told last; only where the session traces its floor.
    FloorDecided(Action),
    /// What the floor was told, at the very time; only where the session traces its floor.
    ///
    /// With [`FloorConfigured`](Self::FloorConfigured) it is all that its decisions come from: the
    /// same inputs at the same times give the same decisions, and under another configuration
    /// those that it would have come to.
    FloorTold(Input),
    /// How loud the user is, about ten times a second.
    Level {
        /// Decibels of full scale; -90 or above.
        db: f32,
        /// How likely it is that it is speech, from 0 to 1.
        speech: f32,
    },
    /// The listener missed events because it was slow.
    Missed {
        /// How many.
        count: u64,
    },
    /// What is known of a pause has changed, and with it how long the agent waits.
    PauseJudged {
        /// How long the pause has lasted.
        pause: Duration,
        /// How long it may last, and why.
        judgement: Judgement,
        /// Which rule judged the words; empty if none did.
        rule: &'static str,
    },
    /// The sound of a pause, or the meaning of its words, was judged.
    PauseScored {
        /// Who judged: `audio` or `semantic`.
        by: &'static str,
        /// How likely the turn is over, from 0 to 1.
        probability: f32,
        /// How long the answer took.
        took: Duration,
    },
    /// Several providers may listen, answer or speak, and this one does from here on.
    ProviderChosen {
        /// What it does.
        provider: Kind,
        /// Its name in the order of failover.
        name: Arc<str>,
        /// The first in the order, if another one answers.
        instead_of: Option<Arc<str>>,
    },
    /// A provider failed, and perhaps another one is asked now, or the same once more.
    ///
    /// Where somebody is next, nobody was left without an answer yet. Otherwise
    /// [`Failed`](Self::Failed) follows: the answer ends where it was, or nobody can give one.
    ProviderFailed {
        /// What it does.
        provider: Kind,
        /// Its name in the order of failover.
        name: Arc<str>,
        /// Why.
        error: Error,
        /// Who is asked now.
        next: Option<Arc<str>>,
    },
    /// An answer that was prepared before the end of the turn was certain was of no use.
    ReplyDiscarded {
        /// The utterance.
        generation: u64,
    },
    /// An utterance of the agent was played to its end.
    ReplyFinished {
        /// The utterance.
        generation: u64,
        /// What was said.
        text: String,
    },
    /// The end of the turn is likely: an answer is prepared, and nobody hears of it.
    ReplyPrepared {
        /// The utterance.
        generation: u64,
    },
    /// The first sound of an utterance of the agent is heard.
    ReplyStarted {
        /// The utterance.
        generation: u64,
    },
    /// The user went on: the answer is taken back, and what was said before it goes on.
    ReplyTakenBack {
        /// The utterance.
        generation: u64,
        /// How much of its audio the user heard.
        position: Duration,
    },
    /// The next piece of what the agent is going to say.
    ReplyText {
        /// The utterance.
        generation: u64,
        /// The clause, as it goes to the voice.
        text: String,
    },
    /// The session is over.
    SessionEnded {
        /// Why.
        reason: SessionEnd,
    },
    /// The session has begun: agent and audio are both live.
    SessionStarted {
        /// Its name.
        session: SessionId,
    },
    /// A speaker was recognized, maybe after the fact.
    Speaker {
        /// The name of the speaker, stable within the session.
        speaker: String,
        /// From when.
        start: SessionTime,
        /// Until when.
        end: SessionTime,
    },
    /// The user was heard to begin.
    SpeechStarted,
    /// The user was heard to stop.
    SpeechStopped,
    /// The session is in another state.
    StateChanged(SessionState),
    /// The model calls a tool.
    ToolCalled(ToolCall),
    /// A tool returned.
    ToolReturned {
        /// The call.
        id: String,
        /// The name of the tool.
        name: String,
        /// What it returned, or what went wrong.
        output: Value,
        /// Whether it failed.
        failed: bool,
    },
    /// How the gap between the user's last sound and the agent's first came about.
    TurnTimed(TurnTiming),
    /// What a model counted.
    Used(Usage),
    /// Words that will not change any more; a turn may have several.
    UserFinal(String),
    /// Words that may still change: all of the turn so far.
    UserPartial(String),
    /// The user's turn is over.
    UserTurn {
        /// All that was said.
        text: String,
        /// Why it was taken for finished.
        reason: EndReason,
        /// How long the user had been silent by then.
        silence: Duration,
    },
    /// The turn was given back to the user: the words are kept, and the session listens on.
    UserTurnHeld {
        /// What was said so far.
        text: String,
    },
    /// The turn was taken for finished, and goes on: its words were not all there yet, so that no
    /// [`UserTurn`](Self::UserTurn) had told of it.
    UserTurnTakenBack {
        /// Why it was taken for finished.
        reason: EndReason,
        /// How long the user had been silent by then.
        silence: Duration,
    },
}

impl EventKind {
    /// The name of the kind, in snake case, as logs and the wire use it.
    pub const fn name(&self) -> &'static str {
        match self {
            Self::AudioLost { .. } => "audio_lost",
            Self::Dtmf(_) => "dtmf",
            Self::Failed { .. } => "error",
            Self::FillerFinished { .. } => "filler_finished",
            Self::FillerStarted { .. } => "filler_started",
            Self::FloorConfigured(_) => "floor_configured",
            Self::FloorDecided(_) => "floor_decided",
            Self::FloorTold(_) => "floor_told",
            Self::Interrupted { .. } => "interrupted",
            Self::Level { .. } => "level",
            Self::Missed { .. } => "missed",
            Self::PauseJudged { .. } => "pause_judged",
            Self::PauseScored { .. } => "pause_scored",
            Self::ProviderChosen { .. } => "provider_chosen",
            Self::ProviderFailed { .. } => "provider_failed",
            Self::ReplyDiscarded { .. } => "reply_discarded",
            Self::ReplyPrepared { .. } => "reply_prepared",
            Self::ReplyTakenBack { .. } => "reply_taken_back",
            Self::ReplyFinished { .. } => "reply_finished",
            Self::ReplyStarted { .. } => "reply_started",
            Self::ReplyText { .. } => "reply_text",
            Self::SessionEnded { .. } => "session_ended",
            Self::SessionStarted { .. } => "session_started",
            Self::Speaker { .. } => "speaker",
            Self::SpeechStarted => "speech_started",
            Self::SpeechStopped => "speech_stopped",
            Self::StateChanged(_) => "state",
            Self::ToolCalled(_) => "tool_called",
            Self::ToolReturned { .. } => "tool_returned",
            Self::TurnTimed(_) => "turn_timing",
            Self::Used(_) => "usage",
            Self::UserFinal(_) => "user_final",
            Self::UserPartial(_) => "user_partial",
            Self::UserTurn { .. } => "user_turn",
            Self::UserTurnHeld { .. } => "user_turn_held",
            Self::UserTurnTakenBack { .. } => "user_turn_taken_back",
        }
    }
}

impl fmt::Display for Event {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {:?}", self.at, self.kind)
    }
}

/// Why a filler is said before an answer.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
#[non_exhaustive]
pub enum FillerReason {
    /// The answer is later than it should be.
    Late,
    /// Answers have taken so long that this one will be late.
    Predicted,
    /// A tool runs that takes long, or of which it is not known how long it takes.
    Tool,
}

impl FillerReason {
    /// The reason as one lower-case word, as logs and the wire use it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Late => "late",
            Self::Predicted => "predicted",
            Self::Tool => "tool",
        }
    }
}

/// What a session is doing, as anyone may see it.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
#[non_exhaustive]
pub enum SessionState {
    /// Over.
    Closed,
    /// Not begun: the transport connects.
    Idle,
    /// Cutting the agent off.
    Interrupting,
    /// Waiting for the user, or hearing the user.
    Listening,
    /// The user has finished; the answer is being prepared.
    Processing,
    /// The user hears the agent.
    Speaking,
}

impl SessionState {
    /// The state as one lower-case word.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Closed => "closed",
            Self::Idle => "idle",
            Self::Interrupting => "interrupting",
            Self::Listening => "listening",
            Self::Processing => "processing",
            Self::Speaking => "speaking",
        }
    }
}

/// Why a session is over.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
#[non_exhaustive]
pub enum SessionEnd {
    /// The agent said goodbye.
    AgentEnded,
    /// The application dropped the session or ended it.
    Dropped,
    /// Something failed without which no conversation is possible.
    Failed,
    /// The user said nothing for too long.
    NoInput,
    /// The session reached its longest duration.
    TooLong,
    /// The user hung up, or the connection broke.
    UserLeft,
}

impl SessionEnd {
    /// The reason in snake case, as logs and the wire use it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::AgentEnded => "agent_ended",
            Self::Dropped => "dropped",
            Self::Failed => "failed",
            Self::NoInput => "no_input",
            Self::TooLong => "too_long",
            Self::UserLeft => "user_left",
        }
    }
}

/// How the gap between the user's last sound and the agent's first came about.
///
/// The parts follow one another and add up to [`gap`](Self::gap).
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
#[non_exhaustive]
pub struct TurnTiming {
    /// The utterance that answered.
    pub generation: u64,
    /// From the user's last sound until the turn was taken for finished.
    pub endpointing: Duration,
    /// From there until the words of the turn were there.
    pub stt: Duration,
    /// From there until the hooks had answered and the model was asked.
    pub hooks: Duration,
    /// From there until the first text of the model.
    pub llm: Duration,
    /// From there until the first clause went to the voice.
    pub clause: Duration,
    /// From there until the first audio of the voice.
    pub tts: Duration,
    /// From there until that audio was heard: the line, and the rest of a filler that was being
    /// said.
    pub playout: Duration,
}

impl TurnTiming {
    /// The parts by name, in their order.
    pub fn parts(&self) -> [(&'static str, Duration); 7] {
        [
            ("endpointing", self.endpointing),
            ("stt", self.stt),
            ("hooks", self.hooks),
            ("llm", self.llm),
            ("clause", self.clause),
            ("tts", self.tts),
            ("playout", self.playout),
        ]
    }

    /// The whole gap, as the user heard it.
    pub fn gap(&self) -> Duration {
        self.parts().iter().map(|(_, part)| *part).sum()
    }
}
