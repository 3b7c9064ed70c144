//! One socket for a session, and what becomes of it.

use std::time::Duration;

use futures::FutureExt;
use rooh_core::stream::inlet;
use rooh_core::tts::{TtsProvider, TtsRequest};
use rooh_testkit::Noise;
use rooh_testkit::fakes::{Cuts, SocketFault};

use crate::{begin, contexts, fake, heard, options, provider, say, session, told, until};

/// How many cancellations are drawn.
const SEEDS: u64 = 100;

#[tokio::test]
async fn a_session_has_one_socket_and_a_provider_one_for_each_reply() {
    let fake = fake().await;
    let voice = session(&fake);
    for n in 0..5 {
        assert_eq!(heard(&say(&*voice, &["One.", "Two."]).await.unwrap()), "One. Two.", "{n}");
    }
    assert_eq!((fake.begun(), contexts(&fake).len()), (1, 5));
    drop(voice);
    until("the socket closes with its session", || fake.connections() == 0).await;
    let voice = provider(options(&fake));
    for _ in 0..3 {
        say(&voice, &["One."]).await.unwrap();
    }
    assert_eq!(fake.begun(), 4);
    until("the sockets of replies close", || fake.connections() == 0).await;
}

#[tokio::test]
async fn prewarming_opens_the_socket_that_the_first_reply_uses() {
    let fake = fake().await;
    let voice = session(&fake);
    let prewarm = voice.prewarm();
    tokio::task::yield_now().await;
    assert_eq!(fake.begun(), 0, "before it was polled");
    prewarm.collect().await.unwrap();
    voice.prewarm().collect().await.unwrap();
    assert_eq!(fake.begun(), 1);
    assert_eq!(heard(&say(&*voice, &["Hello."]).await.unwrap()), "Hello.");
    assert_eq!(fake.begun(), 1);
    // What the provider itself opens would be nobody's.
    provider(options(&fake)).prewarm().collect().await.unwrap();
    assert_eq!(fake.begun(), 1);
}

#[tokio::test]
async fn a_reply_waits_for_the_socket_that_is_being_opened_and_for_none_that_was_given_up() {
    let fake = fake().await;
    let voice = session(&fake);
    let mut prewarm = voice.prewarm();
    // Begun, and not polled any more while the reply runs.
    assert!(prewarm.next().now_or_never().is_none());
    assert_eq!(heard(&say(&*voice, &["Hello."]).await.unwrap()), "Hello.");
    assert_eq!(fake.begun(), 1);
    assert!(prewarm.next().await.is_none());

    let voice = session(&fake);
    let mut prewarm = voice.prewarm();
    assert!(prewarm.next().now_or_never().is_none());
    drop(prewarm);
    assert_eq!(heard(&say(&*voice, &["Hello."]).await.unwrap()), "Hello.");

    // One that fails is tried again.
    let voice = session(&fake);
    fake.spoil(SocketFault::Status(503, "busy".to_owned(), None));
    assert!(voice.prewarm().collect().await.is_err());
    assert_eq!(heard(&say(&*voice, &["Hello."]).await.unwrap()), "Hello.");
}

#[tokio::test]
async fn two_sessions_never_share_a_socket() {
    let fake = fake().await;
    let voice = provider(options(&fake));
    let (one, other) = (voice.for_session().unwrap(), voice.for_session().unwrap());
    for round in 0..10 {
        let (left, right) =
            futures::join!(say(&*one, &["Left is", "one."]), say(&*other, &["Right is another."]));
        assert_eq!(heard(&left.unwrap()), "Left is one.", "{round}");
        assert_eq!(heard(&right.unwrap()), "Right is another.", "{round}");
        assert_eq!((fake.begun(), fake.connections()), (2, 2), "{round}");
    }
    drop(one);
    until("the socket closes with its session", || fake.connections() == 1).await;
    assert_eq!(heard(&say(&*other, &["Still here."]).await.unwrap()), "Still here.");
    assert_eq!(fake.begun(), 2);
    assert_eq!(contexts(&fake).len(), 21);
}

