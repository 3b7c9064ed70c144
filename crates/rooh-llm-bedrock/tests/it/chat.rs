//! Replies, tools, and what is sent for them.

use std::time::Duration;

use rooh_core::ErrorKind;
use rooh_core::llm::{LlmEvent, LlmProvider, LlmRequest, Message, StopReason, ToolCall};
use rooh_core::options::Options;
use rooh_core::tool::ToolSpec;
use rooh_llm_bedrock::{Bedrock, BedrockOptions, Effort};
use rooh_testkit::fakes::{Cuts, FakeBedrock, Fault};
use serde_json::{Value, json};
use tokio::time::{sleep, timeout};

use crate::{answer, asked, bodies, options, provider, text_of};

const ANSWER: &str = "Grüße, 1 🥐 — you said: Hello there";

#[tokio::test]
async fn a_reply_is_the_same_however_it_is_cut() {
    let fake = FakeBedrock::start().await.unwrap();
    let provider = provider(&fake);
    let whole = answer(&provider, asked("Hello there")).await;
    assert_eq!(text_of(&whole), ANSWER);
    assert!(matches!(whole.last(), Some(LlmEvent::Stopped(StopReason::Finished))));
    assert!(whole.iter().any(|event| matches!(event, LlmEvent::Usage(usage) if usage.input == 26)));
    // Some 170 bytes for each of the first events: the text with its letters of two, three and four
    // bytes stands there.
    for place in 1..700 {
        fake.cut(Cuts::Once(place));
        assert_eq!(answer(&provider, asked("Hello there")).await, whole, "cut at {place}");
    }
    for cuts in [Cuts::Size(1), Cuts::Size(2), Cuts::Size(3), Cuts::Size(7), Cuts::Whole] {
        fake.cut(cuts);
        assert_eq!(answer(&provider, asked("Hello there")).await, whole, "{cuts:?}");
    }
    for seed in 0..40 {
        fake.cut(Cuts::Seed(seed));
        assert_eq!(answer(&provider, asked("Hello there")).await, whole, "seed {seed}");
    }
    fake.spoil(Fault::Comments);
    assert_eq!(answer(&provider, asked("Hello there")).await, whole, "between events that are not known");
}

#[tokio::test]
async fn the_model_stands_in_the_address_and_only_what_was_set_in_the_body() {
    let fake = FakeBedrock::start().await.unwrap();
    let arn = "arn:aws:bedrock:us-east-1:123456789012:application-inference-profile/a.b";
    let hi = json!([{ "role": "user", "content": [{ "text": "Hello there" }] }]);
    for (model, path) in [
        ("us.meta.llama4-scout-v1:0", "/model/us.meta.llama4-scout-v1%3A0/converse-stream".to_owned()),
        (arn, format!("/model/{}/converse-stream", arn.replace(':', "%3A").replace('/', "%2F"))),
    ] {
        let provider = Bedrock::new(BedrockOptions { model_id: model.to_owned(), ..options(&fake) }).unwrap();
        assert_eq!(text_of(&answer(&provider, asked("Hello there")).await), ANSWER);
        let seen = fake.seen().pop().unwrap();
        assert_eq!((seen.path, seen.body), (path, json!({ "messages": hi })));
        assert_eq!(seen.authorization.as_deref(), Some("Bearer sesame-4711"));
    }
}

#[tokio::test]
async fn what_is_set_is_sent_and_one_reply_may_have_its_own() {
    let fake = FakeBedrock::start().await.unwrap();
    let set = BedrockOptions {
        guardrail_id: Some("g1".to_owned()),
        temperature: Some(0.7),
        top_p: Some(0.9),
        ..options(&fake)
    };
    let provider = Bedrock::new(set).unwrap();
    let own = Options::new().with("temperature", 0.0).with("max_tokens", 2);
    let events = answer(&provider, LlmRequest { options: own, ..asked("Hello there") }).await;
    assert_eq!(events.last(), Some(&LlmEvent::Stopped(StopReason::Length)));
    let body = &bodies(&fake)[0];
    assert_eq!(body["inferenceConfig"], json!({ "maxTokens": 2, "temperature": 0.0, "topP": 0.9 }));
    assert_eq!(body["guardrailConfig"], json!({ "guardrailIdentifier": "g1", "guardrailVersion": "DRAFT" }));
    let unknown = LlmRequest { options: Options::new().with("volume", 1), ..asked("Hi") };
    assert_eq!(provider.chat(unknown).collect().await.unwrap_err().kind(), ErrorKind::Config);
}

