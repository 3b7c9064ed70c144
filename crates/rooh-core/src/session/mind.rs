//! From a user's turn to clauses: hooks, the language model, tools, one reply at a time.

use std::collections::VecDeque;
use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use serde_json::{Value, json};
use tokio::time::timeout;

use super::answer::{Opener, Piece};
use super::clause::Splitter;
use super::handle::SessionContext;
use crate::agent::Parts;
use crate::expect::Expected;
use crate::hook::{ClauseAction, Hook, ToolAction, TurnAction, UserTurn};
use crate::llm::{LlmEvent, LlmProvider, LlmRequest, Message, StopReason, ToolCall, Usage};
use crate::options::Options;
use crate::provider::ProviderFailure;
use crate::stream::{Emitter, Events, Feed, Inlet};
use crate::trace::Trace;
use crate::{Error, ErrorKind, Result};

/// How often a model may call tools before it has to answer; more is a loop.
const MOST_ROUNDS: usize = 8;

/// What a reply is made from.
pub(super) enum Source {
    /// What the model says to open the conversation.
    Greeting,
    /// A text that is already there.
    Say(String),
    /// What the user said.
    Turn(UserTurn),
    /// What a speech-to-speech model has begun to say by itself.
    Unasked,
}

/// Everything that a reply needs.
pub(super) struct Job {
    pub(super) parts: Arc<Parts>,
    pub(super) hooks: Arc<[Arc<dyn Hook>]>,
    pub(super) llm: Option<Arc<dyn LlmProvider>>,
    pub(super) context: SessionContext,
    pub(super) source: Source,
    pub(super) results: Inlet<ToolOutcome>,
    pub(super) trace: Trace,
    /// Whether a speech-to-speech model answers, and not a language model.
    pub(super) relays: bool,
    /// Whether there is a voice for what is there as text.
    pub(super) speaks: bool,
}

/// What came of a tool call.
#[derive(Clone, Debug)]
pub(super) struct ToolOutcome {
    pub(super) id: String,
    pub(super) name: String,
    pub(super) output: Value,
    pub(super) failed: bool,
}

/// How a reply comes about.
#[derive(Debug)]
pub(super) enum MindEvent {
    /// What a speech-to-speech model was about to say comes to nothing: it is asked again.
    Again,
    /// Which of several models answers, and in whose place.
    Answering(Arc<str>, Option<Arc<str>>),
    /// A speech-to-speech model is asked; what it says goes here.
    Ask(Opener, Feed<Piece>),
    /// The hooks have answered; the model is asked now.
    Asked,
    /// A tool is to be called; the mind waits for its outcome.
    Call(ToolCall),
    /// The next clause, as it is to be spoken.
    Clause(String),
    /// A speech-to-speech model has said more than a reply may hold.
    Enough,
    /// What the reply asks for.
    Expect(Expected),
    /// The first text of the model is there.
    FirstText,
    /// The turn is given back to the user.
    Held,
    /// A speech-to-speech model is not to answer what it has heard.
    Ignored,
    /// A tool call was answered by a hook.
    Outcome(ToolCall, ToolOutcome),
    /// One of several models failed.
    ProviderFailed(ProviderFailure),
    /// What the reply cost.
    Used(Usage),
}

/// Makes a reply.
pub(super) fn think(job: Job) -> Events<MindEvent> {
    Events::new(move |out| Mind { job, out, said: 0, first: true }.run())
}

pub(super) struct Mind {
    pub(super) job: Job,
    pub(super) out: Emitter<MindEvent>,
    /// How many characters were said.
    pub(super) said: usize,
    /// Nothing has come from the model yet.
    pub(super) first: bool,
}

impl Mind {
    async fn run(mut self) -> Result<()> {
        let relays = self.job.relays;
        match std::mem::replace(&mut self.job.source, Source::Greeting) {
            Source::Say(text) => self.tell(text).await,
            Source::Greeting if relays => self.relay(Opener::Begin).await,
            Source::Greeting => self.converse(None).await,
            Source::Turn(turn) => match self.judge(&turn).await? {
                TurnAction::Hold { filler } => {
                    self.out.emit(MindEvent::Held).await;
                    // A model without another voice would take the request for a turn.
                    let filler = filler.filter(|_| !relays || self.job.speaks);
                    self.say(&filler.unwrap_or_default()).await
                }
                TurnAction::Reply if relays => self.relay(Opener::Turn(turn.text)).await,
                TurnAction::Reply => self.converse(None).await,
                action => {
                    if relays {
                        self.out.emit(MindEvent::Ignored).await;
                    }
                    match action {
                        TurnAction::Say(text) => self.tell(text).await,
                        TurnAction::Stream(events) => self.converse(Some(events)).await,
                        _ => Ok(()),
                    }
                }
            },
            Source::Unasked => self.relay(Opener::Unasked).await,
        }
    }

