//! One socket for a session: replies one after the other, given up, at once.

use std::time::Duration;

use futures::FutureExt;
use rooh_core::options::Options;
use rooh_core::stream::inlet;
use rooh_core::tts::{TtsEvent, TtsProvider, TtsRequest};
use rooh_testkit::Noise;
use rooh_testkit::fakes::{Cuts, FakeElevenLabs, Message};
use rooh_tts_elevenlabs::{Api, ElevenLabs, ElevenLabsOptions};
use serde_json::{Value, json};
use tokio::time::{sleep, timeout};

use crate::{PATIENCE, heard, options, provider, session, speak, told, until};

/// What the fake has heard of this kind.
fn messages(fake: &FakeElevenLabs, key: &str) -> Vec<Value> {
    fake.heard().iter().map(Message::json).filter(|message| !message[key].is_null()).collect()
}

#[tokio::test]
async fn one_socket_serves_a_session_and_closes_with_it() {
    let fake = FakeElevenLabs::start().await.unwrap();
    let session = session(&provider(&fake));
    session.prewarm().collect().await.unwrap();
    session.prewarm().collect().await.unwrap();
    assert_eq!((fake.begun(), fake.heard().len()), (1, 0));
    for text in ["Hello there.", "How are you?", "Good-bye."] {
        assert_eq!(heard(&speak(&*session, &[text]).await.unwrap()), text);
    }
    assert_eq!((fake.begun(), fake.open()), (1, 1));
    assert_eq!(messages(&fake, "close_context").len(), 3);
    drop(session);
    until("the socket closes with its session", || fake.open() == 0).await;
}

#[tokio::test]
async fn without_a_session_a_reply_has_a_socket_of_its_own() {
    let fake = FakeElevenLabs::start().await.unwrap();
    let voice = provider(&fake);
    voice.prewarm().collect().await.unwrap();
    assert_eq!(fake.begun(), 0);
    for begun in 1..=2 {
        assert_eq!(heard(&speak(&voice, &["Hello."]).await.unwrap()), "Hello.");
        assert_eq!(fake.begun(), begun);
        until("the socket closes with its reply", || fake.open() == 0).await;
    }
}

#[tokio::test]
async fn two_sessions_never_share_a_socket() {
    let fake = FakeElevenLabs::start().await.unwrap();
    let voice = provider(&fake);
    let (one, two) = (session(&voice), session(&voice));
    // What is of a session makes no session that shares with it either.
    let three = one.for_session().unwrap();
    for round in 0..3 {
        for (place, session) in [&one, &two, &three].into_iter().enumerate() {
            let text = format!("Session{place} round{round}.");
            assert_eq!(heard(&speak(&**session, &[&text]).await.unwrap()), text);
        }
    }
    assert_eq!((fake.begun(), fake.open()), (3, 3));
    drop((one, three));
    until("two of three are closed", || fake.open() == 1).await;
    assert_eq!(heard(&speak(&*two, &["Still here."]).await.unwrap()), "Still here.");
    assert_eq!(fake.begun(), 3);
}

#[tokio::test]
async fn after_a_reply_that_was_given_up_the_next_one_has_none_of_its_audio() {
    for seed in 0..100 {
        let mut random = Noise::new(seed);
        let mut below = |n: usize| (random.unit() * n as f64) as usize;
        let pace = Duration::from_millis(below(3) as u64);
        let fake = FakeElevenLabs::start().await.unwrap().pace(pace);
        if below(2) == 0 {
            fake.cut(Cuts::Size(1_000 + below(9_000)));
        }
        let session = session(&provider(&fake));
        for round in 0..3 {
            let (feed, text) = inlet(8);
            for clause in ["alt bravo charlie delta ", "echo foxtrot golf hotel ", "india juliet kilo"] {
                assert!(feed.try_send(clause.to_owned()).is_ok());
            }
            let ended = below(2) == 0;
            let feed = (!ended).then_some(feed);
            let mut events = session.synthesize(TtsRequest::default(), text);
            for _ in 0..below(30) {
                if timeout(PATIENCE, events.next()).await.is_ok_and(|event| event.is_none()) {
                    break;
                }
                if feed.is_some() && below(12) == 0 {
                    break;
                }
            }
            drop(events);
            if below(3) == 0 {
                sleep(Duration::from_millis(below(20) as u64)).await;
            }
            let text = format!("new{round} words{seed} only.");
            let events =
                speak(&*session, &[&text]).await.unwrap_or_else(|error| panic!("seed {seed}: {error:?}"));
            assert_eq!(heard(&events), text, "seed {seed}");
        }
        assert_eq!(fake.begun(), 1, "seed {seed}");
        assert!(!messages(&fake, "close_context").is_empty());
    }
}

