//! Servers that misbehave, and those that are not there.

use std::time::Duration;

use rooh_core::ErrorKind;
use rooh_core::llm::{LlmEvent, LlmProvider, LlmRequest};
use rooh_core::tool::ToolSpec;
use rooh_llm_bedrock::{Bedrock, BedrockOptions};
use rooh_testkit::fakes::{Cuts, FakeBedrock, Fault};
use tokio::net::TcpListener;
use tokio::time::timeout;

use crate::{asked, options, provider, text_of};

/// How many faults are drawn.
const SEEDS: u64 = 200;
/// Where the answer is not whole yet: eight events of some 170 bytes each.
const INSIDE: usize = 1_300;

fn hasty(fake: &FakeBedrock) -> Bedrock {
    let options = BedrockOptions { idle_timeout_ms: 150, start_timeout_ms: 150, ..options(fake) };
    Bedrock::new(options).expect("the options are right")
}

#[tokio::test]
async fn every_fault_ends_in_an_error_of_its_kind_or_in_the_whole_answer() {
    let fake = FakeBedrock::start().await.unwrap();
    // Only where nothing comes is a short deadline the same on a busy machine.
    let (patient, hasty) = (provider(&fake), hasty(&fake));
    let whole = text_of(&patient.chat(asked("Hello there")).collect().await.unwrap());
    for seed in 0..SEEDS {
        let fault = Fault::from_seed(seed, INSIDE);
        fake.cut(Cuts::Seed(seed));
        fake.spoil(fault.clone());
        let provider = if matches!(fault, Fault::Stall(_)) { &hasty } else { &patient };
        let mut events = provider.chat(asked("Hello there"));
        let mut said = Vec::new();
        let mut failed = None;
        // An answer without an end is read for a while, as a session would.
        while said.len() < 500 {
            let next = timeout(Duration::from_secs(20), events.next()).await;
            match next.unwrap_or_else(|_| panic!("seed {seed}, {fault:?}: nothing comes")) {
                Some(Ok(event)) => said.push(event),
                Some(Err(error)) => failed = Some(error),
                None => break,
            }
        }
        let kind = failed.as_ref().map(rooh_core::Error::kind);
        let expected = match &fault {
            Fault::Endless | Fault::Late(_) | Fault::SlowClose => None,
            Fault::LongLine | Fault::Malformed | Fault::NotText => Some(ErrorKind::Protocol),
            Fault::Stall(_) => Some(ErrorKind::Timeout),
            Fault::Status(429, ..) => Some(ErrorKind::RateLimited),
            _ => Some(ErrorKind::Network),
        };
        assert_eq!(kind, expected, "seed {seed}, {fault:?}: {failed:?}");
        let text = text_of(&said);
        match &fault {
            Fault::Endless => assert_eq!(said.len(), 500, "seed {seed}"),
            Fault::Late(_) | Fault::SlowClose => assert_eq!(text, whole, "seed {seed}, {fault:?}"),
            Fault::Status(_, _, wait) => {
                let wait = wait.as_ref().map(|wait| Duration::from_secs(wait.parse().unwrap()));
                assert_eq!(failed.unwrap().retry_after(), wait, "seed {seed}");
                assert!(said.is_empty());
            }
            // What was said before is the beginning of the answer, and nothing else.
            _ => assert!(whole.starts_with(&text), "seed {seed}, {fault:?}: {text:?}"),
        }
        let stops = said.iter().filter(|event| matches!(event, LlmEvent::Stopped(_))).count();
        assert_eq!(stops, usize::from(matches!(fault, Fault::Late(_) | Fault::SlowClose)), "seed {seed}");
    }
}

#[tokio::test]
async fn exceptions_say_what_the_caller_can_do() {
    let fake = FakeBedrock::start().await.unwrap();
    let provider = provider(&fake);
    for (name, status, kind) in [
        ("accessDenied", 403, ErrorKind::Auth),
        ("conflict", 400, ErrorKind::Config),
        ("expiredToken", 400, ErrorKind::Auth),
        ("internalServer", 500, ErrorKind::Network),
        ("modelError", 424, ErrorKind::Network),
        ("modelNotReady", 429, ErrorKind::RateLimited),
        ("modelStreamError", 424, ErrorKind::Network),
        ("modelTimeout", 408, ErrorKind::Timeout),
        ("resourceNotFound", 404, ErrorKind::NotFound),
        ("serviceQuotaExceeded", 400, ErrorKind::Config),
        ("serviceUnavailable", 503, ErrorKind::Network),
        // Some services of AWS throttle with this status.
        ("throttling", 400, ErrorKind::RateLimited),
        ("unrecognizedClient", 403, ErrorKind::Auth),
        ("validation", 400, ErrorKind::Config),
    ] {
        let capital = format!("{}{}", name[..1].to_uppercase(), &name[1..]);
        fake.spoil(Fault::Status(status, format!("{capital}Exception: as it is"), None));
        let error = provider.chat(asked("Hi")).collect().await.unwrap_err();
        assert_eq!(error.kind(), kind, "{name}: {error}");
        assert!(error.message().ends_with("as it is"), "{error}");
        assert_eq!(error.context("status"), Some(status.to_string().as_str()));
        assert_eq!(error.context("request"), Some("6f1c7a3e-fake"));
        // The same in a stream, where `conflict` is not known and there is no status.
        let kind = if name == "conflict" { ErrorKind::Network } else { kind };
        fake.spoil(Fault::Error(format!("{name}Exception: as it is")));
        let error = provider.chat(asked("Hi")).collect().await.unwrap_err();
        assert_eq!(error.kind(), kind, "{name}: {error}");
        assert!(error.message().ends_with("as it is"), "{error}");
    }
}

