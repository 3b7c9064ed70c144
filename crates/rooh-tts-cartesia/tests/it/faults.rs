//! Servers that misbehave.

use std::time::Duration;

use rooh_core::ErrorKind;
use rooh_core::tts::{TtsEvent, TtsRequest};
use rooh_testkit::fakes::{Cuts, SocketFault};
use tokio::net::TcpListener;
use tokio::time::timeout;

use crate::{PATIENCE, begin, fake, hasty, options, provider, samples, say, traced};

/// How many faults are drawn.
const SEEDS: u64 = 200;
/// How much is read of what does not end, in events.
const ENOUGH: usize = 500;

const CLAUSES: [&str; 2] = ["Grüße an alle.", "No."];

fn place(fault: &SocketFault) -> Option<usize> {
    match fault {
        SocketFault::Break(place)
        | SocketFault::BreakInside(place)
        | SocketFault::Close(place, ..)
        | SocketFault::Deaf(place)
        | SocketFault::Endless(place)
        | SocketFault::Huge(place)
        | SocketFault::LongMessage(place)
        | SocketFault::Malformed(place)
        | SocketFault::NotText(place)
        | SocketFault::Stall(place) => Some(*place),
        _ => None,
    }
}

#[tokio::test]
async fn every_fault_ends_in_an_error_of_its_kind_or_in_the_whole_answer() {
    let fake = fake().await.chunks(1_600);
    // Only where nothing comes is a short deadline the same on a busy machine.
    let (patient, hasty) = (provider(options(&fake)), provider(hasty(&fake)));
    let (trace, records) = traced();
    let whole =
        begin(&patient, TtsRequest { trace, ..TtsRequest::default() }, &CLAUSES).collect().await.unwrap();
    let whole = samples(&whole);
    // As many as are needed; after them only `done` comes.
    let messages = records.lock().unwrap().iter().filter(|record| record.starts_with("In")).count();
    assert!(messages > 10);
    for seed in 0..SEEDS {
        let fault = SocketFault::from_seed(seed, messages + 1);
        fake.cut(Cuts::Seed(seed));
        fake.spoil(fault.clone());
        let is_silent = matches!(
            fault,
            SocketFault::Deaf(_) | SocketFault::Endless(_) | SocketFault::Stall(_) | SocketFault::Unanswered
        );
        let voice = if is_silent { &hasty } else { &patient };
        let mut events = begin(voice, TtsRequest::default(), &CLAUSES);
        let (mut said, mut failed): (Vec<TtsEvent>, _) = (Vec::new(), None);
        while said.len() < ENOUGH {
            let next = timeout(PATIENCE, events.next()).await;
            match next.unwrap_or_else(|_| panic!("seed {seed}, {fault:?}: nothing comes")) {
                Some(Ok(event)) => said.push(event),
                Some(Err(error)) => failed = Some(error),
                None => break,
            }
        }
        let kind = failed.as_ref().map(rooh_core::Error::kind);
        let expected = match &fault {
            SocketFault::Deaf(_) | SocketFault::Stall(_) | SocketFault::Unanswered => {
                Some(ErrorKind::Timeout)
            }
            SocketFault::Huge(_) | SocketFault::LongMessage(_) => Some(ErrorKind::Protocol),
            SocketFault::Malformed(_) | SocketFault::NotText(_) => Some(ErrorKind::Protocol),
            SocketFault::Break(_) | SocketFault::BreakInside(_) | SocketFault::Close(..) => {
                Some(ErrorKind::Network)
            }
            SocketFault::Status(401, ..) => Some(ErrorKind::Auth),
            SocketFault::Status(429, ..) => Some(ErrorKind::RateLimited),
            SocketFault::Status(..) => Some(ErrorKind::Network),
            _ => None,
        };
        if let SocketFault::Endless(_) = fault {
            // A message that is nothing new is as good as none; audio without end is read while one
            // likes to hear it.
            let is_right =
                said.len() == ENOUGH || matches!(kind, Some(ErrorKind::Timeout)) || samples(&said) == whole;
            assert!(is_right, "seed {seed}, {fault:?}: {failed:?}");
            continue;
        }
        let is_late = place(&fault).is_some_and(|place| place >= messages);
        assert!(kind == expected || is_late && kind.is_none(), "seed {seed}, {fault:?}: {failed:?}");
        let said = samples(&said);
        match kind {
            None => assert!(said == whole, "seed {seed}, {fault:?}: not the whole answer"),
            Some(_) => {
                assert!(whole.starts_with(&said), "seed {seed}, {fault:?}: not the beginning of the answer")
            }
        }
        if let SocketFault::Status(_, _, wait) = &fault {
            let wait = wait.as_ref().map(|wait| Duration::from_secs(wait.parse().unwrap()));
            assert_eq!(failed.unwrap().retry_after(), wait, "seed {seed}");
        }
    }
}

#[tokio::test]
async fn a_key_that_is_repeated_in_an_error_is_masked() {
    let fake = fake().await;
    let key = "4711-secret-key";
    fake.spoil(SocketFault::Status(403, format!("the key {key} may not"), None));
    let mut options = options(&fake);
    options.api_key = rooh_core::options::Secret::new(key);
    let error = say(&provider(options), &["Hi."]).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Auth);
    assert!(!format!("{error} {error:?}").contains(key), "{error}");
    let error = say(&provider(crate::options(&fake.key("other"))), &["Hi."]).await.unwrap_err();
    assert!(error.to_string().contains("CARTESIA_API_KEY"), "{error}");
}

#[tokio::test]
async fn nobody_at_the_address_is_told_as_that() {
    // A port that was free a moment ago.
    let free = TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap();
    let fake = fake().await;
    let voice =
        provider(rooh_tts_cartesia::CartesiaOptions { base_url: format!("http://{free}"), ..options(&fake) });
    let error = say(&voice, &["Hi."]).await.unwrap_err();
    assert_eq!((error.kind(), error.context("cause")), (ErrorKind::Network, Some("refused")), "{error}");
}