#[tokio::test]
async fn a_reply_that_is_given_up_tells_the_vendor_at_once() {
    let fake = FakeElevenLabs::start().await.unwrap();
    let session = session(&provider(&fake));
    let (feed, text) = inlet(8);
    assert!(feed.try_send("One two three. ".to_owned()).is_ok());
    let mut events = session.synthesize(TtsRequest::default(), text);
    assert!(matches!(events.next().await, Some(Ok(_))));
    assert!(messages(&fake, "close_context").is_empty());
    drop(events);
    assert!(feed.is_closed());
    until("the context is closed", || messages(&fake, "close_context").len() == 1).await;
    assert_eq!(
        messages(&fake, "close_context")[0],
        json!({ "context_id": "reply-1", "close_context": true })
    );
    assert_eq!(fake.open(), 1);
}

#[tokio::test]
async fn replies_given_up_one_after_the_other_never_have_too_many_contexts() {
    // So slow that the ends of contexts are late.
    let fake = FakeElevenLabs::start().await.unwrap().pace(Duration::from_millis(30));
    let session = session(&provider(&fake));
    for _ in 0..20 {
        let (feed, text) = inlet(8);
        assert!(feed.try_send("One two three four five six seven. ".to_owned()).is_ok());
        let mut events = session.synthesize(TtsRequest::default(), text);
        assert!(matches!(timeout(PATIENCE, events.next()).await, Ok(Some(Ok(_)))));
    }
    assert_eq!(heard(&speak(&*session, &["Done."]).await.unwrap()), "Done.");
    let sockets = fake.begun();
    assert!((2..=10).contains(&sockets), "{sockets} sockets for 21 replies");
    until("only one of them is left", || fake.open() == 1).await;
}

#[tokio::test]
async fn replies_at_once_are_both_whole_and_one_socket_is_kept() {
    let fake = FakeElevenLabs::start().await.unwrap().pace(Duration::from_millis(1));
    let session = session(&provider(&fake));
    speak(&*session, &["First."]).await.unwrap();
    let (one, two) = futures::join!(
        speak(&*session, &["A filler of some words. "]),
        speak(&*session, &["The answer itself. "])
    );
    assert_eq!(heard(&one.unwrap()), "A filler of some words.");
    assert_eq!(heard(&two.unwrap()), "The answer itself.");
    assert_eq!(fake.begun(), 2);
    until("one of the sockets is closed", || fake.open() == 1).await;
    assert_eq!(heard(&speak(&*session, &["Last."]).await.unwrap()), "Last.");
    assert_eq!(fake.begun(), 2);
}

#[tokio::test]
async fn a_first_reply_waits_for_the_socket_that_is_being_opened() {
    let fake = FakeElevenLabs::start().await.unwrap().latency(Duration::from_millis(20)).await.unwrap();
    let session = session(&provider(&fake));
    let (opened, said) = futures::join!(session.prewarm().collect(), speak(&*session, &["Hello."]));
    opened.unwrap();
    assert_eq!((heard(&said.unwrap()).as_str(), fake.begun()), ("Hello.", 1));
    // One that is given up in the middle is no obstacle either.
    let other = self::session(&provider(&fake));
    let mut prewarm = other.prewarm();
    assert!(prewarm.next().now_or_never().is_none());
    drop(prewarm);
    assert_eq!(heard(&speak(&*other, &["Hello."]).await.unwrap()), "Hello.");
}

