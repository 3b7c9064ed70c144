//! What the server says in text messages.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};

use crate::client::PingId;
use crate::event::EventJson;

/// A text message from the server.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[serde(tag = "type", rename_all = "snake_case")]
#[non_exhaustive]
pub enum ServerMessage<'a> {
    /// All audio of this utterance was sent.
    AudioEnd {
        /// The utterance.
        generation: u64,
    },
    /// Stop playing at once, drop what was not played, and answer with `played`.
    Clear {
        /// The utterance that was cut off.
        generation: u64,
    },
    /// What the client did wrong, or why the connection ends.
    Error {
        /// One word for programs.
        code: Cow<'a, str>,
        /// A sentence for people.
        message: Cow<'a, str>,
    },
    /// Something that happened in the session.
    Event {
        /// What, and when.
        event: EventJson<'a>,
    },
    /// Stop playing at a place of this utterance, keep what was not played, and say with `played`
    /// how much was; only for clients that [hold](crate::Hello::holds).
    Hold {
        /// The utterance that is held.
        generation: u64,
        /// Milliseconds of its audio that are played before it stops; at once if they were.
        ms: f64,
    },
    /// The answer to a `ping`.
    Pong {
        /// What the `ping` carried.
        id: PingId,
    },
    /// The session is live.
    Ready {
        /// The version that is spoken.
        version: u32,
        /// The name of the session.
        session: Cow<'a, str>,
        /// The name of the agent.
        agent: Cow<'a, str>,
        /// The rate that the server expects, in samples per second.
        input_rate: u32,
        /// The rate of what the server sends, in samples per second.
        output_rate: u32,
    },
    /// Go on where playing was held.
    Release {
        /// The utterance that was held.
        generation: u64,
    },
}

impl ServerMessage<'_> {
    /// The message as it goes over the wire.
    pub fn to_json(&self) -> String {
        serde_json::to_string(self).expect("these types have string keys and finite numbers only")
    }
}
