//! Where on the timeline of a session the samples of one side lie.

use crate::{AudioFormat, AudioFrame, SessionTime};

/// How far from its place a frame may say it lies and still follow without a seam, in samples.
///
/// A moment counted in nanoseconds falls between two samples; without this, rounding would now and
/// then cut a sample out of speech that has no gap.
const ROUNDING: u64 = 1;

/// Lays the frames of one side end to end, on a clock that counts samples.
///
/// Two sides with a timeline each stay aligned to the sample for as long as a session lasts:
/// gaps become silence, and what lies before the end of what was placed already is trimmed.
/// No audio is held; whoever writes it down does that at once.
///
/// # Examples
///
/// ```
/// use std::time::Duration;
/// use rooh_audio::{AudioFormat, AudioFrame, SessionTime, Timeline};
///
/// let mut side = Timeline::new(AudioFormat::WIDEBAND);
/// let at = SessionTime::from_millis(100);
/// let said = AudioFrame::silence(Duration::from_millis(20), AudioFormat::WIDEBAND, at);
/// let placed = side.push(&said);
/// assert_eq!((placed.silence, placed.audio.samples().len()), (1_600, 320));
/// assert_eq!(side.len(), 1_920);
/// ```
#[derive(Clone, Debug)]
pub struct Timeline {
    format: AudioFormat,
    len: u64,
}

/// What to write down for a frame: first the silence, then the audio.
#[derive(Clone, Debug)]
#[must_use = "the timeline has moved on: what is not written down is missing"]
pub struct Placed {
    /// The gap before the audio, in samples. As long as the session at most, so not to be allocated.
    pub silence: u64,
    /// What is new of the frame; it shares its memory, and lies where it is placed.
    pub audio: AudioFrame,
}

impl Timeline {
    /// A side on which nothing lies yet; it begins at the start of the session.
    pub fn new(format: AudioFormat) -> Self {
        Self { format, len: 0 }
    }

    /// Places a frame.
    ///
    /// A frame of another rate is taken for one of this rate: convert it before, for example with a
    /// [`Resampler`](crate::Resampler), which keeps its place.
    pub fn push(&mut self, frame: &AudioFrame) -> Placed {
        let meant = self.place_of(frame.at());
        let start = if meant.abs_diff(self.len) <= ROUNDING { self.len } else { meant };
        let silence = start.saturating_sub(self.len);
        let trimmed = usize::try_from(self.len.saturating_sub(start)).unwrap_or(usize::MAX);
        self.len += silence;
        let audio = frame.slice_samples(trimmed..frame.samples().len()).moved_to(self.end());
        self.len += audio.samples().len() as u64;
        Placed { silence, audio }
    }

    /// Goes on to a moment; gives the silence that lies before it, in samples.
    pub fn advance_to(&mut self, at: SessionTime) -> u64 {
        let silence = self.place_of(at).saturating_sub(self.len);
        self.len += silence;
        silence
    }

    /// The format in which samples are counted.
    pub fn format(&self) -> AudioFormat {
        self.format
    }

    /// How many samples lie on the timeline.
    pub fn len(&self) -> u64 {
        self.len
    }

    /// Whether nothing lies on the timeline.
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// The moment after the last sample.
    pub fn end(&self) -> SessionTime {
        SessionTime::ZERO + self.format.duration_of(usize::try_from(self.len).unwrap_or(usize::MAX))
    }

    /// The sample that lies nearest to a moment.
    fn place_of(&self, at: SessionTime) -> u64 {
        let samples = at.since_start().as_nanos() * u128::from(self.format.rate());
        // Half of what a count can hold is later than any session lasts, and leaves room to add to it.
        u64::try_from((samples + 500_000_000) / 1_000_000_000).unwrap_or(u64::MAX).min(u64::MAX / 2)
    }
}
