//! What the words of a turn say about it, in the floor's terms.

use rooh_floor::{Overlap, Words};
use rooh_words::{Completeness, ECHO_THRESHOLD};

use crate::expect::Expected;

/// The language that is assumed where none is set.
const ASSUMED: &str = "en";

/// From so many words on an echo is recognized by a share of them; fewer have to be all there.
const ECHO_WORDS: usize = 3;

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
    let many = text.split_whitespace().count() >= ECHO_WORDS;
    let is_echo = |spoken| {
        let enough = if many { ECHO_THRESHOLD } else { 1.0 };
        rooh_words::echoes(text, spoken, language) >= enough
    };
    match overlap {
        rooh_words::Overlap::Nothing => Overlap::Nothing,
        // "Stop" is a word that agents say too, but never one to be deaf to.
        rooh_words::Overlap::Command if !many => Overlap::Command,
        _ if spoken.is_some_and(is_echo) => Overlap::Echo,
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