#[tokio::test]
async fn the_beginning_of_a_conversation_is_the_same_bytes_each_time() {
    let fake = FakeBedrock::start().await.unwrap();
    let provider = provider(&fake);
    let names = ["zip", "city", "at", "unit", "days"];
    let properties: Value =
        names.map(|name| (name.to_owned(), json!({ "type": "string" }))).into_iter().collect();
    let tool = ToolSpec::new("weather", "Says the weather.")
        .parameters(json!({ "type": "object", "properties": properties }));
    let mut request =
        LlmRequest { system_prompt: "Be brief.".to_owned(), tools: vec![tool], ..asked("Hello there") };
    let mut sent = Vec::new();
    for turn in 0..3 {
        let events = answer(&provider, request.clone()).await;
        let usage = events.iter().find_map(|event| match event {
            LlmEvent::Usage(usage) => Some(*usage),
            _ => None,
        });
        assert!(usage.is_some_and(|usage| (usage.cached, usage.input) == (20, 26)), "{usage:?}");
        let bytes = String::from_utf8(fake.seen().pop().unwrap().bytes.to_vec()).unwrap();
        // Up to the first point at which the cache ends.
        let system = bytes.find("\"messages\"").unwrap();
        let tools = bytes.find("\"toolConfig\"").unwrap();
        sent.push((bytes[..system].to_owned(), bytes[tools..].to_owned()));
        request.messages.push(Message::assistant(text_of(&events)));
        request.messages.push(Message::user(format!("and {turn}?")));
    }
    assert!(sent[0].0.contains("cachePoint") && sent[0].1.contains("\"zip\""));
    assert!(sent.iter().all(|one| *one == sent[0]), "{sent:#?}");
}

#[tokio::test]
async fn tools_are_called_at_once_and_one_after_the_other() {
    let fake = FakeBedrock::start().await.unwrap();
    fake.cut(Cuts::Seed(4711));
    let provider = provider(&fake);
    let tools = vec![ToolSpec::new("weather", "Says the weather."), ToolSpec::new("clock", "Says the time.")];
    let mut request = LlmRequest { tools, ..asked("weather and clock") };
    let mut ids = Vec::new();
    for round in 0..2 {
        let events = answer(&provider, request.clone()).await;
        let calls: Vec<ToolCall> = events
            .iter()
            .filter_map(|event| match event {
                LlmEvent::ToolCall(call) => Some(call.clone()),
                _ => None,
            })
            .collect();
        let names: Vec<&str> = calls.iter().map(|call| call.name.as_str()).collect();
        let expected: &[&str] = if round == 0 { &["weather", "clock"] } else { &["clock"] };
        assert_eq!(names, expected);
        assert_eq!(
            calls[0].arguments["what"],
            if round == 0 { "weather and clock" } else { "and the clock?" }
        );
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
        let said = text_of(&after);
        assert!(said.contains("{\"error\":\"it stands\"}"), "{said}");
        request.messages.push(Message::assistant(said));
        request.messages.push(Message::user("and the clock?"));
    }
    ids.sort();
    ids.dedup();
    assert_eq!(ids.len(), 3, "{ids:?}");
}

#[tokio::test]
async fn a_history_in_pieces_is_accepted() {
    let fake = FakeBedrock::start().await.unwrap();
    let call = |id: &str| ToolCall { id: id.to_owned(), name: "weather".to_owned(), arguments: json!({}) };
    let said = |text: &str, calls| Message::Assistant { text: text.to_owned(), calls, interrupted: true };
    let result = |id: &str| Message::ToolResult {
        id: id.to_owned(),
        name: "weather".to_owned(),
        output: json!([21]),
        failed: false,
    };
    let all = [
        said("Hello!", vec![]),
        Message::user("Weather?"),
        said("  ", vec![call("functions.weather:0"), call("same"), call("same")]),
        Message::user("Quick!"),
        result("same"),
        said("Well,", vec![]),
        said("it is", vec![call("late")]),
        Message::System("Be polite.".to_owned()),
        result("late"),
        result("nobody"),
        Message::user(""),
        said("sunny.", vec![]),
    ];
    for model in ["us.anthropic.claude-haiku-5-5-v1:0", "meta.llama4-v1:0"] {
        let provider = Bedrock::new(BedrockOptions { model_id: model.to_owned(), ..options(&fake) }).unwrap();
        // Every beginning and every end of it.
        for from in 0..all.len() {
            for to in from..=all.len() {
                let messages = all[from..to].to_vec();
                let request =
                    LlmRequest { system_prompt: "Greet.".to_owned(), messages, ..LlmRequest::default() };
                let events = provider.chat(request).collect().await;
                let events = events.unwrap_or_else(|error| panic!("{from} to {to}: {error}"));
                assert!(!text_of(&events).is_empty(), "{from} to {to}");
            }
        }
    }
}

