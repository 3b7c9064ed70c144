//! What the words of a turn say about it, in the floor's terms.

use rooh_floor::{Overlap, Words};
use rooh_words::Completeness;

use crate::expect::Expected;

/// The language that is assumed where none is set.
const ASSUMED: &str = "en";

/// From so many words on they can be told from an echo; fewer are found in any sentence.
const ECHO_WORDS: usize = 3;
/// How much of what is heard has to be what the agent says.
///
/// Stricter than [`rooh_words::ECHO_THRESHOLD`], which catches the echo that a poor recognizer
/// garbles: an agent that stops for its echo says so twice, but a user who is taken for an echo is
/// not answered.
const ECHO: f32 = 0.8;

/// What the turn ends with, and which rule says so.
pub(super) fn ending(text: &str, language: Option<&str>, expected: &Expected) -> (Words, &'static str) {
    let judgement = rooh_words::judge(text, Some(language.unwrap_or(ASSUMED)), expected);
    let words = match judgement.completeness {
        Completeness::Hesitating => Words::Hesitating,
        Completeness::Open => Words::Open,
        Completeness::Partial => Words::Partial,
        Completeness::Neutral => Words::Neutral,
        Completeness::Closed => Words::Closed,
        Completeness::Answer => Words::Answer,
        _ => Words::Unknown,
    };
    (words, judgement.rule)
}

/// What is said over the agent; `spoken` is what it has just been saying, if that can be heard on
/// the user's line.
pub(super) fn overlap(text: &str, language: Option<&str>, spoken: Option<&str>) -> Overlap {
    let language = Some(language.unwrap_or(ASSUMED));
    let overlap = rooh_words::overlap(text, language);
    let echo = spoken.map_or(0.0, |spoken| rooh_words::echoes(text, spoken, language));
    let few = text.split_whitespace().count() < ECHO_WORDS;
    match overlap {
        // "Stop" is a word that agents say too, but never one to be deaf to.
        rooh_words::Overlap::Command if few => Overlap::Command,
        // More words will tell.
        rooh_words::Overlap::Speech { .. } if few && echo >= ECHO => Overlap::Nothing,
        _ if !few && echo >= ECHO => Overlap::Echo,
        rooh_words::Overlap::Backchannel => Overlap::Backchannel,
        rooh_words::Overlap::Command => Overlap::Command,
        rooh_words::Overlap::Speech { words } => Overlap::Speech(u16::try_from(words).unwrap_or(u16::MAX)),
        _ => Overlap::Nothing,
    }
}

/// Whether two transcripts say the same.
pub(super) fn matches(one: &str, other: &str, language: Option<&str>) -> bool {
    rooh_words::matches(one, other, Some(language.unwrap_or(ASSUMED)))
}
