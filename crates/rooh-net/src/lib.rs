//! What every provider over HTTP needs, and no more.
#![doc = include_str!("../README.md")]

mod base;
mod client;
mod failure;
mod form;
mod lines;
mod socket;
mod sse;

pub use base::{BaseUrl, Cleartext, Route};
pub use client::{Answer, Client, Lines, Pieces, ServerEvents};
pub use failure::plain;
pub use form::Form;
pub use lines::{LineBuffer, TooLong};
pub use socket::{Received, Socket};
pub use sse::{BadEvent, SseBuffer, SseEvent};
