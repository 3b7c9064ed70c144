//! Flite voices for Rooh, on this machine.
#![doc = include_str!("../README.md")]

mod ffi;

mod engine;

mod text;

mod units;

mod options;

mod provider;

pub use options::{FliteOptions, Voice};
pub use provider::{DESCRIPTOR, Flite};
