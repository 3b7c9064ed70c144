//! Speech-to-speech models: audio in, audio out, in both shapes that vendors offer.

use std::fmt;
use std::time::Duration;

use rooh_audio::{AudioFormat, AudioFrame};
use serde_json::Value;

use crate::llm::{Message, ToolCall, Usage};
use crate::options::Options;
use crate::provider::Progress;
use crate::session::SessionId;
use crate::stream::{Events, Inlet};
use crate::tool::ToolSpec;
use crate::trace::Trace;

/// Ears, mind and voice in one model.
///
/// # Contract
///
/// - Nothing is connected before the stream is first polled.
/// - Frames arrive in [`RealtimeCapabilities::input`] and are yielded in
///   [`RealtimeCapabilities::output`].
/// - Audio and text of a reply carry the number of that reply; numbers only rise.
/// - Where the floor judges turns, nothing is answered that was not asked: each
///   [`RealtimeInput::EndTurn`] and each [`RealtimeInput::Text`] begins one reply, in that order,
///   and so does the last [`RealtimeInput::ToolResult`] that the calls of a reply were waiting for.
/// - Where the model judges turns, each begins with [`RealtimeEvent::UserStarted`].
/// - [`RealtimeInput::StartTurn`] cuts no reply off; [`RealtimeInput::Interrupt`] does.
/// - After [`RealtimeInput::Interrupt`] nothing of that reply is yielded any more, if
///   [`TurnBased::can_cancel`] says so.
/// - A tool call is yielded once and whole. What the model says to the results is another reply.
/// - Calls of a reply that was interrupted get no results any more.
/// - A [`RealtimeEvent::UserPartial`] replaces the one before it and covers what comes after the
///   last [`RealtimeEvent::UserFinal`].
/// - An inlet that ends, ends the stream. An error is the last event.
///
/// # Cancellation
///
/// Dropping the stream hangs up.
pub trait RealtimeProvider: fmt::Debug + Send + Sync + 'static {
    /// What this model needs and what it can do.
    fn capabilities(&self) -> RealtimeCapabilities;

    /// Converses until the inlet ends.
    fn converse(&self, request: RealtimeRequest, input: Inlet<RealtimeInput>) -> Events<RealtimeEvent>;

    /// Connects in advance.
    fn load(&self) -> Events<Progress> {
        Events::empty()
    }

    /// Gives back what [`load`](Self::load) brought.
    fn unload(&self) {}
}

/// What a speech-to-speech model needs and can do.
#[derive(Clone, Copy, Debug)]
pub struct RealtimeCapabilities {
    /// The format of the frames that it takes.
    pub input: AudioFormat,
    /// The format of the frames that it yields.
    pub output: AudioFormat,
    /// Whether a session can go on over a new connection.
    pub resumable: bool,
    /// Who decides who speaks.
    pub shape: RealtimeShape,
    /// When it says what it has understood.
    pub words: UserWords,
}

/// When a speech-to-speech model says which words of the user it has understood.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
#[non_exhaustive]
pub enum UserWords {
    /// Once a turn is over, and maybe not before the reply has begun.
    AfterTurn,
    /// While the user still speaks.
    AsSpoken,
    /// Never.
    #[default]
    Never,
}

/// Who decides who speaks.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum RealtimeShape {
    /// The model listens and speaks at the same time, in real time, and nobody can cut it off.
    Duplex,
    /// There are replies, which begin, end and may be cut off.
    TurnBased(TurnBased),
}

/// What can be asked of a model whose conversation has turns.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct TurnBased {
    /// A reply can be cut off.
    pub can_cancel: bool,
    /// The model can leave the judging of turns to the floor.
    pub can_disable_turn_detection: bool,
    /// The model can be told how much of a reply was heard.
    pub can_truncate: bool,
    /// Replies come faster than they are spoken.
    pub faster_than_real_time: bool,
}

/// What is asked of a speech-to-speech model. Build it with `..Default::default()`.
#[derive(Clone, Debug, Default)]
pub struct RealtimeRequest {
    /// Whether the floor judges turns, not the model.
    pub floor_judges_turns: bool,
    /// The conversation so far, oldest first.
    pub messages: Vec<Message>,
    /// Options of this provider that hold for this session alone.
    pub options: Options,
    /// What an earlier connection gave to resume by.
    pub resume: Option<String>,
    /// The session that asks.
    pub session: SessionId,
    /// Who the agent is and how it should speak.
    pub system_prompt: String,
    /// The tools that it may call.
    pub tools: Vec<ToolSpec>,
    /// Where the provider reports what it says and hears on its own wire.
    pub trace: Trace,
}

/// What a speech-to-speech model reads.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum RealtimeInput {
    /// The next stretch of what the user says; where the floor judges turns, only within a turn.
    Audio(AudioFrame),
    /// What was said since the turn began is not to be answered, and is best forgotten.
    DropTurn,
    /// The user's turn is over: reply.
    ///
    /// If none has begun, the model replies to what is there already: it opens the conversation,
    /// or answers the last message of [`RealtimeRequest::messages`].
    EndTurn,
    /// The user took the floor; this much of the reply was heard.
    Interrupt {
        /// The reply.
        reply: u64,
        /// How much of its audio was heard.
        heard: Duration,
    },
    /// New instructions, tools or options from now on.
    Reconfigure {
        /// Options to change.
        options: Options,
        /// A new system prompt, if it changes.
        system_prompt: Option<String>,
        /// New tools, if they change.
        tools: Option<Vec<ToolSpec>>,
    },
    /// The user's turn began.
    StartTurn,
    /// Something the user wrote: a turn of its own.
    Text(String),
    /// What a tool returned.
    ToolResult {
        /// The call that is answered.
        id: String,
        /// What it returned.
        output: Value,
    },
}

/// What a speech-to-speech model yields.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum RealtimeEvent {
    /// The next stretch of a reply.
    Audio {
        /// The reply.
        reply: u64,
        /// The audio.
        frame: AudioFrame,
    },
    /// A reply is over.
    ReplyFinished {
        /// The reply.
        reply: u64,
    },
    /// A reply began.
    ReplyStarted {
        /// The reply.
        reply: u64,
    },
    /// What to give to [`RealtimeRequest::resume`] on a new connection.
    Resumable(String),
    /// The next piece of what a reply says.
    Text {
        /// The reply.
        reply: u64,
        /// The text.
        text: String,
    },
    /// A tool to be called.
    ToolCall(ToolCall),
    /// What it cost so far.
    Usage(Usage),
    /// What the user said.
    UserFinal(String),
    /// What the user seems to be saying.
    UserPartial(String),
    /// The model hears the user speak.
    UserStarted,
    /// The model hears the user stop.
    UserStopped,
}
