//! Yes and no, as people say them.

use std::sync::LazyLock;

use crate::words::{Phrases, Words};

static YES: LazyLock<Phrases> = LazyLock::new(|| {
    Phrases::new([
        "yes",
        "yeah",
        "yea",
        "yep",
        "yup",
        "ya",
        "yah",
        "aye",
        "correct",
        "right",
        "that's right",
        "that is right",
        "that's correct",
        "that is correct",
        "about right",
        "exactly",
        "absolutely",
        "definitely",
        "certainly",
        "sure",
        "of course",
        "okay",
        "ok",
        "alright",
        "all right",
        "all good",
        "sounds good",
        "looks good",
        "good",
        "great",
        "perfect",
        "fine",
        "affirmative",
        "indeed",
        "true",
        "you got it",
        "got it",
        "go ahead",
        "please do",
        "spot on",
        "uh huh",
        "mm hmm",
        "mhm",
        "mmhmm",
        "no problem",
        "not a problem",
        "that's not a problem",
        "no worries",
        "why not",
        "that's it",
        "i think so",
        "i guess so",
        "i guess",
        "i suppose",
        "i suppose so",
        "i believe so",
        "that is it",
        "that's fine",
    ])
});

static NO: LazyLock<Phrases> = LazyLock::new(|| {
    Phrases::new([
        "no",
        "nope",
        "nah",
        "naw",
        "nay",
        "negative",
        "never",
        "wrong",
        "that's wrong",
        "incorrect",
        "false",
        "not quite",
        "not right",
        "not correct",
        "not really",
        "not exactly",
        "not at all",
        "that's not",
        "that is not",
        "it's not",
        "it is not",
        "that's not right",
        "that's not it",
        "that is not right",
        "isn't right",
        "isn't correct",
        "is not correct",
        "is not right",
        "i don't think so",
        "i do not think so",
        "rather not",
        "no thanks",
        "no thank you",
    ])
});

/// "No, that's right" agrees with what was read back.
static AGREED: LazyLock<Phrases> = LazyLock::new(|| {
    Phrases::new([
        "that's right",
        "that is right",
        "that's correct",
        "that is correct",
        "that's fine",
        "all good",
        "that's all",
        "that is all",
        "that's it",
        "that's everything",
        "that will be all",
        "nothing else",
    ])
});

/// Whether a turn says yes or no, if it says either.
pub(crate) fn yes_no(words: &Words<'_>) -> Option<bool> {
    let mut first = None;
    let mut at = 0;
    while at < words.len() {
        let (yes, no) = (YES.at(words, at), NO.at(words, at));
        let (said, length) = match (yes, no) {
            (None, None) => {
                at += 1;
                continue;
            }
            (yes, no) if yes > no => (true, yes.unwrap_or(1)),
            (_, no) => (false, no.unwrap_or(1)),
        };
        // "Yes, no, that is wrong": a plain denial weighs more than an opening word.
        if !said && length > 1 {
            return Some(false);
        }
        first.get_or_insert(said);
        at += length;
    }
    match first {
        Some(false) if AGREED.find(words).is_some() => Some(true),
        // Far into a long sentence, a "good" or a "right" is no answer.
        Some(true) if words.len() > 12 && (0..3).all(|at| YES.at(words, at).is_none()) => None,
        said => said,
    }
}

/// Whether a turn opens with, or holds, words by which people correct what was said.
pub(crate) fn corrects(words: &Words<'_>) -> bool {
    static MARKERS: LazyLock<Phrases> = LazyLock::new(|| {
        Phrases::new([
            "actually",
            "i mean",
            "i meant",
            "i said",
            "correction",
            "should be",
            "make that",
            "instead",
            "sorry",
            "change",
            "wrong",
            "rather",
            "not quite",
            "not right",
            "it's not",
            "that's not",
        ])
    });
    NO.at(words, 0).is_some() || MARKERS.find(words).is_some()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn yes_and_no_are_told_apart() {
        for (said, meant) in [
            ("yes", Some(true)),
            ("Yeah, that's right.", Some(true)),
            ("uh huh", Some(true)),
            ("no that's right", Some(true)),
            ("no that's all", Some(true)),
            ("I think so", Some(true)),
            ("I don't think so", Some(false)),
            ("that's not my number", Some(false)),
            ("no problem", Some(true)),
            ("that's about right", Some(true)),
            ("you got it", Some(true)),
            ("no", Some(false)),
            ("no no no", Some(false)),
            ("nope, not quite", Some(false)),
            ("that's not right", Some(false)),
            ("no the last digit is nine", Some(false)),
            ("that isn't correct", Some(false)),
            ("I know", None),
            ("five five five", None),
            ("", None),
        ] {
            assert_eq!(yes_no(&Words::of(said)), meant, "{said:?}");
        }
    }

    #[test]
    fn corrections_are_noticed() {
        for said in ["no, it's John", "actually the number is nine", "I said Don", "sorry, make that two"] {
            assert!(corrects(&Words::of(said)), "{said:?}");
        }
        assert!(!corrects(&Words::of("my name is Don")));
    }
}
