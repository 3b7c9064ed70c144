//! From a file to an agent: providers are looked up, secrets filled in, keys kept where they belong.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use rooh_core::agent::{Agent, AgentBuilder, Greeting};
use rooh_core::catalog::OptionKind;
use rooh_core::layer::{Fallback, SttFallback, TtsFallback};
use rooh_core::llm::LlmProvider;
use rooh_core::options::{ProviderRef, Secret};
use rooh_core::provider::Kind;
use rooh_core::registry::Registry;
use rooh_core::stt::SttProvider;
use rooh_core::tool::EndCall;
use rooh_core::tts::TtsProvider;
use rooh_core::turn::TurnDetector;
use rooh_core::vad::VadProvider;
use rooh_core::{Error, ErrorKind, Result};
use serde_json::Value;

use crate::messages::SaveMessage;
use crate::secrets::Secrets;
use crate::spec::{AgentSpec, Limits, ModelSpec};

/// What the program gives to the agents that it runs.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Host {
    /// The data directory; `save_message` writes below it.
    pub data_dir: PathBuf,
}

impl Host {
    /// A program with this data directory.
    pub fn new(data_dir: impl Into<PathBuf>) -> Self {
        Self { data_dir: data_dir.into() }
    }

    /// The data directory.
    pub fn data_dir(&self) -> &Path {
        &self.data_dir
    }
}

/// A provider that was built, on its way into the builder.
enum Built {
    Llm(Arc<dyn LlmProvider>),
    Stt(Arc<dyn SttProvider>),
    Tts(Arc<dyn TtsProvider>),
    Turn(Arc<dyn TurnDetector>),
    Vad(Arc<dyn VadProvider>),
}

impl Built {
    fn new(registry: &Registry, kind: Kind, provider: &ProviderRef) -> Result<Self> {
        match kind {
            Kind::Llm => registry.llm(provider).map(Self::Llm),
            Kind::Stt => registry.stt(provider).map(Self::Stt),
            Kind::Tts => registry.tts(provider).map(Self::Tts),
            Kind::Turn => registry.turn(provider).map(Self::Turn),
            Kind::Vad => registry.vad(provider).map(Self::Vad),
            _ => Err(Error::new(ErrorKind::Unsupported, format!("an agent on file has no {kind} stage"))),
        }
    }

    fn join(self, role: &str, builder: AgentBuilder) -> AgentBuilder {
        match self {
            Self::Llm(llm) if role == COMPLETENESS => builder.completeness_by(llm),
            Self::Llm(llm) => builder.llm(llm),
            Self::Stt(stt) => builder.stt(stt),
            Self::Tts(tts) => builder.tts(tts),
            Self::Turn(turn) => builder.turn_detector(turn),
            Self::Vad(vad) => builder.vad(vad),
        }
    }
}

/// The stage that a language model has besides its own.
const COMPLETENESS: &str = "completeness";

/// Who is named for a stage of the pipeline.
struct Named<'a> {
    /// What it does in the pipeline.
    role: &'static str,
    kind: Kind,
    name: &'a str,
    /// Its place in the order of failover; nothing if it is the only one.
    place: Option<usize>,
}

impl<'a> Named<'a> {
    fn alone(role: &'static str, kind: Kind, name: &'a str) -> Self {
        Self { role, kind, name, place: None }
    }

    /// Where it stands in the file.
    fn path(&self) -> String {
        let Self { role, place, .. } = self;
        place.map_or(format!("pipeline.{role}"), |place| format!("pipeline.{role}[{place}]"))
    }

    /// What its secrets go by, if it names a provider directly.
    fn model(&self) -> String {
        match self.place {
            None | Some(0) => self.role.to_owned(),
            Some(place) => format!("{}-{place}", self.role),
        }
    }
}

/// One stage of the pipeline and where it was described.
struct Stage {
    kind: Kind,
    /// The name that the stage's secrets go by.
    model: String,
    /// Where its name stands: `models.NAME.class` or `pipeline.ROLE`.
    name_path: String,
    /// Where its options stand: `models.NAME` or `pipeline.ROLE`.
    path: String,
    provider: ProviderRef,
}

