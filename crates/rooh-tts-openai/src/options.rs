//! What configures the provider, and one reply of it.

use std::collections::BTreeMap;
use std::time::Duration;

use rooh_core::options::Secret;
use rooh_core::{Error, ErrorKind, Result};
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::{Map, Value, json};

/// Where OpenAI listens.
const DEFAULT_URL: &str = "https://api.openai.com/v1";
/// The voice of OpenAI that follows instructions; like all of them it ends on 2027-01-06.
const DEFAULT_MODEL: &str = "gpt-4o-mini-tts";
/// A voice that every model of OpenAI has, and most other servers know by this name.
const DEFAULT_VOICE: &str = "alloy";
/// The rate of `pcm` at OpenAI.
const DEFAULT_RATE: u32 = 24_000;
/// The range of `speed` in the API.
const SPEEDS: (f32, f32) = (0.25, 4.0);

/// Options of [`OpenAi`](crate::OpenAi).
///
/// What is `None` is not sent, so that the voice's own setting holds.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct OpenAiOptions {
    /// The key; it goes to `base_url` and nowhere else. A server on this machine needs none.
    #[schemars(extend("x-env" = "OPENAI_API_KEY"))]
    pub api_key: Secret,
    /// Where the server listens, with its `/v1`. Any server that has `/audio/speech`: Kokoro,
    /// LocalAI, Speaches and others.
    #[schemars(extend("x-env" = "OPENAI_BASE_URL"))]
    pub base_url: String,
    /// Whether to talk to another machine without encryption; everything said can then be read on
    /// the way. No key is sent like that.
    pub cleartext: bool,
    /// Further fields of the request, as the server knows them, for example
    /// `{"lang_code": "e"}` for Kokoro. They win over all others.
    pub extra_body: BTreeMap<String, Value>,
    /// How long the first audio of a clause may take, in milliseconds.
    #[schemars(range(min = 100, max = 600_000))]
    pub first_timeout_ms: u32,
    /// How long a piece of audio may take after the one before, in milliseconds.
    #[schemars(range(min = 100, max = 600_000))]
    pub idle_timeout_ms: u32,
    /// How to speak, in words: "calm and friendly". Not for `tts-1`, `tts-1-hd`, and most other
    /// servers.
    pub instructions: Option<String>,
    /// Which model speaks: any name that the server knows.
    pub model: String,
    /// The organization that pays, for keys that belong to several.
    #[schemars(extend("x-env" = "OPENAI_ORG_ID"))]
    pub organization: String,
    /// Whether the next clause is asked for while one is being spoken. Off for a server that
    /// refuses a second request; without it, there may be a pause between clauses.
    pub prefetch: bool,
    /// The project that pays, for keys that belong to several.
    #[schemars(extend("x-env" = "OPENAI_PROJECT_ID"))]
    pub project: String,
    /// The rate at which the server speaks, in samples per second; OpenAI and Kokoro at 24000.
    #[schemars(range(min = 8_000, max = 48_000))]
    pub sample_rate: u32,
    /// How fast to speak: 1 is the voice's own speed. Some models take no notice.
    #[schemars(range(min = 0.25, max = 4.0))]
    pub speed: Option<f32>,
    /// Which voice speaks: at OpenAI `alloy`, `ash`, `ballad`, `cedar`, `coral`, `echo`, `fable`,
    /// `marin`, `nova`, `onyx`, `sage`, `shimmer`, `verse`, or the id of one's own, `voice_…`.
    pub voice: String,
}

impl Default for OpenAiOptions {
    fn default() -> Self {
        Self {
            api_key: Secret::default(),
            base_url: DEFAULT_URL.to_owned(),
            cleartext: false,
            extra_body: BTreeMap::new(),
            // Longer than a voice on a busy server takes, shorter than the patience of a caller.
            first_timeout_ms: 10_000,
            idle_timeout_ms: 5_000,
            instructions: None,
            model: DEFAULT_MODEL.to_owned(),
            organization: String::new(),
            prefetch: true,
            project: String::new(),
            sample_rate: DEFAULT_RATE,
            speed: None,
            voice: DEFAULT_VOICE.to_owned(),
        }
    }
}

/// Options of one reply, in `TtsRequest::options`; each one that is given wins over the provider's.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct ReplyOptions {
    /// How to speak, in words.
    pub instructions: Option<String>,
    /// Another model.
    pub model: Option<String>,
    /// How fast to speak; it wins over `TtsRequest::speed`.
    #[schemars(range(min = 0.25, max = 4.0))]
    pub speed: Option<f32>,
    /// Another voice.
    pub voice: Option<String>,
}

