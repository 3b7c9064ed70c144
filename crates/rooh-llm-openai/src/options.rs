//! What configures the provider, and one reply of it.

use std::collections::BTreeMap;
use std::time::Duration;

use rooh_core::options::Secret;
use rooh_core::{Error, ErrorKind, Result};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

/// Where OpenAI listens.
pub(crate) const DEFAULT_URL: &str = "https://api.openai.com/v1";
/// What answers unless something else is said: it can be kept from thinking, and no end of it is
/// announced.
const DEFAULT_MODEL: &str = "gpt-5.6-luna";

/// Options of [`OpenAi`](crate::OpenAi).
///
/// What is `None` is not sent, so that the model's own setting holds.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct OpenAiOptions {
    /// By which of its two APIs the server is asked.
    pub api: Api,
    /// The key; it goes to `base_url` and nowhere else. A server on this machine needs none.
    #[schemars(extend("x-env" = "OPENAI_API_KEY"))]
    pub api_key: Secret,
    /// Where the server listens, with its `/v1`. Any server that speaks as OpenAI does: vLLM,
    /// llama.cpp, LM Studio, Groq and others.
    #[schemars(extend("x-env" = "OPENAI_BASE_URL"))]
    pub base_url: String,
    /// Whether to talk to another machine without encryption; everything said can then be read on
    /// the way. No key is sent like that.
    pub cleartext: bool,
    /// Which dialect of the chat API the server speaks.
    pub dialect: Dialect,
    /// Further fields of the request, as the server knows them, for example
    /// `{"chat_template_kwargs": {"enable_thinking": false}}` for vLLM. They win over all others.
    pub extra_body: BTreeMap<String, Value>,
    /// How long the first piece of an answer may take, in milliseconds.
    #[schemars(range(min = 1_000, max = 3_600_000))]
    pub first_timeout_ms: u32,
    /// How much the model is kept from words that it has used often.
    #[schemars(range(min = -2.0, max = 2.0))]
    pub frequency_penalty: Option<f32>,
    /// How long a piece of the answer may take after the one before, in milliseconds.
    #[schemars(range(min = 1_000, max = 600_000))]
    pub idle_timeout_ms: u32,
    /// The most tokens in one reply; where the model thinks, those of its thoughts count as well.
    #[schemars(range(min = 1, max = 1_000_000))]
    pub max_tokens: Option<u32>,
    /// Which model answers: any name that the server knows.
    pub model: String,
    /// The organization that pays, for keys that belong to several.
    #[schemars(extend("x-env" = "OPENAI_ORG_ID"))]
    pub organization: String,
    /// Whether the model may call several tools at once.
    pub parallel_tool_calls: Option<bool>,
    /// How much the model is kept from words that it has used at all.
    #[schemars(range(min = -2.0, max = 2.0))]
    pub presence_penalty: Option<f32>,
    /// The project that pays, for keys that belong to several.
    #[schemars(extend("x-env" = "OPENAI_PROJECT_ID"))]
    pub project: String,
    /// Sends requests with the same key to where the beginning of the prompt is in the cache; one
    /// name for each agent is a good choice.
    pub prompt_cache_key: Option<String>,
    /// How much the model thinks before it speaks; nobody hears that, but everybody waits for it.
    /// Without it: as little as the model allows.
    pub reasoning_effort: Option<Effort>,
    /// A name for the user that is not theirs, by which the vendor can tell who misuses it.
    pub safety_identifier: Option<String>,
    /// Makes the same conversation be answered the same, as far as the model allows; by the chat
    /// API alone.
    pub seed: Option<i64>,
    /// How fast, and at which price, the vendor answers.
    pub service_tier: Option<ServiceTier>,
    /// Texts at which the reply ends, at most four; by the chat API alone, and not for models that
    /// think.
    pub stop: Option<Vec<String>>,
    /// How freely the model chooses its words; models that think refuse it.
    #[schemars(range(min = 0.0, max = 2.0))]
    pub temperature: Option<f32>,
    /// From which share of the likeliest tokens the next one is taken; models that think refuse it.
    #[schemars(range(min = 0.0, max = 1.0))]
    pub top_p: Option<f32>,
    /// Whether the server is asked what a reply cost. Off for servers that refuse the question.
    pub usage: bool,
    /// How many words the model makes; newer models of OpenAI alone.
    pub verbosity: Option<Verbosity>,
}

impl Default for OpenAiOptions {
    fn default() -> Self {
        Self {
            api: Api::Auto,
            api_key: Secret::default(),
            base_url: DEFAULT_URL.to_owned(),
            cleartext: false,
            dialect: Dialect::Auto,
            extra_body: BTreeMap::new(),
            // Longer than a model thinks at the least effort, shorter than patience; whoever wants
            // a fallback sooner puts a deadline over it.
            first_timeout_ms: 30_000,
            frequency_penalty: None,
            // Longer than a busy server stands still in its middle, shorter than patience.
            idle_timeout_ms: 15_000,
            max_tokens: None,
            model: DEFAULT_MODEL.to_owned(),
            organization: String::new(),
            parallel_tool_calls: None,
            presence_penalty: None,
            project: String::new(),
            prompt_cache_key: None,
            reasoning_effort: None,
            safety_identifier: None,
            seed: None,
            service_tier: None,
            stop: None,
            temperature: None,
            top_p: None,
            usage: true,
            verbosity: None,
        }
    }
}

