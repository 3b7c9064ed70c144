//! Claude, the language models of Anthropic, for Rooh.
#![doc = include_str!("../README.md")]

mod anthropic;

mod options;

mod thinking;

mod request;

mod reply;

mod failure;

pub use anthropic::{Anthropic, DESCRIPTOR};
pub use options::{AnthropicOptions, ApiVersion, Auth, Cache, Effort, ReplyOptions, Think};