impl OpenAiOptions {
    /// A voice of OpenAI, with everything else at its default.
    pub fn voice(voice: impl Into<String>) -> Self {
        Self { voice: voice.into(), ..Self::default() }
    }

    /// Fails for what the schema cannot rule out.
    pub(crate) fn check(&self) -> Result<()> {
        for (path, value) in [("model", &self.model), ("voice", &self.voice)] {
            if value.trim().is_empty() {
                let message = format!("which {path}? Leave the option away for the usual one");
                return Err(Error::new(ErrorKind::Config, message).at_path(path));
            }
        }
        let checked = [
            ("sample_rate", (8_000..=48_000).contains(&self.sample_rate)),
            ("speed", self.speed.is_none_or(|speed| (SPEEDS.0..=SPEEDS.1).contains(&speed))),
        ];
        match checked.into_iter().find(|(_, is_right)| !is_right) {
            Some((path, _)) => {
                Err(Error::new(ErrorKind::Config, "lies outside of what the API allows").at_path(path))
            }
            None => Ok(()),
        }
    }

    /// The options for one reply, which is to be spoken at `speed` if nothing else is said.
    pub(crate) fn with(&self, reply: ReplyOptions, speed: Option<f32>) -> Self {
        let speed = reply.speed.or(speed).or(self.speed);
        Self {
            instructions: reply.instructions.or_else(|| self.instructions.clone()),
            model: reply.model.unwrap_or_else(|| self.model.clone()),
            speed: speed.map(|speed| speed.clamp(SPEEDS.0, SPEEDS.1)),
            voice: reply.voice.unwrap_or_else(|| self.voice.clone()),
            ..self.clone()
        }
    }

    /// The body of the request for one text.
    pub(crate) fn body(&self, text: &str) -> Value {
        let mut body = Map::new();
        body.insert("model".to_owned(), json!(self.model));
        body.insert("input".to_owned(), json!(text));
        let is_own = self.voice.starts_with("voice_");
        let voice = if is_own { json!({ "id": self.voice }) } else { json!(self.voice) };
        body.insert("voice".to_owned(), voice);
        body.insert("response_format".to_owned(), json!("pcm"));
        let instructions = self.instructions.as_ref().filter(|text| !text.is_empty());
        body.extend(instructions.map(|text| ("instructions".to_owned(), json!(text))));
        body.extend(self.speed.map(|speed| ("speed".to_owned(), decimal(speed))));
        body.extend(self.extra_body.iter().map(|(name, value)| (name.clone(), value.clone())));
        Value::Object(body)
    }

    pub(crate) fn first_timeout(&self) -> Duration {
        Duration::from_millis(self.first_timeout_ms.into())
    }

    pub(crate) fn idle_timeout(&self) -> Duration {
        Duration::from_millis(self.idle_timeout_ms.into())
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
    fn only_what_is_set_is_sent() {
        let body = OpenAiOptions::default().body("Grüße.");
        let plain = json!({
            "model": "gpt-4o-mini-tts", "input": "Grüße.", "voice": "alloy", "response_format": "pcm",
        });
        assert_eq!(body, plain);
        let reply = ReplyOptions {
            instructions: Some("calm".to_owned()),
            voice: Some("voice_17".to_owned()),
            ..ReplyOptions::default()
        };
        let options = OpenAiOptions {
            extra_body: BTreeMap::from([("response_format".to_owned(), json!("wav"))]),
            ..OpenAiOptions::default()
        };
        let body = options.with(reply, Some(0.7)).body("Hi.");
        let all = json!({
            "model": "gpt-4o-mini-tts", "input": "Hi.", "voice": { "id": "voice_17" }, "response_format": "wav",
            "instructions": "calm", "speed": 0.7,
        });
        assert_eq!(body, all);
    }

    #[test]
    fn the_nearest_speed_wins_and_stays_within_the_api() {
        let options = OpenAiOptions { speed: Some(0.5), ..OpenAiOptions::default() };
        let speed = |reply, request| {
            let reply = ReplyOptions { speed: reply, ..ReplyOptions::default() };
            options.with(reply, request).speed
        };
        assert_eq!(speed(None, None), Some(0.5));
        assert_eq!(speed(None, Some(2.0)), Some(2.0));
        assert_eq!(speed(Some(1.5), Some(2.0)), Some(1.5));
        assert_eq!(speed(None, Some(9.0)), Some(4.0));
    }
}
