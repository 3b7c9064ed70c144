//! An audio stage that keeps its contract, and ones that break a sentence each.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use rooh_audio::{AudioFrame, SessionTime};
use rooh_core::Result;
use rooh_core::stage::{AudioFilter, AudioStage};
use rooh_testkit::contract::StageSubject;
use rooh_testkit::contract::stage::CASES;

use crate::wrong::judge;

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Fault {
    None,
    ChokesOnOtherRates,
    Echoes,
    IsSlow,
    KeepsMoreAndMore,
    Remembers,
    Shares,
    Shuffles,
}

/// Keeps audio back for three frames, and turns it down by what was last played.
#[derive(Debug)]
struct Ducker {
    fault: Fault,
    shared: Arc<Mutex<i32>>,
}

#[derive(Debug)]
struct Ducking {
    fault: Fault,
    loud: Arc<Mutex<i32>>,
    kept: VecDeque<AudioFrame>,
    count: usize,
}

impl AudioStage for Ducker {
    fn open(&self) -> Result<Box<dyn AudioFilter>> {
        let loud = if self.fault == Fault::Shares { Arc::clone(&self.shared) } else { Arc::default() };
        Ok(Box::new(Ducking { fault: self.fault, loud, kept: VecDeque::new(), count: 0 }))
    }
}

impl AudioFilter for Ducking {
    fn process(&mut self, frame: AudioFrame) -> Option<AudioFrame> {
        self.count += 1;
        if self.fault == Fault::IsSlow {
            std::thread::sleep(Duration::from_millis(4));
        }
        let loud = *self.loud.lock().unwrap() / 100;
        let samples: Vec<i16> =
            frame.samples().iter().map(|&s| (i32::from(s) * 100 / (100 + loud)) as i16).collect();
        let mut at = frame.at();
        if self.fault == Fault::Shuffles && self.count.is_multiple_of(7) {
            at = SessionTime::ZERO;
        }
        let frame = AudioFrame::new(samples, frame.format(), at);
        if self.fault == Fault::Echoes && self.count == 5 {
            self.kept.clear();
            let twice = [frame.samples(), frame.samples(), frame.samples(), frame.samples()].concat();
            return Some(AudioFrame::new([&twice[..], &twice[..]].concat(), frame.format(), at));
        }
        self.kept.push_back(frame);
        let delay = if self.fault == Fault::KeepsMoreAndMore { self.count / 8 } else { 3 };
        // By duration, not by count: frames have any length.
        let held: Duration = self.kept.iter().map(AudioFrame::duration).sum();
        (held > Duration::from_millis(20 * delay as u64)).then(|| self.kept.pop_front()).flatten()
    }

    fn played(&mut self, frame: &AudioFrame) {
        assert!(
            self.fault != Fault::ChokesOnOtherRates || frame.format().rate() == 16_000,
            "only 16 kHz can be played"
        );
        let loudest = frame.samples().iter().map(|&s| i32::from(s).abs()).max().unwrap_or(0);
        *self.loud.lock().unwrap() = loudest;
    }

    fn reset(&mut self) {
        if self.fault != Fault::Remembers {
            *self.loud.lock().unwrap() = 0;
            self.kept.clear();
            self.count = 0;
        }
    }
}

fn subject(fault: Fault) -> StageSubject {
    StageSubject::new(Ducker { fault, shared: Arc::default() })
}

mod ducker {
    use super::*;

    rooh_testkit::stage_contract!(subject(Fault::None));
}

#[test]
fn wrong_stages_are_caught() {
    judge(
        CASES,
        subject,
        &[
            (Fault::ChokesOnOtherRates, &["what_is_played_may_be_anything"]),
            (Fault::Echoes, &["no_audio_is_invented_and_as_much_comes_out_as_went_in"]),
            (Fault::IsSlow, &["a_frame_takes_about_a_millisecond"]),
            (Fault::KeepsMoreAndMore, &["no_audio_is_invented_and_as_much_comes_out_as_went_in"]),
            (Fault::Remembers, &["after_a_reset_it_works_like_a_new_one"]),
            (Fault::Shares, &["two_stages_never_share_state"]),
            (Fault::Shuffles, &["frames_come_out_in_order_and_in_one_format"]),
        ],
    );
}
