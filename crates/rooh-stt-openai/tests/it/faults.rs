//! Servers that misbehave, and those that are not there.

use std::time::Duration;

use rooh_audio::AudioFormat;
use rooh_core::stt::{SttEvent, SttInput, SttProvider, SttRequest};
use rooh_core::{Error, ErrorKind};
use rooh_stt_openai::{Api, OpenAi, OpenAiOptions};
use rooh_testkit::fakes::{Cuts, FakeOpenAiAudio, Fault, SocketFault};
use tokio::net::TcpListener;
use tokio::time::timeout;

use crate::{options, provider, put, say, start, texts};

/// How many faults are drawn.
const SEEDS: u64 = 200;
const TEXT: &str = "Tell me more.";
/// What the fake sends for it: created, updated, committed, added, three deltas, completed, done.
const MESSAGES: usize = 9;
/// The place of the one that ends the transcript.
const COMPLETED: usize = 7;
/// How long its answer to a file is, in bytes.
const LENGTH: usize = 76;

fn hasty(fake: &FakeOpenAiAudio, api: Api) -> OpenAi {
    OpenAi::new(OpenAiOptions { timeout_ms: 300, ..options(fake, api) }).expect("the options are right")
}

/// Says the text and asks for it; what came, and the error that ended it.
async fn ask(provider: &OpenAi, what: &str) -> (Vec<SttEvent>, Option<Error>) {
    let (feed, mut events) = start(provider, SttRequest::default());
    say(&feed, provider.capabilities().format, TEXT, Duration::ZERO);
    put(&feed, SttInput::Finalize);
    drop(feed);
    let (mut said, mut failed) = (Vec::new(), None);
    loop {
        let next = timeout(Duration::from_secs(20), events.next()).await;
        match next.unwrap_or_else(|_| panic!("{what}: nothing comes")) {
            Some(Ok(event)) => said.push(event),
            Some(Err(error)) => failed = Some(error),
            None => return (said, failed),
        }
    }
}

#[tokio::test]
async fn every_fault_of_a_session_ends_in_an_error_of_its_kind_or_in_the_whole_transcript() {
    let fake = FakeOpenAiAudio::start().await.unwrap();
    // Only where nothing comes is a short deadline the same on a busy machine.
    let (patient, hasty) = (provider(&fake, Api::Live), hasty(&fake, Api::Live));
    for seed in 0..SEEDS {
        let fault = SocketFault::from_seed(seed, MESSAGES);
        fake.cut(Cuts::Seed(seed));
        fake.spoil(fault.clone());
        use SocketFault::*;
        let (place, expected) = match &fault {
            Late(_) | SlowClose => (usize::MAX, None),
            Unanswered => (0, Some(ErrorKind::Timeout)),
            Status(401, ..) => (0, Some(ErrorKind::Auth)),
            Status(429, ..) => (0, Some(ErrorKind::RateLimited)),
            Status(..) => (0, Some(ErrorKind::Network)),
            Break(place) | BreakInside(place) | Close(place, ..) => (*place, Some(ErrorKind::Network)),
            Deaf(place) | Stall(place) => (*place, Some(ErrorKind::Timeout)),
            // Words without an end are noticed; whatever else comes again and again brings nothing.
            Endless(4..=6) => (4, Some(ErrorKind::Protocol)),
            Endless(place) => (*place, Some(ErrorKind::Timeout)),
            Huge(place) | LongMessage(place) | Malformed(place) | NotText(place) => {
                (*place, Some(ErrorKind::Protocol))
            }
            other => panic!("{other:?} is not drawn"),
        };
        let is_silent = expected == Some(ErrorKind::Timeout) && place <= COMPLETED;
        let what = format!("seed {seed}, {fault:?}");
        let (said, failed) = ask(if is_silent { &hasty } else { &patient }, &what).await;
        let kind = failed.as_ref().map(Error::kind);
        match &fault {
            // A key that is wrong is wrong later too.
            Status(429.., _, wait) => {
                let wait = wait.as_ref().map(|wait| Duration::from_secs(wait.parse().unwrap()));
                assert_eq!(failed.as_ref().and_then(Error::retry_after), wait, "{what}");
            }
            // It was said before it was said again.
            Endless(COMPLETED) => {
                assert_eq!((kind, texts(&said)), (None, vec![TEXT.to_owned()]), "{what}");
                continue;
            }
            _ => {}
        }
        match place {
            0..=COMPLETED => {
                assert_eq!(kind, expected, "{what}: {failed:?}");
                assert!(texts(&said).is_empty(), "{what}: {said:?}");
            }
            // All was there, and what happens to the socket then is of no interest.
            _ => assert_eq!((kind, texts(&said)), (None, vec![TEXT.to_owned()]), "{what}: {failed:?}"),
        }
    }
}