#[tokio::test]
async fn thinking_is_kept_low_and_never_said() {
    let fake = FakeBedrock::start().await.unwrap();
    for (model, fields, effort) in [
        ("eu.anthropic.claude-haiku-5-5-v1:0", json!({ "thinking": { "type": "disabled" } }), json!(null)),
        (
            "us.anthropic.claude-sonnet-5-5-v1:0",
            json!({ "thinking": { "type": "between_tools" } }),
            json!(null),
        ),
        ("us.anthropic.claude-opus-5-5-v1:0", json!(null), json!("low")),
        ("openai.gpt-oss-120b-1:0", json!({ "reasoning_effort": "low" }), json!(null)),
        ("amazon.nova-2-lite-v1:0", json!(null), json!(null)),
    ] {
        let provider = Bedrock::new(BedrockOptions { model_id: model.to_owned(), ..options(&fake) }).unwrap();
        assert_eq!(text_of(&answer(&provider, asked("Hello there")).await), ANSWER, "{model}");
        let body = bodies(&fake).pop().unwrap();
        assert_eq!(
            (&body["additionalModelRequestFields"], &body["outputConfig"]["effort"]),
            (&fields, &effort)
        );
    }
    let much = BedrockOptions { effort: Some(Effort::High), ..options(&fake) };
    let events = answer(&Bedrock::new(much).unwrap(), asked("Hello there")).await;
    assert_eq!(text_of(&events), ANSWER);
}

#[tokio::test]
async fn what_a_guardrail_withholds_is_told_as_that() {
    let fake = FakeBedrock::start().await.unwrap();
    let strict = BedrockOptions { guardrail_id: Some("strict".to_owned()), ..options(&fake) };
    let events = answer(&Bedrock::new(strict).unwrap(), asked("Hello there")).await;
    assert_eq!(events.last(), Some(&LlmEvent::Stopped(StopReason::Safety)));
}

#[tokio::test]
async fn a_conversation_without_anything_in_it_asks_nobody() {
    let fake = FakeBedrock::start().await.unwrap();
    let events = answer(&provider(&fake), LlmRequest::default()).await;
    assert_eq!(events, [LlmEvent::Stopped(StopReason::Finished)]);
    assert_eq!(fake.begun(), 0);
    let greeting = LlmRequest { system_prompt: "Greet.".to_owned(), ..LlmRequest::default() };
    assert!(text_of(&answer(&provider(&fake), greeting).await).contains("Grüße"));
}

#[tokio::test]
async fn connections_are_used_again() {
    let fake = FakeBedrock::start().await.unwrap();
    let provider = provider(&fake);
    for _ in 0..5 {
        answer(&provider, asked("Hello there")).await;
        assert_eq!((fake.open(), fake.connections()), (0, 1));
    }
}

#[tokio::test]
async fn a_stream_that_is_dropped_closes_its_connection() {
    let fake = FakeBedrock::start().await.unwrap().spoiled(Fault::Endless);
    let provider = provider(&fake);
    for taken in [0, 1, 5] {
        let mut events = provider.chat(asked("Hello there"));
        assert_eq!(fake.open(), 0, "nothing is asked before somebody reads");
        for _ in 0..taken {
            events.next().await.unwrap().unwrap();
        }
        // In the middle of whatever comes next.
        let _ = timeout(Duration::from_millis(2), events.next()).await;
        drop(events);
        let closed = async {
            while fake.open() > 0 || fake.connections() > 0 {
                sleep(Duration::from_millis(2)).await;
            }
        };
        let closed = timeout(Duration::from_secs(10), closed).await;
        // A connection on which nothing was under way may stay for the next request.
        assert!(closed.is_ok() || (taken == 0 && fake.open() == 0), "{} are open", fake.connections());
    }
}
