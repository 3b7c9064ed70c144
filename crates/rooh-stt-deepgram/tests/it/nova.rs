//! What Nova is asked, and what becomes of what it says.

use std::collections::BTreeMap;

use rooh_core::expect::{Expected, Hints};
use rooh_core::options::Options;
use rooh_core::stt::TurnSignal;
use rooh_testkit::fakes::Answers;
use serde_json::json;

use crate::*;

const LONG: &str = "one two three four five six seven eight nine ten eleven";

#[tokio::test]
async fn all_pieces_are_joined_and_partials_hold_all_since_the_last_final() {
    let fake = FakeDeepgram::start().await.unwrap();
    let mut talk = Talk::new(&provider(options(&fake, "nova-3")));
    for _ in 0..2 {
        talk.say(LONG);
        talk.finalize();
        let (before, last) = talk.until_final().await;
        assert_eq!(last.text, LONG);
        let partials = partials(&before);
        assert!(partials.windows(2).all(|pair| pair[1].starts_with(&pair[0])), "{partials:?}");
        assert_eq!(partials.last().unwrap(), LONG);
        assert!(last.confidence.is_some_and(|confidence| confidence > 0.9));
    }
    talk.end();
    let (rest, error) = talk.rest().await;
    assert!(finals(&rest).is_empty() && error.is_none(), "{rest:?} {error:?}");
}

#[tokio::test]
async fn words_lie_where_they_were_said_whatever_came_between() {
    let fake = FakeDeepgram::start().await.unwrap();
    let mut talk = Talk::new(&provider(options(&fake, "nova-3")));
    talk.at = SessionTime::from_millis(700);
    talk.say("one");
    // The session's audio has a gap.
    talk.at = SessionTime::from_millis(60_000);
    talk.say("two");
    talk.finalize();
    let words = talk.until_final().await.1.words;
    let starts: Vec<u64> = words.iter().map(|word| word.start.as_millis()).collect();
    assert!(starts[0].abs_diff(700) <= 2 && starts[1].abs_diff(60_000) <= 2, "{starts:?}");
    assert_eq!(words[1].text, "two");
}

#[tokio::test]
async fn a_pause_gives_a_final_by_itself_and_the_answer_after_it_is_empty() {
    let fake = FakeDeepgram::start().await.unwrap();
    let mut talk = Talk::new(&provider(options(&fake, "nova-3")));
    talk.say("hello there");
    talk.pause(400);
    assert_eq!(talk.final_text().await, "hello there");
    talk.finalize();
    assert_eq!(talk.final_text().await, "");
}

#[tokio::test]
async fn a_final_of_its_own_that_crosses_a_question_is_part_of_the_answer() {
    let fake = FakeDeepgram::start().await.unwrap().answers(Answers::Late(Duration::from_millis(100)));
    let mut talk = Talk::new(&provider(options(&fake, "nova-3")));
    for round in 0..5 {
        talk.say("crossing words");
        // The pause and the question are on their way before the fake has said a word.
        talk.pause(420);
        talk.finalize();
        assert_eq!(talk.final_text().await, "crossing words", "round {round}");
    }
    talk.end();
    assert!(finals(&talk.rest().await.0).is_empty());
}

#[tokio::test]
async fn an_answer_that_the_vendor_leaves_out_is_not_waited_for_for_long() {
    let fake = FakeDeepgram::start().await.unwrap().answers(Answers::Unless);
    let mut talk = Talk::new(&provider(options(&fake, "nova-3")));
    for _ in 0..2 {
        talk.say("one two three");
        // Short of a pause that would end it, and of another result.
        talk.pause(200);
        talk.finalize();
        assert_eq!(talk.final_text().await, "one two three");
    }
}

#[tokio::test]
async fn an_answer_that_comes_too_late_answers_no_other_question() {
    let late = Duration::from_millis(900);
    let fake = FakeDeepgram::start().await.unwrap().answers(Answers::Late(late)).piece(1);
    let mut talk = Talk::new(&provider(options(&fake, "nova-3")));
    // Each word is frozen by itself, so that hardly anything is unheard and the wait is short.
    for text in ["one two", "three four", "five"] {
        talk.say(text);
        talk.pause(100);
        talk.finalize();
        assert_eq!(talk.final_text().await, text);
    }
    talk.end();
    let (rest, error) = talk.rest().await;
    assert!(finals(&rest).is_empty() && error.is_none(), "{rest:?} {error:?}");
}

#[tokio::test]
async fn an_end_of_the_utterance_gives_what_no_pause_has_given() {
    let fake = FakeDeepgram::start().await.unwrap();
    let options = DeepgramOptions { endpointing: 0, turns: true, ..options(&fake, "nova-3") };
    let mut talk = Talk::new(&provider(options));
    talk.say("one two three");
    talk.pause(1_200);
    let (before, last) = talk.until_final().await;
    assert_eq!(last.text, "one two three");
    assert!(matches!(before[0], SttEvent::Turn(TurnSignal::Start)), "{before:?}");
    let next = talk.next().await.unwrap().unwrap();
    assert!(matches!(next, SttEvent::Turn(TurnSignal::End { .. })), "{next:?}");
}

