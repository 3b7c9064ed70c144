//! Where model files and speech libraries are, and how to bring them.
#![doc = include_str!("../README.md")]

mod asset;
mod table;

mod embedded;
mod package;
mod wheel;

mod archive;
mod hash;
mod machine;

pub use asset::{Asset, Status};
pub use table::{assets, find};

#[cfg(all(test, unix))]
#[allow(clippy::unwrap_used, reason = "a test stops at the first surprise")]
mod tests;
#[cfg(all(test, unix))]
#[allow(clippy::unwrap_used, reason = "a test stops at the first surprise")]
mod wheel_tests;

#[doc(hidden)]
pub use embedded::Embedded;
#[doc(hidden)]
pub use inventory;
