//! A recognizer: {{title}}, which so far hears beeps.
#![doc = include_str!("../README.md")]

use rooh_core::Result;
use rooh_core::audio::{AudioFrame, level_db};
use rooh_core::provider::{FromOptions, Info};
use rooh_core::stream::{Events, Inlet};
use rooh_core::stt::{SttCapabilities, SttEvent, SttInput, SttProvider, SttRequest, Transcript};
use schemars::JsonSchema;
use serde::Deserialize;

/// A recognizer.
#[derive(Debug)]
pub struct {{Type}} {
    options: {{Type}}Options,
}

/// What configures [`{{Type}}`].
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct {{Type}}Options {
    /// How loud a beep has to be, in decibels of full scale.
    #[schemars(range(min = -90.0, max = 0.0))]
    pub threshold: f32,
}

impl Default for {{Type}}Options {
    fn default() -> Self {
        Self { threshold: -40.0 }
    }
}

impl FromOptions for {{Type}} {
    type Options = {{Type}}Options;
    const INFO: Info = Info::local("{{name}}", "{{title}}").description("{{title}}.");

    fn from_options(options: {{Type}}Options) -> Result<Self> {
        Ok(Self { options })
    }
}

impl SttProvider for {{Type}} {
    fn capabilities(&self) -> SttCapabilities {
        SttCapabilities::default()
    }

    fn transcribe(&self, _: SttRequest, mut audio: Inlet<SttInput>) -> Events<SttEvent> {
        let mut ear = Ear::new(self.options.threshold);
        Events::new(move |mut out| async move {
            while let Some(input) = audio.next().await {
                match input {
                    SttInput::Audio(frame) => ear.hear(&frame),
                    // Answered even if nothing was understood.
                    SttInput::Finalize => out.emit(SttEvent::Final(ear.take())).await,
                    // Hints and options do not help to tell a beep from silence.
                    _ => {}
                }
            }
            let rest = ear.take();
            if !rest.text.is_empty() {
                out.emit(SttEvent::Final(rest)).await;
            }
            Ok(())
        })
    }
}

rooh_core::register!(stt: {{Type}});

/// Counts beeps, ten milliseconds at a time, however long the frames are.
#[derive(Debug)]
struct Ear {
    threshold: f32,
    waiting: Vec<i16>,
    loud: bool,
    beeps: usize,
}

impl Ear {
    fn new(threshold: f32) -> Self {
        Self { threshold, waiting: Vec::new(), loud: false, beeps: 0 }
    }

    fn hear(&mut self, frame: &AudioFrame) {
        self.waiting.extend(frame.samples());
        let step = (frame.format().rate() / 100).max(1) as usize;
        let mut parts = self.waiting.chunks_exact(step);
        for part in parts.by_ref() {
            let loud = level_db(part) > self.threshold;
            self.beeps += usize::from(loud && !self.loud);
            self.loud = loud;
        }
        self.waiting = parts.remainder().to_vec();
    }

    /// What was heard since the last time.
    fn take(&mut self) -> Transcript {
        Transcript::text(vec!["beep"; std::mem::take(&mut self.beeps)].join(" "))
    }
}
