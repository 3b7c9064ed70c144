//! A realtime session.

use std::time::Duration;

use rooh_audio::{AudioFormat, AudioFrame, SessionTime};
use rooh_core::ErrorKind;
use rooh_core::expect::{Expected, Hints};
use rooh_core::options::{Options, Secret};
use rooh_core::provider::FromOptions;
use rooh_core::stt::{SttEvent, SttInput, SttProvider, SttRequest, TurnSignal};
use rooh_stt_openai::{Api, Delay, NoiseReduction, OpenAi, OpenAiOptions, TurnDetection};
use rooh_testkit::fakes::{FakeOpenAiAudio, Message};
use serde_json::{Value, json};

use crate::{finals, options, provider, put, say, start, texts};

const FORMAT: AudioFormat = AudioFormat::mono(24_000);

/// What the fake has heard of this type.
fn heard(fake: &FakeOpenAiAudio, kind: &str) -> Vec<Value> {
    fake.heard().iter().map(Message::json).filter(|event| event["type"] == kind).collect()
}

#[tokio::test]
async fn a_session_is_told_all_that_it_is_to_be() {
    let fake = FakeOpenAiAudio::start().await.unwrap().key("secret");
    let live = OpenAiOptions {
        api_key: Secret::new("secret"),
        keywords: vec!["Rooh".to_owned()],
        logprobs: true,
        noise_reduction: Some(NoiseReduction::NearField),
        ..options(&fake, Api::Live)
    };
    let request = SttRequest { language: Some("en-US".to_owned()), ..SttRequest::default() };
    let (feed, events) = start(&OpenAi::new(live).unwrap(), request);
    say(&feed, FORMAT, "Good bread.", Duration::ZERO);
    put(&feed, SttInput::Finalize);
    drop(feed);
    let finals = finals(&events.collect().await.unwrap());
    assert_eq!((finals.len(), finals[0].text.as_str()), (1, "Good bread."));
    assert_eq!(finals[0].language.as_deref(), Some("en"));
    assert!((finals[0].confidence.unwrap() - 0.5).abs() < 1e-6);
    let expected = json!({
        "type": "session.update", "event_id": "rooh_session",
        "session": {
            "type": "transcription",
            "audio": { "input": {
                "format": { "type": "audio/pcm", "rate": 24_000 },
                "transcription": { "model": "gpt-live-transcribe", "keywords": ["Rooh"], "language": "en" },
                "turn_detection": null,
                "noise_reduction": { "type": "near_field" },
            } },
            "include": ["item.input_audio_transcription.logprobs"],
        },
    });
    assert_eq!(heard(&fake, "session.update"), [expected]);
    let seen = &fake.seen()[0];
    assert_eq!((seen.path.as_str(), seen.query.as_str()), ("/v1/realtime", "intent=transcription"));
    assert_eq!(seen.authorization.as_deref(), Some("Bearer secret"));
    assert!(!seen.query.contains("secret"));
}

#[tokio::test]
async fn each_finalize_is_a_commit_unless_there_is_nothing_to_commit() {
    let fake = FakeOpenAiAudio::start().await.unwrap();
    let (feed, events) = start(&provider(&fake, Api::Live), SttRequest::default());
    put(&feed, SttInput::Finalize);
    say(&feed, FORMAT, "Good bread.", Duration::ZERO);
    put(&feed, SttInput::Finalize);
    put(&feed, SttInput::Finalize);
    // Too little for the vendor, but perhaps the beginning of a word.
    put(&feed, SttInput::Audio(AudioFrame::silence(Duration::from_millis(30), FORMAT, SessionTime::ZERO)));
    put(&feed, SttInput::Finalize);
    drop(feed);
    assert_eq!(texts(&events.collect().await.unwrap()), ["", "Good bread.", "", ""]);
    let commits = heard(&fake, "input_audio_buffer.commit");
    let names: Vec<&str> = commits.iter().filter_map(|commit| commit["event_id"].as_str()).collect();
    assert_eq!(names, ["rooh_commit_1", "rooh_commit_2"]);
}

#[tokio::test]
async fn transcripts_that_come_out_of_order_are_put_in_order() {
    let fake = FakeOpenAiAudio::start().await.unwrap().out_of_order();
    let (feed, events) = start(&provider(&fake, Api::Live), SttRequest::default());
    for text in ["First one.", "Second one.", "Third one.", "Fourth one.", "Fifth one."] {
        say(&feed, FORMAT, text, Duration::ZERO);
        put(&feed, SttInput::Finalize);
    }
    drop(feed);
    let texts = texts(&events.collect().await.unwrap());
    assert_eq!(texts, ["First one.", "Second one.", "Third one.", "Fourth one.", "Fifth one."]);
}

#[tokio::test]
async fn words_may_come_while_they_are_being_said() {
    let fake = FakeOpenAiAudio::start().await.unwrap().early();
    let options = OpenAiOptions {
        delay: Some(Delay::Low),
        model: Some("gpt-realtime-whisper".to_owned()),
        ..options(&fake, Api::Live)
    };
    let (feed, mut events) = start(&OpenAi::new(options).unwrap(), SttRequest::default());
    say(&feed, FORMAT, "One two three.", Duration::ZERO);
    let mut partials = Vec::new();
    while partials.last().is_none_or(|last: &String| last != "One two three.") {
        match events.next().await.unwrap().unwrap() {
            SttEvent::Partial(part) => partials.push(part.text),
            other => panic!("{other:?} before Finalize"),
        }
    }
    assert_eq!(partials, ["One", "One two", "One two three."]);
    put(&feed, SttInput::Finalize);
    assert!(
        matches!(events.next().await, Some(Ok(SttEvent::Final(whole))) if whole.text == "One two three.")
    );
}