#[tokio::test]
async fn what_holds_for_one_reply_holds_for_no_other() {
    let fake = FakeElevenLabs::start().await.unwrap().voice("other");
    let session =
        session(&ElevenLabs::new(ElevenLabsOptions { stability: Some(0.5), ..options(&fake) }).unwrap());
    let request = |options: Options| TtsRequest { options, ..TtsRequest::default() };
    let lively = Options::new().with("stability", 0.1).with("speed", 1.1);
    for (place, (options, sockets)) in [
        (Options::new(), 1),
        (lively, 1),
        (Options::new(), 1),
        (Options::new().with("voice_id", "other"), 2),
        (Options::new(), 3),
    ]
    .into_iter()
    .enumerate()
    {
        let (events, failed) = told(&*session, request(options), &["Hello."]).await;
        assert!(failed.is_none() && heard(&events) == "Hello.", "{place}: {failed:?}");
        assert_eq!(fake.begun(), sockets, "{place}");
    }
    let settings: Vec<Value> =
        messages(&fake, "voice_settings").iter().map(|message| message["voice_settings"].clone()).collect();
    let own = json!({ "stability": 0.5 });
    assert_eq!(
        settings,
        [own.clone(), json!({ "speed": 1.1, "stability": 0.1 }), own.clone(), own.clone(), own]
    );
    until("only the last socket is left", || fake.open() == 1).await;
    let (_, failed) = told(&*session, request(Options::new().with("volume", 3)), &["Hello."]).await;
    assert_eq!(failed.unwrap().kind(), rooh_core::ErrorKind::Config);
}

#[tokio::test]
async fn a_clause_may_be_late_and_the_context_is_kept_for_it() {
    let fake = FakeElevenLabs::start().await.unwrap();
    let session = session(&provider(&fake));
    let (feed, text) = inlet(8);
    let mut events = session.synthesize(TtsRequest::default(), text);
    assert!(feed.try_send("One moment, ".to_owned()).is_ok());
    let mut all = Vec::new();
    while let Ok(Some(event)) = timeout(Duration::from_millis(500), events.next()).await {
        all.push(event.unwrap());
    }
    assert_eq!(heard(&all), "One moment,");
    // A tool takes its time, which passes at once here.
    tokio::time::pause();
    assert!(timeout(Duration::from_secs(150), events.next()).await.is_err());
    tokio::time::resume();
    let keep = json!({ "text": "", "context_id": "reply-1" });
    until("the vendor was told to wait", || {
        messages(&fake, "text").iter().filter(|message| **message == keep).count() == 2
    })
    .await;
    assert!(feed.try_send("here it is.".to_owned()).is_ok());
    drop(feed);
    while let Some(event) = timeout(PATIENCE, events.next()).await.unwrap() {
        all.push(event.unwrap());
    }
    assert_eq!((heard(&all).as_str(), fake.begun()), ("One moment, here it is.", 1));
}

#[test]
fn a_reply_may_be_dropped_where_there_is_no_runtime() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let (fake, session, events, feed) = runtime.block_on(async {
        let fake = FakeElevenLabs::start().await.unwrap();
        let session = session(&provider(&fake));
        let (feed, text) = inlet(8);
        assert!(feed.try_send("One two three. ".to_owned()).is_ok());
        let mut events = session.synthesize(TtsRequest::default(), text);
        assert!(matches!(events.next().await, Some(Ok(TtsEvent::Audio(_) | TtsEvent::Spoken(_)))));
        (fake, session, events, feed)
    });
    drop((events, feed));
    runtime.block_on(async {
        until("the socket is closed", || fake.open() == 0).await;
        assert_eq!(heard(&speak(&*session, &["Hello."]).await.unwrap()), "Hello.");
    });
}

#[tokio::test]
async fn http_is_warmed_by_a_question_whose_connection_the_reply_uses() {
    let fake = FakeElevenLabs::start().await.unwrap();
    let voice = ElevenLabs::new(ElevenLabsOptions { api: Some(Api::Http), ..options(&fake) }).unwrap();
    let session = session(&voice);
    session.prewarm().collect().await.unwrap();
    assert_eq!((fake.begun(), fake.connections()), (1, 1));
    assert_eq!(
        heard(&speak(&*session, &["Hello there. ", "Good-bye."]).await.unwrap()),
        "Hello there. Good-bye."
    );
    assert_eq!((fake.begun(), fake.connections()), (3, 1));
}
