//! Streams, inlets and adapters: nothing before the first poll, nothing after the drop, nothing lost.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use rooh_audio::{AudioFormat, AudioFrame, SessionTime};
use rooh_core::stream::{Events, blocking, inlet};
use rooh_core::stt::{BatchStt, Batched, SttEvent, SttInput, SttProvider, SttRequest, Transcript};
use rooh_core::{Error, ErrorKind, Result};

fn numbers(count: u32) -> Events<u32> {
    Events::new(move |mut out| async move {
        for number in 0..count {
            out.emit(number).await;
        }
        Ok(())
    })
}

#[tokio::test]
async fn a_stream_yields_what_its_body_emits_in_order_and_then_ends_for_good() {
    let mut events = numbers(3);
    for number in 0..3 {
        assert_eq!(events.next().await.expect("an event").expect("no error"), number);
    }
    assert!(events.next().await.is_none());
    assert!(events.next().await.is_none());
}

#[tokio::test]
async fn a_body_does_not_begin_before_the_first_poll_nor_run_ahead_of_its_reader() {
    let reached = Arc::new(AtomicU32::new(0));
    let count = Arc::clone(&reached);
    let mut events = Events::new(move |mut out| async move {
        for number in 1..=5 {
            count.store(number, Ordering::Relaxed);
            out.emit(number).await;
        }
        Ok(())
    });
    tokio::task::yield_now().await;
    assert_eq!(reached.load(Ordering::Relaxed), 0);
    let _ = events.next().await;
    tokio::task::yield_now().await;
    assert_eq!(reached.load(Ordering::Relaxed), 1);
}

#[tokio::test]
async fn dropping_a_stream_drops_its_body_where_it_stands() {
    struct Guard(Arc<AtomicBool>);
    impl Drop for Guard {
        fn drop(&mut self) {
            self.0.store(true, Ordering::Relaxed);
        }
    }
    let dropped = Arc::new(AtomicBool::new(false));
    let guard = Guard(Arc::clone(&dropped));
    let mut events: Events<()> = Events::new(move |mut out| async move {
        let _guard = guard;
        out.emit(()).await;
        std::future::pending().await
    });
    let _ = events.next().await;
    assert!(!dropped.load(Ordering::Relaxed));
    drop(events);
    assert!(dropped.load(Ordering::Relaxed));
}

#[tokio::test]
async fn an_error_is_the_last_event() {
    let mut events = Events::new(|mut out| async move {
        out.emit(1).await;
        Err(Error::new(ErrorKind::Network, "it broke"))
    });
    assert!(matches!(events.next().await, Some(Ok(1))));
    assert_eq!(events.next().await.expect("an error").expect_err("an error").kind(), ErrorKind::Network);
    assert!(events.next().await.is_none());
}

#[tokio::test]
async fn an_event_survives_a_reader_that_gives_up_and_comes_back() {
    let mut events = numbers(2);
    let _ = tokio::time::timeout(Duration::ZERO, std::future::pending::<()>()).await;
    {
        let next = events.next();
        drop(next);
    }
    assert!(matches!(events.next().await, Some(Ok(0))));
    assert!(matches!(events.next().await, Some(Ok(1))));
}

#[tokio::test]
async fn live_audio_that_finds_no_room_costs_the_oldest() {
    let (feed, mut reader) = inlet(2);
    assert_eq!(feed.push(1), None);
    assert_eq!(feed.push(2), None);
    assert_eq!(feed.push(3), Some(1));
    assert_eq!(feed.try_send(4), Err(4));
    assert_eq!((reader.next().await, reader.next().await), (Some(2), Some(3)));
}

#[tokio::test(start_paused = true)]
async fn text_that_finds_no_room_waits() {
    let (feed, mut reader) = inlet(1);
    feed.send(1).await;
    let wait = tokio::time::timeout(Duration::from_secs(1), feed.send(2)).await;
    assert!(wait.is_err(), "there was no room");
    let read = tokio::spawn(async move {
        tokio::time::sleep(Duration::from_secs(1)).await;
        (reader.next().await, reader.next().await, reader.next().await)
    });
    feed.send(3).await;
    drop(feed);
    assert_eq!(read.await.expect("no panic"), (Some(1), Some(3), None));
}

