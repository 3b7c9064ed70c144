//! Letting audio begin and end without a click.

use std::ops::Range;
use std::time::Duration;

use crate::AudioFrame;

/// The frame with its loudness falling evenly over `range`, and silence after it.
///
/// `range` is counted from the start of the frame. An empty one cuts the audio off at its start.
#[must_use]
pub fn fade_out(frame: &AudioFrame, range: Range<Duration>) -> AudioFrame {
    shape(frame, range, |part| 1.0 - part)
}

/// The frame with silence up to `range`, and its loudness rising evenly over it.
///
/// `range` is counted from the start of the frame.
#[must_use]
pub fn fade_in(frame: &AudioFrame, range: Range<Duration>) -> AudioFrame {
    shape(frame, range, |part| part)
}

/// Multiplies each sample with the gain for its place: 0 is the start of the range, 1 its end.
fn shape(frame: &AudioFrame, range: Range<Duration>, gain: impl Fn(f32) -> f32) -> AudioFrame {
    let start = frame.format().samples_in(range.start);
    let length = frame.format().samples_in(range.end).saturating_sub(start);
    let samples = frame.samples().iter().enumerate().map(|(place, &sample)| {
        let part = match place.checked_sub(start) {
            None => 0.0,
            Some(within) if within < length => within as f32 / length as f32,
            Some(_) => 1.0,
        };
        (f32::from(sample) * gain(part)).round() as i16
    });
    AudioFrame::new(samples.collect::<Vec<i16>>(), frame.format(), frame.at())
}
