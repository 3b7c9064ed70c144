//! Words as tones in the formats of the vendor, and the times of their characters.

use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use rooh_audio::AudioFormat;
use rooh_audio::g711::{encode_a_law, encode_mu_law};
use serde_json::{Value, json};

use super::FakeAlignment;
use crate::speech;

/// How much audio a message holds: neither a whole word nor a whole number of them.
const PIECE: Duration = Duration::from_millis(170);

/// How audio is written.
#[derive(Clone, Copy, Debug)]
pub(super) struct Format {
    coding: Coding,
    format: AudioFormat,
}

#[derive(Clone, Copy, Debug)]
enum Coding {
    ALaw,
    MuLaw,
    Pcm,
}

/// A character, when it begins and how long it lasts, in milliseconds.
type Timed = (String, u64, u64);

/// A stretch of audio, and the characters that begin in it, counted from its start.
#[derive(Debug)]
pub(super) struct Piece {
    pub(super) bytes: Vec<u8>,
    characters: Vec<Timed>,
}

impl Format {
    /// A format by its name; none that is packed.
    pub(super) fn read(name: &str) -> Option<Self> {
        let (coding, rate) = name.split_once('_')?;
        let rate: u32 = rate.parse().ok()?;
        let coding = match (coding, rate) {
            ("alaw", 8_000) => Coding::ALaw,
            ("pcm", 8_000 | 16_000 | 22_050 | 24_000 | 32_000 | 44_100 | 48_000) => Coding::Pcm,
            ("ulaw", 8_000) => Coding::MuLaw,
            _ => return None,
        };
        Some(Self { coding, format: AudioFormat::mono(rate) })
    }

    pub(super) fn rate(self) -> u32 {
        self.format.rate()
    }

    pub(super) fn content_type(self) -> &'static str {
        match self.coding {
            Coding::ALaw | Coding::MuLaw => "audio/basic",
            Coding::Pcm => "audio/pcm",
        }
    }

    /// Says `text` in pieces; none, if there is nothing to pronounce.
    pub(super) fn speak(self, text: &str) -> impl Iterator<Item = Piece> {
        let (samples, mut characters) = self.sound(text);
        let step = self.format.samples_in(PIECE);
        let count = samples.len().div_ceil(step);
        (0..count).map(move |index| {
            let start = (index * step) as u64 * 1_000 / u64::from(self.rate());
            let end = ((index + 1) * step) as u64 * 1_000 / u64::from(self.rate());
            let is_last = index + 1 == count;
            let until = characters.iter().position(|(_, at, _)| !is_last && *at >= end);
            let rest = characters.split_off(until.unwrap_or(characters.len()));
            let mut here = std::mem::replace(&mut characters, rest);
            here.iter_mut().for_each(|(_, at, _)| *at = at.saturating_sub(start));
            let part = &samples[index * step..samples.len().min((index + 1) * step)];
            Piece { bytes: self.encode(part), characters: here }
        })
    }

    fn sound(self, text: &str) -> (Vec<i16>, Vec<Timed>) {
        let (mut samples, mut characters, mut done) = (Vec::new(), Vec::new(), 0);
        let millis = |samples: &[i16]| samples.len() as u64 * 1_000 / u64::from(self.rate());
        for (end, word) in speech::words(text) {
            let now = millis(&samples);
            characters.extend(text[done..end - word.len()].chars().map(|c| (c.to_string(), now, 0)));
            let tone = speech::word_duration(word).as_millis() as u64;
            let count = word.chars().count() as u64;
            characters.extend(word.chars().zip(0..).map(|(c, place)| {
                let start = now + tone * place / count;
                (c.to_string(), start, now + tone * (place + 1) / count - start)
            }));
            samples.extend(speech::encode_word(word, self.format));
            done = end;
        }
        let now = millis(&samples);
        characters.extend(text[done..].chars().map(|c| (c.to_string(), now, 0)));
        (samples, characters)
    }

    fn encode(self, samples: &[i16]) -> Vec<u8> {
        match self.coding {
            Coding::ALaw => samples.iter().copied().map(encode_a_law).collect(),
            Coding::MuLaw => samples.iter().copied().map(encode_mu_law).collect(),
            Coding::Pcm => samples.iter().flat_map(|sample| sample.to_le_bytes()).collect(),
        }
    }
}

impl Piece {
    /// As a message of a socket.
    pub(super) fn message(&self, alignment: FakeAlignment) -> Value {
        let own = (alignment == FakeAlignment::Both).then(|| times(&self.characters));
        let written_out = || times(&self.characters.iter().flat_map(written_out).collect::<Vec<_>>());
        let normalized = (alignment != FakeAlignment::None).then(written_out);
        json!({
            "audio": STANDARD.encode(&self.bytes), "isFinal": null, "normalizedAlignment": normalized,
            "alignment": own,
        })
    }
}

fn times(characters: &[Timed]) -> Value {
    let each = |field: &dyn Fn(&Timed) -> Value| characters.iter().map(field).collect::<Value>();
    json!({
        "chars": each(&|(text, ..)| json!(text)),
        "charStartTimesMs": each(&|(_, start, _)| json!(start)),
        "charDurationsMs": each(&|(.., length)| json!(length)),
    })
}

/// A figure as a word, a sign as none, and everything else as it is.
fn written_out((text, start, length): &Timed) -> Vec<Timed> {
    const FIGURES: [&str; 10] =
        ["zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine"];
    let figure = text.parse::<usize>().ok().and_then(|figure| FIGURES.get(figure));
    match figure {
        Some(word) => {
            let letter = |(c, place): (char, u64)| {
                let count = word.len() as u64;
                (c.to_string(), start + length * place / count, length / count)
            };
            word.chars().zip(0..).map(letter).chain([(" ".to_owned(), start + length, 0)]).collect()
        }
        None if text == "$" => Vec::new(),
        None => vec![(text.clone(), *start, *length)],
    }
}
