//! Language models of OpenAI, and of every server that speaks as it does, for Rooh.
#![doc = include_str!("../README.md")]

mod openai;

mod options;

mod family;

mod request;

mod history;

mod chat;

mod responses;

mod calls;

mod thoughts;

mod failure;

pub use openai::{DESCRIPTOR, OpenAi};
pub use options::{Api, Dialect, Effort, OpenAiOptions, ReplyOptions, ServiceTier, Verbosity};

#[cfg(test)]
mod bodies;
#[cfg(test)]
mod wires;
