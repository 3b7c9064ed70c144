//! Servers that misbehave, and those that are not there.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use rooh_core::ErrorKind;
use rooh_core::llm::{LlmEvent, LlmProvider, LlmRequest};
use rooh_core::options::Secret;
use rooh_core::tool::ToolSpec;
use rooh_llm_openai::{Api, OpenAi, OpenAiOptions};
use rooh_testkit::fakes::{Cuts, FakeOpenAi, Fault};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;
use tokio::time::{sleep, timeout};

use crate::{BOTH, answer, asked, options, provider, text_of};

/// How many faults are drawn, for each API.
const SEEDS: u64 = 200;

fn hasty(fake: &FakeOpenAi, api: Api) -> OpenAi {
    let options = OpenAiOptions { api, first_timeout_ms: 150, idle_timeout_ms: 150, ..options(fake) };
    OpenAi::new(options).expect("the options are right")
}

#[tokio::test]
async fn every_fault_ends_in_an_error_of_its_kind_or_in_the_whole_answer() {
    for api in BOTH {
        let fake = FakeOpenAi::start().await.unwrap();
        // Only where nothing comes is a short deadline the same on a busy machine.
        let (patient, hasty) = (provider(&fake, api), hasty(&fake, api));
        let whole = text_of(&answer(&patient, asked("Hello there")).await);
        for seed in 0..SEEDS {
            let fault = Fault::from_seed(seed, 1_200);
            fake.cut(Cuts::Seed(seed));
            fake.spoil(fault.clone());
            let waits = match fault {
                Fault::Stall(_) => true,
                // What comes again and again is no piece of the answer there.
                Fault::Endless => api == Api::Responses,
                _ => false,
            };
            let mut events = if waits { &hasty } else { &patient }.chat(asked("Hello there"));
            let mut said = Vec::new();
            let mut failed = None;
            loop {
                let next = timeout(Duration::from_secs(20), events.next()).await;
                match next.unwrap_or_else(|_| panic!("{api:?}, seed {seed}, {fault:?}: nothing comes")) {
                    Some(Ok(event)) => said.push(event),
                    Some(Err(error)) => failed = Some(error),
                    None => break,
                }
            }
            let kind = failed.as_ref().map(rooh_core::Error::kind);
            let expected = match &fault {
                Fault::Endless if api == Api::Responses => Some(ErrorKind::Timeout),
                Fault::Endless | Fault::Late(_) | Fault::SlowClose => None,
                // Nothing but `[DONE]` is missing there.
                Fault::LongLine if api == Api::Chat => None,
                Fault::LongLine | Fault::Malformed | Fault::NotText => Some(ErrorKind::Protocol),
                Fault::Stall(_) => Some(ErrorKind::Timeout),
                Fault::Status(429, ..) => Some(ErrorKind::RateLimited),
                _ => Some(ErrorKind::Network),
            };
            assert_eq!(kind, expected, "{api:?}, seed {seed}, {fault:?}: {failed:?}");
            let text = text_of(&said);
            match &fault {
                Fault::Status(_, _, wait) => {
                    let wait = wait.as_ref().map(|wait| Duration::from_secs(wait.parse().unwrap()));
                    assert_eq!(failed.unwrap().retry_after(), wait, "{api:?}, seed {seed}");
                    assert!(said.is_empty());
                }
                _ if expected.is_none() => assert_eq!(text, whole, "{api:?}, seed {seed}, {fault:?}"),
                // What was said before is the beginning of the answer, and nothing else.
                _ => assert!(whole.starts_with(&text), "{api:?}, seed {seed}, {fault:?}: {text:?}"),
            }
            let stops = said.iter().filter(|event| matches!(event, LlmEvent::Stopped(_))).count();
            assert_eq!(stops, usize::from(expected.is_none()), "{api:?}, seed {seed}, {fault:?}");
        }
    }
}

