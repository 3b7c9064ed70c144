//! Layers: providers that wrap others of their kind, and keep a conversation going when one fails.
//!
//! Each implements the contract of what it wraps, so that nobody else has to know of it.
//! [`Deadline`] gives up an answer that stalls; [`Fallback`] asks the next language model when one
//! fails, and watches each by the same limits.

mod deadline;
mod fallback;
mod kept;
mod member;
mod standing;
mod stt;

pub use deadline::{Deadline, Deadlines};
pub use fallback::Fallback;
pub use standing::{LONGEST_REST, MOST_FAILURES, REST};
pub use stt::{MUTE, SttFallback};
