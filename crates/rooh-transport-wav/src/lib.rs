//! A caller from a WAV file, and what it heard into another.
#![doc = include_str!("../README.md")]

mod call;
mod caller;
mod ear;
mod heard;
mod recorder;

pub use caller::{HangUp, WavCaller};
pub use heard::Heard;
pub use recorder::{Recording, StereoRecorder};
