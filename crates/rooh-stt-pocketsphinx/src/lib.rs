//! PocketSphinx speech recognition for Rooh, on this machine.
#![doc = include_str!("../README.md")]

mod ffi;

mod options;

mod model;

mod pool;

mod gate;

mod grammar;

mod phrases;

mod render;

mod utterance;

mod provider;

pub use options::PocketsphinxOptions;
pub use provider::{DESCRIPTOR, Pocketsphinx};
