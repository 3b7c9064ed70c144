//! Replies, and what is sent for them.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use rooh_core::ErrorKind;
use rooh_core::llm::{LlmEvent, LlmProvider, LlmRequest, Message, StopReason};
use rooh_core::options::{Options, Secret};
use rooh_core::trace::Trace;
use rooh_llm_anthropic::{Anthropic, AnthropicOptions, ApiVersion, Auth, Cache, Effort, Think};
use rooh_testkit::fakes::{Cuts, FakeAnthropic, Fault};
use serde_json::{Value, json};
use tokio::time::{sleep, timeout};

use crate::{answer, asked, bodies, options, provider, text_of};

const ANSWER: &str = "Grüße, 1 🥐 — you said: Hello there";

#[tokio::test]
async fn a_reply_is_the_same_however_it_is_cut() {
    let fake = FakeAnthropic::start().await.unwrap();
    let provider = provider(&fake);
    let whole = answer(&provider, asked("Hello there")).await;
    assert_eq!(text_of(&whole), ANSWER);
    assert_eq!(whole.last(), Some(&LlmEvent::Stopped(StopReason::Finished)));
    assert!(whole.iter().any(|event| matches!(event, LlmEvent::Usage(usage) if usage.output == 9)));
    // Everything, with its letters of two and four bytes.
    for place in 1..1_800 {
        fake.cut(Cuts::Once(place));
        assert_eq!(answer(&provider, asked("Hello there")).await, whole, "cut at {place}");
    }
    for cuts in [Cuts::Size(1), Cuts::Size(2), Cuts::Size(3), Cuts::Size(7), Cuts::Whole] {
        fake.cut(cuts);
        assert_eq!(answer(&provider, asked("Hello there")).await, whole, "{cuts:?}");
    }
    for seed in 0..40 {
        fake.cut(Cuts::Seed(seed));
        // Pings between all events, and lines that end otherwise, are no matter.
        fake.spoil(if seed % 2 == 0 { Fault::Comments } else { Fault::Crlf });
        assert_eq!(answer(&provider, asked("Hello there")).await, whole, "seed {seed}");
    }
}

#[tokio::test]
async fn nothing_is_sent_that_was_not_set() {
    let fake = FakeAnthropic::start().await.unwrap();
    let bare = AnthropicOptions { cache: Cache::Off, ..options(&fake) };
    answer(&Anthropic::new(bare).unwrap(), asked("Hello there")).await;
    let content = json!([{ "type": "text", "text": "Hello there" }]);
    assert_eq!(
        bodies(&fake),
        [json!({
            "model": "claude-haiku-5-5", "max_tokens": 4_096, "stream": true,
            "thinking": { "type": "disabled" },
            "messages": [{ "role": "user", "content": content }],
        })]
    );
    let seen = fake.seen().remove(0);
    assert_eq!(seen.header("anthropic-version"), Some("2026-10-21"));
    assert!(seen.authorization.is_none() && seen.header("x-api-key").is_none());
}

