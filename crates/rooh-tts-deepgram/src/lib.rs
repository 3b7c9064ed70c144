//! Voices of Deepgram, Aura, for Rooh.
#![doc = include_str!("../README.md")]

mod deepgram;

mod options;

mod line;

mod reply;

mod wire;

pub use deepgram::{DESCRIPTOR, Deepgram};
pub use options::{DeepgramOptions, ReplyOptions};