#[tokio::test]
async fn an_inlet_ends_with_its_last_feed_and_a_feed_learns_that_its_inlet_is_gone() {
    let (feed, mut reader) = inlet::<u8>(4);
    let other = feed.clone();
    drop(feed);
    other.push(1);
    drop(other);
    assert_eq!(reader.next().await, Some(1));
    assert_eq!(reader.next().await, None);

    let (feed, reader) = inlet::<u8>(1);
    drop(reader);
    assert!(feed.is_closed());
    assert_eq!(feed.push(1), Some(1));
    feed.send(2).await;
}

#[tokio::test(start_paused = true)]
async fn blocking_work_takes_no_simulated_time_and_a_panic_in_it_is_an_error() {
    let before = tokio::time::Instant::now();
    assert_eq!(blocking(|| 6 * 7).await.expect("no panic"), 42);
    assert_eq!(before.elapsed(), Duration::ZERO);
    let error = blocking(|| panic!("on purpose")).await.expect_err("it panicked");
    assert_eq!(error.kind(), ErrorKind::Unexpected);
}

/// Says how many milliseconds it was given.
#[derive(Debug)]
struct Counting;

#[async_trait]
impl BatchStt for Counting {
    fn format(&self) -> AudioFormat {
        AudioFormat::WIDEBAND
    }

    async fn recognize(&self, _: SttRequest, speech: Vec<AudioFrame>) -> Result<Transcript> {
        let length: Duration = speech.iter().map(AudioFrame::duration).sum();
        Ok(Transcript::text(length.as_millis().to_string()))
    }
}

async fn transcribed(stt: Batched<Counting>, inputs: Vec<SttInput>) -> Vec<String> {
    let (feed, audio) = inlet(100);
    for input in inputs {
        feed.push(input);
    }
    drop(feed);
    let events = stt.transcribe(SttRequest::default(), audio).collect().await.expect("no error");
    let texts = events.into_iter().map(|event| match event {
        SttEvent::Final(transcript) => transcript.text,
        other => panic!("not a final: {other:?}"),
    });
    texts.collect()
}

fn second() -> SttInput {
    SttInput::Audio(AudioFrame::silence(Duration::from_secs(1), AudioFormat::WIDEBAND, SessionTime::ZERO))
}

#[tokio::test]
async fn a_recognizer_of_whole_utterances_answers_every_finalize_once_and_the_end_too() {
    let inputs = vec![second(), second(), SttInput::Finalize, SttInput::Finalize, second()];
    assert_eq!(transcribed(Batched::new(Counting), inputs).await, ["2000", "", "1000"]);
}

#[tokio::test]
async fn an_utterance_that_is_too_long_to_keep_is_recognized_in_parts() {
    let stt = Batched::new(Counting).longest(Duration::from_secs(2));
    let inputs = vec![second(), second(), second(), second(), second(), SttInput::Finalize];
    assert_eq!(transcribed(stt, inputs).await, ["2000 2000 1000"]);
}

#[tokio::test]
async fn an_error_comes_after_the_event_that_was_still_waiting() {
    let mut events: Events<u8> = Events::new(|mut out| async move {
        // The body goes on before its event was taken.
        tokio::select! {
            biased;
            () = out.emit(1) => {}
            () = std::future::ready(()) => {}
        }
        Err(rooh_core::Error::new(rooh_core::ErrorKind::Network, "broke"))
    });
    assert_eq!(events.next().await.unwrap().unwrap(), 1);
    assert_eq!(events.next().await.unwrap().unwrap_err().kind(), rooh_core::ErrorKind::Network);
    assert!(events.next().await.is_none());
}
