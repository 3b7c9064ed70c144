//! What each signal does to the wait.
//!
//! Fitted by `rooh eval fit --seed 1 --variants 2` on the part `fit` of the corpus of `rooh-eval`:
//! 790 turns, speech by Silero, sounds by Smart Turn v3.2, words simulated (200 ms late, none
//! wrong). `docs/evaluation.md` says what is in it. The words and the budget are those of a session
//! with a recognizer, the sound that of one with both. Two numbers are set by hand, and say why.

use crate::Words;

/// By how much the wait is multiplied for what the words end with.
pub(crate) const fn words(words: Words) -> f32 {
    match words {
        Words::Unknown | Words::Neutral => 1.0,
        // So long that only the longest wait bounds them.
        Words::Hesitating | Words::Open => 20.0,
        Words::Partial => 18.459,
        // The fit says 1.25: its one human speaker reads prompts, with pauses between sentences.
        // People on the phone close a turn with a sentence more often than not.
        Words::Closed => 0.8,
        // The fit says 0.34; this answers within 350 ms at the normal patience, as it is promised,
        // also where the silence is noticed 40 ms after it began.
        Words::Answer => 0.24,
    }
}

/// By how much the wait is multiplied for a likelihood of the end from the sound, at equal steps
/// from 0 to 1; between them it is interpolated.
pub(crate) const AUDIO: [f32; 11] =
    [1.319, 1.164, 1.101, 1.060, 1.028, 1.000, 0.972, 0.943, 0.908, 0.859, 0.758];

/// The same for a language model that was asked whether the turn is complete; set by hand, since
/// every model and question is another.
pub(crate) const SEMANTIC: [f32; 11] = [3.5, 3.0, 2.5, 2.0, 1.5, 1.0, 0.8, 0.65, 0.5, 0.4, 0.3];

/// The wait in milliseconds for a share of false cut-offs among all pauses, in percent, while no
/// signal says anything: without words and sounds, with sounds, with words, and with both.
pub(crate) const BUDGET: [[(f32, f32); 6]; 4] = [
    [(1.0, 3201.1), (2.0, 2351.5), (5.0, 1294.4), (10.0, 904.7), (15.0, 578.1), (20.0, 384.5)],
    [(1.0, 3201.1), (2.0, 2351.5), (5.0, 1294.4), (10.0, 904.7), (15.0, 578.1), (20.0, 384.5)],
    [(1.0, 3201.1), (2.0, 2351.5), (5.0, 1294.4), (10.0, 904.7), (15.0, 578.1), (20.0, 384.5)],
    [(1.0, 3201.1), (2.0, 2351.5), (5.0, 1294.4), (10.0, 904.7), (15.0, 578.1), (20.0, 384.5)],
];
