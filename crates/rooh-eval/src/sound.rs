//! What is done to sound: where it is quiet, how loud it is, and what is laid under it.

use std::ops::Range;
use std::sync::Arc;

use rooh_audio::{AudioFormat, g711, level_db, resample_all};

use crate::random::Random;

/// Samples per second of everything in the corpus.
pub(crate) const RATE: usize = 16_000;

/// Levels are looked at in steps of 10 ms.
const STEP: usize = RATE / 100;

/// How far below the loudest step silence lies.
///
/// Prompts are recorded in a studio: between words they fall 40 dB and more; the quietest
/// consonants stay above this.
const SILENCE: f32 = 38.0;

/// How loud speech is made, in decibels of full scale: the level that broadcasters agreed on for
/// speech (EBU R 128), which leaves room for its peaks.
const LOUDNESS: f64 = -23.0;

/// A moment of the corpus as an index of samples.
pub(crate) fn at(seconds: f64) -> usize {
    (seconds.max(0.0) * RATE as f64).round() as usize
}

/// An index of samples as a moment.
pub(crate) fn seconds(samples: usize) -> f64 {
    samples as f64 / RATE as f64
}

/// Where there is sound: stretches without a silence of `gap` seconds in them.
pub(crate) fn voiced(samples: &[i16], gap: f64) -> Vec<Range<usize>> {
    let levels: Vec<f32> = samples.chunks(STEP).map(level_db).collect();
    let loudest = levels.iter().copied().fold(-90.0, f32::max);
    let gap = (gap * 100.0).round() as usize;
    let mut found: Vec<Range<usize>> = Vec::new();
    for (step, _) in levels.iter().enumerate().filter(|(_, level)| **level > loudest - SILENCE) {
        let part = step * STEP..((step + 1) * STEP).min(samples.len());
        match found.last_mut() {
            Some(last) if part.start < last.end + gap * STEP => last.end = part.end,
            _ => found.push(part),
        }
    }
    found
}

/// Longer than any recording: no silence in it splits it.
const AT_ONCE: f64 = 3600.0;

/// The part with sound in it.
pub(crate) fn trimmed(samples: &[i16]) -> &[i16] {
    let voiced = voiced(samples, AT_ONCE);
    voiced.first().map_or(&[], |all| &samples[all.clone()])
}

/// The quietest moment of `around`, and how far below the loudest step of all it lies, in decibels.
pub(crate) fn quietest(samples: &[i16], around: Range<usize>) -> Option<(usize, f32)> {
    let loudest = samples.chunks(STEP).map(level_db).fold(-90.0, f32::max);
    (around.start..around.end.min(samples.len()).saturating_sub(2 * STEP))
        .step_by(STEP / 2)
        .map(|start| (start + STEP, level_db(&samples[start..start + 2 * STEP])))
        .min_by(|(_, a), (_, b)| a.total_cmp(b))
        .map(|(middle, level)| (middle, loudest - level))
}

/// The same speech at the loudness that all speech of the corpus has.
pub(crate) fn leveled(samples: &[i16]) -> Vec<i16> {
    let gain = 10_f64.powf(LOUDNESS / 20.0) * 32_768.0 / rms_of_speech(samples).max(1.0);
    samples.iter().map(|&sample| clamped(f64::from(sample) * gain)).collect()
}

/// Lets the edges of a cut begin and end softly, so that the cut itself is not heard.
pub(crate) fn soften(samples: &mut [i16]) {
    // 5 ms: shorter than any sound of speech, longer than a click.
    let ramp = (RATE / 200).min(samples.len() / 2);
    let length = samples.len();
    for place in 0..ramp {
        let part = (place + 1) as f64 / (ramp + 1) as f64;
        for index in [place, length - 1 - place] {
            samples[index] = (f64::from(samples[index]) * part) as i16;
        }
    }
}

/// How a caller sounds.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Condition {
    /// As it was recorded, 16 kHz.
    Clean,
    /// Through the telephone network: 8 kHz, mu-law.
    Telephone,
    /// Over white noise, this many decibels below the speech.
    White(f64),
    /// Over four people who talk at once, this many decibels below the speech.
    Babble(f64),
    /// With somebody else in the room who speaks now and then, this many decibels below.
    SecondTalker(f64),
}

