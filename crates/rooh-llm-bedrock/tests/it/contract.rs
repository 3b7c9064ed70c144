//! The contract of language models.

use std::sync::Arc;
use std::time::Duration;

use rooh_core::ErrorKind;
use rooh_core::tool::ToolSpec;
use rooh_llm_bedrock::{Bedrock, BedrockOptions};
use rooh_testkit::contract::{LlmSubject, Probe};
use rooh_testkit::fakes::{Cuts, FakeBedrock, Fault};

use crate::{options, provider};

/// The contract of a provider whose answers are cut like this.
async fn subject(cuts: Cuts) -> LlmSubject {
    let fake = FakeBedrock::start().await.expect("a port is free").ended("old.model");
    fake.cut(cuts);
    let mind = provider(&fake);
    let elsewhere = Bedrock::new(BedrockOptions { model_id: "old.model".to_owned(), ..options(&fake) })
        .expect("the options are right");
    let mut fakes = vec![fake];
    let mut failing = vec![(ErrorKind::NotFound, elsewhere)];
    for (kind, fault) in [
        (ErrorKind::Auth, Fault::Status(403, "no access".to_owned(), None)),
        (ErrorKind::Config, Fault::Error("validationException: no".to_owned())),
        (ErrorKind::Network, Fault::Break(300)),
        (ErrorKind::Network, Fault::End(300)),
        (ErrorKind::Network, Fault::Error("internalServerException: no".to_owned())),
        (ErrorKind::Network, Fault::Status(500, "no".to_owned(), None)),
        (ErrorKind::Protocol, Fault::LongLine),
        (ErrorKind::Protocol, Fault::Malformed),
        (ErrorKind::Protocol, Fault::NotText),
        (ErrorKind::RateLimited, Fault::Error("throttlingException: no".to_owned())),
        (ErrorKind::RateLimited, Fault::Status(429, "limit".to_owned(), None)),
        (ErrorKind::Timeout, Fault::Stall(300)),
    ] {
        let fake = FakeBedrock::start().await.expect("a port is free").spoiled(fault);
        let mut options = options(&fake);
        if kind == ErrorKind::Timeout {
            options = BedrockOptions { idle_timeout_ms: 200, ..options };
        }
        failing.push((kind, Bedrock::new(options).expect("the options are right")));
        fakes.push(fake);
    }
    let locked = FakeBedrock::start().await.expect("a port is free").key("right");
    failing.push((ErrorKind::Auth, provider(&locked)));
    fakes.push(locked);

    let fakes: Arc<[FakeBedrock]> = fakes.into();
    let begun = Arc::clone(&fakes);
    let probe = Probe::new(move || begun.iter().map(FakeBedrock::begun).sum())
        .open(move || fakes.iter().map(FakeBedrock::open).sum());
    let subject = LlmSubject::new(mind)
        .calling("look at the weather", ToolSpec::new("weather", "Says the weather."))
        .patience(Duration::from_secs(20))
        .settle(Duration::from_millis(200))
        .probe(probe);
    failing.into_iter().fold(subject, |subject, (kind, provider)| subject.failing(kind, provider))
}

mod in_events {
    use super::*;

    rooh_testkit::llm_contract!(live: subject(Cuts::Lines).await);
}

mod in_bytes {
    use super::*;

    rooh_testkit::llm_contract!(live: subject(Cuts::Size(1)).await);
}
