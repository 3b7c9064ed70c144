//! What configures the provider, and one reply of it.

use std::time::Duration;

use rooh_audio::AudioFormat;
use rooh_core::options::Secret;
use rooh_core::tts::TtsRequest;
use rooh_core::{Error, ErrorKind, Result};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

/// Where the vendor listens unless the data has to stay in a region.
const BASE: &str = "https://api.elevenlabs.io";
/// What the vendor suggests for agents: about 75 ms to the first audio, 32 languages.
const MODEL: &str = "eleven_flash_v2_5";
/// The voice of the vendor's own first example: George, who belongs to every account.
const VOICE: &str = "JBFqnCBsd6RMkjVDRZzb";
/// The slowest and the fastest that the vendor speaks, as factors.
const SPEEDS: (f32, f32) = (0.7, 1.2);

/// Options of [`ElevenLabs`](crate::ElevenLabs).
///
/// What is `None` is not sent, so that the setting of the voice or of the account holds.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct ElevenLabsOptions {
    /// Over what to speak. Without it: `websocket`, or `http` for models that have nothing else
    /// (`eleven_v3` and later).
    pub api: Option<Api>,
    /// The key; it goes to `base_url` and nowhere else.
    #[schemars(extend("x-env" = "ELEVENLABS_API_KEY"))]
    pub api_key: Secret,
    /// Whether numbers, dates and the like are written out before they are spoken.
    pub apply_text_normalization: Option<Normalization>,
    /// Where to connect to. Data that has to stay in a region: `https://api.eu.residency.elevenlabs.io`,
    /// and likewise `in` and `sg`, each with keys of its own.
    pub base_url: String,
    /// Whether the vendor may keep what is spoken; `false` is for enterprise accounts.
    pub enable_logging: Option<bool>,
    /// How long the first audio of a clause may take, in milliseconds, and how long opening a
    /// connection may.
    #[schemars(range(min = 500, max = 60_000))]
    pub first_audio_timeout_ms: u32,
    /// How long the next audio may take while some is owed, in milliseconds.
    #[schemars(range(min = 500, max = 60_000))]
    pub idle_timeout_ms: u32,
    /// The language as ISO 639-1, such as `de`; without it that of the session, for models that can
    /// be told.
    pub language_code: Option<String>,
    /// The model: `eleven_flash_v2_5` is fast, `eleven_multilingual_v2` and `eleven_v3` are more
    /// expressive and slower.
    pub model: String,
    /// The format in which audio comes. 44.1 kHz needs a higher plan; `ulaw_8000` is what telephones
    /// carry.
    pub output_format: OutputFormat,
    /// Dictionaries that say how words are pronounced, at most three.
    pub pronunciation_dictionaries: Vec<PronunciationDictionary>,
    /// Makes the same text sound the same, as far as the model allows.
    pub seed: Option<u32>,
    /// How close to the original the voice stays.
    #[schemars(range(min = 0.0, max = 1.0))]
    pub similarity_boost: Option<f32>,
    /// How fast to speak: 1 is the voice's own speed.
    #[schemars(range(min = 0.7, max = 1.2))]
    pub speed: Option<f32>,
    /// How even the voice is: less is livelier.
    #[schemars(range(min = 0.0, max = 1.0))]
    pub stability: Option<f32>,
    /// How much the style of the original is exaggerated; above 0 takes longer.
    #[schemars(range(min = 0.0, max = 1.0))]
    pub style: Option<f32>,
    /// Whether the voice is brought closer to the original still, which takes longer.
    pub use_speaker_boost: Option<bool>,
    /// The id of the voice.
    #[serde(alias = "voice_id")]
    pub voice: String,
}

impl Default for ElevenLabsOptions {
    fn default() -> Self {
        Self {
            api: None,
            api_key: Secret::default(),
            apply_text_normalization: None,
            base_url: BASE.to_owned(),
            enable_logging: None,
            // Many times what the vendor takes on a bad day, and short of where users hang up.
            first_audio_timeout_ms: 5_000,
            idle_timeout_ms: 5_000,
            language_code: None,
            model: MODEL.to_owned(),
            output_format: OutputFormat::default(),
            pronunciation_dictionaries: Vec::new(),
            seed: None,
            similarity_boost: None,
            speed: None,
            stability: None,
            style: None,
            use_speaker_boost: None,
            voice: VOICE.to_owned(),
        }
    }
}

