//! An agent on file: what the file may say, with its defaults.

use std::collections::BTreeMap;
use std::fmt;
use std::time::Duration;

use rooh_core::agent::{Greeting, LateFiller, Settings};
use rooh_core::floor::Endpointing;
use rooh_core::layer::Deadlines;
use rooh_core::options::Options;
use rooh_core::provider::Kind;
use rooh_core::registry::Registry;
use rooh_core::{Error, ErrorKind, Result};

use crate::turns::Turns;
use crate::yaml::{Place, short};

/// The file of the agent that comes with Rooh.
pub(crate) const RECEPTION: &str = include_str!("../agents/reception.yaml");

/// The format that this crate reads and writes.
pub const VERSION: u32 = 1;

/// An agent on file. The format is a promise; the builder that it becomes is not.
///
/// `docs/agent-files.md` is its reference. Read one with [`AgentSpec::from_yaml`] or
/// [`AgentSpec::from_json`], write it with [`AgentSpec::to_yaml`] or [`AgentSpec::to_json`].
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct AgentSpec {
    /// The name: `[A-Za-z0-9][A-Za-z0-9_-]{0,63}`.
    pub name: AgentName,
    /// When the file was made, as it was written there.
    pub created_at: Option<String>,
    /// Whether this is the agent that is taken where none is named.
    pub status: Status,
    /// How browsers connect to it.
    pub transport: Wire,
    /// Who the agent is and how it should speak.
    pub system_prompt: String,
    /// What the agent says first.
    pub greeting: Greeting,
    /// What is said when no answer could be made; nothing if it is empty.
    pub apology: String,
    /// The language as a BCP 47 tag.
    pub language: Option<String>,
    /// Words and names that are likely to come up.
    pub phrases: Vec<String>,
    /// Whether the reply is spoken while the model still writes it.
    pub llm_streaming: bool,
    /// Providers with options, by names of the file's own.
    pub models: BTreeMap<String, ModelSpec>,
    /// Which of them, or which providers directly, do what.
    pub pipeline: Pipeline,
    /// How sure the detector has to be that somebody speaks, from 0 to 1.
    pub vad_threshold: f32,
    /// How long it waits in a pause, and who may cut whom off.
    pub turns: Turns,
    /// How long the user may say nothing before each prompt and before the end.
    pub no_input_timeout: Duration,
    /// What is said when the user says nothing, one after the other; then the session ends.
    pub no_input_prompts: Vec<String>,
    /// What is said while an answer is late.
    pub late_filler: LateFiller,
    /// The built-in tools that the model may call, by name; see [`TOOLS`].
    pub tools: Vec<String>,
    /// Options of the voice that hold for every reply.
    pub voice: Options,
    /// Bounds of a session.
    pub limits: Limits,
    /// Where each value stands in the file, by its path.
    pub(crate) places: BTreeMap<String, Place>,
}

/// The built-in tools that a file may allow.
pub const TOOLS: &[&str] = &["end_call", "save_message"];

/// One provider with its options.
#[derive(Clone, Debug, PartialEq)]
pub struct ModelSpec {
    /// What it does.
    pub kind: Kind,
    /// The provider: `name`, a variant's name, or `name/model`.
    pub class: String,
    /// Its options; checked by the provider that they are for.
    pub options: Options,
}

/// Who does what: each the name of an entry in `models`, or a provider by name such as
/// `deepgram/nova-3?language=en`.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Pipeline {
    /// Who listens; nobody for an agent that is typed to.
    pub stt: Option<String>,
    /// Who listens when `stt` cannot, in the order in which they are asked; at most
    /// [`MOST_FALLBACKS`].
    pub stt_fallbacks: Vec<String>,
    /// Who thinks.
    pub llm: Option<String>,
    /// Who thinks when `llm` cannot, in the same way.
    pub llm_fallbacks: Vec<String>,
    /// Who speaks; nobody for an agent that is read.
    pub tts: Option<String>,
    /// Who speaks when `tts` cannot, in the same way.
    pub tts_fallbacks: Vec<String>,
    /// Who notices speech; by loudness if it is not given.
    pub vad: Option<String>,
    /// Who judges pauses besides their length.
    pub turn: Option<String>,
    /// The language model that is asked whether a turn is complete; `llm` for the one that thinks.
    pub completeness: Option<String>,
}