/// By which API a server is asked.
#[derive(Clone, Copy, Debug, Default, Deserialize, Eq, JsonSchema, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Api {
    /// Chat Completions, but Responses for those models of OpenAI that call tools or answer only
    /// there.
    #[default]
    Auto,
    /// Chat Completions, which every compatible server speaks.
    Chat,
    /// Responses; nothing is stored at the vendor.
    Responses,
}

/// Which dialect of the chat API a server speaks.
#[derive(Clone, Copy, Debug, Default, Deserialize, Eq, JsonSchema, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Dialect {
    /// By the address: `openai` for OpenAI and Azure, else `compatible`.
    #[default]
    Auto,
    /// What most others speak: `max_tokens`, and a text, if an empty one, beside calls of tools.
    Compatible,
    /// What OpenAI speaks: `max_completion_tokens`.
    Openai,
}

/// How much a model thinks before it speaks; no model knows them all.
#[derive(Clone, Copy, Debug, Deserialize, Eq, JsonSchema, Ord, PartialEq, PartialOrd, Serialize)]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum Effort {
    /// Not at all.
    None,
    /// Hardly.
    Minimal,
    /// A little.
    Low,
    /// More.
    Medium,
    /// Much.
    High,
    /// Very much.
    Xhigh,
    /// As much as it can.
    Max,
}

/// How fast, and at which price, the vendor answers.
#[derive(Clone, Copy, Debug, Deserialize, Eq, JsonSchema, PartialEq, Serialize)]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum ServiceTier {
    /// As the project is set.
    Auto,
    /// The usual one.
    Default,
    /// Faster, and dearer.
    Fast,
    /// Slower, and cheaper; nothing for conversations.
    Flex,
    /// Faster, and dearer.
    Priority,
    /// What was bought in advance.
    Scale,
}

/// How many words a model makes.
#[derive(Clone, Copy, Debug, Deserialize, Eq, JsonSchema, PartialEq, Serialize)]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum Verbosity {
    /// Few.
    Low,
    /// Some.
    Medium,
    /// Many.
    High,
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
    /// How much the model thinks.
    pub reasoning_effort: Option<Effort>,
    /// Makes the same conversation be answered the same, as far as the model allows.
    pub seed: Option<i64>,
    /// Texts at which the reply ends.
    pub stop: Option<Vec<String>>,
    /// How freely the model chooses its words.
    #[schemars(range(min = 0.0, max = 2.0))]
    pub temperature: Option<f32>,
}

impl OpenAiOptions {
    /// A model of OpenAI, with everything else at its default.
    pub fn model(model: impl Into<String>) -> Self {
        Self { model: model.into(), ..Self::default() }
    }

    /// Fails for what the schema cannot rule out.
    pub(crate) fn check(&self) -> Result<()> {
        if self.model.trim().is_empty() {
            let message = "which model? Write openai/NAME, for example openai/gpt-5.6-luna";
            return Err(Error::new(ErrorKind::Config, message).at_path("model"));
        }
        Ok(())
    }

    /// The options for one reply.
    pub(crate) fn with(&self, reply: &ReplyOptions) -> Self {
        Self {
            max_tokens: reply.max_tokens.or(self.max_tokens),
            model: reply.model.clone().unwrap_or_else(|| self.model.clone()),
            reasoning_effort: reply.reasoning_effort.or(self.reasoning_effort),
            seed: reply.seed.or(self.seed),
            stop: reply.stop.clone().or_else(|| self.stop.clone()),
            temperature: reply.temperature.or(self.temperature),
            ..self.clone()
        }
    }

    pub(crate) fn first_timeout(&self) -> Duration {
        Duration::from_millis(self.first_timeout_ms.into())
    }

    pub(crate) fn idle_timeout(&self) -> Duration {
        Duration::from_millis(self.idle_timeout_ms.into())
    }

    /// Adds what both APIs name the same, and last what wins over everything.
    pub(crate) fn fill(&self, body: &mut Map<String, Value>) {
        let all = [("temperature", self.temperature), ("top_p", self.top_p)];
        body.extend(all.into_iter().filter_map(|(name, value)| Some((name.to_owned(), decimal(value?)))));
        body.extend(self.extra_body.iter().map(|(name, value)| (name.clone(), value.clone())));
    }

    /// What the chat API alone has.
    pub(crate) fn fill_chat(&self, body: &mut Map<String, Value>) {
        let all = [
            ("frequency_penalty", self.frequency_penalty.map(decimal)),
            ("presence_penalty", self.presence_penalty.map(decimal)),
            ("seed", self.seed.map(|n| json!(n))),
            ("stop", self.stop.as_ref().map(|texts| json!(texts))),
        ];
        body.extend(all.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?))));
    }
}

/// 0.7 as 0.7, and not as the 0.699999988079071 that it is in half of the digits.
fn decimal(value: f32) -> Value {
    json!(value.to_string().parse::<f64>().unwrap_or_default())
}
