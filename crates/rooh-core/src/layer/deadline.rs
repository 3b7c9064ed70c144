//! An answer that stalls is given up while there is still time to ask somebody else.

use std::sync::Arc;
use std::time::Duration;

use tokio::time::{Instant, timeout};

use crate::llm::{LlmEvent, LlmProvider, LlmRequest};
use crate::provider::Progress;
use crate::stream::Events;
use crate::{Error, ErrorKind};

/// How long an answer may keep its listener waiting.
///
/// A token is a piece of text or a tool call. A call comes whole, so what it takes to write its
/// arguments is part of the wait for it; models that think first, and tools with long arguments,
/// need more than the defaults.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Deadlines {
    /// From asking until the first token.
    pub first_token: Duration,
    /// From one token to the next.
    pub next_token: Duration,
}

impl Default for Deadlines {
    /// Two seconds and three.
    ///
    /// Two leave the next model half a second for a first token of its own until 2.5 s after the
    /// first was asked, and are four times what the slower of hosted models usually take. Three
    /// are as long as a caller should ever be left in silence, and what was said already plays
    /// meanwhile.
    fn default() -> Self {
        Self { first_token: Duration::from_secs(2), next_token: Duration::from_secs(3) }
    }
}

/// A language model of which a stall is an error.
///
/// An answer whose next token does not come in time ends with
/// [`ErrorKind::Timeout`](crate::ErrorKind::Timeout). Time that the reader takes does not count.
///
/// # Cancellation
///
/// The stream of the model is dropped as soon as it is given up, and with the stream that is read.
#[derive(Clone, Debug)]
pub struct Deadline {
    llm: Arc<dyn LlmProvider>,
    deadlines: Deadlines,
}

impl Deadline {
    /// Watches `llm` by the default [`Deadlines`].
    pub fn new(llm: impl LlmProvider) -> Self {
        Self::shared(Arc::new(llm))
    }

    /// Watches a model that is shared already.
    pub fn shared(llm: Arc<dyn LlmProvider>) -> Self {
        Self { llm, deadlines: Deadlines::default() }
    }

    /// Watches by these limits.
    #[must_use]
    pub fn deadlines(mut self, deadlines: Deadlines) -> Self {
        self.deadlines = deadlines;
        self
    }
}

impl LlmProvider for Deadline {
    fn chat(&self, request: LlmRequest) -> Events<LlmEvent> {
        within(self.deadlines, self.llm.chat(request))
    }

    fn load(&self) -> Events<Progress> {
        self.llm.load()
    }

    fn unload(&self) {
        self.llm.unload();
    }

    fn prewarm(&self) -> Events<Progress> {
        self.llm.prewarm()
    }
}

/// The same answer, as long as it does not stall.
pub(super) fn within(deadlines: Deadlines, mut answer: Events<LlmEvent>) -> Events<LlmEvent> {
    Events::new(move |mut out| async move {
        let mut left = deadlines.first_token;
        let mut has_begun = false;
        loop {
            let asked = Instant::now();
            let Ok(event) = timeout(left, answer.next()).await else {
                return Err(stalled(deadlines, has_begun));
            };
            let Some(event) = event else { return Ok(()) };
            let event = event?;
            has_begun |= event.is_token();
            left = match has_begun {
                true => deadlines.next_token,
                // Only a token ends the wait for the first.
                false => left.saturating_sub(asked.elapsed()),
            };
            out.emit(event).await;
        }
    })
}

fn stalled(deadlines: Deadlines, has_begun: bool) -> Error {
    let (message, limit) = match has_begun {
        true => ("the model stalled in its answer", deadlines.next_token),
        false => ("the model did not begin to answer", deadlines.first_token),
    };
    Error::new(ErrorKind::Timeout, message).with("after", format!("{} ms", limit.as_millis()))
}