#[tokio::test]
async fn after_a_cancellation_the_next_reply_on_the_socket_hears_nothing_of_the_old_one() {
    let fake = fake().await.pace(Duration::from_micros(200));
    let voice = session(&fake);
    // A reply that is dropped while its socket opens leaves none.
    voice.prewarm().collect().await.unwrap();
    for seed in 0..SEEDS {
        let mut random = Noise::new(seed);
        fake.cut(Cuts::Seed(seed));
        let (feed, text) = inlet(4);
        for _ in 0..1 + (random.unit() * 3.0) as usize {
            feed.try_send("Old old old old old old.".to_owned()).unwrap();
        }
        let mut events = voice.synthesize(TtsRequest::default(), text);
        // After some events, or some time, which is usually in the middle of a message.
        for _ in 0..(random.unit() * 12.0) as usize {
            let next =
                tokio::time::timeout(Duration::from_micros((random.unit() * 4_000.0) as u64), events.next());
            if let Ok(None) = next.await {
                break;
            }
        }
        drop(events);
        assert!(feed.is_closed());
        let words = format!("New words {seed}.");
        let events = say(&*voice, &[&words]).await.unwrap_or_else(|error| panic!("seed {seed}: {error}"));
        assert_eq!(heard(&events), words, "seed {seed}");
    }
    assert_eq!(fake.begun(), 1, "a socket was given up");
    assert!(told(&fake).iter().any(|message| message["cancel"] == true));
    until("all contexts end", || fake.active() == 0).await;
}

#[tokio::test]
async fn a_cancellation_is_told_at_once() {
    let fake = fake().await.pace(Duration::from_millis(5));
    let voice = session(&fake);
    let (feed, text) = inlet(4);
    feed.try_send("and on it goes ".repeat(50)).unwrap();
    let mut events = voice.synthesize(TtsRequest::default(), text);
    events.next().await.unwrap().unwrap();
    assert_eq!(fake.active(), 1);
    drop(events);
    until("the context ends", || fake.active() == 0).await;
    assert_eq!((fake.begun(), fake.connections()), (1, 1));
    assert_eq!(told(&fake).last().unwrap()["cancel"], true);
}

#[tokio::test]
async fn a_socket_that_died_between_replies_is_opened_anew() {
    // Closed for being idle, with a word and without one.
    let fake = fake().await.idle(Duration::from_millis(50));
    let voice = session(&fake);
    for n in 1..=3 {
        assert_eq!(heard(&say(&*voice, &["Hello."]).await.unwrap()), "Hello.");
        assert_eq!(fake.begun(), n);
        tokio::time::sleep(Duration::from_millis(250)).await;
    }
    // A reply is told in five messages; the sixth has the first words of the next.
    for place in 0..=6 {
        for fault in [
            SocketFault::Break(place),
            SocketFault::Close(place, 1011, "restart".to_owned()),
            SocketFault::BreakInside(place),
        ] {
            let fake = crate::fake().await;
            fake.spoil(fault.clone());
            let voice = session(&fake);
            // Whatever becomes of the first, the second is whole.
            let _ = say(&*voice, &["Hello there."]).await;
            let events = say(&*voice, &["Hello again."]).await;
            let events = events.unwrap_or_else(|error| panic!("{fault:?}: {error}"));
            assert_eq!(heard(&events), "Hello again.", "{fault:?}");
            assert!(fake.begun() <= 2, "{fault:?}");
        }
    }
}

#[tokio::test]
async fn a_second_stream_of_a_session_has_a_socket_of_its_own_for_as_long_as_it_lasts() {
    let fake = fake().await;
    let voice = session(&fake);
    let (one, other) = futures::join!(say(&*voice, &["A filler."]), say(&*voice, &["The reply."]));
    assert_eq!(
        (heard(&one.unwrap()), heard(&other.unwrap())),
        ("A filler.".to_owned(), "The reply.".to_owned())
    );
    until("one socket is left", || fake.connections() == 1).await;
    begin(&*voice, TtsRequest::default(), &["Next."]).collect().await.unwrap();
    assert_eq!(fake.begun(), 2);
}
