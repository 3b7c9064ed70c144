//! Tests of the audio crate, one module for each part of it.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on may panic")]

mod frame;
mod g711;
mod resample;
mod timeline;
mod wav;
