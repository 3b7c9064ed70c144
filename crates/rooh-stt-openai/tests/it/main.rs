//! The provider against a fake OpenAI on the loopback address, which CI certifies with the client
//! that OpenAI publishes.

mod contract;
mod faults;
mod files;
mod live;

use std::time::Duration;

use rooh_audio::{AudioFormat, SessionTime};
use rooh_core::stream::{Events, Feed, inlet};
use rooh_core::stt::{SttEvent, SttInput, SttProvider, SttRequest, Transcript};
use rooh_stt_openai::{Api, OpenAi, OpenAiOptions};
use rooh_testkit::fakes::FakeOpenAiAudio;
use rooh_testkit::speech;

fn options(fake: &FakeOpenAiAudio, api: Api) -> OpenAiOptions {
    OpenAiOptions { api, base_url: format!("{}/v1", fake.url()), ..OpenAiOptions::default() }
}

fn provider(fake: &FakeOpenAiAudio, api: Api) -> OpenAi {
    OpenAi::new(options(fake, api)).expect("the options are right")
}

fn start(provider: &OpenAi, request: SttRequest) -> (Feed<SttInput>, Events<SttEvent>) {
    let (feed, audio) = inlet(4_096);
    (feed, provider.transcribe(request, audio))
}

fn put(feed: &Feed<SttInput>, input: SttInput) {
    assert!(feed.try_send(input).is_ok(), "the inlet has room");
}

/// Says `text`, and then is silent for so long.
fn say(feed: &Feed<SttInput>, format: AudioFormat, text: &str, pause: Duration) {
    let audio = speech::encode(text, format, SessionTime::ZERO);
    let silence = rooh_audio::AudioFrame::silence(pause, format, SessionTime::ZERO);
    for part in [audio, silence] {
        for frame in speech::frames(&part, Duration::from_millis(20)) {
            put(feed, SttInput::Audio(frame));
        }
    }
}

fn finals(events: &[SttEvent]) -> Vec<Transcript> {
    let finals = events.iter().filter_map(|event| match event {
        SttEvent::Final(whole) => Some(whole.clone()),
        _ => None,
    });
    finals.collect()
}

fn texts(events: &[SttEvent]) -> Vec<String> {
    finals(events).into_iter().map(|whole| whole.text).collect()
}
