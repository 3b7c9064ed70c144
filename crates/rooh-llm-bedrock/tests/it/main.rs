//! The provider against a fake Bedrock on the loopback address, which CI certifies with boto3.

mod chat;
mod contract;
mod environment;
mod faults;
mod keys;
mod loading;
mod names;

use rooh_core::llm::{LlmEvent, LlmProvider, LlmRequest, Message};
use rooh_core::options::Secret;
use rooh_llm_bedrock::{AuthMode, Bedrock, BedrockOptions};
use rooh_testkit::fakes::FakeBedrock;
use serde_json::Value;

fn options(fake: &FakeBedrock) -> BedrockOptions {
    BedrockOptions {
        api_key: Secret::new("sesame-4711"),
        auth_mode: AuthMode::ApiKey,
        base_url: fake.url(),
        region: "us-east-1".to_owned(),
        ..BedrockOptions::default()
    }
}

fn provider(fake: &FakeBedrock) -> Bedrock {
    Bedrock::new(options(fake)).expect("the options are right")
}

fn asked(text: &str) -> LlmRequest {
    LlmRequest { messages: vec![Message::user(text)], ..LlmRequest::default() }
}

async fn answer(provider: &Bedrock, request: LlmRequest) -> Vec<LlmEvent> {
    provider.chat(request).collect().await.expect("the fake answers")
}

fn text_of(events: &[LlmEvent]) -> String {
    let texts = events.iter().filter_map(|event| match event {
        LlmEvent::Text(text) => Some(text.as_str()),
        _ => None,
    });
    texts.collect()
}

fn bodies(fake: &FakeBedrock) -> Vec<Value> {
    fake.seen().into_iter().filter(|seen| seen.method == "POST").map(|seen| seen.body).collect()
}
