//! How complete the words of a turn are.

use crate::Expected;

/// How complete the words of a turn are.
#[derive(Clone, Copy, Debug, Default, Eq, Hash, PartialEq)]
#[non_exhaustive]
pub enum Completeness {
    /// No word is known.
    #[default]
    Unknown,
    /// The turn ends with a hesitation: "um", "let me see".
    Hesitating,
    /// The turn ends where no sentence can: after "and", "the", "because I".
    Open,
    /// A part of what was asked for, or of a number, an address, a spelling that was begun.
    Partial,
    /// Nothing speaks for an end, or against it.
    Neutral,
    /// A whole sentence, or a word that closes a turn: "please", "that's all".
    Closed,
    /// The whole answer that was asked for, or a short answer that needs nothing more.
    Answer,
}

impl Completeness {
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

/// What the rules say of the words of a turn.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct Judgement {
    /// How complete they are.
    pub completeness: Completeness,
    /// Which rule said so, in a few words for logs, such as `ends with "and"`'s rule name.
    pub rule: &'static str,
}

/// Judges the words of a turn so far.
///
/// `language` is a BCP 47 tag; without one, or with one that has no rules, only what holds in
/// every language is used.
pub fn judge(text: &str, language: Option<&str>, expected: &Expected) -> Judgement {
    let _ = (text, language, expected);
    Judgement::default()
}