impl Condition {
    /// The condition without its level, as reports group by it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Clean => "clean",
            Self::Telephone => "8 kHz mu-law",
            Self::White(_) => "white noise",
            Self::Babble(_) => "babble",
            Self::SecondTalker(_) => "second talker",
        }
    }

    /// One of them, drawn.
    ///
    /// Two of five are clean, one is on the telephone; noise lies 5 to 15 dB below, as
    /// voice-activity detectors are usually tested, a second talker 12 to 20 dB below: another
    /// desk, not another caller.
    pub(crate) fn draw(random: &mut Random) -> Self {
        match random.index(10) {
            0..4 => Self::Clean,
            4..6 => Self::Telephone,
            6 => Self::White(random.between(5.0, 15.0)),
            7 => Self::Babble(random.between(5.0, 15.0)),
            _ => Self::SecondTalker(random.between(12.0, 20.0)),
        }
    }

    /// `samples` as they sound in this condition; `others` is what other people say.
    pub(crate) fn apply(self, samples: &mut Vec<i16>, others: &[Arc<[i16]>], random: &mut Random) {
        match self {
            Self::Clean => {}
            Self::Telephone => {
                let narrow = resample_all(samples, AudioFormat::WIDEBAND, AudioFormat::TELEPHONE);
                let coded: Vec<i16> =
                    narrow.iter().map(|&sample| g711::decode_mu_law(g711::encode_mu_law(sample))).collect();
                let length = samples.len();
                *samples = resample_all(&coded, AudioFormat::TELEPHONE, AudioFormat::WIDEBAND);
                samples.resize(length, 0);
            }
            Self::White(below) => {
                let noise = (0..samples.len()).map(|_| random.unit() * 2.0 - 1.0).collect();
                mix(samples, noise, below);
            }
            Self::Babble(below) => {
                let mut noise = vec![0.0; samples.len()];
                for _ in 0..4 {
                    talk(&mut noise, others, 0.0..0.3, random);
                }
                mix(samples, noise, below);
            }
            Self::SecondTalker(below) => {
                let mut noise = vec![0.0; samples.len()];
                talk(&mut noise, others, 1.0..4.0, random);
                mix(samples, noise, below);
            }
        }
    }
}

/// Lets somebody talk in `noise`, with silences of so many seconds.
fn talk(noise: &mut [f64], others: &[Arc<[i16]>], silences: Range<f64>, random: &mut Random) {
    if others.is_empty() {
        return;
    }
    let mut place = at(random.between(silences.start, silences.end));
    while place < noise.len() {
        let said = &others[random.index(others.len())];
        for (sample, add) in noise[place..].iter_mut().zip(said.iter()) {
            *sample += f64::from(*add);
        }
        place += said.len() + at(random.between(silences.start, silences.end));
    }
}

/// Lays noise under speech, so that where it sounds it is `below` decibels quieter.
fn mix(samples: &mut [i16], noise: Vec<f64>, below: f64) {
    let sounding: Vec<f64> = noise.iter().copied().filter(|sample| *sample != 0.0).collect();
    let loudness =
        (sounding.iter().map(|sample| sample * sample).sum::<f64>() / sounding.len().max(1) as f64).sqrt();
    if loudness == 0.0 {
        return;
    }
    let gain = rms_of_speech(samples) / 10_f64.powf(below / 20.0) / loudness;
    for (sample, noise) in samples.iter_mut().zip(noise) {
        *sample = clamped(f64::from(*sample) + noise * gain);
    }
}

/// The root mean square of what is not silence.
fn rms_of_speech(samples: &[i16]) -> f64 {
    let (sum, count) = voiced(samples, 0.2)
        .into_iter()
        .flat_map(|part| samples[part].iter())
        .fold((0.0, 0_usize), |(sum, count), &sample| (sum + f64::from(sample).powi(2), count + 1));
    (sum / count.max(1) as f64).sqrt()
}

fn clamped(sample: f64) -> i16 {
    sample.round().clamp(f64::from(i16::MIN), f64::from(i16::MAX)) as i16
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tone(length: f64) -> Vec<i16> {
        (0..at(length)).map(|n| (f64::from((n as u32 * 440 / 16) % 1000) - 500.0) as i16 * 10).collect()
    }

    #[test]
    fn silence_splits_sound_where_it_is_long_enough() {
        let mut samples = tone(0.5);
        samples.resize(samples.len() + at(0.3), 0);
        samples.extend(tone(0.5));
        let found = voiced(&samples, 0.2);
        assert_eq!(found.len(), 2);
        assert!((seconds(found[0].end) - 0.5).abs() < 0.02);
        assert!((seconds(found[1].start) - 0.8).abs() < 0.02);
        assert_eq!(voiced(&samples, 0.4).len(), 1);
    }

    #[test]
    fn noise_is_as_far_below_the_speech_as_it_was_asked_to_be() {
        let speech = leveled(&tone(2.0));
        let mut noisy = speech.clone();
        Condition::White(10.0).apply(&mut noisy, &[], &mut Random::new(1, "noise"));
        let noise: Vec<i16> = noisy.iter().zip(&speech).map(|(a, b)| a - b).collect();
        let below = level_db(&speech) - level_db(&noise);
        assert!((below - 10.0).abs() < 0.3, "{below}");
    }

    #[test]
    fn the_telephone_takes_away_what_is_above_four_kilohertz_and_nothing_of_the_length() {
        let mut high: Vec<i16> = (0..at(0.5)).map(|n| if n % 3 == 0 { 8000 } else { -4000 }).collect();
        let before = (high.len(), level_db(&high));
        Condition::Telephone.apply(&mut high, &[], &mut Random::new(1, "telephone"));
        assert_eq!(high.len(), before.0);
        assert!(level_db(&high) < before.1 - 30.0);
    }
}
