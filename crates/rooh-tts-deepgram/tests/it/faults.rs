//! Servers that misbehave.

use rooh_core::ErrorKind;
use rooh_testkit::fakes::{Cuts, SocketFault};

use crate::*;

/// How many faults are drawn.
const SEEDS: u64 = 200;
/// What the fake sends in one reply, about.
const MESSAGES: usize = 16;
const SAID: [&str; 3] = ["Zwei Größen bitte.", "One two", "three."];

fn kind_of(fault: &SocketFault) -> ErrorKind {
    match fault {
        SocketFault::Break(_) | SocketFault::BreakInside(_) | SocketFault::Close(..) => ErrorKind::Network,
        SocketFault::Huge(_)
        | SocketFault::LongMessage(_)
        | SocketFault::Malformed(_)
        | SocketFault::NotText(_) => ErrorKind::Protocol,
        SocketFault::Status(401, ..) => ErrorKind::Auth,
        SocketFault::Status(429, ..) => ErrorKind::RateLimited,
        SocketFault::Status(..) => ErrorKind::Network,
        _ => ErrorKind::Timeout,
    }
}

#[tokio::test]
async fn every_fault_ends_in_an_error_of_its_kind_or_in_the_whole_reply() {
    let fake = FakeDeepgram::start().await.unwrap();
    let whole = SAID.join(" ");
    for seed in 0..SEEDS {
        let fault = SocketFault::from_seed(seed, MESSAGES);
        if matches!(fault, SocketFault::Endless(_)) {
            continue;
        }
        fake.cut(Cuts::Seed(seed));
        fake.spoil(fault.clone());
        let mut options = options(&fake);
        // Only where nothing comes is a short deadline the same on a busy machine.
        if matches!(fault, SocketFault::Deaf(_) | SocketFault::Stall(_) | SocketFault::Unanswered) {
            options = DeepgramOptions { connect_timeout_ms: 150, idle_timeout_ms: 150, ..options };
        }
        // Kept and not kept, by turns; a session goes on with a new connection.
        let voice = provider(options);
        let session = voice.for_session().unwrap();
        let voice: &dyn TtsProvider = if seed % 2 == 0 { &voice } else { &*session };
        let (heard, _, error) = speak(voice, &SAID).await;
        match &error {
            // A fault in a message that was not sent any more is none.
            None => assert_eq!(heard, whole, "seed {seed}, {fault:?}"),
            Some(error) => {
                assert_eq!(error.kind(), kind_of(&fault), "seed {seed}, {fault:?}: {error:?}");
                assert!(whole.starts_with(&heard), "seed {seed}, {fault:?}: {heard:?}");
            }
        }
        // A connection that is kept meets its fault in the next reply perhaps, and none after it.
        let mut again = speak(voice, &["Again."]).await;
        if let (None, Some(failed)) = (&error, &again.2) {
            assert_eq!(failed.kind(), kind_of(&fault), "seed {seed}, {fault:?}: {failed:?}");
            again = speak(voice, &["Again."]).await;
        }
        assert_eq!(
            (again.0.as_str(), again.2.is_none()),
            ("Again.", true),
            "seed {seed}, {fault:?}: {again:?}"
        );
    }
}

#[tokio::test]
async fn audio_without_end_is_held_back_by_its_reader_and_ends_with_the_stream() {
    let fake = FakeDeepgram::start().await.unwrap();
    fake.spoil(SocketFault::Endless(2));
    let voice = provider(options(&fake));
    let (feed, mut events) = begin(&voice);
    put(&feed, "One two three four five.");
    drop(feed);
    for _ in 0..500 {
        next(&mut events).await.unwrap().unwrap();
    }
    drop(events);
    let closed = async {
        while fake.open() > 0 {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    assert!(timeout(PATIENCE, closed).await.is_ok(), "it is still open");
}
