//! Sound and events over a WebSocket.
#![doc = include_str!("../README.md")]

mod closing;
mod link;
mod meter;
mod outbox;
mod transport;

pub use transport::{WebSocketTransport, Welcome, config, socket};
