//! Servers that misbehave, and those that are not there.

use std::time::Duration;

use rooh_core::ErrorKind;
use rooh_core::llm::{LlmEvent, LlmProvider};
use rooh_llm_ollama::{Ollama, OllamaOptions};
use rooh_testkit::fakes::{Cuts, FakeOllama, Fault};
use tokio::net::TcpListener;
use tokio::time::timeout;

use crate::{asked, options, provider, text_of};

/// How many faults are drawn.
const SEEDS: u64 = 200;

fn hasty(fake: &FakeOllama) -> Ollama {
    let options = OllamaOptions { idle_timeout_ms: 150, load_timeout_ms: 150, ..options(fake) };
    Ollama::new(options).expect("the options are right")
}

#[tokio::test]
async fn every_fault_ends_in_an_error_of_its_kind_or_in_the_whole_answer() {
    let fake = FakeOllama::start().await.unwrap();
    // Only where nothing comes is a short deadline the same on a busy machine.
    let (patient, hasty) = (provider(&fake), hasty(&fake));
    let whole = text_of(&patient.chat(asked("Hello there")).collect().await.unwrap());
    for seed in 0..SEEDS {
        let fault = Fault::from_seed(seed, 1_200);
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
async fn no_half_of_a_tool_call_is_yielded() {
    let fake = FakeOllama::start().await.unwrap();
    let provider = provider(&fake);
    let tools = vec![rooh_core::tool::ToolSpec::new("weather", "Says the weather.")];
    let request = rooh_core::llm::LlmRequest { tools, ..asked("weather") };
    let whole = provider.chat(request.clone()).collect().await.unwrap();
    assert!(matches!(whole[0], LlmEvent::ToolCall(_)));
    for place in (0..230).step_by(3) {
        fake.spoil(Fault::End(place));
        let mut events = provider.chat(request.clone());
        let mut calls = 0;
        let error = loop {
            match events.next().await.unwrap() {
                Ok(LlmEvent::ToolCall(call)) => {
                    calls += 1;
                    assert!(call.arguments.is_object());
                }
                Ok(other) => panic!("{other:?} after {place} bytes"),
                Err(error) => break error,
            }
        };
        assert!(calls <= 1);
        assert_eq!(error.kind(), ErrorKind::Network, "{place}: {error}");
    }
}

#[tokio::test]
async fn nobody_at_the_address_is_said_with_what_to_do() {
    // A port that was free a moment ago.
    let free = TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap();
    let options = OllamaOptions { base_url: free.to_string(), ..OllamaOptions::model("fake") };
    let provider = Ollama::new(options).unwrap();
    for error in [
        provider.chat(asked("Hi")).collect().await.unwrap_err(),
        provider.load().collect().await.unwrap_err(),
        provider.models().await.unwrap_err(),
    ] {
        assert_eq!(error.kind(), ErrorKind::Network);
        let text = error.to_string();
        assert!(text.contains(&format!("no Ollama listens at http://{free}")), "{text}");
        assert!(text.contains("start Ollama: ollama serve"), "{text}");
    }
}

#[tokio::test]
async fn a_server_that_takes_the_connection_and_says_nothing_is_given_up() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let options = OllamaOptions {
        base_url: format!("http://{address}"),
        load_timeout_ms: 100,
        ..OllamaOptions::model("fake")
    };
    // The question about the model has a deadline of its own.
    let provider = Ollama::new(options).unwrap();
    let error = provider.chat(asked("Hi")).collect().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Timeout, "{error}");
    assert!(error.is_transient());
}

#[tokio::test]
async fn a_name_that_nobody_has_and_a_wrong_tls_are_told_apart() {
    let nowhere = |base_url: &str| {
        let options = OllamaOptions { base_url: base_url.to_owned(), ..OllamaOptions::model("fake") };
        Ollama::new(options).unwrap()
    };
    // RFC 2606 keeps this name from ever being given to anybody.
    let error = nowhere("https://ollama.invalid").models().await.unwrap_err();
    assert!(matches!(error.kind(), ErrorKind::Network | ErrorKind::Timeout), "{error}");
    // A server that speaks no TLS where TLS is expected.
    let fake = FakeOllama::start().await.unwrap();
    let error = nowhere(&fake.url().replace("http://", "https://")).models().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Network, "{error}");
    assert_eq!(error.context("cause"), Some("tls"), "{error}");
}
