//! What the voice does with text, and what comes of it.

use std::time::{Duration, Instant};

use rooh_audio::AudioFormat;
use rooh_core::ErrorKind;
use rooh_core::options::{Options, ProviderRef};
use rooh_core::registry::Registry;
use rooh_core::stream::inlet;
use rooh_core::tts::{Spoken, TtsEvent, TtsProvider, TtsRequest};
use rooh_tts_flite::{Flite, FliteOptions, Voice};

/// Whether the library is here; says so if not.
async fn installed() -> bool {
    match Flite::default().load().collect().await {
        Ok(_) => true,
        Err(error) if error.kind() == ErrorKind::NotFound => {
            println!("skipped: {error}");
            false
        }
        Err(error) => panic!("{error}"),
    }
}

fn voice(voice: Voice) -> Flite {
    Flite::new(FliteOptions { voice, ..Default::default() }).expect("the options are right")
}

#[derive(Debug, Default, PartialEq)]
struct Heard {
    samples: Vec<i16>,
    marks: Vec<Spoken>,
}

async fn speak(flite: &Flite, request: TtsRequest, clauses: &[&str]) -> rooh_core::Result<Heard> {
    let (feed, text) = inlet(clauses.len());
    for clause in clauses {
        feed.send((*clause).to_owned()).await;
    }
    drop(feed);
    let mut events = flite.synthesize(request, text);
    let mut heard = Heard::default();
    let format = flite.capabilities().format;
    while let Some(event) = events.next().await {
        match event? {
            TtsEvent::Audio(frame) => {
                assert_eq!(frame.format(), format);
                assert!(!frame.is_empty());
                heard.samples.extend_from_slice(frame.samples());
            }
            TtsEvent::Spoken(mark) => {
                if let Some(last) = heard.marks.last() {
                    assert!(mark.text > last.text && mark.audio >= last.audio, "{mark:?} after {last:?}");
                }
                assert!(mark.audio >= format.duration_of(heard.samples.len()), "{mark:?} is late");
                heard.marks.push(mark);
            }
            _ => {}
        }
    }
    let all = clauses.concat();
    if let Some(last) = heard.marks.last() {
        assert_eq!(last.text, all.len(), "the last mark covers everything of {clauses:?}");
        let length = format.duration_of(heard.samples.len());
        assert!(last.audio <= length && length - last.audio < Duration::from_millis(300));
    }
    assert!(heard.marks.iter().all(|mark| all.is_char_boundary(mark.text)));
    Ok(heard)
}

#[tokio::test]
async fn every_word_has_its_mark() {
    if !installed().await {
        return;
    }
    let clauses = ["Hello, it is 3:45 pm; ", "call (555) 121-2345."];
    for name in Voice::ALL {
        let heard = speak(&voice(*name), TtsRequest::default(), &clauses).await.unwrap();
        let all = clauses.concat();
        let ends: Vec<&str> = heard.marks.iter().map(|mark| &all[..mark.text]).collect();
        let first = ["Hello,", "Hello, it", "Hello, it is", "Hello, it is 3:45", "Hello, it is 3:45 pm; "];
        assert_eq!(ends[..5], first, "{name:?}");
        assert_eq!(heard.marks.len(), 5 + 1 + 10, "{name:?}: {ends:?}");
        assert!(heard.marks[0].audio > Duration::from_millis(200), "{name:?}");
        let length = heard.marks.last().unwrap().audio;
        assert!(length > Duration::from_secs(4) && length < Duration::from_secs(12), "{name:?}: {length:?}");
    }
}

#[tokio::test]
async fn the_same_text_sounds_the_same_each_time() {
    if !installed().await {
        return;
    }
    let clause = ["Your table for two is booked. "];
    let first = speak(&Flite::default(), TtsRequest::default(), &clause).await.unwrap();
    // What another reply asks for leaves no trace in the next.
    let fast =
        TtsRequest { speed: Some(1.8), options: Options::new().with("pitch", 1.5), ..Default::default() };
    let other = speak(&Flite::default(), fast, &clause).await.unwrap();
    let again = speak(&Flite::default(), TtsRequest::default(), &clause).await.unwrap();
    assert!(first == again, "the same audio and the same marks");
    assert!(other.samples.len() * 3 < first.samples.len() * 2, "faster speech is shorter");
}

#[tokio::test]
async fn a_clause_with_nothing_to_say_is_silent() {
    if !installed().await {
        return;
    }
    for clause in ["", " ", "...", "👍🏽", "—", "你好", "<break/>", "***", "\u{0}\u{1}"] {
        let heard = speak(&Flite::default(), TtsRequest::default(), &[clause]).await.unwrap();
        assert!(heard.samples.is_empty(), "{clause:?}");
    }
}

