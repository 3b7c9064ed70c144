//! The provider against a fake OpenAI on the loopback address, which CI certifies with the client
//! that OpenAI publishes.

mod contract;
mod faults;
mod replies;

use rooh_audio::AudioFrame;
use rooh_core::Result;
use rooh_core::stream::{Events, inlet};
use rooh_core::tts::{TtsEvent, TtsProvider, TtsRequest};
use rooh_testkit::fakes::FakeOpenAiAudio;
use rooh_testkit::speech;
use rooh_tts_openai::{OpenAi, OpenAiOptions};

fn options(fake: &FakeOpenAiAudio) -> OpenAiOptions {
    OpenAiOptions { base_url: format!("{}/v1", fake.url()), ..OpenAiOptions::default() }
}

fn provider(fake: &FakeOpenAiAudio) -> OpenAi {
    OpenAi::new(options(fake)).expect("the options are right")
}

/// Speaks these clauses to the end of them.
fn synthesize(provider: &OpenAi, request: TtsRequest, clauses: &[&str]) -> Events<TtsEvent> {
    let (feed, text) = inlet(64);
    for clause in clauses {
        assert!(feed.try_send((*clause).to_owned()).is_ok());
    }
    provider.synthesize(request, text)
}

fn heard(events: &[TtsEvent]) -> String {
    let frames = events.iter().filter_map(|event| match event {
        TtsEvent::Audio(frame) => Some(frame.clone()),
        _ => None,
    });
    speech::decode(&frames.collect::<Vec<AudioFrame>>())
}

async fn say(provider: &OpenAi, clauses: &[&str]) -> Result<String> {
    Ok(heard(&synthesize(provider, TtsRequest::default(), clauses).collect().await?))
}
