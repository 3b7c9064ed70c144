//! When words are spoken, in bytes of the text.

use std::time::Duration;

use rooh_core::tts::TtsEvent;
use rooh_testkit::fakes::{Cuts, FakeAlignment, FakeElevenLabs};
use rooh_tts_elevenlabs::{ElevenLabs, ElevenLabsOptions, OutputFormat, PronunciationDictionary};

use crate::{heard, marks, options, provider, session, speak};

const CLAUSES: [&str; 5] =
    ["Grüße, ça va? ", "🥐 — … ", "Das kostet 5 Euro; ", "日本語 ok 👩‍👩‍👧 ", "naïve café-bar."];

async fn spoken(alignment: FakeAlignment, cuts: Cuts) -> Vec<(String, u64)> {
    let fake = FakeElevenLabs::start().await.expect("a port is free").alignment(alignment);
    fake.cut(cuts);
    let events = speak(&*session(&provider(&fake)), &CLAUSES).await.expect("they are spoken");
    assert_eq!(heard(&events), "Grüße, ça va? Das kostet 5 Euro; 日本語 ok naïve café-bar.");
    let text = CLAUSES.concat();
    let mut yielded = Duration::ZERO;
    for event in &events {
        match event {
            TtsEvent::Audio(frame) => yielded += frame.duration(),
            TtsEvent::Spoken(mark) => assert!(yielded <= mark.audio + Duration::from_millis(1), "{mark:?}"),
            _ => {}
        }
    }
    let marks = marks(&events);
    assert!(marks.is_sorted() && marks.iter().all(|mark| text.is_char_boundary(mark.text)), "{marks:?}");
    let last = marks.last().expect("the end is marked");
    assert!(last.text == text.len() && last.audio <= yielded, "{last:?}");
    marks.iter().map(|mark| (text[..mark.text].to_owned(), mark.audio.as_millis() as u64)).collect()
}

/// The ends of what is spoken, without what came before.
fn ends(marks: &[(String, u64)]) -> Vec<&str> {
    marks.iter().map(|(text, _)| text.split(' ').next_back().unwrap_or_default()).collect()
}

#[tokio::test]
async fn every_word_is_marked_where_its_sound_ends_whatever_the_cuts() {
    let whole = spoken(FakeAlignment::Both, Cuts::Lines).await;
    let words = [
        "Grüße,",
        "ça",
        "va?",
        "Das",
        "kostet",
        "5",
        "Euro;",
        "日",
        "日本",
        "日本語",
        "ok",
        "naïve",
        "café-bar.",
    ];
    assert_eq!(ends(&whole), words);
    // Two hundred milliseconds for a word, of which the last twenty are silent; the fake speaks a
    // question mark as long as a letter, and the word is over before it.
    for (place, (text, at)) in whole.iter().enumerate().filter(|(place, _)| *place < 7) {
        let end = 200 * (place as u64 + 1) - 20;
        assert!(at.abs_diff(end) <= 62, "{text:?} ends at {at} ms, not at {end}");
    }
    assert_eq!(spoken(FakeAlignment::Both, Cuts::Size(3)).await, whole);
}

#[tokio::test]
async fn what_was_written_out_is_found_again() {
    let marks = spoken(FakeAlignment::Normalized, Cuts::Lines).await;
    let words =
        ["Grüße,", "ça", "va?", "Das", "kostet", "Euro;", "日", "日本", "日本語", "ok", "naïve", "café-bar."];
    assert_eq!(ends(&marks), words);
}

#[tokio::test]
async fn a_vendor_that_tells_no_times_speaks_all_the_same() {
    let marks = spoken(FakeAlignment::None, Cuts::Lines).await;
    assert!(marks.len() <= CLAUSES.len(), "{marks:?}");
}

#[tokio::test]
async fn with_a_dictionary_the_text_that_is_spoken_counts() {
    let fake = FakeElevenLabs::start().await.unwrap();
    let dictionary = PronunciationDictionary { id: "d1".to_owned(), version: None };
    let options = ElevenLabsOptions { pronunciation_dictionaries: vec![dictionary], ..options(&fake) };
    let text = "It is 5 now.";
    let events = speak(&ElevenLabs::new(options).unwrap(), &[text]).await.unwrap();
    let marks: Vec<&str> = marks(&events).iter().map(|mark| &text[..mark.text]).collect();
    assert_eq!(marks, ["It", "It is", "It is 5 now."]);
    assert_eq!(
        fake.heard()[0].json()["pronunciation_dictionary_locators"][0]["pronunciation_dictionary_id"],
        "d1"
    );
}

#[tokio::test]
async fn every_format_is_understood() {
    for format in OutputFormat::ALL {
        let fake = FakeElevenLabs::start().await.unwrap();
        for api in [rooh_tts_elevenlabs::Api::Http, rooh_tts_elevenlabs::Api::Websocket] {
            let options = ElevenLabsOptions { api: Some(api), output_format: *format, ..options(&fake) };
            let events = speak(&ElevenLabs::new(options).unwrap(), &["I bake bread."]).await.unwrap();
            assert_eq!(heard(&events), "I bake bread.", "{format:?} {api:?}");
        }
    }
}
