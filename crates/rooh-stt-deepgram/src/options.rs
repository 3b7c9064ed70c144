//! What configures the provider, and one session of it.

use std::collections::BTreeMap;
use std::time::Duration;

use rooh_core::options::Secret;
use rooh_core::{Error, ErrorKind, Result};
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::Value;

/// Where Deepgram itself listens.
pub(crate) const ADDRESS: &str = "https://api.deepgram.com";

/// Parameters on which this crate depends, or that would send the transcript somewhere else.
const OURS: [&str; 8] = [
    "callback",
    "callback_method",
    "channels",
    "encoding",
    "interim_results",
    "model",
    "multichannel",
    "sample_rate",
];

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
    /// Whether Nova tells speakers apart.
    pub diarize: bool,
    /// From which confidence Flux says that a turn may be over, so that an answer can be prepared.
    /// Without it Flux never says so.
    #[schemars(range(min = 0.3, max = 0.9))]
    pub eager_eot_threshold: Option<f32>,
    /// After how much silence Nova gives a final by itself, in milliseconds; 0 is never.
    #[schemars(range(min = 0, max = 60_000))]
    pub endpointing: u32,
    /// From which confidence Flux ends a turn; 1 is never by itself. The vendor's own is 0.7.
    #[schemars(range(min = 0.5, max = 1.0))]
    pub eot_threshold: Option<f32>,
    /// After how much silence Flux ends a turn whatever its confidence is, in milliseconds. The
    /// vendor's own is 5000.
    #[schemars(range(min = 500, max = 60_000))]
    pub eot_timeout_ms: Option<u32>,
    /// Whether Nova writes down "uh" and "um".
    pub filler_words: Option<bool>,
    /// How long a final that was asked for may take, in milliseconds; then the connection is taken
    /// for broken.
    #[schemars(range(min = 100, max = 60_000))]
    pub finalize_timeout_ms: u32,
    /// Words and names that are likely to come up. Nova-2 takes their single words.
    pub keyterms: Vec<String>,
    /// Words for Nova-2, each with a weight if wanted, as in `Rooh:2`. Newer models get them as
    /// `keyterms`, without the weight.
    pub keywords: Vec<String>,
    /// The language as a BCP 47 tag, or `multi` where it changes; without it, that of the session.
    pub language: Option<String>,
    /// Languages that are likely, for `flux-general-multi`, and for Nova-3 with `multi`.
    pub language_hints: Vec<String>,
    /// Whether to keep what is said out of the vendor's program for improving models; may cost more.
    pub mip_opt_out: Option<bool>,
    /// The model: `nova-3`, `nova-3-medical`, `nova-2`, `flux-general-en`, `flux-general-multi`, or
    /// one of your own.
    pub model: String,
    /// Whether numbers are written in digits.
    pub numerals: Option<bool>,
    /// Whether bad words are masked.
    pub profanity_filter: Option<bool>,
    /// Whether Nova sets punctuation; Flux always does.
    pub punctuate: bool,
    /// Further parameters of the vendor's address, by name: a text, a number, a boolean, or a list
    /// of these. One that is given here wins over the option that it stands for.
    pub query: BTreeMap<String, Value>,
    /// What is blackened: `pci`, `numbers`, `aggressive_numbers`, `ssn`.
    pub redact: Vec<String>,
    /// Samples per second that are sent: 8000 for telephones, 16000 for everything else.
    #[schemars(range(min = 8_000, max = 48_000))]
    pub sample_rate: u32,
    /// Whether Nova writes numbers, dates and addresses as people write them.
    pub smart_format: bool,
    /// Labels by which usage is told apart in the vendor's console.
    pub tags: Vec<String>,
    /// Whether the pauses that Nova finds end the user's turn. Flux always judges turns.
    pub turns: bool,
    /// After how long without a new word Nova takes an utterance for ended even if a noise goes on,
    /// in milliseconds; 0 is never.
    #[schemars(range(min = 0, max = 60_000))]
    pub utterance_end_ms: u32,
}

