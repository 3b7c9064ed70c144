//! Agents ready to talk: built when first asked for, and again when their file or keys change.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard};

use rooh_agents::{AgentName, AgentSpec, AgentStore, Host, Secrets};
use rooh_core::provider::Progress;
use rooh_core::registry::Registry;
use rooh_core::{Agent, Error, ErrorKind, Result};

/// The agents of a server.
#[derive(Debug)]
pub(crate) struct LiveAgents {
    pub(crate) store: AgentStore,
    pub(crate) secrets: Secrets,
    registry: Registry,
    host: Host,
    built: Mutex<HashMap<AgentName, Built>>,
}

/// An agent, and what it was built from.
#[derive(Debug)]
struct Built {
    agent: Agent,
    keys: Vec<(String, String, String)>,
    spec: AgentSpec,
}

impl LiveAgents {
    pub(crate) fn new(store: AgentStore, secrets: Secrets, registry: Registry, host: Host) -> Self {
        Self { store, secrets, registry, host, built: Mutex::default() }
    }

    pub(crate) fn registry(&self) -> &Registry {
        &self.registry
    }

    pub(crate) fn host(&self) -> &Host {
        &self.host
    }

    /// The agent of this name as its file says now.
    ///
    /// What it needs to load is loaded in the background, so that the first caller waits for less.
    ///
    /// # Errors
    ///
    /// There is no such agent, or all that is wrong with it.
    pub(crate) async fn get(self: &Arc<Self>, name: &AgentName) -> Result<Agent> {
        let (this, wanted) = (Arc::clone(self), name.clone());
        let (agent, is_new) = off_runtime(move || this.build(&wanted)).await?;
        if is_new {
            let name = name.clone();
            let mut loading = agent.load();
            tokio::spawn(async move {
                while let Some(progress) = loading.next().await {
                    match progress {
                        Ok(Progress { what, missing: Some(error), .. }) => {
                            let error = error.to_string();
                            tracing::warn!(agent = %name, what, error = ?error, "an agent goes on without");
                        }
                        Ok(Progress { what, done, .. }) => tracing::debug!(what, done, "loading"),
                        // Whoever talks to the agent hears of it again; this is for the log.
                        Err(error) => {
                            tracing::warn!(error = ?error.to_string(), "an agent cannot load what it needs")
                        }
                    }
                }
            });
        }
        Ok(agent)
    }

    fn build(&self, name: &AgentName) -> Result<(Agent, bool)> {
        let spec = self.store.read(name)?;
        let keys = self.keys(name)?;
        if let Some(built) = self.lock().get(name)
            && built.spec == spec
            && built.keys == keys
        {
            return Ok((built.agent.clone(), false));
        }
        let agent = spec.clone().into_builder(&self.registry, &self.secrets, &self.host)?.build()?;
        self.lock().insert(name.clone(), Built { agent: agent.clone(), keys, spec });
        Ok((agent, true))
    }

    /// What tells whether a key of the agent has changed: model, field and fingerprint.
    fn keys(&self, name: &AgentName) -> Result<Vec<(String, String, String)>> {
        let mut keys = Vec::new();
        for (model, field) in self.secrets.list(name)? {
            if let Some(info) = self.secrets.describe(name, &model, &field)? {
                keys.push((model, field, info.fingerprint));
            }
        }
        Ok(keys)
    }

    /// Forgets an agent that is no more.
    pub(crate) fn forget(&self, name: &AgentName) {
        let built = self.lock().remove(name);
        if let Some(built) = built {
            built.agent.unload();
        }
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<AgentName, Built>> {
        self.built.lock().expect("no panic happens under this lock")
    }
}

/// Runs what reads and writes files where it holds up nobody.
///
/// # Errors
///
/// What `work` says, or [`ErrorKind::Unexpected`] if it panicked.
pub(crate) async fn off_runtime<T: Send + 'static>(
    work: impl FnOnce() -> Result<T> + Send + 'static,
) -> Result<T> {
    tokio::task::spawn_blocking(work)
        .await
        .unwrap_or_else(|_| Err(Error::new(ErrorKind::Unexpected, "a computation panicked")))
}
