//! Replies, tools, and what is sent for them.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use rooh_core::ErrorKind;
use rooh_core::llm::{LlmEvent, LlmProvider, LlmRequest, Message, StopReason};
use rooh_core::options::{Options, Secret};
use rooh_core::tool::ToolSpec;
use rooh_core::trace::Trace;
use rooh_llm_openai::{Api, OpenAi, OpenAiOptions};
use rooh_testkit::fakes::{Cuts, FakeOpenAi, Fault};
use serde_json::{Value, json};
use tokio::time::{sleep, timeout};

use crate::{BOTH, answer, asked, calls_of, options, provider, text_of};

const ANSWER: &str = "Grüße, 1 🥐 — you said: Hello there";

fn bodies(fake: &FakeOpenAi) -> Vec<Value> {
    fake.seen().into_iter().map(|seen| seen.body).collect()
}

#[tokio::test]
async fn a_reply_is_the_same_however_it_is_cut() {
    for api in BOTH {
        let fake = FakeOpenAi::start().await.unwrap();
        let provider = provider(&fake, api);
        let whole = answer(&provider, asked("Hello there")).await;
        assert_eq!(text_of(&whole), ANSWER);
        assert!(matches!(whole.last(), Some(LlmEvent::Stopped(StopReason::Finished))));
        let usage = |event: &LlmEvent| matches!(event, LlmEvent::Usage(u) if (u.input, u.cached) == (26, 20));
        assert!(whole.iter().any(usage), "{whole:?}");
        // The text with its letters of two and four bytes stands in these.
        let text = if api == Api::Chat { 150..900 } else { 1_700..2_500 };
        for place in text {
            fake.cut(Cuts::Once(place));
            assert_eq!(answer(&provider, asked("Hello there")).await, whole, "{api:?} cut at {place}");
        }
        for cuts in [Cuts::Size(1), Cuts::Size(2), Cuts::Size(3), Cuts::Size(7), Cuts::Whole] {
            fake.cut(cuts);
            assert_eq!(answer(&provider, asked("Hello there")).await, whole, "{api:?} {cuts:?}");
        }
        for seed in 0..40 {
            fake.cut(Cuts::Seed(seed));
            assert_eq!(answer(&provider, asked("Hello there")).await, whole, "{api:?} seed {seed}");
        }
        for fault in [Fault::Comments, Fault::Crlf] {
            fake.spoil(fault.clone());
            assert_eq!(answer(&provider, asked("Hello there")).await, whole, "{api:?} {fault:?}");
        }
    }
}

#[tokio::test]
async fn tools_are_called_at_once_and_one_after_the_other() {
    for api in BOTH {
        let fake = FakeOpenAi::start().await.unwrap();
        let provider = provider(&fake, api);
        let tools =
            vec![ToolSpec::new("weather", "Says the weather."), ToolSpec::new("clock", "Says the time.")];
        let mut request = LlmRequest { tools, ..asked("weather and clock in Köln") };
        let mut ids = Vec::new();
        for round in 0..2 {
            let events = answer(&provider, request.clone()).await;
            let calls = calls_of(&events);
            let names: Vec<&str> = calls.iter().map(|call| call.name.as_str()).collect();
            let expected: &[&str] = if round == 0 { &["weather", "clock"] } else { &["clock"] };
            assert_eq!(names, expected);
            let said = if round == 0 { "weather and clock in Köln" } else { "and the clock?" };
            assert!(calls.iter().all(|call| call.arguments == json!({ "what": said })), "{calls:?}");
            assert_eq!(events.last(), Some(&LlmEvent::Stopped(StopReason::Tools)));
            ids.extend(calls.iter().map(|call| call.id.clone()));
            let text = text_of(&events);
            request.messages.push(Message::Assistant { text, calls: calls.clone(), interrupted: false });
            for call in calls {
                let failed = call.name == "clock";
                let output = if failed { json!("it stands") } else { json!({ "celsius": 21 }) };
                request.messages.push(Message::ToolResult { id: call.id, name: call.name, output, failed });
            }
            let after = answer(&provider, request.clone()).await;
            assert_eq!(after.last(), Some(&LlmEvent::Stopped(StopReason::Finished)));
            let said = text_of(&after);
            assert!(said.contains("{\"error\":\"it stands\"}"), "{said}");
            request.messages.push(Message::assistant(said));
            request.messages.push(Message::user("and the clock?"));
        }
        ids.sort();
        ids.dedup();
        assert_eq!(ids.len(), 3, "{ids:?}");
    }
}

#[tokio::test]
async fn a_call_that_was_never_answered_does_not_make_the_conversation_wrong() {
    for api in BOTH {
        let fake = FakeOpenAi::start().await.unwrap();
        let provider = provider(&fake, api);
        let mut request =
            LlmRequest { tools: vec![ToolSpec::new("weather", "Says the weather.")], ..asked("weather") };
        let calls = calls_of(&answer(&provider, request.clone()).await);
        request.messages.push(Message::Assistant { text: String::new(), calls, interrupted: true });
        request.messages.push(Message::user("Hello there"));
        assert!(text_of(&answer(&provider, request).await).contains("Hello there"));
    }
}

