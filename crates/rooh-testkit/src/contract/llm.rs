//! The contract of language models, sentence by sentence.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use rooh_core::ErrorKind;
use rooh_core::llm::{LlmEvent, LlmProvider, LlmRequest, Message, StopReason, ToolCall};
use rooh_core::tool::ToolSpec;
use serde_json::json;

use super::reading::{Behind, Reader, assert_fails, assert_loads};
use super::subject::{into_subject, terms};
use super::{Terms, skipped, suite};

suite! { $
    /// Makes a test of each sentence of the contract of language models; see
    /// [`contract`](crate::contract).
    llm_contract, llm, LlmSubject:
    nothing_happens_before_the_first_poll,
    the_provider_keeps_nothing_that_changes_an_answer,
    pieces_joined_give_the_reply,
    a_tool_call_is_yielded_once_and_whole,
    the_last_event_is_one_stopped,
    a_conversation_in_which_every_call_has_its_result_is_accepted,
    an_empty_conversation_is_greeted_or_passed_over,
    no_event_is_lost_when_the_reader_is_slow,
    dropping_the_stream_ends_the_work,
    two_conversations_do_not_mix,
    loading_twice_or_never_is_harmless,
    an_error_is_the_last_event_and_of_the_right_kind,
}

/// A language model, and what the suite may know about it.
#[derive(Clone, Debug)]
pub struct LlmSubject {
    provider: Arc<dyn LlmProvider>,
    prompt: String,
    calling: Option<(String, ToolSpec)>,
    failing: Vec<(ErrorKind, Arc<dyn LlmProvider>)>,
    terms: Terms,
}

terms!(LlmSubject);
into_subject!(LlmSubject, LlmProvider);

impl LlmSubject {
    /// Runs the suite over `provider`.
    pub fn new(provider: impl LlmProvider) -> Self {
        Self::shared(Arc::new(provider))
    }

    /// Runs the suite over a provider that is shared already.
    pub fn shared(provider: Arc<dyn LlmProvider>) -> Self {
        Self {
            provider,
            prompt: "What do you like about bread?".to_owned(),
            calling: None,
            failing: Vec::new(),
            terms: Terms::default(),
        }
    }

    /// Asks this, for models that do not answer everything.
    #[must_use]
    pub fn prompt(mut self, prompt: impl Into<String>) -> Self {
        self.prompt = prompt.into();
        self
    }

    /// Says what to ask so that the model calls `tool`; without it, calls are not looked at.
    #[must_use]
    pub fn calling(mut self, prompt: impl Into<String>, tool: ToolSpec) -> Self {
        self.calling = Some((prompt.into(), tool));
        self
    }

    /// Adds a provider that has to fail with this kind of error, for example one with a wrong key.
    #[must_use]
    pub fn failing(mut self, kind: ErrorKind, provider: impl LlmProvider) -> Self {
        self.failing.push((kind, Arc::new(provider)));
        self
    }

    fn request(&self) -> LlmRequest {
        LlmRequest {
            messages: vec![Message::user(&self.prompt)],
            system_prompt: "Answer in one short sentence.".to_owned(),
            tools: self.calling.iter().map(|(_, tool)| tool.clone()).collect(),
            ..LlmRequest::default()
        }
    }

    fn ask(&self, request: LlmRequest) -> Reader<LlmEvent> {
        Reader::new(self.provider.chat(request), &self.terms)
    }

    async fn answer(&self, request: LlmRequest) -> Vec<LlmEvent> {
        self.ask(request).rest(Duration::ZERO).await
    }
}

fn text_of(events: &[LlmEvent]) -> String {
    events
        .iter()
        .filter_map(|event| match event {
            LlmEvent::Text(text) => Some(text.as_str()),
            _ => None,
        })
        .collect()
}

fn calls_of(events: &[LlmEvent]) -> Vec<&ToolCall> {
    events
        .iter()
        .filter_map(|event| match event {
            LlmEvent::ToolCall(call) => Some(call),
            _ => None,
        })
        .collect()
}

fn says_something(events: &[LlmEvent]) -> bool {
    !text_of(events).trim().is_empty() || !calls_of(events).is_empty()
}

fn assert_stops(events: &[LlmEvent]) {
    let stops: Vec<usize> = events
        .iter()
        .enumerate()
        .filter(|(_, event)| matches!(event, LlmEvent::Stopped(_)))
        .map(|(place, _)| place)
        .collect();
    assert_eq!(stops.len(), 1, "Stopped came {} times: {events:?}", stops.len());
    assert_eq!(stops[0] + 1, events.len(), "something came after Stopped: {events:?}");
    let waits = matches!(events.last(), Some(LlmEvent::Stopped(StopReason::Tools)));
    let calls = !calls_of(events).is_empty();
    assert_eq!(waits, calls, "tools were called: {calls}; the reply stopped for tools: {waits}");
}