#[tokio::test]
async fn the_vendor_judges_turns_if_it_is_asked_to() {
    let fake = FakeOpenAiAudio::start().await.unwrap();
    let options = OpenAiOptions {
        turn_detection: TurnDetection::ServerVad,
        vad_silence_ms: Some(300),
        ..options(&fake, Api::Live)
    };
    let provider = OpenAi::new(options).unwrap();
    assert!(provider.capabilities().turns);
    let (feed, events) = start(&provider, SttRequest::default());
    for text in ["Good bread.", "Fresh rolls."] {
        say(&feed, FORMAT, text, Duration::from_secs(1));
    }
    drop(feed);
    let events = events.collect().await.unwrap();
    let told = events.iter().filter_map(|event| match event {
        SttEvent::Final(whole) => Some(whole.text.clone()),
        SttEvent::Turn(TurnSignal::Start) => Some("start".to_owned()),
        SttEvent::Turn(TurnSignal::End { .. }) => Some("end".to_owned()),
        _ => None,
    });
    let told: Vec<String> = told.collect();
    assert_eq!(told, ["start", "Good bread.", "end", "start", "Fresh rolls.", "end"]);
}

#[tokio::test]
async fn hints_that_change_are_told_and_those_that_do_not_are_not() {
    let fake = FakeOpenAiAudio::start().await.unwrap();
    let (feed, events) = start(&provider(&fake, Api::Live), SttRequest::default());
    let hints = |words: &[&str]| {
        let words = words.iter().map(|word| (*word).to_owned()).collect();
        SttInput::Hints(Hints { expected: Expected::OneOf(words), ..Hints::default() })
    };
    put(&feed, hints(&["left", "right"]));
    put(&feed, hints(&["left", "right"]));
    put(&feed, SttInput::Options([("language", json!("de"))].into_iter().collect::<Options>()));
    put(&feed, hints(&[]));
    drop(feed);
    events.collect().await.unwrap();
    let told: Vec<Value> = heard(&fake, "session.update")
        .into_iter()
        .skip(1)
        .map(|event| event["session"]["audio"]["input"]["transcription"].clone())
        .collect();
    let model = "gpt-live-transcribe";
    let expected = [
        json!({ "model": model, "keywords": ["left", "right"], "prompt": "" }),
        json!({ "model": model, "keywords": ["left", "right"], "language": "de", "prompt": "" }),
        json!({ "model": model, "keywords": [], "language": "de", "prompt": "" }),
    ];
    assert_eq!(told, expected);
}

#[tokio::test]
async fn a_session_that_reaches_its_longest_time_can_be_opened_again() {
    let fake = FakeOpenAiAudio::start().await.unwrap().expiring();
    let (feed, events) = start(&provider(&fake, Api::Live), SttRequest::default());
    say(&feed, FORMAT, "Good bread.", Duration::ZERO);
    put(&feed, SttInput::Finalize);
    let error = events.collect().await.unwrap_err();
    assert_eq!((error.kind(), error.context("code")), (ErrorKind::Network, Some("session_expired")));
    assert!(error.is_transient());
}

#[tokio::test]
async fn an_item_that_fails_says_whether_another_try_would_help() {
    for (code, kind) in [
        ("server_error", Some(ErrorKind::Network)),
        ("rate_limit_exceeded", Some(ErrorKind::RateLimited)),
        ("insufficient_quota", Some(ErrorKind::Auth)),
        ("audio_unintelligible", None),
    ] {
        let fake = FakeOpenAiAudio::start().await.unwrap().failing(code);
        let (feed, events) = start(&provider(&fake, Api::Live), SttRequest::default());
        say(&feed, FORMAT, "Good bread.", Duration::ZERO);
        put(&feed, SttInput::Finalize);
        drop(feed);
        match (events.collect().await, kind) {
            (Ok(events), None) => assert_eq!(texts(&events), [""]),
            (Err(error), Some(kind)) => assert_eq!(error.kind(), kind, "{error}"),
            (other, _) => panic!("{code}: {other:?}"),
        }
    }
}

#[tokio::test]
async fn a_language_that_the_vendor_does_not_know_is_a_matter_of_options() {
    let fake = FakeOpenAiAudio::start().await.unwrap();
    let options = OpenAiOptions { language: Some("english".to_owned()), ..options(&fake, Api::Live) };
    let (feed, events) = start(&OpenAi::new(options).unwrap(), SttRequest::default());
    let error = events.collect().await.unwrap_err();
    drop(feed);
    assert_eq!(error.kind(), ErrorKind::Config);
    assert!(error.to_string().contains("english"), "{error}");
}

#[test]
fn the_older_models_are_announced_to_end_and_the_usual_ones_are_not() {
    let ends = |model: &str| OpenAi::INFO.retired.iter().find(|retired| retired.is(model)).map(|end| end.on);
    for model in
        ["whisper-1", "gpt-4o-transcribe", "gpt-4o-transcribe-diarize", "gpt-4o-mini-transcribe-2025-12-15"]
    {
        assert_eq!(ends(model), Some("2027-02-26"), "{model}");
    }
    for model in ["gpt-live-transcribe", "gpt-transcribe", "gpt-realtime-whisper"] {
        assert_eq!(ends(model), None, "{model}");
    }
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
    assert!(new("https://api.openai.com/v1", "key").is_ok());
    let shown = format!("{:?}", new("http://127.0.0.1:8000/v1", "hidden").unwrap());
    assert!(!shown.contains("hidden"), "{shown}");
}
