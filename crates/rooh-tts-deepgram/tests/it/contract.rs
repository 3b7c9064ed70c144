//! The contract of voices, for replies with a connection of their own and within a session.

use std::sync::Arc;
use std::time::Duration;

use rooh_core::ErrorKind;
use rooh_core::options::Secret;
use rooh_core::tts::TtsProvider;
use rooh_testkit::contract::{Probe, TtsSubject};
use rooh_testkit::fakes::{Cuts, FakeDeepgram, SocketFault};
use rooh_testkit::speech;
use rooh_tts_deepgram::DeepgramOptions;

use crate::{options, provider};

async fn subject(cuts: Cuts) -> TtsSubject {
    let fake = FakeDeepgram::start().await.expect("a port is free");
    fake.cut(cuts);
    let voice = provider(options(&fake));
    let mut fakes = vec![fake];
    let mut failing = Vec::new();
    for (kind, fault) in [
        (ErrorKind::Config, SocketFault::Status(400, "model".to_owned(), None)),
        (ErrorKind::Network, SocketFault::Break(1)),
        (ErrorKind::Network, SocketFault::BreakInside(1)),
        (ErrorKind::Network, SocketFault::Close(1, 1011, "NET-0000".to_owned())),
        (ErrorKind::Network, SocketFault::Status(503, "busy".to_owned(), None)),
        (ErrorKind::Protocol, SocketFault::Huge(1)),
        (ErrorKind::Protocol, SocketFault::Malformed(1)),
        (ErrorKind::Protocol, SocketFault::NotText(1)),
        (ErrorKind::RateLimited, SocketFault::Status(429, "limit".to_owned(), None)),
        (ErrorKind::Timeout, SocketFault::Deaf(1)),
        (ErrorKind::Timeout, SocketFault::Stall(1)),
        (ErrorKind::Timeout, SocketFault::Unanswered),
    ] {
        let fake = FakeDeepgram::start().await.expect("a port is free").spoiled(fault);
        let mut options = options(&fake);
        if kind == ErrorKind::Timeout {
            options = DeepgramOptions { connect_timeout_ms: 200, idle_timeout_ms: 200, ..options };
        }
        failing.push((kind, provider(options)));
        fakes.push(fake);
    }
    let locked = FakeDeepgram::start().await.expect("a port is free").key("right");
    let wrong = DeepgramOptions { api_key: Secret::new("wrong"), ..options(&locked) };
    failing.push((ErrorKind::Auth, provider(wrong)));
    fakes.push(locked);

    let fakes: Arc<[FakeDeepgram]> = fakes.into();
    let begun = Arc::clone(&fakes);
    let probe = Probe::new(move || begun.iter().map(FakeDeepgram::begun).sum())
        .open(move || fakes.iter().map(FakeDeepgram::open).sum());
    let subject = TtsSubject::new(voice)
        .heard_by(|frames| speech::decode(frames))
        .patience(Duration::from_secs(20))
        .settle(Duration::from_millis(300))
        .probe(probe);
    failing.into_iter().fold(subject, |subject, (kind, provider)| subject.failing(kind, provider))
}

mod whole {
    use super::*;

    rooh_testkit::tts_contract!(live: subject(Cuts::Lines).await);
}

mod in_pieces {
    use super::*;

    rooh_testkit::tts_contract!(live: subject(Cuts::Size(7)).await);
}

/// A voice of one session, without a look behind it: its connection stays when a reply is over.
async fn of_a_session() -> TtsSubject {
    let fake = FakeDeepgram::start().await.expect("a port is free");
    let voice = provider(options(&fake)).for_session().expect("it keeps a connection");
    // The fake lives as long as the voice is listened to.
    TtsSubject::shared(voice)
        .heard_by(move |frames| {
            assert!(!fake.url().is_empty());
            speech::decode(frames)
        })
        .patience(Duration::from_secs(20))
        .settle(Duration::from_millis(300))
}

mod session {
    use super::*;

    rooh_testkit::tts_contract!(live: of_a_session().await);
}
