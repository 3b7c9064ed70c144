//! Servers that misbehave, and those that are not there.

use std::time::Duration;

use rooh_core::tts::{TtsEvent, TtsRequest};
use rooh_core::{Error, ErrorKind};
use rooh_testkit::fakes::{Cuts, FakeOpenAiAudio, Fault};
use rooh_tts_openai::{OpenAi, OpenAiOptions};
use tokio::net::TcpListener;
use tokio::time::timeout;

use crate::{heard, options, provider, say, synthesize};

/// How many faults are drawn.
const SEEDS: u64 = 200;
/// Three words, 600 ms, 28,800 bytes.
const TEXT: &str = "Tell me more.";
const LENGTH: usize = 28_800;

fn samples(events: &[TtsEvent]) -> Vec<i16> {
    let frames = events.iter().filter_map(|event| match event {
        TtsEvent::Audio(frame) => Some(frame.samples()),
        _ => None,
    });
    frames.flatten().copied().collect()
}

#[tokio::test]
async fn every_fault_ends_in_an_error_of_its_kind_or_in_what_the_server_calls_the_whole() {
    let fake = FakeOpenAiAudio::start().await.unwrap();
    let patient = provider(&fake);
    // Only where nothing comes is a short deadline the same on a busy machine.
    let hasty = OpenAiOptions { first_timeout_ms: 150, idle_timeout_ms: 150, ..options(&fake) };
    let hasty = OpenAi::new(hasty).unwrap();
    let whole = synthesize(&patient, TtsRequest::default(), &[TEXT]).collect().await.unwrap();
    assert_eq!(heard(&whole), TEXT);
    let whole = samples(&whole);
    for seed in 0..SEEDS {
        let fault = Fault::from_seed(seed, LENGTH);
        fake.cut(Cuts::Size(1 + seed as usize * 37 % 2_000));
        fake.spoil(fault.clone());
        let is_silent = matches!(fault, Fault::Stall(_) | Fault::SlowClose);
        let provider = if is_silent { &hasty } else { &patient };
        let mut events = synthesize(provider, TtsRequest::default(), &[TEXT]);
        let (mut said, mut failed) = (Vec::new(), None::<Error>);
        // An answer without an end is read for a while, as a session would.
        while said.len() < 500 {
            let next = timeout(Duration::from_secs(20), events.next()).await;
            match next.unwrap_or_else(|_| panic!("seed {seed}, {fault:?}: nothing comes")) {
                Some(Ok(event)) => said.push(event),
                Some(Err(error)) => failed = Some(error),
                None => break,
            }
        }
        let kind = failed.as_ref().map(Error::kind);
        let expected = match &fault {
            // Samples have no end of their own: an answer is whole when the server says so. Half a
            // sample shows that it is not.
            Fault::End(place) if place % 2 == 0 => None,
            Fault::Endless | Fault::Late(_) | Fault::LongLine => None,
            Fault::SlowClose | Fault::Stall(_) => Some(ErrorKind::Timeout),
            Fault::Status(429, ..) => Some(ErrorKind::RateLimited),
            _ => Some(ErrorKind::Network),
        };
        assert_eq!(kind, expected, "seed {seed}, {fault:?}: {failed:?}");
        let samples = samples(&said);
        match &fault {
            Fault::Endless | Fault::LongLine => assert_eq!(said.len(), 500, "seed {seed}"),
            Fault::Late(_) => assert_eq!(samples, whole, "seed {seed}"),
            Fault::Status(_, _, wait) => {
                let wait = wait.as_ref().map(|wait| Duration::from_secs(wait.parse().unwrap()));
                assert_eq!(failed.as_ref().and_then(Error::retry_after), wait, "seed {seed}");
                assert!(said.is_empty());
            }
            // What came before is the beginning of the whole, and nothing else.
            _ => assert!(whole.starts_with(&samples), "seed {seed}, {fault:?}"),
        }
        if failed.is_some() {
            let marks = said.iter().filter(|event| matches!(event, TtsEvent::Spoken(_))).count();
            assert_eq!(marks, 0, "seed {seed}, {fault:?}: marked as spoken, and it was not");
        }
    }
}

#[tokio::test]
async fn an_answer_is_read_wherever_it_is_cut() {
    let fake = FakeOpenAiAudio::start().await.unwrap();
    let provider = provider(&fake);
    for cuts in [Cuts::Size(1), Cuts::Size(3), Cuts::Seed(7), Cuts::Once(1), Cuts::Once(961), Cuts::Whole] {
        fake.cut(cuts);
        assert_eq!(say(&provider, &["Naïve café?"]).await.unwrap(), "Naïve café?", "{cuts:?}");
    }
}

#[tokio::test]
async fn a_clause_that_was_asked_for_in_advance_fails_in_its_turn() {
    let fake = FakeOpenAiAudio::start().await.unwrap();
    let provider = provider(&fake);
    fake.spoil(Fault::Late(Duration::ZERO));
    fake.spoil(Fault::Status(503, "busy".to_owned(), Some("2".to_owned())));
    let mut events = synthesize(&provider, TtsRequest::default(), &["One two.", "Three."]);
    let mut said = Vec::new();
    let error = loop {
        match events.next().await.unwrap() {
            Ok(event) => said.push(event),
            Err(error) => break error,
        }
    };
    assert_eq!(heard(&said), "One two.");
    assert!(matches!(said.last(), Some(TtsEvent::Spoken(spoken)) if spoken.text == 8));
    assert_eq!((error.kind(), error.retry_after()), (ErrorKind::Network, Some(Duration::from_secs(2))));
}

#[tokio::test]
async fn nobody_at_the_address_is_said_with_the_address() {
    // A port that was free a moment ago.
    let free = TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap();
    let options = OpenAiOptions { base_url: format!("http://{free}/v1"), ..OpenAiOptions::default() };
    let error = say(&OpenAi::new(options).unwrap(), &["Hi."]).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Network);
    assert!(error.to_string().contains(&format!("http://{free}/v1")), "{error}");
}

#[tokio::test]
async fn a_server_that_takes_the_connection_and_says_nothing_is_given_up() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let options = OpenAiOptions {
        base_url: format!("http://{}/v1", listener.local_addr().unwrap()),
        first_timeout_ms: 100,
        ..OpenAiOptions::default()
    };
    let error = say(&OpenAi::new(options).unwrap(), &["Hi."]).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Timeout, "{error}");
}
