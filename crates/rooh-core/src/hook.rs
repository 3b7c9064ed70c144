//! Hooks: where an application steers a session.

use async_trait::async_trait;
use serde_json::Value;

use crate::Result;
use crate::event::SessionEnd;
use crate::llm::{LlmEvent, LlmRequest, ToolCall};
use crate::session::SessionContext;
use crate::stream::Events;

/// Where an application steers; every method leaves the session to itself unless it is written.
///
/// Hooks are asked in the order in which they were added; the first that answers anything but
/// "leave it" decides. One instance serves all sessions of an agent: keep what belongs to a
/// session under [`SessionContext::id`], and let go of it in [`on_session_ended`](Self::on_session_ended).
///
/// Where a speech-to-speech model answers, [`on_llm`](Self::on_llm) and
/// [`on_clause`](Self::on_clause) are not asked: there is no request, and what was spoken cannot be
/// changed. [`on_transcript`](Self::on_transcript) then changes what the session keeps, not what the
/// model has heard.
///
/// # Contract
///
/// - A hook that fails, or takes longer than the agent's hook timeout, fails closed: the
///   transcript, clause or tool call that it was asked about is blocked, and the session says so
///   with an event. The session itself goes on.
///
/// # Cancellation
///
/// The session drops the future when the answer no longer matters, for example when the user
/// goes on speaking.
#[async_trait]
pub trait Hook: Send + Sync + 'static {
    /// The session began.
    async fn on_session_started(&self, session: &SessionContext) -> Result<()> {
        let _ = session;
        Ok(())
    }

    /// The recognizer will not change these words any more.
    async fn on_transcript(&self, text: &str, session: &SessionContext) -> Result<TranscriptAction> {
        let _ = (text, session);
        Ok(TranscriptAction::Keep)
    }

    /// The user's turn seems to be over.
    async fn on_user_turn(&self, turn: &UserTurn, session: &SessionContext) -> Result<TurnAction> {
        let _ = (turn, session);
        Ok(TurnAction::Reply)
    }

    /// The language model is about to be asked; `Some` answers in its place.
    async fn on_llm(
        &self,
        request: &LlmRequest,
        session: &SessionContext,
    ) -> Result<Option<Events<LlmEvent>>> {
        let _ = (request, session);
        Ok(None)
    }

    /// A clause is about to be spoken.
    async fn on_clause(&self, clause: &str, session: &SessionContext) -> Result<ClauseAction> {
        let _ = (clause, session);
        Ok(ClauseAction::Speak)
    }

    /// The model calls a tool.
    async fn on_tool_call(&self, call: &ToolCall, session: &SessionContext) -> Result<ToolAction> {
        let _ = (call, session);
        Ok(ToolAction::Call)
    }

    /// The user cut the agent off, after having heard `heard`.
    async fn on_barge_in(&self, heard: &str, unheard: &str, session: &SessionContext) -> Result<()> {
        let _ = (heard, unheard, session);
        Ok(())
    }

    /// The session is over.
    async fn on_session_ended(&self, reason: SessionEnd, session: &SessionContext) -> Result<()> {
        let _ = (reason, session);
        Ok(())
    }
}

/// What the user said in one turn.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct UserTurn {
    /// All that was said, with what was held before.
    pub text: String,
    /// What was added since the turn was last held; the whole text if it never was.
    pub latest: String,
    /// How often this turn was held before.
    pub held: u32,
}

impl UserTurn {
    pub(crate) fn new(text: String, latest: String, held: u32) -> Self {
        Self { text, latest, held }
    }
}

/// What becomes of a final transcript.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum TranscriptAction {
    /// Nobody said it.
    Block,
    /// It stands.
    Keep,
    /// It was this.
    Replace(String),
}

/// What becomes of a turn that seems to be over.
#[derive(Debug)]
#[non_exhaustive]
pub enum TurnAction {
    /// The user is not finished: keep what was said, and listen on.
    Hold {
        /// A short word meanwhile, such as "take your time"; it does not take the floor.
        filler: Option<String>,
    },
    /// Nobody answers; what was said stays in the history.
    Ignore,
    /// The language model answers.
    Reply,
    /// Say this, without asking the language model.
    Say(String),
    /// Say what comes from here, without asking the language model.
    Stream(Events<LlmEvent>),
}

impl TurnAction {
    /// Keep what was said, say `filler` meanwhile, and listen on.
    pub fn hold(filler: impl Into<String>) -> Self {
        Self::Hold { filler: Some(filler.into()) }
    }
}

/// What becomes of a clause before it is spoken.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum ClauseAction {
    /// It is not spoken.
    Drop,
    /// This is spoken in its place.
    Replace(String),
    /// It is spoken.
    Speak,
}

/// What becomes of a tool call.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum ToolAction {
    /// It is called.
    Call,
    /// It is not called; the model is told why.
    Deny(String),
    /// It is called with other arguments.
    Rewrite(Value),
    /// It is not called; this is its result.
    Return(Value),
}
