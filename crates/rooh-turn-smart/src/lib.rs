//! Smart Turn: judges by its sound whether a turn is finished.
#![doc = include_str!("../README.md")]

mod options;

mod provider;

mod features;

mod model;

mod integers;

mod desk;

pub use features::{FRAMES, MELS, features};
pub use options::SmartTurnOptions;
pub use provider::{DESCRIPTOR, SmartTurn};
