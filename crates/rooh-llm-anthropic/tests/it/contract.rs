//! The contract of language models.

use std::sync::Arc;
use std::time::Duration;

use rooh_core::ErrorKind;
use rooh_core::options::Secret;
use rooh_core::tool::ToolSpec;
use rooh_llm_anthropic::{Anthropic, AnthropicOptions};
use rooh_testkit::contract::{LlmSubject, Probe};
use rooh_testkit::fakes::{Cuts, FakeAnthropic, Fault};

use crate::{options, provider};

/// The contract of a provider whose answers are cut like this.
async fn subject(cuts: Cuts) -> LlmSubject {
    let fake = FakeAnthropic::start().await.expect("a port is free");
    fake.cut(cuts);
    let mind = provider(&fake);
    let elsewhere = Anthropic::new(AnthropicOptions { model: "missing".to_owned(), ..options(&fake) })
        .expect("the options are right");
    let mut fakes = vec![fake];
    let mut failing = vec![(ErrorKind::NotFound, elsewhere)];
    for (kind, fault) in [
        (ErrorKind::Network, Fault::Break(600)),
        (ErrorKind::Network, Fault::End(600)),
        (ErrorKind::Network, Fault::Error("overloaded".to_owned())),
        (ErrorKind::Network, Fault::Status(529, "overloaded".to_owned(), None)),
        (ErrorKind::Protocol, Fault::LongLine),
        (ErrorKind::Protocol, Fault::Malformed),
        (ErrorKind::Protocol, Fault::NotText),
        (ErrorKind::RateLimited, Fault::Status(429, "limit".to_owned(), None)),
        (ErrorKind::Timeout, Fault::Endless),
        (ErrorKind::Timeout, Fault::Stall(600)),
    ] {
        let fake = FakeAnthropic::start().await.expect("a port is free").spoiled(fault);
        let mut options = options(&fake);
        if kind == ErrorKind::Timeout {
            options = AnthropicOptions { first_timeout_ms: 200, idle_timeout_ms: 200, ..options };
        }
        failing.push((kind, Anthropic::new(options).expect("the options are right")));
        fakes.push(fake);
    }
    let locked = FakeAnthropic::start().await.expect("a port is free").key("right");
    let wrong = AnthropicOptions { api_key: Secret::new("wrong"), ..options(&locked) };
    failing.push((ErrorKind::Auth, Anthropic::new(wrong).expect("the options are right")));
    fakes.push(locked);

    let fakes: Arc<[FakeAnthropic]> = fakes.into();
    let begun = Arc::clone(&fakes);
    let probe = Probe::new(move || begun.iter().map(|fake| fake.begun()).sum())
        .open(move || fakes.iter().map(|fake| fake.open()).sum());
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
