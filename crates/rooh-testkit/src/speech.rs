//! Words as audio that a machine can read back: the speech of conversations in tests.
//!
//! A word is a burst of tones that spells its letters, 180 ms long for up to fifteen bytes, and
//! 20 ms of silence after it: five words take a second. The tones lie between 500 and 2,900 Hz
//! and far enough apart to survive resampling, telephone bandwidth, companding and a change of
//! volume. What was cut, mixed with something else or drowned in noise is not understood, as it
//! should be.

use std::f64::consts::TAU;
use std::time::Duration;

use rooh_audio::{AudioFormat, AudioFrame, SessionTime};

/// How long a word of up to fifteen bytes sounds; each further byte takes 10 ms.
pub const WORD: Duration = Duration::from_millis(180);

/// The silence after each word.
pub const GAP: Duration = Duration::from_millis(20);

/// Longer words are spoken in pieces of this many bytes.
const LONGEST: usize = 100;
/// How many bytes a code has besides the letters: their number, and two to check them by.
const FRAME: usize = 3;
/// One byte.
const SYMBOL_MILLIS: usize = 10;
/// Always there, so that a word has no silence inside, and the measure for all other tones.
const PILOT: f64 = 500.0;
/// The tone of the lowest bit; all are multiples of 100 Hz, so that a symbol has whole waves.
const LOWEST: f64 = 800.0;
const SPACING: f64 = 300.0;
/// Nine of them together stay below full scale.
const AMPLITUDE: f64 = 0.07;

/// Says `text`, beginning at `at`: its words one after the other.
///
/// Words without a letter or digit are not pronounced.
pub fn encode(text: &str, format: AudioFormat, at: SessionTime) -> AudioFrame {
    let samples: Vec<i16> = words(text).flat_map(|(_, word)| encode_word(word, format)).collect();
    AudioFrame::new(samples, format, at)
}

/// Cuts audio into frames of this length; the last may be shorter.
pub fn frames(audio: &AudioFrame, length: Duration) -> Vec<AudioFrame> {
    let step = audio.format().samples_in(length).max(1);
    (0..audio.samples().len()).step_by(step).map(|start| audio.slice_samples(start..start + step)).collect()
}

/// How long it takes to say `text`, with the silence after its last word.
pub fn duration(text: &str) -> Duration {
    words(text).map(|(_, word)| word_duration(word) + GAP).sum()
}

/// What is said in `frames`, one after the other.
pub fn decode<'a>(frames: impl IntoIterator<Item = &'a AudioFrame>) -> String {
    let mut frames = frames.into_iter().peekable();
    let Some(first) = frames.peek() else { return String::new() };
    let mut decoder = Decoder::new(first.format());
    let mut heard: Vec<HeardWord> = frames.flat_map(|frame| decoder.push(frame)).collect();
    heard.extend(decoder.finish());
    heard.iter().map(|word| word.text.as_str()).collect::<Vec<_>>().join(" ")
}

/// The words of `text` that can be pronounced, in speakable pieces, each with where it ends.
pub(crate) fn words(text: &str) -> impl Iterator<Item = (usize, &str)> {
    let mut rest = text;
    std::iter::from_fn(move || {
        loop {
            rest = rest.trim_start();
            if rest.is_empty() {
                return None;
            }
            let end = rest.find(char::is_whitespace).unwrap_or(rest.len());
            let end = (0..=end.min(LONGEST)).rev().find(|&end| rest.is_char_boundary(end)).unwrap_or(end);
            let (word, after) = rest.split_at(end);
            rest = after;
            if word.contains(char::is_alphanumeric) {
                return Some((text.len() - after.len(), word));
            }
        }
    })
}

/// How long the tones of a word last.
pub(crate) fn word_duration(word: &str) -> Duration {
    WORD.max(Duration::from_millis(((word.len() + FRAME) * SYMBOL_MILLIS) as u64))
}

/// The first sample of a symbol.
fn symbol_start(symbol: usize, format: AudioFormat) -> usize {
    (symbol * SYMBOL_MILLIS * format.rate() as usize + 500) / 1_000
}

fn checksum(word: &[u8]) -> [u8; 2] {
    // Fletcher's, over the length and the letters.
    let (mut low, mut high) = (word.len() as u16 % 255, 1);
    for &byte in word {
        low = (low + u16::from(byte)) % 255;
        high = (high + low) % 255;
    }
    [low as u8, high as u8]
}

