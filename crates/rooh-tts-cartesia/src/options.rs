//! What configures the provider, and one reply of it.

use std::time::Duration;

use rooh_audio::AudioFormat;
use rooh_core::options::Secret;
use rooh_core::tts::TtsRequest;
use rooh_core::{Error, ErrorKind, Result};
use schemars::JsonSchema;
use serde::Deserialize;

use crate::wire::{Manner, Pace};

/// Where Cartesia listens.
const DEFAULT: &str = "https://api.cartesia.ai";
/// The rates at which it speaks, in hertz (`RawOutputFormat` of the API).
const RATES: [u32; 6] = [8_000, 16_000, 22_050, 24_000, 44_100, 48_000];
/// The factors of `generation_config.speed` (API reference).
const SPEEDS: (f32, f32) = (0.6, 1.5);
/// Slower or faster than this is `slow` or `fast` for models that know no factors.
const NORMAL: (f32, f32) = (0.9, 1.1);

/// Options of [`Cartesia`](crate::Cartesia).
///
/// What is `None` is not sent, so that the voice's own setting holds.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct CartesiaOptions {
    /// The key from play.cartesia.ai; it goes to `base_url` and nowhere else.
    #[schemars(extend("x-env" = "CARTESIA_API_KEY"))]
    pub api_key: Secret,
    /// Where Cartesia listens, or a server that speaks as it does.
    #[schemars(extend("x-env" = "CARTESIA_BASE_URL"))]
    pub base_url: String,
    /// How the voice feels, for example `calm`, `curious` or `apologetic`; sonic-3 and later.
    pub emotion: Option<String>,
    /// How long the first audio of a clause may take, and a connection before it, in milliseconds.
    #[schemars(range(min = 100, max = 60_000))]
    pub first_audio_timeout_ms: u32,
    /// How long a piece of audio may take after the one before, in milliseconds.
    #[schemars(range(min = 100, max = 60_000))]
    pub idle_timeout_ms: u32,
    /// The language of what is said, for example `de`; without it that of the session.
    pub language: Option<String>,
    /// The model, for example `sonic-3.5` or the snapshot `sonic-3-2026-01-12`.
    #[serde(alias = "model")]
    pub model_id: String,
    /// The pronunciation dictionary to use, by its id; sonic-3 and later.
    pub pronunciation_dict_id: Option<String>,
    /// Samples in a second: 8000, 16000, 22050, 24000, 44100 or 48000.
    #[schemars(range(min = 8_000, max = 48_000))]
    pub sample_rate: u32,
    /// How fast to speak: 1 is the voice's own speed. Models before sonic-3 know slow, normal and
    /// fast alone, and take the nearest.
    #[schemars(range(min = 0.6, max = 1.5))]
    pub speed: Option<f32>,
    /// The version of the API, as its date.
    pub version: String,
    /// The voice, by its id; play.cartesia.ai/voices lists them.
    #[serde(alias = "voice")]
    pub voice_id: String,
    /// How loud to speak: 1 is the voice's own volume; sonic-3 and later.
    #[schemars(range(min = 0.5, max = 2.0))]
    pub volume: Option<f32>,
}

impl Default for CartesiaOptions {
    fn default() -> Self {
        Self {
            api_key: Secret::default(),
            base_url: DEFAULT.to_owned(),
            emotion: None,
            // Usually 0.1 to 0.3 s; after that, a fallback still answers in time.
            first_audio_timeout_ms: 3_000,
            idle_timeout_ms: 3_000,
            language: None,
            model_id: "sonic-3.5".to_owned(),
            pronunciation_dict_id: None,
            // What telephones and browsers have is below; above it nobody hears more of a voice.
            sample_rate: 24_000,
            speed: None,
            // The last one whose reference shows every message that is sent and read here.
            version: "2026-03-01".to_owned(),
            // The one that Cartesia's own clients take when none is named.
            voice_id: "6ccbfb76-1fc6-48f7-b71d-91ac6298247b".to_owned(),
            volume: None,
        }
    }
}