/// Options of one reply, in `TtsRequest::options`; each one that is given wins over the provider's.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct ReplyOptions {
    /// The language as ISO 639-1.
    pub language_code: Option<String>,
    /// Another model.
    pub model: Option<String>,
    /// Makes the same text sound the same, as far as the model allows.
    pub seed: Option<u32>,
    /// How close to the original the voice stays.
    #[schemars(range(min = 0.0, max = 1.0))]
    pub similarity_boost: Option<f32>,
    /// How fast to speak: 1 is the voice's own speed.
    #[schemars(range(min = 0.7, max = 1.2))]
    pub speed: Option<f32>,
    /// How even the voice is: less is livelier.
    #[schemars(range(min = 0.0, max = 1.0))]
    pub stability: Option<f32>,
    /// How much the style of the original is exaggerated.
    #[schemars(range(min = 0.0, max = 1.0))]
    pub style: Option<f32>,
    /// Whether the voice is brought closer to the original still.
    pub use_speaker_boost: Option<bool>,
    /// The id of another voice.
    #[serde(alias = "voice_id")]
    pub voice: Option<String>,
}

/// Over what to speak.
#[derive(Clone, Copy, Debug, Deserialize, Eq, JsonSchema, PartialEq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Api {
    /// A request for each clause: no word times, and a longer way to the first audio.
    Http,
    /// One connection for a session, with the time of each word.
    Websocket,
}

/// Whether text is written out before it is spoken.
#[derive(Clone, Copy, Debug, Deserialize, Eq, JsonSchema, PartialEq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Normalization {
    /// As the model likes.
    Auto,
    /// Never.
    Off,
    /// Always; for models called flash or turbo, enterprise accounts only.
    On,
}

/// How audio comes: its coding and its rate. MP3 and Opus are not taken, as they delay.
#[derive(Clone, Copy, Debug, Default, Deserialize, Eq, JsonSchema, PartialEq, Serialize)]
pub enum OutputFormat {
    /// A-law at 8 kHz.
    #[serde(rename = "alaw_8000")]
    Alaw8000,
    /// 16-bit samples at 8 kHz.
    #[serde(rename = "pcm_8000")]
    Pcm8000,
    /// 16-bit samples at 16 kHz.
    #[serde(rename = "pcm_16000")]
    Pcm16000,
    /// 16-bit samples at 22.05 kHz.
    #[serde(rename = "pcm_22050")]
    Pcm22050,
    /// 16-bit samples at 24 kHz.
    #[default]
    #[serde(rename = "pcm_24000")]
    Pcm24000,
    /// 16-bit samples at 32 kHz.
    #[serde(rename = "pcm_32000")]
    Pcm32000,
    /// 16-bit samples at 44.1 kHz; needs a higher plan.
    #[serde(rename = "pcm_44100")]
    Pcm44100,
    /// 16-bit samples at 48 kHz; needs a higher plan.
    #[serde(rename = "pcm_48000")]
    Pcm48000,
    /// Mu-law at 8 kHz.
    #[serde(rename = "ulaw_8000")]
    Ulaw8000,
}

impl OutputFormat {
    /// All formats.
    pub const ALL: &'static [Self] = &[
        Self::Alaw8000,
        Self::Pcm8000,
        Self::Pcm16000,
        Self::Pcm22050,
        Self::Pcm24000,
        Self::Pcm32000,
        Self::Pcm44100,
        Self::Pcm48000,
        Self::Ulaw8000,
    ];

    /// The name that the vendor uses.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Alaw8000 => "alaw_8000",
            Self::Pcm8000 => "pcm_8000",
            Self::Pcm16000 => "pcm_16000",
            Self::Pcm22050 => "pcm_22050",
            Self::Pcm24000 => "pcm_24000",
            Self::Pcm32000 => "pcm_32000",
            Self::Pcm44100 => "pcm_44100",
            Self::Pcm48000 => "pcm_48000",
            Self::Ulaw8000 => "ulaw_8000",
        }
    }

    /// The format of the samples, once they are decoded.
    pub const fn format(self) -> AudioFormat {
        AudioFormat::mono(match self {
            Self::Alaw8000 | Self::Pcm8000 | Self::Ulaw8000 => 8_000,
            Self::Pcm16000 => 16_000,
            Self::Pcm22050 => 22_050,
            Self::Pcm24000 => 24_000,
            Self::Pcm32000 => 32_000,
            Self::Pcm44100 => 44_100,
            Self::Pcm48000 => 48_000,
        })
    }
}