/// How many may stand in for the first of a stage.
///
/// Each that stalls costs the caller its deadline; who waited for four gets an apology, not an
/// answer.
pub const MOST_FALLBACKS: usize = 3;

impl Pipeline {
    /// The stages that are taken, in the order in which sound passes them, each by the first that
    /// is asked.
    pub fn stages(&self) -> impl Iterator<Item = (Kind, &str)> {
        [
            (Kind::Vad, &self.vad),
            (Kind::Stt, &self.stt),
            (Kind::Turn, &self.turn),
            (Kind::Llm, &self.llm),
            (Kind::Tts, &self.tts),
        ]
        .into_iter()
        .filter_map(|(kind, stage)| Some((kind, stage.as_deref()?)))
    }

    /// Those who stand in, stage by stage, each stage in its order.
    pub fn fallbacks(&self) -> impl Iterator<Item = (Kind, &str)> {
        [Kind::Stt, Kind::Llm, Kind::Tts]
            .into_iter()
            .flat_map(|kind| self.fallbacks_of(kind).iter().map(move |name| (kind, name.as_str())))
    }

    /// Those who stand in for the first of this stage.
    pub fn fallbacks_of(&self, kind: Kind) -> &[String] {
        match kind {
            Kind::Llm => &self.llm_fallbacks,
            Kind::Stt => &self.stt_fallbacks,
            Kind::Tts => &self.tts_fallbacks,
            _ => &[],
        }
    }
}

/// Whether an agent is taken where none is named.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub enum Status {
    /// It is the one that is taken.
    Active,
    /// It was made, and never chosen.
    #[default]
    Created,
    /// It was chosen once, and then another.
    Inactive,
}

impl Status {
    pub(crate) const WORDS: &'static [(&'static str, Self)] =
        &[("active", Self::Active), ("created", Self::Created), ("inactive", Self::Inactive)];

    /// The status as the word that the file uses.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Active => "active",
            Self::Created => "created",
            Self::Inactive => "inactive",
        }
    }
}

/// How browsers connect to an agent.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub enum Wire {
    /// Audio over the page's WebSocket.
    #[default]
    Websocket,
    /// Audio over WebRTC, where the server has it.
    Webrtc,
}

impl Wire {
    pub(crate) const WORDS: &'static [(&'static str, Self)] =
        &[("websocket", Self::Websocket), ("webrtc", Self::Webrtc)];

    /// The transport as the word that the file uses.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Websocket => "websocket",
            Self::Webrtc => "webrtc",
        }
    }
}

/// Bounds of a session; the defaults are those of [`Settings`].
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct Limits {
    /// How long a hook may take before it counts as failed.
    pub hook: Duration,
    /// How long a language model may take to its first token, where others may stand in for it.
    pub first_token: Duration,
    /// How long a language model may take from one token to the next, where there are others.
    pub next_token: Duration,
    /// How far ahead of the ear audio is sent, at most.
    pub playout_lead: Duration,
    /// How long a turn may wait for its transcript, its reply or its voice.
    pub provider: Duration,
    /// The longest reply of the model, in characters; more is cut off.
    pub reply_chars: u32,
    /// The longest session.
    pub session: Duration,
    /// The longest turn of the user; then it is taken for finished.
    pub turn: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        let settings = Settings::default();
        let Deadlines { first_token, next_token } = Deadlines::default();
        Self {
            hook: settings.hook_timeout,
            first_token,
            next_token,
            playout_lead: settings.playout_lead,
            provider: settings.patience_with_providers,
            reply_chars: u32::try_from(settings.longest_reply).unwrap_or(u32::MAX),
            session: settings.longest_session,
            turn: settings.longest_turn,
        }
    }
}

impl Limits {
    /// How long a language model may take where others may stand in for it.
    pub(crate) fn deadlines(&self) -> Deadlines {
        Deadlines { first_token: self.first_token, next_token: self.next_token }
    }
}

