//! Tools, and the signatures that their calls have to come back with.

use rooh_core::llm::{LlmEvent, LlmProvider, LlmRequest, Message, StopReason, ToolCall};
use rooh_core::session::SessionId;
use rooh_core::tool::ToolSpec;
use rooh_llm_gemini::{Gemini, GeminiOptions};
use rooh_testkit::fakes::FakeGemini;
use serde_json::{Value, json};

use crate::{answer, asked, chats, options, provider, text_of};

const SUBSTITUTE: &str = "skip_thought_signature_validator";

fn tools() -> Vec<ToolSpec> {
    let place = json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "type": "object",
        "properties": { "place": { "anyOf": [{ "$ref": "#/$defs/place" }, { "type": "null" }] } },
        "$defs": { "place": { "type": "string" } },
        "additionalProperties": false,
    });
    vec![
        ToolSpec::new("weather", "Says the weather.").parameters(place),
        ToolSpec::new("clock", "Says the time."),
    ]
}

fn calls_of(events: &[LlmEvent]) -> Vec<ToolCall> {
    events
        .iter()
        .filter_map(|event| match event {
            LlmEvent::ToolCall(call) => Some(call.clone()),
            _ => None,
        })
        .collect()
}

/// Adds what was answered, and what the tools returned.
fn go_on(request: &mut LlmRequest, events: &[LlmEvent]) {
    let calls = calls_of(events);
    let text = text_of(events);
    request.messages.push(Message::Assistant { text, calls: calls.clone(), interrupted: false });
    for call in calls {
        let failed = call.name == "clock";
        let output = if failed { json!("it stands") } else { json!({ "celsius": 21 }) };
        request.messages.push(Message::ToolResult { id: call.id, name: call.name, output, failed });
    }
}

/// The signatures in the last request, one for each call.
fn signatures(fake: &FakeGemini) -> Vec<Value> {
    let body = chats(fake).pop().unwrap_or_default();
    let contents = body["contents"].as_array().into_iter().flatten();
    let parts = contents.flat_map(|content| content["parts"].as_array().into_iter().flatten());
    let parts = parts.filter(|part| part.get("functionCall").is_some());
    parts.map(|part| part["thoughtSignature"].clone()).collect()
}

#[tokio::test]
async fn tools_are_called_at_once_and_one_after_the_other() {
    for model in ["gemini-2.5-flash", "gemini-3.8-flash"] {
        for fake in [FakeGemini::start().await.unwrap(), FakeGemini::start().await.unwrap().without_ids()] {
            let options = GeminiOptions { model: model.to_owned(), ..options(&fake) };
            let provider = Gemini::new(options).unwrap();
            let mut request = LlmRequest { tools: tools(), ..asked("weather and clock") };
            let mut ids = Vec::new();
            for round in 0..2 {
                let events = answer(&provider, request.clone()).await;
                let calls = calls_of(&events);
                let names: Vec<&str> = calls.iter().map(|call| call.name.as_str()).collect();
                let expected: &[&str] = if round == 0 { &["weather", "clock"] } else { &["clock"] };
                assert_eq!(names, expected);
                assert_eq!(events.last(), Some(&LlmEvent::Stopped(StopReason::Tools)));
                // The API has written 2.0, as it has no integers.
                assert!(calls.iter().all(|call| call.arguments["count"].is_i64()));
                ids.extend(calls.iter().map(|call| call.id.clone()));
                go_on(&mut request, &events);
                let after = answer(&provider, request.clone()).await;
                assert_eq!(after.last(), Some(&LlmEvent::Stopped(StopReason::Finished)));
                let said = text_of(&after);
                assert!(said.contains("{\"error\":\"it stands\"}"), "{said}");
                request.messages.push(Message::assistant(said));
                request.messages.push(Message::user("and the clock?"));
            }
            ids.sort();
            ids.dedup();
            assert_eq!(ids.len(), 3, "{ids:?}");
        }
    }
}

#[tokio::test]
async fn steps_of_one_turn_have_a_signature_each() {
    let fake = FakeGemini::start().await.unwrap();
    let provider = provider(&fake);
    let mut request = LlmRequest { tools: tools(), ..asked("weather") };
    for next in ["clock", "weather", "none"] {
        let events = answer(&provider, request.clone()).await;
        let calls = calls_of(&events);
        assert_eq!(calls.len(), 1, "{events:?}");
        go_on(&mut request, &events);
        // The fake calls what a result names.
        if let Some(Message::ToolResult { output, failed, .. }) = request.messages.last_mut() {
            (*output, *failed) = (json!({ "next": next }), false);
        }
    }
    assert_eq!(text_of(&answer(&provider, request).await), "Es heißt: {\"output\":{\"next\":\"none\"}}.");
    let expected = ["a+/000000000", "a+/000000001", "a+/000000002"];
    assert_eq!(signatures(&fake), expected.map(Value::from));
}

#[tokio::test]
async fn a_signature_comes_back_to_its_session_and_model_alone() {
    let fake = FakeGemini::start().await.unwrap();
    let provider = provider(&fake);
    let in_session = |name: &str| LlmRequest {
        session: SessionId::new(name),
        tools: tools(),
        ..asked("weather and clock")
    };
    let (mut one, mut two) = (in_session("one"), in_session("two"));
    // The fake gives both calls the same id.
    let (first, second) = (answer(&provider, one.clone()).await, answer(&provider, two.clone()).await);
    assert_eq!(calls_of(&first)[0].id, calls_of(&second)[0].id);
    go_on(&mut one, &first);
    go_on(&mut two, &second);
    answer(&provider, one.clone()).await;
    assert_eq!(signatures(&fake), [json!("a+/000000000"), Value::Null]);
    answer(&provider, two.clone()).await;
    assert_eq!(signatures(&fake), [json!("a+/000000001"), Value::Null]);
    // Another model, which would refuse the signature, and another process, which does not know it.
    let other = rooh_core::options::Options::new().with("model", "gemini-3.8-flash");
    answer(&provider, LlmRequest { options: other, ..one.clone() }).await;
    assert_eq!(signatures(&fake), [json!(SUBSTITUTE), Value::Null]);
    answer(&crate::provider(&fake), one.clone()).await;
    assert_eq!(signatures(&fake), [json!(SUBSTITUTE), Value::Null]);
    // Older models do without.
    let older = rooh_core::options::Options::new().with("model", "gemini-2.5-flash");
    answer(&provider, LlmRequest { options: older, ..one.clone() }).await;
    assert_eq!(signatures(&fake), [Value::Null, Value::Null]);
    // The fake looks at what it gets.
    fake.forget_signatures();
    assert!(provider.chat(one).collect().await.is_err());
}

#[tokio::test]
async fn calls_of_other_vendors_are_taken_over() {
    let fake = FakeGemini::start().await.unwrap();
    let call = ToolCall {
        id: "toolu_01".to_owned(),
        name: "weather".to_owned(),
        arguments: json!({ "place": "Rome" }),
    };
    let mut request = LlmRequest { tools: tools(), ..asked("Is it warm?") };
    go_on(&mut request, &[LlmEvent::Text("Let me see.".to_owned()), LlmEvent::ToolCall(call)]);
    let said = text_of(&answer(&provider(&fake), request).await);
    assert_eq!(said, "Es heißt: {\"output\":{\"celsius\":21}}.");
    assert_eq!(signatures(&fake), [json!(SUBSTITUTE)]);
}
