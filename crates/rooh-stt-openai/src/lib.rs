//! Recognizers of OpenAI, and of every server that speaks as it does, for Rooh.
#![doc = include_str!("../README.md")]

mod openai;

mod options;

mod live;

mod items;

mod files;

mod asked;

mod failure;

pub use openai::{DESCRIPTOR, OpenAi};
pub use options::{Api, Delay, Eagerness, NoiseReduction, OpenAiOptions, SessionOptions, TurnDetection};
