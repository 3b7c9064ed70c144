//! What is asked of a session from outside, and what it does of its own accord.

use std::sync::Arc;
use std::time::Duration;

use expect_test::expect;
use rooh_core::options::Options;
use rooh_core::session::{Command, PushToTalk, Swap};
use rooh_core::stream::{Events, Inlet, inlet};
use rooh_core::tool::EndCall;
use rooh_core::tts::{TtsCapabilities, TtsEvent, TtsProvider, TtsRequest};
use rooh_testkit::{Reply, ScriptedLlm, ToneTts, scenario};
use serde_json::json;

#[test]
fn an_agent_greets_and_asks_after_a_silent_user_and_hangs_up() {
    scenario("silent user")
        .with(|agent| {
            agent.greeting("Hello.").no_input(Duration::from_secs(5), ["Are you there?", "I will hang up."])
        })
        .until(60.0)
        .check(expect![[r#"
            0.000s session_started
            0.000s state listening
            0.000s reply_text "Hello."
            0.000s state speaking
            0.100s reply_started 1
            0.200s reply_finished "Hello."
            0.200s state listening
            5.200s reply_text "Are you there?"
            5.200s state speaking
            5.300s reply_started 2
            5.800s reply_finished "Are you there?"
            5.800s state listening
            10.800s reply_text "I will hang up."
            10.800s state speaking
            10.900s reply_started 3
            11.600s reply_finished "I will hang up."
            11.600s state listening
            16.600s state closed
            16.600s session_ended no_input
        "#]]);
}

#[test]
fn a_greeting_may_come_from_the_model() {
    scenario("generated greeting")
        .with(rooh_core::AgentBuilder::generated_greeting)
        .llm(ScriptedLlm::new(["Fine."]).greeting("Good morning."))
        .until(4.0)
        .check(expect![[r#"
            0.000s session_started
            0.000s state listening
            0.000s state processing
            0.000s reply_text "Good morning."
            0.000s state speaking
            0.100s reply_started 1
            0.400s reply_finished "Good morning."
            0.400s state listening
            4.000s state closed
            4.000s session_ended user_left
        "#]]);
}

#[test]
fn a_goodbye_is_heard_to_its_end_before_the_call_is_over() {
    scenario("goodbye")
        .with(|agent| agent.tool(EndCall))
        .user(0.5, "that is all")
        .agent(Reply::text("Thank you and goodbye.").call("end_call", json!({})))
        .agent("")
        .until(30.0)
        .check(expect![[r#"
            0.000s session_started
            0.000s state listening
            0.560s speech_started
            1.280s speech_stopped
            1.330s user_final "that is all"
            1.880s state processing
            1.880s user_turn "that is all" (complete, 800 ms)
            1.880s reply_text "Thank you and goodbye."
            1.880s tool_called end_call {}
            1.880s state speaking
            1.880s tool_returned end_call {"ended":true}
            1.900s reply_started 1
            1.900s turn_timing 800 = endpointing 800
            2.700s reply_finished "Thank you and goodbye."
            2.700s state listening
            2.700s state closed
            2.700s session_ended agent_ended
        "#]]);
}

#[test]
fn an_announcement_is_said_to_its_end_and_what_was_said_over_it_is_answered() {
    let announcement = "This call is recorded for quality.".to_owned();
    scenario("announcement")
        .command(0.0, Command::Say { text: announcement, interruptible: false })
        .user(0.6, "what did you say")
        .agent("It is recorded.")
        .check(expect![[r#"
            0.000s session_started
            0.000s state listening
            0.000s reply_text "This call is recorded for quality."
            0.000s state speaking
            0.100s reply_started 1
            0.660s speech_started
            1.200s reply_finished "This call is recorded for quality."
            1.200s state listening
            1.580s speech_stopped
            1.630s user_final "what did you say"
            1.644s state processing
            1.644s user_turn "what did you say" (complete, 264 ms)
            1.644s reply_text "It is recorded."
            1.644s state speaking
            1.700s reply_started 2
            1.700s turn_timing 280 = endpointing 264 + playout 16
            2.300s reply_finished "It is recorded."
            2.300s state listening
            7.400s state closed
            7.400s session_ended user_left
        "#]]);
}

#[test]
fn what_is_written_is_a_turn_at_once() {
    scenario("written").command(1.0, Command::SendText("what time is it".into())).agent("Nine.").check(
        expect![[r#"
            0.000s session_started
            0.000s state listening
            1.000s user_final "what time is it"
            1.000s state processing
            1.000s user_turn "what time is it" (manual, 0 ms)
            1.000s reply_text "Nine."
            1.000s state speaking
            1.100s reply_started 1
            1.100s turn_timing 0 = 
            1.200s reply_finished "Nine."
            1.200s state listening
            7.000s state closed
            7.000s session_ended user_left
        "#]],
    );
}

#[test]
fn a_commit_ends_the_turn_without_a_pause() {
    scenario("commit").user(0.5, "what time is it").command(1.4, Command::Commit).agent("Nine.").check(
        expect![[r#"
            0.000s session_started
            0.000s state listening
            0.560s speech_started
            1.400s state processing
            1.400s user_final "what time is it"
            1.400s user_turn "what time is it" (manual, 0 ms)
            1.400s reply_text "Nine."
            1.400s state speaking
            1.480s speech_stopped
            1.500s reply_started 1
            1.500s turn_timing 0 = 
            1.600s reply_finished "Nine."
            1.600s state listening
            7.400s state closed
            7.400s session_ended user_left
        "#]],
    );
}

#[test]
fn an_interrupt_silences_the_agent() {
    scenario("interrupt")
        .user(0.5, "hello")
        .agent("We are open every day from nine to five.")
        .command(2.6, Command::Interrupt)
        .check(expect![[r#"
            0.000s session_started
            0.000s state listening
            0.560s speech_started
            0.880s speech_stopped
            0.930s user_final "hello"
            1.680s state processing
            1.680s user_turn "hello" (silence, 1000 ms)
            1.680s reply_text "We are open every day from nine to five."
            1.680s state speaking
            1.700s reply_started 1
            1.700s turn_timing 1000 = endpointing 1000
            2.600s state interrupting
            2.600s interrupted at 920 ms, heard "We are open every", unheard "day from nine to five."
            2.600s state listening
            8.600s state closed
            8.600s session_ended user_left
        "#]]);
}

#[test]
fn push_to_talk_outlasts_any_pause() {
    scenario("push to talk")
        .command(0.2, Command::PushToTalk(PushToTalk::Pressed))
        .user(0.5, "i used to work at")
        .user(4.5, "a bakery")
        .command(5.2, Command::PushToTalk(PushToTalk::Released))
        .agent("Nice.")
        .check(expect![[r#"
            0.000s session_started
            0.000s state listening
            0.560s speech_started
            1.680s speech_stopped
            1.730s user_final "i used to work at"
            4.560s speech_started
            5.080s speech_stopped
            5.130s user_final "a bakery"
            5.200s state processing
            5.200s user_turn "i used to work at a bakery" (manual, 0 ms)
            5.200s reply_text "Nice."
            5.200s state speaking
            5.300s reply_started 1
            5.300s turn_timing 0 = 
            5.400s reply_finished "Nice."
            5.400s state listening
            11.200s state closed
            11.200s session_ended user_left
        "#]]);
}

#[test]
fn a_muted_user_is_not_heard() {
    scenario("mute")
        .command(0.2, Command::Mute(true))
        .user(0.5, "what time is it")
        .command(2.0, Command::Mute(false))
        .user(2.5, "hello")
        .agent("Hi.")
        .check(expect![[r#"
            0.000s session_started
            0.000s state listening
            2.560s speech_started
            2.880s speech_stopped
            2.930s user_final "hello"
            3.680s state processing
            3.680s user_turn "hello" (silence, 1000 ms)
            3.680s reply_text "Hi."
            3.680s state speaking
            3.700s reply_started 1
            3.700s turn_timing 1000 = endpointing 1000
            3.900s reply_finished "Hi."
            3.900s state listening
            8.700s state closed
            8.700s session_ended user_left
        "#]]);
}

#[test]
fn a_provider_that_is_swapped_takes_over_with_the_next_turn() {
    let other = ScriptedLlm::new(["First.", "Second of the other."]);
    scenario("swap")
        .user(0.5, "hello")
        .agent("First.")
        .command(2.2, Command::Swap(Swap::Llm(Arc::new(other))))
        .command(2.2, Command::Swap(Swap::Tts(Arc::new(ToneTts::new()))))
        .user(4.0, "hello again")
        .check(expect![[r#"
            0.000s session_started
            0.000s state listening
            0.560s speech_started
            0.880s speech_stopped
            0.930s user_final "hello"
            1.680s state processing
            1.680s user_turn "hello" (silence, 1000 ms)
            1.680s reply_text "First."
            1.680s state speaking
            1.700s reply_started 1
            1.700s turn_timing 1000 = endpointing 1000
            1.900s reply_finished "First."
            1.900s state listening
            4.060s speech_started
            4.580s speech_stopped
            4.630s user_final "hello again"
            5.380s state processing
            5.380s user_turn "hello again" (silence, 1000 ms)
            5.380s reply_text "Second of the other."
            5.380s state speaking
            5.400s reply_started 2
            5.400s turn_timing 1000 = endpointing 1000
            6.200s reply_finished "Second of the other."
            6.200s state listening
            10.400s state closed
            10.400s session_ended user_left
        "#]]);
}

#[test]
fn a_key_is_an_event() {
    scenario("dtmf").dtmf(0.5, '5').until(1.0).check(expect![[r#"
        0.000s session_started
        0.000s state listening
        0.500s dtmf 5
        1.000s state closed
        1.000s session_ended user_left
    "#]]);
}

#[test]
fn an_agent_without_a_voice_answers_in_writing() {
    let agent = rooh_core::Agent::builder(rooh_core::registry::Registry::empty())
        .llm(ScriptedLlm::new(["Nine."]))
        .build()
        .expect("a model is enough");
    assert!(format!("{agent:?}").contains("ScriptedLlm"));
}

/// Says the name of the style that it is asked for.
#[derive(Debug)]
struct Echo;

impl TtsProvider for Echo {
    fn capabilities(&self) -> TtsCapabilities {
        TtsCapabilities::default()
    }

    fn synthesize(&self, request: TtsRequest, mut text: Inlet<String>) -> Events<TtsEvent> {
        let style =
            request.options.get("style").and_then(|style| style.as_str()).unwrap_or("plain").to_owned();
        let (feed, styled) = inlet(1);
        let _ = feed.try_send(style);
        drop(feed);
        let mut said = ToneTts::new().synthesize(TtsRequest::default(), styled);
        Events::new(move |mut out| async move {
            while text.next().await.is_some() {}
            while let Some(event) = said.next().await {
                out.emit(event?).await;
            }
            Ok(())
        })
    }
}

#[test]
fn a_voice_may_change_its_style_from_one_reply_to_the_next() {
    let played = scenario("style")
        .with(|agent| agent.tts(Echo))
        .user(0.5, "hello")
        .agent("Okay.")
        .command(3.0, Command::VoiceOptions(Options::new().with("style", "cheerful")))
        .user(4.0, "hello again")
        .play();
    assert_eq!(played.words_heard(), "plain cheerful");
}
