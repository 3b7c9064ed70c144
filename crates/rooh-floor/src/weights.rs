//! What each signal does to the wait.
//!
//! Set by hand from the figures in `docs/turns.md`, before any fit.

use crate::Words;

/// By how much the wait is multiplied for what the words end with.
pub(crate) const fn words(words: Words) -> f32 {
    match words {
        Words::Unknown | Words::Neutral => 1.0,
        Words::Hesitating => 2.5,
        Words::Open => 3.0,
        Words::Partial => 4.0,
        Words::Closed => 0.6,
        Words::Answer => 0.3,
    }
}

/// By how much the wait is multiplied for a likelihood of the end from the sound, at equal steps
/// from 0 to 1; between them it is interpolated.
pub(crate) const AUDIO: [f32; 11] = [3.0, 2.4, 2.0, 1.7, 1.5, 1.3, 1.1, 0.9, 0.7, 0.5, 0.35];

/// The same for a language model that was asked whether the turn is complete.
pub(crate) const SEMANTIC: [f32; 11] = [3.5, 3.0, 2.5, 2.0, 1.5, 1.0, 0.8, 0.65, 0.5, 0.4, 0.3];

/// The wait without any signal, in milliseconds, for a share of false cut-offs among all pauses,
/// in percent.
pub(crate) const BUDGET: [(f32, f32); 5] =
    [(1.0, 2200.0), (2.0, 1600.0), (5.0, 1000.0), (10.0, 650.0), (20.0, 400.0)];
