//! What configures the provider, and one reply of it.

use std::time::Duration;

use rooh_core::options::Secret;
use rooh_core::{Error, ErrorKind, Result};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// Where Anthropic is.
pub(crate) const DEFAULT: &str = "https://api.anthropic.com";

/// Options of [`Anthropic`](crate::Anthropic).
///
/// What is `None` is not sent, so that the model's own setting holds.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct AnthropicOptions {
    /// The key; it goes to `base_url` and nowhere else.
    #[schemars(extend("x-env" = "ANTHROPIC_API_KEY"))]
    pub api_key: Secret,
    /// Which version of the API is spoken. Since 2026-10-21 it takes no `temperature`, `top_p` and
    /// `top_k` any more.
    pub api_version: ApiVersion,
    /// In which header the key goes: `bearer` as Anthropic's own clients do, or `x-api-key` for a
    /// gateway that knows no other.
    pub auth: Auth,
    /// Where the API is, without `/v1`: Anthropic, or a gateway that speaks as it does.
    #[schemars(extend("x-env" = "ANTHROPIC_BASE_URL"))]
    pub base_url: String,
    /// Whether Anthropic keeps what tools, system prompt and conversation have in common with the
    /// last request, and for how long after its last use. It makes long conversations faster and
    /// cheaper; what is kept costs more the first time.
    pub cache: Cache,
    /// Whether to talk to another machine without encryption; everything said can then be read on
    /// the way. No key is sent like that.
    pub cleartext: bool,
    /// How much the model spends on a reply, thoughts included. Older models take no such setting.
    pub effort: Option<Effort>,
    /// How long the beginning of an answer may take, in milliseconds.
    #[schemars(range(min = 1_000, max = 600_000))]
    pub first_timeout_ms: u32,
    /// How long a piece of the answer may take after the one before, in milliseconds. A model that
    /// thinks gives a sign every few seconds, which counts.
    #[schemars(range(min = 1_000, max = 600_000))]
    pub idle_timeout_ms: u32,
    /// The most tokens in one reply, thoughts included.
    #[schemars(range(min = 1, max = 1_000_000))]
    pub max_tokens: u32,
    /// Which Claude, for example `claude-haiku-5-5`.
    pub model: String,
    /// Texts at which the reply ends.
    pub stop: Option<Vec<String>>,
    /// How freely the model chooses its words. Only with `api_version: 2023-06-01`, and older models.
    #[schemars(range(min = 0.0, max = 1.0))]
    pub temperature: Option<f32>,
    /// Whether the model thinks before it speaks; nobody hears that, but everybody waits for it. A
    /// model that cannot be kept from it thinks as little as it can.
    pub think: Think,
    /// From how many of the likeliest tokens the next one is taken. As for `temperature`.
    #[schemars(range(min = 1, max = 100_000))]
    pub top_k: Option<u32>,
    /// From which share of the likeliest tokens the next one is taken. As for `temperature`.
    #[schemars(range(min = 0.0, max = 1.0))]
    pub top_p: Option<f32>,
}

impl Default for AnthropicOptions {
    fn default() -> Self {
        Self {
            api_key: Secret::default(),
            api_version: ApiVersion::default(),
            auth: Auth::default(),
            base_url: DEFAULT.to_owned(),
            cache: Cache::default(),
            cleartext: false,
            effort: None,
            // A long prompt on a busy day; a session that has somebody else to ask waits less.
            first_timeout_ms: 30_000,
            // Pings come every few seconds; so much silence is the end of a connection.
            idle_timeout_ms: 15_000,
            // Some twenty minutes of speech, with room for thoughts; the API wants a number.
            max_tokens: 4_096,
            model: "claude-haiku-5-5".to_owned(),
            stop: None,
            temperature: None,
            think: Think::default(),
            top_k: None,
            top_p: None,
        }
    }
}

/// Options of one reply, in `LlmRequest::options`; each one that is given wins over the provider's.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct ReplyOptions {
    /// How much the model spends on the reply.
    pub effort: Option<Effort>,
    /// The form of the reply: a JSON Schema.
    pub format: Option<Value>,
    /// The most tokens.
    #[schemars(range(min = 1, max = 1_000_000))]
    pub max_tokens: Option<u32>,
    /// Another model.
    pub model: Option<String>,
    /// Texts at which the reply ends.
    pub stop: Option<Vec<String>>,
    /// How freely the model chooses its words.
    #[schemars(range(min = 0.0, max = 1.0))]
    pub temperature: Option<f32>,
    /// Whether the model thinks.
    pub think: Option<Think>,
}

