//! The voice: it hums each clause, falling at its end as people do.

use rooh::prelude::*;
use schemars::JsonSchema;
use serde::Deserialize;

/// A voice that hums. It takes one clause at a time, so [`Clausewise`] makes a provider of it.
#[derive(Debug, Default)]
pub(crate) struct Hum {
    options: HumOptions,
}

/// What configures [`Hum`].
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct HumOptions {
    /// How high it hums, in hertz.
    #[schemars(range(min = 60.0, max = 1_000.0))]
    pub(crate) pitch: f32,
}

impl Default for HumOptions {
    fn default() -> Self {
        Self { pitch: 180.0 }
    }
}

impl ClauseTts for Hum {
    fn format(&self) -> AudioFormat {
        AudioFormat::WIDEBAND
    }

    fn speak(&self, _: TtsRequest, clause: String) -> Events<AudioFrame> {
        let (format, pitch) = (self.format(), self.options.pitch);
        Events::new(move |mut out| async move {
            let words = clause.split_whitespace().filter(|word| word.contains(char::is_alphanumeric)).count();
            let length = format.samples_in(Duration::from_millis(250)) * words;
            let mut phase = 0.0_f32;
            let samples: Vec<i16> = (0..length)
                .map(|n| {
                    let fall = 1.0 - 0.3 * n as f32 / length as f32;
                    phase = (phase + pitch * fall / format.rate() as f32).fract();
                    ((phase * std::f32::consts::TAU).sin() * 6_000.0) as i16
                })
                .collect();
            // In pieces, as a real voice yields them: the first can be heard before the last is there.
            for piece in samples.chunks(format.samples_in(Duration::from_millis(100))) {
                out.emit(AudioFrame::new(piece, format, SessionTime::ZERO)).await;
            }
            Ok(())
        })
    }
}

impl FromOptions for Hum {
    type Options = HumOptions;
    const INFO: Info = Info::local("hum", "Hum").description("Hums each clause.");

    fn from_options(options: HumOptions) -> Result<Self> {
        Ok(Self { options })
    }
}

// Only what is to be used by name needs this line.
rooh::register!(tts: Clausewise<Hum>);