/// A dictionary of the account that says how words are pronounced.
#[derive(Clone, Debug, Deserialize, Eq, JsonSchema, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct PronunciationDictionary {
    /// Its id.
    pub id: String,
    /// Which version of it; without it the latest.
    #[serde(default)]
    pub version: Option<String>,
}

impl PronunciationDictionary {
    fn locator(&self) -> Value {
        let mut locator = json!({ "pronunciation_dictionary_id": self.id });
        if let Some(version) = &self.version {
            locator["version_id"] = json!(version);
        }
        locator
    }
}

impl ElevenLabsOptions {
    /// Fails for what the schema cannot rule out.
    pub(crate) fn check(&self) -> Result<()> {
        let wrong =
            |path: &'static str, message: &str| Err(Error::new(ErrorKind::Config, message).at_path(path));
        if self.voice.trim().is_empty() {
            return wrong("voice", "which voice? Give its id, such as JBFqnCBsd6RMkjVDRZzb");
        }
        if self.model.trim().is_empty() {
            return wrong("model", "which model? For example eleven_flash_v2_5");
        }
        if self.api == Some(Api::Websocket) && !has_websocket(&self.model) {
            return wrong("api", "this model speaks over http only: leave `api` away");
        }
        for (name, value, (least, most)) in [
            ("similarity_boost", self.similarity_boost, (0.0, 1.0)),
            ("speed", self.speed, SPEEDS),
            ("stability", self.stability, (0.0, 1.0)),
            ("style", self.style, (0.0, 1.0)),
        ] {
            if value.is_some_and(|value| !(least..=most).contains(&value)) {
                return wrong(name, &format!("must lie between {least} and {most}"));
            }
        }
        Ok(())
    }

    /// Over what these options speak.
    pub(crate) fn api(&self) -> Api {
        let by_model = if has_websocket(&self.model) { Api::Websocket } else { Api::Http };
        self.api.unwrap_or(by_model)
    }

    /// The options for one reply.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Config`] for options that no reply can have.
    pub(crate) fn of_reply(&self, request: &TtsRequest) -> Result<Self> {
        let reply: ReplyOptions = request.options.clone().read()?;
        let model = reply.model.unwrap_or_else(|| self.model.clone());
        let own = reply.language_code.or_else(|| self.language_code.clone());
        let of_session = || {
            let tag = request.language.as_deref().filter(|_| takes_language(&model))?;
            let language = tag.split(['-', '_']).next().unwrap_or_default();
            // A longer code is one of ISO 639-3, which most models do not know.
            (language.len() == 2).then(|| language.to_ascii_lowercase())
        };
        let language_code = own.filter(|code| !code.is_empty()).or_else(of_session);
        let asked = request.speed.filter(|speed| speed.is_finite() && *speed > 0.0);
        let speed = reply.speed.or(self.speed);
        let speed = match asked {
            Some(asked) => Some((speed.unwrap_or(1.0) * asked).clamp(SPEEDS.0, SPEEDS.1)),
            None => speed,
        };
        let options = Self {
            language_code,
            model,
            seed: reply.seed.or(self.seed),
            similarity_boost: reply.similarity_boost.or(self.similarity_boost),
            speed,
            stability: reply.stability.or(self.stability),
            style: reply.style.or(self.style),
            use_speaker_boost: reply.use_speaker_boost.or(self.use_speaker_boost),
            voice: reply.voice.unwrap_or_else(|| self.voice.clone()),
            ..self.clone()
        };
        options.check()?;
        if options.api() != self.api() {
            return Err(Error::new(
                ErrorKind::Config,
                "a reply cannot change to a model that speaks over something else",
            )
            .at_path("model"));
        }
        Ok(options)
    }

    pub(crate) fn first_audio_timeout(&self) -> Duration {
        Duration::from_millis(self.first_audio_timeout_ms.into())
    }

    pub(crate) fn idle_timeout(&self) -> Duration {
        Duration::from_millis(self.idle_timeout_ms.into())
    }

    /// The object `voice_settings` of the API, if anything is set.
    pub(crate) fn voice_settings(&self) -> Option<Value> {
        let all = [
            ("similarity_boost", self.similarity_boost.map(decimal)),
            ("speed", self.speed.map(decimal)),
            ("stability", self.stability.map(decimal)),
            ("style", self.style.map(decimal)),
            ("use_speaker_boost", self.use_speaker_boost.map(Value::from)),
        ];
        let set: Map<String, Value> =
            all.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?))).collect();
        (!set.is_empty()).then_some(Value::Object(set))
    }

    /// The list `pronunciation_dictionary_locators` of the API, if there is one.
    pub(crate) fn locators(&self) -> Option<Value> {
        let all: Vec<Value> =
            self.pronunciation_dictionaries.iter().map(PronunciationDictionary::locator).collect();
        (!all.is_empty()).then_some(Value::Array(all))
    }
}

