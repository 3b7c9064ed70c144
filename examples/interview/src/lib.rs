//! An interviewer who lets people think.
//!
//! Three seconds of silence are allowed, and what is said then is judged: an answer that is not
//! complete is held, joined with what follows, and met with "take your time", though not too
//! often. Only a complete answer leads to the next question.

mod candidate;
mod interviewer;

pub use candidate::{Answer, Candidate};
pub use interviewer::Interviewer;
