//! The JSON form of events and commands, as browsers, scripts and files see them.
#![doc = include_str!("../README.md")]

mod audio;
mod client;
mod event;
mod floor;
mod server;

pub use audio::{decode_audio, encode_audio};
pub use client::{ClientMessage, Fault, FaultKind, Hello, PingId};
pub use event::{EventBody, EventJson, Factors, TimingPart};
pub use server::ServerMessage;

/// The version of the protocol that this crate speaks.
pub const VERSION: u32 = 1;

/// The name under which a WebSocket client asks for this version.
pub const SUBPROTOCOL: &str = "rooh.v1";

/// The longest message in either direction, in bytes.
pub const MAX_MESSAGE_BYTES: usize = 64 * 1024;

/// The longest text that a client may type or have said, in characters.
pub const MAX_TEXT_CHARS: usize = 4_000;

/// The rates that a client may record and play at, in samples per second.
pub const RATES: std::ops::RangeInclusive<u32> = 8_000..=48_000;
