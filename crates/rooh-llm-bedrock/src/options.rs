//! What configures the provider, and one reply of it.

use std::time::Duration;

use rooh_core::options::Secret;
use rooh_core::{Error, ErrorKind, Result};
use rooh_net::{BaseUrl, Cleartext};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// The model unless another one is named: the fastest Claude that needs no thinking, from whichever
/// region has room.
pub(crate) const DEFAULT_MODEL: &str = "global.anthropic.claude-haiku-4-5-20251001-v1:0";

/// Options of [`Bedrock`](crate::Bedrock).
///
/// What is `None` is not sent, so that the model's own setting holds.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct BedrockOptions {
    /// The id of an access key, for `auth_mode: access_keys`.
    pub access_key_id: Secret,
    /// Fields of the model's own, sent as `additionalModelRequestFields`; they win over those that
    /// this provider would send.
    pub additional_fields: Option<Map<String, Value>>,
    /// An API key of Amazon Bedrock, for `auth_mode: api_key`. With `auth_mode: environment` it is
    /// used instead of all other credentials.
    #[schemars(extend("x-env" = "AWS_BEARER_TOKEN_BEDROCK"))]
    pub api_key: Secret,
    /// Who asks: whoever the environment says (variables, profile, SSO, role of the machine), the
    /// access key given here, or an API key of Amazon Bedrock.
    pub auth_mode: AuthMode,
    /// Another address than Amazon's own for the region: a VPC endpoint or a gateway, with https or
    /// on this machine. It is sent the keys that are given here, never those of the environment.
    pub base_url: String,
    /// How much a model that always thinks may think; one that does not know the setting refuses it.
    pub effort: Option<Effort>,
    /// The id or ARN of a guardrail that watches over what is said.
    pub guardrail_id: Option<String>,
    /// The version of the guardrail.
    pub guardrail_version: String,
    /// How long a piece of the answer may take after the one before, in milliseconds.
    #[schemars(range(min = 1_000, max = 600_000))]
    pub idle_timeout_ms: u32,
    /// The most tokens in one reply.
    #[schemars(range(min = 1, max = 1_000_000))]
    pub max_tokens: Option<u32>,
    /// The model: its id, an inference profile such as `us.…` or `global.…`, or an ARN.
    pub model_id: String,
    /// The profile of the AWS configuration, for `auth_mode: environment`. Without it, that of
    /// `AWS_PROFILE`, or the default one.
    pub profile: Option<String>,
    /// Whether the beginning of the conversation is kept by Amazon from one reply to the next, which
    /// makes replies faster and cheaper; `auto` does so for models that are known to allow it.
    pub prompt_cache: PromptCache,
    /// The region that is asked, for example `us-east-1`; with `auth_mode: environment` the profile
    /// may name it.
    #[schemars(extend("x-env" = "AWS_REGION"))]
    pub region: String,
    /// The secret access key, for `auth_mode: access_keys`.
    pub secret_access_key: Secret,
    /// The session token of temporary credentials, for `auth_mode: access_keys`.
    pub session_token: Secret,
    /// How long the first piece of an answer may take, in milliseconds, with everything before it:
    /// credentials, the connection, the queue of the model.
    #[schemars(range(min = 1_000, max = 600_000))]
    pub start_timeout_ms: u32,
    /// Texts at which the reply ends.
    pub stop: Option<Vec<String>>,
    /// How freely the model chooses its words. Many newer models refuse it.
    #[schemars(range(min = 0.0, max = 1.0))]
    pub temperature: Option<f32>,
    /// From which share of the likeliest tokens the next one is taken. Many newer models refuse it.
    #[schemars(range(min = 0.0, max = 1.0))]
    pub top_p: Option<f32>,
}

impl Default for BedrockOptions {
    fn default() -> Self {
        Self {
            access_key_id: Secret::default(),
            additional_fields: None,
            api_key: Secret::default(),
            auth_mode: AuthMode::Environment,
            base_url: String::new(),
            effort: None,
            guardrail_id: None,
            // The name of the version that a guardrail has before its first one is made.
            guardrail_version: "DRAFT".to_owned(),
            // No pings are documented: longer than a pause within an answer, shorter than patience.
            idle_timeout_ms: 30_000,
            max_tokens: None,
            model_id: DEFAULT_MODEL.to_owned(),
            profile: None,
            prompt_cache: PromptCache::Auto,
            region: String::new(),
            secret_access_key: Secret::default(),
            session_token: Secret::default(),
            start_timeout_ms: 30_000,
            stop: None,
            temperature: None,
            top_p: None,
        }
    }
}

/// Options of one reply, in `LlmRequest::options`; each one that is given wins over the provider's.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct ReplyOptions {
    /// How much the model may think.
    pub effort: Option<Effort>,
    /// The most tokens.
    #[schemars(range(min = 1, max = 1_000_000))]
    pub max_tokens: Option<u32>,
    /// Another model.
    pub model_id: Option<String>,
    /// Texts at which the reply ends.
    pub stop: Option<Vec<String>>,
    /// How freely the model chooses its words.
    #[schemars(range(min = 0.0, max = 1.0))]
    pub temperature: Option<f32>,
}

