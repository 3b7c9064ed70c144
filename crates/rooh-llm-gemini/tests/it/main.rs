//! The provider against a fake Gemini API on the loopback address, which CI certifies with the
//! client that Google publishes.

mod chat;
mod contract;
mod faults;
mod names;
mod tools;

use rooh_core::llm::{LlmEvent, LlmProvider, LlmRequest, Message};
use rooh_llm_gemini::{Gemini, GeminiOptions};
use rooh_testkit::fakes::FakeGemini;
use serde_json::Value;

fn options(fake: &FakeGemini) -> GeminiOptions {
    GeminiOptions { base_url: fake.url(), ..GeminiOptions::default() }
}

fn provider(fake: &FakeGemini) -> Gemini {
    Gemini::new(options(fake)).expect("the options are right")
}

fn asked(text: &str) -> LlmRequest {
    LlmRequest { messages: vec![Message::user(text)], ..LlmRequest::default() }
}

async fn answer(provider: &Gemini, request: LlmRequest) -> Vec<LlmEvent> {
    provider.chat(request).collect().await.expect("the fake answers")
}

fn text_of(events: &[LlmEvent]) -> String {
    let texts = events.iter().filter_map(|event| match event {
        LlmEvent::Text(text) => Some(text.as_str()),
        _ => None,
    });
    texts.collect()
}

/// What was asked of models, in its order.
fn chats(fake: &FakeGemini) -> Vec<Value> {
    fake.seen().into_iter().filter(|seen| seen.method == "POST").map(|seen| seen.body).collect()
}
