//! Tests of the transport against a client, in memory and over TCP.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod contract;
mod websocket;
