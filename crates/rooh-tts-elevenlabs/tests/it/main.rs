//! The provider against a fake ElevenLabs on the loopback address, which CI certifies with the
//! client that ElevenLabs publishes.

mod contract;
mod faults;
mod http;
mod names;
mod session;
mod wire;
mod words;

use std::sync::Arc;
use std::time::Duration;

use rooh_audio::AudioFrame;
use rooh_core::options::Secret;
use rooh_core::stream::inlet;
use rooh_core::tts::{Spoken, TtsEvent, TtsProvider, TtsRequest};
use rooh_core::{Error, Result};
use rooh_testkit::fakes::FakeElevenLabs;
use rooh_testkit::speech;
use rooh_tts_elevenlabs::{ElevenLabs, ElevenLabsOptions, OutputFormat};
use tokio::time::{Instant, sleep, timeout};

/// How long anything may take on a busy machine.
const PATIENCE: Duration = Duration::from_secs(30);

fn options(fake: &FakeElevenLabs) -> ElevenLabsOptions {
    ElevenLabsOptions {
        api_key: Secret::new("sk_4711"),
        base_url: fake.url(),
        first_audio_timeout_ms: 30_000,
        idle_timeout_ms: 30_000,
        output_format: OutputFormat::Pcm8000,
        ..ElevenLabsOptions::default()
    }
}

fn provider(fake: &FakeElevenLabs) -> ElevenLabs {
    ElevenLabs::new(options(fake)).expect("the options are right")
}

fn session(provider: &ElevenLabs) -> Arc<dyn TtsProvider> {
    provider.for_session().expect("a session has a socket of its own")
}

/// What a reply yields before it ends, and with which error, if with one.
async fn told(
    provider: &dyn TtsProvider,
    request: TtsRequest,
    clauses: &[&str],
) -> (Vec<TtsEvent>, Option<Error>) {
    let (feed, text) = inlet(256);
    for clause in clauses {
        assert!(feed.try_send((*clause).to_owned()).is_ok());
    }
    drop(feed);
    let mut events = provider.synthesize(request, text);
    let mut all = Vec::new();
    loop {
        match timeout(PATIENCE, events.next()).await.expect("something comes") {
            Some(Ok(event)) => all.push(event),
            Some(Err(error)) => return (all, Some(error)),
            None => return (all, None),
        }
    }
}

async fn speak(provider: &dyn TtsProvider, clauses: &[&str]) -> Result<Vec<TtsEvent>> {
    match told(provider, TtsRequest::default(), clauses).await {
        (events, None) => Ok(events),
        (_, Some(error)) => Err(error),
    }
}

fn frames(events: &[TtsEvent]) -> Vec<AudioFrame> {
    let frames = events.iter().filter_map(|event| match event {
        TtsEvent::Audio(frame) => Some(frame.clone()),
        _ => None,
    });
    frames.collect()
}

fn samples(events: &[TtsEvent]) -> Vec<i16> {
    frames(events).iter().flat_map(|frame| frame.samples().to_vec()).collect()
}

/// The words that can be heard.
fn heard(events: &[TtsEvent]) -> String {
    speech::decode(&frames(events))
}

fn marks(events: &[TtsEvent]) -> Vec<Spoken> {
    let marks = events.iter().filter_map(|event| match event {
        TtsEvent::Spoken(mark) => Some(*mark),
        _ => None,
    });
    marks.collect()
}

async fn until(what: &str, mut is: impl FnMut() -> bool) {
    let end = Instant::now() + PATIENCE;
    while !is() {
        assert!(Instant::now() < end, "{what}");
        sleep(Duration::from_millis(2)).await;
    }
}
