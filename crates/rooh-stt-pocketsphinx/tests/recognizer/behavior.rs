//! The promises of the recognizer besides how well it hears.

use std::time::{Duration, Instant};

use rooh_audio::{AudioFormat, AudioFrame, SessionTime};
use rooh_core::ErrorKind;
use rooh_core::expect::{Expected, Hints};
use rooh_core::options::{Options, ProviderRef};
use rooh_core::registry::Registry;
use rooh_core::stream::inlet;
use rooh_core::stt::{SttInput, SttProvider, SttRequest};
use rooh_stt_pocketsphinx::{Pocketsphinx, PocketsphinxOptions};
use rooh_tts_flite::Flite;

use crate::speech::{Dice, Session, installed, silence, spoken};

#[tokio::test]
async fn every_finalize_has_one_final_even_without_words() {
    if !installed().await {
        return;
    }
    let mut session = Session::new(&Pocketsphinx::default(), Expected::Anything);
    assert_eq!(session.finish().await.unwrap().text, "", "before any audio");
    session.hear(&silence(3_000));
    assert_eq!(session.finish().await.unwrap().text, "", "after silence");
    session.hear(&[3; 50]);
    assert_eq!(session.finish().await.unwrap().text, "", "after less than a piece");
    assert!(session.close().await.is_empty(), "nothing is left");
}

#[tokio::test]
async fn words_come_as_partials_and_have_times() {
    if !installed().await {
        return;
    }
    let Some(speech) = spoken(&Flite::default(), "Please call me back tomorrow morning.").await else {
        return;
    };
    let mut session = Session::new(&Pocketsphinx::default(), Expected::Anything);
    // A long silence first: it is not decoded, and the times hold all the same.
    session.hear(&[silence(5_000), speech.clone(), silence(600)].concat());
    let heard = session.finish().await.unwrap();
    assert!(session.partials.len() >= 2, "{:?}", session.partials);
    assert_eq!(heard.words.iter().map(|word| word.text.as_str()).collect::<Vec<_>>().join(" "), heard.text);
    let (first, last) = (&heard.words[0], heard.words.last().unwrap());
    let ends = 5_000 + speech.len() as u64 / 16;
    assert!((4_900..5_500).contains(&first.start.as_millis()), "{first:?}");
    assert!(last.end.as_millis().abs_diff(ends) < 300, "{last:?} {ends}");
    assert!(heard.words.windows(2).all(|pair| pair[0].end <= pair[1].start && pair[0].start < pair[0].end));
}

#[tokio::test]
async fn what_was_heard_before_the_end_is_a_last_final() {
    if !installed().await {
        return;
    }
    let Some(speech) = spoken(&Flite::default(), "Good morning.").await else { return };
    let mut session = Session::new(&Pocketsphinx::default(), Expected::Anything);
    session.hear(&speech);
    let events = session.close().await;
    assert!(
        matches!(events.last(), Some(rooh_core::stt::SttEvent::Final(last)) if !last.text.is_empty()),
        "{events:?}"
    );
}

#[tokio::test]
async fn each_session_hears_as_if_it_were_the_first() {
    if !installed().await {
        return;
    }
    let flite = Flite::default();
    let Some(first) = spoken(&flite, "The train leaves at half past seven in the morning.").await else {
        return;
    };
    let Some(other) = spoken(&flite, "I think there is a mistake on my bill.").await else { return };
    let quiet: Vec<i16> = other.iter().map(|sample| sample / 8).collect();
    let mut heard = Vec::new();
    for _ in 0..2 {
        let mut session = Session::new(&Pocketsphinx::default(), Expected::Anything);
        let mut texts = Vec::new();
        for speech in [&first, &quiet, &other] {
            session.hear(&[silence(300), speech.clone(), silence(600)].concat());
            texts.push(session.finish().await.unwrap());
        }
        heard.push((texts, session.partials));
    }
    assert_eq!(heard[0], heard[1]);
}

#[tokio::test]
async fn a_second_session_starts_at_once() {
    if !installed().await {
        return;
    }
    let started = Instant::now();
    let mut session = Session::new(&Pocketsphinx::default(), Expected::Anything);
    session.finish().await.unwrap();
    let waited = started.elapsed();
    println!("a session with a decoder from the pool starts after {waited:?}");
    assert!(waited < Duration::from_millis(200));
}

