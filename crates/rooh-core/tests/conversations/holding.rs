//! The agent is paused at the ear of a listener who can be held.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use rooh_audio::{AudioFormat, AudioFrame, SessionTime};
use rooh_core::event::EventKind;
use rooh_core::floor::BargeIn;
use rooh_core::stage::Recorder;
use rooh_core::stream::{Events, Inlet};
use rooh_core::tts::{TtsCapabilities, TtsEvent, TtsProvider, TtsRequest};
use rooh_testkit::scenario::{Ear, Played};
use rooh_testkit::{Scenario, scenario};

const REPLY: &str =
    "We are open every day from nine to five. On Sundays we open at ten. Please call before you come.";

fn ms(ms: u64) -> Duration {
    Duration::from_millis(ms)
}

/// Hums without a gap; no two samples next to each other are alike, and none is silent.
#[derive(Debug)]
struct Hum;

fn hum(length: usize) -> Vec<i16> {
    (0..length).map(|n| 2000 + (n * 7 % 3001) as i16).collect()
}

impl TtsProvider for Hum {
    fn capabilities(&self) -> TtsCapabilities {
        TtsCapabilities::default()
    }

    fn synthesize(&self, _: TtsRequest, mut text: Inlet<String>) -> Events<TtsEvent> {
        Events::new(|mut out| async move {
            while text.next().await.is_some() {}
            let frame = AudioFrame::new(hum(5 * 16_000), AudioFormat::WIDEBAND, SessionTime::ZERO);
            out.emit(TtsEvent::Audio(frame)).await;
            Ok(())
        })
    }
}

/// The ears of people who can be held: one who says what it hears, one who forgets to, and a line.
fn ears() -> [Ear; 3] {
    let line = Ear { acknowledges: false, latency: ms(80), ..Ear::default() };
    let forgets = Ear { forgets: true, ..Ear::default() };
    [Ear::default(), forgets, line].map(|ear| Ear { holds: true, ..ear })
}

/// Somebody speaks over a reply that began at about 2.4 s.
fn over(ear: Ear, words: &str, mode: BargeIn) -> Scenario {
    scenario("held")
        .ear(ear)
        .with(move |agent| agent.barge_in_mode(mode))
        .user(0.5, "when are you open")
        .agent(REPLY)
        .user(3.33, words)
        .agent("Okay.")
}

fn at_of(played: &Played, wanted: impl Fn(&EventKind) -> bool) -> SessionTime {
    played.find(|event| wanted(&event.kind).then_some(event.at))
}

/// When the user was heard to speak for the second time: with a hard cut, the reply pauses then.
fn paused_at(played: &Played) -> SessionTime {
    let starts = |kind: &EventKind| matches!(kind, EventKind::SpeechStarted);
    let mut starts = played.events.iter().filter(|event| starts(&event.kind));
    starts.nth(1).unwrap_or_else(|| panic!("nobody speaks over the reply in\n{}", played.log())).at
}

/// What was heard of the first reply.
fn first_reply(played: &Played) -> Vec<AudioFrame> {
    let of_first = |(generation, _): &&(u64, AudioFrame)| *generation == 1;
    played.heard.iter().filter(of_first).map(|(_, frame)| frame.clone()).collect()
}

fn samples(frames: &[AudioFrame]) -> Vec<i16> {
    frames.iter().flat_map(|frame| frame.samples().to_vec()).collect()
}

#[test]
fn a_pause_is_heard_at_once_and_no_sample_is_lost_or_doubled() {
    for ear in ears() {
        let played = over(ear, "yeah", BargeIn::HardCut).with(|agent| agent.tts(Hum)).until(12.0).play();
        let [(_, silent), (goes_on, end)] = played.sound_heard()[..] else {
            panic!("{ear:?}: not one pause in {:?}\n{}", played.sound_heard(), played.log());
        };
        let after = silent.since(paused_at(&played));
        assert!(after <= ear.latency + ms(20), "{ear:?}: silent {after:?} after the decision");
        assert!(goes_on.since(silent) > ms(300), "{ear:?}: a pause of {:?}", goes_on.since(silent));
        let heard = first_reply(&played);
        assert!(samples(&heard) == hum(5 * 16_000), "{ear:?}");
        assert_eq!(end, heard.last().expect("something was heard").end());
        let finished = at_of(&played, |kind| matches!(kind, EventKind::ReplyFinished { .. }));
        let grace = if ear.forgets { Duration::from_secs(2) } else { ms(100) };
        assert!(
            finished >= end - ms(20) && finished <= end + grace,
            "{ear:?}: {finished}, heard until {end}"
        );
    }
}

