//! `rooh doctor`: what is there, what is missing, and how to bring it.

mod ollama;
mod speed;

use std::path::Path;

use rooh_agents::{AgentSpec, AgentStore, Secrets};
use rooh_core::catalog::OptionKind;
use rooh_core::options::ProviderRef;
use rooh_core::provider::{Descriptor, Kind};
use rooh_core::registry::Registry;
use rooh_core::stream::Events;
use serde_json::{Value, json};

use crate::args::DoctorOptions;
use crate::data::Data;
use crate::exit::{Exit, Failure, Outcome};
use crate::plain::one_line;
use crate::show::{print, print_json};

/// Keys of vendors that people are likely to have, whether their provider is linked or not.
const KEYS: &[&str] = &[
    "ANTHROPIC_API_KEY",
    "ASSEMBLYAI_API_KEY",
    "AWS_BEARER_TOKEN_BEDROCK",
    "AZURE_OPENAI_API_KEY",
    "CARTESIA_API_KEY",
    "DEEPGRAM_API_KEY",
    "ELEVENLABS_API_KEY",
    "GEMINI_API_KEY",
    "GOOGLE_API_KEY",
    "GROQ_API_KEY",
    "MISTRAL_API_KEY",
    "OPENAI_API_KEY",
    "OPENROUTER_API_KEY",
    "SPEECHMATICS_API_KEY",
];

/// How a finding is to be taken.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum State {
    /// It is there, and works.
    Good,
    /// It is not there, and need not be.
    Note,
    /// It is missing, and something will not work without it.
    Bad,
}

/// One thing that was looked at.
#[derive(Debug)]
pub(crate) struct Finding {
    what: String,
    state: State,
    detail: String,
    exit: Option<Exit>,
}

impl Finding {
    pub(crate) fn new(what: impl Into<String>, state: State, detail: impl Into<String>) -> Self {
        Self { what: what.into(), state, detail: detail.into(), exit: None }
    }

    fn ends_with(self, exit: Exit) -> Self {
        Self { exit: Some(exit), ..self }
    }
}

pub(crate) fn run(data: &Data, options: &DoctorOptions) -> Outcome {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(|error| Failure::new(Exit::Failure, error))?;
    let mut exit = None;
    let mut report = Vec::new();
    let mut tell = |finding: Finding| -> Outcome {
        exit = exit.or(finding.exit);
        match options.json {
            true => report.push(json!({
                "what": finding.what,
                "state": match finding.state { State::Good => "good", State::Note => "note", State::Bad => "bad" },
                "detail": finding.detail,
            })),
            false => {
                let mark = match finding.state {
                    State::Good => "  ok",
                    State::Note => "   -",
                    State::Bad => "  no",
                };
                print(&format!("{mark}  {}: {}\n", finding.what, one_line(&finding.detail)))?;
            }
        }
        Ok(())
    };
    tell(Finding::new("version", State::Good, env!("CARGO_PKG_VERSION")))?;
    folder(&data.folder).into_iter().try_for_each(&mut tell)?;
    for asset in rooh_models::assets() {
        let status = asset.status();
        let state = if status.is_there() { State::Good } else { State::Note };
        tell(Finding::new(asset.title, state, status.to_string()))?;
    }
    for descriptor in data.registry.descriptors() {
        tell(runtime.block_on(provider(&data.registry, descriptor)))?;
    }
    keys(&data.registry).into_iter().try_for_each(&mut tell)?;
    tell(runtime.block_on(ollama::look()))?;
    runtime.block_on(speed::measure(&data.registry)).into_iter().try_for_each(&mut tell)?;
    if options.json {
        print_json(&Value::Array(report))?;
    }
    exit.map_or(Ok(()), |exit| Err(Failure::silent(exit)))
}

