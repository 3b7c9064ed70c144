//! What Flux is asked, and what becomes of its turns.

use rooh_core::ErrorKind;
use rooh_core::options::Options;
use rooh_core::stt::TurnSignal;
use serde_json::json;

use crate::*;

fn turns(events: &[SttEvent]) -> Vec<&'static str> {
    let turns = events.iter().filter_map(|event| match event {
        SttEvent::Turn(TurnSignal::Start) => Some("start"),
        SttEvent::Turn(TurnSignal::EagerEnd { .. }) => Some("eager"),
        SttEvent::Turn(TurnSignal::Resume) => Some("resume"),
        SttEvent::Turn(TurnSignal::End { .. }) => Some("end"),
        _ => None,
    });
    turns.collect()
}

#[tokio::test]
async fn a_turn_begins_may_be_over_goes_on_and_ends() {
    let fake = FakeDeepgram::start().await.unwrap();
    let options = DeepgramOptions { eager_eot_threshold: Some(0.4), ..options(&fake, "flux-general-en") };
    let mut talk = Talk::new(&provider(options));
    talk.pause(600);
    talk.say("book a table");
    talk.pause(400);
    talk.say("for four");
    talk.pause(900);
    let (mut events, last) = talk.until_final().await;
    events.push(talk.next().await.unwrap().unwrap());
    assert_eq!(last.text, "book a table for four");
    assert_eq!(turns(&events), ["start", "eager", "resume", "eager", "end"]);
    let partials = partials(&events);
    assert_eq!(partials, ["book", "book a", "book a table", "book a table for", "book a table for four"]);
    let starts: Vec<u64> = last.words.iter().map(|word| word.start.as_millis()).collect();
    assert!(starts[0].abs_diff(600) <= 2 && starts[3].abs_diff(1_600) <= 2, "{starts:?}");
}

#[tokio::test]
async fn a_question_ends_the_turn_and_is_no_judgement() {
    let fake = FakeDeepgram::start().await.unwrap();
    let mut talk = Talk::new(&provider(options(&fake, "flux-general-en")));
    for text in ["yes", "no thank you"] {
        talk.say(text);
        talk.finalize();
        let (before, last) = talk.until_final().await;
        assert_eq!((last.text.as_str(), turns(&before)), (text, vec!["start"]));
    }
    // Nothing but noise: Flux does not answer where there is no turn.
    talk.pause(400);
    talk.finalize();
    assert_eq!(talk.final_text().await, "");
    talk.end();
    let (rest, error) = talk.rest().await;
    assert!(
        rest.iter().all(|event| matches!(event, SttEvent::Turn(_))) && error.is_none(),
        "{rest:?} {error:?}"
    );
    assert_eq!(told(&fake, "ForceEndTurn").len(), 3);
}

#[tokio::test]
async fn a_server_that_is_behind_loses_no_word() {
    let fake = FakeDeepgram::start().await.unwrap().lag(Duration::from_millis(250));
    let mut talk = Talk::new(&provider(options(&fake, "flux-general-en")));
    let mut heard = Vec::new();
    for text in ["one two three", "four", "five six"] {
        talk.say(text);
        talk.pause(300);
        talk.finalize();
        heard.push(talk.final_text().await);
    }
    talk.end();
    heard.extend(finals(&talk.rest().await.0));
    let heard = heard.join(" ");
    let words: Vec<&str> = heard.split_whitespace().collect();
    assert_eq!(words, ["one", "two", "three", "four", "five", "six"]);
}

#[tokio::test]
async fn audio_that_stops_is_followed_by_silence_so_that_the_turn_ends() {
    let fake = FakeDeepgram::start().await.unwrap();
    let mut talk = Talk::new(&provider(options(&fake, "flux-general-en")));
    talk.say("that is all");
    // Nothing more comes from the session, and nobody asks.
    assert_eq!(talk.final_text().await, "that is all");
    assert!(told(&fake, "KeepAlive").is_empty());
    // What comes after it lies where it was said.
    talk.at = SessionTime::from_millis(9_000);
    talk.say("wait");
    talk.finalize();
    let words = talk.until_final().await.1.words;
    assert!(words[0].start.as_millis().abs_diff(9_000) <= 2, "{words:?}");
}

#[tokio::test]
async fn thresholds_are_asked_for_and_change_on_the_way() {
    let fake = FakeDeepgram::start().await.unwrap();
    let options = DeepgramOptions {
        eot_threshold: Some(0.8),
        eot_timeout_ms: Some(3_000),
        keyterms: vec!["Rooh".to_owned()],
        language_hints: vec!["de".to_owned(), "en".to_owned()],
        ..options(&fake, "flux-general-multi")
    };
    let mut talk = Talk::new(&provider(options));
    talk.put(SttInput::Options(Options::new().with("eot_threshold", 1.0).with("numerals", true)));
    talk.say("one");
    talk.pause(900);
    talk.finalize();
    assert_eq!(talk.final_text().await, "one");
    let mut params = fake.seen()[0].params();
    params.sort();
    let params: Vec<String> = params.iter().map(|(name, value)| format!("{name}={value}")).collect();
    let expected = [
        "encoding=linear16",
        "eot_threshold=0.8",
        "eot_timeout_ms=3000",
        "keyterm=Rooh",
        "language_hint=de",
        "language_hint=en",
        "model=flux-general-multi",
        "sample_rate=16000",
    ];
    assert_eq!(params, expected);
    let told = told(&fake, "Configure");
    assert_eq!(told.len(), 1);
    assert_eq!(told[0]["thresholds"], json!({ "eot_threshold": 1.0, "eot_timeout_ms": 3_000 }));
    assert_eq!(told[0]["numerals"], true);
}

#[tokio::test]
async fn a_language_that_the_model_does_not_understand_is_refused() {
    let fake = FakeDeepgram::start().await.unwrap();
    let german = SttRequest { language: Some("de".to_owned()), ..SttRequest::default() };
    let mut talk = Talk::with(&provider(options(&fake, "flux-general-en")), german.clone());
    let error = talk.rest().await.1.unwrap();
    assert_eq!(error.kind(), ErrorKind::Config);
    assert!(error.to_string().contains("flux-general-multi"), "{error}");
    let mut talk = Talk::with(&provider(options(&fake, "flux-general-multi")), german);
    talk.say("ja");
    talk.finalize();
    assert_eq!(talk.final_text().await, "ja");
    assert_eq!(fake.seen()[0].param("language_hint").as_deref(), Some("de"));
}
