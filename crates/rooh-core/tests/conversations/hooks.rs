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
            0.980s user_final "well"
            4.060s speech_started
            4.780s speech_stopped
            4.880s user_final "i bake bread"
            6.489s state processing
            6.489s user_turn "well i bake bread" (silence, 1909 ms)
            6.489s reply_text "Lovely."
            6.489s state speaking
            6.520s reply_started 1
            6.520s turn_timing 1920 = endpointing 1909 + playout 11
            6.700s reply_finished "Lovely."
            6.700s state listening
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
            0.980s user_final "hello"
            1.974s state processing
            1.974s user_turn "hello" (silence, 1294 ms)
            1.974s reply_text "scenario heard 1 message"
            1.974s state speaking
            2.000s reply_started 1
            2.000s turn_timing 1300 = endpointing 1294 + playout 6
            2.800s reply_finished "scenario heard 1 message"
            2.800s state listening
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
            1.974s state processing
            1.974s state listening
            4.060s speech_started
            4.980s speech_stopped
            5.080s user_final "what is this vehicle"
            5.816s state processing
            5.816s user_turn "what is this vehicle" (complete, 1036 ms)
            5.816s reply_text "Let me see."
            5.816s tool_called price {"of":"vehicle"}
            5.816s tool_called buy {}
            5.816s tool_returned buy {"denied":"ask a human"} failed
            5.816s tool_called look {}
            5.816s tool_returned look "cached"
            5.816s state speaking
            5.900s reply_started 1
            5.900s turn_timing 1040 = endpointing 1036 + playout 4
            6.216s tool_returned price {"price":10,"asked":{"of":"vehicle"}}
            6.216s reply_text "About ten."
            6.216s reply_text "Yes."
            7.100s reply_finished "Let me see. About ten. Yes."
            7.100s state listening
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
            0.980s user_final "one"
            1.974s state processing
            1.974s user_turn "one" (silence, 1294 ms)
            3.974s error a hook took too long (hook: on_clause)
            3.974s reply_text "Sorry, something went wrong. Could you say that again?"
            3.974s state speaking
            4.000s reply_started 1
            4.000s turn_timing 3300 = endpointing 1294 + clause 2000 + playout 6
            5.800s reply_finished "Sorry, something went wrong. Could you say that again?"
            5.800s state listening
            9.060s speech_started
            9.380s speech_stopped
            9.480s user_final "two"
            10.474s state processing
            10.474s user_turn "two" (silence, 1294 ms)
            10.474s error the filter broke (hook: on_clause)
            10.474s reply_text "Sorry, something went wrong. Could you say that again?"
            10.474s state speaking
            10.500s reply_started 2
            10.500s turn_timing 1300 = endpointing 1294 + playout 6
            12.300s reply_finished "Sorry, something went wrong. Could you say that again?"
            12.300s state listening
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
        heard "We are open every", not "day from nine to five."
        4 messages, user_left"#]]
    .assert_eq(&diary.0.lock().expect("nobody panics here").join("\n"));
}
