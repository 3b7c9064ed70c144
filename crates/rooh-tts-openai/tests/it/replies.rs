//! What is asked of the server, and when.

use std::time::Duration;

use rooh_core::ErrorKind;
use rooh_core::options::{Options, Secret};
use rooh_core::provider::FromOptions;
use rooh_core::stream::inlet;
use rooh_core::tts::{Spoken, TtsEvent, TtsProvider, TtsRequest};
use rooh_testkit::fakes::{FakeOpenAiAudio, Fault};
use rooh_tts_openai::{OpenAi, OpenAiOptions};
use serde_json::json;
use tokio::time::timeout;

use crate::{heard, options, provider, say, synthesize};

/// Waits until the fake has seen so many requests.
async fn until_begun(fake: &FakeOpenAiAudio, count: u64) {
    let begun = async {
        while fake.begun() < count {
            tokio::task::yield_now().await;
        }
    };
    timeout(Duration::from_secs(20), begun).await.expect("the request comes");
}

#[tokio::test]
async fn one_clause_is_asked_for_ahead_and_no_more() {
    let fake = FakeOpenAiAudio::start().await.unwrap();
    let provider = provider(&fake);
    fake.spoil(Fault::Stall(20_000));
    let mut events = synthesize(&provider, TtsRequest::default(), &["One two three four.", "Five.", "Six."]);
    let mut reading = std::pin::pin!(async { while events.next().await.is_some() {} });
    tokio::select! {
        () = until_begun(&fake, 2) => {}
        () = &mut reading => panic!("the first clause has no end"),
    }
    assert!(timeout(Duration::from_millis(100), reading).await.is_err());
    assert_eq!(fake.begun(), 2);
}

#[tokio::test]
async fn a_clause_that_comes_while_one_is_spoken_is_asked_for_at_once() {
    let fake = FakeOpenAiAudio::start().await.unwrap();
    let provider = provider(&fake);
    fake.spoil(Fault::Stall(20_000));
    let (feed, text) = inlet(4);
    let mut events = provider.synthesize(TtsRequest::default(), text);
    assert!(feed.try_send("One two three four.".to_owned()).is_ok());
    for _ in 0..5 {
        assert!(matches!(events.next().await, Some(Ok(TtsEvent::Audio(_)))));
    }
    assert!(feed.try_send("Five.".to_owned()).is_ok());
    let reading = async { while events.next().await.is_some() {} };
    tokio::select! {
        () = until_begun(&fake, 2) => {}
        () = reading => panic!("the first clause has no end"),
    }
}

#[tokio::test]
async fn without_prefetch_one_request_is_made_at_a_time() {
    let fake = FakeOpenAiAudio::start().await.unwrap();
    let alone = OpenAi::new(OpenAiOptions { prefetch: false, ..options(&fake) }).unwrap();
    let mut events = synthesize(&alone, TtsRequest::default(), &["One.", "Two."]);
    let mut first = Vec::new();
    while !matches!(first.last(), Some(TtsEvent::Spoken(_))) {
        first.push(events.next().await.unwrap().unwrap());
        assert_eq!(fake.begun(), 1);
    }
    first.extend(events.collect().await.unwrap());
    assert_eq!(heard(&first), "One. Two.");
}

#[tokio::test]
async fn what_cannot_be_pronounced_is_not_asked_for_and_counts_as_spoken() {
    let fake = FakeOpenAiAudio::start().await.unwrap();
    let events = synthesize(&provider(&fake), TtsRequest::default(), &["… ", "Hm. ", "🎉", "—"]);
    let events = events.collect().await.unwrap();
    assert_eq!(fake.begun(), 1);
    let marks: Vec<Spoken> = events
        .iter()
        .filter_map(|event| if let TtsEvent::Spoken(spoken) = event { Some(*spoken) } else { None })
        .collect();
    let texts: Vec<usize> = marks.iter().map(|mark| mark.text).collect();
    assert_eq!(texts, [4, 8, 12, 15]);
    let heard: Vec<u128> = marks.iter().map(|mark| mark.audio.as_millis()).collect();
    assert_eq!(heard, [0, 200, 200, 200]);
}

