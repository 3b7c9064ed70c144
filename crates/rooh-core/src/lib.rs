//! The contracts of Rooh, and the orchestrator that holds a conversation over them.
//!
//! A provider is a function from a request and an inlet to a stream of events; dropping the
//! stream cancels it. Read the modules in this order.

pub mod stream;

pub mod error;

pub mod options;

pub mod provider;

pub mod registry;

pub mod catalog;

pub mod expect;

pub mod stt;

pub mod tts;

pub mod llm;

pub mod layer;

pub mod realtime;

pub mod vad;

pub mod turn;

pub mod tool;

pub mod stage;

pub mod transport;

pub mod trace;

pub mod hook;

pub mod event;

pub mod session;

pub mod agent;

pub use agent::{Agent, AgentBuilder, SessionOptions};
pub use error::{Error, ErrorKind, Result};
pub use rooh_audio as audio;
pub use rooh_floor as floor;
pub use rooh_words as words;

#[doc(hidden)]
pub use inventory;
