//! What is said about a provider once: its name, its options, how it is built.

use std::fmt;
use std::sync::Arc;

use schemars::{JsonSchema, Schema};
use serde::de::DeserializeOwned;

use crate::llm::LlmProvider;
use crate::options::Options;
use crate::realtime::RealtimeProvider;
use crate::stt::SttProvider;
use crate::tts::TtsProvider;
use crate::turn::TurnDetector;
use crate::vad::VadProvider;
use crate::{Error, ErrorKind, Result};

/// The kind of work that a provider does.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
#[non_exhaustive]
pub enum Kind {
    /// Language model.
    Llm,
    /// Speech in, speech out.
    Realtime,
    /// Speech to text.
    Stt,
    /// Text to speech.
    Tts,
    /// Judge of pauses.
    Turn,
    /// Voice activity detection.
    Vad,
}

impl Kind {
    /// All kinds.
    pub const ALL: &'static [Self] =
        &[Self::Llm, Self::Realtime, Self::Stt, Self::Tts, Self::Turn, Self::Vad];

    /// The kind as the word that crates, features and files use.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Llm => "llm",
            Self::Realtime => "realtime",
            Self::Stt => "stt",
            Self::Tts => "tts",
            Self::Turn => "turn",
            Self::Vad => "vad",
        }
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// Another name for a provider with some options set, for example one model of a vendor.
#[derive(Clone, Copy, Debug)]
pub struct Variant {
    /// The other name.
    pub name: &'static str,
    /// The options that the name stands for; options that are given win.
    pub options: &'static [(&'static str, &'static str)],
}

/// What people read about a provider before they choose it.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct Info {
    /// The name in code, files and forms: lower case, digits, hyphens.
    pub name: &'static str,
    /// The name as people write it.
    pub title: &'static str,
    /// One sentence: what it is and what it is good for.
    pub description: &'static str,
    /// Whether audio or text leaves this machine.
    pub cloud: bool,
    /// Where its vendor is: host names, each of which stands for those below it too. A key of the
    /// environment goes there, and to no other address that options name.
    pub hosts: &'static [&'static str],
    /// The option that `name/model` sets.
    pub model_option: &'static str,
    /// Models that the vendor has retired, or has said when it will.
    pub retired: &'static [Retired],
    /// Other names, each with options set.
    pub variants: &'static [Variant],
}

impl Info {
    /// A provider that sends data to a vendor.
    pub const fn cloud(name: &'static str, title: &'static str) -> Self {
        Self {
            name,
            title,
            description: "",
            cloud: true,
            hosts: &[],
            model_option: "model",
            retired: &[],
            variants: &[],
        }
    }

    /// A provider that works on this machine.
    pub const fn local(name: &'static str, title: &'static str) -> Self {
        Self { cloud: false, ..Self::cloud(name, title) }
    }

    /// Says in one sentence what it is and what it is good for.
    #[must_use]
    pub const fn description(self, description: &'static str) -> Self {
        Self { description, ..self }
    }

    /// Says where its vendor is.
    #[must_use]
    pub const fn hosts(self, hosts: &'static [&'static str]) -> Self {
        Self { hosts, ..self }
    }

    /// Says which models the vendor has retired, or will.
    #[must_use]
    pub const fn retired(self, retired: &'static [Retired]) -> Self {
        Self { retired, ..self }
    }

    /// Says which option `name/model` sets, where it is not `model`.
    #[must_use]
    pub const fn model_option(self, model_option: &'static str) -> Self {
        Self { model_option, ..self }
    }

    /// Adds other names.
    #[must_use]
    pub const fn variants(self, variants: &'static [Variant]) -> Self {
        Self { variants, ..self }
    }
}

/// A model that its vendor has retired, or has said when it will.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Retired {
    /// Its name; one that ends with `*` stands for all that begin like it.
    pub model: &'static str,
    /// Its last day, as in `2027-01-14`.
    pub on: &'static str,
    /// What the vendor recommends in its place.
    pub successor: &'static str,
}

impl Retired {
    /// Whether it is the model of this name.
    pub fn is(&self, model: &str) -> bool {
        match self.model.strip_suffix('*') {
            Some(start) => model.starts_with(start),
            None => model == self.model,
        }
    }
}

/// A provider that can be built from options alone, and so by name.
pub trait FromOptions: Sized {
    /// The options: the code API, the agent file, the wizard's form and the reference in one type.
    ///
    /// Derive `Deserialize` with `#[serde(default, deny_unknown_fields)]` and `JsonSchema`; doc
    /// comments become help texts. A [`Secret`](crate::options::Secret) field is write-only.
    /// `#[schemars(extend("x-env" = "ACME_API_KEY"))]` names the environment variable that fills
    /// a field which is not given; `#[schemars(range(min = .., max = ..))]` bounds a number.
    type Options: DeserializeOwned + JsonSchema;

    /// What people read before they choose it.
    const INFO: Info;

    /// Builds the provider; it connects to nothing and loads nothing yet.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Config`] for values that the schema cannot rule out.
    fn from_options(options: Self::Options) -> Result<Self>;
}

/// Everything that the registry needs to know about one provider: a `static` made from its type.
#[derive(Clone, Copy)]
pub struct Descriptor {
    kind: Kind,
    info: Info,
    schema: fn() -> Schema,
    factory: Factory,
    package: &'static str,
}

