//! How complete the words of a turn are.

use crate::Expected;
use crate::answers;
use crate::dictation;
use crate::ending::{self, Belongs};
use crate::language::{Ending, Roles};
use crate::text::Mark;
use crate::turn::{End, Turn};

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

    pub(crate) const fn by(self, rule: &'static str) -> Judgement {
        Judgement { completeness: self, rule }
    }
}

/// What the rules say of the words of a turn.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct Judgement {
    /// How complete they are.
    pub completeness: Completeness,
    /// Which rule said so, in a few words for logs: "conjunction", "fewer digits than asked for".
    pub rule: &'static str,
}

/// Judges the words of a turn so far.
///
/// `text` is a partial or a final transcript, with or without punctuation and capitals; case never
/// matters. `language` is a BCP 47 tag, of which the primary subtag counts; without one, or with
/// one that has no rules, only what holds in every language is used: marks that the recognizer
/// set, figures, and the form of an e-mail address.
///
/// Where rules disagree, in this order:
/// 1. A hesitation at the end beats everything: nobody who says "yes, um" is done.
/// 2. What was asked for: the answer at the end of the turn, or a part of it.
/// 3. Words that no sentence ends with, whatever mark was set: recognizers set a full stop at each
///    pause.
/// 4. A number, an address or a spelling that was begun.
/// 5. Marks, words that close a turn, whole questions.
///
/// It looks at the last 32 words, and for digits that were asked for at all of them; the time it
/// takes is linear in the length of `text`.
///
/// # Examples
///
/// ```
/// use rooh_words::{Completeness, Expected, judge};
///
/// let said = |text| judge(text, Some("en-US"), &Expected::Anything).completeness;
/// assert_eq!(said("I'd like to book a table for"), Completeness::Open);
/// assert_eq!(said("what time do you open tomorrow"), Completeness::Closed);
///
/// let number = Expected::Digits { min: 10, max: 10 };
/// assert_eq!(judge("five five five, um", Some("en"), &number).completeness, Completeness::Hesitating);
/// assert_eq!(judge("five five five one two", Some("en"), &number).completeness, Completeness::Partial);
/// ```
pub fn judge(text: &str, language: Option<&str>, expected: &Expected) -> Judgement {
    let turn = Turn::new(text, language);
    if turn.words.is_empty() {
        return Completeness::Unknown.by("no words");
    }
    ending::hesitation(&turn)
        .or_else(|| answers::answer(&turn, text, expected))
        .unwrap_or_else(|| general(&turn, expected))
}

/// What holds whatever was asked for.
pub(crate) fn general(turn: &Turn, expected: &Expected) -> Judgement {
    let mark = turn.last_mark();
    if let Some(judgement) = short(turn, expected) {
        return judgement;
    }
    // Before the endings: letters of a spelling are words too, "I" and "a".
    if let Some(judgement) = dictation::judge(turn) {
        return judgement;
    }
    let end = turn.end(turn.len());
    if let Some(end) = end.filter(|end| end.ending == Ending::Never) {
        // "Do you?" is a whole question.
        return match mark {
            Mark::Question => Completeness::Neutral.by("an open ending with a question mark"),
            _ => Completeness::Open.by(end.rule),
        };
    }
    match end {
        _ if mark.goes_on() => return Completeness::Open.by("a mark that goes on"),
        Some(end) if end.ending == Ending::Begun => return Completeness::Partial.by(end.rule),
        Some(end) if end.ending == Ending::Seldom => {
            return match mark {
                Mark::Question => Completeness::Closed.by("question mark"),
                Mark::Stop => Completeness::Neutral.by("an open ending with a full stop"),
                _ => match ending::belongs(turn, end) {
                    Some(Belongs::Question) => Completeness::Closed.by("whole question"),
                    Some(Belongs::Clause) => Completeness::Neutral.by("belongs to a word before"),
                    None => Completeness::Open.by(end.rule),
                },
            };
        }
        _ => {}
    }
    match end {
        Some(end) if end.ending == Ending::Closes && is_behind(turn, end) => {
            Completeness::Closed.by(end.rule)
        }
        _ if mark == Mark::Question => Completeness::Closed.by("question mark"),
        _ => match ending::waits(turn) {
            Some(_) if mark == Mark::Stop => Completeness::Neutral.by("an open clause with a full stop"),
            Some(rule) => Completeness::Open.by(rule),
            None if mark == Mark::Stop => Completeness::Closed.by("full stop"),
            None if ending::asks(turn) => Completeness::Closed.by("whole question"),
            None => Completeness::Neutral.by("nothing speaks for an end"),
        },
    }
}

/// Whether a closing word closes something: "please" alone begins a sentence.
fn is_behind(turn: &Turn, end: End) -> bool {
    let polite = turn.entry(end.start..turn.len()).roles.any(Roles::TAIL);
    !polite || end.start > 0 && turn.cover(0..end.start, Roles::BEFORE).is_none()
}

/// A turn, or its last sentence, that is nothing but short answers.
fn short(turn: &Turn, expected: &Expected) -> Option<Judgement> {
    // "No no, that's all, thank you very much, goodbye": longer turns have something to say.
    const LONGEST: usize = 12;
    let whole = Roles::YES.or(Roles::NO).or(Roles::SHORT);
    let allowed = whole.or(Roles::TAIL).or(Roles::ECHO).or(Roles::FILLER).or(Roles::DISCOURSE);
    let sounds = Roles::FILLER.or(Roles::DISCOURSE);
    let complete = |start: usize| {
        let mut first = start;
        while let Some((length, _)) = turn
            .phrase(first, turn.len(), sounds.or(allowed))
            .filter(|(_, entry)| entry.roles.any(sounds) && !entry.roles.any(whole))
        {
            first += length;
        }
        // "I do" is short behind a yes; alone it begins a sentence.
        turn.phrase(first, turn.len(), allowed)
            .filter(|(_, entry)| entry.roles.any(whole.or(Roles::TAIL)))?;
        let cover = turn.cover(start..turn.len(), allowed)?;
        let echoes = cover.all.any(Roles::ECHO) && !cover.all.any(Roles::YES.or(Roles::NO));
        (!echoes && cover.all.any(whole) && cover.last.any(whole.or(Roles::TAIL).or(Roles::ECHO)))
            .then_some(cover)
    };
    if turn.len() > LONGEST || turn.last_mark().goes_on() {
        return None;
    }
    let cover = complete(0).or_else(|| complete(turn.sentence()))?;
    let specific = !matches!(expected, Expected::Anything | Expected::YesNo);
    Some(if specific && !cover.all.any(Roles::NO.or(Roles::SHORT)) {
        Completeness::Neutral.by("a yes before the answer")
    } else {
        Completeness::Answer.by("short answer")
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn classes_have_names() {
        for (class, name) in [
            (Completeness::Unknown, "unknown"),
            (Completeness::Hesitating, "hesitating"),
            (Completeness::Open, "open"),
            (Completeness::Partial, "partial"),
            (Completeness::Neutral, "neutral"),
            (Completeness::Closed, "closed"),
            (Completeness::Answer, "answer"),
        ] {
            assert_eq!(class.as_str(), name);
        }
    }
}
