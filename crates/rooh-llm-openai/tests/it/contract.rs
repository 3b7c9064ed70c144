//! The contract of language models, through both APIs, whole and cut byte by byte.

use std::sync::Arc;
use std::time::Duration;

use rooh_core::ErrorKind;
use rooh_core::options::Secret;
use rooh_core::tool::ToolSpec;
use rooh_llm_openai::{Api, OpenAi, OpenAiOptions};
use rooh_testkit::contract::{LlmSubject, Probe};
use rooh_testkit::fakes::{Cuts, FakeOpenAi, Fault};

use crate::{options, provider};

/// The contract of a provider whose answers are cut like this.
async fn subject(api: Api, cuts: Cuts) -> LlmSubject {
    let fake = FakeOpenAi::start().await.expect("a port is free");
    fake.cut(cuts);
    let mind = provider(&fake, api);
    let with = |options: OpenAiOptions| OpenAi::new(options).expect("the options are right");
    let elsewhere = with(OpenAiOptions { api, model: "missing".to_owned(), ..options(&fake) });
    let mut fakes = vec![fake];
    let mut failing = vec![(ErrorKind::NotFound, elsewhere)];
    for (kind, fault) in [
        (ErrorKind::Auth, Fault::Status(429, "insufficient_quota".to_owned(), Some("7".to_owned()))),
        (ErrorKind::Network, Fault::Break(150)),
        (ErrorKind::Network, Fault::End(150)),
        (ErrorKind::Network, Fault::Error("went wrong".to_owned())),
        (ErrorKind::Network, Fault::Status(500, "went wrong".to_owned(), None)),
        (ErrorKind::Protocol, Fault::Malformed),
        (ErrorKind::Protocol, Fault::NotText),
        (ErrorKind::RateLimited, Fault::Status(429, "rate_limit_exceeded".to_owned(), None)),
        (ErrorKind::Timeout, Fault::Stall(150)),
        (ErrorKind::Unsupported, Fault::Status(400, "content_policy_violation".to_owned(), None)),
    ]
    .into_iter()
    // In the chat API nothing but `[DONE]` is missing before that line.
    .chain((api == Api::Responses).then_some((ErrorKind::Protocol, Fault::LongLine)))
    {
        let fake = FakeOpenAi::start().await.expect("a port is free").spoiled(fault);
        let mut options = OpenAiOptions { api, ..options(&fake) };
        if kind == ErrorKind::Timeout {
            options = OpenAiOptions { first_timeout_ms: 200, idle_timeout_ms: 200, ..options };
        }
        failing.push((kind, with(options)));
        fakes.push(fake);
    }
    let locked = FakeOpenAi::start().await.expect("a port is free").key("right");
    failing.push((ErrorKind::Auth, with(OpenAiOptions { api, ..options(&locked) })));
    let wrong = OpenAiOptions { api, api_key: Secret::new("wrong"), ..options(&locked) };
    failing.push((ErrorKind::Auth, with(wrong)));
    fakes.push(locked);

    let fakes: Arc<[FakeOpenAi]> = fakes.into();
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

mod chat_in_events {
    use super::*;

    rooh_testkit::llm_contract!(live: subject(Api::Chat, Cuts::Lines).await);
}

mod chat_in_bytes {
    use super::*;

    rooh_testkit::llm_contract!(live: subject(Api::Chat, Cuts::Size(1)).await);
}

mod responses_in_events {
    use super::*;

    rooh_testkit::llm_contract!(live: subject(Api::Responses, Cuts::Lines).await);
}

mod responses_in_bytes {
    use super::*;

    rooh_testkit::llm_contract!(live: subject(Api::Responses, Cuts::Size(1)).await);
}
