//! A client and the transport over a byte stream in memory, on a paused clock.

use std::sync::Arc;
use std::time::Duration;

use futures::{SinkExt, StreamExt};
use proptest::prelude::*;
use rooh_audio::{AudioFormat, AudioFrame, SessionTime};
use rooh_core::event::{Event, EventKind, SessionEnd};
use rooh_core::session::{Command, SessionId};
use rooh_core::stream::{Feed, inlet};
use rooh_core::transport::{Playout, Transport, TransportEvent};
use rooh_core::{Error, ErrorKind};
use rooh_transport_websocket::{WebSocketTransport, Welcome, socket};
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt, DuplexStream, duplex};
use tokio::sync::mpsc;
use tokio::task::JoinHandle;
use tokio::time::{Instant, timeout};
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::protocol::Role;

/// A client whose session is live.
struct Call {
    client: WebSocketStream<DuplexStream>,
    /// `None` once the session has said goodbye.
    playout: Option<Feed<Playout>>,
    events: mpsc::Receiver<TransportEvent>,
    end: JoinHandle<Result<(), Error>>,
}

fn welcome() -> Welcome {
    Welcome { agent: "reception".into(), session: SessionId::new("s-1") }
}

fn hello() -> Message {
    let hello = json!({"type": "hello", "version": 1, "input_rate": 16_000, "output_rate": 8_000, "echo_cancelled": true});
    Message::text(hello.to_string())
}

/// What a test holds of the server's side.
struct Served {
    playout: Feed<Playout>,
    events: mpsc::Receiver<TransportEvent>,
    end: JoinHandle<Result<(), Error>>,
}

/// A session that hears the client and says what the test says, over `buffer` bytes of network.
fn serve(buffer: usize) -> (DuplexStream, Served) {
    let (near, far) = duplex(buffer);
    let (feed, playout) = inlet(64);
    let (seen, events) = mpsc::channel(100_000);
    let end = tokio::spawn(async move {
        let transport = WebSocketTransport::accept(socket(near, Vec::new()).await, welcome()).await?;
        let capabilities = transport.capabilities();
        assert!(capabilities.acknowledges && capabilities.cancels_echo);
        // A client that does not say that it knows `hold` is never sent one.
        assert!(!capabilities.holds);
        assert_eq!(capabilities.input, AudioFormat::WIDEBAND);
        assert_eq!(capabilities.output, AudioFormat::TELEPHONE);
        let mut stream = Box::new(transport).run(playout);
        while let Some(event) = stream.next().await {
            seen.send(event?).await.unwrap();
        }
        Ok(())
    });
    (far, Served { playout: feed, events, end })
}

async fn connect(buffer: usize) -> Call {
    let (far, Served { playout, mut events, end }) = serve(buffer);
    let mut client = WebSocketStream::from_raw_socket(far, Role::Client, None).await;
    client.send(hello()).await.unwrap();
    let ready = next_json(&mut client).await;
    assert_eq!(
        ready,
        json!({"type": "ready", "version": 1, "session": "s-1", "agent": "reception", "input_rate": 16_000, "output_rate": 8_000})
    );
    assert!(matches!(events.recv().await, Some(TransportEvent::Ready)));
    Call { client, playout: Some(playout), events, end }
}

async fn next_json(client: &mut WebSocketStream<DuplexStream>) -> Value {
    loop {
        match timeout(Duration::from_secs(600), client.next()).await.unwrap().unwrap().unwrap() {
            Message::Text(text) => return serde_json::from_str(&text).unwrap(),
            Message::Ping(_) => {}
            other => panic!("expected a text, got {other:?}"),
        }
    }
}

