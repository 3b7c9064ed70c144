//! What Anthropic refuses, and what can be done about it.

use std::time::Duration;

use rooh_core::ErrorKind;
use rooh_core::llm::{LlmEvent, LlmProvider};
use rooh_testkit::fakes::{FakeAnthropic, Fault};

use crate::{asked, provider, text_of};

#[tokio::test]
async fn a_refusal_says_what_can_be_done() {
    for (status, kind, code, expected) in [
        (400, "invalid_request_error", "", ErrorKind::Config),
        (401, "authentication_error", "", ErrorKind::Auth),
        (402, "billing_error", "", ErrorKind::Auth),
        (402, "billing_error", "linked_organization_spend_limit_reached", ErrorKind::Auth),
        (403, "permission_error", "", ErrorKind::Auth),
        (404, "not_found_error", "", ErrorKind::NotFound),
        (409, "conflict_error", "", ErrorKind::Network),
        (413, "request_too_large", "", ErrorKind::Config),
        (429, "rate_limit_error", "", ErrorKind::RateLimited),
        (429, "rate_limit_error", "ramp_limit_exceeded", ErrorKind::RateLimited),
        (429, "rate_limit_error", "enforced_spend_limit_reached", ErrorKind::Auth),
        (429, "rate_limit_error", "contract_spend_limit_reached", ErrorKind::Auth),
        (500, "api_error", "", ErrorKind::Network),
        (504, "timeout_error", "", ErrorKind::Timeout),
        (529, "overloaded_error", "", ErrorKind::Network),
    ] {
        let fake = FakeAnthropic::start().await.unwrap().refusing(status, kind, code);
        let error = provider(&fake).chat(asked("Hi")).collect().await.unwrap_err();
        assert_eq!(error.kind(), expected, "{status} {kind} {code}: {error}");
        assert_eq!(error.context("request-id"), Some("req_011fake"), "{error}");
    }
}

#[tokio::test]
async fn the_wait_that_is_asked_for_is_told() {
    let fake = FakeAnthropic::start().await.unwrap();
    fake.spoil(Fault::Status(429, "slow down".to_owned(), Some("7".to_owned())));
    let error = provider(&fake).chat(asked("Hi")).collect().await.unwrap_err();
    assert_eq!((error.kind(), error.retry_after()), (ErrorKind::RateLimited, Some(Duration::from_secs(7))));
}

#[tokio::test]
async fn an_overloaded_model_may_be_asked_again() {
    let fake = FakeAnthropic::start().await.unwrap().spoiled(Fault::Error("Overloaded".to_owned()));
    let error = provider(&fake).chat(asked("Hi")).collect().await.unwrap_err();
    assert_eq!((error.kind(), error.context("type")), (ErrorKind::Network, Some("overloaded_error")));
    assert!(error.is_transient() && error.to_string().contains("Overloaded"), "{error}");
}

#[tokio::test]
async fn a_model_that_refuses_or_waits_for_anthropic_is_an_error_after_what_it_said() {
    for (reason, word) in [("refusal", "category: bio"), ("pause_turn", "tool of Anthropic")] {
        let fake = FakeAnthropic::start().await.unwrap().stopping(reason);
        let mut events = provider(&fake).chat(asked("Hello there"));
        let mut said = Vec::new();
        let error = loop {
            match events.next().await.unwrap() {
                Ok(event) => said.push(event),
                Err(error) => break error,
            }
        };
        assert_eq!(error.kind(), ErrorKind::Unsupported, "{error}");
        assert!(error.to_string().contains(word), "{error}");
        assert!("Grüße, 1 🥐 — you said: Hello there".starts_with(&text_of(&said)));
        assert!(matches!(said.last(), Some(LlmEvent::Usage(_))), "{said:?}");
    }
}

#[tokio::test]
async fn other_reasons_to_stop_are_an_end() {
    for reason in ["stop_sequence", "a_reason_of_next_year"] {
        let fake = FakeAnthropic::start().await.unwrap().stopping(reason);
        let events = provider(&fake).chat(asked("Hello there")).collect().await.unwrap();
        let end = LlmEvent::Stopped(rooh_core::llm::StopReason::Finished);
        assert_eq!(events.last(), Some(&end), "{reason}");
    }
    let fake = FakeAnthropic::start().await.unwrap().stopping("model_context_window_exceeded");
    let events = provider(&fake).chat(asked("Hello there")).collect().await.unwrap();
    assert_eq!(events.last(), Some(&LlmEvent::Stopped(rooh_core::llm::StopReason::Length)));
}