#[tokio::test]
async fn nothing_is_tried_again_here() {
    let fake = FakeBedrock::start().await.unwrap().spoiled(Fault::Status(503, "busy".to_owned(), None));
    let error = provider(&fake).chat(asked("Hi")).collect().await.unwrap_err();
    assert!(error.is_transient());
    assert_eq!(fake.begun(), 1, "the layers do that");
}

#[tokio::test]
async fn no_half_of_a_tool_call_is_yielded() {
    let fake = FakeBedrock::start().await.unwrap();
    let provider = provider(&fake);
    let tools = vec![ToolSpec::new("weather", "Says the weather."), ToolSpec::new("clock", "Says the time.")];
    let request = LlmRequest { tools, ..asked("weather and clock") };
    let whole = provider.chat(request.clone()).collect().await.unwrap();
    assert!(matches!(whole[1], LlmEvent::ToolCall(_)));
    // 18 events, before those that end the answer.
    for place in (0..2_700).step_by(11) {
        fake.spoil(Fault::End(place));
        let mut events = provider.chat(request.clone());
        let mut calls = Vec::new();
        let error = loop {
            match events.next().await.unwrap() {
                Ok(LlmEvent::ToolCall(call)) => calls.push(LlmEvent::ToolCall(call)),
                Ok(other) => panic!("{other:?} after {place} bytes"),
                Err(error) => break error,
            }
        };
        assert!(whole.starts_with(&calls), "{place}");
        assert_eq!(error.kind(), ErrorKind::Network, "{place}: {error}");
    }
}

#[tokio::test]
async fn an_answer_is_whole_without_what_it_cost() {
    let fake = FakeBedrock::start().await.unwrap();
    let provider = provider(&fake);
    let whole = provider.chat(asked("Hello there")).collect().await.unwrap();
    // The last event tells the cost; its length is known from where answers become whole.
    let mut first = None;
    for place in (INSIDE..).step_by(5) {
        fake.spoil(Fault::End(place));
        match provider.chat(asked("Hello there")).collect().await {
            Ok(events) if events == whole => break,
            Ok(events) => {
                first.get_or_insert(place);
                assert_eq!(text_of(&events), text_of(&whole));
                assert!(matches!(events.last(), Some(LlmEvent::Stopped(_))), "{place}");
            }
            Err(error) => assert!(first.is_none(), "{place}: {error}"),
        }
    }
    assert!(first.is_some());
}

#[tokio::test]
async fn nobody_at_the_address_and_a_wrong_tls_are_told_apart() {
    // A port that was free a moment ago.
    let free = TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap();
    let fake = FakeBedrock::start().await.unwrap();
    for (base_url, cause) in
        [(format!("http://{free}"), "refused"), (fake.url().replace("http://", "https://"), "tls")]
    {
        let provider = Bedrock::new(BedrockOptions { base_url, ..options(&fake) }).unwrap();
        for error in [
            provider.chat(asked("Hi")).collect().await.unwrap_err(),
            provider.load().collect().await.unwrap_err(),
            provider.prewarm().collect().await.unwrap_err(),
        ] {
            assert_eq!((error.kind(), error.context("cause")), (ErrorKind::Network, Some(cause)), "{error}");
        }
    }
}

#[tokio::test]
async fn a_server_that_takes_the_connection_and_says_nothing_is_given_up() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let fake = FakeBedrock::start().await.unwrap();
    let options = BedrockOptions {
        base_url: format!("http://{}", listener.local_addr().unwrap()),
        start_timeout_ms: 100,
        ..options(&fake)
    };
    let provider = Bedrock::new(options).unwrap();
    for error in [
        provider.chat(asked("Hi")).collect().await.unwrap_err(),
        provider.load().collect().await.unwrap_err(),
        provider.prewarm().collect().await.unwrap_err(),
    ] {
        assert_eq!(error.kind(), ErrorKind::Timeout, "{error}");
        assert!(error.is_transient());
    }
}