impl AgentSpec {
    /// Whether an agent could be built from this, with all that is wrong if not.
    ///
    /// # Errors
    ///
    /// [`Error::parts`] has one error for each thing that is wrong, with its `path` such as
    /// `models.cartesia.sample_rate` and, if the agent came from YAML, `line` and `column`. A
    /// provider that is not linked is an error that names the Cargo feature which brings it.
    pub fn check(&self, registry: &Registry, secrets: &Secrets) -> Result<()> {
        let mut problems = Vec::new();
        if self.pipeline.llm.is_none() {
            problems.push(
                Error::new(ErrorKind::Config, "an agent on file needs a language model")
                    .at_path("pipeline.llm"),
            );
        }
        for named in self.stages() {
            let checked = self.stage(&named).and_then(|stage| self.check_stage(&stage, registry, secrets));
            problems.extend(checked.err());
        }
        problems.extend(self.late_deadline());
        // What no stage names may wait for its provider, but what it says must be right.
        for (name, model) in &self.models {
            if self.stages().any(|named| named.name == name) {
                continue;
            }
            let named = Named::alone(model.kind.as_str(), model.kind, name);
            let checked =
                self.stage(&named).and_then(|stage| match registry.find(model.kind, &stage.provider.name) {
                    Err(_) => Ok(()),
                    Ok(_) => self.check_stage(&stage, registry, secrets),
                });
            problems.extend(checked.err());
        }
        self.outcome(problems)
    }

    /// Of the models that stages name, those that their vendors retire.
    pub(crate) fn retired(&self, registry: &Registry) -> impl Iterator<Item = Error> {
        self.stages().filter_map(|named| {
            let stage = self.stage(&named).ok()?;
            let warning = registry.warning(stage.kind, &stage.provider).ok()??;
            Some(self.located(warning.at_path(stage.path)))
        })
    }

    /// The agent as a builder, so that a program can add hooks and tools of its own.
    ///
    /// A stage that the file does not name is left out; [`AgentBuilder::build`] says whether
    /// what is there suffices.
    ///
    /// # Errors
    ///
    /// As for [`check`](Self::check).
    pub fn into_builder(self, registry: &Registry, secrets: &Secrets, host: &Host) -> Result<AgentBuilder> {
        let mut builder = Agent::builder(registry.clone()).name(self.name.as_str());
        let mut problems = Vec::new();
        let mut minds = Fallback::new().deadlines(self.limits.deadlines());
        let (mut ears, mut voices) = (SttFallback::new(), TtsFallback::new());
        for named in self.stages() {
            let built = self.stage(&named).and_then(|stage| {
                let provider = self.provider(&stage, registry, secrets)?;
                Built::new(registry, named.kind, &provider).map_err(|error| error.at_path(&stage.path))
            });
            match built {
                Ok(built) if named.place.is_some() => {
                    // Events go to browsers; what is behind the question mark need not.
                    let name = named.name.split('?').next().unwrap_or_default();
                    match built {
                        Built::Llm(llm) => minds = minds.then_shared(name, llm),
                        Built::Stt(stt) => ears = ears.then_shared(name, stt),
                        Built::Tts(tts) => voices = voices.then_shared(name, tts),
                        Built::Turn(_) | Built::Vad(_) => {}
                    }
                }
                Ok(built) => builder = self.join(built, named.role, builder),
                Err(error) => problems.push(error),
            }
        }
        problems.extend(self.late_deadline());
        self.outcome(problems)?;
        let in_order =
            [Built::Llm(Arc::new(minds)), Built::Stt(Arc::new(ears)), Built::Tts(Arc::new(voices))];
        for (kind, built) in [Kind::Llm, Kind::Stt, Kind::Tts].into_iter().zip(in_order) {
            if !self.pipeline.fallbacks_of(kind).is_empty() {
                builder = self.join(built, kind.as_str(), builder);
            }
        }
        for tool in &self.tools {
            builder = match tool.as_str() {
                "end_call" => builder.tool(EndCall),
                "save_message" => builder.tool(SaveMessage::new(host.data_dir())),
                _ => unreachable!("reading the file refused every other tool"),
            };
        }
        Ok(self.behave(builder))
    }

    /// Puts a provider in its place, and the one that thinks and judges into both.
    fn join(&self, built: Built, role: &str, builder: AgentBuilder) -> AgentBuilder {
        let builder = match &built {
            Built::Llm(llm) if self.thinks_and_judges() => builder.completeness_by(Arc::clone(llm)),
            _ => builder,
        };
        built.join(role, builder)
    }

