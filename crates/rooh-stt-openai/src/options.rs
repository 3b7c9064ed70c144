//! What configures the provider, and one session of it.

use std::time::Duration;

use rooh_core::options::Secret;
use rooh_core::{Error, ErrorKind, Result};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::asked::Family;

/// Where OpenAI listens.
const DEFAULT_URL: &str = "https://api.openai.com/v1";
/// What OpenAI names in the place of the models that it ends on 2027-02-26.
const LIVE_MODEL: &str = "gpt-live-transcribe";
const FILES_MODEL: &str = "gpt-transcribe";

/// Options of [`OpenAi`](crate::OpenAi).
///
/// What is `None` is not sent, so that the server's own setting holds.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct OpenAiOptions {
    /// By which of its two APIs the server is asked.
    pub api: Api,
    /// The key; it goes to `base_url` and nowhere else. A server on this machine needs none.
    #[schemars(extend("x-env" = "OPENAI_API_KEY"))]
    pub api_key: Secret,
    /// Where the server listens, with its `/v1`. With `api: files` any server that has
    /// `/audio/transcriptions`: Groq, faster-whisper-server, whisper.cpp, vLLM and others.
    #[schemars(extend("x-env" = "OPENAI_BASE_URL"))]
    pub base_url: String,
    /// Whether to talk to another machine without encryption; everything said can then be read on
    /// the way. No key is sent like that.
    pub cleartext: bool,
    /// How long the model waits for what follows before it writes a word; of
    /// `gpt-realtime-whisper` alone.
    pub delay: Option<Delay>,
    /// Words and names that are likely to come up.
    pub keywords: Vec<String>,
    /// The language, for example `en`; without it that of the session, or else the model finds it
    /// out.
    pub language: Option<String>,
    /// Whether the server is asked how sure it is of each word, where the model can tell.
    pub logprobs: bool,
    /// Which model listens: any name that the server knows. Without it `gpt-live-transcribe`, or
    /// `gpt-transcribe` with `api: files`.
    pub model: Option<String>,
    /// Which noise the vendor takes out, with `api: live`.
    pub noise_reduction: Option<NoiseReduction>,
    /// The organization that pays, for keys that belong to several.
    #[schemars(extend("x-env" = "OPENAI_ORG_ID"))]
    pub organization: String,
    /// The project that pays, for keys that belong to several.
    #[schemars(extend("x-env" = "OPENAI_PROJECT_ID"))]
    pub project: String,
    /// A text that comes before what is said, or says what it is about.
    pub prompt: Option<String>,
    /// How freely the model chooses its words, with `api: files`.
    #[schemars(range(min = 0.0, max = 1.0))]
    pub temperature: Option<f32>,
    /// How long the vendor may take to open a session, to go on with a final transcript, or to
    /// answer a file, in milliseconds.
    #[schemars(range(min = 100, max = 600_000))]
    pub timeout_ms: u32,
    /// Whether the vendor judges turns, with `api: live`. Without it the agent does.
    pub turn_detection: TurnDetection,
    /// With `semantic_vad`: how soon a turn is taken to have ended.
    pub vad_eagerness: Option<Eagerness>,
    /// With `server_vad`: how much audio before the first sound belongs to the turn, in
    /// milliseconds.
    #[schemars(range(min = 0, max = 5_000))]
    pub vad_prefix_ms: Option<u32>,
    /// With `server_vad`: after how much silence a turn has ended, in milliseconds.
    #[schemars(range(min = 0, max = 10_000))]
    pub vad_silence_ms: Option<u32>,
    /// With `server_vad`: how loud speech is.
    #[schemars(range(min = 0.0, max = 1.0))]
    pub vad_threshold: Option<f32>,
}