#[tokio::test]
async fn what_is_set_is_sent_and_one_reply_may_have_its_own() {
    let fake = FakeAnthropic::start().await.unwrap();
    let old = AnthropicOptions {
        api_version: ApiVersion::V20230601,
        model: "claude-haiku-4-5".to_owned(),
        stop: Some(vec!["END".to_owned()]),
        temperature: Some(0.7),
        ..options(&fake)
    };
    let provider = Anthropic::new(old).unwrap();
    let schema = json!({ "type": "object" });
    let own = Options::new().with("temperature", 0.0).with("max_tokens", 4).with("format", schema.clone());
    let events = answer(&provider, LlmRequest { options: own, ..asked("Hello there") }).await;
    assert_eq!(events.last(), Some(&LlmEvent::Stopped(StopReason::Length)));
    assert_eq!(text_of(&events), "Grüße, 1 🥐 ");
    let body = &bodies(&fake)[0];
    assert_eq!((&body["temperature"], &body["max_tokens"]), (&json!(0.0), &json!(4)));
    assert_eq!(body["stop_sequences"], json!(["END"]));
    assert_eq!(body["output_config"]["format"], json!({ "type": "json_schema", "schema": schema }));
    assert_eq!(fake.seen()[0].header("anthropic-version"), Some("2023-06-01"));
    for (name, value) in [("volume", json!(1)), ("think", json!("on")), ("max_tokens", json!(0))] {
        let wrong = LlmRequest { options: Options::new().with(name, value), ..asked("Hi") };
        assert_eq!(provider.chat(wrong).collect().await.unwrap_err().kind(), ErrorKind::Config, "{name}");
    }
    // The newest version has no sampling: that is said before it is asked.
    let newest = Anthropic::new(options(&fake)).unwrap();
    let warm = LlmRequest { options: Options::new().with("temperature", 1.0), ..asked("Hi") };
    let error = newest.chat(warm).collect().await.unwrap_err();
    assert_eq!((error.kind(), error.context("path")), (ErrorKind::Config, Some("temperature")));
    assert_eq!(bodies(&fake).len(), 1);
}

#[tokio::test]
async fn each_model_thinks_as_little_as_it_can_and_is_never_heard_thinking() {
    let fake = FakeAnthropic::start().await.unwrap();
    for (model, think, effort, thinking, output) in [
        ("claude-haiku-5-5", Think::Off, None, json!({ "type": "disabled" }), Value::Null),
        ("claude-sonnet-5-5", Think::Off, None, json!({ "type": "between_tools" }), Value::Null),
        ("claude-opus-5-5", Think::Off, None, Value::Null, json!({ "effort": "low" })),
        ("claude-haiku-4-5", Think::Off, None, json!({ "type": "disabled" }), Value::Null),
        ("claude-opus-5-5", Think::On, None, json!({ "type": "adaptive" }), Value::Null),
        (
            "claude-haiku-5-5",
            Think::On,
            Some(Effort::Max),
            json!({ "type": "adaptive" }),
            json!({ "effort": "max" }),
        ),
    ] {
        let model = model.to_owned();
        let options = AnthropicOptions { effort, model: model.clone(), think, ..options(&fake) };
        let events = answer(&Anthropic::new(options).unwrap(), asked("Hello there")).await;
        assert_eq!(text_of(&events), ANSWER, "{model} {think:?}");
        let body = bodies(&fake).pop().unwrap();
        assert_eq!((&body["thinking"], &body["output_config"]), (&thinking, &output), "{model} {think:?}");
    }
}

#[tokio::test]
async fn a_model_that_nobody_knows_yet_says_itself_how_little_it_can_think() {
    let fake = FakeAnthropic::start().await.unwrap();
    let later = AnthropicOptions { model: "claude-sonnet-9".to_owned(), ..options(&fake) };
    let provider = Anthropic::new(later).unwrap();
    answer(&provider, asked("Hello there")).await;
    provider.prewarm().collect().await.unwrap();
    answer(&provider, asked("Hello there")).await;
    let sent: Vec<Value> = bodies(&fake).into_iter().map(|body| body["thinking"].clone()).collect();
    assert_eq!(sent, [Value::Null, json!({ "type": "between_tools" })]);
}

#[tokio::test]
async fn what_was_kept_is_told_apart_from_what_was_not() {
    let fake = FakeAnthropic::start().await.unwrap();
    let provider = provider(&fake);
    let mut request = asked("Hello there");
    request.system_prompt = "Be brief. ".repeat(500);
    let mut kept = Vec::new();
    for _ in 0..3 {
        let events = answer(&provider, request.clone()).await;
        let usage = events.iter().find_map(|event| match event {
            LlmEvent::Usage(usage) => Some(*usage),
            _ => None,
        });
        let usage = usage.unwrap();
        assert!(usage.input > 1_200 && usage.cached < usage.input, "{usage:?}");
        kept.push(usage.cached);
        request.messages.push(Message::assistant(text_of(&events)));
        request.messages.push(Message::user("And then?"));
    }
    assert!(kept[0] == 0 && kept[1] > 1_200 && kept[2] > kept[1], "{kept:?}");
}

