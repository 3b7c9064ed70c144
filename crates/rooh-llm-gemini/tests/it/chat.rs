//! Replies, and what is sent for them.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use rooh_core::ErrorKind;
use rooh_core::llm::{LlmEvent, LlmProvider, LlmRequest, StopReason, Usage};
use rooh_core::options::{Options, Secret};
use rooh_core::trace::Trace;
use rooh_llm_gemini::{Gemini, GeminiOptions, ThinkingLevel};
use rooh_testkit::fakes::{Cuts, FakeGemini, Fault};
use serde_json::json;
use tokio::time::{sleep, timeout};

use crate::{answer, asked, chats, options, provider, text_of};

const ANSWER: &str = "Grüße, 1 🥐 — you said: Hello there";

#[tokio::test]
async fn a_reply_is_the_same_however_it_is_cut() {
    let fake = FakeGemini::start().await.unwrap();
    let provider = provider(&fake);
    let whole = answer(&provider, asked("Hello there")).await;
    assert_eq!(text_of(&whole), ANSWER);
    assert!(matches!(whole.last(), Some(LlmEvent::Stopped(StopReason::Finished))));
    let cost = Usage { cached: 16, input: 26, output: 11 };
    assert_eq!(whole[whole.len() - 2], LlmEvent::Usage(cost));
    // Of the first three events, in which the letters of two and four bytes stand.
    for place in 1..900 {
        fake.cut(Cuts::Once(place));
        assert_eq!(answer(&provider, asked("Hello there")).await, whole, "cut at {place}");
    }
    for cuts in [Cuts::Size(1), Cuts::Size(2), Cuts::Size(3), Cuts::Size(7), Cuts::Whole] {
        fake.cut(cuts);
        assert_eq!(answer(&provider, asked("Hello there")).await, whole, "{cuts:?}");
    }
    for seed in 0..40 {
        fake.cut(Cuts::Seed(seed));
        assert_eq!(answer(&provider, asked("Hello there")).await, whole, "seed {seed}");
    }
}

#[tokio::test]
async fn nothing_is_sent_that_was_not_set_but_how_little_to_think() {
    let fake = FakeGemini::start().await.unwrap();
    answer(&provider(&fake), asked("Hello there")).await;
    let expected = json!({
        "contents": [{ "role": "user", "parts": [{ "text": "Hello there" }] }],
        "generationConfig": { "thinkingConfig": { "thinkingLevel": "minimal" } },
    });
    assert_eq!(chats(&fake), [expected]);
    let seen = &fake.seen()[0];
    assert_eq!(seen.path, "/v1beta/models/gemini-3.5-flash-lite:streamGenerateContent");
    assert_eq!(seen.query, "alt=sse");
    assert_eq!(seen.header("x-goog-api-key"), None);
}

#[tokio::test]
async fn what_is_set_is_sent_and_one_reply_may_have_its_own() {
    let fake = FakeGemini::start().await.unwrap();
    let options = GeminiOptions {
        api_version: "/v1/".to_owned(),
        extra_body: BTreeMap::from([("serviceTier".to_owned(), json!("priority"))]),
        model: "models/gemini-2.5-flash".to_owned(),
        temperature: Some(0.7),
        ..options(&fake)
    };
    let provider = Gemini::new(options).unwrap();
    let own = Options::new().with("temperature", 0.0).with("max_tokens", 2).with("format", "json");
    let events = answer(&provider, LlmRequest { options: own, ..asked("Hello there") }).await;
    assert_eq!(events.last(), Some(&LlmEvent::Stopped(StopReason::Length)));
    let body = &chats(&fake)[0];
    assert_eq!(
        body["generationConfig"],
        json!({
            "maxOutputTokens": 2, "temperature": 0.0, "responseMimeType": "application/json",
            "thinkingConfig": { "thinkingBudget": 0 },
        })
    );
    assert_eq!(body["serviceTier"], "priority");
    assert_eq!(fake.seen()[0].path, "/v1/models/gemini-2.5-flash:streamGenerateContent");
    let unknown = LlmRequest { options: Options::new().with("volume", 1), ..asked("Hi") };
    assert_eq!(provider.chat(unknown).collect().await.unwrap_err().kind(), ErrorKind::Config);
}

