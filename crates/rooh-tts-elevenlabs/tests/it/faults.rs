//! A vendor that misbehaves, and one that is not there.

use std::time::Duration;

use rooh_core::stream::inlet;
use rooh_core::tts::{TtsProvider, TtsRequest};
use rooh_core::{Error, ErrorKind};
use rooh_testkit::fakes::{Cuts, FakeElevenLabs, Fault, SocketFault};
use rooh_tts_elevenlabs::{Api, ElevenLabs, ElevenLabsOptions};
use tokio::net::TcpListener;
use tokio::time::timeout;

use crate::{PATIENCE, options, provider, samples, session, speak};

/// How many faults are drawn.
const SEEDS: u64 = 200;
const TEXT: [&str; 2] = ["Grüße aus dem Norden, ", "und viel Glück."];
/// More events than the text has: what never ends is read for a while, as a session would.
const ENOUGH: usize = 300;

fn hasty(options: ElevenLabsOptions) -> ElevenLabs {
    let options = ElevenLabsOptions { first_audio_timeout_ms: 150, idle_timeout_ms: 150, ..options };
    ElevenLabs::new(options).expect("the options are right")
}

/// The samples that came, how many events that were, and with which error it ended.
async fn outcome(voice: &dyn TtsProvider, what: &str) -> (Vec<i16>, usize, Option<Error>) {
    let (feed, text) = inlet(4);
    for clause in TEXT {
        assert!(feed.try_send(clause.to_owned()).is_ok());
    }
    drop(feed);
    let mut events = voice.synthesize(TtsRequest::default(), text);
    let mut said = Vec::new();
    let mut failed = None;
    while said.len() < ENOUGH {
        let next = timeout(PATIENCE, events.next()).await;
        match next.unwrap_or_else(|_| panic!("{what}: nothing comes")) {
            Some(Ok(event)) => said.push(event),
            Some(Err(error)) => failed = Some(error),
            None => break,
        }
    }
    (samples(&said), said.len(), failed)
}

#[tokio::test]
async fn every_fault_of_a_socket_ends_in_an_error_of_its_kind_or_in_the_whole_reply() {
    let fake = FakeElevenLabs::start().await.unwrap();
    // Only where nothing comes is a short deadline the same on a busy machine.
    let (patient, hasty) = (provider(&fake), hasty(options(&fake)));
    let (whole, ..) = outcome(&patient, "no fault").await;
    // Five and four pieces of audio, and the end.
    let messages = 10;
    for seed in 0..SEEDS {
        let fault = SocketFault::from_seed(seed, messages);
        let what = format!("seed {seed}, {fault:?}");
        fake.cut(if seed % 4 == 0 { Cuts::Seed(seed) } else { Cuts::Lines });
        fake.spoil(fault.clone());
        let waits = matches!(fault, SocketFault::Deaf(_) | SocketFault::Stall(_) | SocketFault::Unanswered);
        let (said, events, failed) = outcome(if waits { &hasty } else { &patient }, &what).await;
        let expected = match &fault {
            SocketFault::Break(_) | SocketFault::BreakInside(_) => Some(ErrorKind::Network),
            SocketFault::Close(_, 1008, _) => Some(ErrorKind::Config),
            SocketFault::Close(..) => Some(ErrorKind::Network),
            SocketFault::Deaf(_) | SocketFault::Stall(_) | SocketFault::Unanswered => {
                Some(ErrorKind::Timeout)
            }
            SocketFault::Huge(_)
            | SocketFault::LongMessage(_)
            | SocketFault::Malformed(_)
            | SocketFault::NotText(_) => Some(ErrorKind::Protocol),
            SocketFault::Status(401, ..) => Some(ErrorKind::Auth),
            SocketFault::Status(429, ..) => Some(ErrorKind::RateLimited),
            SocketFault::Status(..) => Some(ErrorKind::Network),
            _ => None,
        };
        assert_eq!(failed.as_ref().map(Error::kind), expected, "{what}: {failed:?}");
        match &fault {
            SocketFault::Endless(_) => assert!(events == ENOUGH || said == whole, "{what}"),
            _ if expected.is_none() => assert!(said == whole, "{what}"),
            // What came before is the beginning of it, and nothing else.
            _ => assert!(whole.starts_with(&said), "{what}"),
        }
        if let (SocketFault::Status(_, _, wait), Some(error)) = (&fault, failed) {
            let wait = wait.as_ref().map(|wait| Duration::from_secs(wait.parse().unwrap()));
            assert_eq!(error.retry_after(), wait, "{what}");
        }
    }
}

