//! Several language models in the place of one: the first that can answer does.

use std::collections::HashSet;
use std::sync::Arc;

use serde_json::json;

use super::deadline::{Deadlines, within};
use super::member::Member;
use super::standing::Permit;
use crate::expect::Expected;
use crate::llm::{LlmEvent, LlmProvider, LlmRequest, Message};
use crate::provider::{Progress, ProviderFailure};
use crate::session::clause::Splitter;
use crate::stream::{Emitter, Events};
use crate::{Error, ErrorKind, Result};

/// Language models in the order in which they are asked, as one language model.
///
/// What happens to an answer depends on how far it has come:
///
/// - **Before anything of it was yielded**, neither text nor a tool call, a failure or a stall
///   (see [`Deadlines`]) leads to the next model, which gets the same request. Text is kept back
///   until its first clause is whole, because nobody can speak it before; a session counts that
///   wait as the model's.
/// - **After that** nobody else is asked, so that nothing is said twice and no tool is called
///   twice: the answer ends where it is, with the error. A tool that was called runs to its end,
///   and a call that was not whole yet was never yielded. A session says what is whole of the
///   text, and leaves out the clause that broke off.
///
/// A model that failed is asked again with the next request, but for these:
///
/// - One whose key was refused ([`ErrorKind::Auth`]) is not asked any more. A new `Fallback` asks
///   it anew: replace the model of the agent once the key is right.
/// - One that said how long to wait ([`Error::retry_after`]) is left alone until then.
/// - One that failed [`MOST_FAILURES`](super::MOST_FAILURES) times in a row is left alone for
///   [`REST`](super::REST); then one request at a time tries whether it is back.
///
/// That is known to all clones, and so to all sessions of an agent. If nobody may be asked, the
/// answer is the error of the last in the order, at once.
///
/// Every request is sent with a result for each tool call in it, because models refuse others: a
/// call that has none gets a failed one.
///
/// It yields [`LlmEvent::Answering`] before the first piece of an answer, and
/// [`LlmEvent::ProviderFailed`] for everyone who failed.
///
/// # Cancellation
///
/// Dropping the stream drops that of the model that is being asked, and counts neither for nor
/// against it.
#[derive(Clone, Debug, Default)]
pub struct Fallback {
    members: Vec<Arc<Member<dyn LlmProvider>>>,
    deadlines: Deadlines,
}

impl Fallback {
    /// No models yet; add them with [`then`](Self::then).
    pub fn new() -> Self {
        Self::default()
    }

    /// Asks `llm` if all before it cannot answer; events call it `name`.
    #[must_use]
    pub fn then(self, name: impl Into<Arc<str>>, llm: impl LlmProvider) -> Self {
        self.then_shared(name, Arc::new(llm))
    }

    /// As [`then`](Self::then), for a model that is shared already.
    #[must_use]
    pub fn then_shared(mut self, name: impl Into<Arc<str>>, llm: Arc<dyn LlmProvider>) -> Self {
        self.members.push(Member::shared(name, llm));
        self
    }

    /// Gives up an answer by these limits.
    #[must_use]
    pub fn deadlines(mut self, deadlines: Deadlines) -> Self {
        self.deadlines = deadlines;
        self
    }
}

impl LlmProvider for Fallback {
    fn chat(&self, request: LlmRequest) -> Events<LlmEvent> {
        let Self { members, deadlines } = self.clone();
        Events::new(move |out| Asking { members, deadlines, out }.run(request))
    }

    /// Loads all of them; one that cannot be loaded is gone without, unless none can.
    fn load(&self) -> Events<Progress> {
        super::member::load(self.members.clone(), "the language model", |llm: &dyn LlmProvider| llm.load())
    }

    fn unload(&self) {
        self.members.iter().for_each(|member| member.provider.unload());
    }

    /// Opens the connection of the one that will be asked first.
    fn prewarm(&self) -> Events<Progress> {
        self.members.first().map_or_else(Events::empty, |member| member.provider.prewarm())
    }
}

/// One request on its way through the models.
struct Asking {
    members: Vec<Arc<Member<dyn LlmProvider>>>,
    deadlines: Deadlines,
    out: Emitter<LlmEvent>,
}

impl Asking {
    async fn run(mut self, mut request: LlmRequest) -> Result<()> {
        answer_calls(&mut request.messages);
        let mut out_of_reach = None;
        let Some(mut asked) = self.admitted(0, &mut out_of_reach) else {
            return Err(out_of_reach
                .unwrap_or_else(|| Error::new(ErrorKind::Config, "there is no language model to ask")));
        };
        loop {
            let (place, permit) = asked;
            let Some((permit, failure)) = self.ask(place, permit, request.clone()).await else {
                return Ok(());
            };
            let member = Arc::clone(&self.members[place]);
            permit.failed(&failure.error);
            let next = match failure.has_begun {
                true => None,
                false => self.admitted(place + 1, &mut None),
            };
            let told = ProviderFailure {
                provider: Arc::clone(&member.name),
                error: failure.error.clone(),
                next: next.as_ref().map(|(place, _)| Arc::clone(&self.members[*place].name)),
            };
            self.out.emit(LlmEvent::ProviderFailed(told)).await;
            match next {
                Some(next) => asked = next,
                None => return Err(failure.error.with("provider", &member.name)),
            }
        }
    }

    /// The first from `start` on that may be asked now; otherwise, why the last may not.
    fn admitted(&self, start: usize, out_of_reach: &mut Option<Error>) -> Option<(usize, Permit)> {
        for (place, member) in self.members.iter().enumerate().skip(start) {
            match member.standing.admit() {
                Ok(permit) => return Some((place, permit)),
                Err(error) => *out_of_reach = Some(error.with("provider", &member.name)),
            }
        }
        None
    }

