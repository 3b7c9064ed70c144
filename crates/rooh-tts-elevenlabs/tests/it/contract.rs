//! The contract of voices, over sockets and over HTTP, whole and cut into bytes.

use std::sync::Arc;
use std::time::Duration;

use rooh_core::ErrorKind;
use rooh_core::options::Secret;
use rooh_testkit::contract::{Probe, TtsSubject};
use rooh_testkit::fakes::{AnyFault, Cuts, FakeElevenLabs, Fault, SocketFault};
use rooh_testkit::speech;
use rooh_tts_elevenlabs::{Api, ElevenLabs, ElevenLabsOptions, OutputFormat};

use crate::{options, session};

async fn fake() -> FakeElevenLabs {
    FakeElevenLabs::start().await.expect("a port is free")
}

fn voice(options: ElevenLabsOptions) -> ElevenLabs {
    ElevenLabs::new(options).expect("the options are right")
}

fn socket_faults() -> Vec<(ErrorKind, AnyFault)> {
    let close = |code, why: &str| SocketFault::Close(1, code, why.to_owned());
    let status = |status| SocketFault::Status(status, "no".to_owned(), None);
    [
        (ErrorKind::Auth, close(1008, "invalid_api_key")),
        (ErrorKind::Auth, status(401)),
        (ErrorKind::Config, close(1008, "policy")),
        (ErrorKind::Network, SocketFault::Break(2)),
        (ErrorKind::Network, SocketFault::BreakInside(1)),
        (ErrorKind::Network, close(1000, "")),
        (ErrorKind::Network, close(1011, "internal")),
        (ErrorKind::Network, status(500)),
        (ErrorKind::Protocol, SocketFault::Huge(1)),
        (ErrorKind::Protocol, SocketFault::LongMessage(1)),
        (ErrorKind::Protocol, SocketFault::Malformed(1)),
        (ErrorKind::Protocol, SocketFault::NotText(1)),
        (ErrorKind::RateLimited, status(429)),
        (ErrorKind::Timeout, SocketFault::Deaf(1)),
        (ErrorKind::Timeout, SocketFault::Stall(0)),
        (ErrorKind::Timeout, SocketFault::Unanswered),
    ]
    .into_iter()
    .map(|(kind, fault)| (kind, fault.into()))
    .collect()
}

fn http_faults() -> Vec<(ErrorKind, AnyFault)> {
    [
        (ErrorKind::Network, Fault::Break(1_501)),
        (ErrorKind::Network, Fault::End(0)),
        (ErrorKind::Network, Fault::End(1_501)),
        (ErrorKind::Network, Fault::Status(503, "busy".to_owned(), None)),
        (ErrorKind::RateLimited, Fault::Status(429, "limit".to_owned(), None)),
        (ErrorKind::Timeout, Fault::Stall(1_500)),
    ]
    .into_iter()
    .map(|(kind, fault)| (kind, fault.into()))
    .collect()
}

/// What is checked over `api`, whose answers are cut like this.
async fn subject(api: Api, cuts: Cuts, format: OutputFormat, as_session: bool) -> TtsSubject {
    let fake = fake().await;
    fake.cut(cuts);
    let with =
        |options: ElevenLabsOptions| ElevenLabsOptions { api: Some(api), output_format: format, ..options };
    let one = voice(with(options(&fake)));
    let mut failing = Vec::new();
    let mut fakes = vec![fake];
    for (kind, fault) in if api == Api::Http { http_faults() } else { socket_faults() } {
        let fake = self::fake().await.spoiled(fault);
        let mut options = with(options(&fake));
        if kind == ErrorKind::Timeout {
            options = ElevenLabsOptions { first_audio_timeout_ms: 200, idle_timeout_ms: 200, ..options };
        }
        failing.push((kind, voice(options)));
        fakes.push(fake);
    }
    for (kind, word) in [
        (ErrorKind::Auth, "quota_exceeded"),
        (ErrorKind::NotFound, "voice_not_found"),
        (ErrorKind::RateLimited, "too_many_concurrent_requests"),
    ] {
        let fake = self::fake().await.refusing(word, "no");
        failing.push((kind, voice(with(options(&fake)))));
        fakes.push(fake);
    }
    let locked = self::fake().await.key("right");
    let wrong = ElevenLabsOptions { api_key: Secret::new("wrong"), ..with(options(&locked)) };
    failing.push((ErrorKind::Auth, voice(wrong)));
    fakes.push(locked);

    let fakes: Arc<[FakeElevenLabs]> = fakes.into();
    let begun = Arc::clone(&fakes);
    let probe = Probe::new(move || begun.iter().map(FakeElevenLabs::begun).sum());
    let subject = if as_session {
        // Its socket is there for the next reply, and open.
        TtsSubject::shared(session(&one)).probe(probe)
    } else {
        let open = move || fakes.iter().map(FakeElevenLabs::open).sum();
        TtsSubject::new(one).probe(probe.open(open))
    };
    let subject = subject
        .heard_by(|frames| speech::decode(frames))
        .patience(Duration::from_secs(30))
        .settle(Duration::from_millis(200));
    failing.into_iter().fold(subject, |subject, (kind, provider)| subject.failing(kind, provider))
}

mod over_a_socket {
    use super::*;

    rooh_testkit::tts_contract!(live: subject(Api::Websocket, Cuts::Lines, OutputFormat::Pcm24000, false).await);
}

mod over_a_socket_in_bytes {
    use super::*;

    rooh_testkit::tts_contract!(live: subject(Api::Websocket, Cuts::Size(1), OutputFormat::Ulaw8000, false).await);
}

mod over_the_socket_of_a_session {
    use super::*;

    rooh_testkit::tts_contract!(live: subject(Api::Websocket, Cuts::Seed(7), OutputFormat::Pcm8000, true).await);
}

mod over_http {
    use super::*;

    rooh_testkit::tts_contract!(live: subject(Api::Http, Cuts::Lines, OutputFormat::Pcm24000, false).await);
}

mod over_http_in_bytes {
    use super::*;

    rooh_testkit::tts_contract!(live: subject(Api::Http, Cuts::Size(1), OutputFormat::Pcm8000, false).await);
}
