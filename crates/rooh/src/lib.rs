//! The facade of Rooh: one crate to depend on, one feature for each provider.
#![doc = include_str!("../README.md")]

mod bundled;
mod names;
pub mod prelude;

pub use bundled::*;
pub use names::{Rooh, registry};

pub use rooh_core::{Agent, AgentBuilder, Error, ErrorKind, Result, SessionOptions, register};
#[doc(inline)]
pub use rooh_core::{
    agent, audio, catalog, error, event, expect, floor, hook, llm, options, provider, realtime, registry,
    session, stage, stream, stt, tool, trace, transport, tts, turn, vad, words,
};

// What people copy from the guide is compiled; what it quotes from files, `cargo xtask tidy` compares.
#[cfg(doctest)]
#[doc = include_str!("../../../docs/provider-from-scratch.md")]
mod guide {}
