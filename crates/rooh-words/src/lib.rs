//! Whether the words of a turn are complete, and what they say while the agent speaks.
//!
//! Rules, no model: what a turn ends with in English, Spanish, German and French, what the agent
//! has asked for, and which words take the floor or leave it. There is no clock here and no task;
//! the same words give the same answer.

mod expected;
mod judge;

pub use expected::Expected;
pub use judge::{Completeness, Judgement, judge};
