//! Language models of Google Gemini, for Rooh.
#![doc = include_str!("../README.md")]

mod gemini;

mod options;

mod model;

mod request;

mod answer;

mod signatures;

mod failure;

pub use gemini::{DESCRIPTOR, Gemini};
pub use options::{GeminiOptions, ReplyOptions, ThinkingLevel};
