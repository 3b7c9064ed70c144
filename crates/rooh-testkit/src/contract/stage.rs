//! The contract of audio stages, sentence by sentence.

use std::sync::Arc;
use std::time::{Duration, Instant};

use rooh_audio::{AudioFormat, AudioFrame, SessionTime};
use rooh_core::stage::{AudioFilter, AudioStage};

use super::subject::{into_subject, terms};
use super::{Terms, suite};
use crate::noise::Noise;

suite! { $
    /// Makes a test of each sentence of the contract of audio stages; see
    /// [`contract`](crate::contract).
    stage_contract, stage, StageSubject:
    two_stages_never_share_state,
    no_audio_is_invented_and_as_much_comes_out_as_went_in,
    frames_come_out_in_order_and_in_one_format,
    what_is_played_may_be_anything,
    after_a_reset_it_works_like_a_new_one,
    a_frame_takes_about_a_millisecond,
}

/// An audio stage, and what the suite may know about it.
#[derive(Clone, Debug)]
pub struct StageSubject {
    provider: Arc<dyn AudioStage>,
    format: AudioFormat,
    delay: Duration,
    terms: Terms,
}

terms!(StageSubject);
into_subject!(StageSubject, AudioStage);

impl StageSubject {
    /// Runs the suite over `provider`.
    pub fn new(provider: impl AudioStage) -> Self {
        Self::shared(Arc::new(provider))
    }

    /// Runs the suite over a stage that is shared already.
    pub fn shared(provider: Arc<dyn AudioStage>) -> Self {
        Self {
            provider,
            format: AudioFormat::WIDEBAND,
            delay: Duration::from_millis(100),
            terms: Terms::default(),
        }
    }

    /// Feeds it with audio of this format; 16 kHz if it is not set.
    #[must_use]
    pub fn format(mut self, format: AudioFormat) -> Self {
        self.format = format;
        self
    }

    /// Lets it keep back this much audio; 100 ms if it is not set.
    #[must_use]
    pub fn delay(mut self, delay: Duration) -> Self {
        self.delay = delay;
        self
    }

    fn open(&self) -> Box<dyn AudioFilter> {
        match self.provider.open() {
            Ok(filter) => filter,
            Err(error) => panic!("no stage could be opened: {error:?}"),
        }
    }

    /// Five seconds of noise that swells, in frames of this length.
    fn frames(&self, seed: u64, frame: Duration) -> Vec<AudioFrame> {
        let mut noise = Noise::new(seed);
        let length = self.format.samples_in(Duration::from_secs(5));
        let samples: Vec<i16> =
            (0..length).map(|n| noise.sample((n * 12_000 / length) as i16 + 100)).collect();
        crate::speech::frames(&AudioFrame::new(samples, self.format, SessionTime::ZERO), frame)
    }

    fn through(&self, filter: &mut dyn AudioFilter, frames: &[AudioFrame]) -> Vec<AudioFrame> {
        frames
            .iter()
            .filter_map(|frame| {
                filter.played(frame);
                filter.process(frame.clone())
            })
            .collect()
    }
}

const FRAME: Duration = Duration::from_millis(20);

fn samples(frames: &[AudioFrame]) -> Vec<i16> {
    frames.iter().flat_map(|frame| frame.samples()).copied().collect()
}

/// `open` gives a stage of its own to each session; two never share state.
pub async fn two_stages_never_share_state(subject: StageSubject) {
    let frames = subject.frames(1, FRAME);
    let alone = subject.through(&mut *subject.open(), &frames);
    let (mut one, mut other) = (subject.open(), subject.open());
    let mut side_by_side = Vec::new();
    for (frame, elsewhere) in frames.iter().zip(subject.frames(2, FRAME).iter().rev()) {
        one.played(frame);
        other.played(elsewhere);
        other.process(elsewhere.clone());
        side_by_side.extend(one.process(frame.clone()));
    }
    assert!(
        samples(&alone) == samples(&side_by_side),
        "a stage gives other audio while another one is at work"
    );
}

/// No audio is invented: over time as much comes out as went in, whatever the length of frames.
pub async fn no_audio_is_invented_and_as_much_comes_out_as_went_in(subject: StageSubject) {
    for millis in [10, 20, 33, 100] {
        let mut filter = subject.open();
        let (mut went_in, mut came_out) = (Duration::ZERO, Duration::ZERO);
        for frame in subject.frames(3, Duration::from_millis(millis)) {
            went_in += frame.duration();
            filter.played(&frame);
            came_out += filter.process(frame).map_or(Duration::ZERO, |frame| frame.duration());
            assert!(
                came_out <= went_in + Duration::from_millis(1),
                "{came_out:?} came out after {went_in:?} went in, in frames of {millis} ms"
            );
        }
        assert!(
            came_out + subject.delay >= went_in,
            "{came_out:?} came out of {went_in:?}, in frames of {millis} ms"
        );
    }
}

/// Frames come out in the order in which they went in, and all in one format.
pub async fn frames_come_out_in_order_and_in_one_format(subject: StageSubject) {
    let frames = subject.through(&mut *subject.open(), &subject.frames(4, FRAME));
    for pair in frames.windows(2) {
        assert!(
            pair[0].at() <= pair[1].at(),
            "a frame of {} came out before one of {}",
            pair[0].at(),
            pair[1].at()
        );
        assert_eq!(pair[0].format(), pair[1].format(), "the format changed on the way");
    }
}

/// What is played may be of any format and length, or not be told at all.
pub async fn what_is_played_may_be_anything(subject: StageSubject) {
    let mut filter = subject.open();
    for (place, frame) in subject.frames(5, FRAME).into_iter().enumerate() {
        let rate = [8_000, 16_000, 24_000, 44_100, 48_000][place / 20 % 5];
        match place % 3 {
            0 => {}
            1 => filter.played(&AudioFrame::new(vec![i16::MIN; place], AudioFormat::mono(rate), frame.at())),
            _ => filter.played(&AudioFrame::silence(FRAME, AudioFormat::mono(rate), frame.at())),
        }
        filter.process(frame);
    }
    filter.process(AudioFrame::new(Vec::new(), subject.format, SessionTime::from_millis(5_000)));
}

/// After `reset` it works like a new one.
pub async fn after_a_reset_it_works_like_a_new_one(subject: StageSubject) {
    let frames = subject.frames(6, FRAME);
    let mut filter = subject.open();
    let first = subject.through(&mut *filter, &frames);
    filter.reset();
    let again = subject.through(&mut *filter, &frames);
    assert!(samples(&first) == samples(&again), "after a reset it still remembers");
}

/// A frame takes about a millisecond, on the session's own task.
pub async fn a_frame_takes_about_a_millisecond(subject: StageSubject) {
    let mut filter = subject.open();
    // The quickest of many: the machine may be busy, and the build not optimized.
    let quickest = subject
        .frames(7, FRAME)
        .into_iter()
        .map(|frame| {
            let begun = Instant::now();
            filter.played(&frame);
            filter.process(frame);
            begun.elapsed()
        })
        .min();
    let quickest = quickest.unwrap_or_default();
    assert!(quickest < Duration::from_millis(3), "the quickest of 250 frames took {quickest:?}");
}