    /// Says a text that is already there, or has it said.
    async fn tell(&mut self, text: String) -> Result<()> {
        if self.job.relays && !self.job.speaks {
            return self.relay(Opener::Say(text)).await;
        }
        self.out.emit(MindEvent::Asked).await;
        self.say(&text).await
    }

    /// The first hook that does not leave the turn to the session decides.
    async fn judge(&self, turn: &UserTurn) -> Result<TurnAction> {
        for hook in self.job.hooks.iter() {
            match self.bounded("on_user_turn", hook.on_user_turn(turn, &self.job.context)).await? {
                TurnAction::Reply => {}
                action => return Ok(action),
            }
        }
        Ok(TurnAction::Reply)
    }

    /// Waits for a hook, but not for ever.
    async fn bounded<T>(&self, hook: &'static str, answer: impl Future<Output = Result<T>>) -> Result<T> {
        bounded(self.job.parts.settings.hook_timeout, hook, answer).await
    }

    /// Says a text that is already there, clause by clause.
    async fn say(&mut self, text: &str) -> Result<()> {
        let mut splitter = Splitter::default();
        splitter.push(text);
        while let Some(clause) = splitter.next() {
            self.clause(clause).await?;
        }
        if let Some(rest) = splitter.finish() {
            self.clause(rest).await?;
        }
        Ok(())
    }

    /// Asks the model, runs the tools that it calls, and asks again until it has answered.
    async fn converse(&mut self, mut given: Option<Events<LlmEvent>>) -> Result<()> {
        let mut messages = self.job.context.history.to_vec();
        for _ in 0..MOST_ROUNDS {
            let events = match given.take() {
                Some(events) => events,
                None => self.ask(&messages).await?,
            };
            let (text, calls, mut outcomes) = self.listen(events).await?;
            if calls.is_empty() {
                return Ok(());
            }
            while outcomes.len() < calls.len() {
                match self.job.results.next().await {
                    Some(outcome) => outcomes.push_back(outcome),
                    None => return Ok(()),
                }
            }
            messages.push(Message::Assistant { text, calls, interrupted: false });
            messages.extend(outcomes.into_iter().map(|outcome| Message::ToolResult {
                id: outcome.id,
                name: outcome.name,
                output: outcome.output,
                failed: outcome.failed,
            }));
        }
        Err(Error::new(ErrorKind::Unexpected, "the model keeps calling tools").with("rounds", MOST_ROUNDS))
    }

    async fn ask(&mut self, messages: &[Message]) -> Result<Events<LlmEvent>> {
        let Job { parts, hooks, llm, context, trace, .. } = &self.job;
        let request = LlmRequest {
            messages: messages.to_vec(),
            options: Options::new(),
            session: context.id.clone(),
            system_prompt: context.system_prompt.to_string(),
            tools: parts.tools.iter().map(|tool| tool.spec()).collect(),
            trace: trace.clone(),
        };
        let mut answer = None;
        for hook in hooks.iter() {
            answer = self.bounded("on_llm", hook.on_llm(&request, context)).await?;
            if answer.is_some() {
                break;
            }
        }
        let answer = match (answer, llm) {
            (Some(answer), _) => answer,
            (None, Some(llm)) => llm.chat(request),
            (None, None) => {
                return Err(Error::new(
                    ErrorKind::Config,
                    "the agent has no language model, and no hook answered",
                ));
            }
        };
        Ok(answer)
    }

