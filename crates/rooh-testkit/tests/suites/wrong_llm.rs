//! Language models that break one sentence each.

use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use rooh_core::llm::{LlmEvent, LlmProvider, LlmRequest, Message, StopReason};
use rooh_core::provider::Progress;
use rooh_core::stream::{Events, inlet};
use rooh_core::{Error, ErrorKind};
use rooh_testkit::contract::LlmSubject;
use rooh_testkit::contract::llm::CASES;
use rooh_testkit::{Reply, ScriptedLlm};
use serde_json::json;

use crate::honest::look_up;
use crate::wrong::judge;

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Fault {
    CallsTwice,
    CutsCharacters,
    FailsOfAnotherKind,
    FailsOnASecondLoad,
    ForgetsToStop,
    IsThrownByAnEmptyConversation,
    KeepsATaskAfterTheDrop,
    LosesPiecesOfASlowReader,
    MixesConversations,
    RefusesInterruptedCalls,
    Remembers,
    SaysMoreAfterStopping,
    StartsBeforeTheFirstPoll,
    TellsTheWrongReason,
    WritesArgumentsAsText,
}

#[derive(Debug)]
struct Wrong {
    fault: Fault,
    model: ScriptedLlm,
    busy: Arc<AtomicU32>,
    asked: Arc<AtomicBool>,
    loads: Mutex<u32>,
}

impl LlmProvider for Wrong {
    fn chat(&self, request: LlmRequest) -> Events<LlmEvent> {
        let fault = self.fault;
        let busy = Arc::clone(&self.busy);
        let asked = Arc::clone(&self.asked);
        if fault == Fault::StartsBeforeTheFirstPoll {
            let (feed, mut inner) = inlet(64);
            let mut events = self.model.chat(request);
            let work = tokio::spawn(async move {
                while let Some(Ok(event)) = events.next().await {
                    feed.send(event).await;
                }
            });
            return Events::new(move |mut out| async move {
                while let Some(event) = inner.next().await {
                    out.emit(event).await;
                }
                work.abort();
                Ok(())
            });
        }
        let model = self.model.clone();
        Events::new(move |mut out| async move {
            let messages = request.messages.clone();
            if fault == Fault::KeepsATaskAfterTheDrop {
                tokio::spawn(std::future::pending::<()>());
            }
            if fault == Fault::IsThrownByAnEmptyConversation && messages.is_empty() {
                return Err(Error::new(ErrorKind::Protocol, "messages: at least one is needed"));
            }
            let cut = |message: &Message| matches!(message, Message::Assistant { calls, interrupted: true, .. } if !calls.is_empty());
            if fault == Fault::RefusesInterruptedCalls && messages.iter().any(cut) {
                return Err(Error::new(ErrorKind::Protocol, "a call is followed by its result"));
            }
            if fault == Fault::Remembers {
                let name = |message: &Message| matches!(message, Message::User(text) if text.contains("Ada"));
                if messages.iter().any(name) {
                    asked.store(true, Ordering::Relaxed);
                } else if asked.load(Ordering::Relaxed) {
                    out.emit(LlmEvent::Text("Ada, ".to_owned())).await;
                }
            }
            let crowd = busy.fetch_add(1, Ordering::Relaxed);
            if fault == Fault::MixesConversations && crowd > 0 {
                out.emit(LlmEvent::Text("Who else is there? ".to_owned())).await;
            }
            let mut events = model.each_token(Duration::from_millis(10)).chat(request);
            let (lossy, mut kept) = inlet(2);
            if fault == Fault::LosesPiecesOfASlowReader {
                let worker = tokio::spawn(async move {
                    while let Some(Ok(event)) = events.next().await {
                        lossy.push(event);
                    }
                });
                while let Some(event) = kept.next().await {
                    out.emit(event).await;
                }
                worker.abort();
                return Ok(());
            }
            while let Some(event) = events.next().await {
                match (event?, fault) {
                    (LlmEvent::Text(text), Fault::CutsCharacters) => {
                        let bytes = text.as_bytes();
                        for half in bytes.chunks(5) {
                            out.emit(LlmEvent::Text(String::from_utf8_lossy(half).into_owned())).await;
                        }
                    }
                    (LlmEvent::ToolCall(call), Fault::CallsTwice) => {
                        out.emit(LlmEvent::ToolCall(call.clone())).await;
                        out.emit(LlmEvent::ToolCall(call)).await;
                    }
                    (LlmEvent::ToolCall(mut call), Fault::WritesArgumentsAsText) => {
                        call.arguments = json!(call.arguments.to_string());
                        out.emit(LlmEvent::ToolCall(call)).await;
                    }
                    (LlmEvent::Stopped(_), Fault::ForgetsToStop) => {}
                    (LlmEvent::Stopped(StopReason::Tools), Fault::TellsTheWrongReason) => {
                        out.emit(LlmEvent::Stopped(StopReason::Finished)).await;
                    }
                    (LlmEvent::Stopped(reason), Fault::SaysMoreAfterStopping) => {
                        out.emit(LlmEvent::Stopped(reason)).await;
                        out.emit(LlmEvent::Text("By the way: ".to_owned())).await;
                    }
                    (event, _) => out.emit(event).await,
                }
            }
            busy.fetch_sub(1, Ordering::Relaxed);
            Ok(())
        })
    }

