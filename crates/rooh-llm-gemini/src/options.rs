//! What configures the provider, and one reply of it.

use std::collections::BTreeMap;
use std::time::Duration;

use rooh_core::options::Secret;
use rooh_core::{Error, ErrorKind, Result};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

/// Where Google listens.
const URL: &str = "https://generativelanguage.googleapis.com";
/// What Google recommends in the place of `gemini-2.5-flash`; it hardly thinks before it speaks.
const MODEL: &str = "gemini-3.5-flash-lite";

/// Options of [`Gemini`](crate::Gemini).
///
/// What is `None` is not sent, so that the model's own setting holds.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct GeminiOptions {
    /// The key of the Gemini API; it goes to `base_url` and nowhere else.
    #[schemars(extend("x-env" = "GEMINI_API_KEY"))]
    pub api_key: Secret,
    /// The version of the API: `v1`, or `v1beta`, which has what is new.
    pub api_version: String,
    /// Where the server listens, without the version; another one than Google's speaks as it does.
    pub base_url: String,
    /// Further fields of the request as the API knows them, for example `safetySettings`; they win
    /// over all others.
    pub extra_body: BTreeMap<String, Value>,
    /// How long the first piece of an answer may take, in milliseconds.
    #[schemars(range(min = 1_000, max = 3_600_000))]
    pub first_timeout_ms: u32,
    /// How long a piece of the answer may take after the one before, in milliseconds.
    #[schemars(range(min = 1_000, max = 600_000))]
    pub idle_timeout_ms: u32,
    /// The most tokens in one reply; those of the model's thoughts count as well.
    #[schemars(range(min = 1, max = 1_000_000))]
    pub max_tokens: Option<u32>,
    /// Which model answers.
    pub model: String,
    /// Makes the same conversation be answered the same, as far as the model allows.
    pub seed: Option<i32>,
    /// Texts at which the reply ends, at most five.
    pub stop: Option<Vec<String>>,
    /// How freely the model chooses its words; newer models ignore it.
    #[schemars(range(min = 0.0, max = 2.0))]
    pub temperature: Option<f32>,
    /// How much the model thinks before it speaks; nobody hears that, but everybody waits for it.
    /// Without it: as little as the model can. `auto` leaves it to the model.
    pub thinking_level: Option<ThinkingLevel>,
    /// From how many of the likeliest tokens the next one is taken; newer models ignore it.
    #[schemars(range(min = 1, max = 1_000))]
    pub top_k: Option<u32>,
    /// From which share of the likeliest tokens the next one is taken; newer models ignore it.
    #[schemars(range(min = 0.0, max = 1.0))]
    pub top_p: Option<f32>,
}

impl Default for GeminiOptions {
    fn default() -> Self {
        Self {
            api_key: Secret::default(),
            api_version: "v1beta".to_owned(),
            base_url: URL.to_owned(),
            extra_body: BTreeMap::new(),
            // Longer than a model thinks at its least level, shorter than patience; whoever wants a
            // fallback sooner puts a deadline over it.
            first_timeout_ms: 30_000,
            idle_timeout_ms: 15_000,
            max_tokens: None,
            model: MODEL.to_owned(),
            seed: None,
            stop: None,
            temperature: None,
            thinking_level: None,
            top_k: None,
            top_p: None,
        }
    }
}

/// Options of one reply, in `LlmRequest::options`; each one that is given wins over the provider's.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct ReplyOptions {
    /// The form of the reply: `json`, or a JSON Schema.
    pub format: Option<Value>,
    /// The most tokens, those of the model's thoughts included.
    #[schemars(range(min = 1, max = 1_000_000))]
    pub max_tokens: Option<u32>,
    /// Another model.
    pub model: Option<String>,
    /// Makes the same conversation be answered the same, as far as the model allows.
    pub seed: Option<i32>,
    /// Texts at which the reply ends.
    pub stop: Option<Vec<String>>,
    /// How freely the model chooses its words.
    #[schemars(range(min = 0.0, max = 2.0))]
    pub temperature: Option<f32>,
    /// How much the model thinks.
    pub thinking_level: Option<ThinkingLevel>,
}

/// How much a model thinks before it speaks. Not every model takes every level.
#[derive(Clone, Copy, Debug, Deserialize, Eq, JsonSchema, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum ThinkingLevel {
    /// As much as the model likes.
    Auto,
    /// Hardly.
    Minimal,
    /// A little.
    Low,
    /// More.
    Medium,
    /// Much.
    High,
    /// As much as there is.
    Xhigh,
}

impl GeminiOptions {
    /// A model of Google with everything else at its default, and without a key.
    pub fn model(model: impl Into<String>) -> Self {
        Self { model: model.into(), ..Self::default() }
    }

    /// Fails for what the schema cannot rule out.
    pub(crate) fn check(&self) -> Result<()> {
        for (option, value) in [("model", self.model_name()), ("api_version", self.version())] {
            if value.is_empty() || value.contains(['/', '?', '#']) {
                let message = "is one name, such as gemini-3.8-flash or v1beta";
                return Err(Error::new(ErrorKind::Config, message).at_path(option));
            }
        }
        Ok(())
    }

    /// The options for one reply.
    pub(crate) fn with(&self, reply: ReplyOptions) -> Self {
        Self {
            max_tokens: reply.max_tokens.or(self.max_tokens),
            model: reply.model.unwrap_or_else(|| self.model.clone()),
            seed: reply.seed.or(self.seed),
            stop: reply.stop.or_else(|| self.stop.clone()),
            temperature: reply.temperature.or(self.temperature),
            thinking_level: reply.thinking_level.or(self.thinking_level),
            ..self.clone()
        }
    }

    /// The model, which some write as the API lists it: `models/gemini-3.8-flash`.
    pub(crate) fn model_name(&self) -> &str {
        let name = self.model.trim();
        name.strip_prefix("models/").unwrap_or(name)
    }

    pub(crate) fn version(&self) -> &str {
        self.api_version.trim().trim_matches('/')
    }

    pub(crate) fn first_timeout(&self) -> Duration {
        Duration::from_millis(self.first_timeout_ms.into())
    }

    pub(crate) fn idle_timeout(&self) -> Duration {
        Duration::from_millis(self.idle_timeout_ms.into())
    }

    /// What of the object `generationConfig` is set.
    pub(crate) fn of_generation(&self) -> Map<String, Value> {
        let all = [
            ("maxOutputTokens", self.max_tokens.map(|n| json!(n))),
            ("seed", self.seed.map(|n| json!(n))),
            ("stopSequences", self.stop.as_ref().map(|texts| json!(texts))),
            ("temperature", self.temperature.map(decimal)),
            ("topK", self.top_k.map(|n| json!(n))),
            ("topP", self.top_p.map(decimal)),
        ];
        all.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?))).collect()
    }
}

/// 0.7 as 0.7, and not as the 0.699999988079071 that it is in half of the digits.
fn decimal(value: f32) -> Value {
    json!(value.to_string().parse::<f64>().unwrap_or_default())
}
