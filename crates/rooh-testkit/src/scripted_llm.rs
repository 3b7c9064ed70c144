//! A language model that says what it was told to, for tests.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use rooh_core::expect::Expected;
use rooh_core::llm::{LlmEvent, LlmProvider, LlmRequest, Message, StopReason, ToolCall, Usage};
use rooh_core::stream::{Emitter, Events};
use rooh_core::{Error, Result};
use serde_json::Value;
use tokio::time::sleep;

/// What the model answers in one step.
#[derive(Clone, Debug, Default)]
pub struct Reply {
    pub(crate) text: String,
    pub(crate) calls: Vec<(String, Value)>,
    expected: Option<Expected>,
    pub(crate) failure: Option<Error>,
}

impl Reply {
    /// Says this.
    pub fn text(text: impl Into<String>) -> Self {
        Self { text: text.into(), ..Self::default() }
    }

    /// Calls a tool after the text.
    #[must_use]
    pub fn call(mut self, tool: impl Into<String>, arguments: Value) -> Self {
        self.calls.push((tool.into(), arguments));
        self
    }

    /// Says which answer the reply asks for.
    #[must_use]
    pub fn expects(mut self, expected: Expected) -> Self {
        self.expected = Some(expected);
        self
    }

    /// Fails after the text.
    #[must_use]
    pub fn fails(mut self, error: Error) -> Self {
        self.failure = Some(error);
        self
    }
}

impl<T: Into<String>> From<T> for Reply {
    fn from(text: T) -> Self {
        Self::text(text)
    }
}

/// A language model with a list of replies: one for each turn of the user and each round of tools.
///
/// Which reply comes follows from the request alone, so that a request that is made twice, for
/// example on speculation, is answered the same twice. After the last reply it repeats the last.
#[derive(Clone, Debug)]
pub struct ScriptedLlm {
    replies: Arc<[Reply]>,
    greeting: Reply,
    first: Duration,
    each: Duration,
    requests: Arc<Mutex<Vec<LlmRequest>>>,
}

impl ScriptedLlm {
    /// Answers the first turn with the first of `replies`, and so on.
    ///
    /// # Panics
    ///
    /// If there is no reply.
    pub fn new<R: Into<Reply>>(replies: impl IntoIterator<Item = R>) -> Self {
        let replies: Arc<[Reply]> = replies.into_iter().map(Into::into).collect();
        assert!(!replies.is_empty(), "a scripted model needs a reply");
        Self {
            replies,
            greeting: Reply::text("Hello."),
            first: Duration::ZERO,
            each: Duration::ZERO,
            requests: Arc::default(),
        }
    }

    /// Says this when there is no conversation yet; "Hello." if it is not set.
    #[must_use]
    pub fn greeting(mut self, greeting: impl Into<Reply>) -> Self {
        self.greeting = greeting.into();
        self
    }

    /// Takes this long to the first token.
    #[must_use]
    pub fn first_token(mut self, delay: Duration) -> Self {
        self.first = delay;
        self
    }

    /// Takes this long for each further token; a token is a word with the space after it.
    #[must_use]
    pub fn each_token(mut self, delay: Duration) -> Self {
        self.each = delay;
        self
    }

    /// The requests that were answered or begun, by this model and its clones, in order.
    pub fn requests(&self) -> Vec<LlmRequest> {
        self.requests.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// How many steps the conversation has behind it: turns of the user and rounds of tools.
    fn step(messages: &[Message]) -> usize {
        messages
            .iter()
            .filter(|message| match message {
                Message::User(_) => true,
                Message::Assistant { calls, .. } => !calls.is_empty(),
                _ => false,
            })
            .count()
    }

    async fn answer(self, request: LlmRequest, mut out: Emitter<LlmEvent>) -> Result<()> {
        let step = Self::step(&request.messages);
        let reply = match step.checked_sub(1) {
            None => &self.greeting,
            Some(place) => &self.replies[place.min(self.replies.len() - 1)],
        };
        let input = request.messages.len() as u64;
        self.requests.lock().unwrap_or_else(PoisonError::into_inner).push(request);
        if let Some(expected) = &reply.expected {
            out.emit(LlmEvent::Expect(expected.clone())).await;
        }
        let mut delay = self.first;
        let mut output = 0;
        for token in reply.text.split_inclusive(' ') {
            sleep(std::mem::replace(&mut delay, self.each)).await;
            out.emit(LlmEvent::Text(token.to_owned())).await;
            output += 1;
        }
        if let Some(error) = &reply.failure {
            sleep(delay).await;
            return Err(error.clone());
        }
        for (place, (tool, arguments)) in reply.calls.iter().enumerate() {
            sleep(std::mem::replace(&mut delay, self.each)).await;
            let id = format!("call-{step}-{place}");
            let call = ToolCall { id, name: tool.clone(), arguments: arguments.clone() };
            out.emit(LlmEvent::ToolCall(call)).await;
        }
        out.emit(LlmEvent::Usage(Usage { cached: 0, input, output })).await;
        let reason = if reply.calls.is_empty() { StopReason::Finished } else { StopReason::Tools };
        out.emit(LlmEvent::Stopped(reason)).await;
        Ok(())
    }
}

impl LlmProvider for ScriptedLlm {
    fn chat(&self, request: LlmRequest) -> Events<LlmEvent> {
        let model = self.clone();
        Events::new(move |out| model.answer(request, out))
    }
}