#[tokio::test]
async fn silence_costs_next_to_nothing() {
    if !installed().await {
        return;
    }
    let mut session = Session::new(&Pocketsphinx::default(), Expected::Anything);
    let mut dice = Dice(7);
    println!("seed {}", dice.0);
    // The hiss of a line, at about -65 dB of full scale.
    let hiss: Vec<i16> = (0..16_000 * 60).map(|_| i16::try_from(dice.roll(60)).unwrap() - 30).collect();
    session.hear(&hiss);
    assert_eq!(session.finish().await.unwrap().text, "");
    println!("a minute of silence took {:?}", session.busy);
    assert!(session.busy < Duration::from_secs(2));
}

#[tokio::test]
async fn an_endless_noise_is_bounded_and_gives_finals_on_its_own() {
    if !installed().await {
        return;
    }
    let (feed, audio) = inlet(10_000);
    let hints = Hints { expected: Expected::YesNo, ..Default::default() };
    let request = SttRequest { hints, ..Default::default() };
    let mut events = Pocketsphinx::default().transcribe(request, audio);
    let mut dice = Dice(9);
    println!("seed {}", dice.0);
    for second in 0..35 {
        // Loud and quiet by turns, so that it passes for speech.
        let noise: Vec<i16> = (0..16_000)
            .map(|at| {
                let peak = if at % 4_000 < 3_000 { 6_000 } else { 60 };
                i16::try_from(dice.roll(2 * peak)).unwrap() - i16::try_from(peak).unwrap()
            })
            .collect();
        let at = SessionTime::from_millis(second * 1_000);
        feed.send(SttInput::Audio(AudioFrame::new(noise, AudioFormat::WIDEBAND, at))).await;
    }
    drop(feed);
    let mut finals = 0;
    while let Some(event) = events.next().await {
        finals += usize::from(matches!(event.unwrap(), rooh_core::stt::SttEvent::Final(_)));
    }
    assert!((1..=2).contains(&finals), "{finals}");
}

#[tokio::test]
async fn hints_that_come_late_still_count() {
    if !installed().await {
        return;
    }
    let Some(speech) = spoken(&Flite::default(), "five five five one two one two").await else { return };
    let mut session = Session::new(&Pocketsphinx::default(), Expected::Anything);
    session.hear(&[silence(300), speech, silence(500)].concat());
    let expected = Expected::Digits { min: 7, max: 7 };
    session.send(SttInput::Hints(Hints { expected, ..Default::default() })).await;
    assert_eq!(session.finish().await.unwrap().text, "5551212");
}

#[tokio::test]
async fn what_is_wrong_is_told_by_kind() {
    let fails = async |options: PocketsphinxOptions| {
        Pocketsphinx::new(options).unwrap().load().collect().await.unwrap_err().kind()
    };
    let nowhere = || Some("/nowhere/at/all".into());
    assert_eq!(
        fails(PocketsphinxOptions { model_dir: nowhere(), ..Default::default() }).await,
        ErrorKind::NotFound
    );
    let error = Pocketsphinx::new(PocketsphinxOptions { ready: 99, ..Default::default() }).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Config);
    if !installed().await {
        return;
    }
    assert_eq!(
        fails(PocketsphinxOptions { library_dir: nowhere(), ..Default::default() }).await,
        ErrorKind::NotFound
    );
    assert_eq!(
        fails(PocketsphinxOptions { dictionary: nowhere(), ..Default::default() }).await,
        ErrorKind::NotFound
    );
    assert_eq!(
        fails(PocketsphinxOptions { language_model: nowhere(), ..Default::default() }).await,
        ErrorKind::NotFound
    );

    // Files of the right name with the wrong content: the library would end the process.
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, content: &[u8]| std::fs::write(folder.path().join(name), content).unwrap();
    let here = || PocketsphinxOptions { model_dir: Some(folder.path().to_owned()), ..Default::default() };
    assert_eq!(fails(here()).await, ErrorKind::NotFound, "an empty folder");
    write("mdef", b"nonsense");
    write("words.dict", b"hello HH AH L OW\n");
    write("any.lm", b"\\data\\\n");
    assert_eq!(fails(here()).await, ErrorKind::NotFound, "files are missing");
    for name in ["means", "variances", "transition_matrices"] {
        write(name, b"nonsense");
    }
    assert_eq!(fails(here()).await, ErrorKind::Config, "files are nonsense");
    write("other.dict", b"\0\0");
    assert_eq!(
        fails(PocketsphinxOptions {
            dictionary: Some(folder.path().join("other.dict")),
            ..Default::default()
        })
        .await,
        ErrorKind::Config
    );
}