#[tokio::test]
async fn a_reply_may_have_its_own_voice() {
    let fake = FakeOpenAiAudio::start().await.unwrap();
    let own: Options = [("voice", json!("cedar")), ("speed", json!(1.5)), ("instructions", json!("calm"))]
        .into_iter()
        .collect();
    let request = TtsRequest { options: own, speed: Some(3.0), ..TtsRequest::default() };
    synthesize(&provider(&fake), request, &["Hi."]).collect().await.unwrap();
    let expected = json!({
        "model": "gpt-4o-mini-tts", "input": "Hi.", "voice": "cedar", "response_format": "pcm",
        "instructions": "calm", "speed": 1.5,
    });
    assert_eq!(fake.seen()[0].body, expected);
    let wrong: Options = [("stability", json!(1))].into_iter().collect();
    let request = TtsRequest { options: wrong, ..TtsRequest::default() };
    let error = synthesize(&provider(&fake), request, &["Hi."]).collect().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Config, "{error}");
}

#[tokio::test]
async fn a_file_is_heard_as_well_as_samples() {
    let fake = FakeOpenAiAudio::start().await.unwrap().speaking("wav");
    assert_eq!(say(&provider(&fake), &["Good bread."]).await.unwrap(), "Good bread.");
    let slow = OpenAi::new(OpenAiOptions { sample_rate: 16_000, ..options(&fake) }).unwrap();
    assert_eq!(say(&slow, &["Good bread."]).await.unwrap_err().kind(), ErrorKind::Unsupported);
}

#[tokio::test]
async fn a_connection_that_was_opened_in_advance_is_used() {
    let fake = FakeOpenAiAudio::start().await.unwrap().key("secret");
    let warm = OpenAi::new(OpenAiOptions { api_key: Secret::new("secret"), ..options(&fake) }).unwrap();
    warm.prewarm().collect().await.unwrap();
    assert_eq!(fake.connections(), 1);
    assert_eq!(say(&warm, &["Hi."]).await.unwrap(), "Hi.");
    assert_eq!((fake.connections(), fake.begun()), (1, 2));
    assert!(fake.seen().iter().all(|seen| seen.authorization.as_deref() == Some("Bearer secret")));

    let error = provider(&fake).prewarm().collect().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Auth);
    // A server of one's own need not list its models.
    let open = FakeOpenAiAudio::start().await.unwrap();
    let other = OpenAi::new(OpenAiOptions { model: "kokoro".to_owned(), ..options(&open) }).unwrap();
    other.prewarm().collect().await.unwrap();
}

#[test]
fn a_key_goes_to_its_own_address_and_never_over_an_open_line() {
    let new = |base_url: &str, key: &str| {
        let options = OpenAiOptions {
            api_key: Secret::new(key),
            base_url: base_url.to_owned(),
            cleartext: true,
            ..OpenAiOptions::default()
        };
        OpenAi::new(options).map_err(|error| error.kind())
    };
    assert_eq!(new("http://10.0.0.1/v1", "key").unwrap_err(), ErrorKind::Config);
    assert!(new("http://10.0.0.1/v1", "").is_ok());
    assert_eq!(new("https://api.openai.com/v1", "").unwrap_err(), ErrorKind::Auth);
    assert_eq!(new("https://eu.api.openai.com/v1", "").unwrap_err(), ErrorKind::Auth);
    assert!(new("https://api.openai.com/v1", "key").is_ok());
    let shown = format!("{:?}", new("http://127.0.0.1:8880/v1", "hidden").unwrap());
    assert!(!shown.contains("hidden"), "{shown}");
}

#[test]
fn every_model_of_the_vendor_is_announced_to_end() {
    let ends = |model: &str| OpenAi::INFO.retired.iter().find(|retired| retired.is(model)).map(|end| end.on);
    for model in ["tts-1", "tts-1-hd", "gpt-4o-mini-tts", "gpt-4o-mini-tts-2025-12-15"] {
        assert_eq!(ends(model), Some("2027-01-06"), "{model}");
    }
    assert_eq!(ends("kokoro"), None);
    assert_eq!(ends(&OpenAiOptions::default().model), Some("2027-01-06"));
}