#[tokio::test]
async fn speech_neither_starts_nor_ends_with_a_long_silence() {
    if !installed().await {
        return;
    }
    for name in Voice::ALL {
        let heard =
            speak(&voice(*name), TtsRequest::default(), &["Good morning. ", "Who is there?"]).await.unwrap();
        let loud = |sample: &i16| sample.unsigned_abs() > 300;
        let format = name.format();
        let before = heard.samples.iter().position(loud).unwrap();
        let after = heard.samples.iter().rev().position(loud).unwrap();
        assert!(format.duration_of(before) < Duration::from_millis(150), "{name:?}: {before}");
        assert!(format.duration_of(after) < Duration::from_millis(200), "{name:?}: {after}");
    }
}

#[tokio::test]
async fn any_text_at_all_is_survived() {
    if !installed().await {
        return;
    }
    // Flite ends the process on some faults, so this test is about reaching its end.
    let mut state = 0x9e37_79b9_7f4a_7c15_u64;
    println!("seed {state:#x}");
    let mut next = |bound: usize| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        usize::try_from(state >> 33).unwrap() % bound
    };
    let kit: Vec<char> =
        "abzAZ 0159  .,;:?!'\"()[]{}<>@#$%^&*-_=+/\\|~`\n\t\u{0}\u{7f}é£€°½ß—…“’你🙂\u{200d}"
            .chars()
            .collect();
    let flite = voice(Voice::Kal16);
    for _ in 0..300 {
        let length = next(60);
        let clause: String = (0..length).map(|_| kit[next(kit.len())]).collect();
        speak(&flite, TtsRequest::default(), &[&clause]).await.unwrap();
    }
    for clause in [
        "9".repeat(3_000),
        "a".repeat(3_000),
        "1.2.3/4-5:6,7 ".repeat(100),
        "$".repeat(500),
        "A.".repeat(500),
    ] {
        speak(&flite, TtsRequest::default(), &[&clause]).await.unwrap();
    }
}

#[tokio::test]
async fn what_is_wrong_is_told_by_kind() {
    let nowhere = FliteOptions { library_dir: Some("/nowhere/at/all".into()), ..Default::default() };
    let error = speak(&Flite::new(nowhere).unwrap(), TtsRequest::default(), &["Hi"]).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::NotFound);

    let error = Flite::new(FliteOptions { speed: 9.0, ..Default::default() }).unwrap_err();
    assert_eq!((error.kind(), error.context("path")), (ErrorKind::Config, Some("speed")));

    let dutch = TtsRequest { language: Some("nl-NL".to_owned()), ..Default::default() };
    let error = speak(&Flite::default(), dutch, &["Hi"]).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unsupported);

    let unknown = TtsRequest { options: Options::new().with("style", "sad"), ..Default::default() };
    let error = speak(&Flite::default(), unknown, &["Hi"]).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Config);

    let narrow = TtsRequest { options: Options::new().with("voice", "kal"), ..Default::default() };
    let error = speak(&Flite::default(), narrow, &["Hi"]).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Config);
}

#[tokio::test]
async fn it_is_built_by_name() {
    let by_name = |name: &str| Registry::linked().tts(&name.parse::<ProviderRef>().unwrap());
    assert_eq!(by_name("flite/kal?speed=1.2").unwrap().capabilities().format, AudioFormat::TELEPHONE);
    assert!(by_name("flite").unwrap().capabilities().word_times);
    assert_eq!(by_name("flite/nobody").unwrap_err().kind(), ErrorKind::Config);
    assert_eq!(by_name("flite?speed=3").unwrap_err().kind(), ErrorKind::Config);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn many_sessions_speak_at_once() {
    if !installed().await {
        return;
    }
    let alone =
        speak(&voice(Voice::Kal16), TtsRequest::default(), &["One at a time, please."]).await.unwrap();
    let all = (0..8).map(|_| async {
        let mut heard = Vec::new();
        for name in [Voice::Kal16, Voice::Rms, Voice::Kal16] {
            heard
                .push(speak(&voice(name), TtsRequest::default(), &["One at a time, please."]).await.unwrap());
        }
        heard
    });
    let tasks: Vec<_> = {
        let mut set = tokio::task::JoinSet::new();
        all.for_each(|one| drop(set.spawn(one)));
        set.join_all().await
    };
    assert!(tasks.iter().all(|heard| heard[0] == alone && heard[2] == alone));
}

#[tokio::test]
async fn the_first_sound_is_early() {
    if !installed().await {
        return;
    }
    let long =
        "The kitchen is open until ten, the bar until midnight, and the terrace as long as it is dry. "
            .repeat(8);
    for name in Voice::ALL {
        let (feed, text) = inlet(1);
        feed.send(long.clone()).await;
        let mut events = voice(*name).synthesize(TtsRequest::default(), text);
        let started = Instant::now();
        while !matches!(events.next().await, Some(Ok(TtsEvent::Audio(_)))) {}
        let first = started.elapsed();
        let clause = speak(
            &voice(*name),
            TtsRequest::default(),
            &["Your table for four is booked for Friday evening at half past seven."],
        )
        .await;
        let length = clause.unwrap().marks.last().unwrap().audio;
        println!("{name:?}: first sound of a long clause after {first:?}; a sentence of {length:?}");
        assert!(first < Duration::from_secs(2), "{name:?} kept us waiting for {first:?}");
    }
}
