//! The contract of voice-activity detectors, sentence by sentence.

use std::sync::Arc;

use rooh_audio::AudioFrame;
use rooh_core::vad::{Vad, VadProvider};

use super::reading::assert_loads;
use super::subject::{into_subject, terms};
use super::{Terms, skipped, suite};
use crate::noise::Noise;

suite! { $
    /// Makes a test of each sentence of the contract of voice-activity detectors; see
    /// [`contract`](crate::contract).
    vad_contract, vad, VadSubject:
    windows_have_a_length,
    the_answer_lies_between_0_and_1_for_any_samples,
    the_same_windows_give_the_same_answers,
    after_a_reset_it_answers_like_a_new_one,
    two_detectors_never_share_state,
    speech_is_likelier_speech_than_silence,
    loading_twice_or_never_is_harmless,
}

/// A voice-activity detector, and what the suite may know about it.
#[derive(Clone, Debug)]
pub struct VadSubject {
    provider: Arc<dyn VadProvider>,
    speech: Vec<AudioFrame>,
    terms: Terms,
}

terms!(VadSubject);
into_subject!(VadSubject, VadProvider);

impl VadSubject {
    /// Runs the suite over `provider`.
    pub fn new(provider: impl VadProvider) -> Self {
        Self::shared(Arc::new(provider))
    }

    /// Runs the suite over a provider that is shared already.
    pub fn shared(provider: Arc<dyn VadProvider>) -> Self {
        Self { provider, speech: Vec::new(), terms: Terms::default() }
    }

    /// Gives the suite a second or more of speech in the detector's format.
    #[must_use]
    pub fn speech(mut self, speech: Vec<AudioFrame>) -> Self {
        self.speech = speech;
        self
    }

    fn open(&self) -> Box<dyn Vad> {
        match self.provider.open() {
            Ok(vad) => vad,
            Err(error) => panic!("no detector could be opened: {error:?}"),
        }
    }

    fn answers(&self, vad: &mut dyn Vad, samples: &[i16]) -> Vec<f32> {
        let window = vad.window();
        samples.chunks_exact(window).map(|window| vad.probability(window)).collect()
    }

    /// Four seconds of everything: faint noise, silence, noise, a voice-like sound, tones, clipping.
    fn everything(&self, vad: &dyn Vad) -> Vec<i16> {
        let rate = vad.format().rate() as usize;
        let mut noise = Noise::new(7);
        let mut samples: Vec<i16> = (0..rate / 5).map(|_| noise.sample(150)).collect();
        samples.resize(rate / 2, 0);
        samples.extend((0..rate / 2).map(|_| noise.sample(3_000)));
        samples.extend((0..rate).map(|n| {
            let t = n as f64 / rate as f64;
            let voice: f64 = (1..12)
                .map(|k| (t * 120.0 * f64::from(k) * std::f64::consts::TAU).sin() / f64::from(k))
                .sum();
            (voice * 6_000.0 * (t * 9.0).sin().abs()) as i16
        }));
        samples.extend((0..rate / 2).map(|n| ((n as f64 * 0.4).sin() * 12_000.0) as i16));
        samples.extend((0..rate / 2).map(|n| if n / 20 % 2 == 0 { i16::MAX } else { i16::MIN }));
        samples.extend(std::iter::repeat_n(i16::MIN, rate / 2));
        samples.extend((0..rate / 2).map(|_| noise.sample(i16::MAX)));
        samples
    }
}

/// Every window has exactly `window` samples, which is more than none and at most a second.
pub async fn windows_have_a_length(subject: VadSubject) {
    let vad = subject.open();
    assert!(vad.window() > 0, "a window without samples");
    assert!(vad.window() <= vad.format().rate() as usize, "a window of {} samples", vad.window());
    let other = subject.open();
    assert_eq!(
        (vad.window(), vad.format()),
        (other.window(), other.format()),
        "two detectors of one provider take different windows"
    );
}

/// The answer lies between 0 and 1, for any samples at all.
pub async fn the_answer_lies_between_0_and_1_for_any_samples(subject: VadSubject) {
    let mut vad = subject.open();
    let samples = subject.everything(&*vad);
    for (place, answer) in subject.answers(&mut *vad, &samples).into_iter().enumerate() {
        assert!((0.0..=1.0).contains(&answer), "the answer to window {place} is {answer}");
    }
}

/// The same windows give the same answers.
pub async fn the_same_windows_give_the_same_answers(subject: VadSubject) {
    let (mut first, mut second) = (subject.open(), subject.open());
    let samples = subject.everything(&*first);
    let answers = subject.answers(&mut *first, &samples);
    let again = subject.answers(&mut *second, &samples);
    assert_eq!(answers, again, "the same windows were answered differently");
}

/// After `reset` it answers like a new one.
pub async fn after_a_reset_it_answers_like_a_new_one(subject: VadSubject) {
    let mut vad = subject.open();
    let samples = subject.everything(&*vad);
    let answers = subject.answers(&mut *vad, &samples);
    vad.reset();
    let again = subject.answers(&mut *vad, &samples);
    assert_eq!(answers, again, "after a reset it still remembers");
}

/// `open` gives a detector of its own to each session; two never share state.
pub async fn two_detectors_never_share_state(subject: VadSubject) {
    let mut alone = subject.open();
    let samples = subject.everything(&*alone);
    let answers = subject.answers(&mut *alone, &samples);

    let (mut one, mut other) = (subject.open(), subject.open());
    let mut noise = Noise::new(99);
    let mut side_by_side = Vec::new();
    for window in samples.chunks_exact(one.window()) {
        side_by_side.push(one.probability(window));
        let elsewhere: Vec<i16> = window.iter().map(|_| noise.sample(20_000)).collect();
        other.probability(&elsewhere);
    }
    assert_eq!(answers, side_by_side, "a detector answers differently when another one hears noise");
}

/// Speech is likelier to be speech than silence is.
pub async fn speech_is_likelier_speech_than_silence(subject: VadSubject) {
    let mut vad = subject.open();
    let speech: Vec<i16> = subject.speech.iter().flat_map(|frame| frame.samples()).copied().collect();
    if speech.is_empty() {
        skipped(
            "speech_is_likelier_speech_than_silence",
            "the subject has no speech; see VadSubject::speech",
        );
        return;
    }
    for frame in &subject.speech {
        assert_eq!(frame.format(), vad.format(), "the subject's speech has to be in the detector's format");
    }
    let mean = |answers: Vec<f32>| answers.iter().sum::<f32>() / answers.len().max(1) as f32;
    let silence = mean(subject.answers(&mut *vad, &vec![0; speech.len()]));
    vad.reset();
    let heard = mean(subject.answers(&mut *vad, &speech));
    assert!(heard > silence + 0.2, "speech is answered by {heard:.2} on average, silence by {silence:.2}");
}

/// Loading again is harmless, and so is never loading.
pub async fn loading_twice_or_never_is_harmless(subject: VadSubject) {
    let mut before = subject.open();
    let samples = subject.everything(&*before);
    let answers = subject.answers(&mut *before, &samples);
    for _ in 0..2 {
        assert_loads(&subject.terms, subject.provider.load()).await;
    }
    subject.provider.unload();
    subject.provider.unload();
    // The one that is open goes on, and a new one can be had.
    before.reset();
    assert_eq!(answers, subject.answers(&mut *before, &samples), "unloading changed an open detector");
    let mut after = subject.open();
    assert_eq!(answers, subject.answers(&mut *after, &samples), "unloading changed the next detector");
}