impl Default for OpenAiOptions {
    fn default() -> Self {
        Self {
            api: Api::Live,
            api_key: Secret::default(),
            base_url: DEFAULT_URL.to_owned(),
            cleartext: false,
            delay: None,
            keywords: Vec::new(),
            language: None,
            logprobs: false,
            model: None,
            noise_reduction: None,
            organization: String::new(),
            project: String::new(),
            prompt: None,
            temperature: None,
            // Longer than a transcript takes that comes at all, shorter than the patience of a
            // caller.
            timeout_ms: 10_000,
            turn_detection: TurnDetection::Off,
            vad_eagerness: None,
            vad_prefix_ms: None,
            vad_silence_ms: None,
            vad_threshold: None,
        }
    }
}

/// By which API a server is asked.
#[derive(Clone, Copy, Debug, Default, Deserialize, Eq, JsonSchema, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Api {
    /// One file for each utterance, once it is over, which every compatible server takes.
    Files,
    /// A realtime session, which transcribes what is being said.
    #[default]
    Live,
}

/// How long a model waits for what follows.
#[derive(Clone, Copy, Debug, Deserialize, Eq, JsonSchema, PartialEq, Serialize)]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum Delay {
    /// Hardly.
    Minimal,
    /// A little.
    Low,
    /// Longer.
    Medium,
    /// Long.
    High,
    /// As long as it helps.
    Xhigh,
}

/// How soon a turn is taken to have ended.
#[derive(Clone, Copy, Debug, Deserialize, Eq, JsonSchema, PartialEq, Serialize)]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum Eagerness {
    /// As the vendor likes, which is `medium`.
    Auto,
    /// Within eight seconds.
    Low,
    /// Within four seconds.
    Medium,
    /// Within two seconds.
    High,
}

/// Which noise is taken out.
#[derive(Clone, Copy, Debug, Deserialize, Eq, JsonSchema, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum NoiseReduction {
    /// That of a microphone in the room.
    FarField,
    /// That of a microphone at the mouth.
    NearField,
}

/// Who judges turns.
#[derive(Clone, Copy, Debug, Default, Deserialize, Eq, JsonSchema, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum TurnDetection {
    /// The agent.
    #[default]
    Off,
    /// The vendor, by what was said.
    SemanticVad,
    /// The vendor, by silence.
    ServerVad,
}

/// Options of one session, in `SttRequest::options`, or from its next turn on; each one that is
/// given wins over the provider's.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct SessionOptions {
    /// Words and names that are likely to come up.
    pub keywords: Option<Vec<String>>,
    /// The language, for example `en`.
    pub language: Option<String>,
    /// A text that comes before what is said, or says what it is about.
    pub prompt: Option<String>,
}

impl OpenAiOptions {
    /// Files for a server at `base_url` that has this model, with everything else at its default.
    pub fn files(base_url: impl Into<String>, model: impl Into<String>) -> Self {
        let (base_url, model) = (base_url.into(), Some(model.into()));
        Self { api: Api::Files, base_url, model, ..Self::default() }
    }

    /// Which model listens.
    pub(crate) fn model_name(&self) -> &str {
        match (&self.model, self.api) {
            (Some(model), _) if !model.is_empty() => model,
            (_, Api::Files) => FILES_MODEL,
            (_, Api::Live) => LIVE_MODEL,
        }
    }

    /// Fails for what the schema cannot rule out.
    pub(crate) fn check(&self) -> Result<()> {
        let is_live = self.api == Api::Live;
        let family = Family::of(self.model_name());
        let detects = self.turn_detection != TurnDetection::Off;
        let is_whisper = family == Family::RealtimeWhisper;
        for (path, is_wrong, message) in [
            (
                "turn_detection",
                detects && !is_live,
                "files are transcribed once the agent has judged the turn",
            ),
            ("turn_detection", detects && is_whisper, "this model judges no turns"),
            (
                "delay",
                self.delay.is_some() && !(is_live && is_whisper),
                "only gpt-realtime-whisper can be delayed",
            ),
            ("prompt", self.prompt.is_some() && !family.takes_prompt(), "this model takes no prompt"),
            ("model", is_whisper && !is_live, "this model transcribes no files; use it with api: live"),
        ] {
            if is_wrong {
                return Err(Error::new(ErrorKind::Config, message)
                    .with("model", self.model_name())
                    .at_path(path));
            }
        }
        Ok(())
    }

