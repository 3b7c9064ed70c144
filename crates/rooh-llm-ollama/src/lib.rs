//! Language models that Ollama runs, for Rooh.
#![doc = include_str!("../README.md")]

mod ollama;

mod options;

mod address;

mod pull;

mod wire;

pub use ollama::{DESCRIPTOR, Ollama};
pub use options::{KeepAlive, OllamaOptions, ReplyOptions, Think};
pub use wire::Model;
