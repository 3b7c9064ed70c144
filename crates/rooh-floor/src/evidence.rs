//! How long to wait in a pause: a base, multiplied by what each signal says.
//!
//! The waits are those of a proportional-odds model of the end of a turn, in which the logarithm
//! of the pause so far is one feature among the signals: solved for the pause at which the end is
//! likely enough, each signal becomes a factor of the wait. Factors can be read, drawn and
//! compared, and a signal that is missing is a factor of one.

use core::time::Duration;

use crate::weights;

/// What a turn ends with so far.
#[derive(Clone, Copy, Debug, Default, Eq, Hash, PartialEq)]
pub enum Words {
    /// No word of it is known.
    #[default]
    Unknown,
    /// A hesitation.
    Hesitating,
    /// A place where no sentence ends.
    Open,
    /// A part of what was asked for.
    Partial,
    /// Nothing that speaks for an end, or against it.
    Neutral,
    /// A whole sentence.
    Closed,
    /// The whole answer that was asked for.
    Answer,
}

impl Words {
    /// The class in snake case, as logs and the wire use it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Unknown => "unknown",
            Self::Hesitating => "hesitating",
            Self::Open => "open",
            Self::Partial => "partial",
            Self::Neutral => "neutral",
            Self::Closed => "closed",
            Self::Answer => "answer",
        }
    }
}

/// Which signals are used.
#[derive(Clone, Copy, Debug, Default, Eq, Hash, PartialEq)]
pub enum Endpointing {
    /// How long the pause is, and how the words before it sounded.
    Acoustic,
    /// All that are there.
    #[default]
    Auto,
    /// How long the pause is, and whether the words are complete.
    Heuristic,
    /// None: the turn ends when somebody says so.
    Manual,
    /// What a language model says; until it has answered, whether the words are complete.
    Semantic,
}

impl Endpointing {
    pub(crate) const fn uses_words(self) -> bool {
        !matches!(self, Self::Acoustic | Self::Manual)
    }

    pub(crate) const fn uses_audio(self) -> bool {
        matches!(self, Self::Acoustic | Self::Auto)
    }
}

/// What a recognizer that judges turns itself says.
#[derive(Clone, Copy, Debug, Default, Eq, Hash, PartialEq)]
pub enum RecognizerTurn {
    /// It is over.
    Ended,
    /// It may be over.
    Likely,
    /// Nothing, or that it goes on.
    #[default]
    Open,
}

/// What is known of a pause besides its length.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Evidence {
    /// How likely the end is from how the words sounded, from 0 to 1.
    pub audio: Option<f32>,
    /// What a recognizer says that judges turns itself.
    pub recognizer: RecognizerTurn,
    /// How likely the end is to a language model, from 0 to 1.
    pub semantic: Option<f32>,
    /// What the turn ends with.
    pub words: Words,
}

impl Evidence {
    /// What is left of it in a mode.
    pub(crate) fn seen_by(self, endpointing: Endpointing) -> Self {
        let none = Self { recognizer: self.recognizer, ..Self::default() };
        match endpointing {
            Endpointing::Acoustic => Self { audio: self.audio, ..none },
            Endpointing::Auto => self,
            Endpointing::Heuristic => Self { words: self.words, ..none },
            Endpointing::Manual => none,
            Endpointing::Semantic if self.semantic.is_some() => Self { semantic: self.semantic, ..none },
            Endpointing::Semantic => Self { words: self.words, ..none },
        }
    }
}

/// How long the agent waits in a pause before it takes the floor.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Patience {
    /// While no signal shortens or lengthens it.
    pub base: Duration,
    /// At least, however sure it is.
    pub min: Duration,
    /// At most, however unsure it is.
    pub max: Duration,
    /// The share of pauses that may be taken for an end, in percent, if the base follows from it.
    pub budget: Option<f32>,
}

impl Patience {
    /// The least evidence of a pause: shorter ones lie within words and breaths.
    pub const MIN: Duration = Duration::from_millis(200);
    /// A silence of four seconds feels very long; past five something else is wrong.
    pub const MAX: Duration = Duration::from_secs(5);

    /// For those who want it quick: with words, about one pause in seven is taken for an end.
    pub const QUICK: Self = Self::new(Duration::from_millis(600), Self::MIN, Duration::from_millis(2500));
    /// For most calls: with words, about one pause in ten is taken for an end, and most of these
    /// ends are taken back before they do harm.
    pub const NORMAL: Self = Self::new(Duration::from_secs(1), Self::MIN, Self::MAX);
    /// For interviews: three seconds of silence are allowed, nobody is answered at once, and after
    /// four seconds somebody says that there is time.
    pub const INTERVIEW: Self =
        Self::new(Duration::from_secs(3), Duration::from_secs(1), Duration::from_secs(4));

    /// Waits of one's own.
    pub const fn new(base: Duration, min: Duration, max: Duration) -> Self {
        Self { base, min, max, budget: None }
    }

    /// Takes at most this share of pauses for an end that are none, in percent from 1 to 20.
    ///
    /// What it takes to keep it depends on what there is to go by: see
    /// [`with_signals`](Self::with_signals). Until that is known, it is words and sound.
    pub const fn budget(percent: f32) -> Self {
        Self { budget: Some(percent), ..Self::new(wait_for(percent, true, true), Self::MIN, Self::MAX) }
    }

    /// The patience in a session that has words, and a judge of sounds, or lacks them.
    ///
    /// Who set a budget has it kept: with less to go by, it takes a longer wait. Every other
    /// patience stays what it is.
    pub const fn with_signals(self, words: bool, audio: bool) -> Self {
        match self.budget {
            Some(percent) => Self { base: wait_for(percent, words, audio), ..self },
            None => self,
        }
    }

