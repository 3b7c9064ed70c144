//! The sound of a turn as the model takes it: a log-mel spectrogram of the last eight seconds.
//!
//! Every number here is that of the features on which Smart Turn was trained, which are those of
//! Whisper; with any other the model answers something else.

use std::f64::consts::TAU;
use std::sync::{Arc, LazyLock};
use std::time::Duration;

use realfft::num_complex::Complex;
use realfft::{RealFftPlanner, RealToComplex};
use rooh_audio::{AudioFormat, AudioFrame, Resampler};
use rooh_onnx::Tensor;

/// Bands of the spectrogram.
pub const MELS: usize = 80;
/// Columns of the spectrogram, one for each 10 ms.
pub const FRAMES: usize = 800;

/// How much of the turn the model hears.
const HEARD: Duration = Duration::from_secs(8);
/// Samples in that time at 16 kHz.
const WINDOW: usize = 128_000;
/// Samples from one column to the next: 10 ms.
const HOP: usize = 160;
/// Samples in one column: 25 ms.
const LENGTH: usize = 400;
/// By how much the first column begins before the first sample, and the last ends after the last.
const EDGE: usize = LENGTH / 2;
/// Added to the variance, so that silence is not divided by zero.
const EPSILON: f32 = 1e-7;
/// The least power of a band, before its logarithm is taken.
const LEAST_POWER: f64 = 1e-10;
/// How far, in powers of ten, a band may lie below the loudest: 80 dB.
const DEPTH: f32 = 8.0;

/// The features of the last eight seconds of `audio`, frames of any rate laid end to end.
///
/// A tensor of 1 × [`MELS`] × [`FRAMES`]. What is shorter than eight seconds stands at the end,
/// behind silence. No feature is ever infinite or not a number.
pub fn features(audio: &[AudioFrame]) -> Tensor {
    let samples = last_of(audio);
    Tensor::f32([1, MELS, FRAMES], Spectrogram::shared().of(&normal(&samples)))
}

/// The end of the audio at 16 kHz: at most eight seconds.
fn last_of(audio: &[AudioFrame]) -> Vec<i16> {
    // A little more, so that what fills the filter of a resampler lies outside.
    let mut missing = HEARD + Duration::from_millis(20);
    let mut parts = Vec::new();
    for frame in audio.iter().rev() {
        if missing.is_zero() {
            break;
        }
        let length = frame.samples().len();
        let wanted = frame.format().samples_in(missing).max(1);
        parts.push(frame.slice_samples(length.saturating_sub(wanted)..length));
        missing = missing.saturating_sub(frame.duration());
    }
    let mut samples = Vec::with_capacity(WINDOW + WINDOW / 8);
    let mut resampler = Resampler::new(AudioFormat::WIDEBAND, AudioFormat::WIDEBAND);
    for part in parts.iter().rev() {
        if part.format() != resampler.from() {
            samples.extend_from_slice(resampler.flush().samples());
        }
        samples.extend_from_slice(resampler.process(part).samples());
    }
    samples.extend_from_slice(resampler.flush().samples());
    samples.drain(..samples.len().saturating_sub(WINDOW));
    samples
}

/// The samples behind silence, with a mean of zero and a variance of one, and mirrored at the ends.
///
/// Rounded to single precision where the reference is: the model rounds what it hears to eight bits,
/// and a difference of a millionth may fall to the other side.
fn normal(samples: &[i16]) -> Vec<f32> {
    // Integers add up without an error: 128,000 squares of 15 bits have 47 bits.
    let sum: i64 = samples.iter().map(|&sample| i64::from(sample)).sum();
    let squares: i64 = samples.iter().map(|&sample| i64::from(sample).pow(2)).sum();
    let full_scale = 32_768.0;
    let mean = sum as f64 / WINDOW as f64;
    let variance = (squares as f64 / WINDOW as f64 - mean * mean).max(0.0) / (full_scale * full_scale);
    let deviation = (variance as f32 + EPSILON).sqrt();
    let mean = (mean / full_scale) as f32;
    let mut all = vec![(0.0 - mean) / deviation; WINDOW + 2 * EDGE];
    let begin = EDGE + WINDOW - samples.len();
    for (one, &sample) in all[begin..].iter_mut().zip(samples) {
        *one = (f32::from(sample) / full_scale as f32 - mean) / deviation;
    }
    for n in 0..EDGE {
        all[EDGE - 1 - n] = all[EDGE + 1 + n];
        all[EDGE + WINDOW + n] = all[EDGE + WINDOW - 2 - n];
    }
    all
}

