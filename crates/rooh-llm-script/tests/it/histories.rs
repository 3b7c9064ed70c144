//! Any history at all is answered, and always the same.

use std::time::Instant;

use proptest::prelude::*;
use rooh_core::llm::{LlmEvent, Message, StopReason, ToolCall};
use rooh_llm_script::Script;
use serde_json::json;

use crate::player::{Player, answer};
use crate::reception::reception;

fn said() -> impl Strategy<Value = String> {
    let likely = [
        "yes",
        "no",
        "no, my name is Don",
        "John Smith",
        "five five five",
        "one two one two",
        "5551212",
        "about my order",
        "the name",
        "the number",
        "hold on",
        "what?",
        "goodbye",
        "start over",
        "um",
        "",
        "the last digit is nine",
        "call me at 555 1212",
        "help",
        "never mind",
        "it's nine not five",
        "actually the number is 555 9999",
        "double",
        "hundred thousand",
        "at dot com",
        "+",
        "'",
        "I'm",
    ];
    prop_oneof![
        6 => proptest::sample::select(likely.to_vec()).prop_map(str::to_owned),
        1 => ".{0,40}",
        1 => "[a-z0-9 ,.'+@]{0,60}",
        1 => proptest::collection::vec(proptest::sample::select(likely.to_vec()), 1..6)
            .prop_map(|parts| parts.join(" ")),
    ]
}

fn message() -> impl Strategy<Value = Message> {
    let tool = || proptest::sample::select(vec!["save_message", "end_call", "other"]);
    prop_oneof![
        6 => said().prop_map(Message::User),
        5 => (said(), any::<bool>(), proptest::option::of(tool())).prop_map(|(text, interrupted, call)| {
            let call = call.map(|name| ToolCall { id: "1".into(), name: name.into(), arguments: json!({}) });
            Message::Assistant { text, calls: call.into_iter().collect(), interrupted }
        }),
        2 => (tool(), any::<bool>()).prop_map(|(name, failed)| Message::ToolResult {
            id: "1".into(),
            name: name.into(),
            output: json!(null),
            failed,
        }),
        1 => said().prop_map(Message::System),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    #[test]
    fn any_history_is_answered(messages in proptest::collection::vec(message(), 0..40)) {
        let script = reception();
        let events = answer(&script, &messages);
        let calls = events.iter().any(|event| matches!(event, LlmEvent::ToolCall(_)));
        let stopped = if calls { StopReason::Tools } else { StopReason::Finished };
        prop_assert_eq!(events.last(), Some(&LlmEvent::Stopped(stopped)));
        let stops = events.iter().filter(|event| matches!(event, LlmEvent::Stopped(_))).count();
        prop_assert_eq!(stops, 1);
        prop_assert_eq!(answer(&script, &messages), events);
    }

    /// Whoever goes on talking comes to an end, and never waits for nothing.
    #[test]
    fn every_turn_is_answered_until_the_end(turns in proptest::collection::vec(said(), 1..20)) {
        let script = reception();
        let mut player = Player::new(&script);
        player.agent();
        for turn in turns {
            let before = player.transcript.len();
            player.user(&turn);
            let told = player.transcript[before..].lines().filter(|line| line.starts_with("agent: ")).count();
            prop_assert!(told > 0, "no answer to {turn:?} in\n{}", player.transcript);
        }
    }
}

/// What may go wrong with a line of a dialogue.
#[derive(Clone, Debug)]
enum Slip {
    Cut(usize),
    Drop,
    Insert(String),
    Twice,
}

fn slip() -> impl Strategy<Value = Slip> {
    prop_oneof![
        (0_usize..60).prop_map(Slip::Cut),
        Just(Slip::Drop),
        "[ :,{}\\[\\]|'\"/&*!a-z0-9-]{1,8}".prop_map(Slip::Insert),
        Just(Slip::Twice),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// A dialogue with misprints is refused, or it is another dialogue; it never breaks anything.
    #[test]
    fn any_dialogue_is_held_or_refused(slips in proptest::collection::vec((0_usize..200, 0_usize..60, slip()), 1..4)) {
        let mut lines: Vec<String> = include_str!("../../dialogues/reception.yaml").lines().map(str::to_owned).collect();
        for (line, at, slip) in slips {
            let line = line % lines.len();
            match slip {
                Slip::Cut(at) => lines[line].truncate(at),
                Slip::Drop => drop(lines.remove(line)),
                Slip::Insert(text) => {
                    let at = at.min(lines[line].len());
                    lines[line].insert_str(at, &text);
                }
                Slip::Twice => lines.insert(line, lines[line].clone()),
            }
        }
        if let Ok(script) = Script::from_yaml(&lines.join("\n")) {
            let mut player = Player::new(&script);
            player.agent();
            for turn in ["hello", "it's John Smith", "the roof", "5551212", "yes", "no", "the name", "um", "yes", "bye"] {
                player.user(turn);
            }
        }
    }
}

#[test]
fn a_very_long_turn_is_answered_like_any_other() {
    let script = reception();
    for text in [
        "a ".repeat(50_000),
        "five ".repeat(20_000),
        "no ".repeat(33_000),
        "'".repeat(100_000),
        "é".repeat(50_000),
    ] {
        let mut player = Player::new(&script);
        player.agent();
        let begun = Instant::now();
        for _ in 0..6 {
            player.user(&text);
        }
        println!("{} bytes of {:?} six times: {:?}", text.len(), &text[..2], begun.elapsed());
        assert!(begun.elapsed().as_secs() < 5, "it took {:?}", begun.elapsed());
        for message in &player.messages {
            if let Message::Assistant { text, .. } = message {
                assert!(text.len() < 3_000, "{} bytes", text.len());
            }
        }
    }
}

/// The time that a reply takes to find after `turns` turns, in microseconds, in the best of some.
fn microseconds(turns: usize) -> f64 {
    let script = reception();
    let mut messages = vec![Message::assistant("Hello, this is Acme. May I have your name, please?")];
    for turn in 0..turns {
        messages.push(Message::user(match turn % 4 {
            0 => "no, the number is five five five double two oh one",
            1 => "actually my name is John Smith and I'm calling about the heating in the second flat",
            2 => "hold on, let me look for the paper that has it written down somewhere",
            _ => "no that's not right, the last digit is nine",
        }));
        messages.push(Message::assistant("I have 5 5 5, 2 2 0 1. Is that right?"));
    }
    messages.push(Message::user("no, the last digit is nine"));
    let once = || {
        let begun = Instant::now();
        assert!(!answer(&script, &messages).is_empty());
        begun.elapsed().as_secs_f64() * 1e6
    };
    (0..20).map(|_| once()).fold(f64::INFINITY, f64::min)
}

#[test]
fn a_long_conversation_is_answered_at_once() {
    let took = microseconds(50);
    println!("a reply after 50 turns takes {took:.0} µs");
    // A debug build, on a machine that does other things too.
    assert!(took < 50_000.0, "it took {took} µs");
}