impl Default for DeepgramOptions {
    fn default() -> Self {
        Self {
            api_key: Secret::default(),
            base_url: ADDRESS.to_owned(),
            cleartext: false,
            connect_timeout_ms: 5_000,
            diarize: false,
            eager_eot_threshold: None,
            // What the vendor recommends for conversations is 25 to 300; its own 10 ms tears
            // numbers apart.
            endpointing: 300,
            eot_threshold: None,
            eot_timeout_ms: None,
            filler_words: None,
            // The vendor's 99th percentile is far below; a user does not wait for longer.
            finalize_timeout_ms: 2_000,
            keyterms: Vec::new(),
            keywords: Vec::new(),
            language: None,
            language_hints: Vec::new(),
            mip_opt_out: None,
            model: "nova-3".to_owned(),
            numerals: None,
            profanity_filter: None,
            punctuate: true,
            query: BTreeMap::new(),
            redact: Vec::new(),
            sample_rate: 16_000,
            smart_format: false,
            tags: Vec::new(),
            turns: false,
            // The least that the vendor recommends.
            utterance_end_ms: 1_000,
        }
    }
}

/// Options of one session, in `SttRequest::options`, or from the next turn on, in
/// `SttInput::Options`; each one that is given wins over the provider's.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct SessionOptions {
    /// From which confidence Flux says that a turn may be over.
    #[schemars(range(min = 0.3, max = 0.9))]
    pub eager_eot_threshold: Option<f32>,
    /// From which confidence Flux ends a turn.
    #[schemars(range(min = 0.5, max = 1.0))]
    pub eot_threshold: Option<f32>,
    /// After how much silence Flux ends a turn whatever its confidence is, in milliseconds.
    #[schemars(range(min = 500, max = 60_000))]
    pub eot_timeout_ms: Option<u32>,
    /// Words and names that are likely to come up, for Nova-3 and Flux.
    pub keyterms: Option<Vec<String>>,
    /// Languages that are likely, for `flux-general-multi`.
    pub language_hints: Option<Vec<String>>,
    /// Whether numbers are written in digits, with Nova-3 and Flux.
    pub numerals: Option<bool>,
}

/// What a model is, as far as its protocol goes.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Family {
    /// Nova-2 and older, and models of one's own.
    Early,
    Flux,
    Nova3,
}

impl DeepgramOptions {
    /// A model with everything else at its default.
    pub fn model(model: impl Into<String>) -> Self {
        Self { model: model.into(), ..Self::default() }
    }

    pub(crate) fn family(&self) -> Family {
        match self.model.as_str() {
            model if model.starts_with("flux") => Family::Flux,
            model if model.starts_with("nova-3") => Family::Nova3,
            _ => Family::Early,
        }
    }

    pub(crate) fn is_flux(&self) -> bool {
        self.family() == Family::Flux
    }

    /// Fails for what the schema cannot rule out.
    pub(crate) fn check(&self) -> Result<()> {
        let wrong = |path: &str, message: &str| Err(Error::new(ErrorKind::Config, message).at_path(path));
        if self.model.trim().is_empty() {
            return wrong("model", "which model? For example nova-3 or flux-general-en");
        }
        for (name, value) in &self.query {
            let path = format!("query.{name}");
            if OURS.contains(&name.as_str()) {
                return wrong(&path, "is set by what this provider does");
            }
            let is_plain = |value: &Value| !value.is_object() && !value.is_array() && !value.is_null();
            if !is_plain(value) && !value.as_array().is_some_and(|list| list.iter().all(is_plain)) {
                return wrong(&path, "must be a text, a number, a boolean, or a list of these");
            }
        }
        Ok(())
    }

    /// The options for one session, or for the rest of one.
    pub(crate) fn with(&self, session: SessionOptions) -> Self {
        Self {
            eager_eot_threshold: session.eager_eot_threshold.or(self.eager_eot_threshold),
            eot_threshold: session.eot_threshold.or(self.eot_threshold),
            eot_timeout_ms: session.eot_timeout_ms.or(self.eot_timeout_ms),
            keyterms: session.keyterms.unwrap_or_else(|| self.keyterms.clone()),
            language_hints: session.language_hints.unwrap_or_else(|| self.language_hints.clone()),
            numerals: session.numerals.or(self.numerals),
            ..self.clone()
        }
    }

    pub(crate) fn connect_timeout(&self) -> Duration {
        Duration::from_millis(self.connect_timeout_ms.into())
    }

    pub(crate) fn finalize_timeout(&self) -> Duration {
        Duration::from_millis(self.finalize_timeout_ms.into())
    }
}