    /// Asks one model, and passes its answer on; returns how it failed, unless it did not.
    async fn ask(
        &mut self,
        place: usize,
        mut permit: Permit,
        request: LlmRequest,
    ) -> Option<(Permit, Failure)> {
        let mut answer = within(self.deadlines, self.members[place].provider.chat(request));
        let mut has_begun = false;
        let mut held = Held::default();
        let error = loop {
            let event = match answer.next().await {
                Some(Ok(event)) => event,
                Some(Err(error)) => break error,
                None => break Error::new(ErrorKind::Protocol, "the model broke off without a reason"),
            };
            match event {
                LlmEvent::Text(piece) if piece.is_empty() => {}
                LlmEvent::Expect(what) if !has_begun => held.expected = Some(what),
                LlmEvent::Text(piece) if !has_begun => {
                    permit.began();
                    if held.push(piece) {
                        has_begun = true;
                        self.begin(place, std::mem::take(&mut held)).await;
                    }
                }
                LlmEvent::Text(_) | LlmEvent::ToolCall(_) | LlmEvent::Stopped(_) => {
                    permit.began();
                    let is_over = matches!(event, LlmEvent::Stopped(_));
                    if is_over {
                        // Whoever reads may not come back for more.
                        permit.succeeded();
                    }
                    if !std::mem::replace(&mut has_begun, true) {
                        self.begin(place, std::mem::take(&mut held)).await;
                    }
                    self.out.emit(event).await;
                    if is_over {
                        return None;
                    }
                }
                // What was used is to be paid for, whether it answered anything or not.
                other => self.out.emit(other).await,
            }
        };
        Some((permit, Failure { error, has_begun }))
    }

    /// From here on the answer is this model's.
    async fn begin(&mut self, place: usize, held: Held) {
        let name = |place: usize| Arc::clone(&self.members[place].name);
        let answering =
            LlmEvent::Answering { provider: name(place), instead_of: (place > 0).then(|| name(0)) };
        self.out.emit(answering).await;
        if let Some(expected) = held.expected {
            self.out.emit(LlmEvent::Expect(expected)).await;
        }
        for piece in held.pieces {
            self.out.emit(LlmEvent::Text(piece)).await;
        }
    }
}

/// How many bytes of text are kept back at most: the longest clause, 250 characters, has no more.
///
/// Text without a space has no clauses, and goes on as it comes from there.
const MOST_HELD: usize = 1_000;

/// What has come of an answer of which nothing could be spoken yet.
#[derive(Default)]
struct Held {
    expected: Option<Expected>,
    pieces: Vec<String>,
    /// Knows when there is a clause.
    splitter: Splitter,
}

impl Held {
    /// Keeps another piece; returns whether there is something to speak now.
    fn push(&mut self, piece: String) -> bool {
        self.splitter.push(&piece);
        self.pieces.push(piece);
        self.splitter.next().is_some() || self.splitter.len() > MOST_HELD
    }
}

/// How an answer failed.
struct Failure {
    error: Error,
    /// Something of it was yielded.
    has_begun: bool,
}

/// Gives a failed result to every call that has none.
fn answer_calls(messages: &mut Vec<Message>) {
    let mut at = 0;
    while at < messages.len() {
        let Message::Assistant { calls, .. } = &messages[at] else {
            at += 1;
            continue;
        };
        let results = messages[at + 1..].iter().map_while(|message| match message {
            Message::ToolResult { id, .. } => Some(id.as_str()),
            _ => None,
        });
        let answered: HashSet<&str> = results.collect();
        let missing: Vec<Message> = calls
            .iter()
            .filter(|call| !answered.contains(call.id.as_str()))
            .map(|call| Message::ToolResult {
                id: call.id.clone(),
                name: call.name.clone(),
                output: json!({ "error": "there is no result" }),
                failed: true,
            })
            .collect();
        at += 1 + answered.len();
        messages.splice(at..at, missing);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::llm::ToolCall;

    fn call(id: &str) -> ToolCall {
        ToolCall { id: id.into(), name: "look".into(), arguments: json!({}) }
    }

    fn result(id: &str) -> Message {
        Message::ToolResult { id: id.into(), name: "look".into(), output: json!(1), failed: false }
    }

    fn ids(messages: &[Message]) -> Vec<(&str, bool)> {
        let result = |message| match message {
            &Message::ToolResult { ref id, failed, .. } => Some((id.as_str(), failed)),
            _ => None,
        };
        messages.iter().filter_map(result).collect()
    }

    #[test]
    fn every_call_has_its_result_before_anything_else_is_said() {
        let calls = |ids: &[&str]| Message::Assistant {
            text: String::new(),
            calls: ids.iter().map(|id| call(id)).collect(),
            interrupted: false,
        };
        let mut messages =
            vec![calls(&["a", "b"]), result("b"), Message::user("and?"), calls(&["c"]), calls(&["d"])];
        answer_calls(&mut messages);
        assert_eq!(ids(&messages), [("b", false), ("a", true), ("c", true), ("d", true)]);
        assert_eq!(messages[3], Message::user("and?"));
        assert_eq!(
            messages[5],
            Message::ToolResult {
                id: "c".into(),
                name: "look".into(),
                output: json!({ "error": "there is no result" }),
                failed: true,
            }
        );
        let whole = messages.clone();
        answer_calls(&mut messages);
        assert_eq!(messages, whole);
    }
}
