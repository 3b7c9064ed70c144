//! Tests of calls from files, on the paused clock, and of recordings.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on may panic")]

mod caller;
mod contract;
mod recorder;
