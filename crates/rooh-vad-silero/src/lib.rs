//! Silero voice activity for Rooh.
#![doc = include_str!("../README.md")]

mod detector;
mod model;

use rooh_core::provider::{FromOptions, Info, Progress};
use rooh_core::stream::{Events, blocking};
use rooh_core::vad::{Vad, VadProvider};
use rooh_core::{Error, ErrorKind, Result};
use rooh_onnx::Engine;
use schemars::JsonSchema;
use serde::Deserialize;

pub use model::MODEL;

/// Voice activity by the Silero model, which this crate carries.
///
/// The model is loaded once for the process, when a session first needs it, and shared by all.
#[derive(Clone, Copy, Debug, Default)]
pub struct Silero {
    options: SileroOptions,
}

/// The options of [`Silero`].
#[derive(Clone, Copy, Debug, Default, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
#[non_exhaustive]
pub struct SileroOptions {
    /// What computes the model: `rten`, which is built in, or `onnxruntime`, a library that has to be installed.
    pub engine: Engine,
}

impl Silero {
    /// The detector with everything at its default.
    pub fn new() -> Self {
        Self::default()
    }

    /// Computes the model with this engine.
    #[must_use]
    pub fn engine(mut self, engine: Engine) -> Self {
        self.options.engine = engine;
        self
    }
}

impl FromOptions for Silero {
    type Options = SileroOptions;

    const INFO: Info = Info::local("silero", "Silero VAD")
        .description(
            "Tells speech from noise and music on this machine, 0.2 ms per 32 ms; needs nothing else.",
        )
        .model_option("engine");

    fn from_options(options: SileroOptions) -> Result<Self> {
        if !options.engine.is_built_in() {
            let message = "this program was built without ONNX Runtime; use the engine rten";
            return Err(Error::new(ErrorKind::Config, message)
                .at_path("engine")
                .with("enable the Cargo feature", "rooh-vad-silero/onnxruntime"));
        }
        Ok(Self { options })
    }
}

impl VadProvider for Silero {
    fn open(&self) -> Result<Box<dyn Vad>> {
        Ok(Box::new(detector::Detector::new(model::load(self.options.engine)?)))
    }

    fn load(&self) -> Events<Progress> {
        let engine = self.options.engine;
        Events::new(move |mut out| async move {
            out.emit(Progress::new("Silero VAD", Some(0.0))).await;
            blocking(move || model::load(engine)).await??;
            out.emit(Progress::new("Silero VAD", Some(1.0))).await;
            Ok(())
        })
    }

    fn unload(&self) {
        model::unload(self.options.engine);
    }
}

rooh_core::register!(vad: Silero);