impl AgentSpec {
    /// An agent of this name with everything at its default.
    pub fn new(name: AgentName) -> Self {
        let settings = Settings::default();
        Self {
            name,
            created_at: None,
            status: Status::default(),
            transport: Wire::default(),
            system_prompt: String::new(),
            greeting: settings.greeting,
            apology: settings.apology,
            language: settings.language,
            phrases: settings.phrases,
            llm_streaming: settings.llm_streaming,
            models: BTreeMap::new(),
            pipeline: Pipeline::default(),
            vad_threshold: settings.vad_threshold,
            turns: Turns::default(),
            no_input_timeout: settings.no_input_timeout,
            no_input_prompts: settings.no_input_prompts,
            late_filler: settings.late_filler,
            tools: Vec::new(),
            voice: settings.voice_options,
            limits: Limits::default(),
            places: BTreeMap::new(),
        }
    }

    /// The agent that comes with Rooh: it takes a message, with no key and no network.
    pub fn reception() -> Self {
        Self::from_yaml(RECEPTION).expect("the file that comes with the crate is in order; a test reads it")
    }

    /// The language model that is asked whether a turn is complete, as the pipeline names it.
    ///
    /// The word `llm` is the one that thinks, unless an entry of `models` is called so.
    pub fn judge(&self) -> Option<&str> {
        match self.pipeline.completeness.as_deref()? {
            "llm" if !self.models.contains_key("llm") => self.pipeline.llm.as_deref(),
            judge => Some(judge),
        }
    }

    /// What is not wrong, but comes out otherwise than somebody might think, or soon will.
    ///
    /// Each has its `path` and, if the agent came from YAML, `line` and `column`.
    pub fn warnings(&self, registry: &Registry) -> Vec<Error> {
        self.unheeded()
            .map(|warning| self.located(warning))
            .into_iter()
            .chain(self.retired(registry))
            .collect()
    }

    /// What is said about judging turns, and comes to nothing.
    fn unheeded(&self) -> Option<Error> {
        let asks = matches!(self.turns.endpointing, Endpointing::Auto | Endpointing::Semantic);
        match self.pipeline.completeness {
            None if self.turns.endpointing == Endpointing::Semantic => Some(
                Error::new(
                    ErrorKind::Config,
                    "no language model is asked whether a turn is complete, so the words decide by rules, as \
                 under `heuristic`; name one with `pipeline.completeness`, which may be `llm`",
                )
                .at_path("endpointing"),
            ),
            Some(_) if !asks => Some(
                Error::new(
                    ErrorKind::Config,
                    "is asked under the endpointing `auto` and `semantic` alone, and so never here",
                )
                .at_path("pipeline.completeness"),
            ),
            _ => None,
        }
    }

    /// Adds the line and column of the value that an error is about, where they are known.
    pub(crate) fn located(&self, error: Error) -> Error {
        let place = error.context("path").and_then(|path| {
            let mut path = path;
            loop {
                if let Some(place) = self.places.get(path) {
                    return Some(*place);
                }
                path = path.rsplit_once(['.', '['])?.0;
            }
        });
        match place {
            Some(place) if error.context("line").is_none() => place.on(error),
            _ => error,
        }
    }
}

/// The name of an agent: `[A-Za-z0-9][A-Za-z0-9_-]{0,63}`, and so a safe file name.
#[derive(Clone, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct AgentName(String);

impl AgentName {
    /// Takes a name.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Config`] with what is allowed.
    pub fn new(name: impl Into<String>) -> Result<Self> {
        let name = name.into();
        if is_name(&name, "_-") {
            return Ok(Self(name));
        }
        Err(Error::new(
            ErrorKind::Config,
            "a name has 1 to 64 letters, digits, hyphens and underscores, and begins with a letter or digit",
        )
        .at_path("name")
        .with("given", format!("\"{}\"", short(&name))))
    }

    /// The name.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether both names would be one file where the file system ignores case.
    pub(crate) fn collides(&self, other: &str) -> bool {
        self.0.eq_ignore_ascii_case(other)
    }
}

/// Whether `name` has 1 to 64 ASCII letters, digits and characters of `also`, and begins with a
/// letter or digit.
pub(crate) fn is_name(name: &str, also: &str) -> bool {
    name.len() <= 64
        && name.starts_with(|c: char| c.is_ascii_alphanumeric())
        && name.chars().all(|c| c.is_ascii_alphanumeric() || also.contains(c))
}

impl fmt::Debug for AgentName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.0, f)
    }
}

impl fmt::Display for AgentName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::str::FromStr for AgentName {
    type Err = Error;

    fn from_str(name: &str) -> Result<Self> {
        Self::new(name)
    }
}