    /// Reads one answer of the model to its end.
    async fn listen(
        &mut self,
        mut events: Events<LlmEvent>,
    ) -> Result<(String, Vec<ToolCall>, VecDeque<ToolOutcome>)> {
        if self.first {
            self.out.emit(MindEvent::Asked).await;
        }
        let mut splitter = Splitter::default();
        let (mut text, mut calls, mut outcomes) = (String::new(), Vec::new(), VecDeque::new());
        let streaming = self.job.parts.settings.llm_streaming;
        let limit = self.job.parts.settings.patience_with_providers;
        loop {
            let event = timeout(limit, events.next()).await.map_err(|_| {
                Error::new(ErrorKind::Timeout, "the model stalled")
                    .with("after", format!("{} s", limit.as_secs()))
            })?;
            let Some(event) = event else { break };
            match event? {
                LlmEvent::Text(piece) => {
                    if std::mem::take(&mut self.first) {
                        self.out.emit(MindEvent::FirstText).await;
                    }
                    text.push_str(&piece);
                    splitter.push(&piece);
                    while streaming && let Some(clause) = splitter.next() {
                        self.clause(clause).await?;
                    }
                    if self.said + splitter.len() > self.job.parts.settings.longest_reply {
                        break;
                    }
                }
                LlmEvent::ToolCall(call) => {
                    // What stands before a call is said before it.
                    self.rest(&mut splitter).await?;
                    if let Some(outcome) = self.call(&mut calls, call).await? {
                        outcomes.push_back(outcome);
                    }
                }
                LlmEvent::Answering { provider, instead_of } => {
                    self.out.emit(MindEvent::Answering(provider, instead_of)).await;
                }
                LlmEvent::ProviderFailed(failure) => {
                    self.out.emit(MindEvent::ProviderFailed(failure)).await;
                }
                LlmEvent::Expect(expected) => self.out.emit(MindEvent::Expect(expected)).await,
                LlmEvent::Usage(usage) => self.out.emit(MindEvent::Used(usage)).await,
                LlmEvent::Stopped(StopReason::Safety) => {
                    return Err(Error::new(
                        ErrorKind::Unsupported,
                        "the vendor withheld the reply for safety",
                    ));
                }
                LlmEvent::Stopped(_) => {}
            }
        }
        self.rest(&mut splitter).await?;
        Ok((text, calls, outcomes))
    }

    async fn rest(&mut self, splitter: &mut Splitter) -> Result<()> {
        while let Some(clause) = splitter.next() {
            self.clause(clause).await?;
        }
        match splitter.finish() {
            Some(rest) => self.clause(rest).await,
            None => Ok(()),
        }
    }

    /// Shows a clause to the hooks and passes it on.
    async fn clause(&mut self, mut clause: String) -> Result<()> {
        for hook in self.job.hooks.iter() {
            match self.bounded("on_clause", hook.on_clause(&clause, &self.job.context)).await? {
                ClauseAction::Speak => continue,
                ClauseAction::Drop => return Ok(()),
                ClauseAction::Replace(other) => {
                    // The space behind it belongs to the text, not to the clause.
                    let space = clause[clause.trim_end().len()..].to_owned();
                    clause = other + &space;
                }
            }
            break;
        }
        let room = self.job.parts.settings.longest_reply.saturating_sub(self.said);
        if let Some((end, _)) = clause.char_indices().nth(room) {
            clause.truncate(end);
        }
        self.said += clause.chars().count();
        if !clause.is_empty() {
            self.out.emit(MindEvent::Clause(clause)).await;
        }
        Ok(())
    }

    /// Shows a tool call to the hooks, and has it called or answers it at once.
    pub(super) async fn call(
        &mut self,
        calls: &mut Vec<ToolCall>,
        mut call: ToolCall,
    ) -> Result<Option<ToolOutcome>> {
        let mut answer = None;
        for hook in self.job.hooks.iter() {
            let action = self.bounded("on_tool_call", hook.on_tool_call(&call, &self.job.context)).await;
            match action {
                Ok(ToolAction::Call) => continue,
                Ok(ToolAction::Deny(reason)) => answer = Some((json!({ "denied": reason }), true)),
                Ok(ToolAction::Return(output)) => answer = Some((output, false)),
                Ok(ToolAction::Rewrite(arguments)) => call.arguments = arguments,
                // A hook that fails blocks the call, and the model is told.
                Err(error) => answer = Some((json!({ "denied": error.message() }), true)),
            }
            break;
        }
        calls.push(call.clone());
        match answer {
            None => {
                self.out.emit(MindEvent::Call(call)).await;
                Ok(None)
            }
            Some((output, failed)) => {
                let outcome = ToolOutcome { id: call.id.clone(), name: call.name.clone(), output, failed };
                self.out.emit(MindEvent::Outcome(call, outcome.clone())).await;
                Ok(Some(outcome))
            }
        }
    }
}

/// Waits for a hook as long as the agent allows; too long is a failure.
pub(super) async fn bounded<T>(
    limit: Duration,
    hook: &'static str,
    answer: impl Future<Output = Result<T>>,
) -> Result<T> {
    match timeout(limit, answer).await {
        Ok(answer) => answer.map_err(|error| error.with("hook", hook)),
        Err(_) => Err(Error::new(ErrorKind::Timeout, "a hook took too long").with("hook", hook)),
    }
}
