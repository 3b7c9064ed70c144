//! Voices of Cartesia, for Rooh.
#![doc = include_str!("../README.md")]

mod cartesia;

mod options;

mod line;

mod reply;

mod output;

mod words;

mod wire;

pub use cartesia::{Cartesia, DESCRIPTOR};
pub use options::CartesiaOptions;
