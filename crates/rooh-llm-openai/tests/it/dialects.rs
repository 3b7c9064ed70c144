//! Servers that speak as OpenAI does, each in its own way.

use rooh_core::llm::{LlmEvent, LlmRequest, Message, StopReason};
use rooh_core::tool::ToolSpec;
use rooh_llm_openai::{Dialect, OpenAi, OpenAiOptions};
use rooh_testkit::fakes::{Cuts, FakeOpenAi, OpenAiDialect};
use serde_json::json;

use crate::{answer, asked, calls_of, options, text_of};

const OTHERS: [OpenAiDialect; 4] =
    [OpenAiDialect::Careless, OpenAiDialect::Groq, OpenAiDialect::LlamaCpp, OpenAiDialect::Vllm];

#[tokio::test]
async fn whoever_answers_says_the_same() {
    for dialect in OTHERS {
        let fake = FakeOpenAi::start().await.unwrap().dialect(dialect);
        let own = OpenAiOptions { dialect: Dialect::Auto, max_tokens: Some(100), ..options(&fake) };
        let provider = OpenAi::new(own).unwrap();
        for seed in 0..20 {
            fake.cut(Cuts::Seed(seed));
            let events = answer(&provider, asked("Hello there")).await;
            assert_eq!(text_of(&events), "Grüße, 1 🥐 — you said: Hello there", "{dialect:?}");
            assert_eq!(events.last(), Some(&LlmEvent::Stopped(StopReason::Finished)), "{dialect:?}");
            let cost = events.iter().find_map(|event| match event {
                LlmEvent::Usage(usage) => Some(usage.input),
                _ => None,
            });
            assert_eq!(cost, Some(26), "{dialect:?}");
        }
        let body = fake.seen().pop().unwrap().body;
        assert_eq!((&body["max_tokens"], body.get("max_completion_tokens")), (&json!(100), None));
        let short = OpenAiOptions { dialect: Dialect::Auto, max_tokens: Some(1), ..options(&fake) };
        let events = answer(&OpenAi::new(short).unwrap(), asked("Hello there")).await;
        assert_eq!(events.last(), Some(&LlmEvent::Stopped(StopReason::Length)), "{dialect:?}");
    }
}

#[tokio::test]
async fn whoever_calls_tools_calls_the_same() {
    for dialect in OTHERS {
        let fake = FakeOpenAi::start().await.unwrap().dialect(dialect);
        let provider = OpenAi::new(OpenAiOptions { dialect: Dialect::Auto, ..options(&fake) }).unwrap();
        let tools = ["weather", "clock", "light"].map(|name| ToolSpec::new(name, "Does something."));
        let request = LlmRequest { tools: tools.into(), ..asked("weather, clock and light in Köln") };
        let mut history = request.clone();
        let mut ids = Vec::new();
        for seed in 0..10 {
            fake.cut(Cuts::Seed(seed));
            let events = answer(&provider, history.clone()).await;
            let calls = calls_of(&events);
            let names: Vec<&str> = calls.iter().map(|call| call.name.as_str()).collect();
            assert_eq!(names, ["weather", "clock", "light"], "{dialect:?}");
            let arguments = json!({ "what": "weather, clock and light in Köln" });
            assert!(calls.iter().all(|call| call.arguments == arguments), "{dialect:?}: {calls:?}");
            assert_eq!(events.last(), Some(&LlmEvent::Stopped(StopReason::Tools)), "{dialect:?}");
            assert_eq!(text_of(&events), "", "{dialect:?}");
            ids.extend(calls.iter().map(|call| call.id.clone()));
            // The conversation goes on, and is accepted with the ids that we gave.
            let text = String::new();
            history.messages.push(Message::Assistant { text, calls: calls.clone(), interrupted: false });
            for call in calls {
                let (id, name) = (call.id, call.name);
                history.messages.push(Message::ToolResult { id, name, output: json!(1), failed: false });
            }
            assert_eq!(text_of(&answer(&provider, history.clone()).await), "Es heißt: 1 und 1 und 1.");
            history.messages.extend(request.messages.clone());
        }
        ids.sort();
        ids.dedup();
        assert_eq!(ids.len(), 30, "{dialect:?}");
    }
}