/// A version of the API, as its header `anthropic-version` names it.
#[derive(Clone, Copy, Debug, Default, Deserialize, Eq, JsonSchema, PartialEq, Serialize)]
#[non_exhaustive]
pub enum ApiVersion {
    /// The one that older gateways and the settings of sampling need.
    #[serde(rename = "2023-06-01")]
    V20230601,
    /// The newest.
    #[default]
    #[serde(rename = "2026-10-21")]
    V20261021,
}

impl ApiVersion {
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::V20230601 => "2023-06-01",
            Self::V20261021 => "2026-10-21",
        }
    }
}

/// In which header a key goes.
#[derive(Clone, Copy, Debug, Default, Deserialize, Eq, JsonSchema, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Auth {
    /// `Authorization: Bearer …`.
    #[default]
    Bearer,
    /// `x-api-key: …`.
    XApiKey,
}

/// How long Anthropic keeps the beginning of a request.
#[derive(Clone, Copy, Debug, Default, Deserialize, Eq, JsonSchema, PartialEq, Serialize)]
#[non_exhaustive]
pub enum Cache {
    /// Five minutes after its last use: the pauses of a conversation are shorter.
    #[default]
    #[serde(rename = "5m")]
    FiveMinutes,
    /// Not at all.
    #[serde(rename = "off")]
    Off,
    /// An hour, for twice the price of the first time.
    #[serde(rename = "1h")]
    OneHour,
}

/// How much a model spends on a reply.
#[derive(Clone, Copy, Debug, Deserialize, Eq, JsonSchema, PartialEq, Serialize)]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum Effort {
    /// As little as it can.
    Low,
    /// More.
    Medium,
    /// Much.
    High,
    /// Very much; only if it may think.
    Xhigh,
    /// As much as it can; only if it may think.
    Max,
}

/// Whether a model thinks before it speaks.
#[derive(Clone, Copy, Debug, Default, Deserialize, Eq, JsonSchema, PartialEq, Serialize)]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum Think {
    /// Not at all, or as little as the model can.
    #[default]
    Off,
    /// As the model sees fit.
    On,
}

impl AnthropicOptions {
    /// A model of Anthropic, with everything else at its default.
    pub fn model(model: impl Into<String>) -> Self {
        Self { model: model.into(), ..Self::default() }
    }

    /// Fails for what the schema cannot rule out.
    pub(crate) fn check(&self) -> Result<()> {
        if self.model.trim().is_empty() {
            let message = "which model? Write anthropic/NAME, for example anthropic/claude-haiku-5-5";
            return Err(Error::new(ErrorKind::Config, message).at_path("model"));
        }
        let sampling = [
            ("temperature", self.temperature.is_some()),
            ("top_k", self.top_k.is_some()),
            ("top_p", self.top_p.is_some()),
        ];
        match sampling.iter().find(|(_, is_set)| *is_set) {
            Some((name, _)) if self.api_version != ApiVersion::V20230601 => {
                let message = "the version of the API that is spoken has no such setting any more";
                Err(Error::new(ErrorKind::Config, message)
                    .with("api_version", self.api_version.as_str())
                    .with("leave it out, or set", "api_version: 2023-06-01 and an older model")
                    .at_path(name))
            }
            _ => Ok(()),
        }
    }

    /// The options for one reply.
    pub(crate) fn with(&self, reply: ReplyOptions) -> Result<Self> {
        let options = Self {
            effort: reply.effort.or(self.effort),
            max_tokens: reply.max_tokens.unwrap_or(self.max_tokens),
            model: reply.model.unwrap_or_else(|| self.model.clone()),
            stop: reply.stop.or_else(|| self.stop.clone()),
            temperature: reply.temperature.or(self.temperature),
            think: reply.think.unwrap_or(self.think),
            ..self.clone()
        };
        options.check()?;
        Ok(options)
    }

    /// The address without the `/v1` that every path begins with; many write it nevertheless.
    pub(crate) fn base(&self) -> &str {
        let base = self.base_url.trim().trim_end_matches('/');
        if base.is_empty() { DEFAULT } else { base.strip_suffix("/v1").unwrap_or(base) }
    }

    pub(crate) fn first_timeout(&self) -> Duration {
        Duration::from_millis(self.first_timeout_ms.into())
    }

    pub(crate) fn idle_timeout(&self) -> Duration {
        Duration::from_millis(self.idle_timeout_ms.into())
    }
}