#[tokio::test]
async fn a_reply_may_have_its_own_options() {
    for api in BOTH {
        let fake = FakeOpenAi::start().await.unwrap();
        let options = OpenAiOptions { api, temperature: Some(0.7), ..options(&fake) };
        let provider = OpenAi::new(options).unwrap();
        let own = Options::new().with("temperature", 0.0).with("max_tokens", 2);
        let events = answer(&provider, LlmRequest { options: own, ..asked("Hello there") }).await;
        assert_eq!(events.last(), Some(&LlmEvent::Stopped(StopReason::Length)));
        assert_eq!(bodies(&fake)[0]["temperature"], 0.0);
        let unknown = LlmRequest { options: Options::new().with("volume", 1), ..asked("Hi") };
        assert_eq!(provider.chat(unknown).collect().await.unwrap_err().kind(), ErrorKind::Config);
    }
}

#[tokio::test]
async fn every_model_is_asked_in_a_way_that_it_accepts() {
    let fake = FakeOpenAi::start().await.unwrap();
    for (model, path) in [
        ("fake", "/v1/chat/completions"),
        ("gpt-5.6-luna", "/v1/chat/completions"),
        ("gpt-6-astra", "/v1/responses"),
    ] {
        let options = OpenAiOptions { max_tokens: Some(100), model: model.to_owned(), ..options(&fake) };
        let provider = OpenAi::new(options).unwrap();
        let tools = vec![ToolSpec::new("weather", "Says the weather.")];
        let events = answer(&provider, LlmRequest { tools, ..asked("weather") }).await;
        assert_eq!(calls_of(&events).len(), 1, "{model}");
        assert_eq!(fake.seen().last().unwrap().path, path, "{model}");
    }
    let thinks = Options::new().with("reasoning_effort", "low");
    let options = OpenAiOptions { model: "gpt-5.6-luna".to_owned(), ..options(&fake) };
    let provider = OpenAi::new(options).unwrap();
    answer(&provider, LlmRequest { options: thinks, ..asked("Hi") }).await;
    assert_eq!(fake.seen().last().unwrap().path, "/v1/responses");
}

#[tokio::test]
async fn a_conversation_without_anything_in_it_asks_nobody() {
    for api in BOTH {
        let fake = FakeOpenAi::start().await.unwrap();
        let events = answer(&provider(&fake, api), LlmRequest::default()).await;
        assert_eq!(events, [LlmEvent::Stopped(StopReason::Finished)]);
        assert_eq!(fake.begun(), 0);
        let greeting = LlmRequest { system_prompt: "Greet.".to_owned(), ..LlmRequest::default() };
        assert_eq!(text_of(&answer(&provider(&fake, api), greeting).await), "Grüße! How can I help?");
    }
}

#[tokio::test]
async fn a_stream_that_is_dropped_closes_its_connection() {
    for api in BOTH {
        // A long text, so that it stands still in the middle of its pieces.
        let fake = FakeOpenAi::start().await.unwrap().spoiled(Fault::Stall(3_000));
        let provider = provider(&fake, api);
        let long = "one two three four five six seven eight nine ten ".repeat(20);
        for taken in [0, 1, 4] {
            let mut events = provider.chat(asked(&long));
            assert_eq!(fake.open(), 0, "nothing is asked before somebody reads");
            for _ in 0..taken {
                events.next().await.unwrap().unwrap();
            }
            // In the middle of whatever comes next.
            let _ = timeout(Duration::from_millis(2), events.next()).await;
            drop(events);
            let closed = async {
                while fake.open() > 0 || fake.connections() > 0 {
                    sleep(Duration::from_millis(2)).await;
                }
            };
            let closed = timeout(Duration::from_secs(10), closed).await;
            // A connection on which nothing was under way may stay for the next request.
            assert!(closed.is_ok() || (taken == 0 && fake.open() == 0), "{} are open", fake.connections());
        }
    }
}

#[tokio::test]
async fn connections_are_used_again() {
    for api in BOTH {
        let fake = FakeOpenAi::start().await.unwrap();
        let provider = provider(&fake, api);
        for _ in 0..5 {
            answer(&provider, asked("Hello there")).await;
            assert_eq!(fake.connections(), 1, "{api:?}");
        }
    }
}

#[tokio::test]
async fn the_key_and_who_pays_are_sent_and_never_shown() {
    let fake = FakeOpenAi::start().await.unwrap().key("sesame-4711");
    let options = OpenAiOptions {
        api_key: Secret::new("sesame-4711"),
        organization: "org-1".to_owned(),
        project: "proj-1".to_owned(),
        ..options(&fake)
    };
    let provider = OpenAi::new(options.clone()).unwrap();
    let wire = Arc::new(Mutex::new(String::new()));
    let heard = Arc::clone(&wire);
    let trace = Trace::to(move |record| heard.lock().unwrap().push_str(record.message));
    let events = answer(&provider, LlmRequest { trace, ..asked("Hello there") }).await;
    assert_eq!(text_of(&events), ANSWER);
    let traced = wire.lock().unwrap().clone();
    assert!(
        traced.contains("Hello there") && traced.contains("usage") && !traced.contains("4711"),
        "{traced}"
    );
    let seen = fake.seen().pop().unwrap();
    assert_eq!(seen.header("openai-organization"), Some("org-1"));
    assert_eq!(seen.header("openai-project"), Some("proj-1"));
    // Other servers are not told who would have paid.
    let own = OpenAiOptions { dialect: rooh_llm_openai::Dialect::Compatible, ..options };
    answer(&OpenAi::new(own).unwrap(), asked("Hello there")).await;
    let seen = fake.seen().pop().unwrap();
    assert_eq!((seen.header("openai-organization"), seen.header("openai-project")), (None, None));
}