#[tokio::test]
async fn speakers_are_told_apart() {
    let fake = FakeDeepgram::start().await.unwrap();
    let options = DeepgramOptions { diarize: true, ..options(&fake, "nova-3") };
    let mut talk = Talk::new(&provider(options));
    talk.say("hello there Hi you Three");
    talk.finalize();
    let (_, last) = talk.until_final().await;
    assert_eq!(last.speaker.as_deref(), Some("speaker_0"));
    let Some(Ok(SttEvent::Speakers(labels))) = talk.next().await else { panic!("no labels") };
    let speakers: Vec<&str> = labels.iter().map(|label| label.speaker.as_str()).collect();
    assert_eq!(speakers, ["speaker_0", "speaker_1", "speaker_0", "speaker_1"]);
    assert!(labels.windows(2).all(|pair| pair[0].end <= pair[1].start));
}

#[tokio::test]
async fn what_is_set_is_asked_for_and_nothing_else() {
    let fake = FakeDeepgram::start().await.unwrap();
    let query = BTreeMap::from([
        ("search".to_owned(), json!(["a b", "ü&c"])),
        ("smart_format".to_owned(), json!(false)),
        ("version".to_owned(), json!("latest")),
    ]);
    let options = DeepgramOptions {
        diarize: true,
        keyterms: vec!["Rooh".to_owned()],
        mip_opt_out: Some(true),
        numerals: Some(true),
        query,
        redact: vec!["pci".to_owned(), "ssn".to_owned()],
        sample_rate: 8_000,
        smart_format: true,
        tags: vec!["call 7".to_owned()],
        ..options(&fake, "nova-3")
    };
    let hints = Hints { phrases: vec!["naïve café".to_owned()], ..Hints::default() };
    let request = SttRequest { hints, language: Some("de-CH".to_owned()), ..SttRequest::default() };
    let mut talk = Talk::with(&provider(options), request);
    talk.say("hello there");
    talk.finalize();
    assert_eq!(talk.final_text().await, "hello there");
    let seen = &fake.seen()[0];
    assert_eq!((seen.path.as_str(), seen.header("authorization")), ("/v1/listen", Some("Token k3y")));
    let mut params = seen.params();
    params.sort();
    let params: Vec<String> = params.iter().map(|(name, value)| format!("{name}={value}")).collect();
    let expected = [
        "channels=1",
        "diarize_model=latest",
        "encoding=linear16",
        "endpointing=300",
        "interim_results=true",
        "keyterm=Rooh",
        "keyterm=naïve café",
        "language=de-CH",
        "mip_opt_out=true",
        "model=nova-3",
        "no_delay=true",
        "numerals=true",
        "punctuate=true",
        "redact=pci",
        "redact=ssn",
        "sample_rate=8000",
        "search=a b",
        "search=ü&c",
        "smart_format=false",
        "tag=call 7",
        "utterance_end_ms=1000",
        "version=latest",
    ];
    assert_eq!(params, expected);
}

#[tokio::test]
async fn hints_and_options_change_on_the_way_one_at_a_time() {
    let fake = FakeDeepgram::start().await.unwrap();
    let mut talk = Talk::new(&provider(options(&fake, "nova-3")));
    talk.say("one");
    let choice = |words: &[&str]| {
        let words = words.iter().map(|word| (*word).to_owned()).collect();
        SttInput::Hints(Hints { expected: Expected::OneOf(words), ..Hints::default() })
    };
    talk.put(choice(&["left", "right"]));
    talk.put(choice(&["up"]));
    talk.put(choice(&["up"]));
    talk.put(SttInput::Options(Options::new().with("numerals", true)));
    talk.finalize();
    assert_eq!(talk.final_text().await, "one");
    // What was held back while the first one was not answered.
    talk.say("two");
    talk.finalize();
    assert_eq!(talk.final_text().await, "two");
    let told = told(&fake, "Configure");
    assert_eq!(told[0]["keyterms"], json!(["left", "right"]));
    let last = told.last().unwrap();
    assert_eq!((&last["keyterms"], &last["features"]["numerals"]), (&json!(["up"]), &json!(true)));
    assert!(told.len() <= 3, "{told:?}");

    talk.put(SttInput::Options(Options::new().with("volume", 1)));
    let (_, error) = talk.rest().await;
    assert_eq!(error.unwrap().kind(), rooh_core::ErrorKind::Config);
}

#[tokio::test]
async fn no_message_is_empty_and_each_is_of_a_decent_length() {
    let fake = FakeDeepgram::start().await.unwrap();
    for (model, least) in [("nova-3", 640), ("flux-general-en", 2_560)] {
        let heard = fake.heard().len();
        let mut talk = Talk::new(&provider(options(&fake, model)));
        for millis in [0, 3, 7, 13, 500, 1, 0] {
            let frame = AudioFrame::silence(Duration::from_millis(millis), talk.format, talk.at);
            talk.at = frame.end();
            talk.put(SttInput::Audio(frame));
        }
        talk.finalize();
        talk.final_text().await;
        talk.end();
        talk.rest().await;
        let sizes: Vec<usize> = fake.heard()[heard..]
            .iter()
            .filter_map(|message| match message {
                rooh_testkit::fakes::Message::Binary(bytes) => Some(bytes.len()),
                _ => None,
            })
            .collect();
        assert!(sizes.iter().all(|size| (1..=3_200).contains(size)), "{model}: {sizes:?}");
        assert!(sizes[0] >= least, "{model}: {sizes:?}");
    }
}
