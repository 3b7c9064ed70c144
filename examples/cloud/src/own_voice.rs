//! A voice of a vendor for whom there is no crate: what an application writes itself.
//!
//! It asks ElevenLabs for one clause at a time. Rooh has a crate for that vendor, which streams and
//! knows what was heard (`tts-elevenlabs`); this is how one begins with another.

use std::sync::Arc;

use rooh::options::Secret;
use rooh::prelude::*;
use rooh_net::{BaseUrl, Cleartext, Client, Route};
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::json;
use tokio::time::Instant;

/// How long the vendor may take with the next piece of audio.
const WAIT: Duration = Duration::from_secs(5);

/// A voice that asks for one clause at a time, so [`Clausewise`] makes a provider of it.
#[derive(Clone, Debug)]
pub struct OwnVoice {
    client: Arc<Client>,
    voice_id: String,
}

/// What configures [`OwnVoice`].
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct OwnVoiceOptions {
    /// The key of your account.
    #[schemars(extend("x-env" = "ELEVENLABS_API_KEY"))]
    pub api_key: Secret,
    /// Where the vendor is.
    pub base_url: String,
    /// Which of its voices speaks.
    pub voice_id: String,
}

impl Default for OwnVoiceOptions {
    fn default() -> Self {
        Self {
            api_key: Secret::default(),
            base_url: "https://api.elevenlabs.io".to_owned(),
            voice_id: String::new(),
        }
    }
}

impl FromOptions for OwnVoice {
    type Options = OwnVoiceOptions;
    const INFO: Info = Info::cloud("own-voice", "A voice of one's own")
        .description("Asks a vendor for one clause at a time.")
        .hosts(&["elevenlabs.io"])
        .model_option("voice_id");

    fn from_options(options: OwnVoiceOptions) -> Result<Self> {
        let base = BaseUrl::parse(&options.base_url, Cleartext::Loopback)?;
        let client = Client::new("the vendor", base).key("xi-api-key", "", options.api_key)?;
        Ok(Self { client: Arc::new(client), voice_id: options.voice_id })
    }
}

impl ClauseTts for OwnVoice {
    fn format(&self) -> AudioFormat {
        AudioFormat::mono(24_000)
    }

    fn speak(&self, _: TtsRequest, clause: String) -> Events<AudioFrame> {
        let (this, format) = (self.clone(), self.format());
        Events::new(move |mut out| async move {
            let route = Route::new("/v1/text-to-speech")
                .segment(this.voice_id)
                .segment("stream")
                .query("output_format", "pcm_24000");
            let body = json!({ "text": clause, "model_id": "eleven_flash_v2_5" });
            let mut audio = this.client.post(route, &body, WAIT).await?.pieces();
            // A piece of the network may end inside of a sample.
            let mut bytes = Vec::new();
            while let Some(piece) = audio.next(Instant::now() + WAIT).await? {
                bytes.extend_from_slice(&piece);
                let whole = bytes.len() / 2 * 2;
                out.emit(AudioFrame::from_le_bytes(&bytes[..whole], format, SessionTime::ZERO)).await;
                bytes.drain(..whole);
            }
            Ok(())
        })
    }
}

rooh::register!(tts: Clausewise<OwnVoice>);
