//! Language models of Amazon Bedrock, for Rooh.
#![doc = include_str!("../README.md")]

mod bedrock;

mod options;

mod models;

mod connection;

mod request;

mod wire;

mod reply;

mod failure;

pub use bedrock::{Bedrock, DESCRIPTOR};
pub use options::{AuthMode, BedrockOptions, Effort, PromptCache, ReplyOptions};
