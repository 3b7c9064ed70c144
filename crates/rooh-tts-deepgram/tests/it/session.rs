//! One connection for a session.

use rooh_core::options::Options;
use rooh_core::tts::Spoken;
use rooh_testkit::fakes::SocketFault;

use crate::*;

#[tokio::test]
async fn replies_share_the_connection_that_was_opened_in_advance() {
    let fake = FakeDeepgram::start().await.unwrap();
    let voice = provider(options(&fake)).for_session().unwrap();
    assert_eq!(fake.begun(), 0);
    voice.prewarm().collect().await.unwrap();
    voice.prewarm().collect().await.unwrap();
    assert_eq!(fake.begun(), 1);
    for text in ["Good morning.", "How are you?", "Fine"] {
        let (heard, events, error) = speak(&*voice, &[text]).await;
        assert_eq!((heard.as_str(), error.is_none()), (text, true));
        let Some(TtsEvent::Spoken(Spoken { text: end, .. })) = events.last() else { panic!("no mark") };
        assert_eq!(*end, text.len());
    }
    assert_eq!((fake.begun(), fake.open()), (1, 1));
    drop(voice);
    let closed = async {
        while fake.open() > 0 {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    assert!(timeout(PATIENCE, closed).await.is_ok(), "the connection outlives its session");
}

#[tokio::test]
async fn nothing_of_a_dropped_reply_is_heard_in_the_next() {
    let fake = FakeDeepgram::start().await.unwrap();
    let voice = provider(options(&fake)).for_session().unwrap();
    for taken in 0..12 {
        let (feed, mut events) = begin(&*voice);
        put(&feed, "Dropped words that nobody wants to hear any more. And some more of them. ");
        put(&feed, "And a part without an end");
        for _ in 0..taken {
            next(&mut events).await.unwrap().unwrap();
        }
        let _ = timeout(Duration::from_millis(taken), events.next()).await;
        drop((feed, events));
        let (heard, _, error) = speak(&*voice, &["What", "is next"]).await;
        assert_eq!((heard.as_str(), error.is_none()), ("What is next", true), "after {taken} events");
    }
    assert!(!told(&fake, "Clear").is_empty());
}

#[tokio::test]
async fn a_connection_that_died_meanwhile_is_opened_again() {
    let fake = FakeDeepgram::start().await.unwrap();
    let voice = provider(options(&fake)).for_session().unwrap();
    // Metadata, two words in pieces of a tenth of a second, the end: then it is closed.
    fake.spoil(SocketFault::Close(6, 1011, "NET-0003".to_owned()));
    assert_eq!(speak(&*voice, &["one two"]).await.0, "one two");
    let gone = async {
        while fake.open() > 0 {
            tokio::time::sleep(Duration::from_millis(5)).await;
            if told(&fake, "Flush").len() == 1 && fake.begun() == 1 {
                break;
            }
        }
    };
    gone.await;
    tokio::time::sleep(Duration::from_millis(50)).await;
    let (heard, _, error) = speak(&*voice, &["three"]).await;
    assert_eq!((heard.as_str(), error.is_none()), ("three", true));
    assert_eq!(fake.begun(), 2);
}

#[tokio::test]
async fn another_voice_or_speed_takes_another_connection() {
    let fake = FakeDeepgram::start().await.unwrap();
    let voice = provider(options(&fake)).for_session().unwrap();
    let reply = async |options: Options, speed: Option<f32>| {
        let (feed, inlet) = inlet(4);
        let request = TtsRequest { options, speed, ..TtsRequest::default() };
        let events = voice.synthesize(request, inlet);
        put(&feed, "hello");
        drop(feed);
        assert_eq!(rest(events).await.0, "hello");
    };
    reply(Options::new(), None).await;
    reply(Options::new().with("model", "aura-2-viktoria-de"), None).await;
    reply(Options::new().with("model", "aura-2-viktoria-de"), None).await;
    reply(Options::new(), Some(9.0)).await;
    let asked: Vec<String> = fake.seen().into_iter().map(|seen| seen.query).collect();
    let base = |model| format!("model={model}&encoding=linear16&sample_rate=24000");
    assert_eq!(
        asked,
        [
            base("aura-2-thalia-en"),
            base("aura-2-viktoria-de"),
            format!("{}&speed=1.5", base("aura-2-thalia-en"))
        ]
    );
}

#[tokio::test]
async fn a_long_reply_asks_for_its_end_no_more_often_than_the_vendor_allows() {
    let fake = FakeDeepgram::start().await.unwrap();
    let voice = provider(options(&fake));
    let clauses: Vec<String> = (0..60).map(|n| format!("This is the clause with the number {n}. ")).collect();
    let clauses: Vec<&str> = clauses.iter().map(String::as_str).collect();
    let (heard, events, error) = speak(&voice, &clauses).await;
    assert!(error.is_none(), "{error:?}");
    assert_eq!(heard, clauses.concat().trim_end());
    assert!(told(&fake, "Flush").len() <= 18);
    let marks: Vec<usize> = events
        .iter()
        .filter_map(|event| match event {
            TtsEvent::Spoken(spoken) => Some(spoken.text),
            _ => None,
        })
        .collect();
    assert_eq!(marks.last(), Some(&clauses.concat().len()));
}

#[tokio::test]
async fn nothing_to_say_opens_no_connection() {
    let fake = FakeDeepgram::start().await.unwrap();
    let voice = provider(options(&fake));
    let (_, events, error) = speak(&voice, &["", " … ", "—", "!?"]).await;
    assert!(events.is_empty() && error.is_none());
    assert_eq!(fake.begun(), 0);
}
