//! Where an application steers.

use std::time::Duration;

use async_trait::async_trait;
use expect_test::expect;
use rooh_core::hook::{ClauseAction, Hook, ToolAction, TranscriptAction, TurnAction};
use rooh_core::llm::{LlmEvent, LlmRequest, StopReason, ToolCall};
use rooh_core::session::SessionContext;
use rooh_core::stream::Events;
use rooh_core::tool::{Tool, ToolSpec};
use rooh_core::{Error, ErrorKind, Result};
use rooh_testkit::{Reply, scenario};
use serde_json::{Value, json};

#[test]
fn a_turn_that_is_held_is_joined_with_what_follows() {
    scenario("interview")
        .with(|agent| {
            agent.on_user_turn(|turn, _| async move {
                Ok(if turn.text.ends_with("well") {
                    TurnAction::hold("Take your time.")
                } else {
                    TurnAction::Reply
                })
            })
        })
        .user(0.5, "well")
        .user(4.0, "i bake bread")
        .agent("Lovely.")
        .check(expect![[r#"
            0.000s session_started
            0.000s state listening
            0.560s speech_started
            0.880s speech_stopped
            0.930s user_final "well"
            4.060s speech_started
            4.780s speech_stopped
            4.830s user_final "i bake bread"
            6.055s state processing
            6.055s user_turn "well i bake bread" (silence, 1475 ms)
            6.055s reply_text "Lovely."
            6.055s state speaking
            6.100s reply_started 1
            6.100s turn_timing 1480 = endpointing 1475 + playout 5
            6.300s reply_finished "Lovely."
            6.300s state listening
            10.600s state closed
            10.600s session_ended user_left
        "#]]);
}

#[test]
fn a_closure_can_stand_in_for_the_model() {
    scenario("llm hook")
        .with(|agent| {
            agent.llm_hook(|request: LlmRequest, session| {
                Events::new(move |mut out| async move {
                    let turns = request.messages.len();
                    out.emit(LlmEvent::Text(format!("{} heard {turns} message", session.id))).await;
                    out.emit(LlmEvent::Stopped(StopReason::Finished)).await;
                    Ok(())
                })
            })
        })
        .user(0.5, "hello")
        .check(expect![[r#"
            0.000s session_started
            0.000s state listening
            0.560s speech_started
            0.880s speech_stopped
            0.930s user_final "hello"
            1.680s state processing
            1.680s user_turn "hello" (silence, 1000 ms)
            1.680s reply_text "scenario heard 1 message"
            1.680s state speaking
            1.700s reply_started 1
            1.700s turn_timing 1000 = endpointing 1000
            2.500s reply_finished "scenario heard 1 message"
            2.500s state listening
            6.700s state closed
            6.700s session_ended user_left
        "#]]);
}

struct Censor;

#[async_trait]
impl Hook for Censor {
    async fn on_transcript(&self, text: &str, _: &SessionContext) -> Result<TranscriptAction> {
        Ok(match text {
            "secret" => TranscriptAction::Block,
            _ => TranscriptAction::Replace(text.replace("car", "vehicle")),
        })
    }

    async fn on_clause(&self, clause: &str, _: &SessionContext) -> Result<ClauseAction> {
        Ok(match clause.trim() {
            "Darn." => ClauseAction::Drop,
            "Ten." => ClauseAction::Replace("About ten.".into()),
            _ => ClauseAction::Speak,
        })
    }

    async fn on_tool_call(&self, call: &ToolCall, _: &SessionContext) -> Result<ToolAction> {
        Ok(match call.name.as_str() {
            "price" => ToolAction::Rewrite(json!({ "of": "vehicle" })),
            "buy" => ToolAction::Deny("ask a human".into()),
            _ => ToolAction::Return(json!("cached")),
        })
    }
}

#[derive(Debug)]
struct Price;

#[async_trait]
impl Tool for Price {
    fn spec(&self) -> ToolSpec {
        ToolSpec::new("price", "Says what something costs.")
    }

    async fn call(&self, arguments: Value, _: &SessionContext) -> Result<Value> {
        tokio::time::sleep(Duration::from_millis(400)).await;
        Ok(json!({ "price": 10, "asked": arguments }))
    }
}

#[test]
fn transcripts_clauses_and_tool_calls_can_be_changed_and_blocked() {
    scenario("censor")
        .with(|agent| agent.hook(Censor).tool(Price))
        .user(0.5, "secret")
        .user(4.0, "what is this car")
        .agent(
            Reply::text("Let me see. Darn.")
                .call("price", json!({}))
                .call("buy", json!({}))
                .call("look", json!({})),
        )
        .agent("Ten. Yes.")
        .check(expect![[r#"
            0.000s session_started
            0.000s state listening
            0.560s speech_started
            0.880s speech_stopped
            1.680s state processing
            1.680s state listening
            4.060s speech_started
            4.980s speech_stopped
            5.030s user_final "what is this vehicle"
            5.580s state processing
            5.580s user_turn "what is this vehicle" (complete, 800 ms)
            5.580s reply_text "Let me see."
            5.580s tool_called price {"of":"vehicle"}
            5.580s tool_called buy {}
            5.580s tool_returned buy {"denied":"ask a human"} failed
            5.580s tool_called look {}
            5.580s tool_returned look "cached"
            5.580s state speaking
            5.600s reply_started 1
            5.600s turn_timing 800 = endpointing 800
            5.980s tool_returned price {"price":10,"asked":{"of":"vehicle"}}
            5.980s reply_text "About ten."
            5.980s reply_text "Yes."
            6.800s reply_finished "Let me see. About ten. Yes."
            6.800s state listening
            10.800s state closed
            10.800s session_ended user_left
        "#]]);
}

struct Stuck;

#[async_trait]
impl Hook for Stuck {
    async fn on_clause(&self, clause: &str, _: &SessionContext) -> Result<ClauseAction> {
        if clause.contains("slow") {
            std::future::pending::<()>().await;
        }
        if clause.contains("fail") {
            return Err(Error::new(ErrorKind::Unexpected, "the filter broke"));
        }
        Ok(ClauseAction::Speak)
    }
}

#[test]
fn a_hook_that_fails_or_takes_too_long_blocks_what_it_was_asked_about() {
    scenario("stuck hook")
        .with(|agent| agent.hook(Stuck).settings(|settings| settings.hook_timeout = Duration::from_secs(2)))
        .user(0.5, "one")
        .agent("This is slow.")
        .user(9.0, "two")
        .agent("Now I fail here.")
        .check(expect![[r#"
            0.000s session_started
            0.000s state listening
            0.560s speech_started
            0.880s speech_stopped
            0.930s user_final "one"
            1.680s state processing
            1.680s user_turn "one" (silence, 1000 ms)
            3.680s error a hook took too long (hook: on_clause)
            3.680s reply_text "Sorry, something went wrong. Could you say that again?"
            3.680s state speaking
            3.700s reply_started 1
            3.700s turn_timing 3000 = endpointing 1000 + clause 2000
            5.500s reply_finished "Sorry, something went wrong. Could you say that again?"
            5.500s state listening
            9.060s speech_started
            9.380s speech_stopped
            9.430s user_final "two"
            10.180s state processing
            10.180s user_turn "two" (silence, 1000 ms)
            10.180s error the filter broke (hook: on_clause)
            10.180s reply_text "Sorry, something went wrong. Could you say that again?"
            10.180s state speaking
            10.200s reply_started 2
            10.200s turn_timing 1000 = endpointing 1000
            12.000s reply_finished "Sorry, something went wrong. Could you say that again?"
            12.000s state listening
            15.200s state closed
            15.200s session_ended user_left
        "#]]);
}

#[test]
fn the_session_tells_hooks_when_it_begins_and_ends_and_is_cut_off() {
    #[derive(Clone, Default)]
    struct Diary(std::sync::Arc<std::sync::Mutex<Vec<String>>>);
    impl Diary {
        fn write(&self, line: String) {
            self.0.lock().expect("nobody panics here").push(line);
        }
    }
    #[async_trait]
    impl Hook for Diary {
        async fn on_session_started(&self, session: &SessionContext) -> Result<()> {
            self.write(format!("{} began", session.id));
            Ok(())
        }
        async fn on_barge_in(&self, heard: &str, unheard: &str, _: &SessionContext) -> Result<()> {
            self.write(format!("heard {heard:?}, not {unheard:?}"));
            Ok(())
        }
        async fn on_session_ended(
            &self,
            reason: rooh_core::event::SessionEnd,
            session: &SessionContext,
        ) -> Result<()> {
            self.write(format!("{} messages, {}", session.history.len(), reason.as_str()));
            Ok(())
        }
    }
    let diary = Diary::default();
    let hook = diary.clone();
    scenario("diary")
        .with(|agent| agent.hook(hook))
        .user(0.5, "when are you open")
        .agent("We are open every day from nine to five.")
        .user(3.0, "and on mondays please")
        .agent("From nine.")
        .play();
    expect![[r#"
        scenario began
        heard "We are open every day", not "from nine to five."
        4 messages, user_left"#]]
    .assert_eq(&diary.0.lock().expect("nobody panics here").join("\n"));
}
