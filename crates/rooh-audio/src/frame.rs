//! Runs of samples that are shared rather than copied.

use std::fmt;
use std::ops::Range;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;

use crate::{AudioFormat, SessionTime, resample_all};

/// Reference-counted 16-bit samples; clones and parts share the same memory.
#[derive(Clone)]
pub struct Samples {
    all: Arc<[i16]>,
    start: usize,
    end: usize,
}

impl Samples {
    /// The part `range`, counted in samples; what lies outside is left away.
    pub fn slice(&self, range: Range<usize>) -> Self {
        let start = self.start.saturating_add(range.start).min(self.end);
        let end = self.start.saturating_add(range.end).clamp(start, self.end);
        Self { all: Arc::clone(&self.all), start, end }
    }
}

impl std::ops::Deref for Samples {
    type Target = [i16];

    fn deref(&self) -> &[i16] {
        &self.all[self.start..self.end]
    }
}

impl From<Vec<i16>> for Samples {
    fn from(samples: Vec<i16>) -> Self {
        let all: Arc<[i16]> = samples.into();
        Self { start: 0, end: all.len(), all }
    }
}

impl From<&[i16]> for Samples {
    fn from(samples: &[i16]) -> Self {
        Self { all: samples.into(), start: 0, end: samples.len() }
    }
}

impl fmt::Debug for Samples {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "[{} samples]", self.len())
    }
}

/// What [`Bytes`] keeps alive when a frame is turned into bytes.
struct AsBytes(Samples);

impl AsRef<[u8]> for AsBytes {
    fn as_ref(&self) -> &[u8] {
        bytemuck::cast_slice(&self.0)
    }
}

/// A run of PCM samples stamped with its place on the session timeline.
///
/// Cloning and slicing share the samples; nothing is copied.
#[derive(Clone, Debug)]
pub struct AudioFrame {
    samples: Samples,
    format: AudioFormat,
    at: SessionTime,
}

impl AudioFrame {
    /// A frame of `samples` whose first sample belongs to the moment `at`.
    pub fn new(samples: impl Into<Samples>, format: AudioFormat, at: SessionTime) -> Self {
        Self { samples: samples.into(), format, at }
    }

    /// A frame of silence that lasts `duration`.
    pub fn silence(duration: Duration, format: AudioFormat, at: SessionTime) -> Self {
        Self::new(vec![0; format.samples_in(duration)], format, at)
    }

    /// Reads little-endian 16-bit samples; an odd last byte is left away.
    pub fn from_le_bytes(bytes: &[u8], format: AudioFormat, at: SessionTime) -> Self {
        let (pairs, _) = bytes.as_chunks::<2>();
        let all: Arc<[i16]> = pairs.iter().map(|&pair| i16::from_le_bytes(pair)).collect();
        Self::new(Samples { start: 0, end: all.len(), all }, format, at)
    }

    /// The samples.
    pub fn samples(&self) -> &[i16] {
        &self.samples
    }

    /// The format of the samples.
    pub fn format(&self) -> AudioFormat {
        self.format
    }

    /// When the first sample was spoken, or is to be heard.
    pub fn at(&self) -> SessionTime {
        self.at
    }

    /// The same samples at another moment.
    pub fn moved_to(&self, at: SessionTime) -> Self {
        Self { at, ..self.clone() }
    }

    /// How long the frame lasts.
    pub fn duration(&self) -> Duration {
        self.format.duration_of(self.samples.len())
    }

    /// The moment after the last sample.
    pub fn end(&self) -> SessionTime {
        self.at + self.duration()
    }

    /// Whether the frame has no samples.
    pub fn is_empty(&self) -> bool {
        self.samples.is_empty()
    }

    /// The part between two moments counted from the start of the frame.
    ///
    /// What lies outside the frame is left away; the part keeps its place on the timeline.
    pub fn slice(&self, range: Range<Duration>) -> Self {
        self.slice_samples(self.format.samples_in(range.start)..self.format.samples_in(range.end))
    }

    /// The part `range`, counted in samples, with its place on the timeline.
    pub fn slice_samples(&self, range: Range<usize>) -> Self {
        let start = range.start.min(self.samples.len());
        Self {
            samples: self.samples.slice(range),
            format: self.format,
            at: self.at + self.format.duration_of(start),
        }
    }

    /// The frame in pieces that last `duration` each; the last one may be shorter.
    ///
    /// The pieces share the samples of the frame. A piece has one sample at least.
    pub fn chunks(&self, duration: Duration) -> impl Iterator<Item = Self> + use<> {
        let step = self.format.samples_in(duration).max(1);
        let frame = self.clone();
        (0..self.samples.len())
            .step_by(step)
            .map(move |start| frame.slice_samples(start..start.saturating_add(step)))
    }

    /// One frame of all `frames`, laid end to end from where the first one lies; `None` of none.
    ///
    /// The format is that of the first frame; the others are converted if they have another one.
    pub fn concat(frames: &[Self]) -> Option<Self> {
        let first = frames.first()?;
        if frames.len() == 1 {
            return Some(first.clone());
        }
        let mut all = Vec::with_capacity(frames.iter().map(|frame| frame.samples.len()).sum());
        for frame in frames {
            if frame.format == first.format {
                all.extend_from_slice(&frame.samples);
            } else {
                all.extend(resample_all(&frame.samples, frame.format, first.format));
            }
        }
        Some(Self::new(all, first.format, first.at))
    }

    /// The samples as little-endian bytes; on little-endian machines nothing is copied.
    pub fn into_bytes(self) -> Bytes {
        if cfg!(target_endian = "little") {
            Bytes::from_owner(AsBytes(self.samples))
        } else {
            self.samples.iter().flat_map(|sample| sample.to_le_bytes()).collect::<Vec<u8>>().into()
        }
    }
}
