//! Providers by name: what is linked, and how a name becomes a provider.

use std::fmt;
use std::sync::Arc;

use serde_json::Value;

use crate::llm::LlmProvider;
use crate::options::{Options, ProviderRef};
use crate::provider::{Descriptor, Factory, Kind, Registered, unknown};
use crate::realtime::RealtimeProvider;
use crate::stt::SttProvider;
use crate::tts::TtsProvider;
use crate::turn::TurnDetector;
use crate::vad::VadProvider;
use crate::{Error, ErrorKind, Result};

/// Options that say where a provider sends what it is given, and with it the key.
const WHERE_TO: [&str; 6] = ["api_base", "base_url", "endpoint", "endpoint_url", "host", "url"];

/// Reads one variable of the environment.
pub type Environment = Arc<dyn Fn(&str) -> Option<String> + Send + Sync>;

/// Providers by name.
#[derive(Clone)]
pub struct Registry {
    descriptors: Vec<&'static Descriptor>,
    /// Names that are known but not linked, with the feature that would bring each.
    elsewhere: Vec<(Kind, &'static str, &'static str)>,
    /// Names of vendors that are gone, with what to say about each.
    gone: Vec<(Kind, &'static str, &'static str)>,
    environment: Environment,
}

impl Registry {
    /// No providers, and an empty environment.
    pub fn empty() -> Self {
        Self {
            descriptors: Vec::new(),
            elsewhere: Vec::new(),
            gone: Vec::new(),
            environment: Arc::new(|_| None),
        }
    }

    /// All providers that are linked into this program, with the environment of the process.
    ///
    /// The order is that of kinds and names, whatever the linker did.
    pub fn linked() -> Self {
        inventory::iter::<Registered>()
            .fold(Self::empty(), |registry, registered| registry.with(registered.0))
            .environment(|name| std::env::var(name).ok().filter(|value| !value.is_empty()))
    }

    /// Adds a provider, in the place of one of the same kind and name.
    #[must_use]
    pub fn with(mut self, descriptor: &'static Descriptor) -> Self {
        let key = |d: &Descriptor| (d.kind(), d.info().name);
        match self.descriptors.binary_search_by_key(&key(descriptor), |d| key(d)) {
            Ok(place) => self.descriptors[place] = descriptor,
            Err(place) => self.descriptors.insert(place, descriptor),
        }
        self
    }

    /// Reads environment variables through `read`.
    #[must_use]
    pub fn environment(mut self, read: impl Fn(&str) -> Option<String> + Send + Sync + 'static) -> Self {
        self.environment = Arc::new(read);
        self
    }

    /// The variable of the environment by this name, as providers are filled from it.
    pub fn variable(&self, name: &str) -> Option<String> {
        (self.environment)(name)
    }

    /// Names the feature that would bring a provider that is not linked.
    #[must_use]
    pub fn known_elsewhere(mut self, kind: Kind, name: &'static str, feature: &'static str) -> Self {
        self.elsewhere.push((kind, name, feature));
        self
    }

    /// Says why there is no provider of this name any more.
    #[must_use]
    pub fn known_gone(mut self, kind: Kind, name: &'static str, why: &'static str) -> Self {
        self.gone.push((kind, name, why));
        self
    }

    /// The providers, by kind and name.
    pub fn descriptors(&self) -> &[&'static Descriptor] {
        &self.descriptors
    }

    /// The provider that goes by `name`, or has a variant of that name.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::NotFound`] with what is linked and, where it is
    /// known, the feature to enable.
    pub fn find(&self, kind: Kind, name: &str) -> Result<&'static Descriptor> {
        self.lookup(kind, name).map(|(descriptor, _)| descriptor)
    }

    fn lookup(
        &self,
        kind: Kind,
        name: &str,
    ) -> Result<(&'static Descriptor, &'static [(&'static str, &'static str)])> {
        let of_kind = || self.descriptors.iter().copied().filter(|d| d.kind() == kind);
        if let Some(descriptor) = of_kind().find(|d| d.info().name == name) {
            return Ok((descriptor, &[]));
        }
        for descriptor in of_kind() {
            if let Some(variant) = descriptor.info().variants.iter().find(|variant| variant.name == name) {
                return Ok((descriptor, variant.options));
            }
        }
        if let Some((_, _, why)) = self.gone.iter().find(|(k, n, _)| *k == kind && *n == name) {
            return Err(Error::new(ErrorKind::NotFound, *why).with("provider", name));
        }
        let linked: Vec<&str> = of_kind().map(|d| d.info().name).collect();
        let linked = if linked.is_empty() { "none".to_owned() } else { linked.join(", ") };
        let error = unknown(kind, name, &linked);
        Err(match self.elsewhere.iter().find(|(k, n, _)| *k == kind && *n == name) {
            Some((_, _, feature)) => error.with("enable the Cargo feature", feature),
            None => error,
        })
    }

    /// The options with which `provider` would be built: the variant's, then the model, then what
    /// was given, then the environment for what is still missing; but no key of the environment for
    /// an address that is not the vendor's.
    fn options(&self, descriptor: &Descriptor, variant: &[(&str, &str)], provider: &ProviderRef) -> Options {
        let mut options: Options = variant.iter().map(|(name, value)| (*name, *value)).collect();
        if let Some(model) = &provider.model {
            options.insert(descriptor.info().model_option, model.as_str());
        }
        for (name, value) in provider.options.iter() {
            options.insert(name, value.clone());
        }
        let schema = descriptor.schema();
        let fields = schema.as_value()["properties"].as_object().into_iter().flatten();
        let is_elsewhere = sent_elsewhere(descriptor, &options).is_some();
        for (name, field) in fields {
            if is_elsewhere && field["format"] == "password" {
                continue;
            }
            let given = options.get(name).is_some_and(|value| !value.is_null() && value != "");
            let variable = field["x-env"].as_str().filter(|_| !given);
            if let Some(value) = variable.and_then(|variable| (self.environment)(variable)) {
                options.insert(name.as_str(), Value::String(value));
            }
        }
        options
    }

    /// The option, if there is one, by which this provider would send what it is given, and a key,
    /// to somebody else than its vendor.
    ///
    /// # Errors
    ///
    /// The name is not linked.
    pub fn sent_elsewhere(&self, kind: Kind, provider: &ProviderRef) -> Result<Option<&'static str>> {
        let (descriptor, _) = self.lookup(kind, &provider.name)?;
        Ok(sent_elsewhere(descriptor, &provider.options))
    }

    /// What is not wrong with this provider, but soon will be: a model that the vendor retires.
    ///
    /// # Errors
    ///
    /// The name is not linked.
    pub fn warning(&self, kind: Kind, provider: &ProviderRef) -> Result<Option<Error>> {
        let (descriptor, variant) = self.lookup(kind, &provider.name)?;
        Ok(retired(descriptor, &self.options(descriptor, variant, provider)))
    }

    fn build<T>(
        &self,
        kind: Kind,
        provider: &ProviderRef,
        make: impl FnOnce(Factory, Options) -> Option<Result<T>>,
    ) -> Result<T> {
        let (descriptor, variant) = self.lookup(kind, &provider.name)?;
        let options = self.options(descriptor, variant, provider);
        if let Some(warning) = retired(descriptor, &options) {
            tracing::warn!(provider = provider.name, "{warning}");
        }
        make(descriptor.factory(), options)
            .expect("a descriptor's factory makes its kind")
            .map_err(|error: Error| error.with("provider", &provider.name))
    }
}

