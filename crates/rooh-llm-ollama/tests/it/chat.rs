//! Replies, tools, and what is sent for them.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use rooh_core::ErrorKind;
use rooh_core::llm::{LlmEvent, LlmProvider, LlmRequest, Message, StopReason, ToolCall};
use rooh_core::options::{Options, Secret};
use rooh_core::tool::ToolSpec;
use rooh_core::trace::Trace;
use rooh_llm_ollama::{KeepAlive, Ollama, OllamaOptions, Think};
use rooh_testkit::fakes::{Cuts, FakeModel, FakeOllama, Fault};
use serde_json::{Value, json};
use tokio::time::{sleep, timeout};

use crate::{asked, options, provider, text_of};

const ANSWER: &str = "Grüße, 1 🥐 — you said: Hello there";

async fn answer(provider: &Ollama, request: LlmRequest) -> Vec<LlmEvent> {
    provider.chat(request).collect().await.expect("the fake answers")
}

fn chats(fake: &FakeOllama) -> Vec<Value> {
    fake.seen().into_iter().filter(|seen| seen.path == "/api/chat").map(|seen| seen.body).collect()
}

#[tokio::test]
async fn a_reply_is_the_same_however_it_is_cut() {
    let fake = FakeOllama::start().await.unwrap();
    let provider = provider(&fake);
    let whole = answer(&provider, asked("Hello there")).await;
    assert_eq!(text_of(&whole), ANSWER);
    assert!(matches!(whole.last(), Some(LlmEvent::Stopped(StopReason::Finished))));
    assert!(whole.iter().any(|event| matches!(event, LlmEvent::Usage(usage) if usage.input == 26)));
    // The longest line has some 400 bytes, and the text with its letters of two and four bytes
    // stands in the first ones.
    for place in 1..1_300 {
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
async fn nothing_is_sent_that_was_not_set() {
    let fake = FakeOllama::start().await.unwrap();
    answer(&provider(&fake), asked("Hello there")).await;
    let message = json!({ "role": "user", "content": "Hello there" });
    assert_eq!(chats(&fake), [json!({ "model": "fake", "messages": [message], "stream": true })]);
    assert!(fake.seen().iter().all(|seen| seen.authorization.is_none()));
}

#[tokio::test]
async fn what_is_set_is_sent_and_one_reply_may_have_its_own() {
    let fake = FakeOllama::start().await.unwrap();
    let options = OllamaOptions {
        keep_alive: Some(KeepAlive::Duration("-1".to_owned())),
        num_ctx: Some(8_192),
        temperature: Some(0.7),
        ..options(&fake)
    };
    let provider = Ollama::new(options).unwrap();
    let own = Options::new().with("temperature", 0.0).with("max_tokens", 2).with("format", "json");
    let events = answer(&provider, LlmRequest { options: own, ..asked("Hello there") }).await;
    assert_eq!(events.last(), Some(&LlmEvent::Stopped(StopReason::Length)));
    let body = &chats(&fake)[0];
    assert_eq!(body["keep_alive"], -1);
    assert_eq!(body["options"], json!({ "num_ctx": 8_192, "num_predict": 2, "temperature": 0.0 }));
    assert_eq!(body["format"], "json");
    let unknown = LlmRequest { options: Options::new().with("volume", 1), ..asked("Hi") };
    assert_eq!(provider.chat(unknown).collect().await.unwrap_err().kind(), ErrorKind::Config);
}

#[tokio::test]
async fn tools_are_called_at_once_and_one_after_the_other() {
    for fake in [FakeOllama::start().await.unwrap(), FakeOllama::start().await.unwrap().without_ids()] {
        let provider = provider(&fake);
        let tools =
            vec![ToolSpec::new("weather", "Says the weather."), ToolSpec::new("clock", "Says the time.")];
        let mut request = LlmRequest { tools, ..asked("weather and clock") };
        let mut ids = Vec::new();
        for round in 0..2 {
            let events = answer(&provider, request.clone()).await;
            let calls: Vec<ToolCall> = events
                .iter()
                .filter_map(|event| match event {
                    LlmEvent::ToolCall(call) => Some(call.clone()),
                    _ => None,
                })
                .collect();
            let names: Vec<&str> = calls.iter().map(|call| call.name.as_str()).collect();
            let expected: &[&str] = if round == 0 { &["weather", "clock"] } else { &["clock"] };
            assert_eq!(names, expected);
            assert_eq!(events.last(), Some(&LlmEvent::Stopped(StopReason::Tools)));
            ids.extend(calls.iter().map(|call| call.id.clone()));
            request.messages.push(Message::Assistant {
                text: text_of(&events),
                calls: calls.clone(),
                interrupted: false,
            });
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
async fn thinking_is_off_and_is_never_said() {
    let fake = FakeOllama::start()
        .await
        .unwrap()
        .model(FakeModel::new("thinker:4b").capabilities(&["completion", "thinking"]))
        .model(FakeModel::new("gpt-oss:20b").capabilities(&["completion", "thinking"]).family("gptoss"));
    for (model, think, sent) in [
        ("fake", Think::Off, Value::Null),
        ("thinker:4b", Think::Off, json!(false)),
        ("thinker:4b", Think::On, json!(true)),
        ("thinker:4b", Think::High, json!("high")),
        ("gpt-oss:20b", Think::Off, json!("low")),
    ] {
        let options = OllamaOptions { model: model.to_owned(), think, ..options(&fake) };
        let events = answer(&Ollama::new(options).unwrap(), asked("Hello there")).await;
        assert_eq!(text_of(&events), ANSWER);
        assert_eq!(chats(&fake).last().unwrap()["think"], sent, "{model} {think:?}");
    }
    let on = OllamaOptions { think: Think::On, ..options(&fake) };
    let error = Ollama::new(on).unwrap().chat(asked("Hi")).collect().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unsupported, "{error}");
}

#[tokio::test]
async fn what_a_model_can_do_is_asked_once() {
    let fake = FakeOllama::start().await.unwrap();
    let provider = provider(&fake);
    for _ in 0..3 {
        answer(&provider, asked("Hello there")).await;
    }
    let paths: Vec<String> = fake.seen().into_iter().map(|seen| seen.path).collect();
    assert_eq!(paths, ["/api/show", "/api/chat", "/api/chat", "/api/chat"]);
}

#[tokio::test]
async fn a_conversation_without_anything_in_it_asks_nobody() {
    let fake = FakeOllama::start().await.unwrap();
    let events = answer(&provider(&fake), LlmRequest::default()).await;
    assert_eq!(events, [LlmEvent::Stopped(StopReason::Finished)]);
    assert_eq!(fake.begun(), 0);
    let greeting = LlmRequest { system_prompt: "Greet.".to_owned(), ..LlmRequest::default() };
    assert_eq!(text_of(&answer(&provider(&fake), greeting).await), "Grüße! How can I help?");
}

#[tokio::test]
async fn a_stream_that_is_dropped_closes_its_connection() {
    let fake = FakeOllama::start().await.unwrap().spoiled(Fault::Endless);
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
async fn keys_are_sent_and_never_shown() {
    let fake = FakeOllama::start().await.unwrap().key("sesame-4711");
    let with = |key: &str| OllamaOptions { api_key: Secret::new(key), ..options(&fake) };
    let provider = Ollama::new(with("sesame-4711")).unwrap();
    let wire = Arc::new(Mutex::new(String::new()));
    let heard = Arc::clone(&wire);
    let trace = Trace::to(move |record| heard.lock().unwrap().push_str(record.message));
    let events = answer(&provider, LlmRequest { trace, ..asked("Hello there") }).await;
    assert_eq!(text_of(&events), ANSWER);
    let traced = wire.lock().unwrap().clone();
    assert!(traced.contains("Hello there") && !traced.contains("4711"));
    assert!(!format!("{provider:?} {:?}", with("sesame-4711")).contains("4711"));
    // A vendor that repeats the key in its error.
    fake.spoil(Fault::Status(400, "what is sesame-4711?".to_owned(), None));
    let error = provider.chat(asked("Hi")).collect().await.unwrap_err();
    assert!(!format!("{error} {error:?}").contains("4711"), "{error}");
    fake.spoil(Fault::Error("what is sesame-4711?".to_owned()));
    let error = provider.chat(asked("Hi")).collect().await.unwrap_err();
    assert!(!format!("{error} {error:?}").contains("4711"), "{error}");
    let error = Ollama::new(with("wrong-4711")).unwrap().chat(asked("Hi")).collect().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Auth);
    assert!(!error.to_string().contains("4711"), "{error}");
}