/// Who asks.
#[derive(Clone, Copy, Debug, Default, Deserialize, Eq, JsonSchema, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum AuthMode {
    /// The access key that the options give.
    AccessKeys,
    /// An API key of Amazon Bedrock.
    ApiKey,
    /// Whoever the SDK of AWS finds: variables, profile, SSO, container, machine.
    #[default]
    Environment,
}

/// How much a model thinks.
#[derive(Clone, Copy, Debug, Deserialize, Eq, JsonSchema, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Effort {
    /// A little.
    Low,
    /// More.
    Medium,
    /// Much.
    High,
    /// Very much.
    Xhigh,
    /// As much as the model can.
    Max,
}

/// Whether the beginning of the conversation is kept.
#[derive(Clone, Copy, Debug, Default, Deserialize, Eq, JsonSchema, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum PromptCache {
    /// For models that are known to allow it.
    #[default]
    Auto,
    /// Never.
    Off,
    /// Always; a model that does not allow it refuses the request.
    On,
}

impl BedrockOptions {
    /// A model with everything else at its default.
    pub fn model(model_id: impl Into<String>) -> Self {
        Self { model_id: model_id.into(), ..Self::default() }
    }

    /// Fails for what the schema cannot rule out; returns the address, if it is another one.
    pub(crate) fn check(&self) -> Result<Option<BaseUrl>> {
        if self.model_id.trim().is_empty() {
            let message = "which model? Write bedrock/MODEL, with a model id, an inference profile or an ARN";
            return Err(Error::new(ErrorKind::Config, message).at_path("model_id"));
        }
        let needed: &[(&str, &Secret)] = match self.auth_mode {
            AuthMode::AccessKeys => {
                &[("access_key_id", &self.access_key_id), ("secret_access_key", &self.secret_access_key)]
            }
            AuthMode::ApiKey => &[("api_key", &self.api_key)],
            AuthMode::Environment => &[],
        };
        if let Some((missing, _)) = needed.iter().find(|(_, secret)| secret.is_empty()) {
            return Err(Error::new(ErrorKind::Auth, "this `auth_mode` needs it").at_path(missing));
        }
        self.check_keys()?;
        self.check_region()?;
        if self.base_url.trim().is_empty() {
            return Ok(None);
        }
        if self.auth_mode == AuthMode::Environment {
            let message = "another address is not sent the credentials of the environment; it needs keys of its \
                           own, and `auth_mode: api_key` or `access_keys`";
            return Err(Error::new(ErrorKind::Config, message).at_path("base_url"));
        }
        let base = BaseUrl::parse(&self.base_url, Cleartext::Loopback);
        base.map(Some).map_err(|error| error.at_path("base_url"))
    }

    /// Keys that no header can hold are refused here, where they have a name.
    fn check_keys(&self) -> Result<()> {
        let all = [
            ("access_key_id", &self.access_key_id),
            ("api_key", &self.api_key),
            ("secret_access_key", &self.secret_access_key),
            ("session_token", &self.session_token),
        ];
        let is_odd = |secret: &Secret| !secret.reveal().bytes().all(|byte| byte.is_ascii_graphic());
        match all.into_iter().find(|(_, secret)| is_odd(secret)) {
            Some((odd, _)) => {
                let message = "holds characters that no key has, such as a blank or the end of a line";
                Err(Error::new(ErrorKind::Config, message).at_path(odd))
            }
            None => Ok(()),
        }
    }

    /// The region is a part of the address that keys are sent to, so it may not be anything else.
    fn check_region(&self) -> Result<()> {
        if self.region.is_empty() {
            return match self.auth_mode {
                AuthMode::Environment => Ok(()),
                _ => Err(no_region()),
            };
        }
        if !self.region.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-')
        {
            let message = "a region is written like us-east-1";
            return Err(Error::new(ErrorKind::Config, message).at_path("region"));
        }
        Ok(())
    }

    /// The options for one reply.
    pub(crate) fn with(&self, reply: ReplyOptions) -> Self {
        Self {
            effort: reply.effort.or(self.effort),
            max_tokens: reply.max_tokens.or(self.max_tokens),
            model_id: reply.model_id.unwrap_or_else(|| self.model_id.clone()),
            stop: reply.stop.or_else(|| self.stop.clone()),
            temperature: reply.temperature.or(self.temperature),
            ..self.clone()
        }
    }

    pub(crate) fn start_timeout(&self) -> Duration {
        Duration::from_millis(self.start_timeout_ms.into())
    }

    pub(crate) fn idle_timeout(&self) -> Duration {
        Duration::from_millis(self.idle_timeout_ms.into())
    }
}

/// Nobody said which region.
pub(crate) fn no_region() -> Error {
    let message = "which region? Set it, or AWS_REGION, for example us-east-1";
    Error::new(ErrorKind::Config, message).at_path("region")
}
