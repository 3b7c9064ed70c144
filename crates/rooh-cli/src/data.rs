//! Where agents and secrets lie, and which agent is meant.

use std::path::{Path, PathBuf};

use rooh_agents::{AgentName, AgentSpec, AgentStore, Host, Secrets, read_file};
use rooh_core::agent::AgentBuilder;
use rooh_core::registry::Registry;
use rooh_core::{ErrorKind, Result};

use crate::exit::{Exit, Failure, OrExit, Outcome};

/// The data directory and the providers of this program.
pub(crate) struct Data {
    pub(crate) folder: PathBuf,
    pub(crate) registry: Registry,
}

impl Data {
    /// The given data directory, or `~/.rooh`.
    pub(crate) fn new(folder: Option<PathBuf>) -> Outcome<Self> {
        let folder = match folder {
            Some(folder) => std::path::absolute(&folder)
                .map_err(|error| Failure::new(Exit::Config, error).about("the data directory is wrong"))?,
            None => rooh_agents::default_data_dir().or_exit(Exit::Config)?,
        };
        Ok(Self { folder, registry: rooh::registry() })
    }

    pub(crate) fn store(&self) -> Outcome<AgentStore> {
        AgentStore::open(&self.folder).or_exit(Exit::Config)
    }

    pub(crate) fn secrets(&self) -> Outcome<Secrets> {
        Secrets::open(&self.folder).or_exit(Exit::Config)
    }

    /// The agent of this name or in this file; the default one if nothing is said.
    pub(crate) fn agent(&self, which: Option<&str>) -> Outcome<AgentSpec> {
        match which {
            Some(which) if is_file(which) => read(read_file(Path::new(which)), which),
            Some(name) => {
                let store = self.store()?;
                store.ensure_default().or_exit(Exit::Config)?;
                let name = AgentName::new(name).or_exit(Exit::Usage)?;
                read(store.read(&name), name.as_str())
            }
            None => {
                let store = self.store()?;
                store.ensure_default().or_exit(Exit::Config)?;
                store.default_agent().or_exit(Exit::Missing)
            }
        }
    }

    /// The agent as a builder, with its providers looked up.
    pub(crate) fn builder(&self, spec: AgentSpec) -> Outcome<AgentBuilder> {
        let about = format!("agent {}", spec.name);
        spec.into_builder(&self.registry, &self.secrets()?, &Host::new(&self.folder))
            .or_unavailable(Exit::Data)
            .map_err(|failure| failure.about(about))
    }
}

/// Whether an argument names a file and not an agent: it has a path or an ending.
pub(crate) fn is_file(which: &str) -> bool {
    which.contains(['/', '.', std::path::MAIN_SEPARATOR])
}

fn read(spec: Result<AgentSpec>, about: &str) -> Outcome<AgentSpec> {
    spec.map_err(|error| {
        let exit = if error.kind() == ErrorKind::NotFound { Exit::Missing } else { Exit::Data };
        match exit {
            // The error names the agent itself.
            Exit::Missing => Failure::new(exit, error),
            _ => Failure::new(exit, error).about(about),
        }
    })
}
