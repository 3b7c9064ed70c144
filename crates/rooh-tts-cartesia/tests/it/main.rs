//! The provider against a fake Cartesia on the loopback address, which CI certifies with the client
//! that Cartesia publishes.

mod contract;
mod faults;
mod names;
mod session;
mod speaking;

use std::sync::{Arc, Mutex};
use std::time::Duration;

use rooh_core::Result;
use rooh_core::stream::{Events, inlet};
use rooh_core::trace::Trace;
use rooh_core::tts::{Spoken, TtsEvent, TtsProvider, TtsRequest};
use rooh_testkit::fakes::FakeCartesia;
use rooh_testkit::speech;
use rooh_tts_cartesia::{Cartesia, CartesiaOptions};
use serde_json::Value;

/// How long anything may take on a busy machine.
const PATIENCE: Duration = Duration::from_secs(20);

async fn fake() -> FakeCartesia {
    FakeCartesia::start().await.expect("a port is free")
}

/// Options without short deadlines: the machine may be busy.
fn options(fake: &FakeCartesia) -> CartesiaOptions {
    CartesiaOptions {
        base_url: fake.url(),
        first_audio_timeout_ms: 20_000,
        idle_timeout_ms: 20_000,
        sample_rate: 8_000,
        ..CartesiaOptions::default()
    }
}

/// Options for where nothing ever comes.
fn hasty(fake: &FakeCartesia) -> CartesiaOptions {
    CartesiaOptions { first_audio_timeout_ms: 200, idle_timeout_ms: 200, ..options(fake) }
}

fn provider(options: CartesiaOptions) -> Cartesia {
    Cartesia::new(options).expect("the options are right")
}

/// A voice for one session.
fn session(fake: &FakeCartesia) -> Arc<dyn TtsProvider> {
    provider(options(fake)).for_session().expect("a session has a voice of its own")
}

/// Begins to say all of this.
fn begin(voice: &(impl TtsProvider + ?Sized), request: TtsRequest, clauses: &[&str]) -> Events<TtsEvent> {
    let (feed, inlet) = inlet(clauses.len());
    for clause in clauses {
        feed.try_send((*clause).to_owned()).expect("there is room");
    }
    voice.synthesize(request, inlet)
}

async fn say(voice: &(impl TtsProvider + ?Sized), clauses: &[&str]) -> Result<Vec<TtsEvent>> {
    let said = begin(voice, TtsRequest::default(), clauses).collect();
    tokio::time::timeout(PATIENCE, said).await.expect("a reply ends")
}

/// The words that are heard.
fn heard(events: &[TtsEvent]) -> String {
    let frames: Vec<_> = events
        .iter()
        .filter_map(|event| match event {
            TtsEvent::Audio(frame) => Some(frame.clone()),
            _ => None,
        })
        .collect();
    speech::decode(&frames)
}

fn samples(events: &[TtsEvent]) -> Vec<i16> {
    let frames = events.iter().filter_map(|event| match event {
        TtsEvent::Audio(frame) => Some(frame.samples().to_vec()),
        _ => None,
    });
    frames.flatten().collect()
}

fn marks(events: &[TtsEvent]) -> Vec<Spoken> {
    let marks = events.iter().filter_map(|event| match event {
        TtsEvent::Spoken(mark) => Some(*mark),
        _ => None,
    });
    marks.collect()
}

/// What the fake was told, as JSON.
fn told(fake: &FakeCartesia) -> Vec<Value> {
    fake.heard().iter().map(rooh_testkit::fakes::Message::json).filter(|message| !message.is_null()).collect()
}

/// The contexts that the fake was told of, each once.
fn contexts(fake: &FakeCartesia) -> Vec<String> {
    let mut all: Vec<String> = Vec::new();
    for message in told(fake) {
        let id = message["context_id"].as_str().expect("every message has a context").to_owned();
        if !all.contains(&id) {
            all.push(id);
        }
    }
    all
}

/// Waits until it is so.
async fn until(what: &str, mut is: impl FnMut() -> bool) {
    let end = tokio::time::Instant::now() + PATIENCE;
    while !is() {
        assert!(tokio::time::Instant::now() < end, "{what}");
        tokio::time::sleep(Duration::from_millis(2)).await;
    }
}

/// A trace, and what it has recorded.
fn traced() -> (Trace, Arc<Mutex<Vec<String>>>) {
    let records = Arc::new(Mutex::new(Vec::new()));
    let sink = Arc::clone(&records);
    let trace = Trace::to(move |record| {
        sink.lock()
            .expect("no panic happens here")
            .push(format!("{:?} {}", record.direction, record.message));
    });
    (trace, records)
}
