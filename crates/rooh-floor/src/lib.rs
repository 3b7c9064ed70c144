//! Whose turn it is: state machines that are told what happens and when, and answer what to do.
//!
//! There is no clock here, no task and no allocation. Moments are durations since the start of
//! the session; whoever owns a machine hands them in, calls [`Floor::handle`] with
//! [`Input::Tick`] when [`Floor::next_timeout`] has come, and does what the [`Actions`] say.
#![no_std]

mod action;
mod barge_in;
mod evidence;
mod floor;
mod gate;
mod weights;

pub use action::{Action, Actions, EndReason};
pub use barge_in::{BargeIn, Interruption, Overlap};
pub use evidence::{Endpointing, Evidence, Judgement, Patience, RecognizerTurn, Words};
pub use floor::{Floor, FloorConfig, Input};
pub use gate::{Edge, GateConfig, SpeechGate};

/// A moment of a session: how long after its start.
pub type Moment = core::time::Duration;