fn sent_elsewhere(descriptor: &Descriptor, options: &Options) -> Option<&'static str> {
    let schema = descriptor.schema();
    let own = |name: &str| &schema.as_value()["properties"][name]["default"];
    WHERE_TO.into_iter().find(|name| match options.get(name) {
        None | Some(Value::Null) => false,
        Some(Value::String(text)) if text.is_empty() => false,
        Some(given) if given == own(name) => false,
        Some(given) => !given.as_str().is_some_and(|address| is_of(address, descriptor.info().hosts)),
    })
}

/// Whether an address is one of these hosts or below one, over an encrypted connection.
///
/// What is not written plainly is not: it may be read in another way elsewhere.
fn is_of(address: &str, hosts: &[&str]) -> bool {
    let Some(rest) = address.strip_prefix("https://").or_else(|| address.strip_prefix("wss://")) else {
        return false;
    };
    let (host, _) = rest.split_once('/').unwrap_or((rest, ""));
    let is_plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '.' || c == '-';
    host.chars().all(is_plain)
        && hosts
            .iter()
            .any(|own| host.strip_suffix(own).is_some_and(|below| below.is_empty() || below.ends_with('.')))
}

/// What is to be said of the model that these options choose, if its vendor retires it.
fn retired(descriptor: &Descriptor, options: &Options) -> Option<Error> {
    // Another server may have a model of that name for as long as it likes.
    if sent_elsewhere(descriptor, options).is_some() {
        return None;
    }
    let info = descriptor.info();
    let schema = descriptor.schema();
    let by_default = &schema.as_value()["properties"][info.model_option]["default"];
    let model = options.get(info.model_option).unwrap_or(by_default).as_str()?;
    let retired = info.retired.iter().find(|retired| retired.is(model))?;
    let message = format!("the vendor ends {model} on {}", retired.on);
    Some(Error::new(ErrorKind::Config, message).with("in its place", retired.successor))
}

macro_rules! build_each {
    ($($(#[$doc:meta])* $method:ident, $variant:ident, $contract:ident;)*) => {
        impl Registry {
            $(
                $(#[$doc])*
                ///
                /// # Errors
                ///
                /// The name is not linked, or the options are wrong or unknown.
                pub fn $method(&self, provider: &ProviderRef) -> Result<Arc<dyn $contract>> {
                    self.build(Kind::$variant, provider, |factory, options| match factory {
                        Factory::$variant(build) => Some(build(options)),
                        _ => None,
                    })
                }
            )*

            /// Whether `provider` could be built, without keeping it.
            ///
            /// # Errors
            ///
            /// The name is not linked, or the options are wrong or unknown.
            pub fn check(&self, kind: Kind, provider: &ProviderRef) -> Result<()> {
                match kind {
                    $(Kind::$variant => self.$method(provider).map(drop),)*
                }
            }
        }
    };
}

build_each! {
    /// Builds a language model by name.
    llm, Llm, LlmProvider;
    /// Builds a speech-to-speech model by name.
    realtime, Realtime, RealtimeProvider;
    /// Builds a recognizer by name.
    stt, Stt, SttProvider;
    /// Builds a voice by name.
    tts, Tts, TtsProvider;
    /// Builds a judge of pauses by name.
    turn, Turn, TurnDetector;
    /// Builds a voice-activity detector by name.
    vad, Vad, VadProvider;
}

impl fmt::Debug for Registry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Registry").field("descriptors", &self.descriptors).finish_non_exhaustive()
    }
}
