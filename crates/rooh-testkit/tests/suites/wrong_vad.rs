//! Voice-activity detectors that break one sentence each.

use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex};

use rooh_audio::{AudioFormat, AudioFrame, SessionTime};
use rooh_core::provider::Progress;
use rooh_core::stream::Events;
use rooh_core::vad::{Energy, Vad, VadProvider};
use rooh_core::{Error, ErrorKind, Result};
use rooh_testkit::contract::VadSubject;
use rooh_testkit::contract::vad::CASES;
use rooh_testkit::speech;

use crate::wrong::judge;

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Fault {
    AnswersInDecibels,
    AnswersNotANumber,
    FailsOnASecondLoad,
    HasWindowsOfAnyLength,
    IgnoresSpeech,
    IsLost,
    Rolls,
    Shares,
    Unresettable,
}

#[derive(Debug)]
struct Wrong {
    fault: Fault,
    shared: Arc<Mutex<Box<dyn Vad>>>,
    opened: Arc<AtomicU32>,
    loads: AtomicU32,
}

#[derive(Debug)]
struct WrongVad {
    fault: Fault,
    inner: Arc<Mutex<Box<dyn Vad>>>,
    rolls: Arc<AtomicU32>,
    window: usize,
}

impl VadProvider for Wrong {
    fn open(&self) -> Result<Box<dyn Vad>> {
        let number = self.opened.fetch_add(1, Ordering::Relaxed);
        if self.fault == Fault::IsLost && self.loads.load(Ordering::Relaxed) >= 2 {
            return Err(Error::new(ErrorKind::NotFound, "the model was unloaded"));
        }
        let own = Arc::new(Mutex::new(Energy.open()?));
        let inner = if self.fault == Fault::Shares { Arc::clone(&self.shared) } else { own };
        let window = if self.fault == Fault::HasWindowsOfAnyLength { 320 + number as usize } else { 320 };
        Ok(Box::new(WrongVad { fault: self.fault, inner, rolls: Arc::clone(&self.opened), window }))
    }

    fn load(&self) -> Events<Progress> {
        let loads = self.loads.fetch_add(1, Ordering::Relaxed) + 1;
        if self.fault == Fault::FailsOnASecondLoad && loads > 1 {
            return Events::failed(Error::new(ErrorKind::Unexpected, "loaded already"));
        }
        Events::empty()
    }
}

impl Vad for WrongVad {
    fn format(&self) -> AudioFormat {
        AudioFormat::WIDEBAND
    }

    fn window(&self) -> usize {
        self.window
    }

    fn probability(&mut self, window: &[i16]) -> f32 {
        let answer = self.inner.lock().unwrap().probability(window);
        match self.fault {
            Fault::AnswersInDecibels => answer * 40.0 - 20.0,
            Fault::AnswersNotANumber if window[0] == i16::MIN => f32::NAN,
            Fault::IgnoresSpeech => 0.5,
            Fault::Rolls => (self.rolls.fetch_add(1, Ordering::Relaxed) % 7) as f32 / 7.0,
            _ => answer,
        }
    }

    fn reset(&mut self) {
        if self.fault != Fault::Unresettable {
            self.inner.lock().unwrap().reset();
        }
    }
}

fn subject(fault: Fault) -> VadSubject {
    let speech: AudioFrame =
        speech::encode("I used to work at a bakery.", AudioFormat::WIDEBAND, SessionTime::ZERO);
    let shared = Arc::new(Mutex::new(Energy.open().unwrap()));
    VadSubject::new(Wrong { fault, shared, opened: Arc::default(), loads: AtomicU32::new(0) })
        .speech(vec![speech])
}

#[test]
fn wrong_detectors_are_caught() {
    judge(
        CASES,
        subject,
        &[
            (Fault::AnswersInDecibels, &["the_answer_lies_between_0_and_1_for_any_samples"]),
            (
                Fault::AnswersNotANumber,
                &[
                    "the_answer_lies_between_0_and_1_for_any_samples",
                    "the_same_windows_give_the_same_answers",
                    "after_a_reset_it_answers_like_a_new_one",
                    "two_detectors_never_share_state",
                    "loading_twice_or_never_is_harmless",
                ],
            ),
            (Fault::FailsOnASecondLoad, &["loading_twice_or_never_is_harmless"]),
            (
                Fault::HasWindowsOfAnyLength,
                &[
                    "windows_have_a_length",
                    "the_same_windows_give_the_same_answers",
                    "two_detectors_never_share_state",
                    "loading_twice_or_never_is_harmless",
                ],
            ),
            (Fault::IgnoresSpeech, &["speech_is_likelier_speech_than_silence"]),
            (Fault::IsLost, &["loading_twice_or_never_is_harmless"]),
            (
                Fault::Rolls,
                &[
                    "the_same_windows_give_the_same_answers",
                    "after_a_reset_it_answers_like_a_new_one",
                    "two_detectors_never_share_state",
                    "speech_is_likelier_speech_than_silence",
                    "loading_twice_or_never_is_harmless",
                ],
            ),
            (
                Fault::Shares,
                &[
                    "the_same_windows_give_the_same_answers",
                    "two_detectors_never_share_state",
                    "loading_twice_or_never_is_harmless",
                ],
            ),
            (
                Fault::Unresettable,
                &["after_a_reset_it_answers_like_a_new_one", "loading_twice_or_never_is_harmless"],
            ),
        ],
    );
}
