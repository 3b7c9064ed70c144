//! Recognizers of Deepgram, Nova and Flux, for Rooh.
#![doc = include_str!("../README.md")]

mod deepgram;

mod options;

mod query;

mod session;

mod ledger;

mod timeline;

mod wire;

pub use deepgram::{DESCRIPTOR, Deepgram};
pub use options::{DeepgramOptions, SessionOptions};
