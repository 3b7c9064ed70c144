//! What configures the provider, and one reply of it.

use std::time::Duration;

use rooh_core::options::Secret;
use rooh_core::{Error, ErrorKind, Result};
use schemars::JsonSchema;
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::{Map, Value, json};

use crate::address::DEFAULT;

/// Options of [`Ollama`](crate::Ollama).
///
/// What is `None` is not sent, so that the model's own setting holds.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct OllamaOptions {
    /// A key, for ollama.com or a server that asks for one; it goes to `base_url` and nowhere else.
    #[schemars(extend("x-env" = "OLLAMA_API_KEY"))]
    pub api_key: Secret,
    /// Where Ollama listens: `host`, `host:port` or a whole address.
    #[schemars(extend("x-env" = "OLLAMA_HOST"))]
    pub base_url: String,
    /// Whether to talk to another machine without encryption; everything said can then be read on
    /// the way. No key is sent like that.
    pub cleartext: bool,
    /// How long a piece of the answer may take after the one before, in milliseconds.
    #[schemars(range(min = 1_000, max = 600_000))]
    pub idle_timeout_ms: u32,
    /// How long the model stays in memory after a reply: seconds, or a duration such as `30m`;
    /// negative for ever, 0 not at all. Without it the server decides, usually 5 minutes.
    pub keep_alive: Option<KeepAlive>,
    /// How long the first piece of an answer may take, in milliseconds; the model may have to be
    /// loaded from disk before it.
    #[schemars(range(min = 1_000, max = 3_600_000))]
    pub load_timeout_ms: u32,
    /// The most tokens in one reply.
    #[schemars(range(min = 1, max = 1_000_000))]
    pub max_tokens: Option<u32>,
    /// Which of the models that Ollama has, for example `qwen3:4b`; `ollama list` shows them.
    pub model: String,
    /// How many tokens of the conversation the model sees; what is older is cut off silently. A
    /// larger number takes more memory.
    #[schemars(range(min = 256, max = 10_000_000))]
    pub num_ctx: Option<u32>,
    /// Whether a model that is not there may be brought when the agent is loaded: some gigabytes.
    pub pull: bool,
    /// Makes the same conversation be answered the same, as far as the model allows.
    pub seed: Option<i32>,
    /// Texts at which the reply ends.
    pub stop: Option<Vec<String>>,
    /// How freely the model chooses its words.
    #[schemars(range(min = 0.0, max = 2.0))]
    pub temperature: Option<f32>,
    /// Whether and how much the model thinks before it speaks, if it can; nobody hears that, but
    /// everybody waits for it. A model that cannot be kept from it thinks as little as it can.
    #[serde(deserialize_with = "switch_or_level")]
    pub think: Think,
    /// From how many of the likeliest tokens the next one is taken.
    #[schemars(range(min = 1, max = 100_000))]
    pub top_k: Option<u32>,
    /// From which share of the likeliest tokens the next one is taken.
    #[schemars(range(min = 0.0, max = 1.0))]
    pub top_p: Option<f32>,
}

impl Default for OllamaOptions {
    fn default() -> Self {
        Self {
            api_key: Secret::default(),
            base_url: DEFAULT.to_owned(),
            cleartext: false,
            // Longer than the slowest token of a model that answers at all, shorter than patience.
            idle_timeout_ms: 30_000,
            keep_alive: None,
            // A model of 40 GB from a disk that reads 250 MB a second takes 160 s.
            load_timeout_ms: 180_000,
            max_tokens: None,
            model: String::new(),
            num_ctx: None,
            pull: false,
            seed: None,
            stop: None,
            temperature: None,
            think: Think::Off,
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
    /// The most tokens.
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
    /// Whether and how much the model thinks.
    #[serde(deserialize_with = "maybe_switch_or_level")]
    pub think: Option<Think>,
}

/// How long a model stays in memory.
#[derive(Clone, Debug, Deserialize, JsonSchema, PartialEq, Serialize)]
#[serde(untagged)]
pub enum KeepAlive {
    /// A duration as Go writes it, `10m` or `24h`, or seconds as text.
    Duration(String),
    /// Seconds; negative for ever.
    Seconds(i64),
}

impl KeepAlive {
    /// The API takes seconds as a number alone.
    pub(crate) fn of_api(&self) -> Value {
        match self {
            Self::Duration(text) => text.trim().parse::<i64>().map_or_else(|_| json!(text), |n| json!(n)),
            Self::Seconds(seconds) => json!(seconds),
        }
    }
}

/// How much a model thinks before it speaks.
#[derive(Clone, Copy, Debug, Default, Deserialize, Eq, JsonSchema, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Think {
    /// Not at all, or as little as the model can.
    #[default]
    Off,
    /// As much as the model likes.
    On,
    /// A little.
    Low,
    /// More.
    Medium,
    /// Much.
    High,
    /// As much as the model can.
    Max,
}

/// `false` and `true` are what the API of Ollama calls `off` and `on`.
#[derive(Deserialize)]
#[serde(untagged)]
enum SwitchOrLevel {
    Switch(bool),
    Level(Think),
}

impl From<SwitchOrLevel> for Think {
    fn from(value: SwitchOrLevel) -> Self {
        match value {
            SwitchOrLevel::Switch(false) => Self::Off,
            SwitchOrLevel::Switch(true) => Self::On,
            SwitchOrLevel::Level(level) => level,
        }
    }
}

fn switch_or_level<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Think, D::Error> {
    let unknown = |_| serde::de::Error::custom("expected one of off, on, low, medium, high, max");
    SwitchOrLevel::deserialize(deserializer).map(Think::from).map_err(unknown)
}

fn maybe_switch_or_level<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Think>, D::Error> {
    switch_or_level(deserializer).map(Some)
}

impl OllamaOptions {
    /// A model at the usual address, with everything else at its default.
    pub fn model(model: impl Into<String>) -> Self {
        Self { model: model.into(), ..Self::default() }
    }

    /// Fails for what the schema cannot rule out.
    pub(crate) fn check(&self) -> Result<()> {
        if self.model.trim().is_empty() {
            let message = "which model? Write ollama/NAME, for example ollama/qwen3:4b; `ollama list` shows those \
                           that are there";
            return Err(Error::new(ErrorKind::Config, message).at_path("model"));
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
            think: reply.think.unwrap_or(self.think),
            ..self.clone()
        }
    }

    pub(crate) fn load_timeout(&self) -> Duration {
        Duration::from_millis(self.load_timeout_ms.into())
    }

    pub(crate) fn idle_timeout(&self) -> Duration {
        Duration::from_millis(self.idle_timeout_ms.into())
    }

    /// The object `options` of the API; empty if nothing is set.
    pub(crate) fn of_model(&self) -> Map<String, Value> {
        let all = [
            ("num_ctx", self.num_ctx.map(|n| json!(n))),
            ("num_predict", self.max_tokens.map(|n| json!(n))),
            ("seed", self.seed.map(|n| json!(n))),
            ("stop", self.stop.as_ref().map(|texts| json!(texts))),
            ("temperature", self.temperature.map(decimal)),
            ("top_k", self.top_k.map(|n| json!(n))),
            ("top_p", self.top_p.map(decimal)),
        ];
        all.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?))).collect()
    }
}

/// 0.7 as 0.7, and not as the 0.699999988079071 that it is in half of the digits.
fn decimal(value: f32) -> Value {
    json!(value.to_string().parse::<f64>().unwrap_or_default())
}