#[tokio::test]
async fn every_fault_of_an_answer_ends_in_an_error_of_its_kind_or_in_the_whole_transcript() {
    let fake = FakeOpenAiAudio::start().await.unwrap();
    let (patient, hasty) = (provider(&fake, Api::Files), hasty(&fake, Api::Files));
    for seed in 0..SEEDS {
        let fault = Fault::from_seed(seed, LENGTH);
        fake.cut(Cuts::Seed(seed));
        fake.spoil(fault.clone());
        let expected = match &fault {
            Fault::Late(_) => None,
            Fault::SlowClose | Fault::Stall(_) => Some(ErrorKind::Timeout),
            Fault::Status(429, ..) => Some(ErrorKind::RateLimited),
            Fault::Break(_) | Fault::Error(_) | Fault::Status(..) => Some(ErrorKind::Network),
            // Half of an answer, or more than one.
            _ => Some(ErrorKind::Protocol),
        };
        let is_silent = expected == Some(ErrorKind::Timeout);
        let what = format!("seed {seed}, {fault:?}");
        let (said, failed) = ask(if is_silent { &hasty } else { &patient }, &what).await;
        assert_eq!(failed.as_ref().map(Error::kind), expected, "{what}: {failed:?}");
        let whole = if expected.is_none() { vec![TEXT.to_owned()] } else { Vec::new() };
        assert_eq!(texts(&said), whole, "{what}");
        if let Fault::Status(_, _, wait) = &fault {
            let wait = wait.as_ref().map(|wait| Duration::from_secs(wait.parse().unwrap()));
            assert_eq!(failed.as_ref().and_then(Error::retry_after), wait, "{what}");
        }
    }
}

#[tokio::test]
async fn nobody_at_the_address_is_said_with_the_address() {
    // A port that was free a moment ago.
    let free = TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap();
    for api in [Api::Files, Api::Live] {
        let options =
            OpenAiOptions { api, base_url: format!("http://{free}/v1"), ..OpenAiOptions::default() };
        let (_, failed) = ask(&OpenAi::new(options).unwrap(), "nobody").await;
        let error = failed.unwrap();
        assert_eq!(error.kind(), ErrorKind::Network);
        assert!(error.to_string().contains(&format!("http://{free}/v1")), "{error}");
    }
}

#[tokio::test]
async fn a_server_that_takes_the_connection_and_says_nothing_is_given_up() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let base_url = format!("http://{}/v1", listener.local_addr().unwrap());
    for api in [Api::Files, Api::Live] {
        let options =
            OpenAiOptions { api, base_url: base_url.clone(), timeout_ms: 100, ..OpenAiOptions::default() };
        let (_, failed) = ask(&OpenAi::new(options).unwrap(), "silence").await;
        assert_eq!(failed.unwrap().kind(), ErrorKind::Timeout);
    }
}

#[test]
fn the_formats_are_those_that_the_server_hears_best() {
    let format = |api| OpenAi::new(options_at("http://127.0.0.1:1/v1", api)).unwrap().capabilities().format;
    assert_eq!(format(Api::Live), AudioFormat::mono(24_000));
    assert_eq!(format(Api::Files), AudioFormat::WIDEBAND);
}

fn options_at(base_url: &str, api: Api) -> OpenAiOptions {
    OpenAiOptions { api, base_url: base_url.to_owned(), ..OpenAiOptions::default() }
}