impl Normalization {
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Auto => "auto",
            Self::Off => "off",
            Self::On => "on",
        }
    }
}

/// Models of the third and fourth generation are not served where text streams in.
pub(crate) fn has_websocket(model: &str) -> bool {
    !["eleven_v3", "eleven_v4"].iter().any(|family| model.starts_with(family))
}

/// Older models take no language; what they are told is ignored or refused.
fn takes_language(model: &str) -> bool {
    !has_websocket(model) || model.ends_with("_v2_5")
}

/// 0.7 as 0.7, and not as the 0.699999988079071 that it is in half of the digits.
fn decimal(value: f32) -> Value {
    json!(value.to_string().parse::<f64>().unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use rooh_core::options::Options;

    use super::*;

    fn of_reply(options: &ElevenLabsOptions, request: TtsRequest) -> ElevenLabsOptions {
        options.of_reply(&request).unwrap()
    }

    #[test]
    fn only_what_is_set_is_sent() {
        assert_eq!(ElevenLabsOptions::default().voice_settings(), None);
        let options = ElevenLabsOptions {
            stability: Some(0.7),
            use_speaker_boost: Some(false),
            ..ElevenLabsOptions::default()
        };
        assert_eq!(options.voice_settings(), Some(json!({ "stability": 0.7, "use_speaker_boost": false })));
        let reply = Options::new().with("stability", "0.3").with("style", 0.1).with("voice", "other");
        let reply = of_reply(&options, TtsRequest { options: reply, ..TtsRequest::default() });
        assert_eq!(
            reply.voice_settings(),
            Some(json!({ "stability": 0.3, "style": 0.1, "use_speaker_boost": false }))
        );
        assert_eq!(reply.voice, "other");
    }

    #[test]
    fn a_speed_stays_within_what_the_vendor_speaks() {
        for (own, asked, spoken) in [
            (None, None, None),
            (Some(1.1), None, Some(1.1)),
            (None, Some(3.0), Some(1.2)),
            (Some(0.8), Some(0.5), Some(0.7)),
        ] {
            let options = ElevenLabsOptions { speed: own, ..ElevenLabsOptions::default() };
            assert_eq!(
                of_reply(&options, TtsRequest { speed: asked, ..TtsRequest::default() }).speed,
                spoken
            );
        }
    }

    #[test]
    fn the_language_of_the_session_goes_to_models_that_can_be_told() {
        for (model, tag, code) in [
            ("eleven_flash_v2_5", "de-AT", Some("de")),
            ("eleven_v3", "EN", Some("en")),
            ("eleven_flash_v2_5", "yue", None),
            ("eleven_multilingual_v2", "de", None),
            ("eleven_flash_v2", "en", None),
        ] {
            let options = ElevenLabsOptions { model: model.to_owned(), ..ElevenLabsOptions::default() };
            let request = TtsRequest { language: Some(tag.to_owned()), ..TtsRequest::default() };
            assert_eq!(of_reply(&options, request).language_code.as_deref(), code, "{model} {tag}");
        }
    }

    #[test]
    fn a_model_chooses_how_it_is_spoken_to() {
        let model =
            |model: &str| ElevenLabsOptions { model: model.to_owned(), ..ElevenLabsOptions::default() };
        assert_eq!(model(MODEL).api(), Api::Websocket);
        assert_eq!(model("eleven_v3").api(), Api::Http);
        assert_eq!(model("eleven_v4_turbo").api(), Api::Http);
        let forced = ElevenLabsOptions { api: Some(Api::Websocket), ..model("eleven_v3_conversational") };
        assert_eq!(forced.check().unwrap_err().context("path"), Some("api"));
        let reply =
            TtsRequest { options: Options::new().with("model", "eleven_v3"), ..TtsRequest::default() };
        assert_eq!(model(MODEL).of_reply(&reply).unwrap_err().kind(), ErrorKind::Config);
    }

    #[test]
    fn formats_have_the_names_of_the_vendor() {
        for format in OutputFormat::ALL {
            assert_eq!(json!(format), json!(format.as_str()));
            assert!(format.as_str().ends_with(&format.format().rate().to_string()));
        }
    }
}
