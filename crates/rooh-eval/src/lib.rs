//! How well an agent judges pauses, measured in the open.
#![doc = include_str!("../README.md")]

mod parallel;
mod random;
mod sound;

pub mod corpus;

mod hearing;
mod record;

mod fit;
mod measure;
mod policy;
mod weights;

pub mod call;

mod report;

pub use fit::{engine_budgets, fit};
pub use hearing::Hearing;
pub use measure::{Curve, Point, Tally, waits};
pub use policy::{Engine, Mask, OneShot, Policy, Timer, Weighed};
pub use random::Random;
pub use record::{CHECKPOINTS, PauseRecord, Signals, TurnRecord, record};
pub use report::{Report, Row, Slice, pauses};
pub use sound::Condition;
pub use weights::{BUDGETS, CLASSES, EXPECTATIONS, Weights, source};