/// Options of one reply, in `TtsRequest::options`; each one that is given wins over the provider's.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
struct ReplyOptions {
    emotion: Option<String>,
    language: Option<String>,
    #[serde(alias = "model")]
    model_id: Option<String>,
    pronunciation_dict_id: Option<String>,
    #[schemars(range(min = 0.6, max = 1.5))]
    speed: Option<f32>,
    #[serde(alias = "voice")]
    voice_id: Option<String>,
    #[schemars(range(min = 0.5, max = 2.0))]
    volume: Option<f32>,
}

impl CartesiaOptions {
    /// A voice by its id, with everything else at its default.
    pub fn voice(voice_id: impl Into<String>) -> Self {
        Self { voice_id: voice_id.into(), ..Self::default() }
    }

    /// Fails for what the schema cannot rule out.
    pub(crate) fn check(&self) -> Result<()> {
        if !RATES.contains(&self.sample_rate) {
            return Err(Error::new(ErrorKind::Config, format!("must be one of {RATES:?}"))
                .at_path("sample_rate")
                .with("given", self.sample_rate));
        }
        for (name, text) in
            [("model_id", &self.model_id), ("version", &self.version), ("voice_id", &self.voice_id)]
        {
            if text.trim().is_empty() {
                return Err(Error::new(ErrorKind::Config, "must not be empty").at_path(name));
            }
        }
        if is_before_sonic_3(&self.model_id) {
            let newer = [
                ("emotion", self.emotion.is_some()),
                ("pronunciation_dict_id", self.pronunciation_dict_id.is_some()),
                ("volume", self.volume.is_some()),
            ];
            if let Some((name, _)) = newer.into_iter().find(|(_, given)| *given) {
                let message = format!("{} does not have it; sonic-3 and later do", self.model_id);
                return Err(Error::new(ErrorKind::Config, message).at_path(name));
            }
        }
        Ok(())
    }

    /// How to speak what `request` asks for.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Config`] for options that no reply can have, or not this model.
    pub(crate) fn manner(&self, request: &TtsRequest) -> Result<Manner> {
        let reply: ReplyOptions = request.options.clone().read()?;
        let merged = Self {
            emotion: reply.emotion.or_else(|| self.emotion.clone()),
            language: reply.language.or_else(|| self.language.clone()),
            model_id: reply.model_id.unwrap_or_else(|| self.model_id.clone()),
            pronunciation_dict_id: reply.pronunciation_dict_id.or_else(|| self.pronunciation_dict_id.clone()),
            speed: reply.speed.or(self.speed),
            voice_id: reply.voice_id.unwrap_or_else(|| self.voice_id.clone()),
            volume: reply.volume.or(self.volume),
            ..self.clone()
        };
        merged.check()?;
        let asked = request.speed.filter(|speed| speed.is_finite() && *speed > 0.0);
        let speed = match (merged.speed, asked) {
            (None, None) => None,
            (own, asked) => Some(own.unwrap_or(1.0) * asked.unwrap_or(1.0)),
        };
        let pace = speed.map(|speed| {
            if !is_before_sonic_3(&merged.model_id) {
                Pace::Factor(speed.clamp(SPEEDS.0, SPEEDS.1))
            } else if speed < NORMAL.0 {
                Pace::Word("slow")
            } else if speed > NORMAL.1 {
                Pace::Word("fast")
            } else {
                Pace::Word("normal")
            }
        });
        let language = merged.language.as_ref().or(request.language.as_ref());
        Ok(Manner {
            emotion: merged.emotion,
            language: language.and_then(|tag| primary(tag)),
            model: merged.model_id,
            pace,
            pronunciation_dict_id: merged.pronunciation_dict_id,
            sample_rate: merged.sample_rate,
            voice: merged.voice_id,
            volume: merged.volume,
        })
    }