/// The samples of one word and the silence after it.
pub(crate) fn encode_word(word: &str, format: AudioFormat) -> Vec<i16> {
    let mut code = vec![word.len() as u8];
    code.extend(word.bytes());
    code.extend(checksum(word.as_bytes()));
    while code.len() * SYMBOL_MILLIS < WORD.as_millis() as usize {
        code.push(if code.len() % 2 == 0 { 0xa5 } else { 0x5a });
    }
    let rate = f64::from(format.rate());
    let length = symbol_start(code.len(), format);
    let ramp = rate * 0.001;
    let mut samples = Vec::with_capacity(length + format.samples_in(GAP));
    for (symbol, byte) in code.iter().enumerate() {
        for n in symbol_start(symbol, format)..symbol_start(symbol + 1, format) {
            let t = n as f64 / rate;
            let mut level = (t * PILOT * TAU).sin();
            for bit in 0..8 {
                if byte >> bit & 1 == 1 {
                    level += (t * (LOWEST + SPACING * f64::from(bit)) * TAU).sin();
                }
            }
            let edge = (n as f64 / ramp).min((length - n) as f64 / ramp).min(1.0);
            samples.push((level * AMPLITUDE * edge * 32_767.0).round() as i16);
        }
    }
    samples.resize(length + format.samples_in(GAP), 0);
    samples
}

/// A word that was understood.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct HeardWord {
    /// The word, letter by letter as it was encoded.
    pub text: String,
    /// When it began.
    pub start: SessionTime,
    /// When its tones ended.
    pub end: SessionTime,
}

/// Understands words as their audio comes in.
///
/// Holds at most a word of audio, whatever comes.
#[derive(Debug)]
pub struct Decoder {
    format: AudioFormat,
    /// Samples of a step that is not whole yet.
    rest: Vec<i16>,
    /// The moment after the last sample that came.
    now: SessionTime,
    state: Hearing,
}

#[derive(Debug)]
enum Hearing {
    /// Something loud goes on for too long to be a word.
    Noise,
    Silence,
    Sound {
        samples: Vec<i16>,
        start: SessionTime,
        /// How many steps it has been silent.
        silent: usize,
    },
}

/// A step is a millisecond.
const STEPS: u32 = 1_000;
/// A word is over after this many silent steps; the gap has twenty, some of which ring.
const SILENT_STEPS: usize = 8;
/// Louder begins a sound: 20 dB below the pilot tone.
const LOUD: f64 = 0.005;
/// Quieter ends it.
const QUIET: f64 = 0.0035;

impl Decoder {
    /// Listens to audio of this format.
    pub fn new(format: AudioFormat) -> Self {
        Self { format, rest: Vec::new(), now: SessionTime::ZERO, state: Hearing::Silence }
    }

    /// Takes the next frame and returns the words that ended in it.
    ///
    /// # Panics
    ///
    /// If the frame is not in the format of the decoder.
    pub fn push(&mut self, frame: &AudioFrame) -> Vec<HeardWord> {
        assert_eq!(frame.format(), self.format, "a frame in another format came to the decoder");
        let step = (self.format.rate() / STEPS).max(1) as usize;
        let mut heard = Vec::new();
        let mut rest = std::mem::take(&mut self.rest);
        // Frames follow one another; their stamps say where on the timeline they lie.
        let mut now = frame.at() - self.format.duration_of(rest.len());
        rest.extend_from_slice(frame.samples());
        let mut steps = rest.chunks_exact(step);
        for samples in &mut steps {
            heard.extend(self.step(samples, now));
            now += self.format.duration_of(step);
        }
        self.rest = steps.remainder().to_vec();
        self.now = frame.end();
        heard
    }

    /// What was said up to now, if it is a whole word already; what is not whole goes on.
    pub fn finish(&mut self) -> Option<HeardWord> {
        let Hearing::Sound { samples, start, .. } = &self.state else { return None };
        let word = self.decode(samples, *start)?;
        self.state = Hearing::Silence;
        Some(word)
    }

    /// Whether something is being said at this moment.
    pub fn is_hearing(&self) -> bool {
        !matches!(self.state, Hearing::Silence)
    }

    /// The moment after the last sample that came.
    pub fn now(&self) -> SessionTime {
        self.now
    }

    fn step(&mut self, step: &[i16], now: SessionTime) -> Option<HeardWord> {
        let energy: f64 = step.iter().map(|&sample| f64::from(sample) * f64::from(sample)).sum();
        let level = (energy / step.len() as f64).sqrt() / 32_768.0;
        let longest = symbol_start(LONGEST + FRAME + 5, self.format);
        match &mut self.state {
            Hearing::Silence if level > LOUD => {
                self.state = Hearing::Sound { samples: step.to_vec(), start: now, silent: 0 };
                None
            }
            Hearing::Silence => None,
            Hearing::Noise => {
                if level < QUIET {
                    self.state = Hearing::Silence;
                }
                None
            }
            Hearing::Sound { samples, silent, start } => {
                samples.extend_from_slice(step);
                *silent = if level < QUIET { *silent + 1 } else { 0 };
                if *silent >= SILENT_STEPS {
                    let (samples, start) = (std::mem::take(samples), *start);
                    self.state = Hearing::Silence;
                    return self.decode(&samples, start);
                }
                if samples.len() > longest {
                    self.state = Hearing::Noise;
                }
                None
            }
        }
    }

