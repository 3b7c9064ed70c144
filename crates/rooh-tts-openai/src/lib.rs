//! Voices of OpenAI, and of every server that speaks as it does, for Rooh.
#![doc = include_str!("../README.md")]

mod openai;

mod options;

mod speaker;

mod clauses;

mod samples;

mod failure;

pub use openai::{DESCRIPTOR, OpenAi};
pub use options::{OpenAiOptions, ReplyOptions};
