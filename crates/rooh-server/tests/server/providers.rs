//! Providers that do as little as a provider can: enough to hold a conversation.

use std::time::Duration;

use async_trait::async_trait;
use rooh_audio::{AudioFormat, AudioFrame, SessionTime};
use rooh_core::llm::{LlmEvent, LlmProvider, LlmRequest, Message};
use rooh_core::options::Secret;
use rooh_core::provider::{Descriptor, FromOptions, Info, Progress};
use rooh_core::registry::Registry;
use rooh_core::stream::{Events, Inlet};
use rooh_core::tts::{TtsCapabilities, TtsEvent, TtsProvider, TtsRequest};
use rooh_core::turn::{TurnDetector, TurnView};
use rooh_core::{Error, ErrorKind, Result};
use schemars::JsonSchema;
use serde::Deserialize;

/// Answers with what was said, or panics when asked to.
#[derive(Debug)]
pub(crate) struct Echo {
    prefix: String,
}

#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct EchoOptions {
    /// What stands before every answer.
    prefix: String,
    /// A key that nothing is done with.
    #[schemars(extend("x-env" = "ECHO_API_KEY"))]
    api_key: Option<Secret>,
    /// Where it would send what was said.
    base_url: Option<String>,
}

impl FromOptions for Echo {
    type Options = EchoOptions;

    const INFO: Info = Info::local("echo", "Echo").description("Says again what was said.");

    fn from_options(options: EchoOptions) -> Result<Self> {
        let _ = (options.api_key, options.base_url);
        Ok(Self { prefix: options.prefix })
    }
}

impl LlmProvider for Echo {
    fn chat(&self, request: LlmRequest) -> Events<LlmEvent> {
        let said = request.messages.iter().rev().find_map(|message| match message {
            Message::User(text) => Some(text.clone()),
            _ => None,
        });
        let text = format!("{}{}.", self.prefix, said.unwrap_or_default());
        Events::new(move |mut out| async move {
            assert!(!text.contains("panic"), "asked to");
            out.emit(LlmEvent::Text(text)).await;
            Ok(())
        })
    }
}

/// Sounds for as long as the text is.
#[derive(Debug)]
pub(crate) struct Beep;

#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct BeepOptions {
    /// How loud.
    #[schemars(range(min = 1, max = 10))]
    loudness: Option<u8>,
}

impl FromOptions for Beep {
    type Options = BeepOptions;

    const INFO: Info = Info::local("beep", "Beep").description("Beeps.");

    fn from_options(options: BeepOptions) -> Result<Self> {
        match options.loudness {
            Some(loudness) if !(1..=10).contains(&loudness) => {
                Err(rooh_core::Error::new(rooh_core::ErrorKind::Config, "must lie between 1 and 10")
                    .at_path("loudness"))
            }
            _ => Ok(Self),
        }
    }
}

impl TtsProvider for Beep {
    fn capabilities(&self) -> TtsCapabilities {
        TtsCapabilities::default()
    }

    fn synthesize(&self, _: TtsRequest, mut text: Inlet<String>) -> Events<TtsEvent> {
        Events::new(move |mut out| async move {
            while let Some(clause) = text.next().await {
                let format = AudioFormat::WIDEBAND;
                let length = Duration::from_millis(20) * clause.len() as u32;
                let samples = vec![1_000; format.samples_in(length)];
                out.emit(TtsEvent::Audio(AudioFrame::new(samples, format, SessionTime::ZERO))).await;
            }
            Ok(())
        })
    }
}

/// A turn detector whose model is not there.
#[derive(Debug)]
pub(crate) struct Absent;

#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct AbsentOptions {}

impl FromOptions for Absent {
    type Options = AbsentOptions;

    const INFO: Info = Info::local("absent", "Absent").description("Is not there.");

    fn from_options(_: AbsentOptions) -> Result<Self> {
        Ok(Self)
    }
}

#[async_trait]
impl TurnDetector for Absent {
    async fn completeness(&self, _: TurnView) -> Result<f32> {
        Err(Error::new(ErrorKind::NotFound, "its model is not there"))
    }

    fn load(&self) -> Events<Progress> {
        Events::failed(Error::new(ErrorKind::NotFound, "its model is not there"))
    }
}

static ECHO: Descriptor = Descriptor::llm::<Echo>("rooh-llm-echo");
static BEEP: Descriptor = Descriptor::tts::<Beep>("rooh-tts-beep");
static ABSENT: Descriptor = Descriptor::turn::<Absent>("rooh-turn-absent");

pub(crate) fn registry() -> Registry {
    Registry::empty().with(&ECHO).with(&BEEP).with(&ABSENT)
}
