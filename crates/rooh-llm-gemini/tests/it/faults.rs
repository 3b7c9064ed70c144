//! Servers that misbehave, and those that are not there.

use std::time::Duration;

use rooh_core::llm::{LlmEvent, LlmProvider, LlmRequest};
use rooh_core::tool::ToolSpec;
use rooh_core::{Error, ErrorKind};
use rooh_llm_gemini::{Gemini, GeminiOptions};
use rooh_testkit::fakes::{Cuts, FakeGemini, Fault};
use tokio::net::TcpListener;
use tokio::time::timeout;

use crate::{answer, asked, options, provider, text_of};

/// How many faults are drawn.
const SEEDS: u64 = 200;

fn hasty(fake: &FakeGemini) -> Gemini {
    let options = GeminiOptions { first_timeout_ms: 150, idle_timeout_ms: 150, ..options(fake) };
    Gemini::new(options).expect("the options are right")
}

#[tokio::test]
async fn every_fault_ends_in_an_error_of_its_kind_or_in_the_whole_answer() {
    let fake = FakeGemini::start().await.unwrap();
    // Only where nothing comes is a short deadline the same on a busy machine.
    let (patient, hasty) = (provider(&fake), hasty(&fake));
    let whole = text_of(&answer(&patient, asked("Hello there")).await);
    for seed in 0..SEEDS {
        let fault = Fault::from_seed(seed, 2_400);
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
        let kind = failed.as_ref().map(Error::kind);
        let expected = match &fault {
            Fault::Endless | Fault::Late(_) | Fault::SlowClose => None,
            Fault::Break(_) | Fault::End(_) | Fault::Error(_) => Some(ErrorKind::Network),
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
async fn what_is_unusual_and_not_wrong_changes_nothing() {
    let fake = FakeGemini::start().await.unwrap();
    let provider = provider(&fake);
    let whole = answer(&provider, asked("Hello there")).await;
    for fault in [Fault::Comments, Fault::Crlf] {
        fake.spoil(fault.clone());
        assert_eq!(answer(&provider, asked("Hello there")).await, whole, "{fault:?}");
    }
}

#[tokio::test]
async fn no_half_of_a_tool_call_is_yielded() {
    let fake = FakeGemini::start().await.unwrap();
    let provider = provider(&fake);
    let tools = vec![ToolSpec::new("weather", "Says the weather.")];
    let request = LlmRequest { tools, ..asked("weather") };
    let whole = answer(&provider, request.clone()).await;
    assert!(matches!(whole[0], LlmEvent::ToolCall(_)));
    // The last event, which says that it is the last one, begins behind the first 400 bytes.
    for place in (0..400).step_by(3) {
        fake.spoil(Fault::End(place));
        let mut events = provider.chat(request.clone());
        let mut calls = 0;
        let error = loop {
            match events.next().await.unwrap() {
                Ok(LlmEvent::ToolCall(call)) => {
                    calls += 1;
                    assert!(call.arguments.is_object());
                }
                Ok(LlmEvent::Usage(_)) => {}
                Ok(other) => panic!("{other:?} after {place} bytes"),
                Err(error) => break error,
            }
        };
        assert!(calls <= 1);
        assert_eq!(error.kind(), ErrorKind::Network, "{place}: {error}");
    }
}

#[tokio::test]
async fn what_the_vendor_withholds_is_an_error_that_nobody_repeats() {
    let fake = FakeGemini::start().await.unwrap();
    let provider = provider(&fake);
    for reason in ["SAFETY", "RECITATION", "PROHIBITED_CONTENT"] {
        fake.finish(reason);
        let mut events = provider.chat(asked("Hello there"));
        assert_eq!(events.next().await.unwrap().unwrap(), LlmEvent::Text("Grüße, ".to_owned()));
        assert!(matches!(events.next().await.unwrap(), Ok(LlmEvent::Usage(_))));
        let error = events.next().await.unwrap().unwrap_err();
        assert_eq!((error.kind(), error.context("reason")), (ErrorKind::Unsupported, Some(reason)));
        assert!(!error.is_transient());
    }
    fake.block("PROHIBITED_CONTENT");
    let error = provider.chat(asked("Hello there")).collect().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unsupported, "{error}");
}

#[tokio::test]
async fn nonsense_of_a_model_is_asked_for_once_more() {
    let fake = FakeGemini::start().await.unwrap();
    let provider = provider(&fake);
    let whole = text_of(&answer(&provider, asked("Hello there")).await);
    fake.finish("MALFORMED_FUNCTION_CALL");
    assert_eq!(text_of(&answer(&provider, asked("Hello there")).await), whole);
    assert_eq!(fake.begun(), 3);
    fake.finish("MALFORMED_FUNCTION_CALL");
    fake.finish("MALFORMED_FUNCTION_CALL");
    let error = provider.chat(asked("Hello there")).collect().await.unwrap_err();
    assert_eq!((error.kind(), fake.begun()), (ErrorKind::Network, 5), "{error}");
    // Where something was said already, it would be said twice.
    fake.finish("UNEXPECTED_TOOL_CALL");
    let error = provider.chat(asked("Hello there")).collect().await.unwrap_err();
    assert_eq!((error.kind(), fake.begun()), (ErrorKind::Network, 6), "{error}");
}

#[tokio::test]
async fn the_wait_of_a_limit_stands_in_the_details_of_its_refusal() {
    let fake = FakeGemini::start().await.unwrap();
    let provider = provider(&fake);
    for (quota, delay, wait) in [
        ("GenerateRequestsPerMinutePerProjectPerModel", "12.5s", Duration::from_millis(12_500)),
        ("GenerateRequestsPerDayPerProjectPerModel-FreeTier", "3s", Duration::from_secs(3_600)),
    ] {
        fake.exhaust(quota, delay);
        let error = provider.chat(asked("Hello there")).collect().await.unwrap_err();
        assert_eq!((error.kind(), error.retry_after()), (ErrorKind::RateLimited, Some(wait)), "{quota}");
    }
}

#[tokio::test]
async fn a_model_that_is_not_there_is_said_with_its_name() {
    let fake = FakeGemini::start().await.unwrap();
    let missing = GeminiOptions { model: "gemini-1.0-pro".to_owned(), ..options(&fake) };
    let missing = Gemini::new(missing).unwrap();
    for error in [
        missing.chat(asked("Hi")).collect().await.unwrap_err(),
        missing.prewarm().collect().await.unwrap_err(),
    ] {
        assert_eq!(error.kind(), ErrorKind::NotFound);
        assert!(error.to_string().contains("gemini-1.0-pro"), "{error}");
        assert_eq!(error.context("version"), Some("v1beta"));
    }
}

#[tokio::test]
async fn a_server_that_is_not_there_or_says_nothing_is_given_up() {
    // A port that was free a moment ago.
    let free = TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap();
    let at = |address: String| {
        let options = GeminiOptions { base_url: address, first_timeout_ms: 100, ..GeminiOptions::default() };
        Gemini::new(options).unwrap()
    };
    let error = at(format!("http://{free}")).chat(asked("Hi")).collect().await.unwrap_err();
    assert_eq!((error.kind(), error.context("cause")), (ErrorKind::Network, Some("refused")), "{error}");
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let error = at(format!("http://{address}")).chat(asked("Hi")).collect().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Timeout, "{error}");
}