/// The word of the error message and the code of the close frame that end a connection.
async fn verdict(client: &mut WebSocketStream<DuplexStream>) -> (Option<String>, Option<u16>) {
    let mut word = None;
    while let Ok(Some(Ok(message))) = timeout(Duration::from_secs(600), client.next()).await {
        match message {
            Message::Text(text) => {
                let json: Value = serde_json::from_str(&text).unwrap();
                if json["type"] == "error" {
                    word = json["code"].as_str().map(str::to_owned);
                }
            }
            Message::Close(frame) => return (word, frame.map(|frame| frame.code.into())),
            _ => {}
        }
    }
    (word, None)
}

async fn check_refused(messages: impl IntoIterator<Item = Message>, word: &str, code: u16) {
    let mut call = connect(1 << 20).await;
    for message in messages {
        if call.client.send(message).await.is_err() {
            break;
        }
    }
    assert_eq!(verdict(&mut call.client).await, (Some(word.to_owned()), Some(code)));
    let error = timeout(Duration::from_secs(10), call.end).await.unwrap().unwrap().unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Protocol);
}

/// Sends bytes of the test's own making in the place of frames.
async fn check_bytes(bytes: &[u8], word: &str, code: u16) {
    let mut call = connect(1 << 20).await;
    call.client.get_mut().write_all(bytes).await.unwrap();
    assert_eq!(verdict(&mut call.client).await, (Some(word.to_owned()), Some(code)));
    assert!(timeout(Duration::from_secs(10), call.end).await.unwrap().unwrap().is_err());
}

async fn check_first(first: impl IntoIterator<Item = Message>, word: &str, code: u16) {
    let (far, served) = serve(1 << 20);
    let mut client = WebSocketStream::from_raw_socket(far, Role::Client, None).await;
    for message in first {
        client.send(message).await.unwrap();
    }
    assert_eq!(verdict(&mut client).await, (Some(word.to_owned()), Some(code)));
    assert!(timeout(Duration::from_secs(10), served.end).await.unwrap().unwrap().is_err());
}

fn frame(generation: u64, millis: u64, sample: i16) -> Playout {
    let format = AudioFormat::TELEPHONE;
    let samples = vec![sample; format.samples_in(Duration::from_millis(millis))];
    Playout::Audio { generation, frame: AudioFrame::new(samples, format, SessionTime::ZERO) }
}

fn event(kind: EventKind) -> Playout {
    Playout::Event(Arc::new(Event { at: SessionTime::from_millis(10), kind }))
}