/// What every spectrogram needs, made once for the process; in double precision, as the reference.
struct Spectrogram {
    transform: Arc<dyn RealToComplex<f64>>,
    /// One period of a raised cosine.
    hann: Vec<f64>,
    bands: Vec<Band>,
}

/// The part of the spectrum that belongs to one band: all weights outside are zero.
struct Band {
    first: usize,
    weights: Vec<f64>,
}

impl Spectrogram {
    fn shared() -> &'static Self {
        static SHARED: LazyLock<Spectrogram> = LazyLock::new(|| Spectrogram {
            transform: RealFftPlanner::new().plan_fft_forward(LENGTH),
            hann: (0..LENGTH).map(|n| 0.5 - 0.5 * (TAU * n as f64 / LENGTH as f64).cos()).collect(),
            bands: bands(),
        });
        &SHARED
    }

    /// Band by band, 800 columns of each.
    fn of(&self, samples: &[f32]) -> Vec<f32> {
        let mut column = vec![0.0; LENGTH];
        let mut spectrum = vec![Complex::default(); LENGTH / 2 + 1];
        let mut scratch = self.transform.make_scratch_vec();
        let mut power = vec![0.0; spectrum.len()];
        let mut all = vec![0.0; MELS * FRAMES];
        let mut loudest = f32::NEG_INFINITY;
        for (n, samples) in samples.windows(LENGTH).step_by(HOP).take(FRAMES).enumerate() {
            for ((out, &sample), &weight) in column.iter_mut().zip(samples).zip(&self.hann) {
                *out = f64::from(sample) * weight;
            }
            self.transform
                .process_with_scratch(&mut column, &mut spectrum, &mut scratch)
                .expect("the buffers are of the lengths that the transform was planned for");
            for (power, bin) in power.iter_mut().zip(&spectrum) {
                *power = bin.norm_sqr();
            }
            for (m, band) in self.bands.iter().enumerate() {
                let bins = &power[band.first..band.first + band.weights.len()];
                let sum: f64 = bins.iter().zip(&band.weights).map(|(power, weight)| power * weight).sum();
                let logarithm = sum.max(LEAST_POWER).log10() as f32;
                loudest = loudest.max(logarithm);
                all[m * FRAMES + n] = logarithm;
            }
        }
        for feature in &mut all {
            // Whisper's own scale: what is usual lies between -1 and 1.
            *feature = (feature.max(loudest - DEPTH) + 4.0) / 4.0;
        }
        all
    }
}

/// Triangles on Slaney's scale from 0 to 8 kHz, each from the middle of the one below to the middle
/// of the one above, and all of the same area.
fn bands() -> Vec<Band> {
    let top = mel(8_000.0);
    let edges: Vec<f64> = (0..MELS + 2).map(|n| hertz(top * n as f64 / (MELS + 1) as f64)).collect();
    let bin = f64::from(AudioFormat::WIDEBAND.rate()) / LENGTH as f64;
    edges
        .windows(3)
        .map(|edges| {
            let (low, middle, high) = (edges[0], edges[1], edges[2]);
            let weight = |n: usize| {
                let at = n as f64 * bin;
                ((at - low) / (middle - low)).min((high - at) / (high - middle)) * 2.0 / (high - low)
            };
            let inside = |n: &usize| weight(*n) > 0.0;
            let first = (0..=LENGTH / 2).find(inside).unwrap_or(0);
            let weights = (first..=LENGTH / 2).take_while(inside).map(weight).collect();
            Band { first, weights }
        })
        .collect()
}

