//! What goes over the wire for a reply, and what comes of it.

use std::time::Duration;

use rooh_core::ErrorKind;
use rooh_core::options::{Options, Secret};
use rooh_core::stream::inlet;
use rooh_core::tts::{TtsEvent, TtsProvider, TtsRequest};
use rooh_testkit::fakes::Cuts;
use rooh_tts_cartesia::CartesiaOptions;
use serde_json::json;

use crate::{
    begin, contexts, fake, heard, marks, options, provider, samples, say, session, told, traced, until,
};

#[tokio::test]
async fn clauses_continue_one_context_with_a_flush_after_each_and_an_end() {
    let fake = fake().await.key("4711");
    let voice = provider(CartesiaOptions {
        api_key: Secret::new("4711"),
        language: Some("en".to_owned()),
        speed: Some(1.2),
        ..options(&fake)
    });
    let events = say(&voice, &["Hello there.", "…", "How are you?"]).await.unwrap();
    assert_eq!(heard(&events), "Hello there. How are you?");
    until("the end is told", || told(&fake).len() == 5).await;
    let told = told(&fake);
    let shape: Vec<_> = told
        .iter()
        .map(|message| (message["transcript"].clone(), message["continue"].clone(), message["flush"].clone()))
        .collect();
    let null = json!(null);
    assert_eq!(
        shape,
        [
            (json!("Hello there."), json!(true), null.clone()),
            (json!(""), json!(true), json!(true)),
            // What Cartesia joins has to be apart already.
            (json!(" How are you?"), json!(true), null.clone()),
            (json!(""), json!(true), json!(true)),
            (json!(""), json!(false), null),
        ]
    );
    assert_eq!(contexts(&fake).len(), 1);
    for message in &told {
        assert_eq!(message["generation_config"], json!({ "speed": 1.2 }));
        assert_eq!((&message["language"], &message["max_buffer_delay_ms"]), (&json!("en"), &json!(0)));
    }
    let seen = &fake.seen()[0];
    assert_eq!((seen.path.as_str(), seen.query.as_str()), ("/tts/websocket", ""));
    assert_eq!(seen.header("cartesia-version"), Some("2026-03-01"));
    assert_eq!(seen.authorization.as_deref(), Some("Bearer 4711"));
}

#[tokio::test]
async fn what_has_nothing_to_pronounce_opens_nothing() {
    let fake = fake().await;
    assert!(say(&provider(options(&fake)), &["", " … ", "—"]).await.unwrap().is_empty());
    assert!(say(&provider(options(&fake)), &[]).await.unwrap().is_empty());
    assert_eq!(fake.begun(), 0);
}

#[tokio::test]
async fn marks_stand_at_the_ends_of_words_in_our_text_and_in_the_audio() {
    let fake = fake().await;
    let clauses = ["Grüße, 42 Äpfel — ja! ", "  Naïve 🥐 café-bread.", " (Ok)"];
    let text = clauses.concat();
    let events = say(&provider(options(&fake)), &clauses).await.unwrap();
    let spoken: Vec<_> =
        marks(&events).iter().map(|mark| (&text[..mark.text], mark.audio.as_millis())).collect();
    let one = "Grüße, 42 Äpfel — ja! ";
    assert_eq!(
        spoken[..5],
        [
            ("Grüße,", 180),
            ("Grüße, 42", 380),
            ("Grüße, 42 Äpfel", 580),
            ("Grüße, 42 Äpfel — ja!", 780),
            (one, 800),
        ]
    );
    // The words of the second clause are told after its audio has begun, so a mark may be late, but
    // by no more than a frame.
    let rest: Vec<_> = spoken[5..].iter().map(|(text, _)| *text).collect();
    let two = format!("{one}  Naïve 🥐 café-bread.");
    assert_eq!(rest, [&format!("{one}  Naïve"), &two, &format!("{two} (Ok)")].map(String::as_str));
    for ((_, at), end) in spoken[5..].iter().zip([980, 1_180, 1_380]) {
        assert!((end..=end + 120).contains(at), "{at} ms for {end}");
    }
}