#[tokio::test(start_paused = true)]
async fn sound_and_messages_go_both_ways() {
    let mut call = connect(1 << 16).await;
    call.client.send(Message::binary(vec![1, 0, 255, 255])).await.unwrap();
    let Some(TransportEvent::Audio(heard)) = call.events.recv().await else { panic!("no audio") };
    assert_eq!(heard.samples(), [1, -1]);
    assert_eq!(heard.format(), AudioFormat::WIDEBAND);
    call.client.send(Message::text(r#"{"type":"played","generation":3,"ms":20}"#)).await.unwrap();
    assert!(matches!(
        call.events.recv().await,
        Some(TransportEvent::Played { generation: 3, played }) if played == Duration::from_millis(20)
    ));
    call.client.send(Message::text(r#"{"type":"interrupt"}"#)).await.unwrap();
    assert!(matches!(call.events.recv().await, Some(TransportEvent::Command(Command::Interrupt))));

    let playout = call.playout.as_ref().unwrap();
    playout.send(frame(3, 1, 258)).await;
    playout.send(Playout::Finished { generation: 3 }).await;
    playout.send(event(EventKind::SpeechStarted)).await;
    let audio = call.client.next().await.unwrap().unwrap();
    assert_eq!(audio.into_data()[..6], [3, 0, 0, 0, 2, 1]);
    assert_eq!(next_json(&mut call.client).await, json!({"type": "audio_end", "generation": 3}));
    assert_eq!(
        next_json(&mut call.client).await,
        json!({"type": "event", "event": {"at_ms": 10.0, "type": "speech_started"}})
    );
    call.client.send(Message::text(r#"{"type":"ping","id":9}"#)).await.unwrap();
    assert_eq!(next_json(&mut call.client).await, json!({"type": "pong", "id": 9}));
}

#[tokio::test(start_paused = true)]
async fn a_client_that_closes_ends_the_stream_without_an_error() {
    let mut call = connect(1 << 16).await;
    call.client.close(None).await.unwrap();
    assert!(call.client.next().await.is_none_or(|last| last.is_ok_and(|last| last.is_close())));
    assert_eq!(call.end.await.unwrap().map_err(|error| error.kind()), Ok(()));
}

#[tokio::test(start_paused = true)]
async fn a_connection_that_breaks_is_an_error() {
    let call = connect(1 << 16).await;
    drop(call.client);
    assert_eq!(call.end.await.unwrap().unwrap_err().kind(), ErrorKind::Network);
}

#[tokio::test(start_paused = true)]
async fn a_session_that_ends_says_so_and_closes() {
    for (reason, code) in [(SessionEnd::AgentEnded, 1000), (SessionEnd::Failed, 1011)] {
        let mut call = connect(1 << 16).await;
        let playout = call.playout.take().unwrap();
        playout.send(event(EventKind::SessionEnded { reason })).await;
        drop(playout);
        let said = next_json(&mut call.client).await;
        assert_eq!(said["event"]["reason"], reason.as_str());
        assert_eq!(verdict(&mut call.client).await.1, Some(code));
        assert!(call.end.await.unwrap().is_ok());
    }
}

#[tokio::test(start_paused = true)]
async fn a_session_ends_although_the_client_does_not_answer() {
    let mut call = connect(1 << 16).await;
    call.playout = None;
    let begun = Instant::now();
    assert!(call.end.await.unwrap().is_ok());
    assert!(begun.elapsed() <= Duration::from_secs(6));
}

#[tokio::test(start_paused = true)]
async fn whoever_does_not_say_hello_first_is_refused() {
    check_first([], "no_hello", 1008).await;
    check_first([Message::binary(vec![0, 0])], "no_hello", 1008).await;
    check_first([Message::text(r#"{"type":"commit"}"#)], "no_hello", 1008).await;
    check_first(
        [Message::text(r#"{"type":"hello","version":9,"input_rate":8000,"output_rate":8000}"#)],
        "no_hello",
        1008,
    )
    .await;
    check_first([Message::text("hi")], "not_json", 1007).await;
    check_first((0..20).map(|_| Message::Ping(Default::default())), "no_hello", 1008).await;
}

#[tokio::test(start_paused = true)]
async fn whoever_breaks_a_rule_is_told_which() {
    check_refused([hello()], "second_hello", 1008).await;
    check_refused([Message::text("{")], "not_json", 1007).await;
    check_refused([Message::text(r#"{"type":"dance"}"#)], "unknown_message", 1008).await;
    check_refused([Message::binary(vec![1, 2, 3])], "bad_audio", 1003).await;
    check_refused([Message::binary(vec![])], "bad_audio", 1003).await;
    check_refused([Message::binary(vec![0; 65_538])], "too_long", 1009).await;
    check_refused([Message::text("x".repeat(65_537))], "too_long", 1009).await;
}

#[tokio::test(start_paused = true)]
async fn floods_are_cut_off() {
    check_refused((0..60).map(|_| Message::binary(vec![0; 640])), "too_fast", 1008).await;
    check_refused((0..500).map(|_| Message::binary(vec![0; 2])), "too_fast", 1008).await;
    check_refused((0..500).map(|_| Message::Ping(Default::default())), "too_fast", 1008).await;
    check_refused((0..500).map(|_| Message::text(r#"{"type":"commit"}"#)), "too_fast", 1008).await;
}

#[tokio::test(start_paused = true)]
async fn broken_frames_get_the_close_code_that_names_them() {
    // A text of two bytes that is no UTF-8; the mask is zero.
    check_bytes(&[0x81, 0x82, 0, 0, 0, 0, 0xc3, 0x28], "not_json", 1007).await;
    // The head of a frame of 2^62 bytes, unfinished.
    check_bytes(&[0x82, 0xff, 0x40, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0], "too_long", 1009).await;
    // A fragment of 60 KiB, then the head of another: together they are too long.
    let mut fragments = vec![0x02, 0xfe, 0xf0, 0x00, 0, 0, 0, 0];
    fragments.extend([0; 0xf000]);
    fragments.extend([0x80, 0xfe, 0xf0, 0x00, 0, 0, 0, 0]);
    fragments.extend([0; 0xf000]);
    check_bytes(&fragments, "too_long", 1009).await;
    // A frame without a mask, a reserved bit, a reserved opcode, a lone continuation.
    check_bytes(&[0x82, 0x02, 0, 0], "bad_frame", 1002).await;
    check_bytes(&[0xc2, 0x82, 0, 0, 0, 0, 0, 0], "bad_frame", 1002).await;
    check_bytes(&[0x83, 0x82, 0, 0, 0, 0, 0, 0], "bad_frame", 1002).await;
    check_bytes(&[0x80, 0x82, 0, 0, 0, 0, 0, 0], "bad_frame", 1002).await;
}

#[tokio::test(start_paused = true)]
async fn a_field_out_of_range_is_answered_and_the_session_goes_on() {
    let mut call = connect(1 << 16).await;
    call.client.send(Message::text(r#"{"type":"vad_threshold","value":7}"#)).await.unwrap();
    assert_eq!(next_json(&mut call.client).await["code"], "bad_field");
    call.client.send(Message::text(r#"{"type":"commit"}"#)).await.unwrap();
    assert!(matches!(call.events.recv().await, Some(TransportEvent::Command(Command::Commit))));
}

#[tokio::test(start_paused = true)]
async fn ten_seconds_of_microphone_may_come_at_once_after_a_gap() {
    let mut call = connect(1 << 20).await;
    for _ in 0..500 {
        call.client.send(Message::binary(vec![0; 640])).await.unwrap();
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    tokio::time::sleep(Duration::from_secs(10)).await;
    for _ in 0..500 {
        call.client.send(Message::binary(vec![0; 640])).await.unwrap();
    }
    for _ in 0..1000 {
        assert!(matches!(call.events.recv().await, Some(TransportEvent::Audio(_))));
    }
}

#[tokio::test(start_paused = true)]
async fn a_client_that_falls_silent_is_pinged_and_then_given_up() {
    let mut call = connect(1 << 16).await;
    let begun = Instant::now();
    // Read from the bytes: a WebSocket client would answer the pings on its own.
    let mut pings = 0;
    let mut byte = [0; 1];
    while begun.elapsed() < Duration::from_secs(59) {
        match timeout(Duration::from_secs(1), call.client.get_mut().read_exact(&mut byte)).await {
            Ok(read) => {
                read.unwrap();
                pings += usize::from(byte[0] == 0x89);
            }
            Err(_) => continue,
        }
    }
    assert_eq!(pings, 2);
    let error = call.end.await.unwrap().unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Timeout);
    assert!(begun.elapsed() <= Duration::from_secs(64), "{:?}", begun.elapsed());
}

#[tokio::test(start_paused = true)]
async fn a_client_that_answers_pings_is_kept() {
    let mut call = connect(1 << 16).await;
    let reading = timeout(Duration::from_secs(300), async { while call.client.next().await.is_some() {} });
    assert!(reading.await.is_err(), "the connection lives on");
    assert!(!call.end.is_finished());
}

#[tokio::test(start_paused = true)]
async fn a_slow_client_holds_the_session_back_and_hears_the_beginning() {
    let mut call = connect(1024).await;
    let feed = call.playout.clone().unwrap();
    let speaking = tokio::spawn(async move {
        for number in 0..200 {
            feed.send(frame(1, 20, number)).await;
        }
    });
    tokio::time::sleep(Duration::from_secs(5)).await;
    assert!(!speaking.is_finished(), "200 frames do not fit anywhere");
    let mut expected = 0;
    while expected < 200 {
        let audio = call.client.next().await.unwrap().unwrap();
        if let Message::Binary(bytes) = audio {
            assert_eq!(i16::from_le_bytes([bytes[4], bytes[5]]), expected);
            expected += 1;
        }
    }
}

#[tokio::test(start_paused = true)]
async fn an_interruption_overtakes_audio_that_a_slow_client_has_not_taken() {
    let mut call = connect(1024).await;
    let feed = call.playout.clone().unwrap();
    for number in 0..7 {
        feed.send(frame(1, 20, number)).await;
    }
    tokio::time::sleep(Duration::from_millis(10)).await;
    feed.send(Playout::Clear { generation: 1 }).await;
    feed.send(frame(2, 20, 99)).await;
    tokio::time::sleep(Duration::from_millis(10)).await;
    let mut before = 0;
    loop {
        match call.client.next().await.unwrap().unwrap() {
            Message::Binary(_) => before += 1,
            Message::Text(text) => {
                assert_eq!(&*text, r#"{"type":"clear","generation":1}"#);
                break;
            }
            other => panic!("{other:?}"),
        }
    }
    assert!(before <= 4, "no more than the network had taken already, but {before}");
    let next = call.client.next().await.unwrap().unwrap().into_data();
    assert_eq!(next[0], 2);
}

#[tokio::test(start_paused = true)]
async fn a_client_that_never_reads_is_given_up() {
    let mut call = connect(1024).await;
    let feed = call.playout.take().unwrap();
    let speaking = tokio::spawn(async move {
        for number in 0..1000 {
            feed.send(frame(1, 20, number)).await;
        }
    });
    let begun = Instant::now();
    while !call.end.is_finished() && begun.elapsed() < Duration::from_secs(120) {
        let _ =
            timeout(Duration::from_secs(1), call.client.feed(Message::text(r#"{"type":"commit"}"#))).await;
        tokio::time::sleep(Duration::from_secs(1)).await;
    }
    assert_eq!(call.end.await.unwrap().unwrap_err().kind(), ErrorKind::Timeout);
    speaking.await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn dropping_the_stream_hangs_up() {
    let (near, far) = duplex(1 << 16);
    let mut client = WebSocketStream::from_raw_socket(far, Role::Client, None).await;
    client.send(hello()).await.unwrap();
    let transport = WebSocketTransport::accept(socket(near, Vec::new()).await, welcome()).await.unwrap();
    let (_feed, playout) = inlet(8);
    let mut stream = Box::new(transport).run(playout);
    assert!(matches!(stream.next().await, Some(Ok(TransportEvent::Ready))));
    drop(stream);
    assert!(client.next().await.unwrap().is_err());
}

fn check_any_bytes(bytes: Vec<u8>) {
    let runtime =
        tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build().unwrap();
    runtime.block_on(async {
        let mut call = connect(1 << 20).await;
        call.client.get_mut().write_all(&bytes).await.unwrap();
        call.client.get_mut().shutdown().await.unwrap();
        let end = timeout(Duration::from_secs(120), call.end).await;
        assert!(end.expect("the stream ends").is_ok(), "nothing panics");
    });
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    #[test]
    fn no_bytes_make_the_transport_panic_or_hang(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        check_any_bytes(bytes);
    }

    #[test]
    fn no_frames_make_the_transport_panic_or_hang(
        frames in prop::collection::vec((any::<u8>(), prop::collection::vec(any::<u8>(), 0..120)), 0..12)
    ) {
        let bytes = frames.into_iter().flat_map(|(head, payload)| {
            let mut frame = vec![head & 0x8f, 0x80 | payload.len() as u8, 0, 0, 0, 0];
            frame.extend(payload);
            frame
        });
        check_any_bytes(bytes.collect());
    }
}