    /// Reads a sound as a word.
    fn decode(&self, samples: &[i16], start: SessionTime) -> Option<HeardWord> {
        let half_millis = (self.format.rate() as usize / 2_000).max(1);
        // The onset is found to about a millisecond; the checksum tells which place is right.
        // Resampling may smear it forward, and the ramp hides the first steps.
        let places = [0_isize, -1, 1, -2, 2, -3, 3, -4, 4, -5, 5, -6, 6];
        places.into_iter().find_map(|place| {
            let offset = place * half_millis as isize;
            let text = self.read(samples, offset)?;
            let end = start + word_duration(&text);
            Some(HeardWord { text, start, end })
        })
    }

    fn read(&self, samples: &[i16], offset: isize) -> Option<String> {
        let length = usize::from(self.byte(samples, offset, 0)?);
        if length == 0 || length > LONGEST {
            return None;
        }
        let code: Option<Vec<u8>> =
            (1..length + FRAME).map(|symbol| self.byte(samples, offset, symbol)).collect();
        let mut word = code?;
        let check = word.split_off(length);
        if checksum(&word) != *check {
            return None;
        }
        String::from_utf8(word).ok()
    }

    /// Reads one symbol; `None` if it lies outside or has no pilot.
    fn byte(&self, samples: &[i16], offset: isize, symbol: usize) -> Option<u8> {
        let start = symbol_start(symbol, self.format) as isize + offset;
        let end = symbol_start(symbol + 1, self.format) as isize + offset;
        let part = samples.get(start.max(0) as usize..(end.max(0) as usize).min(samples.len()))?;
        // The edges of a sound may be missing by a millisecond or so, not more.
        if (part.len() as isize) < (end - start) * 3 / 4 {
            return None;
        }
        let pilot = self.tone(part, PILOT);
        if pilot < AMPLITUDE / 10.0 {
            return None;
        }
        let mut byte = 0;
        for bit in 0..8 {
            if self.tone(part, LOWEST + SPACING * f64::from(bit)) > pilot / 2.0 {
                byte |= 1 << bit;
            }
        }
        Some(byte)
    }