#[tokio::test]
async fn no_half_of_a_tool_call_is_yielded() {
    for api in BOTH {
        let fake = FakeOpenAi::start().await.unwrap();
        let provider = provider(&fake, api);
        let tools =
            vec![ToolSpec::new("weather", "Says the weather."), ToolSpec::new("clock", "Says the time.")];
        let request = LlmRequest { tools, ..asked("weather and clock") };
        let whole = answer(&provider, request.clone()).await;
        for place in (0..5_000).step_by(13) {
            fake.spoil(Fault::End(place));
            let mut events = provider.chat(request.clone());
            let mut got = Vec::new();
            let failed = loop {
                match events.next().await {
                    Some(Ok(event)) => got.push(event),
                    Some(Err(error)) => break Some(error),
                    None => break None,
                }
            };
            match failed {
                // All that is cut off here is what it cost.
                None => assert_eq!(got.last(), whole.last(), "{api:?} at {place}"),
                Some(error) => assert_eq!(error.kind(), ErrorKind::Network, "{api:?} at {place}: {error}"),
            }
            let is_cost = |event: &LlmEvent| matches!(event, LlmEvent::Usage(_));
            let mut expected = whole.iter().filter(|event| !is_cost(event));
            for event in got.iter().filter(|event| !is_cost(event)) {
                assert_eq!(Some(event), expected.next(), "{api:?} at {place}");
            }
        }
    }
}

#[tokio::test]
async fn a_refusal_says_what_can_be_done() {
    let fake = FakeOpenAi::start().await.unwrap();
    for api in BOTH {
        let provider = provider(&fake, api);
        let refused = async |status: u16, code: &str| {
            fake.spoil(Fault::Status(status, code.to_owned(), None));
            provider.chat(asked("Hi")).collect().await.unwrap_err()
        };
        let limited = refused(429, "rate_limit_exceeded").await;
        assert_eq!((limited.kind(), limited.is_transient()), (ErrorKind::RateLimited, true), "{limited}");
        // What the headers of the limits say, as nothing else says it.
        assert_eq!(limited.retry_after(), Some(Duration::from_millis(61_500)));
        assert_eq!(limited.context("x-request-id"), Some("req_fake"));
        for code in ["insufficient_quota", "credit_balance_exhausted", "billing_hard_limit_reached"] {
            let error = refused(429, code).await;
            assert_eq!((error.kind(), error.is_transient()), (ErrorKind::Auth, false), "{error}");
            assert_eq!((error.context("code"), error.retry_after()), (Some(code), None));
            assert!(error.message().contains("pay"), "{error}");
        }
        assert_eq!(refused(400, "context_length_exceeded").await.kind(), ErrorKind::Config);
        assert_eq!(refused(400, "content_policy_violation").await.kind(), ErrorKind::Unsupported);
        assert_eq!(refused(400, "tool_use_failed").await.kind(), ErrorKind::Network);
        assert_eq!(refused(409, "lock").await.kind(), ErrorKind::Network);
        assert_eq!(refused(404, "gone").await.kind(), ErrorKind::NotFound);
        assert_eq!(refused(408, "late").await.kind(), ErrorKind::Timeout);
        assert_eq!(refused(422, "wrong").await.kind(), ErrorKind::Config);
    }
    let locked = FakeOpenAi::start().await.unwrap().key("right");
    let error = provider(&locked, Api::Chat).chat(asked("Hi")).collect().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Auth);
    assert!(error.to_string().contains("OPENAI_API_KEY"), "{error}");
    let missing = OpenAiOptions { model: "missing".to_owned(), ..options(&fake) };
    let error = OpenAi::new(missing).unwrap().chat(asked("Hi")).collect().await.unwrap_err();
    assert_eq!((error.kind(), error.context("model")), (ErrorKind::NotFound, Some("missing")));
}

#[tokio::test]
async fn nobody_at_the_address_is_said_with_the_address() {
    // A port that was free a moment ago.
    let free = TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap();
    let options = OpenAiOptions { base_url: format!("http://{free}/v1"), ..OpenAiOptions::model("fake") };
    let provider = OpenAi::new(options).unwrap();
    for error in [
        provider.chat(asked("Hi")).collect().await.unwrap_err(),
        provider.load().collect().await.unwrap_err(),
        provider.prewarm().collect().await.unwrap_err(),
        provider.models().await.unwrap_err(),
    ] {
        assert_eq!(error.kind(), ErrorKind::Network);
        assert_eq!(error.context("address"), Some(format!("http://{free}/v1").as_str()), "{error}");
    }
}