    /// Whether the session would give up the answer before the next model is asked.
    fn late_deadline(&self) -> Option<Error> {
        let Limits { first_token, provider, .. } = self.limits;
        let is_late = !self.pipeline.llm_fallbacks.is_empty() && first_token >= provider;
        is_late.then(|| {
            Error::new(
                ErrorKind::Config,
                "must be shorter than `provider_ms`, after which the answer is given up",
            )
            .at_path("limits.first_token_ms")
            .with("given", format!("{} ms", first_token.as_millis()))
            .with("provider_ms", format!("{} ms", provider.as_millis()))
        })
    }

    /// Everything but providers and tools.
    fn behave(self, builder: AgentBuilder) -> AgentBuilder {
        let builder = match self.greeting {
            Greeting::Say(text) => builder.greeting(text),
            Greeting::Generated => builder.generated_greeting(),
            _ => builder,
        };
        self.turns
            .behave(builder)
            .system_prompt(self.system_prompt)
            .phrases(self.phrases)
            .vad_threshold(self.vad_threshold)
            .no_input(self.no_input_timeout, self.no_input_prompts)
            .settings(|settings| {
                settings.apology = self.apology;
                settings.hook_timeout = self.limits.hook;
                settings.language = self.language;
                settings.late_filler = self.late_filler;
                settings.llm_streaming = self.llm_streaming;
                settings.longest_reply = self.limits.reply_chars as usize;
                settings.longest_session = self.limits.session;
                settings.longest_turn = self.limits.turn;
                settings.patience_with_providers = self.limits.provider;
                settings.playout_lead = self.limits.playout_lead;
                settings.voice_options = self.voice;
            })
    }

    fn outcome(&self, problems: Vec<Error>) -> Result<()> {
        let located: Vec<Error> = problems
            .iter()
            .flat_map(|problem| problem.parts())
            .map(|problem| self.located(problem.clone()))
            .collect();
        if located.is_empty() { Ok(()) } else { Err(Error::all(located)) }
    }

