//! Tools: calls that are whole or not there, and their results.

use rooh_core::ErrorKind;
use rooh_core::llm::{LlmEvent, LlmProvider, LlmRequest, Message, StopReason, ToolCall};
use rooh_core::options::Options;
use rooh_core::tool::ToolSpec;
use rooh_llm_anthropic::{Anthropic, AnthropicOptions, Think};
use rooh_testkit::fakes::{FakeAnthropic, Fault};
use serde_json::json;

use crate::{answer, asked, bodies, options, provider, text_of};

fn tools() -> Vec<ToolSpec> {
    let schema = json!({ "type": "object", "properties": { "what": { "type": "string" } } });
    vec![
        ToolSpec::new("weather", "Says the weather.").parameters(schema),
        ToolSpec::new("clock", "Says the time."),
    ]
}

fn calls_of(events: &[LlmEvent]) -> Vec<ToolCall> {
    let calls = events.iter().filter_map(|event| match event {
        LlmEvent::ToolCall(call) => Some(call.clone()),
        _ => None,
    });
    calls.collect()
}

#[tokio::test]
async fn tools_are_called_at_once_and_one_after_the_other() {
    let fake = FakeAnthropic::start().await.unwrap();
    // In each way to think: what is thought is not sent back.
    for (model, think) in [
        ("claude-haiku-5-5", Think::Off),
        ("claude-sonnet-5-5", Think::Off),
        ("claude-opus-5-5", Think::Off),
        ("claude-opus-5-5", Think::On),
        ("claude-haiku-4-5", Think::Off),
    ] {
        let options = AnthropicOptions { model: model.to_owned(), think, ..options(&fake) };
        let provider = Anthropic::new(options).unwrap();
        let mut request = LlmRequest { tools: tools(), ..asked("weather and clock") };
        let mut ids = Vec::new();
        for round in 0..2 {
            let events = answer(&provider, request.clone()).await;
            let calls = calls_of(&events);
            let found: Vec<_> =
                calls.iter().map(|call| (call.name.as_str(), call.arguments.clone())).collect();
            let weather = ("weather", json!({ "what": "weather and clock" }));
            let expected =
                if round == 0 { vec![weather, ("clock", json!({}))] } else { vec![("clock", json!({}))] };
            assert_eq!(found, expected, "{model}");
            assert_eq!(text_of(&events), "Einen Moment.");
            assert_eq!(events.last(), Some(&LlmEvent::Stopped(StopReason::Tools)));
            ids.extend(calls.iter().map(|call| call.id.clone()));
            request.messages.push(Message::Assistant {
                text: text_of(&events),
                calls: calls.clone(),
                interrupted: false,
            });
            for call in calls {
                let failed = call.name == "clock";
                let output = if failed { json!("it stands") } else { json!({ "celsius": 21 }) };
                request.messages.push(Message::ToolResult { id: call.id, name: call.name, output, failed });
            }
            let after = answer(&provider, request.clone()).await;
            assert_eq!(after.last(), Some(&LlmEvent::Stopped(StopReason::Finished)));
            let expected = if round == 0 {
                "Es heißt: {\"celsius\":21} und it stands."
            } else {
                "Es heißt: it stands."
            };
            assert_eq!(text_of(&after), expected, "{model}");
            request.messages.push(Message::assistant(text_of(&after)));
            request.messages.push(Message::user("and the clock?"));
        }
        ids.sort();
        ids.dedup();
        assert_eq!(ids.len(), 3, "{ids:?}");
    }
}

#[tokio::test]
async fn no_half_of_a_call_is_yielded_when_the_tokens_run_out() {
    let fake = FakeAnthropic::start().await.unwrap();
    let provider = provider(&fake);
    let request = LlmRequest { tools: tools(), ..asked("weather and clock") };
    let whole = answer(&provider, request.clone()).await;
    let (weather, clock) = (&calls_of(&whole)[0], &calls_of(&whole)[1]);
    let mut found = Vec::new();
    for most in 1..20 {
        let options = Options::new().with("max_tokens", most);
        let events = answer(&provider, LlmRequest { options, ..request.clone() }).await;
        let calls = calls_of(&events);
        let stop = match (calls.is_empty(), most) {
            (false, _) => StopReason::Tools,
            (true, _) => StopReason::Length,
        };
        assert_eq!(events.last(), Some(&LlmEvent::Stopped(stop)), "{most}");
        for (call, expected) in calls.iter().zip([weather, clock]) {
            assert_eq!(call, expected, "{most}");
        }
        found.push(calls.len());
    }
    assert!(found.is_sorted() && found[0] == 0 && found[18] == 2, "{found:?}");
    assert!(found.contains(&1), "{found:?}");
}

#[tokio::test]
async fn no_half_of_a_call_is_yielded_when_the_answer_breaks_off() {
    let fake = FakeAnthropic::start().await.unwrap();
    let provider = provider(&fake);
    let request = LlmRequest { tools: tools(), ..asked("weather and clock") };
    let whole = calls_of(&answer(&provider, request.clone()).await);
    for place in (0..2_260).step_by(13) {
        fake.spoil(Fault::End(place));
        let mut events = provider.chat(request.clone());
        let mut calls = Vec::new();
        let error = loop {
            match events.next().await.unwrap() {
                Ok(LlmEvent::ToolCall(call)) => calls.push(call),
                Ok(LlmEvent::Text(_)) => {}
                Ok(other) => panic!("{other:?} after {place} bytes"),
                Err(error) => break error,
            }
        };
        assert!(whole.starts_with(&calls), "{place}: {calls:?}");
        assert_eq!(error.kind(), ErrorKind::Network, "{place}: {error}");
    }
}

#[tokio::test]
async fn what_an_application_says_stands_behind_the_results() {
    let fake = FakeAnthropic::start().await.unwrap();
    let call = ToolCall { id: "ollama-6-0".to_owned(), name: "weather".to_owned(), arguments: json!({}) };
    let messages = vec![
        Message::user("weather?"),
        Message::Assistant { text: "Let".to_owned(), calls: vec![call.clone()], interrupted: true },
        Message::System("The line is bad.".to_owned()),
        Message::user("Well?"),
        Message::ToolResult { id: call.id, name: call.name, output: json!(null), failed: true },
    ];
    let events = answer(&provider(&fake), LlmRequest { messages, ..LlmRequest::default() }).await;
    assert_eq!(text_of(&events), "Es heißt: null.");
    let body = bodies(&fake).pop().unwrap();
    let kinds = body["messages"][2]["content"].as_array().unwrap().iter().map(|block| block["type"].as_str());
    assert_eq!(kinds.collect::<Vec<_>>(), [Some("tool_result"), Some("text"), Some("text")]);
}
