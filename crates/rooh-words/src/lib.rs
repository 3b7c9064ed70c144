//! Whether the words of a turn are complete, and what they say while the agent speaks.
//!
//! Rules, no model: what a turn ends with in English, Spanish, German and French, what the agent
//! has asked for, and which words take the floor or leave it. There is no clock here and no task;
//! the same words give the same answer.

mod answers;
mod dictation;
mod echo;
mod ending;
mod expected;
mod judge;
mod language;
mod languages;
mod number;
mod overlap;
mod text;
mod turn;

pub use echo::{ECHO_THRESHOLD, echoes, matches};
pub use expected::Expected;
pub use judge::{Completeness, Judgement, judge};
pub use languages::ENGLISH_ORDINALS;
pub use number::digits;
pub use overlap::{Overlap, overlap, significant};
