//! Servers on the loopback address that speak as vendors do, and misbehave when asked to.
//!
//! A fake answers what a vendor's own client asks, which CI checks with that client; so what a
//! provider does with a fake, it does with the vendor.

mod body;
mod ollama;

pub use body::{Cuts, Fault};
pub use ollama::{FakeModel, FakeOllama, Seen};