#[tokio::test]
async fn every_model_is_told_to_think_as_little_as_it_accepts_and_thoughts_are_not_said() {
    let fake = FakeGemini::start().await.unwrap();
    for (model, level) in [
        ("gemini-2.5-flash", None),
        ("gemini-2.5-pro", None),
        ("gemini-3.5-flash-lite", None),
        ("gemini-3.8-flash", None),
        ("gemini-2.5-pro", Some(ThinkingLevel::Minimal)),
        ("gemini-2.5-pro", Some(ThinkingLevel::High)),
        ("gemini-3.8-flash", Some(ThinkingLevel::Medium)),
        ("gemini-3.8-flash", Some(ThinkingLevel::Auto)),
    ] {
        let aloud = json!({ "thinkingConfig": { "includeThoughts": true } });
        let options = GeminiOptions {
            extra_body: BTreeMap::from([("generationConfig".to_owned(), aloud)]),
            model: model.to_owned(),
            thinking_level: level,
            ..options(&fake)
        };
        let events = answer(&Gemini::new(options).unwrap(), asked("Hello there")).await;
        assert_eq!(text_of(&events), ANSWER, "{model} {level:?}");
    }
    let refused = GeminiOptions {
        model: "gemini-3.8-flash".to_owned(),
        thinking_level: Some(ThinkingLevel::Minimal),
        ..options(&fake)
    };
    let error = Gemini::new(refused).unwrap().chat(asked("Hi")).collect().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Config, "{error}");
}

#[tokio::test]
async fn a_conversation_without_anything_in_it_asks_nobody() {
    let fake = FakeGemini::start().await.unwrap();
    let events = answer(&provider(&fake), LlmRequest::default()).await;
    assert_eq!(events, [LlmEvent::Stopped(StopReason::Finished)]);
    assert_eq!(fake.begun(), 0);
    let greeting = LlmRequest { system_prompt: "Greet.".to_owned(), ..LlmRequest::default() };
    assert!(text_of(&answer(&provider(&fake), greeting).await).contains("The conversation begins."));
    assert_eq!(chats(&fake)[0]["systemInstruction"], json!({ "parts": [{ "text": "Greet." }] }));
}

#[tokio::test]
async fn a_connection_is_opened_in_advance_and_used_again() {
    let fake = FakeGemini::start().await.unwrap();
    let provider = provider(&fake);
    let warming = provider.prewarm();
    assert_eq!(fake.begun(), 0);
    warming.collect().await.unwrap();
    assert_eq!(fake.seen()[0].path, "/v1beta/models/gemini-3.5-flash-lite");
    for _ in 0..3 {
        answer(&provider, asked("Hello there")).await;
    }
    assert_eq!((fake.begun(), fake.connections()), (4, 1));
}

#[tokio::test]
async fn a_stream_that_is_dropped_closes_its_connection() {
    let fake = FakeGemini::start().await.unwrap().spoiled(Fault::Endless);
    let provider = provider(&fake);
    for taken in [0, 1, 5] {
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
async fn keys_are_sent_in_their_header_and_never_shown() {
    let fake = FakeGemini::start().await.unwrap().key("sesame-4711");
    let with = |key: &str| GeminiOptions { api_key: Secret::new(key), ..options(&fake) };
    let provider = Gemini::new(with("sesame-4711")).unwrap();
    let wire = Arc::new(Mutex::new(String::new()));
    let heard = Arc::clone(&wire);
    let trace = Trace::to(move |record| heard.lock().unwrap().push_str(record.message));
    let events = answer(&provider, LlmRequest { trace, ..asked("Hello there") }).await;
    assert_eq!(text_of(&events), ANSWER);
    provider.prewarm().collect().await.unwrap();
    for seen in fake.seen() {
        assert_eq!(seen.header("x-goog-api-key"), Some("sesame-4711"));
        assert!(!format!("{}{}", seen.path, seen.query).contains("4711"));
    }
    let traced = wire.lock().unwrap().clone();
    assert!(traced.contains("Hello there") && !traced.contains("4711"));
    assert!(!format!("{provider:?} {:?}", with("sesame-4711")).contains("4711"));
    // A vendor that repeats the key in its error.
    for fault in [
        Fault::Status(400, "what is sesame-4711?".to_owned(), None),
        Fault::Error("what is sesame-4711?".to_owned()),
    ] {
        fake.spoil(fault);
        let error = provider.chat(asked("Hi")).collect().await.unwrap_err();
        assert!(!format!("{error} {error:?}").contains("4711"), "{error}");
    }
    fake.finish("sesame-4711");
    let error = provider.chat(asked("Hi")).collect().await.unwrap_err();
    assert!(!format!("{error} {error:?}").contains("4711"), "{error}");
    let error = Gemini::new(with("wrong-4711")).unwrap().chat(asked("Hi")).collect().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Auth);
    assert!(!error.to_string().contains("4711"), "{error}");
}
