//! What is sent, to the letter; where the key goes.

use std::sync::{Arc, Mutex};

use rooh_core::trace::Trace;
use rooh_core::tts::TtsRequest;
use rooh_testkit::fakes::{FakeElevenLabs, Message};
use rooh_tts_elevenlabs::{Api, ElevenLabs, ElevenLabsOptions, Normalization, PronunciationDictionary};
use serde_json::{Value, json};

use crate::{options, session, speak, told};

fn full(fake: &FakeElevenLabs) -> ElevenLabsOptions {
    ElevenLabsOptions {
        apply_text_normalization: Some(Normalization::Off),
        enable_logging: Some(false),
        language_code: Some("de".to_owned()),
        pronunciation_dictionaries: vec![PronunciationDictionary {
            id: "d1".to_owned(),
            version: Some("v1".to_owned()),
        }],
        seed: Some(7),
        similarity_boost: Some(0.75),
        speed: Some(1.1),
        stability: Some(0.5),
        style: Some(0.0),
        use_speaker_boost: Some(true),
        ..options(fake)
    }
}

/// The client of the vendor reads these messages in the certification of the fake.
#[tokio::test]
async fn a_reply_over_a_socket_is_these_messages_and_no_others() {
    let fake = FakeElevenLabs::start().await.unwrap();
    let voice = ElevenLabs::new(full(&fake)).unwrap();
    speak(&*session(&voice), &["", "Grüße\nan alle. ", "…", "Bis bald!"]).await.unwrap();
    let seen = fake.seen().remove(0);
    assert_eq!(seen.path, "/v1/text-to-speech/JBFqnCBsd6RMkjVDRZzb/multi-stream-input");
    let params = [
        ("output_format", "pcm_8000"),
        ("enable_logging", "false"),
        ("model_id", "eleven_flash_v2_5"),
        ("auto_mode", "true"),
        ("sync_alignment", "true"),
        ("inactivity_timeout", "180"),
        ("language_code", "de"),
        ("apply_text_normalization", "off"),
        ("seed", "7"),
    ];
    assert_eq!(seen.params(), params.map(|(name, value)| (name.to_owned(), value.to_owned())));
    let heard: Vec<Value> = fake.heard().iter().map(Message::json).collect();
    assert_eq!(
        heard,
        [
            json!({
                "text": " ", "context_id": "reply-1",
                "voice_settings": {
                    "similarity_boost": 0.75, "speed": 1.1, "stability": 0.5, "style": 0.0,
                    "use_speaker_boost": true,
                },
                "pronunciation_dictionary_locators": [
                    { "pronunciation_dictionary_id": "d1", "version_id": "v1" },
                ],
            }),
            json!({ "text": "Grüße an alle. ", "context_id": "reply-1", "flush": true }),
            json!({ "text": "Bis bald! ", "context_id": "reply-1", "flush": true }),
            json!({ "context_id": "reply-1", "close_context": true }),
        ]
    );
}

#[tokio::test]
async fn a_clause_over_http_is_this_request_and_no_other() {
    let fake = FakeElevenLabs::start().await.unwrap();
    let voice = ElevenLabs::new(ElevenLabsOptions { api: Some(Api::Http), ..full(&fake) }).unwrap();
    speak(&voice, &["Grüße. ", "… ", "Bis bald!"]).await.unwrap();
    let seen = fake.seen();
    assert_eq!(seen.len(), 2);
    assert_eq!(seen[0].path, "/v1/text-to-speech/JBFqnCBsd6RMkjVDRZzb/stream");
    assert_eq!(seen[0].query, "output_format=pcm_8000&enable_logging=false");
    let mut body = json!({
        "text": "Grüße.", "model_id": "eleven_flash_v2_5",
        "voice_settings": {
            "similarity_boost": 0.75, "speed": 1.1, "stability": 0.5, "style": 0.0, "use_speaker_boost": true,
        },
        "language_code": "de", "seed": 7, "apply_text_normalization": "off",
        "pronunciation_dictionary_locators": [{ "pronunciation_dictionary_id": "d1", "version_id": "v1" }],
    });
    assert_eq!(seen[0].body, body);
    body["text"] = json!("Bis bald!");
    body["previous_text"] = json!("Grüße.");
    assert_eq!(seen[1].body, body);
}

#[tokio::test]
async fn what_was_not_set_is_not_sent() {
    let fake = FakeElevenLabs::start().await.unwrap();
    let voice = ElevenLabs::new(options(&fake)).unwrap();
    let request = TtsRequest { language: Some("fr-CA".to_owned()), ..TtsRequest::default() };
    assert!(told(&voice, request, &["Oui."]).await.1.is_none());
    let seen = fake.seen().remove(0);
    let names: Vec<String> = seen.params().into_iter().map(|(name, _)| name).collect();
    assert_eq!(
        names,
        ["output_format", "model_id", "auto_mode", "sync_alignment", "inactivity_timeout", "language_code"]
    );
    assert_eq!(seen.param("language_code").as_deref(), Some("fr"));
    assert_eq!(fake.heard()[0].json(), json!({ "text": " ", "context_id": "reply-1" }));
}

#[tokio::test]
async fn the_key_goes_in_its_header_and_nowhere_else() {
    for api in [Api::Http, Api::Websocket] {
        let fake = FakeElevenLabs::start().await.unwrap().key("sk_4711");
        let voice = ElevenLabs::new(ElevenLabsOptions { api: Some(api), ..options(&fake) }).unwrap();
        let traced = Arc::new(Mutex::new(String::new()));
        let sink = Arc::clone(&traced);
        let trace = Trace::to(move |record| {
            let mut all = sink.lock().unwrap();
            all.push_str(record.message);
        });
        let session = session(&voice);
        session.prewarm().collect().await.unwrap();
        let request = TtsRequest { trace, ..TtsRequest::default() };
        assert!(told(&*session, request, &["Hello."]).await.1.is_none());
        for seen in fake.seen() {
            assert_eq!(seen.header("xi-api-key"), Some("sk_4711"));
            let others = seen.headers.iter().filter(|(name, _)| name != "xi-api-key");
            let rest =
                format!("{:?} {} {} {:?}", others.collect::<Vec<_>>(), seen.path, seen.query, seen.body);
            assert!(!rest.contains("4711"), "{rest}");
        }
        let traced = traced.lock().unwrap();
        assert!(traced.contains("Hello.") && !traced.contains("4711"), "{traced}");
        assert!(traced.len() < 10_000, "a trace holds no audio");
        assert!(!format!("{voice:?} {session:?} {:?}", fake.heard()).contains("4711"));
    }
}
