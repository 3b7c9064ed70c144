//! A speech-to-speech model that keeps its contract, and ones that break a sentence each.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use rooh_audio::{AudioFormat, AudioFrame, SessionTime};
use rooh_core::llm::ToolCall;
use rooh_core::provider::Progress;
use rooh_core::realtime::{
    RealtimeCapabilities, RealtimeEvent, RealtimeInput, RealtimeProvider, RealtimeRequest, RealtimeShape,
    TurnBased, UserWords,
};
use rooh_core::stream::{Emitter, Events, Inlet, inlet};
use rooh_core::{Error, ErrorKind, Result};
use rooh_testkit::contract::RealtimeSubject;
use rooh_testkit::contract::realtime::CASES;
use rooh_testkit::{ScriptedRealtime, speech};
use serde_json::json;
use tokio::time::sleep;

use crate::honest::look_up;
use crate::wrong::judge;

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Fault {
    None,
    AnswersWhatWasDropped,
    CallsTwice,
    CountsDown,
    Fails,
    FailsOfAnotherKind,
    FailsOnASecondLoad,
    KeepsATaskAfterTheDrop,
    MixesConversations,
    NeverEnds,
    ReadsAheadOfTheFirstPoll,
    SpeaksInAnotherFormat,
    StopsForAnyTurn,
    TalksOn,
}

/// Answers every turn with the same sentence.
#[derive(Clone, Debug)]
struct Parrot {
    fault: Fault,
    loads: Arc<AtomicU32>,
    /// Turns that any stream has heard.
    turns: Arc<AtomicU32>,
}

impl Parrot {
    async fn converse(self, mut input: Inlet<RealtimeInput>, mut out: Emitter<RealtimeEvent>) -> Result<()> {
        match self.fault {
            Fault::Fails => return Err(Error::new(ErrorKind::Auth, "the key was refused")),
            Fault::FailsOfAnotherKind => return Err(Error::new(ErrorKind::Unexpected, "refused")),
            Fault::KeepsATaskAfterTheDrop => drop(tokio::spawn(std::future::pending::<()>())),
            _ => {}
        }
        let mut reply = if self.fault == Fault::CountsDown { 1_000 } else { 0 };
        let mut seen = 0;
        loop {
            let next = tokio::select! {
                next = input.next() => next,
                () = sleep(Duration::from_millis(100)), if self.fault == Fault::MixesConversations => {
                    if self.turns.load(Ordering::Relaxed) == seen {
                        continue;
                    }
                    Some(RealtimeInput::EndTurn)
                }
            };
            match next {
                None => break,
                Some(RealtimeInput::DropTurn) if self.fault == Fault::AnswersWhatWasDropped => {
                    reply += 1;
                    self.reply(reply, &mut input, &mut out).await;
                }
                Some(RealtimeInput::EndTurn) => {
                    self.turns.fetch_add(1, Ordering::Relaxed);
                    reply = if self.fault == Fault::CountsDown { reply - 1 } else { reply + 1 };
                    self.reply(reply, &mut input, &mut out).await;
                }
                Some(RealtimeInput::ToolResult { .. }) => {
                    reply += 1;
                    self.reply(reply, &mut input, &mut out).await;
                }
                Some(RealtimeInput::Text(_)) => {
                    let arguments = json!({ "what": "bread" });
                    let call = ToolCall { id: "c1".to_owned(), name: "look_up".to_owned(), arguments };
                    out.emit(RealtimeEvent::ToolCall(call.clone())).await;
                    if self.fault == Fault::CallsTwice {
                        out.emit(RealtimeEvent::ToolCall(call)).await;
                    }
                }
                Some(_) => {}
            }
            seen = self.turns.load(Ordering::Relaxed);
        }
        if self.fault == Fault::NeverEnds {
            std::future::pending::<()>().await;
        }
        Ok(())
    }