/// Nothing is connected, loaded or computed before the stream is first polled.
pub async fn nothing_happens_before_the_first_poll(subject: LlmSubject) {
    let behind = Behind::look(&subject.terms);
    let request = LlmRequest { trace: behind.trace(), ..subject.request() };
    let events = subject.provider.chat(request);
    behind.assert_untouched().await;
    drop(events);
}

/// The provider keeps nothing between requests that changes an answer: the request says it all.
pub async fn the_provider_keeps_nothing_that_changes_an_answer(subject: LlmSubject) {
    let first = subject.answer(subject.request()).await;
    let mut other = subject.request();
    other.messages.push(Message::assistant("I like the crust."));
    other.messages.push(Message::user("My name is Ada."));
    subject.answer(other).await;
    let again = subject.answer(subject.request()).await;
    if !subject.terms.varies {
        let (first, again) = (text_of(&first), text_of(&again));
        assert_eq!(first, again, "the same request was answered differently after another one");
    }
    assert!(says_something(&again), "the second answer is empty");
}

/// Text comes in pieces that joined give the reply.
pub async fn pieces_joined_give_the_reply(subject: LlmSubject) {
    let events = subject.answer(subject.request()).await;
    assert!(says_something(&events), "the answer is empty: {events:?}");
    let text = text_of(&events);
    assert!(
        !text.contains(char::REPLACEMENT_CHARACTER),
        "a piece ended inside a character, which was lost: {text:?}"
    );
    for event in &events {
        if let LlmEvent::Text(piece) = event {
            assert!(!piece.is_empty(), "a piece without text");
        }
    }
}

/// A tool call is yielded once and whole, with arguments that are a JSON object.
pub async fn a_tool_call_is_yielded_once_and_whole(subject: LlmSubject) {
    let Some((prompt, tool)) = &subject.calling else {
        skipped(
            "a_tool_call_is_yielded_once_and_whole",
            "the subject calls no tool; see LlmSubject::calling",
        );
        return;
    };
    let mut request = subject.request();
    request.messages = vec![Message::user(prompt)];
    let mut ids = BTreeSet::new();
    for round in 1..=2 {
        let events = subject.answer(request.clone()).await;
        assert_stops(&events);
        let calls = calls_of(&events);
        assert!(!calls.is_empty(), "the tool was not called in round {round}: {events:?}");
        for call in &calls {
            assert_eq!(call.name, tool.name, "a tool was called that was not offered");
            assert!(call.arguments.is_object(), "the arguments are no JSON object: {}", call.arguments);
            assert!(!call.id.is_empty(), "a call without an id");
            assert!(ids.insert(call.id.clone()), "the id {:?} came twice in one session", call.id);
        }
        // The conversation goes on with the results, and the tool is asked for again.
        request.messages.push(Message::Assistant {
            text: text_of(&events),
            calls: calls.iter().map(|&call| call.clone()).collect(),
            interrupted: false,
        });
        for call in calls {
            request.messages.push(result(&call.id, &call.name, false));
        }
        request.messages.push(Message::assistant("Done."));
        request.messages.push(Message::user(prompt));
    }
}

/// The last event but for an error is one `Stopped`, and it says whether tools are waited for.
pub async fn the_last_event_is_one_stopped(subject: LlmSubject) {
    assert_stops(&subject.answer(subject.request()).await);
}

fn result(id: &str, name: &str, failed: bool) -> Message {
    Message::ToolResult { id: id.to_owned(), name: name.to_owned(), output: json!({ "ok": !failed }), failed }
}