#[tokio::test]
async fn every_fault_of_http_ends_in_an_error_of_its_kind_or_in_the_whole_reply() {
    let fake = FakeElevenLabs::start().await.unwrap();
    let over_http = || ElevenLabsOptions { api: Some(Api::Http), ..options(&fake) };
    let (patient, hasty) = (ElevenLabs::new(over_http()).unwrap(), hasty(over_http()));
    let (whole, ..) = outcome(&patient, "no fault").await;
    for seed in 0..SEEDS {
        // Within the first of two clauses, which has four words.
        let fault = Fault::from_seed(seed, 4 * 200 * 16);
        let what = format!("seed {seed}, {fault:?}");
        fake.cut(Cuts::Size(1 + seed as usize));
        fake.spoil(fault.clone());
        let waits = matches!(fault, Fault::SlowClose | Fault::Stall(_));
        let (said, events, failed) = outcome(if waits { &hasty } else { &patient }, &what).await;
        let kind = failed.as_ref().map(Error::kind);
        let expected = match &fault {
            // In audio there is no telling that more was to come, but in the middle of a sample.
            Fault::End(place) if place % 2 == 0 && *place > 0 => None,
            Fault::Endless | Fault::Late(_) | Fault::LongLine => None,
            Fault::SlowClose | Fault::Stall(_) => Some(ErrorKind::Timeout),
            Fault::Status(429, ..) => Some(ErrorKind::RateLimited),
            _ => Some(ErrorKind::Network),
        };
        assert_eq!(kind, expected, "{what}: {failed:?}");
        match &fault {
            Fault::Endless | Fault::LongLine => assert_eq!(events, ENOUGH, "{what}"),
            Fault::End(_) => assert!(said.len() < whole.len(), "{what}"),
            _ if expected.is_none() => assert!(said == whole, "{what}"),
            _ => assert!(whole.starts_with(&said), "{what}"),
        }
    }
}

#[tokio::test]
async fn a_kept_socket_that_is_dead_is_opened_anew_and_nobody_notices() {
    let fake = FakeElevenLabs::start().await.unwrap();
    let voice = provider(&fake);
    let whole = samples(&speak(&voice, &["Hello there."]).await.unwrap());
    // Two words make three messages, and the fourth is the end of the context.
    for fault in [
        SocketFault::Break(4),
        SocketFault::Close(4, 1000, "input_timeout_exceeded".to_owned()),
        SocketFault::Close(4, 1011, String::new()),
        SocketFault::Close(5, 1006 + 6, String::new()),
        SocketFault::BreakInside(4),
    ] {
        let session = session(&voice);
        let begun = fake.begun();
        fake.spoil(fault.clone());
        for _ in 0..3 {
            let events = speak(&*session, &["Hello there."]).await;
            // What has come in part cannot be said again.
            let came = matches!(&fault, SocketFault::Close(5, ..));
            match events {
                Ok(events) => assert!(samples(&events) == whole, "{fault:?}"),
                Err(error) => assert!(came && error.kind() == ErrorKind::Network, "{fault:?}: {error}"),
            }
        }
        assert_eq!(fake.begun() - begun, 2, "{fault:?}");
    }
}

#[tokio::test]
async fn a_refusal_is_not_asked_again_and_says_the_words_of_the_vendor_but_no_key() {
    let refusing = |word: &'static str| async move {
        let fake = FakeElevenLabs::start().await.unwrap().refusing(word, "bad sk_4711 here");
        let session = session(&provider(&fake));
        session.prewarm().collect().await.unwrap();
        let error = speak(&*session, &["Hello."]).await.unwrap_err();
        assert!(error.to_string().contains("bad … here"), "{error}");
        (error, fake.begun())
    };
    let (error, begun) = refusing("quota_exceeded").await;
    assert_eq!((error.kind(), error.context("code"), begun), (ErrorKind::Auth, Some("quota_exceeded"), 1));
    let (error, begun) = refusing("output_format_not_allowed").await;
    assert_eq!((error.kind(), begun), (ErrorKind::Config, 1));
    // That one is about the socket: another may do.
    let (error, begun) = refusing("max_active_conversations").await;
    assert_eq!((error.kind(), begun), (ErrorKind::RateLimited, 2));
}

#[tokio::test]
async fn a_vendor_that_is_not_there_or_says_nothing_is_given_up() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let silent = format!("http://{}", listener.local_addr().unwrap());
    let free = TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap();
    for api in [Api::Http, Api::Websocket] {
        let at =
            |base_url: String| ElevenLabsOptions { api: Some(api), base_url, ..ElevenLabsOptions::default() };
        let error = speak(&hasty(at(silent.clone())), &["Hello."]).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Timeout, "{error}");
        let error = speak(&hasty(at(format!("http://{free}"))), &["Hello."]).await.unwrap_err();
        assert_eq!((error.kind(), error.context("cause")), (ErrorKind::Network, Some("refused")), "{error}");
    }
}