    fn load(&self) -> Events<Progress> {
        let mut loads = self.loads.lock().unwrap();
        *loads += 1;
        if self.fault == Fault::FailsOnASecondLoad && *loads > 1 {
            return Events::failed(Error::new(ErrorKind::Unexpected, "loaded already"));
        }
        Events::empty()
    }
}

fn subject(fault: Fault) -> LlmSubject {
    let calling = || Reply::text("Voilà, crêpes.").call("look_up", json!({ "what": "bread" }));
    let text = || Reply::text("I like naïve crêpes, and the smell of them, early in the morning.");
    let busy = Arc::default();
    // Turns one and three call the tool when it is asked for, as in the honest one.
    let model = ScriptedLlm::new([calling(), text(), calling(), text()]);
    let kind = if fault == Fault::FailsOfAnotherKind { ErrorKind::Unexpected } else { ErrorKind::Auth };
    let failing = ScriptedLlm::new([Reply::text("").fails(Error::new(kind, "refused"))]);
    let wrong = Wrong { fault, model, busy, asked: Arc::default(), loads: Mutex::default() };
    LlmSubject::new(wrong).calling("Look it up.", look_up()).failing(ErrorKind::Auth, failing)
}

#[test]
fn wrong_models_are_caught() {
    judge(
        CASES,
        subject,
        &[
            (Fault::CallsTwice, &["a_tool_call_is_yielded_once_and_whole"]),
            (Fault::CutsCharacters, &["pieces_joined_give_the_reply"]),
            (Fault::FailsOfAnotherKind, &["an_error_is_the_last_event_and_of_the_right_kind"]),
            (Fault::FailsOnASecondLoad, &["loading_twice_or_never_is_harmless"]),
            (
                Fault::ForgetsToStop,
                &[
                    "a_tool_call_is_yielded_once_and_whole",
                    "the_last_event_is_one_stopped",
                    "a_conversation_in_which_every_call_has_its_result_is_accepted",
                    "an_empty_conversation_is_greeted_or_passed_over",
                    "no_event_is_lost_when_the_reader_is_slow",
                    "two_conversations_do_not_mix",
                ],
            ),
            (Fault::IsThrownByAnEmptyConversation, &["an_empty_conversation_is_greeted_or_passed_over"]),
            (Fault::KeepsATaskAfterTheDrop, &["dropping_the_stream_ends_the_work"]),
            (
                Fault::LosesPiecesOfASlowReader,
                &[
                    "a_tool_call_is_yielded_once_and_whole",
                    "the_last_event_is_one_stopped",
                    "no_event_is_lost_when_the_reader_is_slow",
                    "two_conversations_do_not_mix",
                ],
            ),
            (Fault::MixesConversations, &["two_conversations_do_not_mix"]),
            (
                Fault::RefusesInterruptedCalls,
                &["a_conversation_in_which_every_call_has_its_result_is_accepted"],
            ),
            (Fault::Remembers, &["the_provider_keeps_nothing_that_changes_an_answer"]),
            (
                Fault::SaysMoreAfterStopping,
                &[
                    "a_tool_call_is_yielded_once_and_whole",
                    "the_last_event_is_one_stopped",
                    "a_conversation_in_which_every_call_has_its_result_is_accepted",
                    "an_empty_conversation_is_greeted_or_passed_over",
                    "no_event_is_lost_when_the_reader_is_slow",
                    "two_conversations_do_not_mix",
                ],
            ),
            (Fault::StartsBeforeTheFirstPoll, &["nothing_happens_before_the_first_poll"]),
            (
                Fault::TellsTheWrongReason,
                &[
                    "a_tool_call_is_yielded_once_and_whole",
                    "the_last_event_is_one_stopped",
                    "no_event_is_lost_when_the_reader_is_slow",
                    "two_conversations_do_not_mix",
                ],
            ),
            (Fault::WritesArgumentsAsText, &["a_tool_call_is_yielded_once_and_whole"]),
        ],
    );
}
