//! The wire as text: what is sent for each event and message, and what becomes of hostile ones.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod floor;

use std::time::Duration;

use expect_test::{Expect, expect};
use proptest::prelude::*;
use rooh_audio::SessionTime;
use rooh_core::event::{Event, EventKind, FillerReason, SessionEnd, SessionState, TurnTiming};
use rooh_core::llm::{ToolCall, Usage};
use rooh_core::provider::Kind;
use rooh_core::session::SessionId;
use rooh_core::{Error, ErrorKind};
use rooh_floor::EndReason;
use rooh_wire::{ClientMessage, EventJson, PingId, ServerMessage, decode_audio, encode_audio};
use serde_json::json;

fn check_events(kinds: impl IntoIterator<Item = EventKind>, expected: Expect) {
    let mut lines = String::new();
    for kind in kinds {
        let event = Event { at: SessionTime::new(Duration::from_micros(1_250_500)), kind };
        let line = EventJson::from(&event).to_json();
        let read: EventJson<'_> = serde_json::from_str(&line).unwrap();
        assert_eq!(read, EventJson::from(&event), "an event is read back as it was written");
        assert!(line.contains(event.kind.name()), "the type is the name of the kind");
        lines += &line;
        lines.push('\n');
    }
    expected.assert_eq(&lines);
}

fn check_parse(texts: &[&str], expected: Expect) {
    let mut lines = String::new();
    for text in texts {
        let line = match ClientMessage::parse(text) {
            Ok(message) => format!("{:?}", message.into_event()),
            Err(fault) => format!("{}: {fault}", fault.kind.as_str()),
        };
        lines += &line;
        lines.push('\n');
    }
    expected.assert_eq(&lines);
}