    /// Waits `silence` where nothing is known but the pause itself.
    pub const fn from_silence(silence: Duration) -> Self {
        let longest = silence.saturating_mul(2);
        let max = if longest.as_nanos() > Self::MAX.as_nanos() { longest } else { Self::MAX };
        let min = if silence.as_nanos() < Self::MIN.as_nanos() { silence } else { Self::MIN };
        Self::new(silence, min, max)
    }
}

/// The base wait that keeps a budget, in percent, with these signals.
const fn wait_for(percent: f32, words: bool, audio: bool) -> Duration {
    let table = weights::BUDGET[words as usize * 2 + audio as usize];
    let mut base = table[table.len() - 1].1;
    let mut at = table.len() - 1;
    while at > 0 {
        at -= 1;
        let ((low, low_wait), (high, high_wait)) = (table[at], table[at + 1]);
        if percent < high {
            let part = (percent - low) / (high - low);
            let part = if part > 0.0 { part } else { 0.0 };
            base = low_wait + (high_wait - low_wait) * part;
        }
    }
    Duration::from_millis(base as u64)
}

impl From<Duration> for Patience {
    fn from(silence: Duration) -> Self {
        Self::from_silence(silence)
    }
}

/// How long to wait, and why.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Judgement {
    /// What was known, as far as it was used.
    pub evidence: Evidence,
    /// The wait for this much evidence.
    pub wait: Duration,
    /// The wait without any.
    pub base: Duration,
    /// What the sound makes of the wait: below one it is shorter.
    pub audio: f32,
    /// What the recognizer makes of it.
    pub recognizer: f32,
    /// What the language model makes of it.
    pub semantic: f32,
    /// What this speaker's own pauses make of it.
    pub speaker: f32,
    /// What the words make of it.
    pub words: f32,
}

impl Judgement {
    /// The least and the most that a speaker's own pauses make of the wait.
    pub const SPEAKER: (f32, f32) = (0.7, 1.8);

    /// Weighs the evidence for a speaker who pauses `speaker` times as long as others.
    pub fn new(patience: Patience, evidence: Evidence, speaker: f32) -> Self {
        let factor = |probability: Option<f32>, table: &[f32; 11]| {
            probability.map_or(1.0, |probability| interpolate(table, probability))
        };
        // An answer that is whole is whole, however it sounds.
        let heard = evidence.audio.filter(|_| evidence.words != Words::Answer);
        let audio = factor(heard, &weights::AUDIO);
        let semantic = factor(evidence.semantic, &weights::SEMANTIC);
        let words = weights::words(evidence.words);
        let recognizer = match evidence.recognizer {
            RecognizerTurn::Ended => 0.0,
            RecognizerTurn::Likely => 0.6,
            RecognizerTurn::Open => 1.0,
        };
        let wait = patience.times(audio * semantic * words * recognizer * speaker);
        Self { evidence, wait, base: patience.base, audio, recognizer, semantic, speaker, words }
    }

    /// The wait if the sound should say that it is over, as sure as can be.
    pub(crate) fn wait_at_best(&self, patience: Patience) -> Duration {
        patience.times(weights::AUDIO[10] * self.semantic * self.words * self.recognizer * self.speaker)
    }

    /// Whether the signals of this turn together shorten the wait.
    pub(crate) fn speaks_for_the_end(&self) -> bool {
        self.audio * self.recognizer * self.semantic * self.words < 1.0
    }
}

impl Patience {
    /// The base so many times, between the shortest and the longest wait.
    fn times(&self, factor: f32) -> Duration {
        let wait = Duration::from_micros((micros(self.base) * factor) as u64);
        wait.max(self.min).min(self.max.max(self.min))
    }
}

/// Microseconds, with a conversion from 64 bits: that from 128 is a call, for each signal of a pause.
fn micros(duration: Duration) -> f32 {
    duration.as_micros() as u64 as f32
}

fn interpolate(table: &[f32; 11], at: f32) -> f32 {
    // What is not a number says nothing.
    if at.is_nan() {
        return 1.0;
    }
    let at = at.clamp(0.0, 1.0) * (table.len() - 1) as f32;
    let low = (at as usize).min(table.len() - 2);
    table[low] + (table[low + 1] - table[low]) * (at - low as f32)
}

/// How long a speaker's own pauses are, learnt within the call.
///
/// A running estimate of the length that nineteen of twenty pauses within turns stay below, moved
/// by a step that does not depend on how far off a pause was: one odd pause cannot spoil it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Pauses {
    scale: f32,
    seen: u16,
}

impl Pauses {
    /// What nineteen of twenty pauses within turns stay below, in conversations of two
    /// (`docs/turns.md`).
    const USUAL: Duration = Duration::from_millis(1400);

    pub(crate) const fn new() -> Self {
        Self { scale: 1.0, seen: 0 }
    }

    /// Takes a pause that was none: the user went on.
    pub(crate) fn observe(&mut self, pause: Duration) {
        // The first pauses move it more; later ones keep moving it, so that it forgets.
        let step = (0.5 / (1.0 + f32::from(self.seen) / 4.0)).max(0.1);
        let longer = pause.as_micros() as f32 > Self::USUAL.as_micros() as f32 * self.scale;
        self.scale *= if longer { 1.0 + 0.95 * step } else { 1.0 - 0.05 * step };
        self.scale = self.scale.clamp(Judgement::SPEAKER.0, Judgement::SPEAKER.1);
        self.seen = self.seen.saturating_add(1);
    }

    pub(crate) const fn scale(&self) -> f32 {
        self.scale
    }
}