#[tokio::test]
async fn what_cannot_be_done_is_refused() {
    let fails = async |request: SttRequest| {
        let (_feed, audio) = inlet(1);
        Pocketsphinx::default().transcribe(request, audio).collect().await.unwrap_err().kind()
    };
    let dutch = SttRequest { language: Some("nl".to_owned()), ..Default::default() };
    assert_eq!(fails(dutch).await, ErrorKind::Unsupported);
    let loud = SttRequest { options: Options::new().with("loud", true), ..Default::default() };
    assert_eq!(fails(loud).await, ErrorKind::Config);
    if installed().await {
        let (feed, audio) = inlet(1);
        let narrow =
            AudioFrame::silence(Duration::from_millis(20), AudioFormat::TELEPHONE, SessionTime::ZERO);
        feed.send(SttInput::Audio(narrow)).await;
        let error =
            Pocketsphinx::default().transcribe(SttRequest::default(), audio).collect().await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Unexpected);
    }
}

#[tokio::test]
async fn it_is_built_by_name() {
    let by_name = |name: &str| Registry::linked().stt(&name.parse::<ProviderRef>().unwrap());
    let capabilities = by_name("pocketsphinx?second_pass=true").unwrap().capabilities();
    assert!(capabilities.hints && capabilities.partials && capabilities.word_times);
    assert_eq!(by_name("pocketsphinx?loud=true").unwrap_err().kind(), ErrorKind::Config);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn sessions_at_the_same_time_hear_as_if_alone() {
    if !installed().await {
        return;
    }
    let Some(speech) = spoken(&Flite::default(), "five five five one two one two").await else { return };
    let mut sessions = tokio::task::JoinSet::new();
    for _ in 0..3 {
        let speech = [silence(300), speech.clone(), silence(500)].concat();
        sessions.spawn(async move {
            let (feed, audio) = inlet(4);
            let expected = Expected::Digits { min: 7, max: 10 };
            let hints = Hints { expected, ..Default::default() };
            let request = SttRequest { hints, ..Default::default() };
            let events = Pocketsphinx::default().transcribe(request, audio);
            let frame = AudioFrame::new(speech, AudioFormat::WIDEBAND, SessionTime::ZERO);
            feed.send(SttInput::Audio(frame)).await;
            drop(feed);
            events.collect().await.unwrap()
        });
    }
    for events in sessions.join_all().await {
        let last = events.last();
        assert!(
            matches!(last, Some(rooh_core::stt::SttEvent::Final(last)) if last.text == "5551212"),
            "{last:?}"
        );
    }
}

#[tokio::test]
async fn a_session_that_is_dropped_while_it_hears_gives_its_decoder_back() {
    if !installed().await {
        return;
    }
    let Some(speech) = spoken(&Flite::default(), "five five five one two one two").await else { return };
    for _ in 0..2 {
        let (feed, audio) = inlet(1);
        let hints = Hints { expected: Expected::YesNo, ..Default::default() };
        let request = SttRequest { hints, ..Default::default() };
        let mut events = Pocketsphinx::default().transcribe(request, audio);
        let frame = AudioFrame::new(speech.repeat(3), AudioFormat::WIDEBAND, SessionTime::ZERO);
        feed.send(SttInput::Audio(frame)).await;
        // A partial has come, so an utterance is open.
        assert!(events.next().await.is_some());
        drop(events);
    }
    let mut session = Session::new(&Pocketsphinx::default(), Expected::Digits { min: 7, max: 10 });
    session.hear(&[silence(300), speech, silence(500)].concat());
    assert_eq!(session.finish().await.unwrap().text, "5551212");
}
