//! Figures that a conversation keeps, on a clock that nothing disturbs.

use std::time::Duration;

use rooh_audio::AudioFormat;
use rooh_core::event::EventKind;
use rooh_core::llm::{LlmEvent, LlmProvider, LlmRequest, StopReason};
use rooh_core::stream::{Events, Inlet};
use rooh_core::tts::{TtsCapabilities, TtsEvent, TtsProvider, TtsRequest};
use rooh_testkit::{ToneTts, scenario};
use tokio::time::sleep;

/// Writes a sentence every 450 ms.
#[derive(Debug)]
struct Sentences;

impl LlmProvider for Sentences {
    fn chat(&self, _: LlmRequest) -> Events<LlmEvent> {
        Events::new(|mut out| async move {
            for sentence in ["One. ", "Two. ", "Three. ", "Four. ", "Five."] {
                sleep(Duration::from_millis(450)).await;
                out.emit(LlmEvent::Text(sentence.into())).await;
            }
            out.emit(LlmEvent::Stopped(StopReason::Finished)).await;
            Ok(())
        })
    }
}

#[test]
fn a_model_of_450_ms_and_a_voice_of_400_ms_a_sentence_give_a_sentence_every_460_ms() {
    let played = scenario("overlap")
        .with(|agent| agent.llm(Sentences).tts(ToneTts::new().delay(Duration::from_millis(400))))
        .user(0.2, "count")
        .play();
    let starts: Vec<u64> = played.sound_heard().iter().map(|(start, _)| start.as_millis()).collect();
    assert_eq!(starts.len(), 5, "{starts:?}\n{}", played.log());
    for pair in starts.windows(2) {
        assert!(pair[1] - pair[0] <= 460, "{starts:?}");
    }
}

#[test]
fn a_reply_of_14_s_that_is_synthesized_at_once_is_heard_whole() {
    let reply = "word ".repeat(70);
    let played = scenario("long reply").user(0.2, "tell").agent(reply.trim()).until(20.0).play();
    assert_eq!(played.words_heard().split_whitespace().count(), 70, "{}", played.log());
    let [(start, end)] = played.sound_heard()[..] else { panic!("a gap in {:?}", played.sound_heard()) };
    assert!(end.since(start) >= Duration::from_secs(14) - Duration::from_millis(20));
}

#[test]
fn the_agent_is_silent_within_a_frame_of_the_decision() {
    let played = scenario("interrupt")
        .user(0.5, "when are you open")
        .agent("We are open every day from nine to five and on Sundays from ten.")
        .user(3.0, "and on mondays please")
        .agent("From nine.")
        .play();
    let decided = played.find(|event| {
        matches!(event.kind, EventKind::StateChanged(rooh_core::event::SessionState::Interrupting))
            .then_some(event.at)
    });
    let (_, silent) = played.sound_heard()[0];
    assert!(silent.since(decided) <= Duration::from_millis(20), "{silent} after {decided}");
}

#[test]
fn the_parts_of_a_turn_add_up_to_the_gap_that_was_heard() {
    let played = scenario("timing")
        .with(|agent| agent.tts(ToneTts::new().delay(Duration::from_millis(150))))
        .user(0.5, "when are you open")
        .agent("We are open every day.")
        .play();
    let timing = played.find(|event| match &event.kind {
        EventKind::TurnTimed(timing) => Some(*timing),
        _ => None,
    });
    // The user falls silent at 1.28 s: three words of 180 ms and three gaps of 20 ms, and a word.
    let (heard, _) = played.sound_heard()[0];
    let gap = heard.since_start() - Duration::from_millis(1280);
    let difference = timing.gap().abs_diff(gap);
    assert!(difference <= Duration::from_millis(40), "{:?} and {gap:?}", timing.gap());
}

/// Gives audio in a format of its own, in pieces of odd lengths.
#[derive(Debug)]
struct Odd;

impl TtsProvider for Odd {
    fn capabilities(&self) -> TtsCapabilities {
        TtsCapabilities { format: AudioFormat::mono(22_050), ..TtsCapabilities::default() }
    }

    fn synthesize(&self, _: TtsRequest, mut text: Inlet<String>) -> Events<TtsEvent> {
        Events::new(|mut out| async move {
            while let Some(clause) = text.next().await {
                let audio =
                    rooh_testkit::speech::encode(&clause, AudioFormat::mono(22_050), Default::default());
                let mut start = 0;
                for length in (1..).step_by(37) {
                    if start >= audio.samples().len() {
                        break;
                    }
                    out.emit(TtsEvent::Audio(audio.slice_samples(start..start + length))).await;
                    start += length;
                }
            }
            Ok(())
        })
    }
}

#[test]
fn audio_of_any_format_and_length_is_heard_whole() {
    let played =
        scenario("odd").with(|agent| agent.tts(Odd)).user(0.2, "tell").agent("one two three four").play();
    assert_eq!(played.words_heard(), "one two three four");
}
