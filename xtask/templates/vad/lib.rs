//! A voice-activity detector: {{title}}, which so far judges by loudness.
#![doc = include_str!("../README.md")]

use rooh_core::Result;
use rooh_core::audio::{AudioFormat, level_db};
use rooh_core::provider::{FromOptions, Info};
use rooh_core::vad::{Vad, VadProvider};
use schemars::JsonSchema;
use serde::Deserialize;

/// A voice-activity detector.
#[derive(Debug)]
pub struct {{Type}} {
    options: {{Type}}Options,
}

/// What configures [`{{Type}}`].
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct {{Type}}Options {
    /// How loud something is that is speech as likely as not, in decibels of full scale.
    #[schemars(range(min = -90.0, max = 0.0))]
    pub even: f32,
}

impl Default for {{Type}}Options {
    fn default() -> Self {
        Self { even: -40.0 }
    }
}

impl FromOptions for {{Type}} {
    type Options = {{Type}}Options;
    const INFO: Info = Info::local("{{name}}", "{{title}}").description("{{title}}.");

    fn from_options(options: {{Type}}Options) -> Result<Self> {
        Ok(Self { options })
    }
}

impl VadProvider for {{Type}} {
    fn open(&self) -> Result<Box<dyn Vad>> {
        Ok(Box::new(Detector { even: self.options.even }))
    }
}

rooh_core::register!(vad: {{Type}});

/// The detector of one session; a model would keep its state here.
#[derive(Debug)]
struct Detector {
    even: f32,
}

impl Vad for Detector {
    fn format(&self) -> AudioFormat {
        AudioFormat::WIDEBAND
    }

    fn window(&self) -> usize {
        320
    }

    fn probability(&mut self, window: &[i16]) -> f32 {
        1.0 / (1.0 + (-(level_db(window) - self.even) / 3.0).exp())
    }

    fn reset(&mut self) {}
}
