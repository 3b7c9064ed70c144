//! What configures the provider, and one reply of it.

use std::collections::BTreeMap;
use std::time::Duration;

use rooh_core::options::Secret;
use rooh_core::{Error, ErrorKind, Result};
use rooh_net::Route;
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::Value;

/// Where Deepgram itself listens.
pub(crate) const ADDRESS: &str = "https://api.deepgram.com";
/// The rates that Aura has, in samples per second.
const RATES: [u32; 5] = [8_000, 16_000, 24_000, 32_000, 48_000];
/// Parameters on which this crate depends.
const OURS: [&str; 6] = ["callback", "container", "encoding", "model", "sample_rate", "speed"];
/// The speeds that Aura has.
const SPEEDS: std::ops::RangeInclusive<f32> = 0.7..=1.5;

/// Options of [`Deepgram`](crate::Deepgram).
///
/// What is `None` is not sent, so that the vendor's own setting holds.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct DeepgramOptions {
    /// The key; it goes to `base_url` and nowhere else.
    #[schemars(extend("x-env" = "DEEPGRAM_API_KEY"))]
    pub api_key: Secret,
    /// Where Deepgram listens. For data that stays in a region `https://api.eu.deepgram.com`,
    /// `https://api.au.deepgram.com` or `https://api.in.deepgram.com`; or an address of your own.
    pub base_url: String,
    /// Whether to talk to another machine without encryption; everything said can then be read on
    /// the way. No key is sent like that.
    pub cleartext: bool,
    /// How long a connection may take until it is open, in milliseconds.
    #[schemars(range(min = 100, max = 60_000))]
    pub connect_timeout_ms: u32,
    /// How long the next piece of audio may take, in milliseconds.
    #[schemars(range(min = 100, max = 60_000))]
    pub idle_timeout_ms: u32,
    /// Whether to keep what is said out of the vendor's program for improving models; may cost more.
    pub mip_opt_out: Option<bool>,
    /// The voice: `aura-2-<name>-<language>`.
    pub model: String,
    /// Further parameters of the vendor's address, by name: a text, a number or a boolean.
    pub query: BTreeMap<String, Value>,
    /// Samples per second: 8000, 16000, 24000, 32000 or 48000.
    #[schemars(range(min = 8_000, max = 48_000))]
    pub sample_rate: u32,
    /// How fast to speak: 1 is the voice's own speed. Not all languages have others.
    #[schemars(range(min = 0.7, max = 1.5))]
    pub speed: Option<f32>,
}

impl Default for DeepgramOptions {
    fn default() -> Self {
        Self {
            api_key: Secret::default(),
            base_url: ADDRESS.to_owned(),
            cleartext: false,
            connect_timeout_ms: 5_000,
            // Longer than the slowest first piece, shorter than patience.
            idle_timeout_ms: 10_000,
            mip_opt_out: None,
            model: "aura-2-thalia-en".to_owned(),
            query: BTreeMap::new(),
            sample_rate: 24_000,
            speed: None,
        }
    }
}

/// Options of one reply, in `TtsRequest::options`; each one that is given wins over the provider's.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct ReplyOptions {
    /// Another voice.
    pub model: Option<String>,
    /// Another speed.
    #[schemars(range(min = 0.7, max = 1.5))]
    pub speed: Option<f32>,
}

impl DeepgramOptions {
    /// A voice with everything else at its default.
    pub fn model(model: impl Into<String>) -> Self {
        Self { model: model.into(), ..Self::default() }
    }

    /// Fails for what the schema cannot rule out.
    pub(crate) fn check(&self) -> Result<()> {
        let wrong = |path: &str, message: &str| Err(Error::new(ErrorKind::Config, message).at_path(path));
        check_voice(&self.model).map_err(|error| error.at_path("model"))?;
        if !RATES.contains(&self.sample_rate) {
            return wrong("sample_rate", "must be 8000, 16000, 24000, 32000 or 48000");
        }
        for (name, value) in &self.query {
            let path = format!("query.{name}");
            if OURS.contains(&name.as_str()) {
                return wrong(&path, "is set by what this provider does");
            }
            if value.is_object() || value.is_array() || value.is_null() {
                return wrong(&path, "must be a text, a number or a boolean");
            }
        }
        Ok(())
    }

    /// The voice and the speed of one reply; `speed` is what the session asks for.
    pub(crate) fn manner(&self, reply: ReplyOptions, speed: Option<f32>) -> Result<Manner> {
        let model = reply.model.unwrap_or_else(|| self.model.clone());
        check_voice(&model).map_err(|error| error.at_path("model"))?;
        let speed = reply.speed.or(speed).or(self.speed);
        Ok(Manner { model, speed: speed.map(|speed| speed.clamp(*SPEEDS.start(), *SPEEDS.end())) })
    }

    /// The address of a connection that speaks in this manner.
    pub(crate) fn route(&self, manner: &Manner) -> Route {
        let mut route = Route::new("/v1/speak")
            .query("model", &manner.model)
            .query("encoding", "linear16")
            .query("sample_rate", self.sample_rate);
        if let Some(speed) = manner.speed {
            route = route.query("speed", speed);
        }
        if let Some(opt_out) = self.mip_opt_out {
            route = route.query("mip_opt_out", opt_out);
        }
        for (name, value) in &self.query {
            let value = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
            route = route.query(name.clone(), value);
        }
        route
    }

    pub(crate) fn connect_timeout(&self) -> Duration {
        Duration::from_millis(self.connect_timeout_ms.into())
    }

    pub(crate) fn idle_timeout(&self) -> Duration {
        Duration::from_millis(self.idle_timeout_ms.into())
    }
}

/// What a connection cannot change once it is open.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Manner {
    model: String,
    speed: Option<f32>,
}

fn check_voice(model: &str) -> Result<()> {
    if model.starts_with("flux-") {
        let message = "speaks through another protocol than Aura, which this version does not have";
        return Err(Error::new(ErrorKind::Unsupported, message).with("model", model));
    }
    if model.trim().is_empty() {
        return Err(Error::new(ErrorKind::Config, "which voice? For example aura-2-thalia-en"));
    }
    Ok(())
}
