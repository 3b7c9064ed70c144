//! The provider against a fake Deepgram on the loopback address, which CI certifies with the client
//! that Deepgram publishes.

mod contract;
mod faults;
mod flux;
mod loss;
mod names;
mod nova;
mod waiting;

use std::time::Duration;

use rooh_audio::{AudioFormat, AudioFrame, SessionTime};
use rooh_core::options::Secret;
use rooh_core::stream::{Events, Feed, inlet};
use rooh_core::stt::{SttEvent, SttInput, SttProvider, SttRequest, Transcript};
use rooh_core::{Error, Result};
use rooh_stt_deepgram::{Deepgram, DeepgramOptions};
use rooh_testkit::fakes::FakeDeepgram;
use rooh_testkit::speech;
use serde_json::Value;
use tokio::time::timeout;

/// How long anything may take on a busy machine.
const PATIENCE: Duration = Duration::from_secs(20);

fn options(fake: &FakeDeepgram, model: &str) -> DeepgramOptions {
    DeepgramOptions { api_key: Secret::new("k3y"), base_url: fake.url(), ..DeepgramOptions::model(model) }
}

fn provider(options: DeepgramOptions) -> Deepgram {
    Deepgram::new(options).expect("the options are right")
}

/// A session with a recognizer.
struct Talk {
    at: SessionTime,
    events: Events<SttEvent>,
    feed: Option<Feed<SttInput>>,
    format: AudioFormat,
}

impl Talk {
    fn new(provider: &Deepgram) -> Self {
        Self::with(provider, SttRequest::default())
    }

    fn with(provider: &Deepgram, request: SttRequest) -> Self {
        let (feed, inlet) = inlet(16_384);
        let events = provider.transcribe(request, inlet);
        let format = provider.capabilities().format;
        Self { at: SessionTime::ZERO, events, feed: Some(feed), format }
    }

    fn put(&self, input: SttInput) {
        let feed = self.feed.as_ref().expect("the inlet has not ended");
        assert!(feed.try_send(input).is_ok(), "the inlet is full or gone");
    }

    fn hear(&mut self, audio: &AudioFrame) {
        for frame in speech::frames(audio, Duration::from_millis(20)) {
            self.at = frame.end();
            self.put(SttInput::Audio(frame));
        }
    }

    fn say(&mut self, text: &str) {
        self.hear(&speech::encode(text, self.format, self.at));
    }

    fn pause(&mut self, millis: u64) {
        self.hear(&AudioFrame::silence(Duration::from_millis(millis), self.format, self.at));
    }

    fn finalize(&self) {
        self.put(SttInput::Finalize);
    }

    fn end(&mut self) {
        self.feed = None;
    }

    async fn next(&mut self) -> Option<Result<SttEvent>> {
        timeout(PATIENCE, self.events.next()).await.expect("something comes in time")
    }

    /// What comes up to the next final, and that one.
    async fn until_final(&mut self) -> (Vec<SttEvent>, Transcript) {
        let mut before = Vec::new();
        loop {
            match self.next().await.expect("the stream goes on").expect("nothing goes wrong") {
                SttEvent::Final(transcript) => return (before, transcript),
                event => before.push(event),
            }
        }
    }

    async fn final_text(&mut self) -> String {
        self.until_final().await.1.text
    }

    /// What comes to the end, or until it fails.
    async fn rest(&mut self) -> (Vec<SttEvent>, Option<Error>) {
        let mut all = Vec::new();
        loop {
            match self.next().await {
                Some(Ok(event)) => all.push(event),
                Some(Err(error)) => return (all, Some(error)),
                None => return (all, None),
            }
        }
    }
}

fn finals(events: &[SttEvent]) -> Vec<String> {
    let finals = events.iter().filter_map(|event| match event {
        SttEvent::Final(transcript) => Some(transcript.text.clone()),
        _ => None,
    });
    finals.collect()
}

fn partials(events: &[SttEvent]) -> Vec<String> {
    let partials = events.iter().filter_map(|event| match event {
        SttEvent::Partial(transcript) => Some(transcript.text.clone()),
        _ => None,
    });
    partials.collect()
}

/// The messages of a type that the fake has heard.
fn told(fake: &FakeDeepgram, kind: &str) -> Vec<Value> {
    fake.heard().iter().map(|message| message.json()).filter(|message| message["type"] == kind).collect()
}
