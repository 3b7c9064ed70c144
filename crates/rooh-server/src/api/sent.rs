//! An agent as it is sent: what its file will say, and beside it the keys that were typed with it.

use std::collections::{BTreeMap, HashMap};

use bytes::Bytes;
use rooh_agents::{AgentSpec, Secrets};
use rooh_core::options::Secret;
use rooh_core::{Error, ErrorKind, Result};
use serde_json::Value;

use super::read;
use crate::error::{Answer, Failure};
use crate::live::LiveAgents;

/// Keys by model, by field.
type Keys = BTreeMap<String, BTreeMap<String, Secret>>;

/// An agent that was sent.
pub(super) struct Sent {
    pub(super) spec: AgentSpec,
    keys: Keys,
}

/// The body of a request: not yet known to be an agent.
pub(super) struct Body {
    agent: Value,
    keys: Keys,
}

impl Body {
    /// Takes the keys out, so that whatever reads the agent never sees them.
    pub(super) fn read(body: &Bytes) -> Answer<Self> {
        let mut agent: Value = read(body)?;
        let keys = match agent.as_object_mut().and_then(|agent| agent.remove("secrets")) {
            None => Keys::new(),
            // What is wrong is not told in serde's words: they could hold a part of a key.
            Some(keys) => serde_json::from_value(keys)
                .map_err(|_| Failure::invalid_at("secrets", "must hold keys as text, by model and field"))?,
        };
        Ok(Self { agent, keys })
    }

    /// The agent, and its keys where there are models for them.
    ///
    /// # Errors
    ///
    /// All that is wrong with the agent, or a key that is for nothing.
    pub(super) fn agent(self) -> Result<Sent> {
        let Self { agent, keys } = self;
        let spec = AgentSpec::from_json(&agent)?;
        if let Some(model) = keys.keys().find(|model| !spec.models.contains_key(*model)) {
            let error = Error::new(ErrorKind::Config, "there is no such model, so there is no key for it");
            return Err(error.at_path(format!("secrets.{model}")));
        }
        Ok(Sent { spec, keys })
    }
}

impl Sent {
    /// Whether the agent could be built with the keys that are there and those that came with it.
    ///
    /// # Errors
    ///
    /// All that is wrong with it.
    pub(super) fn check(&self, agents: &LiveAgents) -> Result<()> {
        let variable = |model: &str, field: &str| Secrets::variable(&self.spec.name, model, field);
        let typed: HashMap<String, Secret> = self
            .keys
            .iter()
            .flat_map(|(model, fields)| {
                fields.iter().map(move |(field, key)| (variable(model, field), key.clone()))
            })
            .collect();
        let secrets = agents.secrets.clone().environment(move |name| match typed.get(name) {
            Some(key) => Some(key.reveal().to_owned()),
            None => std::env::var(name).ok(),
        });
        self.spec.check(agents.registry(), &secrets)
    }

    /// Keeps the keys, apart from the agent.
    ///
    /// # Errors
    ///
    /// One of them is empty, too long or not one line of text, or they cannot be written.
    pub(super) fn keep_keys(self, agents: &LiveAgents) -> Result<()> {
        if self.keys.is_empty() {
            return Ok(());
        }
        let keys = self.keys.into_iter().flat_map(|(model, fields)| {
            fields.into_iter().map(move |(field, key)| (model.clone(), field, key))
        });
        agents.secrets.set_all(&self.spec.name, keys)
    }
}
