//! Providers that do nothing, in a registry of their own.

use std::sync::Arc;

use async_trait::async_trait;
use rooh_core::Result;
use rooh_core::llm::{LlmEvent, LlmProvider, LlmRequest};
use rooh_core::options::Secret;
use rooh_core::provider::{Descriptor, FromOptions, Info, Kind, Retired, Variant};
use rooh_core::registry::Registry;
use rooh_core::stream::{Events, Inlet};
use rooh_core::stt::{SttCapabilities, SttEvent, SttInput, SttProvider, SttRequest};
use rooh_core::tts::{TtsCapabilities, TtsEvent, TtsProvider, TtsRequest};
use rooh_core::turn::{TurnDetector, TurnView};
use rooh_core::vad::{Energy, Vad, VadProvider};
use schemars::JsonSchema;
use serde::Deserialize;

/// Options like those of a vendor.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct CloudOptions {
    #[schemars(extend("x-env" = "ACME_API_KEY"))]
    api_key: Option<Secret>,
    auth_mode: Option<String>,
    base_url: Option<String>,
    language: Option<String>,
    model: Option<String>,
    model_id: Option<String>,
    region: Option<String>,
    #[schemars(range(min = 8000, max = 48000))]
    sample_rate: Option<u32>,
    voice_id: Option<String>,
}

#[derive(Debug)]
pub(crate) struct Mind {
    pub(crate) options: CloudOptions,
}

impl FromOptions for Mind {
    type Options = CloudOptions;

    const INFO: Info = Info::cloud("bedrock", "Bedrock")
        .hosts(&["acme.test"])
        .model_option("model_id")
        .retired(&[Retired { model: "claude-2*", on: "2025-01-01", successor: "claude-5" }])
        .variants(&[Variant { name: "bedrock-claude", options: &[("model_id", "claude")] }]);

    fn from_options(options: CloudOptions) -> Result<Self> {
        Ok(Self { options })
    }
}

impl LlmProvider for Mind {
    fn chat(&self, _: LlmRequest) -> Events<LlmEvent> {
        // Tests read the options through `Debug`, where secrets do not show.
        let _ = &self.options;
        Events::empty()
    }
}

#[derive(Debug)]
pub(crate) struct Ears;

impl FromOptions for Ears {
    type Options = CloudOptions;

    const INFO: Info = Info::cloud("deepgram", "Deepgram")
        .variants(&[Variant { name: "deepgram-nova-3", options: &[("model", "nova-3")] }]);

    fn from_options(_: CloudOptions) -> Result<Self> {
        Ok(Self)
    }
}

impl SttProvider for Ears {
    fn capabilities(&self) -> SttCapabilities {
        SttCapabilities::default()
    }

    fn transcribe(&self, _: SttRequest, _: Inlet<SttInput>) -> Events<SttEvent> {
        Events::empty()
    }
}

#[derive(Debug)]
pub(crate) struct Voice;

impl FromOptions for Voice {
    type Options = CloudOptions;

    const INFO: Info = Info::cloud("cartesia", "Cartesia");

    fn from_options(_: CloudOptions) -> Result<Self> {
        Ok(Self)
    }
}

impl TtsProvider for Voice {
    fn capabilities(&self) -> TtsCapabilities {
        TtsCapabilities::default()
    }

    fn synthesize(&self, _: TtsRequest, _: Inlet<String>) -> Events<TtsEvent> {
        Events::empty()
    }
}

#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct NoOptions {}

#[derive(Debug)]
pub(crate) struct Silero;

impl FromOptions for Silero {
    type Options = NoOptions;

    const INFO: Info = Info::local("silero", "Silero");

    fn from_options(_: NoOptions) -> Result<Self> {
        Ok(Self)
    }
}

impl VadProvider for Silero {
    fn open(&self) -> Result<Box<dyn Vad>> {
        Energy.open()
    }
}

#[derive(Debug)]
pub(crate) struct Judge;

impl FromOptions for Judge {
    type Options = NoOptions;

    const INFO: Info = Info::local("judge", "Judge");

    fn from_options(_: NoOptions) -> Result<Self> {
        Ok(Self)
    }
}

#[async_trait]
impl TurnDetector for Judge {
    async fn completeness(&self, _: TurnView) -> Result<f32> {
        Ok(0.5)
    }
}

static MIND: Descriptor = Descriptor::llm::<Mind>("rooh-llm-bedrock");
static EARS: Descriptor = Descriptor::stt::<Ears>("rooh-stt-deepgram");
static VOICE: Descriptor = Descriptor::tts::<Voice>("rooh-tts-cartesia");
static SILERO: Descriptor = Descriptor::vad::<Silero>("rooh-vad-silero");
static JUDGE: Descriptor = Descriptor::turn::<Judge>("rooh-turn-judge");

/// All of them, and one that would need a feature.
pub(crate) fn registry() -> Registry {
    Registry::empty().with(&MIND).with(&EARS).with(&VOICE).with(&SILERO).with(&JUDGE).known_elsewhere(
        Kind::Tts,
        "piper",
        "tts-piper",
    )
}

/// The same, where the environment has a vendor's key.
pub(crate) fn registry_with_key() -> Registry {
    let key: Arc<str> = "canary-vendor-key".into();
    registry().environment(move |name| (name == "ACME_API_KEY").then(|| key.to_string()))
}