    async fn reply(&self, reply: u64, input: &mut Inlet<RealtimeInput>, out: &mut Emitter<RealtimeEvent>) {
        let text = "I like bread very much.";
        out.emit(RealtimeEvent::ReplyStarted { reply }).await;
        out.emit(RealtimeEvent::Text { reply, text: text.to_owned() }).await;
        let rate = if self.fault == Fault::SpeaksInAnotherFormat { 8_000 } else { 24_000 };
        let audio = speech::encode(text, AudioFormat::mono(rate), SessionTime::ZERO);
        for frame in speech::frames(&audio, Duration::from_millis(20)) {
            sleep(Duration::from_millis(5)).await;
            match input.try_next() {
                Some(RealtimeInput::Interrupt { .. }) if self.fault != Fault::TalksOn => return,
                Some(RealtimeInput::StartTurn) if self.fault == Fault::StopsForAnyTurn => return,
                _ => {}
            }
            out.emit(RealtimeEvent::Audio { reply, frame: AudioFrame::clone(&frame) }).await;
        }
        out.emit(RealtimeEvent::ReplyFinished { reply }).await;
    }
}

impl RealtimeProvider for Parrot {
    fn capabilities(&self) -> RealtimeCapabilities {
        RealtimeCapabilities {
            input: AudioFormat::WIDEBAND,
            output: AudioFormat::mono(24_000),
            resumable: false,
            shape: RealtimeShape::TurnBased(TurnBased {
                can_cancel: true,
                can_disable_turn_detection: true,
                ..TurnBased::default()
            }),
            words: UserWords::Never,
        }
    }

    fn converse(&self, _: RealtimeRequest, mut input: Inlet<RealtimeInput>) -> Events<RealtimeEvent> {
        let parrot = self.clone();
        if self.fault == Fault::ReadsAheadOfTheFirstPoll {
            let (feed, inner) = inlet(4_096);
            tokio::spawn(async move {
                while let Some(input) = input.next().await {
                    feed.send(input).await;
                }
            });
            input = inner;
        }
        Events::new(move |out| Parrot::converse(parrot, input, out))
    }

    fn load(&self) -> Events<Progress> {
        if self.fault == Fault::FailsOnASecondLoad && self.loads.fetch_add(1, Ordering::Relaxed) > 0 {
            return Events::failed(Error::new(ErrorKind::Unexpected, "loaded already"));
        }
        Events::empty()
    }
}

fn parrot(fault: Fault) -> Parrot {
    Parrot { fault, loads: Arc::default(), turns: Arc::default() }
}

fn subject(fault: Fault) -> RealtimeSubject {
    let failing = if fault == Fault::FailsOfAnotherKind { fault } else { Fault::Fails };
    let fault = if fault == Fault::FailsOfAnotherKind { Fault::None } else { fault };
    RealtimeSubject::new(parrot(fault))
        .calling(vec![RealtimeInput::Text("Look it up.".to_owned())], look_up())
        .failing(ErrorKind::Auth, parrot(failing))
}

mod scripted {
    use super::*;

    fn scripted() -> RealtimeSubject {
        RealtimeSubject::new(ScriptedRealtime::new(["I like bread very much."]).rate(4.0))
    }

    rooh_testkit::realtime_contract!(scripted());
}

mod parrot {
    use super::*;

    rooh_testkit::realtime_contract!(subject(Fault::None));
}

#[test]
fn wrong_models_are_caught() {
    judge(
        CASES,
        subject,
        &[
            (Fault::AnswersWhatWasDropped, &["nothing_is_answered_that_was_not_asked"]),
            (Fault::CallsTwice, &["a_tool_call_is_yielded_once_and_whole"]),
            (Fault::CountsDown, &["audio_and_text_carry_the_number_of_their_reply_and_numbers_only_rise"]),
            (Fault::FailsOfAnotherKind, &["an_error_is_the_last_event_and_of_the_right_kind"]),
            (Fault::FailsOnASecondLoad, &["loading_twice_or_never_is_harmless"]),
            (Fault::KeepsATaskAfterTheDrop, &["dropping_the_stream_hangs_up"]),
            (Fault::MixesConversations, &["two_conversations_do_not_mix"]),
            (Fault::NeverEnds, &["an_inlet_that_ends_ends_the_stream"]),
            (
                Fault::ReadsAheadOfTheFirstPoll,
                &["nothing_is_connected_before_the_first_poll", "dropping_the_stream_hangs_up"],
            ),
            (Fault::SpeaksInAnotherFormat, &["frames_are_yielded_in_the_promised_format"]),
            (Fault::StopsForAnyTurn, &["a_start_of_a_turn_cuts_no_reply_off"]),
            (Fault::TalksOn, &["after_an_interruption_nothing_of_that_reply_is_yielded"]),
        ],
    );
}
