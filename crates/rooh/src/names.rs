//! How a name becomes a provider: everything that is switched on, and a hint for what is not.

use rooh_core::provider::Kind;
use rooh_core::registry::Registry;
use rooh_core::{Agent, AgentBuilder};

use crate::bundled::{BUNDLED, KNOWN};

/// Where an agent begins.
#[derive(Clone, Copy, Debug)]
pub struct Rooh;

impl Rooh {
    /// Starts to describe an agent whose providers are looked up in [`registry`].
    pub fn builder() -> AgentBuilder {
        Agent::builder(registry())
    }
}

/// Vendors whose names stand in older files, and who are gone.
const GONE: [(Kind, &str, &str); 2] = [
    (
        Kind::Tts,
        "playht",
        "PlayHT ended its service on 2025-12-31; in its place: cartesia, elevenlabs, deepgram",
    ),
    (
        Kind::Tts,
        "playai",
        "PlayAI ended its service on 2025-12-31; in its place: cartesia, elevenlabs, deepgram",
    ),
];

/// All providers of this program: those of the features that are on, and those that other crates
/// registered.
///
/// A lookup that fails for a provider which Rooh has, but which is not switched on, names the
/// feature to enable.
pub fn registry() -> Registry {
    let registry = GONE
        .iter()
        .fold(Registry::linked(), |registry, (kind, name, why)| registry.known_gone(*kind, name, why));
    let registry = BUNDLED.iter().fold(registry, |registry, provider| registry.with(provider));
    KNOWN
        .iter()
        .fold(registry, |registry, known| registry.known_elsewhere(known.kind, known.name, known.feature))
}

/// A provider that Rooh has, whether it is switched on or not.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Known {
    pub(crate) kind: Kind,
    pub(crate) name: &'static str,
    /// What to enable in the manifest, in words that stand after "enable the Cargo feature: ".
    pub(crate) feature: &'static str,
}