#[tokio::test]
async fn a_pause_between_clauses_begins_a_context_anew_and_nothing_is_lost_or_doubled() {
    // Shorter than the fake remembers a context, longer, and longer than Cartesia certainly does.
    for (expiry, pause, count) in [(1_000, 1, 1), (20, 200, 2), (60_000, 700, 2)] {
        let fake = fake().await.expiry(Duration::from_millis(expiry));
        let voice = session(&fake);
        let (feed, text) = inlet(4);
        let mut events = voice.synthesize(TtsRequest::default(), text);
        let mut all = Vec::new();
        feed.send("One two.".to_owned()).await;
        while marks(&all).last().is_none_or(|mark| mark.text < 8) {
            all.push(events.next().await.unwrap().unwrap());
        }
        // Whoever listens, listens on.
        let quiet = Duration::from_millis(pause);
        while let Ok(event) = tokio::time::timeout(quiet, events.next()).await {
            all.push(event.unwrap().unwrap());
        }
        for clause in ["Three four.", "Five."] {
            feed.send(clause.to_owned()).await;
        }
        drop(feed);
        all.extend(events.collect().await.unwrap());
        assert_eq!(heard(&all), "One two. Three four. Five.", "after {pause} ms");
        assert_eq!(contexts(&fake).len(), count, "after {pause} ms");
        assert_eq!(fake.begun(), 1);
        let marks = marks(&all);
        assert!(
            marks.is_sorted_by(|one, other| one.text < other.text && one.audio <= other.audio),
            "{marks:?}"
        );
        let last = marks.last().unwrap();
        assert!(
            last.text == 24 && (980..=1_000).contains(&last.audio.as_millis()),
            "{last:?} after {pause} ms"
        );
        // The words of the second context are where they are in the stream, not in their context.
        let four = marks.iter().find(|mark| mark.text == 19).unwrap();
        assert!((780..=900).contains(&four.audio.as_millis()), "{four:?}");
    }
}

#[tokio::test]
async fn a_cut_anywhere_changes_nothing() {
    let fake = fake().await.chunks(1_001);
    let voice = provider(options(&fake));
    let clauses = ["Grüße 🥐", "日本!"];
    let whole = say(&voice, &clauses).await.unwrap();
    assert_eq!(heard(&whole), "Grüße 日本!");
    for cut in 0..400 {
        fake.cut(Cuts::Once(cut));
        let events = say(&voice, &clauses).await.unwrap();
        assert!(samples(&events) == samples(&whole), "cut at {cut}");
        assert_eq!(marks(&events), marks(&whole), "cut at {cut}");
    }
}

#[tokio::test]
async fn a_reply_may_have_its_own_voice_and_not_another_ones_options() {
    let fake = fake().await;
    let voice = session(&fake);
    let other = "a0e99841-438c-4a64-b679-ae501e7d6091";
    let with = |options: Options| TtsRequest {
        language: Some("de-CH".to_owned()),
        options,
        ..TtsRequest::default()
    };
    let request = with(Options::new().with("voice", other).with("emotion", "calm"));
    begin(&*voice, request, &["Hi."]).collect().await.unwrap();
    let first = &told(&fake)[0];
    assert_eq!((&first["voice"]["id"], &first["language"]), (&json!(other), &json!("de")));
    assert_eq!(first["generation_config"], json!({ "emotion": "calm" }));
    let error =
        begin(&*voice, with(Options::new().with("stability", 1)), &["Hi."]).collect().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Config);
}

#[tokio::test]
async fn an_error_of_a_context_leaves_the_socket_to_the_next_reply() {
    let fake = fake().await;
    let voice = session(&fake);
    for n in 1..=3 {
        let request = TtsRequest { options: Options::new().with("model", "tenor"), ..TtsRequest::default() };
        let error = begin(&*voice, request, &["Hi."]).collect().await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::NotFound, "{error}");
        assert_eq!(error.context("code"), Some("model_not_found"));
        assert_eq!(heard(&say(&*voice, &["Fine."]).await.unwrap()), "Fine.", "{n}");
    }
    assert_eq!(fake.begun(), 1);
}

#[tokio::test]
async fn a_trace_has_the_messages_and_neither_the_key_nor_the_audio() {
    let fake = fake().await.key("4711-secret");
    let voice = provider(CartesiaOptions { api_key: Secret::new("4711-secret"), ..options(&fake) });
    let (trace, records) = traced();
    begin(&voice, TtsRequest { trace, ..TtsRequest::default() }, &["Hello."]).collect().await.unwrap();
    let records = records.lock().unwrap().join("\n");
    for part in [
        "Out {\"context_id\"",
        "\"transcript\":\"Hello.\"",
        "In {\"type\":\"chunk\"",
        "In {\"type\":\"timestamps\"",
    ] {
        assert!(records.contains(part), "{part} is missing in {records}");
    }
    assert!(!records.contains("4711") && records.len() < 6_000, "{records}");
    let shown = format!("{voice:?} {:?}", voice.for_session());
    assert!(!shown.contains("4711"), "{shown}");
}

#[tokio::test]
async fn what_came_before_an_error_is_yielded_before_it() {
    let fake = fake().await;
    let voice = provider(options(&fake));
    let whole = say(&voice, &["Hello there you are."]).await.unwrap();
    fake.spoil(rooh_testkit::fakes::SocketFault::Break(3));
    let mut events = begin(&voice, TtsRequest::default(), &["Hello there you are."]);
    let mut said: Vec<TtsEvent> = Vec::new();
    let error = loop {
        // A slow reader loses nothing of it.
        tokio::time::sleep(Duration::from_millis(10)).await;
        match events.next().await.unwrap() {
            Ok(event) => said.push(event),
            Err(error) => break error,
        }
    };
    assert_eq!(error.kind(), ErrorKind::Network);
    let said = samples(&said);
    assert_eq!(said.len(), 2 * 1_600);
    assert!(samples(&whole).starts_with(&said));
    assert!(events.next().await.is_none());
}
