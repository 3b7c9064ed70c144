//! What every provider over HTTP needs, and no more.
#![doc = include_str!("../README.md")]

mod base;
mod client;
mod failure;
mod lines;

pub use base::{BaseUrl, Cleartext};
pub use client::{Answer, Client, Lines};
pub use lines::{LineBuffer, TooLong};
