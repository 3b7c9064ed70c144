//! The contract of recognizers.

use std::sync::Arc;
use std::time::Duration;

use rooh_audio::SessionTime;
use rooh_core::ErrorKind;
use rooh_core::options::Secret;
use rooh_core::stt::SttProvider;
use rooh_stt_openai::{Api, OpenAi, OpenAiOptions, TurnDetection};
use rooh_testkit::contract::{Probe, SttSubject, Utterance};
use rooh_testkit::fakes::{AnyFault, Cuts, FakeOpenAiAudio, Fault, SocketFault};
use rooh_testkit::speech;

use crate::{options, provider};

const TEXT: &str = "Yesterday the old baker opened the shop.";

fn faults(api: Api) -> Vec<(ErrorKind, AnyFault)> {
    match api {
        Api::Live => [
            (ErrorKind::Network, SocketFault::Break(3)),
            (ErrorKind::Network, SocketFault::Close(4, 1011, "internal".to_owned())),
            (ErrorKind::Network, SocketFault::Status(500, "internal".to_owned(), None)),
            (ErrorKind::Protocol, SocketFault::Malformed(3)),
            (ErrorKind::Protocol, SocketFault::NotText(3)),
            (ErrorKind::RateLimited, SocketFault::Status(429, "slow down".to_owned(), None)),
            (ErrorKind::Auth, SocketFault::Status(429, "insufficient_quota".to_owned(), None)),
            (ErrorKind::Timeout, SocketFault::Stall(3)),
            (ErrorKind::Timeout, SocketFault::Unanswered),
        ]
        .map(|(kind, fault)| (kind, fault.into()))
        .into(),
        _ => [
            (ErrorKind::Network, Fault::Break(5)),
            (ErrorKind::Network, Fault::Status(500, "internal".to_owned(), None)),
            (ErrorKind::Protocol, Fault::End(5)),
            (ErrorKind::Protocol, Fault::NotText),
            (ErrorKind::RateLimited, Fault::Status(429, "slow down".to_owned(), None)),
            (ErrorKind::Auth, Fault::Status(429, "insufficient_quota".to_owned(), None)),
            (ErrorKind::Timeout, Fault::Stall(5)),
        ]
        .map(|(kind, fault)| (kind, fault.into()))
        .into(),
    }
}

/// The contract of a provider whose server is cut like this.
async fn subject(api: Api, turn_detection: TurnDetection, cuts: Cuts) -> SttSubject {
    let start = async || FakeOpenAiAudio::start().await.expect("a port is free");
    let new = |options| OpenAi::new(options).expect("the options are right");
    let fake = start().await;
    fake.cut(cuts);
    let ears = new(OpenAiOptions { turn_detection, ..options(&fake, api) });
    let missing = new(OpenAiOptions { model: Some("missing".to_owned()), ..options(&fake, api) });
    // A session says it of the options, and an answer of the address.
    let kind = if api == Api::Live { ErrorKind::Config } else { ErrorKind::NotFound };
    let mut fakes = vec![fake];
    let mut failing = vec![(kind, missing)];
    for (kind, fault) in faults(api) {
        let fake = start().await.spoiled(fault);
        let mut options = options(&fake, api);
        if kind == ErrorKind::Timeout {
            options.timeout_ms = 200;
        }
        failing.push((kind, new(options)));
        fakes.push(fake);
    }
    let locked = start().await.key("right");
    failing.push((ErrorKind::Auth, provider(&locked, api)));
    let wrong = OpenAiOptions { api_key: Secret::new("wrong"), ..options(&locked, api) };
    failing.push((ErrorKind::Auth, new(wrong)));
    fakes.push(locked);

    let fakes: Arc<[FakeOpenAiAudio]> = fakes.into();
    let begun = Arc::clone(&fakes);
    let probe = Probe::new(move || begun.iter().map(FakeOpenAiAudio::begun).sum())
        .open(move || fakes.iter().map(FakeOpenAiAudio::open).sum());
    let audio = speech::encode(TEXT, ears.capabilities().format, SessionTime::ZERO);
    let subject = SttSubject::new(ears)
        .utterance(Utterance::new(TEXT, &[audio]))
        .patience(Duration::from_secs(20))
        .settle(Duration::from_millis(250))
        .probe(probe);
    failing.into_iter().fold(subject, |subject, (kind, provider)| subject.failing(kind, provider))
}

mod live {
    use super::*;

    rooh_testkit::stt_contract!(live: subject(Api::Live, TurnDetection::Off, Cuts::Lines).await);
}

mod live_in_bytes {
    use super::*;

    rooh_testkit::stt_contract!(live: subject(Api::Live, TurnDetection::Off, Cuts::Size(1)).await);
}

mod live_with_turns {
    use super::*;

    rooh_testkit::stt_contract!(live: subject(Api::Live, TurnDetection::ServerVad, Cuts::Lines).await);
}

mod files {
    use super::*;

    rooh_testkit::stt_contract!(live: subject(Api::Files, TurnDetection::Off, Cuts::Whole).await);
}

mod files_in_bytes {
    use super::*;

    rooh_testkit::stt_contract!(live: subject(Api::Files, TurnDetection::Off, Cuts::Size(1)).await);
}
