//! Callers with the truth about them: what is said, where they pause, and which pause is the end.

mod build;
mod espeak;
mod prompts;
mod scripts;
mod words;
mod write;

use std::sync::Arc;

use rooh_words::Expected;

use crate::random::Random;
use crate::sound::{Condition, at};

pub use build::{CorpusOptions, build, missing_packages};
pub use write::write;

/// The silence before the first word, in seconds.
pub const LEAD: f64 = 0.3;

/// The silence after the last word, in seconds: longer than any agent waits.
pub const TAIL: f64 = 6.0;

/// The silences between words from which on they count as pauses, in seconds.
///
/// The voice-activity gate holds on for 200 ms, so that shorter ones are not seen; a quarter of a
/// second is where pauses within turns typically begin.
pub const SHORTEST_PAUSE: f64 = 0.25;

/// What an item is for.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub enum Part {
    /// To fit weights and thresholds; nothing is reported on it.
    Fit,
    /// To report on; nothing is fitted on it. No voice and no sentence is in both.
    HeldOut,
}

impl Part {
    /// Both.
    pub const ALL: [Self; 2] = [Self::Fit, Self::HeldOut];

    /// The name, as folders and reports use it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Fit => "fit",
            Self::HeldOut => "held-out",
        }
    }
}

/// What the caller does.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub enum Role {
    /// Answers a question, with pauses.
    Turn,
    /// Says something over the agent that does not take the floor: the agent should go on.
    Backchannel,
    /// Takes the floor from the agent: the agent should stop.
    Interruption,
}

/// A word, and when it is said, in seconds from the start of the item.
///
/// Within a stretch of speech without a pause, words get as much time as they have letters.
#[derive(Clone, Debug, PartialEq)]
pub struct Word {
    /// As it is written, with its punctuation.
    pub text: String,
    /// When it begins.
    pub start: f64,
    /// When it ends.
    pub end: f64,
}

/// What a pause is.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub enum PauseKind {
    /// The caller goes on after it.
    Hold,
    /// The caller has finished.
    EndOfTurn,
}

/// A silence of the caller, in seconds from the start of the item.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Pause {
    /// When it begins.
    pub start: f64,
    /// When it ends; the last one ends with the item.
    pub end: f64,
    /// What it is.
    pub kind: PauseKind,
}

/// One caller who says one thing.
#[derive(Clone, Debug)]
pub struct Item {
    /// Unique within the corpus: language, speaker, sentence, variant.
    pub name: String,
    /// What it is for.
    pub part: Part,
    /// What the caller does.
    pub role: Role,
    /// The kind of sentence: `request`, `digits`, `prompt`, ...
    pub family: &'static str,
    /// The language as a BCP 47 tag.
    pub language: &'static str,
    /// Who speaks: a person, or a voice.
    pub speaker: String,
    /// Whether a person speaks.
    pub is_human: bool,
    /// How it sounds.
    pub condition: Condition,
    /// What the agent has asked for.
    pub expected: Expected,
    /// What the agent has asked, or is saying meanwhile.
    pub question: String,
    /// What is said.
    pub words: Vec<Word>,
    /// The pauses; of a turn, the last one is its end.
    pub pauses: Vec<Pause>,
    /// What is heard of the caller, and when it begins, in samples.
    pieces: Vec<(usize, Arc<[i16]>)>,
    /// What others say, for noise.
    others: Arc<[Arc<[i16]>]>,
    seed: u64,
}

impl Item {
    /// The audio, 16 kHz, from [`LEAD`] seconds before the first word to [`TAIL`] seconds after the
    /// last one. It is computed each time, and is the same each time.
    pub fn audio(&self) -> Vec<i16> {
        let mut samples = vec![0_i16; at(self.duration())];
        for (start, piece) in &self.pieces {
            for (sample, add) in samples[*start..].iter_mut().zip(piece.iter()) {
                *sample = sample.saturating_add(*add);
            }
        }
        let mut random = Random::new(self.seed, &format!("{} noise", self.name));
        self.condition.apply(&mut samples, &self.others, &mut random);
        samples
    }

    /// How long the audio lasts, in seconds.
    pub fn duration(&self) -> f64 {
        self.pauses.last().map_or(0.0, |last| last.end)
    }

    /// When the last word ends, in seconds.
    pub fn speech_end(&self) -> f64 {
        self.pauses.last().map_or(0.0, |last| last.start)
    }

    /// All that is said.
    pub fn text(&self) -> String {
        self.words.iter().map(|word| word.text.as_str()).collect::<Vec<_>>().join(" ")
    }
}