    pub(crate) fn format(&self) -> AudioFormat {
        AudioFormat::mono(self.sample_rate.max(1))
    }

    pub(crate) fn first_audio_timeout(&self) -> Duration {
        Duration::from_millis(self.first_audio_timeout_ms.into())
    }

    pub(crate) fn idle_timeout(&self) -> Duration {
        Duration::from_millis(self.idle_timeout_ms.into())
    }
}

/// The language of a BCP 47 tag without its region, which is all that the API takes.
fn primary(tag: &str) -> Option<String> {
    let language = tag.split(['-', '_']).next().unwrap_or_default().trim().to_ascii_lowercase();
    (!language.is_empty()).then_some(language)
}

/// Whether a model is of a generation without `generation_config`.
fn is_before_sonic_3(model: &str) -> bool {
    let older = ["sonic-2", "sonic-turbo", "sonic-english", "sonic-multilingual"];
    model == "sonic" || older.iter().any(|older| model.starts_with(older))
}

#[cfg(test)]
mod tests {
    use rooh_core::options::Options;

    use super::*;

    fn manner(model: &str, speed: Option<f32>, asked: Option<f32>) -> Manner {
        let options = CartesiaOptions { model_id: model.to_owned(), speed, ..CartesiaOptions::default() };
        options.manner(&TtsRequest { speed: asked, ..TtsRequest::default() }).unwrap()
    }

    #[test]
    fn speed_has_the_shape_of_the_models_generation() {
        let pace = |model, speed, asked| manner(model, speed, asked).pace;
        assert_eq!(pace("sonic-3.5", None, None), None);
        assert_eq!(pace("sonic-3", Some(1.2), None), Some(Pace::Factor(1.2)));
        assert_eq!(pace("sonic-latest", Some(1.2), Some(2.0)), Some(Pace::Factor(1.5)));
        assert_eq!(pace("sonic-3-2026-01-12", None, Some(0.1)), Some(Pace::Factor(0.6)));
        assert_eq!(pace("sonic-2", Some(1.2), None), Some(Pace::Word("fast")));
        assert_eq!(pace("sonic-2-2025-06-11", Some(1.05), None), Some(Pace::Word("normal")));
        assert_eq!(pace("sonic-turbo", None, Some(0.8)), Some(Pace::Word("slow")));
        assert_eq!(pace("sonic", None, None), None);
    }

    #[test]
    fn what_a_model_does_not_have_is_said_by_name() {
        let options = CartesiaOptions {
            emotion: Some("calm".to_owned()),
            model_id: "sonic-2".to_owned(),
            ..CartesiaOptions::default()
        };
        let error = options.check().unwrap_err();
        assert_eq!((error.kind(), error.context("path")), (ErrorKind::Config, Some("emotion")));
        let request = TtsRequest {
            options: Options::new().with("model", "sonic-turbo").with("volume", 1.5),
            ..TtsRequest::default()
        };
        let error = CartesiaOptions::default().manner(&request).unwrap_err();
        assert_eq!((error.kind(), error.context("path")), (ErrorKind::Config, Some("volume")));
    }

    #[test]
    fn a_reply_wins_over_the_options_and_the_session_gives_the_language() {
        let options = Options::new().with("voice", "other").with("emotion", "sad");
        let request = TtsRequest { language: Some("de-AT".to_owned()), options, ..TtsRequest::default() };
        let manner = CartesiaOptions::default().manner(&request).unwrap();
        assert_eq!((manner.voice.as_str(), manner.emotion.as_deref()), ("other", Some("sad")));
        assert_eq!(manner.language.as_deref(), Some("de"));
        let own = CartesiaOptions { language: Some("fr".to_owned()), ..CartesiaOptions::default() };
        assert_eq!(own.manner(&request).unwrap().language.as_deref(), Some("fr"));
    }
}
