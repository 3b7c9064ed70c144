//! The provider against a fake OpenAI on the loopback address, which CI certifies with the client
//! that OpenAI publishes.

mod chat;
mod contract;
mod dialects;
mod faults;
mod loading;
mod names;

use rooh_core::llm::{LlmEvent, LlmProvider, LlmRequest, Message, ToolCall};
use rooh_llm_openai::{Api, Dialect, OpenAi, OpenAiOptions};
use rooh_testkit::fakes::FakeOpenAi;

/// Both APIs, for tests of what is the same in them.
const BOTH: [Api; 2] = [Api::Chat, Api::Responses];

fn options(fake: &FakeOpenAi) -> OpenAiOptions {
    OpenAiOptions { base_url: fake.base_url(), dialect: Dialect::Openai, ..OpenAiOptions::model("fake") }
}

fn provider(fake: &FakeOpenAi, api: Api) -> OpenAi {
    OpenAi::new(OpenAiOptions { api, ..options(fake) }).expect("the options are right")
}

fn asked(text: &str) -> LlmRequest {
    LlmRequest { messages: vec![Message::user(text)], ..LlmRequest::default() }
}

async fn answer(provider: &OpenAi, request: LlmRequest) -> Vec<LlmEvent> {
    provider.chat(request).collect().await.expect("the fake answers")
}

fn text_of(events: &[LlmEvent]) -> String {
    let texts = events.iter().filter_map(|event| match event {
        LlmEvent::Text(text) => Some(text.as_str()),
        _ => None,
    });
    texts.collect()
}

fn calls_of(events: &[LlmEvent]) -> Vec<ToolCall> {
    let calls = events.iter().filter_map(|event| match event {
        LlmEvent::ToolCall(call) => Some(call.clone()),
        _ => None,
    });
    calls.collect()
}
