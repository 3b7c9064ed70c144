//! A voice that beeps once for each word.
#![doc = include_str!("../README.md")]

use std::time::Duration;

use rooh_core::Result;
use rooh_core::audio::{AudioFormat, AudioFrame, SessionTime};
use rooh_core::provider::{FromOptions, Info};
use rooh_core::stream::{Events, Inlet};
use rooh_core::tts::{Spoken, TtsCapabilities, TtsEvent, TtsProvider, TtsRequest};
use schemars::JsonSchema;
use serde::Deserialize;

/// A voice that beeps once for each word.
#[derive(Debug)]
pub struct Beeper {
    options: BeeperOptions,
}

/// What configures [`Beeper`].
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct BeeperOptions {
    /// How high it beeps, in hertz.
    #[schemars(range(min = 50.0, max = 4_000.0))]
    pub pitch: f32,
}

impl Default for BeeperOptions {
    fn default() -> Self {
        Self { pitch: 440.0 }
    }
}

impl FromOptions for Beeper {
    type Options = BeeperOptions;
    const INFO: Info = Info::local("beeper", "Beeper").description("Beeps once for each word.");

    fn from_options(options: BeeperOptions) -> Result<Self> {
        Ok(Self { options })
    }
}

impl TtsProvider for Beeper {
    fn capabilities(&self) -> TtsCapabilities {
        TtsCapabilities { format: AudioFormat::WIDEBAND, word_times: true, ..TtsCapabilities::default() }
    }

    fn synthesize(&self, _: TtsRequest, mut text: Inlet<String>) -> Events<TtsEvent> {
        let pitch = self.options.pitch;
        Events::new(move |mut out| async move {
            let mut before = 0;
            let mut at = SessionTime::ZERO;
            while let Some(clause) = text.next().await {
                for (end, word) in words(&clause) {
                    let sound = AudioFrame::new(beep(word, pitch), AudioFormat::WIDEBAND, at);
                    at = sound.end();
                    let place = Spoken { text: before + end, audio: at.since_start() };
                    out.emit(TtsEvent::Spoken(place)).await;
                    out.emit(TtsEvent::Audio(sound)).await;
                }
                before += clause.len();
            }
            Ok(())
        })
    }
}

rooh_core::register!(tts: Beeper);

/// The words that can be pronounced, each with the byte at which it ends.
fn words(clause: &str) -> impl Iterator<Item = (usize, &str)> {
    clause
        .split_whitespace()
        .filter(|word| word.contains(char::is_alphanumeric))
        .map(|word| (word.as_ptr() as usize - clause.as_ptr() as usize + word.len(), word))
}

/// A tone as long as the word, and a pause.
fn beep(word: &str, pitch: f32) -> Vec<i16> {
    let format = AudioFormat::WIDEBAND;
    let letters = word.chars().count().min(20) as u32;
    let tone = format.samples_in(Duration::from_millis(60) * letters);
    let step = std::f32::consts::TAU * pitch / format.rate() as f32;
    let mut samples: Vec<i16> = (0..tone).map(|n| ((n as f32 * step).sin() * 8_000.0) as i16).collect();
    samples.resize(tone + format.samples_in(Duration::from_millis(80)), 0);
    samples
}
