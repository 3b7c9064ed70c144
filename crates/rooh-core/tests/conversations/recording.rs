//! What a recorder gets: both sides on one timeline, and of the agent only what was heard.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use rooh_audio::AudioFrame;
use rooh_core::stage::Recorder;
use rooh_testkit::{scenario, speech};

#[derive(Clone, Default)]
struct Tape(Arc<Mutex<(Vec<AudioFrame>, Vec<AudioFrame>)>>);

impl Recorder for Tape {
    fn caller(&mut self, frame: &AudioFrame) {
        self.0.lock().expect("nobody panics here").0.push(frame.clone());
    }

    fn agent(&mut self, frame: &AudioFrame) {
        self.0.lock().expect("nobody panics here").1.push(frame.clone());
    }
}

#[test]
fn both_sides_are_taken_down_as_they_were_heard() {
    let tape = Tape::default();
    let played = scenario("recorded")
        .recorder(tape.clone())
        .user(0.5, "when are you open")
        .agent("We are open every day from nine to five and on Sundays from ten.")
        .user(4.0, "and on mondays please")
        .agent("From nine.")
        .play();
    let (caller, agent) = std::mem::take(&mut *tape.0.lock().expect("nobody panics here"));

    // The caller's side has no gap and no overlap, and says what the caller said.
    for pair in caller.windows(2) {
        assert_eq!(pair[0].end(), pair[1].at());
    }
    assert_eq!(speech::decode(&caller), "when are you open and on mondays please");

    // The agent's side is what the ear heard, frame by frame and at the same moments.
    assert!(agent.windows(2).all(|pair| pair[0].end() <= pair[1].at()));
    let recorded: Duration = agent.iter().map(AudioFrame::duration).sum();
    let heard: Duration = played.heard.iter().map(|(_, frame)| frame.duration()).sum();
    assert!(recorded.abs_diff(heard) <= Duration::from_millis(20), "{recorded:?} recorded, {heard:?} heard");
    let (first, heard_first) = (agent[0].at(), played.heard[0].1.at());
    assert!(first.since_start().abs_diff(heard_first.since_start()) <= Duration::from_millis(20));
}