#[tokio::test]
async fn a_server_that_takes_the_connection_and_says_nothing_is_given_up() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let options = OpenAiOptions {
        base_url: format!("http://{address}/v1"),
        first_timeout_ms: 100,
        ..OpenAiOptions::model("fake")
    };
    let error = OpenAi::new(options).unwrap().chat(asked("Hi")).collect().await.unwrap_err();
    assert_eq!((error.kind(), error.is_transient()), (ErrorKind::Timeout, true), "{error}");
}

#[tokio::test]
async fn a_server_that_does_not_stream_is_told_apart_from_one_that_breaks_off() {
    for (body, kind) in [
        (r#"{"error":{"message":"no upstream","code":429}}"#, ErrorKind::RateLimited),
        (r#"{"choices":[{"message":{"content":"Hi"}}]}"#, ErrorKind::Protocol),
    ] {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        tokio::spawn(async move {
            let (mut socket, _) = listener.accept().await.unwrap();
            // A request of this length is not cut.
            let _ = socket.read(&mut [0; 4096]).await.unwrap();
            let length = body.len();
            let head = format!(
                "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {length}\r\n\r\n"
            );
            socket.write_all(format!("{head}{body}").as_bytes()).await.unwrap();
            // Until the client goes.
            let _ = socket.read_to_end(&mut Vec::new()).await;
        });
        let options =
            OpenAiOptions { base_url: format!("http://{address}/v1"), ..OpenAiOptions::model("fake") };
        let error = OpenAi::new(options).unwrap().chat(asked("Hi")).collect().await.unwrap_err();
        assert_eq!(error.kind(), kind, "{error}");
    }
}

#[tokio::test]
async fn no_more_is_read_than_is_read_from_it() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let sent = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&sent);
    tokio::spawn(async move {
        let (mut socket, _) = listener.accept().await.unwrap();
        let _ = socket.read(&mut [0; 4096]).await.unwrap();
        let head = "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nConnection: close\r\n\r\n";
        socket.write_all(head.as_bytes()).await.unwrap();
        let event =
            format!("data: {{\"choices\":[{{\"delta\":{{\"content\":\"{}\"}}}}]}}\n\n", "x".repeat(4_000));
        while socket.write_all(event.as_bytes()).await.is_ok() {
            count.fetch_add(event.len(), Ordering::SeqCst);
        }
    });
    let options = OpenAiOptions { base_url: format!("http://{address}/v1"), ..OpenAiOptions::model("fake") };
    let mut events = OpenAi::new(options).unwrap().chat(asked("Hi"));
    for _ in 0..3 {
        events.next().await.unwrap().unwrap();
    }
    // Until the server can send no more: the buffers of the system are full.
    let mut before = usize::MAX;
    while std::mem::replace(&mut before, sent.load(Ordering::SeqCst)) != before {
        sleep(Duration::from_millis(100)).await;
    }
    assert!(before < 64 * 1024 * 1024, "{before} bytes were taken");
    drop(events);
}

#[tokio::test]
async fn a_key_that_a_server_repeats_is_masked() {
    let fake = FakeOpenAi::start().await.unwrap().key("sesame-4711");
    for api in BOTH {
        let with = |key: &str| OpenAiOptions { api, api_key: Secret::new(key), ..options(&fake) };
        let provider = OpenAi::new(with("sesame-4711")).unwrap();
        assert!(!format!("{provider:?} {:?}", with("sesame-4711")).contains("4711"));
        for fault in [
            Fault::Status(400, "what is sesame-4711?".to_owned(), None),
            Fault::Status(429, "sesame-4711_x".to_owned(), None),
            Fault::Error("what is sesame-4711?".to_owned()),
        ] {
            fake.spoil(fault);
            let error = provider.chat(asked("Hi")).collect().await.unwrap_err();
            assert!(!format!("{error} {error:?}").contains("4711"), "{error:?}");
        }
        // The refusal repeats it.
        let error = OpenAi::new(with("wrong-4711")).unwrap().chat(asked("Hi")).collect().await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Auth);
        assert!(!format!("{error} {error:?}").contains("4711"), "{error}");
    }
}