#[test]
fn a_pause_waits_for_the_next_gap_between_words() {
    for ear in ears() {
        let played = over(ear, "yeah", BargeIn::HardCut).play();
        let [(_, silent), (goes_on, _)] = played.sound_heard()[..] else {
            panic!("{ear:?}: not one pause in {:?}\n{}", played.sound_heard(), played.log());
        };
        let after = silent.since(paused_at(&played));
        assert!(after <= ear.latency + ms(150), "{ear:?}: silent {after:?} after the decision");
        assert!(goes_on > silent + ms(100));
        // It stops behind a word: all that was heard before it are whole ones.
        let frames = first_reply(&played);
        let before = frames.iter().filter(|frame| frame.end() <= silent).cloned().collect::<Vec<_>>();
        assert_eq!(samples(&before).len() % (16 * 200), 16 * 180, "{ear:?}");
        assert_eq!(plain(&played.words_heard()), plain(REPLY), "{ear:?}");
    }
}

fn plain(text: &str) -> String {
    text.to_lowercase().replace(['.', ','], "")
}

#[test]
fn what_was_heard_before_a_hold_and_a_cut_is_what_the_event_says() {
    for ear in ears() {
        for (mode, hums) in
            [BargeIn::Adaptive, BargeIn::HardCut].into_iter().flat_map(|m| [(m, true), (m, false)])
        {
            let words = "and what about mondays then please";
            let scenario = over(ear, words, mode);
            let played = if hums { scenario.with(|agent| agent.tts(Hum)) } else { scenario }.play();
            let (position, heard) = played.find(|event| match &event.kind {
                EventKind::Interrupted { position, heard, .. } => Some((*position, heard.clone())),
                _ => None,
            });
            let length = samples(&first_reply(&played)).len();
            let truth = AudioFormat::WIDEBAND.duration_of(length);
            let context =
                format!("{ear:?}, {mode:?}, hum {hums}: {position:?} of {truth:?}\n{}", played.log());
            assert!(position.abs_diff(truth) <= ms(1), "{context}");
            assert!(!heard.is_empty() && REPLY.starts_with(&heard), "{context}");
            if !hums && mode == BargeIn::HardCut {
                assert!(plain(&played.words_heard()).starts_with(&plain(&heard)), "{context}");
            }
        }
    }
}

#[test]
fn the_ladder_is_silent_a_frame_after_it_decides_to_pause() {
    // A pause is decided with the first window of voice that makes it 150 ms long, seen from its start.
    let quiet_after = |holds: bool| {
        let ear = Ear { holds, ..Ear::default() };
        let played = over(ear, "yeah", BargeIn::Adaptive).with(|agent| agent.tts(Hum)).play();
        assert!(played.log().contains("reply_finished"), "{}", played.log());
        let (_, silent) = played.sound_heard()[0];
        silent.since(SessionTime::from_millis(3330))
    };
    let (held, not_held) = (quiet_after(true), quiet_after(false));
    assert!(held <= ms(150 + 60 + 20), "silent {held:?} after the first sound");
    assert!(not_held >= held + ms(150), "{not_held:?} without holding, {held:?} with it");
}

#[derive(Clone, Default)]
struct Tape(Arc<Mutex<Vec<AudioFrame>>>);

impl Recorder for Tape {
    fn caller(&mut self, _: &AudioFrame) {}

    fn agent(&mut self, frame: &AudioFrame) {
        self.0.lock().expect("nobody panics here").push(frame.clone());
    }
}

#[test]
fn a_recorder_gets_what_was_held_when_it_was_heard() {
    for ear in ears() {
        let tape = Tape::default();
        let played =
            over(ear, "yeah", BargeIn::HardCut).with(|agent| agent.tts(Hum)).recorder(tape.clone()).play();
        let recorded = std::mem::take(&mut *tape.0.lock().expect("nobody panics here"));
        let spans = |frames: &[AudioFrame]| -> Vec<(SessionTime, SessionTime)> {
            let mut spans: Vec<(SessionTime, SessionTime)> = Vec::new();
            for frame in frames {
                match spans.last_mut() {
                    Some((_, end)) if *end == frame.at() => *end = frame.end(),
                    _ => spans.push((frame.at(), frame.end())),
                }
            }
            spans
        };
        assert_eq!(spans(&recorded), spans(&first_reply(&played)), "{ear:?}");
        assert!(samples(&recorded) == hum(5 * 16_000), "{ear:?}");
    }
}

#[test]
fn a_listener_who_answers_into_the_last_word_hears_it_to_its_end() {
    let ear = Ear { holds: true, ..Ear::default() };
    let played = scenario("early answer")
        .ear(ear)
        .with(|agent| agent.barge_in_mode(BargeIn::HardCut))
        .user(0.5, "when are you open")
        .agent("From nine to five.")
        .user(3.0, "and on mondays please")
        .agent("Okay.")
        .play();
    assert!(plain(&played.words_heard()).starts_with("from nine to five"), "{}", played.log());
    assert!(played.log().contains("reply_finished \"From nine to five.\""), "{}", played.log());
}