#[test]
fn every_event_has_a_flat_form_that_is_read_back() {
    let secs = Duration::from_secs;
    let timing = {
        let mut timing = TurnTiming::default();
        timing.generation = 3;
        timing.endpointing = Duration::from_nanos(300_000_900);
        timing.llm = Duration::from_nanos(450_000_900);
        timing.tts = Duration::from_nanos(120_000_900);
        timing
    };
    check_events(
        [
            EventKind::SessionStarted { session: SessionId::new("s-1") },
            EventKind::StateChanged(SessionState::Listening),
            EventKind::Level { db: -31.27, speech: 0.981 },
            EventKind::Level { db: f32::NAN, speech: f32::INFINITY },
            EventKind::SpeechStarted,
            EventKind::UserPartial("my na".into()),
            EventKind::SpeechStopped,
            EventKind::UserFinal("my name is \"Ann\"\n".into()),
            EventKind::UserTurn {
                text: "my name is Ann".into(),
                reason: EndReason::Complete,
                silence: Duration::from_millis(420),
            },
            EventKind::UserTurnHeld { text: "my".into() },
            EventKind::ReplyText { generation: 3, text: "Hello Ann.".into() },
            EventKind::ReplyStarted { generation: 3 },
            EventKind::TurnTimed(timing),
            EventKind::Interrupted {
                generation: 3,
                heard: "Hello".into(),
                position: Duration::from_millis(310),
                unheard: " Ann.".into(),
            },
            EventKind::ReplyFinished { generation: 4, text: "Goodbye.".into() },
            EventKind::Dtmf('#'),
            EventKind::ToolCalled(ToolCall {
                id: "c1".into(),
                name: "look".into(),
                arguments: json!({"x": 1}),
            }),
            EventKind::ToolReturned {
                id: "c1".into(),
                name: "look".into(),
                output: json!("none"),
                failed: true,
            },
            EventKind::Used(Usage { cached: 1, input: 20, output: 7 }),
            EventKind::Speaker {
                speaker: "A".into(),
                start: SessionTime::from_millis(100),
                end: SessionTime::from_millis(900),
            },
            EventKind::AudioLost { duration: secs(1) },
            EventKind::Missed { count: 9 },
            EventKind::Failed {
                error: Error::new(ErrorKind::Auth, "the key was refused").with("host", "api.acme.test"),
                provider: Some(Kind::Stt),
            },
            EventKind::Failed { error: Error::new(ErrorKind::Timeout, "no answer"), provider: None },
            EventKind::SessionEnded { reason: SessionEnd::UserLeft },
        ],
        expect![[r##"
            {"at_ms":1250.5,"type":"session_started","session":"s-1"}
            {"at_ms":1250.5,"type":"state","state":"listening"}
            {"at_ms":1250.5,"type":"level","db":-31.3,"speech":0.98}
            {"at_ms":1250.5,"type":"level","db":-90.0,"speech":0.0}
            {"at_ms":1250.5,"type":"speech_started"}
            {"at_ms":1250.5,"type":"user_partial","text":"my na"}
            {"at_ms":1250.5,"type":"speech_stopped"}
            {"at_ms":1250.5,"type":"user_final","text":"my name is \"Ann\"\n"}
            {"at_ms":1250.5,"type":"user_turn","text":"my name is Ann","reason":"complete","silence_ms":420.0}
            {"at_ms":1250.5,"type":"user_turn_held","text":"my"}
            {"at_ms":1250.5,"type":"reply_text","generation":3,"text":"Hello Ann."}
            {"at_ms":1250.5,"type":"reply_started","generation":3}
            {"at_ms":1250.5,"type":"turn_timing","generation":3,"gap_ms":870.0,"parts":[{"name":"endpointing","ms":300.0},{"name":"stt","ms":0.0},{"name":"hooks","ms":0.0},{"name":"llm","ms":450.0},{"name":"clause","ms":0.0},{"name":"tts","ms":120.0},{"name":"playout","ms":0.0}]}
            {"at_ms":1250.5,"type":"interrupted","generation":3,"heard":"Hello","unheard":" Ann.","position_ms":310.0}
            {"at_ms":1250.5,"type":"reply_finished","generation":4,"text":"Goodbye."}
            {"at_ms":1250.5,"type":"dtmf","digit":"#"}
            {"at_ms":1250.5,"type":"tool_called","id":"c1","name":"look","arguments":{"x":1}}
            {"at_ms":1250.5,"type":"tool_returned","id":"c1","name":"look","output":"none","failed":true}
            {"at_ms":1250.5,"type":"usage","input":20,"output":7,"cached":1}
            {"at_ms":1250.5,"type":"speaker","speaker":"A","start_ms":100.0,"end_ms":900.0}
            {"at_ms":1250.5,"type":"audio_lost","ms":1000.0}
            {"at_ms":1250.5,"type":"missed","count":9}
            {"at_ms":1250.5,"type":"error","kind":"auth","message":"the key was refused","provider":"stt"}
            {"at_ms":1250.5,"type":"error","kind":"timeout","message":"no answer"}
            {"at_ms":1250.5,"type":"session_ended","reason":"user_left"}
        "##]],
    );
}

#[test]
fn what_is_said_while_an_answer_is_late_and_a_turn_that_is_taken_back_have_forms() {
    let filler = |reason, expected| EventKind::FillerStarted {
        generation: 2,
        text: "One moment.".into(),
        reason,
        waited: Duration::from_micros(20_500),
        expected,
    };
    check_events(
        [
            filler(FillerReason::Predicted, Some(Duration::from_millis(2400))),
            filler(FillerReason::Late, None),
            EventKind::FillerFinished { generation: 2 },
            EventKind::UserTurnTakenBack { reason: EndReason::Silence, silence: Duration::from_millis(1294) },
        ],
        expect![[r#"
            {"at_ms":1250.5,"type":"filler_started","generation":2,"text":"One moment.","reason":"predicted","waited_ms":20.5,"expected_ms":2400.0}
            {"at_ms":1250.5,"type":"filler_started","generation":2,"text":"One moment.","reason":"late","waited_ms":20.5}
            {"at_ms":1250.5,"type":"filler_finished","generation":2}
            {"at_ms":1250.5,"type":"user_turn_taken_back","reason":"silence","silence_ms":1294.0}
        "#]],
    );
}

#[test]
fn who_answers_and_who_stands_in_have_forms() {
    let chosen = |instead_of: Option<&str>| EventKind::ProviderChosen {
        provider: Kind::Llm,
        name: "cloud".into(),
        instead_of: instead_of.map(Into::into),
    };
    let failed = |next: Option<&str>| EventKind::ProviderFailed {
        provider: Kind::Llm,
        name: "cloud".into(),
        error: Error::new(ErrorKind::Timeout, "no answer").with("path", "/somewhere"),
        next: next.map(Into::into),
    };
    check_events(
        [chosen(None), chosen(Some("first")), failed(Some("local")), failed(None)],
        expect![[r#"
        {"at_ms":1250.5,"type":"provider_chosen","provider":"llm","name":"cloud"}
        {"at_ms":1250.5,"type":"provider_chosen","provider":"llm","name":"cloud","instead_of":"first"}
        {"at_ms":1250.5,"type":"provider_failed","provider":"llm","name":"cloud","kind":"timeout","message":"no answer","next":"local"}
        {"at_ms":1250.5,"type":"provider_failed","provider":"llm","name":"cloud","kind":"timeout","message":"no answer"}
    "#]],
    );
}

#[test]
fn the_parts_of_a_gap_add_up_to_it_as_they_are_written() {
    let mut timing = TurnTiming::default();
    timing.endpointing = Duration::from_nanos(1_999);
    timing.tts = Duration::from_nanos(1_999);
    check_events(
        [EventKind::TurnTimed(timing)],
        expect![[r#"
            {"at_ms":1250.5,"type":"turn_timing","generation":0,"gap_ms":0.002,"parts":[{"name":"endpointing","ms":0.001},{"name":"stt","ms":0.0},{"name":"hooks","ms":0.0},{"name":"llm","ms":0.0},{"name":"clause","ms":0.0},{"name":"tts","ms":0.001},{"name":"playout","ms":0.0}]}
        "#]],
    );
}

#[test]
fn messages_of_the_server_read_as_documented() {
    let event = Event { at: SessionTime::from_millis(20), kind: EventKind::SpeechStarted };
    let messages = [
        ServerMessage::Ready {
            version: 1,
            session: "s-1".into(),
            agent: "reception".into(),
            input_rate: 16_000,
            output_rate: 24_000,
        },
        ServerMessage::Event { event: EventJson::from(&event) },
        ServerMessage::Clear { generation: 2 },
        ServerMessage::Hold { generation: 3, ms: 1240.0 },
        ServerMessage::Release { generation: 3 },
        ServerMessage::AudioEnd { generation: 3 },
        ServerMessage::Error { code: "too_fast".into(), message: "slow down".into() },
        ServerMessage::Pong { id: PingId::Number(7) },
    ];
    let mut lines = String::new();
    for message in &messages {
        let line = message.to_json();
        assert_eq!(&serde_json::from_str::<ServerMessage<'_>>(&line).unwrap(), message);
        lines += &line;
        lines.push('\n');
    }
    expect![[r#"
        {"type":"ready","version":1,"session":"s-1","agent":"reception","input_rate":16000,"output_rate":24000}
        {"type":"event","event":{"at_ms":20.0,"type":"speech_started"}}
        {"type":"clear","generation":2}
        {"type":"hold","generation":3,"ms":1240.0}
        {"type":"release","generation":3}
        {"type":"audio_end","generation":3}
        {"type":"error","code":"too_fast","message":"slow down"}
        {"type":"pong","id":7}
    "#]]
    .assert_eq(&lines);
}

#[test]
fn what_a_client_asks_becomes_a_command_of_the_session() {
    check_parse(
        &[
            r#"{"type":"hello","version":1,"input_rate":48000,"output_rate":16000,"echo_cancelled":true,"new":1}"#,
            r#"{"type":"played","generation":2,"ms":180.5}"#,
            r#"{"type":"text","text":"hi"}"#,
            r#"{"type":"say","text":"hello"}"#,
            r#"{"type":"interrupt"}"#,
            r#"{"type":"commit"}"#,
            r#"{"type":"mute","muted":true}"#,
            r#"{"type":"push_to_talk","pressed":true}"#,
            r#"{"type":"push_to_talk","pressed":false}"#,
            r##"{"type":"dtmf","digit":"#"}"##,
            r#"{"type":"vad_threshold","value":0.5}"#,
            r#"{"type":"end"}"#,
            r#"{"type":"ping","id":1}"#,
            r#"{"type":"ping","id":"a"}"#,
        ],
        expect![[r#"
            None
            Some(Played { generation: 2, played: 180.5ms })
            Some(Command(SendText("hi")))
            Some(Command(Say { text: "hello", interruptible: true }))
            Some(Command(Interrupt))
            Some(Command(Commit))
            Some(Command(Mute(true)))
            Some(Command(PushToTalk(Pressed)))
            Some(Command(PushToTalk(Released)))
            Some(Dtmf('#'))
            Some(Command(VadThreshold(0.5)))
            Some(Command(End))
            None
            None
        "#]],
    );
}

#[test]
fn wrong_messages_are_named_and_bounded() {
    let long = format!(r#"{{"type":"text","text":"{}"}}"#, "x".repeat(4_001));
    let deep = "[".repeat(10_000);
    let long_type = format!(r#"{{"type":"{}"}}"#, "y".repeat(10_000));
    check_parse(
        &[
            "",
            "nonsense",
            "[1]",
            "{}",
            r#"{"type":"shout"}"#,
            r#"{"type":"played","generation":-1,"ms":0}"#,
            r#"{"type":"played","generation":1,"ms":-1}"#,
            r#"{"type":"played","generation":1,"ms":1e300}"#,
            r#"{"type":"text","text":"  "}"#,
            r#"{"type":"text"}"#,
            r#"{"type":"dtmf","digit":"Z"}"#,
            r#"{"type":"dtmf","digit":"12"}"#,
            r#"{"type":"vad_threshold","value":1.5}"#,
            r#"{"type":"mute","muted":"yes"}"#,
            r#"{"type":"hello","version":2,"input_rate":48000,"output_rate":16000}"#,
            r#"{"type":"hello","version":1,"input_rate":0,"output_rate":16000}"#,
            r#"{"type":"hello","version":1,"input_rate":16000,"output_rate":96000}"#,
            r#"{"type":"ping","id":{"a":1}}"#,
            &long,
            &deep,
            &long_type,
        ],
        expect![[r#"
            not_json: the message is not valid JSON: EOF while parsing a value at line 1 column 0
            not_json: the message is not valid JSON: expected ident at line 1 column 2
            not_json: a message is a JSON object with a "type"
            unknown_message: there is no message of type ""; there are commit, dtmf, end, hello, interrupt, mute, ping, played, push_to_talk, say, text, vad_threshold
            unknown_message: there is no message of type "shout"; there are commit, dtmf, end, hello, interrupt, mute, ping, played, push_to_talk, say, text, vad_threshold
            bad_field: invalid value: integer `-1`, expected u64
            bad_field: "ms" lies between 0 and 86400000
            bad_field: "ms" lies between 0 and 86400000
            bad_field: "text" has 1 to 4000 characters
            bad_field: missing field `text`
            bad_field: "digit" is one of 0 to 9, *, #, A to D
            bad_field: invalid value: string "12", expected a character
            bad_field: "value" lies between 0 and 1
            bad_field: invalid type: string "yes", expected a boolean
            bad_field: this server speaks version 1, not version 2
            bad_field: "input_rate" lies between 8000 and 48000
            bad_field: "output_rate" lies between 8000 and 48000
            bad_field: "id" is a whole number or at most 64 bytes of text
            bad_field: "text" has 1 to 4000 characters
            not_json: the message is not valid JSON: recursion limit exceeded at line 1 column 128
            unknown_message: there is no message of type "yyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyy"; there are commit, dtmf, end, hello, interrupt, mute, ping, played, push_to_talk, say, text, vad_threshold
        "#]],
    );
}

#[test]
fn sound_is_read_back_as_it_was_written() {
    let message = encode_audio(7, &[1, -2, i16::MIN]);
    assert_eq!(&message[..], [7, 0, 0, 0, 1, 0, 254, 255, 0, 128]);
    assert_eq!(decode_audio(&message), Some((7, &[1, 0, 254, 255, 0, 128][..])));
    assert_eq!(decode_audio(&message[..5]), None);
    assert_eq!(decode_audio(&[1, 2, 3]), None);
}

proptest! {
    #[test]
    fn no_text_makes_the_parser_panic(text in ".{0,200}") {
        let _ = ClientMessage::parse(&text);
    }

    #[test]
    fn no_field_makes_the_parser_panic(
        name in prop::sample::select(vec!["hello", "played", "text", "dtmf", "vad_threshold", "ping", "mute"]),
        field in prop::sample::select(vec!["version", "ms", "generation", "text", "digit", "value", "id", "muted"]),
        value in prop_oneof![Just("null".to_owned()), any::<f64>().prop_map(|n| format!("{n:e}")), any::<i64>().prop_map(|n| n.to_string()), "\"[a-z0-9#]{0,8}\""],
    ) {
        if let Ok(message) = ClientMessage::parse(&format!(r#"{{"type":"{name}","{field}":{value}}}"#)) {
            let _ = message.into_event();
        }
    }
}
