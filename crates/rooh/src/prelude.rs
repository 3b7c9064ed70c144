//! What most programs and most providers need: `use rooh::prelude::*;`.
//!
//! The names are those that are written in every example. What only few programs need is reached
//! through its module, for example [`crate::event`].

pub use std::time::Duration;

pub use rooh_core::agent::{Agent, AgentBuilder, Greeting, SessionOptions};
pub use rooh_core::audio::{AudioFormat, AudioFrame, SessionTime};
pub use rooh_core::error::{Error, ErrorKind, Result};
pub use rooh_core::event::{Event, EventKind, SessionEnd, SessionState};
pub use rooh_core::hook::{ClauseAction, Hook, ToolAction, TranscriptAction, TurnAction, UserTurn};
pub use rooh_core::llm::{LlmEvent, LlmProvider, LlmRequest, Message, StopReason};
pub use rooh_core::options::{Options, ProviderRef, Secret};
pub use rooh_core::provider::{FromOptions, Info, Kind};
pub use rooh_core::session::{Session, SessionContext, SessionHandle, SessionId};
pub use rooh_core::stream::{Emitter, Events, Feed, Inlet};
pub use rooh_core::stt::{
    BatchStt, Batched, SttCapabilities, SttEvent, SttInput, SttProvider, SttRequest, Transcript,
};
pub use rooh_core::tool::{Tool, ToolSpec};
pub use rooh_core::transport::Transport;
pub use rooh_core::tts::{ClauseTts, Clausewise, Spoken, TtsCapabilities, TtsEvent, TtsProvider, TtsRequest};
pub use rooh_core::turn::{TurnDetector, TurnView};
pub use rooh_core::vad::{Vad, VadProvider};

pub use crate::names::Rooh;
