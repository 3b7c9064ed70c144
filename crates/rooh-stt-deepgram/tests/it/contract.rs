//! The contract of recognizers.

use std::sync::Arc;
use std::time::Duration;

use rooh_audio::{AudioFormat, SessionTime};
use rooh_core::ErrorKind;
use rooh_core::options::Secret;
use rooh_stt_deepgram::DeepgramOptions;
use rooh_testkit::contract::{Probe, SttSubject, Utterance};
use rooh_testkit::fakes::{Cuts, FakeDeepgram, SocketFault};
use rooh_testkit::speech;

use crate::{options, provider};

const SAID: &str = "Yesterday the old baker opened the shop";

/// The contract of a model whose messages are cut like this.
async fn subject(model: &str, cuts: Cuts) -> SttSubject {
    let fake = FakeDeepgram::start().await.expect("a port is free");
    fake.cut(cuts);
    let ears = provider(options(&fake, model));
    let mut fakes = vec![fake];
    let mut failing = Vec::new();
    for (kind, fault) in [
        (ErrorKind::Auth, SocketFault::Status(401, "key".to_owned(), None)),
        (ErrorKind::Config, SocketFault::Close(1, 1008, "DATA-0000".to_owned())),
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
        let mut options = options(&fake, model);
        if kind == ErrorKind::Timeout {
            options = DeepgramOptions { connect_timeout_ms: 200, finalize_timeout_ms: 200, ..options };
        }
        failing.push((kind, provider(options)));
        fakes.push(fake);
    }
    let locked = FakeDeepgram::start().await.expect("a port is free").key("right");
    let wrong = DeepgramOptions { api_key: Secret::new("wrong"), ..options(&locked, model) };
    failing.push((ErrorKind::Auth, provider(wrong)));
    fakes.push(locked);

    let fakes: Arc<[FakeDeepgram]> = fakes.into();
    let begun = Arc::clone(&fakes);
    let probe = Probe::new(move || begun.iter().map(FakeDeepgram::begun).sum())
        .open(move || fakes.iter().map(FakeDeepgram::open).sum());
    let said = speech::encode(SAID, AudioFormat::WIDEBAND, SessionTime::ZERO);
    let subject = SttSubject::new(ears)
        .utterance(Utterance::new(SAID, &[said]))
        .patience(Duration::from_secs(20))
        .settle(Duration::from_millis(500))
        .probe(probe);
    failing.into_iter().fold(subject, |subject, (kind, provider)| subject.failing(kind, provider))
}

mod nova {
    use super::*;

    rooh_testkit::stt_contract!(live: subject("nova-3", Cuts::Lines).await);
}

mod nova_in_bytes {
    use super::*;

    rooh_testkit::stt_contract!(live: subject("nova-3", Cuts::Size(1)).await);
}

mod nova_2 {
    use super::*;

    rooh_testkit::stt_contract!(live: subject("nova-2", Cuts::Lines).await);
}

mod flux {
    use super::*;

    rooh_testkit::stt_contract!(live: subject("flux-general-en", Cuts::Lines).await);
}

mod flux_in_bytes {
    use super::*;

    rooh_testkit::stt_contract!(live: subject("flux-general-en", Cuts::Size(1)).await);
}
