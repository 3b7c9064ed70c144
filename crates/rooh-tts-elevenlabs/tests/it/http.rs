//! What is particular to HTTP.

use rooh_core::ErrorKind;
use rooh_core::tts::TtsProvider;
use rooh_testkit::fakes::FakeElevenLabs;
use rooh_tts_elevenlabs::{Api, ElevenLabs, ElevenLabsOptions};

use crate::{heard, marks, options, speak};

#[tokio::test]
async fn models_of_later_generations_speak_over_http_by_themselves() {
    let fake = FakeElevenLabs::start().await.unwrap();
    let voice =
        ElevenLabs::new(ElevenLabsOptions { model: "eleven_v3".to_owned(), ..options(&fake) }).unwrap();
    assert!(!voice.capabilities().word_times);
    let clauses = ["Hello there. ", "How are you?"];
    let events = speak(&voice, &clauses).await.unwrap();
    assert_eq!(heard(&events), "Hello there. How are you?");
    assert_eq!(marks(&events).iter().map(|mark| mark.text).collect::<Vec<_>>(), [13, 25]);
    assert!(fake.seen().iter().all(|seen| seen.body["previous_text"].is_null()));
}

#[tokio::test]
async fn a_refusal_has_the_kind_of_its_word() {
    for (word, kind) in [
        ("quota_exceeded", ErrorKind::Auth),
        ("voice_not_found", ErrorKind::NotFound),
        ("max_character_limit_exceeded", ErrorKind::Config),
        ("output_format_not_allowed", ErrorKind::Config),
        ("system_busy", ErrorKind::RateLimited),
    ] {
        let fake = FakeElevenLabs::start().await.unwrap().refusing(word, "No.");
        let voice = ElevenLabs::new(ElevenLabsOptions { api: Some(Api::Http), ..options(&fake) }).unwrap();
        let error = speak(&voice, &["Hello."]).await.unwrap_err();
        assert_eq!((error.kind(), error.context("code")), (kind, Some(word)), "{error}");
        assert_eq!(error.message(), "ElevenLabs refused: No.");
    }
    let fake = FakeElevenLabs::start().await.unwrap().plain_plan();
    let format = rooh_tts_elevenlabs::OutputFormat::Pcm44100;
    for api in [Api::Http, Api::Websocket] {
        let options = ElevenLabsOptions { api: Some(api), output_format: format, ..options(&fake) };
        let error = speak(&ElevenLabs::new(options).unwrap(), &["Hello."]).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Config, "{error}");
    }
}