/// The data directory, its agents and its secrets; nothing is made that is not there.
fn folder(folder: &Path) -> Vec<Finding> {
    // Opening makes what is not there, and a look should leave nothing behind.
    if !["agents", "secrets"].iter().all(|part| folder.join(part).exists()) {
        let detail = format!("{} will be made on the first start", folder.display());
        return vec![Finding::new("data directory", State::Note, detail)];
    }
    let mut findings = Vec::new();
    match AgentStore::open(folder).and_then(|store| store.list()) {
        Ok(agents) => {
            let damaged: Vec<&str> =
                agents.iter().filter(|agent| agent.spec.is_err()).map(|agent| agent.name.as_str()).collect();
            let count = format!("{}, with {} agents", folder.display(), agents.len());
            findings.push(Finding::new("data directory", State::Good, count));
            if !damaged.is_empty() {
                let detail = format!("{} (see `rooh agents check`)", damaged.join(", "));
                findings.push(Finding::new("damaged agents", State::Bad, detail).ends_with(Exit::Data));
            }
        }
        Err(error) => {
            let finding = Finding::new("data directory", State::Bad, error.to_string());
            findings.push(finding.ends_with(Exit::Config));
        }
    }
    findings.push(match Secrets::open(folder) {
        Ok(_) => Finding::new("secrets", State::Good, "readable by you alone"),
        Err(error) => Finding::new("secrets", State::Bad, error.to_string()).ends_with(Exit::Config),
    });
    findings
}

/// Whether a provider that needs no vendor can be loaded: its libraries and models are there.
async fn provider(registry: &Registry, descriptor: &Descriptor) -> Finding {
    let info = descriptor.info();
    let what = format!("{} {}", descriptor.kind(), info.name);
    if info.cloud {
        return Finding::new(what, State::Note, "a vendor's; it is not asked before an agent uses it");
    }
    let reference = ProviderRef::new(info.name);
    let load = match descriptor.kind() {
        Kind::Llm => registry.llm(&reference).map(|llm| llm.load()),
        Kind::Stt => registry.stt(&reference).map(|stt| stt.load()),
        Kind::Tts => registry.tts(&reference).map(|tts| tts.load()),
        Kind::Turn => registry.turn(&reference).map(|turn| turn.load()),
        Kind::Vad => registry.vad(&reference).map(|vad| vad.load()),
        _ => Ok(Events::empty()),
    };
    let loaded = match load {
        Ok(load) => load.collect().await.map(drop),
        Err(error) => Err(error),
    };
    match loaded {
        Ok(()) => Finding::new(what, State::Good, info.description),
        // The agent that comes with Rooh must work; another provider may wait for its model.
        Err(error) if used_by_reception(descriptor) => {
            Finding::new(what, State::Bad, error.to_string()).ends_with(Exit::Unavailable)
        }
        Err(error) => Finding::new(what, State::Note, error.to_string()),
    }
}

/// Whether the agent cannot do without it: a call goes on without a turn detector.
fn used_by_reception(descriptor: &Descriptor) -> bool {
    descriptor.kind() != Kind::Turn
        && AgentSpec::reception()
            .models
            .values()
            .any(|model| model.kind == descriptor.kind() && model.class == descriptor.info().name)
}

/// Which keys are in the environment: their names alone.
fn keys(registry: &Registry) -> Vec<Finding> {
    let catalog = registry.catalog();
    let linked = catalog
        .providers
        .iter()
        .flat_map(|entry| &entry.options)
        .filter(|option| option.kind == OptionKind::Secret)
        .filter_map(|option| option.env.as_deref());
    let mut names: Vec<&str> = linked.chain(KEYS.iter().copied()).collect();
    names.sort_unstable();
    names.dedup();
    names.retain(|name| registry.variable(name).is_some());
    match names.is_empty() {
        true => vec![Finding::new("vendor keys", State::Note, "none in the environment")],
        false => {
            let detail =
                format!("{} (in the environment; not used before an agent asks for it)", names.join(", "));
            vec![Finding::new("vendor keys", State::Good, detail)]
        }
    }
}
