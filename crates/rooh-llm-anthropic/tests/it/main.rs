//! The provider against a fake Anthropic on the loopback address, which CI certifies with the client
//! that Anthropic publishes.

mod chat;
mod contract;
mod faults;
mod names;
mod refusals;
mod tools;

use rooh_core::llm::{LlmEvent, LlmProvider, LlmRequest, Message};
use rooh_llm_anthropic::{Anthropic, AnthropicOptions};
use rooh_testkit::fakes::FakeAnthropic;
use serde_json::Value;

fn options(fake: &FakeAnthropic) -> AnthropicOptions {
    AnthropicOptions { base_url: fake.url(), ..AnthropicOptions::default() }
}

fn provider(fake: &FakeAnthropic) -> Anthropic {
    Anthropic::new(options(fake)).expect("the options are right")
}

fn asked(text: &str) -> LlmRequest {
    LlmRequest { messages: vec![Message::user(text)], ..LlmRequest::default() }
}

async fn answer(provider: &Anthropic, request: LlmRequest) -> Vec<LlmEvent> {
    provider.chat(request).collect().await.expect("the fake answers")
}

fn text_of(events: &[LlmEvent]) -> String {
    let texts = events.iter().filter_map(|event| match event {
        LlmEvent::Text(text) => Some(text.as_str()),
        _ => None,
    });
    texts.collect()
}

/// The bodies of all messages that were asked for.
fn bodies(fake: &FakeAnthropic) -> Vec<Value> {
    fake.seen().into_iter().filter(|seen| seen.path == "/v1/messages").map(|seen| seen.body).collect()
}
