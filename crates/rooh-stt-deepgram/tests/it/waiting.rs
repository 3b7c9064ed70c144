//! What happens while nothing happens.

use rooh_core::ErrorKind;
use rooh_core::trace::Trace;
use rooh_testkit::fakes::Answers;

use crate::*;

#[tokio::test]
async fn nova_is_kept_alive_while_no_audio_comes() {
    let fake = FakeDeepgram::start().await.unwrap().idle(Duration::from_secs(5));
    let ears = provider(options(&fake, "nova-3"));
    let (mut used, mut unused) = (Talk::new(&ears), Talk::new(&ears));
    used.say("before");
    used.finalize();
    assert_eq!(used.final_text().await, "before");
    let quiet = tokio::time::timeout(Duration::from_millis(9_500), used.events.next());
    let unused_quiet = tokio::time::timeout(Duration::from_millis(9_500), unused.events.next());
    let (quiet, unused_quiet) = tokio::join!(quiet, unused_quiet);
    assert!(quiet.is_err() && unused_quiet.is_err(), "{quiet:?} {unused_quiet:?}");
    // The one that was never used is opened by a little silence, and then kept alike.
    assert!(told(&fake, "KeepAlive").len() >= 3);
    for talk in [&mut used, &mut unused] {
        talk.at = SessionTime::from_millis(12_000);
        talk.say("after");
        talk.finalize();
        let last = talk.until_final().await.1;
        assert_eq!(last.text, "after");
        assert!(last.words[0].start.as_millis().abs_diff(12_000) <= 2, "{last:?}");
    }
}

#[tokio::test]
async fn an_answer_that_never_comes_is_an_error_that_says_try_again() {
    let fake = FakeDeepgram::start().await.unwrap().answers(Answers::Never);
    let options = DeepgramOptions { finalize_timeout_ms: 150, ..options(&fake, "nova-3") };
    let mut talk = Talk::new(&provider(options));
    talk.say("one two three four five");
    talk.finalize();
    let (events, error) = talk.rest().await;
    let error = error.unwrap();
    assert_eq!(error.kind(), ErrorKind::Timeout, "{error}");
    assert!(error.context("request_id").is_some());
    assert!(finals(&events).is_empty(), "what was not answered is not given: {events:?}");
}

#[tokio::test]
async fn the_trace_has_all_messages_and_no_key() {
    let fake = FakeDeepgram::start().await.unwrap();
    let log = std::sync::Arc::new(std::sync::Mutex::new(String::new()));
    let lines = std::sync::Arc::clone(&log);
    let trace = Trace::to(move |record| {
        lines.lock().unwrap().push_str(&format!("{:?} {}\n", record.direction, record.message));
    });
    let mut talk =
        Talk::with(&provider(options(&fake, "nova-3")), SttRequest { trace, ..SttRequest::default() });
    talk.say("hello");
    talk.finalize();
    talk.final_text().await;
    talk.end();
    talk.rest().await;
    let log = log.lock().unwrap().clone();
    assert!(log.contains("Out {\"type\":\"Finalize\"}") && log.contains("\"from_finalize\":true"), "{log}");
    assert!(log.contains("CloseStream") && !log.contains("k3y"), "{log}");
}

#[tokio::test]
async fn dropping_the_stream_closes_the_connection() {
    let fake = FakeDeepgram::start().await.unwrap();
    for model in ["nova-3", "flux-general-en"] {
        let mut talk = Talk::new(&provider(options(&fake, model)));
        talk.say("one two");
        talk.finalize();
        talk.final_text().await;
        assert_eq!(fake.open(), 1);
        drop(talk);
        let closed = async {
            while fake.open() > 0 {
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
        };
        assert!(tokio::time::timeout(PATIENCE, closed).await.is_ok(), "it is still open");
    }
}