    /// All who are named for the stages; a model that thinks and judges turns is there once.
    fn stages(&self) -> impl Iterator<Item = Named<'_>> {
        let judge = self.judge().filter(|_| !self.thinks_and_judges());
        let stages = self.pipeline.stages().map(|(kind, name)| Named {
            place: (!self.pipeline.fallbacks_of(kind).is_empty()).then_some(0),
            ..Named::alone(kind.as_str(), kind, name)
        });
        let others = [Kind::Stt, Kind::Llm, Kind::Tts].into_iter().flat_map(|kind| {
            self.pipeline.fallbacks_of(kind).iter().zip(1..).map(move |(name, place)| Named {
                place: Some(place),
                ..Named::alone(kind.as_str(), kind, name)
            })
        });
        stages.chain(others).chain(judge.map(|judge| Named::alone(COMPLETENESS, Kind::Llm, judge)))
    }

    fn thinks_and_judges(&self) -> bool {
        self.judge().is_some_and(|judge| self.pipeline.llm.as_deref() == Some(judge))
    }

    /// The provider behind a stage, as the file describes it.
    fn stage(&self, named: &Named<'_>) -> Result<Stage> {
        let at_stage = named.path();
        let Named { kind, name, .. } = *named;
        let Some(model) = self.models.get(name) else {
            let provider: ProviderRef = name.parse().map_err(|error: Error| error.at_path(&at_stage))?;
            return Ok(Stage {
                kind,
                model: named.model(),
                name_path: at_stage.clone(),
                path: at_stage,
                provider,
            });
        };
        if model.kind != kind {
            return Err(Error::new(ErrorKind::Config, format!("names a model of type {}", model.kind))
                .at_path(at_stage)
                .with("wanted", kind));
        }
        let path = format!("models.{name}");
        let name_path = format!("{path}.class");
        let provider = model.provider().map_err(|error| error.at_path(&name_path))?;
        Ok(Stage { kind, model: name.to_owned(), name_path, path, provider })
    }

    fn check_stage(&self, stage: &Stage, registry: &Registry, secrets: &Secrets) -> Result<()> {
        let provider = self.provider(stage, registry, secrets)?;
        registry.check(stage.kind, &provider).map_err(|error| error.at_path(&stage.path))
    }

    /// The provider of a stage with its secrets, and with the assurance that each key goes where
    /// it belongs.
    fn provider(&self, stage: &Stage, registry: &Registry, secrets: &Secrets) -> Result<ProviderRef> {
        let mut provider = stage.provider.clone();
        let entry = registry.entry(stage.kind, &provider.name).map_err(|error| {
            let error = error.at_path(&stage.name_path);
            let names: Vec<&str> = self.models.keys().map(String::as_str).collect();
            match stage.path.starts_with("pipeline.") && !names.is_empty() {
                true => error.with("models of this file", names.join(", ")),
                false => error,
            }
        })?;
        let mut problems = Vec::new();
        let elsewhere = registry.sent_elsewhere(stage.kind, &provider)?;
        for option in entry.options.iter().filter(|option| option.kind == OptionKind::Secret) {
            let field = option.name.as_str();
            if provider.options.get(field).is_some_and(|value| !value.is_null()) {
                problems.push(
                    Error::new(
                        ErrorKind::Config,
                        "a secret does not belong in an agent file; take it out and set it with \
                         `rooh secrets set`, or bring the file in with `rooh agents import`",
                    )
                    .at_path(format!("{}.{field}", stage.path)),
                );
                continue;
            }
            let own = secrets.find(&self.name, &stage.model, field)?;
            let variable = option.env.as_deref();
            match (own, elsewhere, variable) {
                (Some(own), ..) => {
                    provider.options.insert(field, own.reveal());
                }
                (None, Some(elsewhere), Some(variable)) if registry.variable(variable).is_some() => {
                    problems.push(
                        Error::new(
                            ErrorKind::Config,
                            "changes where the provider's key is sent; a model that does so needs a key of \
                             its own",
                        )
                        .at_path(format!("{}.{elsewhere}", stage.path))
                        .with("key that is not sent there", variable)
                        .with("variable for its own key", Secrets::variable(&self.name, &stage.model, field)),
                    );
                }
                _ => {}
            }
        }
        if problems.is_empty() { Ok(provider) } else { Err(Error::all(problems)) }
    }

    /// Takes all secrets out of the models, as model, field and secret.
    ///
    /// Where the provider is linked its schema says what is a secret; elsewhere the name of the
    /// option does, such as `api_key` or `session_token`.
    pub fn take_secrets(&mut self, registry: &Registry) -> Vec<(String, String, Secret)> {
        let mut taken = Vec::new();
        for (name, model) in &mut self.models {
            let entry =
                model.provider().ok().and_then(|provider| registry.entry(model.kind, &provider.name).ok());
            let is_secret = |field: &str| match &entry {
                Some(entry) => entry
                    .options
                    .iter()
                    .any(|option| option.kind == OptionKind::Secret && option.name == field),
                None => sounds_secret(field),
            };
            let fields: Vec<String> = model
                .options
                .iter()
                .map(|(field, _)| field.to_owned())
                .filter(|field| is_secret(field))
                .collect();
            for field in fields {
                match model.options.remove(&field) {
                    Some(Value::String(text)) if text.is_empty() => {}
                    Some(Value::String(text)) => taken.push((name.clone(), field, Secret::new(text))),
                    Some(Value::Number(number)) => {
                        taken.push((name.clone(), field, Secret::new(number.to_string())));
                    }
                    _ => {}
                }
            }
        }
        taken
    }
}

impl ModelSpec {
    /// The provider and its options.
    fn provider(&self) -> Result<ProviderRef> {
        let provider: ProviderRef = self.class.parse()?;
        let options = provider.options.iter().chain(self.options.iter());
        let options = options.map(|(name, value)| (name.to_owned(), value.clone())).collect();
        Ok(ProviderRef { options, ..provider })
    }
}

/// Whether an option of an unknown provider is a secret, by its name.
fn sounds_secret(field: &str) -> bool {
    let field = field.to_ascii_lowercase();
    let last = field.rsplit(['_', '-', '.']).next().unwrap_or_default();
    matches!(last, "apikey" | "credential" | "credentials" | "key" | "password" | "secret" | "token")
}