#[derive(Clone, Copy)]
pub(crate) enum Factory {
    Llm(fn(Options) -> Result<Arc<dyn LlmProvider>>),
    Realtime(fn(Options) -> Result<Arc<dyn RealtimeProvider>>),
    Stt(fn(Options) -> Result<Arc<dyn SttProvider>>),
    Tts(fn(Options) -> Result<Arc<dyn TtsProvider>>),
    Turn(fn(Options) -> Result<Arc<dyn TurnDetector>>),
    Vad(fn(Options) -> Result<Arc<dyn VadProvider>>),
}

fn schema_of<P: FromOptions>() -> Schema {
    schemars::schema_for!(P::Options)
}

macro_rules! descriptor_for {
    ($($(#[$doc:meta])* $method:ident, $variant:ident, $contract:ident;)*) => {
        impl Descriptor {
            $(
                $(#[$doc])*
                pub const fn $method<P: $contract + FromOptions>(package: &'static str) -> Self {
                    fn build<P: $contract + FromOptions>(options: Options) -> Result<Arc<dyn $contract>> {
                        Ok(Arc::new(P::from_options(options.read()?)?))
                    }
                    Self {
                        kind: Kind::$variant,
                        info: P::INFO,
                        schema: schema_of::<P>,
                        factory: Factory::$variant(build::<P>),
                        package,
                    }
                }
            )*
        }
    };
}

descriptor_for! {
    /// Describes a language model.
    llm, Llm, LlmProvider;
    /// Describes a speech-to-speech model.
    realtime, Realtime, RealtimeProvider;
    /// Describes a recognizer.
    stt, Stt, SttProvider;
    /// Describes a voice.
    tts, Tts, TtsProvider;
    /// Describes a judge of pauses.
    turn, Turn, TurnDetector;
    /// Describes a voice-activity detector.
    vad, Vad, VadProvider;
}

impl Descriptor {
    /// The kind of work it does.
    pub const fn kind(&self) -> Kind {
        self.kind
    }

    /// What people read before they choose it.
    pub const fn info(&self) -> &Info {
        &self.info
    }

    /// The JSON Schema of its options.
    pub fn schema(&self) -> Schema {
        (self.schema)()
    }

    /// The crate that it comes from.
    pub const fn package(&self) -> &'static str {
        self.package
    }

    pub(crate) const fn factory(&self) -> Factory {
        self.factory
    }

    /// The Cargo feature of the facade that brings it: the crate's name without `rooh-`.
    pub fn feature(&self) -> &'static str {
        self.package.strip_prefix("rooh-").unwrap_or(self.package)
    }
}

impl fmt::Debug for Descriptor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Descriptor")
            .field("kind", &self.kind)
            .field("name", &self.info.name)
            .field("package", &self.package)
            .finish_non_exhaustive()
    }
}

/// What [`register!`](crate::register) submits; not to be built by hand.
#[doc(hidden)]
#[derive(Debug)]
pub struct Registered(pub &'static Descriptor);

inventory::collect!(Registered);

/// Defines `DESCRIPTOR` for a provider next to where it is called, and submits it to the registry.
///
/// A crate that is only in the manifest is not linked, silently: whoever uses a provider by name
/// writes `use rooh_tts_acme as _;` once, or passes the provider by value.
///
/// ```ignore
/// rooh_core::register!(tts: Beeper);
/// ```
#[macro_export]
macro_rules! register {
    ($kind:ident: $provider:ty) => {
        /// What the registry knows about this provider.
        pub static DESCRIPTOR: $crate::provider::Descriptor =
            $crate::provider::Descriptor::$kind::<$provider>(env!("CARGO_PKG_NAME"));

        $crate::inventory::submit! { $crate::provider::Registered(&DESCRIPTOR) }
    };
}

/// How far loading has come.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Progress {
    /// What is being loaded, in a few words.
    pub what: String,
    /// The part that is done, from 0 to 1; `None` while that is not known.
    pub done: Option<f32>,
    /// Why it is done without, where it is not there and need not be: a warning, to be told.
    pub missing: Option<Error>,
}

impl Progress {
    /// `what` is being loaded, and this part of it is done.
    pub fn new(what: impl Into<String>, done: Option<f32>) -> Self {
        Self { what: what.into(), done, missing: None }
    }

    /// What is loaded goes on without `what`, for this reason.
    pub fn without(what: impl Into<String>, error: Error) -> Self {
        Self { what: what.into(), done: None, missing: Some(error) }
    }
}

/// How one of several providers failed, and who is asked in its place.
#[derive(Clone, Debug)]
pub struct ProviderFailure {
    /// Its name in the layer.
    pub provider: Arc<str>,
    /// Why.
    pub error: Error,
    /// Who is asked next; nobody if there is nobody left, or if a part of the answer was given
    /// already.
    pub next: Option<Arc<str>>,
}

impl PartialEq for ProviderFailure {
    /// Whether the same failed for a reason of the same kind and words, and the same is next.
    fn eq(&self, other: &Self) -> bool {
        let reason = |failure: &Self| (failure.error.kind(), failure.error.message().to_owned());
        (&self.provider, &self.next, reason(self)) == (&other.provider, &other.next, reason(other))
    }
}

/// The error for a name that is not registered.
pub(crate) fn unknown(kind: Kind, name: &str, known: &str) -> Error {
    Error::new(ErrorKind::NotFound, format!("no {kind} provider is named {name:?}")).with("linked", known)
}