/// Conversations of every form that a session can come to.
fn conversations(prompt: &str) -> Vec<(&'static str, Vec<Message>)> {
    let call = |id: &str| ToolCall {
        id: id.to_owned(),
        name: "look_up".to_owned(),
        arguments: json!({ "what": "bread" }),
    };
    let called = |text: &str, ids: &[&str], interrupted| Message::Assistant {
        text: text.to_owned(),
        calls: ids.iter().map(|id| call(id)).collect(),
        interrupted,
    };
    let user = || Message::user(prompt);
    let cut = |text: &str| Message::Assistant { text: text.to_owned(), calls: Vec::new(), interrupted: true };
    vec![
        ("one that begins with the agent", vec![Message::assistant("Hello."), user()]),
        ("one with a reply cut off", vec![user(), cut("I like"), user()]),
        ("one with a reply of which nothing was heard", vec![user(), cut(""), user()]),
        ("one with two turns of the user in a row", vec![user(), user()]),
        (
            "one with a word from the application",
            vec![user(), Message::System("The user looks tired.".to_owned()), user()],
        ),
        (
            "one with a tool's result at its end",
            vec![user(), called("Let me see.", &["c1"], false), result("c1", "look_up", false)],
        ),
        (
            "one with two calls at once, one of which failed",
            vec![
                user(),
                called("", &["c1", "c2"], false),
                result("c1", "look_up", false),
                result("c2", "look_up", true),
                Message::assistant("Here."),
                user(),
            ],
        ),
        (
            "one that was cut off while a tool was called",
            vec![user(), called("Let", &["c1"], true), result("c1", "look_up", true), user()],
        ),
        ("one with an empty turn", vec![Message::user(""), user()]),
    ]
}

/// A conversation in which every tool call has its result is accepted, interrupted or not.
pub async fn a_conversation_in_which_every_call_has_its_result_is_accepted(subject: LlmSubject) {
    for (what, messages) in conversations(&subject.prompt) {
        let mut tools = subject.request().tools;
        tools.push(ToolSpec::new("look_up", "Looks something up.").parameters(json!({
            "type": "object",
            "properties": { "what": { "type": "string" } },
        })));
        let events = subject.answer(LlmRequest { messages, tools, ..subject.request() }).await;
        assert!(
            matches!(events.last(), Some(LlmEvent::Stopped(_))),
            "{what} was not answered to its end: {events:?}"
        );
    }
}

/// An empty conversation is greeted or passed over, and is no error.
pub async fn an_empty_conversation_is_greeted_or_passed_over(subject: LlmSubject) {
    assert_stops(&subject.answer(LlmRequest { messages: Vec::new(), ..subject.request() }).await);
}

/// No event is lost when the reader is slow.
pub async fn no_event_is_lost_when_the_reader_is_slow(subject: LlmSubject) {
    let fast = subject.answer(subject.request()).await;
    let slow = subject.ask(subject.request()).rest(Duration::from_millis(70)).await;
    assert_stops(&slow);
    if subject.terms.varies {
        assert!(says_something(&slow), "a slow reader got nothing");
    } else {
        assert_eq!(text_of(&fast), text_of(&slow), "a slow reader got another text");
        assert_eq!(calls_of(&fast).len(), calls_of(&slow).len(), "a slow reader got other calls");
    }
}

/// Dropping the stream ends the work and closes what was opened for it.
pub async fn dropping_the_stream_ends_the_work(subject: LlmSubject) {
    let behind = Behind::look(&subject.terms);
    for taken in 0..3 {
        let mut reader = subject.ask(subject.request());
        for _ in 0..taken {
            if reader.next("a piece of the reply").await.is_none() {
                break;
            }
        }
        // Polled once more, so that the stream is dropped in the middle of its work.
        let _ = tokio::time::timeout(Duration::from_millis(1), reader.next("the next piece")).await;
        drop(reader);
        behind.assert_closed().await;
    }
    let events = subject.answer(subject.request()).await;
    assert!(says_something(&events), "after a stream was dropped, a new one is empty");
}

/// Two conversations at once do not mix.
pub async fn two_conversations_do_not_mix(subject: LlmSubject) {
    let mut other = subject.request();
    other.messages.insert(0, Message::assistant("Hello, who is there?"));
    let (one, two) = (subject.answer(subject.request()).await, subject.answer(other.clone()).await);
    let (at_once, too) = futures::join!(subject.answer(subject.request()), subject.answer(other));
    assert_stops(&at_once);
    assert_stops(&too);
    if !subject.terms.varies {
        assert_eq!(text_of(&one), text_of(&at_once), "another conversation changed the answer");
        assert_eq!(text_of(&two), text_of(&too), "another conversation changed the answer");
    }
}

/// Calling `load` again is harmless, and so is never calling it.
pub async fn loading_twice_or_never_is_harmless(subject: LlmSubject) {
    for _ in 0..2 {
        assert_loads(&subject.terms, subject.provider.load()).await;
    }
    for _ in 0..2 {
        let events = subject.answer(subject.request()).await;
        assert!(says_something(&events), "the answer is empty");
        subject.provider.unload();
        subject.provider.unload();
    }
}

/// An error is the last event, and of the kind that tells the caller what to do.
pub async fn an_error_is_the_last_event_and_of_the_right_kind(subject: LlmSubject) {
    for (kind, provider) in &subject.failing {
        assert_fails(&subject.terms, provider.chat(subject.request()), *kind).await;
    }
}
