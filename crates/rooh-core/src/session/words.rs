//! What the words of a turn say about it: backchannels, and whether the answer is there.

use rooh_floor::{Overlap, Words};
use rooh_words::Completeness;

use crate::expect::Expected;

/// What listeners say without taking the floor, in English, Spanish, German and French.
///
/// Only what is nothing else: "no", "stop" and "wait" are not among them.
const BACKCHANNELS: &[&str] = &[
    "ah", "aha", "ahh", "alright", "exactly", "good", "great", "ha", "haha", "hm", "hmm", "hmmm", "huh",
    "mhm", "mm", "mmhm", "mmm", "oh", "ok", "okay", "really", "right", "sure", "uh", "uhhuh", "uh-huh",
    "mm-hm", "um", "wow", "yeah", "yep", "yes", "yup", "ajá", "claro", "sí", "vale", "bueno", "genau", "ja",
    "na", "ach", "so", "oui", "ouais", "d'accord", "voilà", "hein",
];

/// How many words of `text` are more than a backchannel.
pub(super) fn significant(text: &str) -> usize {
    words(text).filter(|word| !BACKCHANNELS.contains(&word.as_str())).count()
}

/// The words of `text`, in lower case and without punctuation.
fn words(text: &str) -> impl Iterator<Item = String> {
    text.split_whitespace()
        .map(|word| word.trim_matches(|c: char| !c.is_alphanumeric()).to_lowercase())
        .filter(|word| !word.is_empty())
}

/// What is said over the agent, who is just saying `spoken`.
pub(super) fn overlap(text: &str, language: Option<&str>, spoken: Option<&str>) -> Overlap {
    let _ = (language, spoken);
    if words(text).next().is_none() {
        return Overlap::Nothing;
    }
    match significant(text) {
        0 => Overlap::Backchannel,
        count => Overlap::Speech(count as u16),
    }
}

/// Whether two transcripts say the same.
pub(super) fn matches(one: &str, other: &str) -> bool {
    words(one).eq(words(other))
}

/// What the turn ends with, and which rule says so.
pub(super) fn ending(text: &str, language: Option<&str>, expected: &Expected) -> (Words, &'static str) {
    let judgement = rooh_words::judge(text, language, expected);
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
