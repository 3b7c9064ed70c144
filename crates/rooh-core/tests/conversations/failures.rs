//! Providers that fail, stall or are not there.

use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use expect_test::expect;
use rooh_core::llm::{LlmEvent, LlmProvider, LlmRequest};
use rooh_core::stream::{Events, Inlet};
use rooh_core::stt::{SttCapabilities, SttEvent, SttInput, SttProvider, SttRequest};
use rooh_core::tts::{TtsCapabilities, TtsEvent, TtsProvider, TtsRequest};
use rooh_core::{Error, ErrorKind};
use rooh_testkit::{Reply, ToneStt, ToneTts, scenario};
use serde_json::json;

fn broken() -> Error {
    Error::new(ErrorKind::Network, "the connection broke")
}

#[test]
fn a_model_that_fails_leaves_nobody_without_an_answer() {
    scenario("llm fails")
        .user(0.5, "hello")
        .agent(Reply::text("").fails(broken()))
        .user(6.0, "hello again")
        .agent("Hi.")
        .check(expect![[r#"
            0.000s session_started
            0.000s state listening
            0.560s speech_started
            0.880s speech_stopped
            0.930s user_final "hello"
            1.680s state processing
            1.680s user_turn "hello" (silence, 1000 ms)
            1.680s error the connection broke
            1.680s reply_text "Sorry, something went wrong. Could you say that again?"
            1.680s state speaking
            1.700s reply_started 1
            1.700s turn_timing 1000 = endpointing 1000
            3.500s reply_finished "Sorry, something went wrong. Could you say that again?"
            3.500s state listening
            6.060s speech_started
            6.580s speech_stopped
            6.630s user_final "hello again"
            7.380s state processing
            7.380s user_turn "hello again" (silence, 1000 ms)
            7.380s reply_text "Hi."
            7.380s state speaking
            7.400s reply_started 2
            7.400s turn_timing 1000 = endpointing 1000
            7.600s reply_finished "Hi."
            7.600s state listening
            12.400s state closed
            12.400s session_ended user_left
        "#]]);
}

#[derive(Debug)]
struct Silent;

impl LlmProvider for Silent {
    fn chat(&self, _: LlmRequest) -> Events<LlmEvent> {
        Events::from_stream(futures::stream::pending())
    }
}

#[test]
fn a_model_that_stalls_is_not_waited_for_for_ever() {
    scenario("llm stalls").with(|agent| agent.llm(Silent)).user(0.5, "hello").until(40.0).check(expect![[
        r#"
        0.000s session_started
        0.000s state listening
        0.560s speech_started
        0.880s speech_stopped
        0.930s user_final "hello"
        1.680s state processing
        1.680s user_turn "hello" (silence, 1000 ms)
        31.680s error the model stalled (after: 30 s)
        31.680s reply_text "Sorry, something went wrong. Could you say that again?"
        31.680s state speaking
        31.700s reply_started 1
        31.700s turn_timing 31000 = endpointing 1000 + clause 30000
        33.500s reply_finished "Sorry, something went wrong. Could you say that again?"
        33.500s state listening
        40.000s state closed
        40.000s session_ended user_left
    "#
    ]]);
}

#[derive(Debug)]
struct Stalling;

impl TtsProvider for Stalling {
    fn capabilities(&self) -> TtsCapabilities {
        TtsCapabilities::default()
    }

    fn synthesize(&self, _: TtsRequest, _: Inlet<String>) -> Events<TtsEvent> {
        Events::from_stream(futures::stream::pending())
    }
}

#[test]
fn a_voice_that_stalls_or_fails_is_told_and_the_session_goes_on() {
    scenario("tts stalls").with(|agent| agent.tts(Stalling)).user(0.5, "hello").until(40.0).check(expect![[
        r#"
        0.000s session_started
        0.000s state listening
        0.560s speech_started
        0.880s speech_stopped
        0.930s user_final "hello"
        1.680s state processing
        1.680s user_turn "hello" (silence, 1000 ms)
        1.680s reply_text "Okay."
        31.680s error the voice stalled (after: 30 s)
        31.680s state listening
        40.000s state closed
        40.000s session_ended user_left
    "#
    ]]);
    scenario("tts fails").with(|agent| agent.tts(ToneTts::new().failing(broken()))).user(0.5, "hello").check(
        expect![[r#"
            0.000s session_started
            0.000s state listening
            0.560s speech_started
            0.880s speech_stopped
            0.930s user_final "hello"
            1.680s state processing
            1.680s user_turn "hello" (silence, 1000 ms)
            1.680s reply_text "Okay."
            1.680s provider_failed tts[0]: the connection broke; next: tts[0]
            1.680s provider_failed tts[0]: the connection broke; next: nobody
            1.680s error the connection broke (provider: tts[0])
            1.680s state listening
            6.700s state closed
            6.700s session_ended user_left
        "#]],
    );
}

/// Breaks at the first input of its first two streams.
#[derive(Debug, Default)]
struct Shaky {
    streams: AtomicU32,
}

impl SttProvider for Shaky {
    fn capabilities(&self) -> SttCapabilities {
        ToneStt::new().capabilities()
    }

    fn transcribe(&self, request: SttRequest, audio: Inlet<SttInput>) -> Events<SttEvent> {
        match self.streams.fetch_add(1, Ordering::Relaxed) {
            0 | 1 => ToneStt::new().failing(broken()).transcribe(request, audio),
            _ => ToneStt::new().transcribe(request, audio),
        }
    }
}

#[test]
fn a_recognizer_that_breaks_is_started_again() {
    scenario("stt breaks").with(|agent| agent.stt(Shaky::default())).user(1.0, "hello").agent("Hi.").check(
        expect![[r#"
            0.000s session_started
            0.000s state listening
            0.020s provider_failed stt[0]: the connection broke; next: stt[0]
            0.077s provider_failed stt[0]: the connection broke; next: stt[0]
            1.060s speech_started
            1.380s speech_stopped
            1.430s user_final "hello"
            2.180s state processing
            2.180s user_turn "hello" (silence, 1000 ms)
            2.180s reply_text "Hi."
            2.180s state speaking
            2.200s reply_started 1
            2.200s turn_timing 1000 = endpointing 1000
            2.400s reply_finished "Hi."
            2.400s state listening
            7.200s state closed
            7.200s session_ended user_left
        "#]],
    );
}

/// Works for a while, and then no stream of it does.
#[derive(Debug, Default)]
struct Dying {
    streams: AtomicU32,
}

impl SttProvider for Dying {
    fn capabilities(&self) -> SttCapabilities {
        ToneStt::new().capabilities()
    }

    fn transcribe(&self, request: SttRequest, audio: Inlet<SttInput>) -> Events<SttEvent> {
        let first = self.streams.fetch_add(1, Ordering::Relaxed) == 0;
        let mut events = ToneStt::new().transcribe(request, audio);
        Events::new(move |mut out| async move {
            let end = tokio::time::Instant::now() + Duration::from_secs(if first { 5 } else { 0 });
            loop {
                match tokio::time::timeout_at(end, events.next()).await {
                    Ok(Some(event)) => out.emit(event?).await,
                    Ok(None) => return Ok(()),
                    Err(_) => return Err(broken()),
                }
            }
        })
    }
}

/// U8: nobody who speaks waits for more than three seconds, though nobody listens.
#[test]
fn who_speaks_while_nobody_listens_hears_an_apology() {
    let played = scenario("stt dies")
        .with(|agent| agent.stt(Dying::default()))
        .user(1.0, "hello")
        .user(8.0, "are you there")
        .user(20.0, "hello again")
        .agent("Hi.")
        .until(28.0)
        .play();
    let apology = "Sorry, something went wrong.";
    let said: Vec<f64> = played
        .log()
        .lines()
        .filter(|line| line.contains("reply_text") && line.contains(apology))
        .filter_map(|line| line.split_once("s ")?.0.parse().ok())
        .collect();
    // The words end at 8.6 and 20.4 seconds.
    assert!(
        matches!(said.as_slice(), [first, second] if *first < 11.6 && *second < 23.4),
        "{}",
        played.log()
    );
}

#[test]
fn a_recognizer_that_cannot_work_is_told_once_and_writing_still_works() {
    let error = Error::new(ErrorKind::NotFound, "the speech library is missing");
    scenario("no stt")
        .with(|agent| agent.stt(ToneStt::new().failing(error)))
        .user(0.5, "hello")
        .command(3.0, rooh_core::session::Command::SendText("hello".into()))
        .agent("Hi.")
        .check(expect![[r#"
            0.000s session_started
            0.000s state listening
            0.020s provider_failed stt[0]: the speech library is missing; next: nobody
            0.020s error the speech library is missing (provider: stt[0])
            0.560s speech_started
            0.880s speech_stopped
            1.680s state processing
            1.680s state listening
            1.680s reply_text "Sorry, something went wrong."
            1.680s reply_text "Could you say that again?"
            1.680s state speaking
            1.700s reply_started 1
            3.000s user_final "hello"
            3.000s state interrupting
            3.000s state processing
            3.000s user_turn "hello" (manual, 0 ms)
            3.000s interrupted at 1320 ms, heard "Sorry, something went wrong. Could you", unheard "say that again?"
            3.000s state listening
            3.000s reply_text "Hi."
            3.000s state speaking
            3.100s reply_started 2
            3.100s turn_timing 0 = 
            3.200s reply_finished "Hi."
            3.200s state listening
            9.000s state closed
            9.000s session_ended user_left
        "#]]);
}

#[test]
fn a_tool_that_is_not_there_is_told_to_the_model() {
    scenario("unknown tool")
        .user(0.5, "hello")
        .agent(Reply::text("").call("fly", json!({})))
        .agent("I cannot fly.")
        .check(expect![[r#"
            0.000s session_started
            0.000s state listening
            0.560s speech_started
            0.880s speech_stopped
            0.930s user_final "hello"
            1.680s state processing
            1.680s user_turn "hello" (silence, 1000 ms)
            1.680s tool_called fly {}
            1.680s tool_returned fly {"error":"no tool is named \"fly\"","tools":[]} failed
            1.680s reply_text "I cannot fly."
            1.680s state speaking
            1.700s reply_started 1
            1.700s turn_timing 1000 = endpointing 1000
            2.300s reply_finished "I cannot fly."
            2.300s state listening
            6.700s state closed
            6.700s session_ended user_left
        "#]]);
}

#[test]
fn all_that_is_wrong_with_an_agent_is_said_at_once() {
    let error = rooh_core::Agent::builder(rooh_core::registry::Registry::empty())
        .stt("deepgram/nova-3")
        .tts("cartesia?voice")
        .vad_threshold(7.0)
        .silence_duration(Duration::from_secs(90))
        .build()
        .expect_err("five things are wrong");
    expect![[r#"
        5 things are wrong
          stt: no stt provider is named "deepgram" (linked: none)
          tts: an option is written name=value (given: "voice")
          llm: an agent needs a language model or a hook that answers in its place
          vad_threshold: must lie between 0 and 1 (given: 7)
          silence_duration: must lie between 100 ms and 30 s (given: 90000 ms)"#]]
    .assert_eq(&error.to_string());
}
