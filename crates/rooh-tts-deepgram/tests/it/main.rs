//! The provider against a fake Deepgram on the loopback address, which CI certifies with the client
//! that Deepgram publishes.

mod contract;
mod faults;
mod names;
mod session;

use std::time::Duration;

use rooh_audio::AudioFrame;
use rooh_core::options::Secret;
use rooh_core::stream::{Events, Feed, inlet};
use rooh_core::tts::{TtsEvent, TtsProvider, TtsRequest};
use rooh_core::{Error, Result};
use rooh_testkit::fakes::FakeDeepgram;
use rooh_testkit::speech;
use rooh_tts_deepgram::{Deepgram, DeepgramOptions};
use serde_json::Value;
use tokio::time::timeout;

/// How long anything may take on a busy machine.
const PATIENCE: Duration = Duration::from_secs(20);

fn options(fake: &FakeDeepgram) -> DeepgramOptions {
    DeepgramOptions { api_key: Secret::new("k3y"), base_url: fake.url(), ..DeepgramOptions::default() }
}

fn provider(options: DeepgramOptions) -> Deepgram {
    Deepgram::new(options).expect("the options are right")
}

fn begin(voice: &dyn TtsProvider) -> (Feed<String>, Events<TtsEvent>) {
    let (feed, inlet) = inlet(256);
    (feed, voice.synthesize(TtsRequest::default(), inlet))
}

fn put(feed: &Feed<String>, clause: &str) {
    assert!(feed.try_send(clause.to_owned()).is_ok(), "the inlet is full or gone");
}

async fn next(events: &mut Events<TtsEvent>) -> Option<Result<TtsEvent>> {
    timeout(PATIENCE, events.next()).await.expect("something comes in time")
}

/// What is said in the audio, and how it ends.
async fn rest(mut events: Events<TtsEvent>) -> (String, Vec<TtsEvent>, Option<Error>) {
    let (mut all, mut failed) = (Vec::new(), None);
    while let Some(event) = next(&mut events).await {
        match event {
            Ok(event) => all.push(event),
            Err(error) => failed = Some(error),
        }
    }
    (heard(&all), all, failed)
}

fn heard(events: &[TtsEvent]) -> String {
    let frames: Vec<&AudioFrame> = events
        .iter()
        .filter_map(|event| match event {
            TtsEvent::Audio(frame) => Some(frame),
            _ => None,
        })
        .collect();
    speech::decode(frames)
}

/// Speaks it all.
async fn speak(voice: &dyn TtsProvider, clauses: &[&str]) -> (String, Vec<TtsEvent>, Option<Error>) {
    let (feed, events) = begin(voice);
    for clause in clauses {
        put(&feed, clause);
    }
    drop(feed);
    rest(events).await
}

/// The messages of a type that the fake has heard.
fn told(fake: &FakeDeepgram, kind: &str) -> Vec<Value> {
    fake.heard().iter().map(|message| message.json()).filter(|message| message["type"] == kind).collect()
}
