//! Servers that misbehave, and those that are not there.

use std::time::Duration;

use rooh_core::ErrorKind;
use rooh_core::llm::{LlmEvent, LlmProvider};
use rooh_llm_anthropic::{Anthropic, AnthropicOptions};
use rooh_testkit::fakes::{Cuts, FakeAnthropic, Fault};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;
use tokio::time::timeout;

use crate::{asked, provider, text_of};

/// How many faults are drawn.
const SEEDS: u64 = 200;

fn hasty(base_url: &str) -> Anthropic {
    let base_url = base_url.to_owned();
    let options =
        AnthropicOptions { base_url, first_timeout_ms: 150, idle_timeout_ms: 150, ..Default::default() };
    Anthropic::new(options).expect("the options are right")
}

#[tokio::test]
async fn every_fault_ends_in_an_error_of_its_kind_or_in_the_whole_answer() {
    let fake = FakeAnthropic::start().await.unwrap();
    // Only where nothing comes is a short deadline the same on a busy machine.
    let (patient, hasty) = (provider(&fake), hasty(&fake.url()));
    let whole = text_of(&patient.chat(asked("Hello there")).collect().await.unwrap());
    for seed in 0..SEEDS {
        let fault = Fault::from_seed(seed, 1_700);
        fake.cut(Cuts::Seed(seed));
        fake.spoil(fault.clone());
        let provider = if matches!(fault, Fault::Endless | Fault::Stall(_)) { &hasty } else { &patient };
        let mut events = provider.chat(asked("Hello there"));
        let mut said = Vec::new();
        let mut failed = None;
        loop {
            let next = timeout(Duration::from_secs(20), events.next()).await;
            match next.unwrap_or_else(|_| panic!("seed {seed}, {fault:?}: nothing comes")) {
                Some(Ok(event)) => said.push(event),
                Some(Err(error)) => failed = Some(error),
                None => break,
            }
        }
        let kind = failed.as_ref().map(rooh_core::Error::kind);
        let expected = match &fault {
            Fault::Late(_) | Fault::SlowClose => None,
            Fault::Break(_) | Fault::End(_) | Fault::Error(_) => Some(ErrorKind::Network),
            Fault::LongLine | Fault::Malformed | Fault::NotText => Some(ErrorKind::Protocol),
            Fault::Endless | Fault::Stall(_) => Some(ErrorKind::Timeout),
            Fault::Status(429, ..) => Some(ErrorKind::RateLimited),
            _ => Some(ErrorKind::Network),
        };
        assert_eq!(kind, expected, "seed {seed}, {fault:?}: {failed:?}");
        let text = text_of(&said);
        match &fault {
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
async fn nobody_at_the_address_is_said_with_the_address() {
    // A port that was free a moment ago.
    let free = TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap();
    let provider = hasty(&format!("http://{free}"));
    for error in [
        provider.chat(asked("Hi")).collect().await.unwrap_err(),
        provider.prewarm().collect().await.unwrap_err(),
    ] {
        assert_eq!(error.kind(), ErrorKind::Network);
        assert!(error.to_string().contains(&format!("http://{free}")), "{error}");
    }
}

#[tokio::test]
async fn a_server_that_takes_the_connection_and_says_nothing_is_given_up() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let provider = hasty(&format!("http://{}", listener.local_addr().unwrap()));
    let error = provider.chat(asked("Hi")).collect().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Timeout, "{error}");
}

#[tokio::test]
async fn a_page_in_the_place_of_events_is_no_answer() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let server = tokio::spawn(async move {
        let (mut socket, _) = listener.accept().await.unwrap();
        let _ = socket.read(&mut [0; 16 * 1024]).await;
        let page = "HTTP/1.1 200 OK\r\ncontent-type: text/html\r\ncontent-length: 5\r\n\r\nlogin";
        socket.write_all(page.as_bytes()).await.unwrap();
    });
    let options = AnthropicOptions { base_url: format!("http://{address}"), ..Default::default() };
    let error = Anthropic::new(options).unwrap().chat(asked("Hi")).collect().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Protocol, "{error}");
    server.await.unwrap();
}
