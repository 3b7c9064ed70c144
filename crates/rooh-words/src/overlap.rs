//! What the user says while the agent speaks: whether it takes the floor.

use crate::language::{Language, Roles};
use crate::text::Words;

/// What words over the agent's speech are.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
#[non_exhaustive]
pub enum Overlap {
    /// No word.
    Nothing,
    /// What listeners say without taking the floor: "mm-hm", "I see"; what may become that with the
    /// next word: "I"; or a mere "um".
    Backchannel,
    /// Words that stop the agent, however few: "stop", "no", "one moment", "excuse me".
    Command,
    /// Anything else.
    Speech {
        /// How many words of it are more than a backchannel, as [`significant`] counts; at least one.
        words: usize,
    },
}

/// What the user said over the agent.
///
/// A command counts where it leads, behind backchannels and sounds at most: "okay, wait". Case and
/// punctuation do not matter. `language` is a BCP 47 tag; without one that has rules, `text` may be
/// in any of the languages that have: then a command of one of them is a command, and what is a
/// backchannel in one of them is a backchannel.
///
/// # Examples
///
/// ```
/// use rooh_words::{Overlap, overlap};
///
/// assert_eq!(overlap("Mm-hm, I see.", Some("en")), Overlap::Backchannel);
/// assert_eq!(overlap("yeah no wait", Some("en")), Overlap::Command);
/// assert_eq!(overlap("no problem", Some("en")), Overlap::Backchannel);
/// assert_eq!(overlap("okay but I need it today", Some("en")), Overlap::Speech { words: 5 });
/// ```
pub fn overlap(text: &str, language: Option<&str>) -> Overlap {
    let words = Words::of(text);
    if words.is_empty() {
        return Overlap::Nothing;
    }
    match Language::of(language) {
        Some(language) => heard(&words, language),
        None => Language::all()
            .map(|language| heard(&words, language))
            .min_by_key(|overlap| match overlap {
                Overlap::Command => 0,
                Overlap::Nothing | Overlap::Backchannel => 1,
                Overlap::Speech { words } => 1 + words,
            })
            .unwrap_or(Overlap::Nothing),
    }
}

/// How many words of `text` are more than a backchannel, or than the beginning of one at its end.
///
/// `language` as in [`overlap`]; without one that has rules, the smallest count of all languages.
pub fn significant(text: &str, language: Option<&str>) -> usize {
    let words = Words::of(text);
    match Language::of(language) {
        Some(language) => count(&words, language),
        None => Language::all().map(|language| count(&words, language)).min().unwrap_or(0),
    }
}

fn heard(words: &Words, language: &Language) -> Overlap {
    let end = words.len();
    let listening = Roles::BACKCHANNEL.or(Roles::FILLER);
    let alone = Roles::COMMAND_ALONE;
    let polite = listening.or(alone).or(Roles::COMMAND).or(Roles::TAIL);
    let mut at = 0;
    let mut commands = false;
    while let Some((length, entry)) = language.phrase(words, at, end, polite) {
        commands |= entry.roles.any(alone);
        at += length;
    }
    if at == end && commands {
        return Overlap::Command;
    }
    at = 0;
    while let Some((length, entry)) =
        language.phrase(words, at, end, listening.or(Roles::DISCOURSE).or(Roles::COMMAND))
    {
        if entry.roles.any(Roles::COMMAND) {
            return Overlap::Command;
        }
        at += length;
    }
    match count(words, language) {
        0 => Overlap::Backchannel,
        words => Overlap::Speech { words },
    }
}

fn count(words: &Words, language: &Language) -> usize {
    let listening = Roles::BACKCHANNEL.or(Roles::FILLER);
    let (mut at, mut count) = (0, 0);
    while at < words.len() {
        match language.phrase(words, at, words.len(), listening) {
            Some((length, _)) => at += length,
            None if begins_backchannel(words, at, language) => break,
            None => (at, count) = (at + 1, count + 1),
        }
    }
    count
}

/// Whether the words from `at` on may become a backchannel with the next one: transcripts grow word
/// by word, and "I" is what "I see" begins with.
fn begins_backchannel(words: &Words, at: usize, language: &Language) -> bool {
    language.entry_of(words.phrase(at..words.len())).roles.any(Roles::LISTENS)
}
