//! A voice: {{title}}, which so far beeps once for each word.
#![doc = include_str!("../README.md")]

use std::time::Duration;

use rooh_core::Result;
use rooh_core::audio::{AudioFormat, AudioFrame, SessionTime};
use rooh_core::provider::{FromOptions, Info};
use rooh_core::stream::{Events, Inlet};
use rooh_core::tts::{Spoken, TtsCapabilities, TtsEvent, TtsProvider, TtsRequest};
use schemars::JsonSchema;
use serde::Deserialize;

/// A voice.
#[derive(Debug)]
pub struct {{Type}} {
    options: {{Type}}Options,
}

/// What configures [`{{Type}}`].
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct {{Type}}Options {
    /// How high it beeps, in hertz.
    #[schemars(range(min = 50.0, max = 4_000.0))]
    pub pitch: f32,
}

impl Default for {{Type}}Options {
    fn default() -> Self {
        Self { pitch: 440.0 }
    }
}

impl FromOptions for {{Type}} {
    type Options = {{Type}}Options;
    const INFO: Info = Info::local("{{name}}", "{{title}}").description("{{title}}.");

    fn from_options(options: {{Type}}Options) -> Result<Self> {
        Ok(Self { options })
    }
}

impl TtsProvider for {{Type}} {
    fn capabilities(&self) -> TtsCapabilities {
        TtsCapabilities { format: AudioFormat::WIDEBAND, word_times: true, ..TtsCapabilities::default() }
    }

    fn synthesize(&self, _: TtsRequest, mut text: Inlet<String>) -> Events<TtsEvent> {
        let pitch = self.options.pitch;
        Events::new(move |mut out| async move {
            let mut clauses = 0;
            let mut at = SessionTime::ZERO;
            while let Some(clause) = text.next().await {
                for (end, word) in words(&clause) {
                    let sound = AudioFrame::new(beep(word, pitch), AudioFormat::WIDEBAND, at);
                    at = sound.end();
                    // The place comes before the sound that reaches it.
                    let place = Spoken { text: clauses + end, audio: at.since_start() };
                    out.emit(TtsEvent::Spoken(place)).await;
                    out.emit(TtsEvent::Audio(sound)).await;
                }
                clauses += clause.len();
            }
            Ok(())
        })
    }
}

rooh_core::register!(tts: {{Type}});

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
