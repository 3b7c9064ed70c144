//! The contract of voices.

use std::sync::Arc;
use std::time::Duration;

use rooh_core::ErrorKind;
use rooh_core::options::Secret;
use rooh_core::tts::TtsProvider;
use rooh_testkit::contract::{Probe, TtsSubject};
use rooh_testkit::fakes::{Cuts, FakeCartesia, SocketFault};
use rooh_testkit::speech;
use rooh_tts_cartesia::CartesiaOptions;

use crate::{fake, hasty, options, provider};

/// Which of the two a suite is run over.
#[derive(Clone, Copy, PartialEq)]
enum Of {
    Provider,
    Session,
}

/// The contract of a voice whose messages are cut like this.
async fn subject(of: Of, cuts: Cuts) -> TtsSubject {
    let honest = fake().await.chunks(3_201);
    honest.cut(cuts);
    let voice = |options: CartesiaOptions| -> Arc<dyn TtsProvider> {
        let voice = provider(options);
        match of {
            Of::Provider => Arc::new(voice),
            Of::Session => voice.for_session().expect("a session has a voice of its own"),
        }
    };
    let subject = TtsSubject::shared(voice(options(&honest)));
    let mut failing = vec![
        (ErrorKind::NotFound, CartesiaOptions { model_id: "sonic-english".to_owned(), ..options(&honest) }),
        (ErrorKind::NotFound, CartesiaOptions { voice_id: "nobody".to_owned(), ..options(&honest) }),
    ];
    let mut fakes = vec![honest];
    for (kind, fault) in [
        (ErrorKind::Auth, SocketFault::Status(401, "key".to_owned(), None)),
        (ErrorKind::Network, SocketFault::Break(3)),
        (ErrorKind::Network, SocketFault::BreakInside(3)),
        (ErrorKind::Network, SocketFault::Close(3, 1011, "internal".to_owned())),
        (ErrorKind::Network, SocketFault::Status(500, "internal".to_owned(), None)),
        (ErrorKind::Protocol, SocketFault::Huge(3)),
        (ErrorKind::Protocol, SocketFault::LongMessage(3)),
        (ErrorKind::Protocol, SocketFault::Malformed(3)),
        (ErrorKind::Protocol, SocketFault::NotText(3)),
        (ErrorKind::RateLimited, SocketFault::Status(429, "limit".to_owned(), None)),
        (ErrorKind::Timeout, SocketFault::Stall(0)),
        (ErrorKind::Timeout, SocketFault::Deaf(3)),
        (ErrorKind::Timeout, SocketFault::Unanswered),
    ] {
        let fake = fake().await.spoiled(fault);
        failing.push((kind, if kind == ErrorKind::Timeout { hasty(&fake) } else { options(&fake) }));
        fakes.push(fake);
    }
    let locked = fake().await.key("right");
    failing.push((ErrorKind::Auth, CartesiaOptions { api_key: Secret::new("wrong"), ..options(&locked) }));
    failing.push((ErrorKind::Auth, options(&locked)));
    let full = fake().await.concurrency(0);
    failing.push((ErrorKind::RateLimited, options(&full)));
    fakes.extend([locked, full]);

    let fakes: Arc<[FakeCartesia]> = fakes.into();
    let begun = Arc::clone(&fakes);
    // A session keeps its socket; what it leaves in there is a context.
    let open = move |fake: &FakeCartesia| if of == Of::Session { fake.active() } else { fake.open() };
    let probe = Probe::new(move || begun.iter().map(FakeCartesia::begun).sum())
        .open(move || fakes.iter().map(open).sum());
    let subject = subject
        .heard_by(|frames| speech::decode(frames))
        .patience(Duration::from_secs(20))
        .settle(Duration::from_millis(200))
        .probe(probe);
    match of {
        Of::Provider => failing
            .into_iter()
            .fold(subject, |subject, (kind, options)| subject.failing(kind, provider(options))),
        Of::Session => subject,
    }
}

mod in_messages {
    use super::*;

    rooh_testkit::tts_contract!(live: subject(Of::Provider, Cuts::Lines).await);
}

mod in_bytes {
    use super::*;

    rooh_testkit::tts_contract!(live: subject(Of::Provider, Cuts::Size(1)).await);
}

mod of_a_session {
    use super::*;

    rooh_testkit::tts_contract!(live: subject(Of::Session, Cuts::Lines).await);
}

mod of_a_session_in_pieces {
    use super::*;

    rooh_testkit::tts_contract!(live: subject(Of::Session, Cuts::Seed(7)).await);
}
