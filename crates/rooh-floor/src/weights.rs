//! What each signal does to the wait.
//!
//! Fitted by `rooh eval fit --seed 1 --variants 2` on the part `fit` of the corpus of `rooh-eval`:
//! 966 callers, speech by Silero, sounds by Smart Turn v3.2, words simulated (200 ms late, none
//! wrong). `docs/evaluation.md` says what is in it. The factors are those of a session with words
//! and a judge of sounds. Two numbers are set by hand, and say why.

use crate::Words;

/// By how much the wait is multiplied for what the words end with.
pub(crate) const fn words(words: Words) -> f32 {
    match words {
        Words::Unknown | Words::Neutral => 1.0,
        // So long that only the longest wait bounds them.
        Words::Hesitating | Words::Open | Words::Partial => 20.0,
        // The fit says 1.12: its one human speaker reads prompts, with pauses between sentences.
        // People on the phone close a turn with a sentence more often than not.
        Words::Closed => 0.8,
        Words::Answer => 0.264,
    }
}

/// By how much the wait is multiplied for a likelihood of the end from the sound, at equal steps
/// from 0 to 1; between them it is interpolated.
pub(crate) const AUDIO: [f32; 11] =
    [1.399, 1.203, 1.123, 1.074, 1.035, 1.000, 0.967, 0.931, 0.890, 0.832, 0.715];

/// The same for a language model that was asked whether the turn is complete; set by hand, since
/// every model and question is another.
pub(crate) const SEMANTIC: [f32; 11] = [3.5, 3.0, 2.5, 2.0, 1.5, 1.0, 0.8, 0.65, 0.5, 0.4, 0.3];

/// The wait in milliseconds for a share of false cut-offs among all pauses, in percent, while no
/// signal says anything: without words and sounds, with sounds, with words, and with both.
pub(crate) const BUDGET: [[(f32, f32); 6]; 4] = [
    [(1.0, 4580.1), (2.0, 3679.6), (5.0, 2730.0), (10.0, 1870.5), (15.0, 1548.3), (20.0, 1256.3)],
    [(1.0, 4580.1), (2.0, 3906.0), (5.0, 2757.3), (10.0, 2086.8), (15.0, 1627.2), (20.0, 1346.9)],
    [(1.0, 3364.4), (2.0, 2730.0), (5.0, 1579.4), (10.0, 960.3), (15.0, 613.7), (20.0, 441.9)],
    [(1.0, 3398.1), (2.0, 2730.0), (5.0, 1611.1), (10.0, 1019.4), (15.0, 645.0), (20.0, 441.9)],
];