    /// The amplitude of one tone in `part`, under a window that keeps out its neighbors.
    fn tone(&self, part: &[i16], frequency: f64) -> f64 {
        let turn = frequency * TAU / f64::from(self.format.rate());
        let window_turn = TAU / part.len() as f64;
        let (mut re, mut im, mut sum) = (0.0, 0.0, 0.0);
        for (n, &sample) in part.iter().enumerate() {
            let window = 0.5 - 0.5 * (window_turn * (n as f64 + 0.5)).cos();
            let value = f64::from(sample) * window;
            let (sin, cos) = (turn * n as f64).sin_cos();
            re += value * cos;
            im += value * sin;
            sum += window;
        }
        2.0 * (re * re + im * im).sqrt() / sum / 32_768.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "Well. I bake bread, naïve café-bread; and incomprehensibilities 42 times a day!";

    #[test]
    fn what_was_encoded_is_understood_at_every_rate_and_frame_length() {
        for rate in [8_000, 11_025, 16_000, 22_050, 24_000, 44_100, 48_000] {
            for millis in [10, 20, 33, 500] {
                let audio = encode(TEXT, AudioFormat::mono(rate), SessionTime::ZERO);
                let heard = decode(&frames(&audio, Duration::from_millis(millis)));
                assert_eq!(heard, TEXT, "at {rate} Hz in frames of {millis} ms");
            }
        }
    }

    /// A plain windowed-sinc resampler, good to -60 dB or so.
    fn resample(audio: &AudioFrame, to: AudioFormat) -> AudioFrame {
        let (from_rate, to_rate) = (f64::from(audio.format().rate()), f64::from(to.rate()));
        let cutoff = 0.5 * (to_rate / from_rate).min(1.0) * 0.92;
        let reach = 32.0 / (2.0 * cutoff);
        let input = audio.samples();
        let samples: Vec<i16> = (0..to.samples_in(audio.duration()))
            .map(|n| {
                let center = n as f64 * from_rate / to_rate;
                let (low, high) = ((center - reach).ceil().max(0.0), (center + reach).floor());
                let mut sum = 0.0;
                for (k, &sample) in input.iter().enumerate().take(high as usize + 1).skip(low as usize) {
                    let x = k as f64 - center;
                    let sinc =
                        if x.abs() < 1e-9 { 1.0 } else { (TAU * cutoff * x).sin() / (TAU * cutoff * x) };
                    let window = 0.5 + 0.5 * (x / reach * TAU / 2.0).cos();
                    sum += f64::from(sample) * 2.0 * cutoff * sinc * window;
                }
                sum.round() as i16
            })
            .collect();
        AudioFrame::new(samples, to, audio.at())
    }

    #[test]
    fn words_survive_resampling_delay_a_change_of_volume_and_some_noise() {
        let mut noise = crate::Noise::new(3);
        for (from, to) in
            [(16_000, 8_000), (8_000, 16_000), (48_000, 8_000), (44_100, 16_000), (24_000, 48_000)]
        {
            let audio = encode(TEXT, AudioFormat::mono(from), SessionTime::ZERO);
            let audio = resample(&audio, AudioFormat::mono(to));
            for volume in [0.3, 1.0, 1.5] {
                let mut samples = vec![0; 137];
                samples.extend(
                    audio.samples().iter().map(|&s| (f64::from(s) * volume) as i16 + noise.sample(40)),
                );
                let audio = AudioFrame::new(samples, audio.format(), SessionTime::ZERO);
                assert_eq!(
                    decode(&frames(&audio, Duration::from_millis(20))),
                    TEXT,
                    "{from} to {to} at {volume}"
                );
            }
        }
    }

    #[test]
    fn five_words_take_a_second_and_say_when_they_were_said() {
        let text = "Tell me more about bread.";
        assert_eq!(duration(text), Duration::from_secs(1));
        let at = SessionTime::from_millis(730);
        let audio = encode(text, AudioFormat::WIDEBAND, at);
        assert_eq!(audio.duration(), Duration::from_secs(1));
        let heard = Decoder::new(AudioFormat::WIDEBAND).push(&audio);
        assert_eq!(heard.len(), 5);
        for (place, word) in heard.iter().enumerate() {
            let start = (at + (WORD + GAP) * place as u32).as_millis();
            assert!(word.start.as_millis().abs_diff(start) <= 2, "{word:?} should start at {start} ms");
            assert_eq!(word.end.since(word.start), WORD);
        }
    }

    #[test]
    fn what_was_cut_mixed_or_drowned_is_not_understood() {
        let format = AudioFormat::WIDEBAND;
        let audio = encode("bread", format, SessionTime::ZERO);
        let half = audio.slice(Duration::ZERO..Duration::from_millis(60));
        assert_eq!(decode([&half, &AudioFrame::silence(GAP, format, half.end())]), "");
        let other = encode("water", format, SessionTime::ZERO);
        let mixed: Vec<i16> = audio.samples().iter().zip(other.samples()).map(|(a, b)| a + b).collect();
        assert_ne!(decode([&AudioFrame::new(mixed, format, SessionTime::ZERO)]), "bread");
        let mut noise = crate::Noise::new(1);
        let drowned: Vec<i16> =
            audio.samples().iter().map(|&s| s.saturating_add(noise.sample(20_000))).collect();
        assert_eq!(decode([&AudioFrame::new(drowned, format, SessionTime::ZERO)]), "");
    }

    #[test]
    fn noise_that_never_ends_takes_no_memory_and_a_word_after_it_is_understood() {
        let format = AudioFormat::WIDEBAND;
        let mut noise = crate::Noise::new(5);
        let mut decoder = Decoder::new(format);
        let mut at = SessionTime::ZERO;
        for _ in 0..200 {
            let frame =
                AudioFrame::new((0..320).map(|_| noise.sample(9_000)).collect::<Vec<_>>(), format, at);
            assert!(decoder.push(&frame).is_empty());
            at = frame.end();
        }
        assert!(matches!(decoder.state, Hearing::Noise));
        let silence = AudioFrame::silence(Duration::from_millis(40), format, at);
        decoder.push(&silence);
        assert!(!decoder.is_hearing());
        let heard = decoder.push(&encode("bread", format, silence.end()));
        assert_eq!(heard.len(), 1);
    }

    #[test]
    fn what_cannot_be_pronounced_takes_no_time() {
        assert_eq!(duration(" … — !? 🎉 "), Duration::ZERO);
        assert!(encode("…", AudioFormat::WIDEBAND, SessionTime::ZERO).is_empty());
        let long = "ä".repeat(333);
        let audio = encode(&long, AudioFormat::WIDEBAND, SessionTime::ZERO);
        assert_eq!(decode([&audio]).replace(' ', ""), long);
    }
}
