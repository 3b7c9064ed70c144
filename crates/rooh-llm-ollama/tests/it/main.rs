//! The provider against a fake Ollama on the loopback address, which CI certifies with the client
//! that Ollama publishes.

mod chat;
mod contract;
mod faults;
mod loading;
mod names;

use rooh_core::llm::{LlmEvent, LlmRequest, Message};
use rooh_llm_ollama::{Ollama, OllamaOptions};
use rooh_testkit::fakes::FakeOllama;

fn options(fake: &FakeOllama) -> OllamaOptions {
    OllamaOptions { base_url: fake.url(), ..OllamaOptions::model("fake") }
}

fn provider(fake: &FakeOllama) -> Ollama {
    Ollama::new(options(fake)).expect("the options are right")
}

fn asked(text: &str) -> LlmRequest {
    LlmRequest { messages: vec![Message::user(text)], ..LlmRequest::default() }
}

fn text_of(events: &[LlmEvent]) -> String {
    let texts = events.iter().filter_map(|event| match event {
        LlmEvent::Text(text) => Some(text.as_str()),
        _ => None,
    });
    texts.collect()
}
