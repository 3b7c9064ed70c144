//! The agent that takes messages in a session, with sound, interruptions and tools.

use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use expect_test::{Expect, expect};
use rooh_core::session::SessionContext;
use rooh_core::tool::{EndCall, Tool, ToolSpec};
use rooh_testkit::{Scenario, scenario};
use serde_json::{Value, json};

use crate::reception::reception;

/// Keeps messages.
#[derive(Clone, Debug, Default)]
struct SaveMessage(Arc<Mutex<Vec<Value>>>);

#[async_trait]
impl Tool for SaveMessage {
    fn spec(&self) -> ToolSpec {
        ToolSpec::new("save_message", "Keeps a message.").must_finish()
    }

    async fn call(&self, arguments: Value, _: &SessionContext) -> rooh_core::Result<Value> {
        self.0.lock().expect("nobody panics here").push(arguments);
        Ok(json!({ "saved": true }))
    }
}

/// What was said by whom, how often the agent was cut off, how it ended, and what was kept.
fn check(played: Scenario, expected: Expect) {
    let saved = SaveMessage::default();
    let tool = saved.clone();
    let log = played
        .with(move |agent| agent.llm(reception()).generated_greeting().tool(tool).tool(EndCall))
        .play()
        .log();
    let telling = ["user_turn", "reply_finished", "interrupted", "session_ended", "tool_called", "error"];
    let lines: Vec<&str> =
        log.lines().filter(|line| telling.iter().any(|kind| line.contains(kind))).collect();
    let saved = Value::Array(saved.0.lock().expect("nobody panics here").clone());
    expected.assert_eq(&format!("{}\nkept: {saved}\n", lines.join("\n")));
}

#[test]
fn a_message_is_taken_by_voice() {
    check(
        scenario("a message")
            .user(7.0, "this is John Smith, call me back at 555 1234 about my order")
            .user(15.0, "yes")
            .user(22.0, "yes that's right")
            .until(60.0),
        expect![[r#"
            4.800s reply_finished "Hello, this is Acme. Nobody can come to the phone right now, but I'll gladly take a message. May I have your name, please?"
            10.580s user_turn "this is John Smith, call me back at 555 1234 about my order" (silence, 1000 ms)
            13.000s reply_finished "I have 5 5 5, 1 2 3 4. Is that right?"
            15.444s user_turn "yes" (complete, 264 ms)
            19.100s reply_finished "Let me read that back: a message from John Smith, about: my order. Did I get that right?"
            22.844s user_turn "yes that's right" (complete, 264 ms)
            22.844s tool_called save_message {"name":"John Smith","number":"5551234","reason":"my order"}
            22.844s tool_called end_call {}
            26.300s reply_finished "Thank you, John. I've written that down, and I'll pass it on. Have a good day. Goodbye."
            26.300s session_ended agent_ended
            kept: [{"name":"John Smith","number":"5551234","reason":"my order"}]
        "#]],
    );
}

#[test]
fn a_caller_may_cut_in_at_any_time() {
    check(
        scenario("interruptions")
            .user(1.0, "hello my name is Ann")
            .user(3.4, "the roof")
            .user(9.0, "five five five")
            .user(12.5, "one two one two")
            .user(16.6, "no wait the last digit is nine")
            .user(24.0, "yes")
            .user(31.0, "yes")
            .until(60.0),
        expect![[r#"
            1.200s interrupted at 1200 ms, heard "Hello, this is Acme. Nobody", unheard "can come to the phone right now, but I'll gladly take a message. May I have your name, please?"
            2.244s user_turn "hello my name is Ann" (complete, 264 ms)
            3.600s interrupted at 1356 ms, heard "Thank you, Ann. What is it", unheard "about?"
            4.780s user_turn "the roof" (silence, 1000 ms)
            6.600s reply_finished "And what number can we call you back on?"
            14.755s user_turn "five five five one two one two" (silence, 1475 ms)
            16.800s interrupted at 2045 ms, heard "I have 5 5 5, 1 2 1 2. Is that", unheard "right?"
            19.455s user_turn "no wait the last digit is nine" (silence, 1475 ms)
            21.900s reply_finished "Got it. So that's 5 5 5, 1 2 1 9. Correct?"
            24.570s user_turn "yes" (complete, 390 ms)
            28.000s reply_finished "Let me read that back: a message from Ann, about: the roof. Did I get that right?"
            31.570s user_turn "yes" (complete, 390 ms)
            31.570s tool_called save_message {"name":"Ann","number":"5551219","reason":"the roof"}
            31.570s tool_called end_call {}
            35.000s reply_finished "Thank you, Ann. I've written that down, and I'll pass it on. Have a good day. Goodbye."
            35.000s session_ended agent_ended
            kept: [{"name":"Ann","number":"5551219","reason":"the roof"}]
        "#]],
    );
}
