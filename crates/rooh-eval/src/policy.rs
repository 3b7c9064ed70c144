//! Ways to decide in a pause that the turn is over, tried on recorded pauses.

use std::fmt;

use rooh_floor::{Evidence, Judgement, Patience, Words};
use rooh_words::Completeness;

use crate::record::{PauseRecord, TurnRecord};
use crate::weights::Weights;

/// A way to decide in a pause that the turn is over.
pub trait Policy: fmt::Debug + Sync {
    /// When the turn is ended if the caller stays silent, in seconds of silence; `None` if never.
    ///
    /// Not before the silence was noticed.
    fn decide(&self, turn: &TurnRecord, pause: &PauseRecord) -> Option<f64>;
}

/// Ends the turn after so much silence, in seconds: what a voice-activity detector alone can do.
#[derive(Clone, Copy, Debug)]
pub struct Timer(pub f64);

impl Policy for Timer {
    fn decide(&self, _: &TurnRecord, pause: &PauseRecord) -> Option<f64> {
        Some(self.0.max(pause.noticed))
    }
}

/// Asks how the pause sounds once, when it is noticed, and waits out a fallback if the answer is no.
///
/// What pipecat does with Smart Turn by default: asked after 0.2 s, with 3 s to fall back to.
#[derive(Clone, Copy, Debug)]
pub struct OneShot {
    /// From which likelihood on the turn is over.
    pub threshold: f32,
    /// How much silence ends it otherwise, in seconds.
    pub fallback: f64,
}

impl Policy for OneShot {
    fn decide(&self, _: &TurnRecord, pause: &PauseRecord) -> Option<f64> {
        let first = pause.audio.first();
        Some(match first {
            Some((known, likely)) if *likely >= self.threshold => *known,
            _ => self.fallback.max(pause.noticed),
        })
    }
}

/// Which signals a policy uses.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub struct Mask {
    /// What the words end with.
    pub words: bool,
    /// How the pause sounds.
    pub audio: bool,
    /// What kind of answer was asked for, beyond what the words make of it.
    pub expected: bool,
}

impl Mask {
    /// Nothing but the length of the pause.
    pub const NONE: Self = Self { words: false, audio: false, expected: false };
    /// The words.
    pub const WORDS: Self = Self { words: true, ..Self::NONE };
    /// The sound.
    pub const AUDIO: Self = Self { audio: true, ..Self::NONE };
    /// Both.
    pub const BOTH: Self = Self { words: true, audio: true, expected: false };

    /// The name, as reports use it.
    pub const fn name(self) -> &'static str {
        match (self.words, self.audio, self.expected) {
            (false, false, false) => "none",
            (true, false, false) => "words",
            (false, true, false) => "audio",
            (true, true, false) => "words + audio",
            (false, false, true) => "expectation",
            (true, false, true) => "words + expectation",
            (false, true, true) => "audio + expectation",
            (true, true, true) => "words + audio + expectation",
        }
    }
}

/// Waits a base, multiplied by what each signal says, and decides anew when a signal changes.
///
/// The engine's own rule (`rooh-floor`), without what it learns of the speaker.
#[derive(Clone, Copy, Debug)]
pub struct Weighed<'a> {
    /// By how much each signal multiplies the wait.
    pub weights: &'a Weights,
    /// The signals that are used.
    pub mask: Mask,
    /// The wait without any signal, in seconds.
    pub base: f64,
    /// The shortest and the longest wait, in seconds.
    pub bounds: (f64, f64),
}

impl Weighed<'_> {
    /// The engine's shortest and longest wait, in seconds.
    pub const BOUNDS: (f64, f64) = (0.2, 5.0);

    fn wait(&self, turn: &TurnRecord, pause: &PauseRecord, at: f64) -> f64 {
        let mut wait = self.base;
        if self.mask.words {
            wait *= self.weights.words(words_at(pause, at));
        }
        if self.mask.audio
            && let Some(likely) = audio_at(pause, at)
        {
            wait *= self.weights.audio(likely);
        }
        if self.mask.expected {
            wait *= self.weights.expected(turn.expected);
        }
        wait.clamp(self.bounds.0, self.bounds.1)
    }
}

impl Policy for Weighed<'_> {
    fn decide(&self, turn: &TurnRecord, pause: &PauseRecord) -> Option<f64> {
        first_decision(pause, |at| self.wait(turn, pause, at))
    }
}

/// The rule of the engine itself, with the weights that it ships, without what it learns of a speaker.
#[derive(Clone, Copy, Debug)]
pub struct Engine {
    /// The signals that are used.
    pub mask: Mask,
    /// How long it waits.
    pub patience: Patience,
}

impl Engine {
    fn wait(&self, pause: &PauseRecord, at: f64) -> f64 {
        let evidence = Evidence {
            audio: self.mask.audio.then(|| audio_at(pause, at)).flatten(),
            words: if self.mask.words { words(words_at(pause, at)) } else { Words::Unknown },
            ..Evidence::default()
        };
        let patience = self.patience.with_signals(self.mask.words, self.mask.audio);
        Judgement::new(patience, evidence, 1.0).wait.as_secs_f64()
    }
}

impl Policy for Engine {
    fn decide(&self, _: &TurnRecord, pause: &PauseRecord) -> Option<f64> {
        first_decision(pause, |at| self.wait(pause, at))
    }
}

/// The class of words as the floor knows it.
fn words(class: Completeness) -> Words {
    match class {
        Completeness::Hesitating => Words::Hesitating,
        Completeness::Open => Words::Open,
        Completeness::Partial => Words::Partial,
        Completeness::Neutral => Words::Neutral,
        Completeness::Closed => Words::Closed,
        Completeness::Answer => Words::Answer,
        _ => Words::Unknown,
    }
}

/// When a wait that is computed anew whenever a signal changes has come to its end.
fn first_decision(pause: &PauseRecord, wait: impl Fn(f64) -> f64) -> Option<f64> {
    let mut moments: Vec<f64> = vec![pause.noticed];
    moments.extend(pause.words.iter().map(|(moment, _)| *moment));
    moments.extend(pause.audio.iter().map(|(moment, _)| *moment));
    moments.retain(|moment| *moment >= pause.noticed);
    moments.sort_by(f64::total_cmp);
    moments.iter().enumerate().find_map(|(place, moment)| {
        let decision = wait(*moment).max(*moment);
        moments.get(place + 1).is_none_or(|next| decision < *next).then_some(decision)
    })
}

/// What the words said at a moment of the pause.
pub(crate) fn words_at(pause: &PauseRecord, at: f64) -> Completeness {
    let known = pause.words.iter().rev().find(|(moment, _)| *moment <= at + 1e-9);
    known.map(|(_, class)| *class).unwrap_or_default()
}

/// What the sound said at a moment of the pause, if it was asked by then.
pub(crate) fn audio_at(pause: &PauseRecord, at: f64) -> Option<f32> {
    pause.audio.iter().rev().find(|(moment, _)| *moment <= at + 1e-9).map(|(_, likely)| *likely)
}
