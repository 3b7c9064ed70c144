//! Servers that misbehave, and those that are not there.

use rooh_core::ErrorKind;
use rooh_testkit::fakes::{Cuts, SocketFault};
use tokio::net::TcpListener;

use crate::*;

/// How many faults are drawn for each model.
const SEEDS: u64 = 200;
/// What the fake sends in one conversation, about.
const MESSAGES: usize = 24;
const SAID: [&str; 3] = ["Zwei Größen bitte", "one two three four", "yes"];

fn hasty(fake: &FakeDeepgram, model: &str) -> Deepgram {
    let options =
        DeepgramOptions { connect_timeout_ms: 150, finalize_timeout_ms: 150, ..options(fake, model) };
    provider(options)
}

/// Says all of it, one after the other, and reads to the end.
async fn converse(ears: &Deepgram) -> (Vec<SttEvent>, Option<Error>) {
    let mut talk = Talk::new(ears);
    for text in SAID {
        talk.say(text);
        talk.pause(100);
        talk.finalize();
    }
    talk.end();
    talk.rest().await
}

fn text_of(events: &[SttEvent]) -> String {
    finals(events).join(" ").split_whitespace().collect::<Vec<_>>().join(" ")
}

fn kind_of(fault: &SocketFault) -> Option<ErrorKind> {
    match fault {
        SocketFault::Doubled(_) | SocketFault::Late(_) | SocketFault::SlowClose | SocketFault::Swapped(_) => {
            None
        }
        SocketFault::Close(_, 1000 | 1001 | 1008 | 1011 | 4000, _) => Some(ErrorKind::Network),
        SocketFault::Break(_) | SocketFault::BreakInside(_) => Some(ErrorKind::Network),
        SocketFault::Huge(_)
        | SocketFault::LongMessage(_)
        | SocketFault::Malformed(_)
        | SocketFault::NotText(_) => Some(ErrorKind::Protocol),
        SocketFault::Status(401, ..) => Some(ErrorKind::Auth),
        SocketFault::Status(429, ..) => Some(ErrorKind::RateLimited),
        SocketFault::Status(..) => Some(ErrorKind::Network),
        _ => Some(ErrorKind::Timeout),
    }
}

async fn every_fault_ends_well_or_in_its_error(model: &str) {
    let fake = FakeDeepgram::start().await.expect("a port is free");
    // Only where nothing comes is a short deadline the same on a busy machine.
    let (patient, hasty) = (provider(options(&fake, model)), hasty(&fake, model));
    let whole = SAID.join(" ");
    assert_eq!(text_of(&converse(&patient).await.0), whole);
    for seed in 0..SEEDS {
        let fault = SocketFault::from_seed(seed, MESSAGES);
        fake.cut(Cuts::Seed(seed));
        fake.spoil(fault.clone());
        let waits = matches!(
            fault,
            SocketFault::Deaf(_) | SocketFault::Endless(_) | SocketFault::Stall(_) | SocketFault::Unanswered
        );
        let (events, error) = converse(if waits { &hasty } else { &patient }).await;
        let kind = error.as_ref().map(Error::kind);
        let text = text_of(&events);
        if kind.is_none() {
            // A fault in a message that was not sent any more is none.
            assert_eq!(text, whole, "seed {seed}, {fault:?}: a word is lost or doubled");
        } else {
            assert_eq!(kind, kind_of(&fault), "seed {seed}, {fault:?}: {error:?}");
            assert!(whole.starts_with(&text), "seed {seed}, {fault:?}: {text:?}");
        }
        if let SocketFault::Status(_, _, Some(wait)) = &fault {
            let wait = Duration::from_secs(wait.parse().expect("a number of seconds"));
            assert_eq!(error.expect("it was refused").retry_after(), Some(wait), "seed {seed}");
        }
    }
}

#[tokio::test]
async fn every_fault_of_nova_ends_well_or_in_its_error() {
    every_fault_ends_well_or_in_its_error("nova-3").await;
}

#[tokio::test]
async fn every_fault_of_flux_ends_well_or_in_its_error() {
    every_fault_ends_well_or_in_its_error("flux-general-en").await;
}

#[tokio::test]
async fn what_comes_twice_or_in_another_order_loses_no_word_and_doubles_none() {
    let fake = FakeDeepgram::start().await.unwrap();
    let mut sorted: Vec<&str> = SAID.iter().flat_map(|text| text.split(' ')).collect();
    sorted.sort_unstable();
    for model in ["nova-3", "flux-general-en"] {
        let ears = provider(options(&fake, model));
        for place in 0..MESSAGES {
            for fault in [SocketFault::Doubled(place), SocketFault::Swapped(place)] {
                fake.spoil(fault.clone());
                let (events, error) = converse(&ears).await;
                assert!(error.is_none(), "{model}, {fault:?}: {error:?}");
                let text = text_of(&events);
                let mut words: Vec<&str> = text.split(' ').collect();
                words.sort_unstable();
                assert_eq!(words, sorted, "{model}, {fault:?}");
            }
        }
    }
}

#[tokio::test]
async fn a_refusal_is_told_in_the_vendors_words_and_never_with_the_key() {
    let fake = FakeDeepgram::start().await.unwrap();
    fake.spoil(SocketFault::Status(401, "Invalid credentials: k3y".to_owned(), None));
    let (_, error) = converse(&provider(options(&fake, "nova-3"))).await;
    let error = error.unwrap();
    assert_eq!(error.kind(), ErrorKind::Auth);
    let text = error.to_string();
    assert!(text.contains("Invalid credentials") && !text.contains("k3y"), "{text}");
    // What the vendor itself refuses.
    let wrong =
        DeepgramOptions { query: [("topics".to_owned(), true.into())].into(), ..options(&fake, "nova-3") };
    let (_, error) = converse(&provider(wrong)).await;
    assert_eq!(error.unwrap().kind(), ErrorKind::Config);
}

#[tokio::test]
async fn nobody_at_the_address_is_an_error_of_the_network() {
    // A port that was free a moment ago.
    let free = TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap();
    let options = DeepgramOptions { base_url: format!("ws://{free}"), ..DeepgramOptions::default() };
    let (_, error) = converse(&provider(options)).await;
    let error = error.unwrap();
    assert_eq!((error.kind(), error.context("cause")), (ErrorKind::Network, Some("refused")), "{error}");
}