    pub(crate) fn timeout(&self) -> Duration {
        Duration::from_millis(self.timeout_ms.into())
    }

    /// The field `turn_detection` of the API; it has to be null to be off.
    pub(crate) fn detection(&self) -> Value {
        let fields = match self.turn_detection {
            TurnDetection::Off => return Value::Null,
            TurnDetection::SemanticVad => {
                vec![("eagerness", self.vad_eagerness.map(|eagerness| json!(eagerness)))]
            }
            TurnDetection::ServerVad => vec![
                ("prefix_padding_ms", self.vad_prefix_ms.map(|ms| json!(ms))),
                ("silence_duration_ms", self.vad_silence_ms.map(|ms| json!(ms))),
                ("threshold", self.vad_threshold.map(decimal)),
            ],
        };
        let mut detection = json!({ "type": self.turn_detection });
        for (name, value) in fields {
            if let Some(value) = value {
                detection[name] = value;
            }
        }
        detection
    }
}

/// 0.7 as 0.7, and not as the 0.699999988079071 that it is in half of the digits.
fn decimal(value: f32) -> Value {
    json!(value.to_string().parse::<f64>().unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_models_are_those_that_stay() {
        let options = OpenAiOptions::default();
        assert_eq!(options.model_name(), "gpt-live-transcribe");
        assert_eq!(OpenAiOptions { api: Api::Files, ..options.clone() }.model_name(), "gpt-transcribe");
        assert_eq!(
            OpenAiOptions { model: Some(String::new()), ..options }.model_name(),
            "gpt-live-transcribe"
        );
    }

    #[test]
    fn options_that_contradict_each_other_are_named() {
        let whisper =
            || OpenAiOptions { model: Some("gpt-realtime-whisper".to_owned()), ..OpenAiOptions::default() };
        let path = |options: OpenAiOptions| {
            options.check().err().map(|error| error.context("path").unwrap_or_default().to_owned())
        };
        assert_eq!(path(whisper()), None);
        assert_eq!(path(OpenAiOptions { delay: Some(Delay::Low), ..whisper() }), None);
        assert_eq!(path(OpenAiOptions { api: Api::Files, ..whisper() }).as_deref(), Some("model"));
        let prompt = Some("x".to_owned());
        assert_eq!(path(OpenAiOptions { prompt, ..whisper() }).as_deref(), Some("prompt"));
        let turn_detection = TurnDetection::ServerVad;
        for options in [whisper(), OpenAiOptions { api: Api::Files, ..OpenAiOptions::default() }] {
            let path = path(OpenAiOptions { turn_detection, ..options });
            assert_eq!(path.as_deref(), Some("turn_detection"));
        }
        let delayed = OpenAiOptions { delay: Some(Delay::High), ..OpenAiOptions::default() };
        assert_eq!(path(delayed).as_deref(), Some("delay"));
    }

    #[test]
    fn turns_are_the_agents_unless_something_else_is_said() {
        let off = OpenAiOptions::default();
        assert_eq!(off.detection(), Value::Null);
        let silence = OpenAiOptions {
            turn_detection: TurnDetection::ServerVad,
            vad_silence_ms: Some(300),
            vad_threshold: Some(0.7),
            vad_eagerness: Some(Eagerness::High),
            ..off.clone()
        };
        let expected = json!({ "type": "server_vad", "silence_duration_ms": 300, "threshold": 0.7 });
        assert_eq!(silence.detection(), expected);
        let sense = OpenAiOptions { turn_detection: TurnDetection::SemanticVad, ..silence };
        assert_eq!(sense.detection(), json!({ "type": "semantic_vad", "eagerness": "high" }));
        let plain = OpenAiOptions { turn_detection: TurnDetection::SemanticVad, ..off };
        assert_eq!(plain.detection(), json!({ "type": "semantic_vad" }));
    }
}
