//! The contract of voices.

use std::sync::Arc;
use std::time::Duration;

use rooh_core::ErrorKind;
use rooh_core::options::Secret;
use rooh_testkit::contract::{Probe, TtsSubject};
use rooh_testkit::fakes::{Cuts, FakeOpenAiAudio, Fault};
use rooh_testkit::speech;
use rooh_tts_openai::{OpenAi, OpenAiOptions};

use crate::{options, provider};

/// The contract of a provider whose answers are cut like this.
async fn subject(cuts: Cuts) -> TtsSubject {
    let start = async || FakeOpenAiAudio::start().await.expect("a port is free");
    let new = |options| OpenAi::new(options).expect("the options are right");
    let fake = start().await;
    fake.cut(cuts);
    let voice = provider(&fake);
    let elsewhere = new(OpenAiOptions { model: "missing".to_owned(), ..options(&fake) });
    let mut fakes = vec![fake];
    let mut failing = vec![(ErrorKind::NotFound, elsewhere)];
    for (kind, fault) in [
        (ErrorKind::Network, Fault::Break(1_500)),
        (ErrorKind::Network, Fault::End(1_501)),
        (ErrorKind::Network, Fault::Status(500, "internal".to_owned(), None)),
        (ErrorKind::RateLimited, Fault::Status(429, "slow down".to_owned(), None)),
        (ErrorKind::Auth, Fault::Status(429, "insufficient_quota".to_owned(), None)),
        (ErrorKind::Timeout, Fault::Stall(1_500)),
    ] {
        let fake = start().await.spoiled(fault);
        let mut options = options(&fake);
        if kind == ErrorKind::Timeout {
            options = OpenAiOptions { idle_timeout_ms: 200, ..options };
        }
        failing.push((kind, new(options)));
        fakes.push(fake);
    }
    let locked = start().await.key("right");
    failing.push((ErrorKind::Auth, provider(&locked)));
    failing.push((ErrorKind::Auth, new(OpenAiOptions { api_key: Secret::new("wrong"), ..options(&locked) })));
    let compressed = start().await.speaking("mp3");
    failing.push((ErrorKind::Unsupported, provider(&compressed)));
    fakes.extend([locked, compressed]);

    let fakes: Arc<[FakeOpenAiAudio]> = fakes.into();
    let begun = Arc::clone(&fakes);
    let probe = Probe::new(move || begun.iter().map(FakeOpenAiAudio::begun).sum())
        .open(move || fakes.iter().map(FakeOpenAiAudio::open).sum());
    let subject = TtsSubject::new(voice)
        .heard_by(|frames| speech::decode(frames))
        .patience(Duration::from_secs(20))
        .settle(Duration::from_millis(200))
        .probe(probe);
    failing.into_iter().fold(subject, |subject, (kind, provider)| subject.failing(kind, provider))
}

mod in_records {
    use super::*;

    rooh_testkit::tts_contract!(live: subject(Cuts::Lines).await);
}

mod in_odd_pieces {
    use super::*;

    rooh_testkit::tts_contract!(live: subject(Cuts::Size(7)).await);
}
