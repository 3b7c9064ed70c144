//! What a floor goes by, is told and decides, read back to the last bit.

use std::time::Duration;

use expect_test::expect;
use proptest::prelude::*;
use rooh_audio::SessionTime;
use rooh_core::event::{Event, EventKind};
use rooh_floor::{
    Action, BargeIn, EndReason, Endpointing, FloorConfig, Input, Interruption, Overlap, Patience,
    RecognizerTurn, Words,
};
use rooh_wire::{EventBody, EventJson};

use crate::check_events;

fn line(at: Duration, kind: EventKind) -> String {
    EventJson::from(&Event { at: SessionTime::new(at), kind }).to_json()
}

/// Inputs to the bit: a number that is none is equal to nothing, itself included.
fn bits(input: Input) -> (String, u32) {
    match input {
        Input::Audio(number) | Input::Semantic(number) if number.is_nan() => (format!("{input:?}"), 0),
        Input::Audio(number) | Input::Semantic(number) => (format!("{input:?}"), number.to_bits()),
        _ => (format!("{input:?}"), 0),
    }
}

#[test]
fn what_a_floor_is_told_and_decides_reads_as_documented() {
    let ms = Duration::from_millis;
    check_events(
        [
            EventKind::FloorConfigured(FloorConfig::default()),
            EventKind::FloorTold(Input::AgentAudible { interruptible: true }),
            EventKind::FloorTold(Input::Audio(0.1)),
            EventKind::FloorTold(Input::Semantic(f32::INFINITY)),
            EventKind::FloorTold(Input::Recognizer(RecognizerTurn::Likely)),
            EventKind::FloorTold(Input::Tick),
            EventKind::FloorTold(Input::UserSpeechStarted { since: Duration::new(1, 1) }),
            EventKind::FloorTold(Input::UserWords { words: Words::Closed, overlap: Overlap::Speech(2) }),
            EventKind::FloorTold(Input::UserWords { words: Words::Open, overlap: Overlap::Nothing }),
            EventKind::FloorTold(Input::WordsDelay(ms(495))),
            EventKind::FloorTold(Input::Partials(true)),
            EventKind::FloorDecided(Action::PauseReply),
            EventKind::FloorDecided(Action::EndTurn { reason: EndReason::TooLong, silent_since: ms(3) }),
        ],
        expect![[r#"
            {"at_ms":1250.5,"type":"floor_configured","at_ns":1250500000,"patience":{"base_ns":1000000000,"min_ns":200000000,"max_ns":5000000000},"endpointing":"auto","audio_checks":0,"semantic":false,"words_delay_ns":0,"partials":false,"eager":false,"speaking":{"mode":"adaptive","min_speech_ns":300000000,"min_words":1},"thinking":{"mode":"hard_cut","min_speech_ns":300000000,"min_words":1},"take_back_ns":500000000,"learns_pauses":true,"longest_turn_ns":120000000000}
            {"at_ms":1250.5,"type":"floor_told","at_ns":1250500000,"input":"agent_audible","interruptible":true}
            {"at_ms":1250.5,"type":"floor_told","at_ns":1250500000,"input":"audio","probability":0.10000000149011612}
            {"at_ms":1250.5,"type":"floor_told","at_ns":1250500000,"input":"semantic","probability":"inf"}
            {"at_ms":1250.5,"type":"floor_told","at_ns":1250500000,"input":"recognizer","turn":"likely"}
            {"at_ms":1250.5,"type":"floor_told","at_ns":1250500000,"input":"tick"}
            {"at_ms":1250.5,"type":"floor_told","at_ns":1250500000,"input":"user_speech_started","since_ns":1000000001}
            {"at_ms":1250.5,"type":"floor_told","at_ns":1250500000,"input":"user_words","words":"closed","overlap":{"speech":2}}
            {"at_ms":1250.5,"type":"floor_told","at_ns":1250500000,"input":"user_words","words":"open","overlap":"nothing"}
            {"at_ms":1250.5,"type":"floor_told","at_ns":1250500000,"input":"words_delay","delay_ns":495000000}
            {"at_ms":1250.5,"type":"floor_told","at_ns":1250500000,"input":"partials","partials":true}
            {"at_ms":1250.5,"type":"floor_decided","at_ns":1250500000,"action":"pause_reply"}
            {"at_ms":1250.5,"type":"floor_decided","at_ns":1250500000,"action":"end_turn","reason":"too_long","silent_since_ns":3000000}
        "#]],
    );
}

#[test]
fn what_a_later_version_adds_is_refused_and_named() {
    let read = |line: &str| serde_json::from_str::<EventJson<'_>>(line).unwrap_err().to_string();
    let told = |rest: &str| read(&format!(r#"{{"at_ms":1.0,"type":"floor_told","at_ns":1000000,{rest}}}"#));
    let config = line(Duration::ZERO, EventKind::FloorConfigured(FloorConfig::default()));
    let answers = [
        told(r#""input":"agent_yawned""#),
        told(r#""input":"tick","why":1"#),
        told(r#""input":"user_voice","until_ns":1,"loud":true"#),
        told(r#""input":"user_voice","until_ns":1.5"#),
        told(r#""input":"user_voice","until_ns":-1"#),
        told(r#""input":"audio","probability":"high""#),
        told(r#""input":"user_words","words":"poem","overlap":"nothing""#),
        told(r#""since_ns":1"#),
        read(r#"{"at_ms":1.0,"type":"floor_told","input":"tick"}"#),
        read(r#"{"at_ms":1.0,"type":"floor_decided","at_ns":1000000,"action":"sing"}"#),
        read(&config.replace(r#""semantic""#, r#""charm":1,"semantic""#)),
        read(&config.replace(r#""base_ns""#, r#""least_ns":1,"base_ns""#)),
        read(&config.replace(r#""semantic":false,"#, "")),
    ];
    expect![[r#"
        unknown variant `agent_yawned`, expected one of `agent_audible`, `agent_finished`, `agent_preparing`, `audio`, `preparation_failed`, `push_to_talk`, `recognizer`, `semantic`, `tick`, `user_committed`, `user_speech_started`, `user_speech_stopped`, `user_voice`, `user_words`, `partials`, `speaker_changed`, `words_delay` at line 1 column 72
        unknown field `why`, there are no fields at line 1 column 72
        unknown field `loud`, expected `until_ns` at line 1 column 95
        invalid type: floating point `1.5`, expected u64 at line 1 column 85
        invalid value: integer `-1`, expected u64 at line 1 column 84
        a number, "NaN", "inf" or "-inf" is expected at line 1 column 86
        unknown variant `poem`, expected one of `unknown`, `hesitating`, `open`, `partial`, `neutral`, `closed`, `answer` at line 1 column 105
        missing field `input` at line 1 column 62
        missing field `at_ns` at line 1 column 48
        unknown variant `sing`, expected one of `ask_audio`, `ask_semantic`, `cancel_reply`, `discard_prepared`, `drop_turn`, `duck_reply`, `end_turn`, `fade_reply`, `pause_reply`, `prepare_reply`, `resume_reply`, `take_back` at line 1 column 68
        unknown field `charm`, expected one of `patience`, `endpointing`, `audio_checks`, `semantic`, `words_delay_ns`, `partials`, `eager`, `speaking`, `thinking`, `take_back_ns`, `learns_pauses`, `longest_turn_ns` at line 1 column 456
        unknown field `least_ns`, expected one of `base_ns`, `min_ns`, `max_ns`, `budget_percent` at line 1 column 459
        missing field `semantic` at line 1 column 429
    "#]].assert_eq(&format!("{}\n", answers.join("\n")));
}

fn durations() -> impl Strategy<Value = Duration> {
    prop_oneof![
        any::<u64>().prop_map(Duration::from_nanos),
        (0..7_200_000_u64).prop_map(Duration::from_millis)
    ]
}

fn words() -> impl Strategy<Value = Words> {
    use Words::*;
    prop::sample::select(vec![Unknown, Hesitating, Open, Partial, Neutral, Closed, Answer])
}

fn overlaps() -> impl Strategy<Value = Overlap> {
    use Overlap::*;
    prop_oneof![
        prop::sample::select(vec![Backchannel, Command, Echo, Nothing]),
        any::<u16>().prop_map(Speech)
    ]
}

fn inputs() -> impl Strategy<Value = Input> {
    use RecognizerTurn::{Ended, Likely, Open};
    let fixed = vec![
        Input::AgentFinished,
        Input::AgentPreparing,
        Input::PreparationFailed,
        Input::Recognizer(Ended),
        Input::Recognizer(Likely),
        Input::Recognizer(Open),
        Input::Tick,
        Input::UserCommitted,
    ];
    prop_oneof![
        prop::sample::select(fixed),
        any::<bool>().prop_map(|interruptible| Input::AgentAudible { interruptible }),
        any::<bool>().prop_map(|pressed| Input::PushToTalk { pressed }),
        any::<u32>().prop_map(|bits| Input::Audio(f32::from_bits(bits))),
        (0.0..=1.0_f32).prop_map(Input::Semantic),
        durations().prop_map(|since| Input::UserSpeechStarted { since }),
        durations().prop_map(|since| Input::UserSpeechStopped { since }),
        durations().prop_map(|until| Input::UserVoice { until }),
        (words(), overlaps()).prop_map(|(words, overlap)| Input::UserWords { words, overlap }),
        durations().prop_map(Input::WordsDelay),
        any::<bool>().prop_map(Input::Partials),
        Just(Input::SpeakerChanged),
    ]
}

fn actions() -> impl Strategy<Value = Action> {
    let fixed = vec![
        Action::AskAudio,
        Action::AskSemantic,
        Action::CancelReply,
        Action::DiscardPrepared,
        Action::DropTurn,
        Action::DuckReply,
        Action::FadeReply,
        Action::PauseReply,
        Action::PrepareReply,
        Action::ResumeReply,
        Action::TakeBack,
    ];
    use EndReason::{Complete, Manual, Recognizer, Silence, TooLong};
    let reasons = prop::sample::select(vec![Complete, Manual, Recognizer, Silence, TooLong]);
    prop_oneof![
        prop::sample::select(fixed),
        (reasons, durations()).prop_map(|(reason, silent_since)| Action::EndTurn { reason, silent_since }),
    ]
}

fn interruptions() -> impl Strategy<Value = Interruption> {
    use BargeIn::*;
    let modes = prop::sample::select(vec![Adaptive, Disabled, HardCut, SoftFade]);
    (modes, durations(), any::<u16>()).prop_map(|(mode, min_speech, min_words)| Interruption {
        mode,
        min_speech,
        min_words,
    })
}

fn configurations() -> impl Strategy<Value = FloorConfig> {
    use Endpointing::*;
    let modes = prop::sample::select(vec![Acoustic, Auto, Heuristic, Manual, Semantic]);
    let budget = prop::option::of(1.0..20.0_f32);
    let patience = ([durations(), durations(), durations()], budget)
        .prop_map(|([base, min, max], budget)| Patience { base, min, max, budget });
    let flags = any::<[bool; 4]>();
    let waits = [durations(), durations(), durations()];
    let rest = (modes, any::<u8>(), interruptions(), interruptions());
    (patience, flags, waits, rest).prop_map(
        |(
            patience,
            [semantic, partials, eager, learns_pauses],
            [words_delay, take_back, longest_turn],
            rest,
        )| {
            let (endpointing, audio_checks, speaking, thinking) = rest;
            FloorConfig {
                patience,
                endpointing,
                audio_checks,
                semantic,
                words_delay,
                partials,
                eager,
                speaking,
                thinking,
                take_back,
                learns_pauses,
                longest_turn,
            }
        },
    )
}

proptest! {
    #[test]
    fn what_a_floor_was_told_is_read_back_to_the_bit(at in durations(), input in inputs()) {
        let line = line(at, EventKind::FloorTold(input));
        let EventBody::FloorTold { at_ns, input: read } =
            serde_json::from_str::<EventJson<'_>>(&line).unwrap().body else { panic!("{line}") };
        prop_assert_eq!(Duration::from_nanos(at_ns), at);
        prop_assert_eq!(bits(read), bits(input), "{}", line);
    }

    #[test]
    fn what_a_floor_decided_is_read_back(at in durations(), action in actions()) {
        let line = line(at, EventKind::FloorDecided(action));
        let EventBody::FloorDecided { at_ns, action: read } =
            serde_json::from_str::<EventJson<'_>>(&line).unwrap().body else { panic!("{line}") };
        prop_assert_eq!((Duration::from_nanos(at_ns), read), (at, action));
    }

    #[test]
    fn what_a_floor_goes_by_is_read_back(config in configurations()) {
        let line = line(Duration::ZERO, EventKind::FloorConfigured(config));
        let EventBody::FloorConfigured { config: read, .. } =
            serde_json::from_str::<EventJson<'_>>(&line).unwrap().body else { panic!("{line}") };
        prop_assert_eq!(read, config);
    }
}
