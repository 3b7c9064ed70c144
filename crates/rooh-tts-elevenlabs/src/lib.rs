//! Voices of ElevenLabs for Rooh.
#![doc = include_str!("../README.md")]

mod provider;

mod options;

mod reply;

mod line;

mod script;

mod http;

mod audio;

mod wire;

pub use options::{
    Api, ElevenLabsOptions, Normalization, OutputFormat, PronunciationDictionary, ReplyOptions,
};
pub use provider::{DESCRIPTOR, ElevenLabs};