/// Where Slaney's scale goes over from linear to logarithmic.
const KNEE: f64 = 1_000.0;
/// Mels at the knee: below it, 200 Hz are three.
const KNEE_MELS: f64 = 15.0;

/// Mels to one unit of the natural logarithm: above the knee, a factor of 6.4 is 27 mels.
fn mels_to_e() -> f64 {
    27.0 / 6.4_f64.ln()
}

fn mel(hertz: f64) -> f64 {
    if hertz < KNEE { hertz * KNEE_MELS / KNEE } else { KNEE_MELS + (hertz / KNEE).ln() * mels_to_e() }
}

fn hertz(mel: f64) -> f64 {
    if mel < KNEE_MELS { mel * KNEE / KNEE_MELS } else { KNEE * ((mel - KNEE_MELS) / mels_to_e()).exp() }
}

#[cfg(test)]
mod tests {
    use rooh_audio::SessionTime;

    use super::*;

    fn frame(samples: Vec<i16>, rate: u32) -> AudioFrame {
        AudioFrame::new(samples, AudioFormat::mono(rate), SessionTime::ZERO)
    }

    fn tone(rate: u32, seconds: u32) -> Vec<i16> {
        let step = TAU * 440.0 / f64::from(rate);
        (0..rate * seconds).map(|n| ((f64::from(n) * step).sin() * 8_000.0) as i16).collect()
    }

    #[test]
    fn only_the_last_eight_seconds_count_in_whatever_pieces_they_came() {
        let samples: Vec<i16> = (0..160_000_u32).map(|n| (n * 7_919 % 60_000) as i16).collect();
        let whole = frame(samples.clone(), 16_000);
        let last = &samples[32_000..];
        assert_eq!(last_of(std::slice::from_ref(&whole)), last);
        let pieces: Vec<AudioFrame> = whole.chunks(Duration::from_millis(20)).collect();
        assert_eq!(last_of(&pieces), last);
        assert_eq!(last_of(&pieces[..100]), samples[..32_000]);
        assert!(last_of(&[]).is_empty());
        assert!(last_of(&[frame(Vec::new(), 16_000)]).is_empty());
    }

    #[test]
    fn frames_of_other_rates_are_converted_and_may_be_mixed() {
        for rate in [8_000, 11_025, 24_000, 44_100, 48_000] {
            let pieces: Vec<AudioFrame> =
                frame(tone(rate, 3), rate).chunks(Duration::from_millis(20)).collect();
            let mixed = [pieces, vec![frame(tone(16_000, 1), 16_000)]].concat();
            let samples = last_of(&mixed);
            assert!(samples.len().abs_diff(64_000) <= 1, "{rate} Hz: {} samples", samples.len());
            let wanted = tone(16_000, 3);
            let furthest = (1_000..40_000).map(|n| (samples[n] - wanted[n]).abs()).max();
            assert!(furthest < Some(100), "{rate} Hz: {furthest:?}");
            let long = last_of(&[frame(tone(rate, 20), rate)]);
            assert_eq!(long.len(), WINDOW, "{rate} Hz");
        }
    }

    #[test]
    fn features_are_numbers_whatever_is_heard() {
        let wild: Vec<i16> = (0..200_000_u32).map(|n| if n % 3 == 0 { i16::MIN } else { i16::MAX }).collect();
        for samples in [vec![], vec![0; 16_000], vec![i16::MIN; 128_000], vec![1], wild] {
            let features = features(&[frame(samples, 16_000)]);
            assert_eq!(features.shape(), [1, MELS, FRAMES]);
            assert!(features.as_f32().expect("they are floats").iter().all(|feature| feature.is_finite()));
        }
    }

    #[test]
    fn every_band_has_a_part_of_the_spectrum() {
        let bands = bands();
        assert_eq!(bands.len(), MELS);
        assert!(bands.iter().all(|band| !band.weights.is_empty()));
        assert!(bands.iter().all(|band| band.first + band.weights.len() <= LENGTH / 2 + 1));
    }
}