#[tokio::test]
async fn a_conversation_without_anything_in_it_asks_nobody() {
    let fake = FakeAnthropic::start().await.unwrap();
    let events = answer(&provider(&fake), LlmRequest::default()).await;
    assert_eq!(events, [LlmEvent::Stopped(StopReason::Finished)]);
    assert_eq!(fake.begun(), 0);
    let greeting = LlmRequest { system_prompt: "Greet.".to_owned(), ..LlmRequest::default() };
    assert!(text_of(&answer(&provider(&fake), greeting).await).starts_with("Grüße"));
}

#[tokio::test]
async fn a_stream_that_is_dropped_closes_its_connection() {
    let fake = FakeAnthropic::start().await.unwrap().spoiled(Fault::Stall(900));
    let provider = provider(&fake);
    for taken in [0, 1, 3] {
        let mut events = provider.chat(asked("Hello there"));
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

#[tokio::test]
async fn the_first_reply_finds_a_connection_and_what_the_model_can() {
    let fake = FakeAnthropic::start().await.unwrap();
    let provider = provider(&fake);
    assert_eq!(provider.prewarm().collect().await.unwrap().last().unwrap().done, Some(1.0));
    assert_eq!(text_of(&answer(&provider, asked("Hello there")).await), ANSWER);
    let paths: Vec<String> = fake.seen().into_iter().map(|seen| seen.path).collect();
    assert_eq!(paths, ["/v1/models/claude-haiku-5-5", "/v1/messages"]);
    assert_eq!(fake.connections(), 1, "the reply did not use the connection");
    let locked = FakeAnthropic::start().await.unwrap().key("right");
    let error = Anthropic::new(options(&locked)).unwrap().prewarm().collect().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Auth, "{error}");
    let missing = AnthropicOptions { model: "claude-9".to_owned(), ..options(&fake) };
    let error = Anthropic::new(missing).unwrap().prewarm().collect().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::NotFound, "{error}");
}

#[tokio::test]
async fn keys_are_sent_and_never_shown() {
    let fake = FakeAnthropic::start().await.unwrap().key("sesame-4711");
    let with = |key: &str, auth| AnthropicOptions { api_key: Secret::new(key), auth, ..options(&fake) };
    let wire = Arc::new(Mutex::new(String::new()));
    for (auth, header) in [(Auth::Bearer, "authorization"), (Auth::XApiKey, "x-api-key")] {
        let provider = Anthropic::new(with("sesame-4711", auth)).unwrap();
        let heard = Arc::clone(&wire);
        let trace = Trace::to(move |record| heard.lock().unwrap().push_str(record.message));
        let events = answer(&provider, LlmRequest { trace, ..asked("Hello there") }).await;
        assert_eq!(text_of(&events), ANSWER);
        let seen = fake.seen().pop().unwrap();
        let keys: Vec<&str> =
            ["authorization", "x-api-key"].into_iter().filter(|name| seen.header(name).is_some()).collect();
        assert_eq!(keys, [header]);
        assert!(!format!("{provider:?} {:?}", with("sesame-4711", auth)).contains("4711"));
        // A vendor that repeats the key in its error.
        for fault in [
            Fault::Status(400, "what is sesame-4711?".to_owned(), None),
            Fault::Error("what is sesame-4711?".to_owned()),
        ] {
            fake.spoil(fault);
            let error = provider.chat(asked("Hi")).collect().await.unwrap_err();
            assert!(!format!("{error} {error:?}").contains("4711"), "{error}");
        }
    }
    let traced = wire.lock().unwrap().clone();
    assert!(traced.contains("Hello there") && !traced.contains("4711"));
    let wrong = Anthropic::new(with("wrong-4711", Auth::Bearer)).unwrap();
    let error = wrong.chat(asked("Hi")).collect().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Auth);
    assert!(!error.to_string().contains("4711"), "{error}");
}
