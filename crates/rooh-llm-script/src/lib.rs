//! Dialogues written in YAML, as a language model for Rooh.
#![doc = include_str!("../README.md")]

mod script;

mod options;

mod run;

mod turn;

mod intents;

mod steps;

mod understand;

mod dialogue;

mod compile;

mod shape;

mod graph;

mod defaults;

mod format;

mod source;

mod template;

mod words;

mod digits;

mod edits;

mod yes_no;

mod names;

mod moments;

mod email;

pub use options::{Dialogue, Language, ScriptOptions};
pub use script::{DESCRIPTOR, Script};
