//! Language models: the contract, and the history that they are given.

use std::fmt;
use std::sync::Arc;

use serde_json::Value;

use crate::expect::Expected;
use crate::options::Options;
use crate::provider::{Progress, ProviderFailure};
use crate::session::SessionId;
use crate::stream::Events;
use crate::tool::ToolSpec;
use crate::trace::Trace;

/// Mind: answers a conversation.
///
/// # Contract
///
/// - Nothing is connected, loaded or computed before the stream is first polled.
/// - The provider keeps nothing between requests that changes an answer: the request says it all.
/// - Text comes in pieces that joined give the reply; a piece may end anywhere, but not inside a
///   character.
/// - A tool call is yielded once and whole, with arguments that are a JSON object.
/// - The last event but for an error is one [`LlmEvent::Stopped`].
/// - A conversation in which every tool call has its result is accepted, interrupted or not.
/// - An error is the last event, and of the kind that tells the caller what to do.
/// - No event is lost when the reader is slow.
///
/// # Cancellation
///
/// Dropping the stream ends the work and closes what was opened for it.
pub trait LlmProvider: fmt::Debug + Send + Sync + 'static {
    /// Answers the conversation in `request`.
    fn chat(&self, request: LlmRequest) -> Events<LlmEvent>;

    /// Loads in advance what the first request would wait for, once for all sessions.
    ///
    /// Calling it again is harmless, and so is never calling it.
    fn load(&self) -> Events<Progress> {
        Events::empty()
    }

    /// Opens the connection that the next request will use; called when a session begins.
    ///
    /// Nothing depends on it: a request works without, and tells what is wrong itself.
    fn prewarm(&self) -> Events<Progress> {
        Events::empty()
    }

    /// Gives back what [`load`](Self::load) brought, once nobody uses it.
    fn unload(&self) {}
}

/// What is asked of a language model. Build it with `..Default::default()`.
#[derive(Clone, Debug, Default)]
pub struct LlmRequest {
    /// The conversation so far, oldest first; empty for a greeting.
    pub messages: Vec<Message>,
    /// Options of this provider that hold for this reply alone.
    pub options: Options,
    /// The session that asks; a local model may keep its cache by it.
    pub session: SessionId,
    /// Who the agent is and how it should speak.
    pub system_prompt: String,
    /// The tools that it may call.
    pub tools: Vec<ToolSpec>,
    /// Where the provider reports what it says and hears on its own wire.
    pub trace: Trace,
}

/// One entry of a conversation.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum Message {
    /// What the agent said, as far as it was heard.
    Assistant {
        /// What was heard.
        text: String,
        /// The tools that it called, after the text.
        calls: Vec<ToolCall>,
        /// Whether the user cut it off.
        interrupted: bool,
    },
    /// Something the application wants the model to know at this place.
    System(String),
    /// What a tool returned.
    ToolResult {
        /// The call that is answered.
        id: String,
        /// The name of the tool.
        name: String,
        /// What it returned, or what went wrong.
        output: Value,
        /// Whether it failed.
        failed: bool,
    },
    /// What the user said in one turn.
    User(String),
}

impl Message {
    /// What the user said.
    pub fn user(text: impl Into<String>) -> Self {
        Self::User(text.into())
    }

    /// What the agent said and the user heard to the end.
    pub fn assistant(text: impl Into<String>) -> Self {
        Self::Assistant { text: text.into(), calls: Vec::new(), interrupted: false }
    }
}

/// What a language model yields.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum LlmEvent {
    /// Which of several providers answers: only from a [layer](crate::layer), before the first
    /// piece of the reply.
    Answering {
        /// Its name in the layer.
        provider: Arc<str>,
        /// The first in the order, if it is not that one that answers.
        instead_of: Option<Arc<str>>,
    },
    /// What the reply asks for, so that the recognizer and the floor know.
    Expect(Expected),
    /// One of several providers failed: only from a [layer](crate::layer), which may go on.
    ProviderFailed(ProviderFailure),
    /// Why the reply is over.
    Stopped(StopReason),
    /// The next piece of the reply.
    Text(String),
    /// A tool to be called.
    ToolCall(ToolCall),
    /// What the reply cost.
    Usage(Usage),
}

impl LlmEvent {
    /// Whether it is a piece of the answer itself.
    pub(crate) fn is_token(&self) -> bool {
        match self {
            Self::Text(piece) => !piece.is_empty(),
            Self::ToolCall(_) => true,
            _ => false,
        }
    }
}

/// A tool to be called.
#[derive(Clone, Debug, PartialEq)]
pub struct ToolCall {
    /// Unique within the session.
    pub id: String,
    /// The name of the tool.
    pub name: String,
    /// A JSON object.
    pub arguments: Value,
}

/// Why a reply is over.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum StopReason {
    /// The model had said what it had to say.
    Finished,
    /// The model reached its limit of tokens.
    Length,
    /// The vendor withheld the rest.
    Safety,
    /// The model waits for tools.
    Tools,
}

/// What a reply cost, in tokens.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct Usage {
    /// Tokens of the request that the vendor had in its cache.
    pub cached: u64,
    /// Tokens of the request.
    pub input: u64,
    /// Tokens of the reply.
    pub output: u64,
}
