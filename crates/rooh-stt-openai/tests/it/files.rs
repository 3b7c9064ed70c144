//! One file for each utterance.

use std::time::Duration;

use rooh_audio::{AudioFormat, AudioFrame, SessionTime};
use rooh_core::ErrorKind;
use rooh_core::expect::Hints;
use rooh_core::options::{Options, Secret};
use rooh_core::stt::{SttInput, SttRequest};
use rooh_stt_openai::{Api, OpenAi, OpenAiOptions};
use rooh_testkit::fakes::FakeOpenAiAudio;
use serde_json::json;

use crate::{finals, options, provider, put, say, start, texts};

#[tokio::test]
async fn a_file_goes_with_what_helps_to_hear_it() {
    let fake = FakeOpenAiAudio::start().await.unwrap().key("secret");
    let options = OpenAiOptions {
        api_key: Secret::new("secret"),
        keywords: vec!["Rooh".to_owned()],
        logprobs: true,
        temperature: Some(0.2),
        ..options(&fake, Api::Files)
    };
    let request = SttRequest {
        hints: Hints { phrases: vec!["naïve café".to_owned()], ..Hints::default() },
        language: Some("en-US".to_owned()),
        ..SttRequest::default()
    };
    let (feed, events) = start(&OpenAi::new(options).unwrap(), request);
    say(&feed, AudioFormat::WIDEBAND, "Good bread.", Duration::ZERO);
    put(&feed, SttInput::Finalize);
    drop(feed);
    let finals = finals(&events.collect().await.unwrap());
    assert_eq!((finals.len(), finals[0].text.as_str()), (1, "Good bread."));
    assert_eq!(finals[0].language.as_deref(), Some("en"));
    assert!((finals[0].confidence.unwrap() - 0.5).abs() < 1e-6);

    let seen = fake.seen();
    assert_eq!((seen.len(), seen[0].path.as_str()), (1, "/v1/audio/transcriptions"));
    assert_eq!(seen[0].authorization.as_deref(), Some("Bearer secret"));
    let (files, fields): (Vec<_>, Vec<_>) =
        seen[0].parts().into_iter().partition(|part| part.filename.is_some());
    let fields: Vec<_> = fields.iter().map(|part| (part.name.as_str(), part.text())).collect();
    let expected = [
        ("model", "gpt-transcribe"),
        ("response_format", "json"),
        ("keywords[]", "Rooh"),
        ("keywords[]", "naïve café"),
        ("language", "en"),
        ("temperature", "0.2"),
        ("include[]", "logprobs"),
    ];
    assert_eq!(fields, expected.map(|(name, value)| (name, value.to_owned())));
    assert_eq!((files.len(), files[0].name.as_str()), (1, "file"));
    assert_eq!(files[0].filename.as_deref(), Some("audio.wav"));
    assert_eq!(files[0].content_type.as_deref(), Some("audio/wav"));
}

#[tokio::test]
async fn what_holds_nothing_to_hear_is_not_sent() {
    let fake = FakeOpenAiAudio::start().await.unwrap();
    let (feed, events) = start(&provider(&fake, Api::Files), SttRequest::default());
    let silence = AudioFrame::silence(Duration::from_secs(2), AudioFormat::WIDEBAND, SessionTime::ZERO);
    put(&feed, SttInput::Audio(silence));
    put(&feed, SttInput::Finalize);
    let short = AudioFrame::new(vec![9_000; 1_000], AudioFormat::WIDEBAND, SessionTime::ZERO);
    put(&feed, SttInput::Audio(short));
    put(&feed, SttInput::Finalize);
    drop(feed);
    assert_eq!(texts(&events.collect().await.unwrap()), ["", ""]);
    assert_eq!(fake.begun(), 0);
}

#[tokio::test]
async fn a_session_may_have_its_own_language_and_words() {
    let fake = FakeOpenAiAudio::start().await.unwrap();
    let options = OpenAiOptions::files(format!("{}/v1", fake.url()), "whisper-1");
    let own: Options = [("language", json!("de")), ("prompt", json!("Vom Brot."))].into_iter().collect();
    let request = SttRequest { options: own, ..SttRequest::default() };
    let provider = OpenAi::new(options).unwrap();
    let (feed, events) = start(&provider, request);
    say(&feed, AudioFormat::WIDEBAND, "Gutes Brot.", Duration::ZERO);
    drop(feed);
    assert_eq!(texts(&events.collect().await.unwrap()), ["Gutes Brot."]);
    let parts = fake.seen()[0].parts();
    let field = |name: &str| parts.iter().find(|part| part.name == name).map(|part| part.text());
    assert_eq!((field("language").as_deref(), field("prompt").as_deref()), (Some("de"), Some("Vom Brot.")));

    let wrong: Options = [("tone", json!("calm"))].into_iter().collect();
    let (feed, events) = start(&provider, SttRequest { options: wrong, ..SttRequest::default() });
    say(&feed, AudioFormat::WIDEBAND, "Gutes Brot.", Duration::ZERO);
    drop(feed);
    assert_eq!(events.collect().await.unwrap_err().kind(), ErrorKind::Config);
}
