//! Corrections of a number that was read back: "the last digit is nine".

use std::ops::Range;

use crate::digits;
use crate::words::{Words, is_filler};

/// `old` with the change that a turn asks for, if it asks for one.
pub(crate) fn edit(words: &Words<'_>, old: &str) -> Option<String> {
    for at in 0..words.len() {
        let last = match words.get(at) {
            "last" => true,
            "ends" | "end" | "ending" if matches!(words.get(at + 1), "in" | "with" | "on") => true,
            "first" => false,
            "starts" | "start" | "begins" | "starting" if words.get(at + 1) == "with" => false,
            _ => continue,
        };
        // "The last two digits are four five": the two is a count.
        let mut from = at + 1;
        let next = words.get(from + 1);
        let counted = digits::unit(words.get(from)).is_some()
            && (next.starts_with("digit")
                || next.starts_with("number")
                || matches!(next, "are" | "is" | "ones"));
        if counted {
            from += 1;
        }
        let said = digits::answer(words, from..words.len(), usize::MAX);
        let said = said.trim_start_matches('+');
        let (plus, digits) = old.strip_prefix('+').map_or(("", old), |digits| ("+", digits));
        if said.is_empty() || said.len() > digits.len() {
            return None;
        }
        let keep = digits.len() - said.len();
        return Some(match last {
            true => format!("{plus}{}{said}", &digits[..keep]),
            false => format!("{plus}{said}{}", &digits[said.len()..]),
        });
    }
    instead(words, old)
}

/// "Nine, not five", "it's a nine instead of a five": the last such digits are exchanged.
fn instead(words: &Words<'_>, old: &str) -> Option<String> {
    let not = (1..words.len())
        .find(|at| words.get(*at) == "not" || words.get(*at) == "instead" && words.get(at + 1) == "of")?;
    let right = digits::answer(words, 0..not, usize::MAX);
    let wrong = digits::answer(words, not + 1..words.len(), usize::MAX);
    let place = old.rfind(&wrong).filter(|_| !wrong.is_empty() && !right.is_empty())?;
    Some(format!("{}{right}{}", &old[..place], &old[place + wrong.len()..]))
}

/// What follows "no, it's", "sorry, I said" or "actually": the place of what is meant instead.
pub(crate) fn without_marker(words: &Words<'_>) -> Option<Range<usize>> {
    let mut at = 0;
    let mut marked = false;
    while at < words.len() {
        let word = words.get(at);
        let marker = matches!(
            word,
            "no" | "nope"
                | "actually"
                | "sorry"
                | "wrong"
                | "it's"
                | "its"
                | "it"
                | "is"
                | "that's"
                | "not"
                | "quite"
                | "right"
                | "said"
                | "mean"
                | "meant"
                | "should"
                | "be"
                | "make"
                | "that"
                | "i"
                | "rather"
        );
        if !marker && !is_filler(word) {
            break;
        }
        marked |= marker;
        at += 1;
    }
    (marked && at < words.len()).then(|| at..words.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn single_digits_are_exchanged() {
        for (said, number) in [
            ("no the last digit is nine", Some("5551219")),
            ("the last two digits are four five", Some("5551245")),
            ("it ends in double zero", Some("5551200")),
            ("the first three are six six six", Some("6661212")),
            ("it starts with 444", Some("4441212")),
            ("it's nine not two", Some("5551219")),
            ("the last one is wrong", None),
            ("no", None),
        ] {
            assert_eq!(edit(&Words::of(said), "5551212").as_deref(), number, "{said:?}");
        }
    }
}
