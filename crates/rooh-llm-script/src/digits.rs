//! Numbers as people say them: digit by digit, doubled, in pairs and in hundreds.

use std::ops::Range;

use crate::words::{Words, is_filler};

/// Digits that stood side by side in a turn.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct Run {
    /// The digits, with a plus in front if one was said.
    pub(crate) digits: String,
    /// The words that they were said with.
    pub(crate) words: Range<usize>,
    /// Whether the speaker corrected themselves in front of it: "no", "sorry", "I mean".
    pub(crate) corrects: bool,
}

/// All runs of digits in `range`, oldest first.
pub(crate) fn runs(words: &Words<'_>, range: Range<usize>) -> Vec<Run> {
    let mut runs: Vec<Run> = Vec::new();
    let mut at = range.start;
    let end = range.end.min(words.len());
    let mut corrects = false;
    let mut broken = true;
    while at < end {
        let word = words.get(at);
        if word == "plus" && group(words, at + 1, end, false).is_some() {
            runs.push(Run { digits: "+".to_owned(), words: at..at + 1, corrects });
            (at, corrects, broken) = (at + 1, false, false);
            continue;
        }
        if let Some((digits, length)) = group(words, at, end, !broken) {
            match runs.last_mut().filter(|_| !broken) {
                Some(run) => {
                    run.digits.push_str(&digits);
                    run.words.end = at + length;
                }
                None => runs.push(Run { digits, words: at..at + length, corrects }),
            }
            (at, corrects, broken) = (at + length, false, false);
            continue;
        }
        match word {
            "no" | "sorry" | "mean" | "wait" | "correction" | "rather" | "actually" | "not" => {
                corrects = true;
                broken = true;
            }
            // What follows is another number.
            "extension" | "ext" => break,
            "dash" | "hyphen" | "space" | "dot" | "point" | "comma" | "area" | "code" | "number" | "is"
            | "that's" | "followed" | "by" => {}
            word if is_filler(word) => {}
            _ => broken = true,
        }
        at += 1;
    }
    runs.retain(|run| run.digits != "+");
    runs
}

/// The digits of one answer: all its runs together, after what the speaker took back.
///
/// `min` is how many digits the whole number has at least. Returns an empty text if there are none.
pub(crate) fn answer(words: &Words<'_>, range: Range<usize>, min: usize) -> String {
    let all = runs(words, range.clone());
    let lonely = all.len() == 1 && is_figure_of_speech(words, &all[0], range);
    let mut digits = String::new();
    for run in all.iter().filter(|_| !lonely) {
        let said = count(&run.digits);
        // "This one or that one": the first, until somebody says otherwise.
        if !run.corrects && said >= min && count(&digits) >= min {
            break;
        }
        if run.corrects && said >= min {
            digits.clear();
        } else if run.corrects {
            // "… one two one three, sorry, one two one two": as many digits are said anew.
            let keep = digits.len().saturating_sub(said);
            digits.truncate(keep);
        }
        digits.push_str(&run.digits);
    }
    digits
}

/// "The one about the heating" and "two hundred tiles" are no telephone numbers.
fn is_figure_of_speech(words: &Words<'_>, run: &Run, range: Range<usize>) -> bool {
    let announces = |word: &str| {
        matches!(
            word,
            "number" | "phone" | "reach" | "call" | "digits" | "code" | "starts" | "begins" | "first"
        )
    };
    let before = run.words.start.checked_sub(1).map_or("", |before| words.get(before));
    if matches!(before, "it's" | "its" | "is") {
        return false;
    }
    let written = words.get(run.words.start).starts_with(|first: char| first.is_ascii_digit());
    let mut others = 0;
    for at in range.filter(|at| !run.words.contains(at)) {
        let word = words.get(at);
        if announces(word) {
            return false;
        }
        others += usize::from(!is_filler(word) && word != "no");
    }
    let single = count(&run.digits) <= 2 && run.words.len() == 1;
    single && !written && others > 1 || count(&run.digits) <= 4 && others > 3
}

/// How many digits `text` has.
pub(crate) fn count(text: &str) -> usize {
    text.bytes().filter(u8::is_ascii_digit).count()
}

/// The digits that start at `at`, and how many words they take.
///
/// `inside` says that digits came right before, so that "to" and "for" may be misheard ones.
fn group(words: &Words<'_>, at: usize, end: usize, inside: bool) -> Option<(String, usize)> {
    if at >= end {
        return None;
    }
    let word = words.get(at);
    let times = match word {
        "double" => 2,
        "triple" | "treble" => 3,
        "quadruple" => 4,
        _ => 1,
    };
    if times > 1 {
        let next = if at + 1 < end { words.get(at + 1) } else { "" };
        let digit =
            unit(next).map(|unit| unit.to_string()).or_else(|| is_number(next).then(|| next.to_owned()))?;
        return (digit.len() == 1).then(|| (digit.repeat(times), 2));
    }
    if is_number(word) {
        // "12 hundred" is said like "twelve hundred".
        return match small(word).filter(|_| at + 1 < end && is_scale(words.get(at + 1))) {
            Some(value) => {
                let (digits, more) = scaled(words, at + 1, end, value);
                Some((digits, 1 + more))
            }
            None => Some((word.to_owned(), 1)),
        };
    }
    let follows = |at: usize| at < end && (unit(words.get(at)).is_some() || is_number(words.get(at)));
    if let Some(unit) = unit(word) {
        if at + 1 < end && is_scale(words.get(at + 1)) && unit > 0 {
            let (digits, more) = scaled(words, at + 1, end, unit);
            return Some((digits, 1 + more));
        }
        return Some((unit.to_string(), 1));
    }
    if let Some(value) = below_hundred(words, at, end) {
        let (value, length) = value;
        if at + length < end && is_scale(words.get(at + length)) {
            let (digits, more) = scaled(words, at + length, end, value);
            return Some((digits, length + more));
        }
        return Some((value.to_string(), length));
    }
    // Nobody ends on a "to" or a "for", unless it was a number.
    let ends = |at: usize| follows(at) || at >= words.len();
    let digit = misheard(word).filter(|_| inside)?;
    let goes_on = ends(at + 1) || misheard(words.get(at + 1)).is_some() && ends(at + 2);
    goes_on.then(|| (digit.to_owned(), 1))
}

/// The digit that a word may be that was not one.
fn misheard(word: &str) -> Option<&'static str> {
    Some(match word {
        "to" | "too" => "2",
        "for" | "fore" => "4",
        "ate" => "8",
        "won" => "1",
        _ => return None,
    })
}

/// What follows a number in front of "hundred" or "thousand": the digits, and the words they take
/// from the scale on.
fn scaled(words: &Words<'_>, at: usize, end: usize, value: u32) -> (String, usize) {
    let scale = if words.get(at) == "hundred" { 100 } else { 1000 };
    let mut total = value * scale;
    let mut length = 1;
    // "Five thousand two hundred".
    if scale == 1000
        && let Some(hundreds) = unit(words.get(at + 1)).filter(|unit| *unit > 0 && at + 2 < end)
        && words.get(at + 2) == "hundred"
    {
        total += hundreds * 100;
        length += 2;
    }
    let and = at + length < end && words.get(at + length) == "and";
    let rest = at + length + usize::from(and);
    // Without an "and", a single digit is the next digit of the number: "eight hundred, five five
    // five" is 800555.
    let more = below_hundred(words, rest, end).or_else(|| {
        let unit = if and && rest < end { unit(words.get(rest)) } else { None };
        unit.filter(|unit| *unit > 0).map(|unit| (unit, 1))
    });
    if let Some((more, taken)) = more {
        total += more;
        length += usize::from(and) + taken;
    }
    (total.to_string(), length)
}

/// A number from ten to ninety-nine in words, and how many they are.
fn below_hundred(words: &Words<'_>, at: usize, end: usize) -> Option<(u32, usize)> {
    if at >= end {
        return None;
    }
    let value = teen_or_ten(words.get(at))?;
    let unit = if at + 1 < end { unit(words.get(at + 1)) } else { None };
    match unit.filter(|unit| value >= 20 && *unit > 0) {
        // "Twenty one hundred" is 2100, and "twenty, one hundred" is not said.
        Some(unit) => Some((value + unit, 2)),
        None => Some((value, 1)),
    }
}

pub(crate) fn unit(word: &str) -> Option<u32> {
    Some(match word {
        "zero" | "oh" | "o" | "nought" | "naught" | "nil" => 0,
        "one" => 1,
        "two" => 2,
        "three" | "tree" => 3,
        "four" => 4,
        "five" | "fife" => 5,
        "six" => 6,
        "seven" => 7,
        "eight" => 8,
        "nine" | "niner" => 9,
        _ => return None,
    })
}

pub(crate) fn teen_or_ten(word: &str) -> Option<u32> {
    Some(match word {
        "ten" => 10,
        "eleven" => 11,
        "twelve" => 12,
        "thirteen" => 13,
        "fourteen" => 14,
        "fifteen" => 15,
        "sixteen" => 16,
        "seventeen" => 17,
        "eighteen" => 18,
        "nineteen" => 19,
        "twenty" => 20,
        "thirty" => 30,
        "forty" | "fourty" => 40,
        "fifty" => 50,
        "sixty" => 60,
        "seventy" => 70,
        "eighty" => 80,
        "ninety" => 90,
        _ => return None,
    })
}

fn is_scale(word: &str) -> bool {
    matches!(word, "hundred" | "thousand")
}

fn is_number(word: &str) -> bool {
    !word.is_empty() && word.bytes().all(|byte| byte.is_ascii_digit())
}

fn small(word: &str) -> Option<u32> {
    word.parse().ok().filter(|value| (1..100).contains(value))
}

/// A quantity: "twenty three", "one hundred and five", "2,500", "minus two point five".
pub(crate) fn quantity(words: &Words<'_>, range: Range<usize>) -> Option<f64> {
    let end = range.end.min(words.len());
    let start = range.clone().find(|at| *at < end && cardinal_word(words.get(*at)).is_some())?;
    let negative = start > range.start && matches!(words.get(start - 1), "minus" | "negative");
    let (mut total, mut section) = (0.0_f64, 0.0_f64);
    let mut at = start;
    let mut after_unit = false;
    while at < end {
        let word = words.get(at);
        let decimals =
            at > start && is_number(word) && words.original[..words.list[at].place.start].ends_with('.');
        match cardinal_word(word).filter(|_| !decimals) {
            Some(Cardinal::Number(value)) => {
                // A comma within 2,500 was cut: three digits right behind a number go on with it.
                let joined = after_unit
                    && word.len() == 3
                    && is_number(word)
                    && words.list[at].place.start == words.list[at - 1].place.end + 1
                    && words.original[..words.list[at].place.start].ends_with(',');
                if joined {
                    section = section * 1000.0 + value;
                } else {
                    section += value;
                }
                after_unit = true;
            }
            Some(Cardinal::Scale(scale)) if scale >= 1000.0 => {
                total += section.max(1.0) * scale;
                (section, after_unit) = (0.0, false);
            }
            Some(Cardinal::Scale(scale)) => {
                section = section.max(1.0) * scale;
                after_unit = false;
            }
            None if word == "and" && at + 1 < end && cardinal_word(words.get(at + 1)).is_some() => {}
            None => break,
        }
        at += 1;
    }
    let mut value = total + section;
    let decimals_written = at > start
        && at < end
        && is_number(words.get(at))
        && words.original[..words.list[at].place.start].ends_with('.');
    if matches!(words.get(at), "point" | "dot") && at + 1 < end || decimals_written {
        let mut place = 0.1;
        for run in runs(words, at..end).into_iter().take(1) {
            for digit in run.digits.bytes().filter(u8::is_ascii_digit) {
                value += f64::from(digit - b'0') * place;
                place /= 10.0;
            }
        }
        value = (value * 1e9).round() / 1e9;
    }
    value.is_finite().then_some(if negative { -value } else { value })
}

enum Cardinal {
    Number(f64),
    Scale(f64),
}

fn cardinal_word(word: &str) -> Option<Cardinal> {
    if let Some(value) = unit(word).filter(|_| word != "o" && word != "oh").or_else(|| teen_or_ten(word)) {
        return Some(Cardinal::Number(f64::from(value)));
    }
    if is_number(word) {
        return word.parse().ok().map(Cardinal::Number);
    }
    Some(match word {
        "hundred" => Cardinal::Scale(100.0),
        "thousand" => Cardinal::Scale(1000.0),
        "million" => Cardinal::Scale(1_000_000.0),
        _ => return None,
    })
}

/// Digits in groups, each digit apart, so that a voice says them one by one: `5 5 5, 1 2 1 2`.
pub(crate) fn spoken(number: &str) -> String {
    let digits: Vec<char> = number.chars().filter(char::is_ascii_digit).collect();
    let mut spoken = String::with_capacity(digits.len() * 2 + 8);
    if number.starts_with('+') {
        spoken.push_str("plus ");
    }
    let mut rest = digits.as_slice();
    let mut first = true;
    while !rest.is_empty() {
        // Groups of three, and one or two of four at the end rather than a digit on its own.
        let length = match rest.len() {
            0..=4 => rest.len(),
            8 => 4,
            5 | 6 | 7 | 9.. => 3,
        };
        if !first {
            spoken.push_str(", ");
        }
        first = false;
        for (place, digit) in rest[..length].iter().enumerate() {
            if place > 0 {
                spoken.push(' ');
            }
            spoken.push(*digit);
        }
        rest = &rest[length..];
    }
    spoken
}

#[cfg(test)]
mod tests {
    use super::*;

    fn heard(text: &str) -> String {
        let words = Words::of(text);
        answer(&words, 0..words.len(), 7)
    }

    #[test]
    fn digits_are_understood_however_they_are_said() {
        for (said, digits) in [
            ("five five five one two one two", "5551212"),
            ("five five five, double two, oh, twelve hundred", "5552201200"),
            ("555-1212", "5551212"),
            ("(555) 123 4567", "5551234567"),
            ("it's 555 twelve twelve", "5551212"),
            ("five fifty five twelve twelve", "5551212"),
            ("um five five five uh one two um one two", "5551212"),
            ("triple five one two one two", "5551212"),
            ("treble five one two double three", "5551233"),
            ("one eight hundred five five five one two one two", "18005551212"),
            ("one eight hundred, five five five, twelve hundred", "18005551200"),
            ("oh two oh seven nine four six oh nine five eight", "02079460958"),
            ("plus four four two oh seven nine four six", "+44207946"),
            ("+44 20 7946", "+44207946"),
            ("twenty one, thirty, forty five", "213045"),
            ("five thousand", "5000"),
            ("two thousand and six", "2006"),
            ("nine one one hundred and five", "91105"),
            ("five five five to one two for five", "55521245"),
            ("five five five won to one to", "5551212"),
            ("my number is five five five one two one two thank you", "5551212"),
            ("five five five dash one two one two", "5551212"),
            ("area code five five five then one two one two", "5551212"),
            ("five five five one two one two extension nine", "5551212"),
            ("zero nought o oh", "0000"),
            ("", ""),
            ("I have no idea", ""),
            ("the one about the heating", ""),
            ("I need to cancel my appointment on friday at 3", ""),
            ("a quote for about two hundred tiles", ""),
            ("my number is, let me see now where is it, five five five", "555"),
            ("555 0199 or 555 0100", "5550199"),
            ("one", "1"),
            ("double", ""),
            ("double trouble", ""),
            ("hundred", ""),
            ("plus", ""),
        ] {
            assert_eq!(heard(said), digits, "{said:?}");
        }
    }

    #[test]
    fn speakers_may_correct_themselves() {
        assert_eq!(heard("five five six no five five five one two one two"), "5551212");
        assert_eq!(heard("five five five one two one three sorry one two one two"), "5551212");
        assert_eq!(heard("five five five one two one three, I mean two"), "5551212");
    }

    #[test]
    fn quantities_are_added_up() {
        for (said, value) in [
            ("twenty three", Some(23.0)),
            ("one hundred and five", Some(105.0)),
            ("two thousand five hundred", Some(2500.0)),
            ("2,500 please", Some(2500.0)),
            ("2.5", Some(2.5)),
            ("minus two point five", Some(-2.5)),
            ("a million", Some(1_000_000.0)),
            ("about 12 people", Some(12.0)),
            ("none", None),
        ] {
            let words = Words::of(said);
            assert_eq!(quantity(&words, 0..words.len()), value, "{said:?}");
        }
    }

    #[test]
    fn a_number_is_read_back_digit_by_digit() {
        for (number, spoken_as) in [
            ("5551212", "5 5 5, 1 2 1 2"),
            ("5551234567", "5 5 5, 1 2 3, 4 5 6 7"),
            ("02079460958", "0 2 0, 7 9 4 6, 0 9 5 8"),
            ("12345678", "1 2 3 4, 5 6 7 8"),
            ("12345", "1 2 3, 4 5"),
            ("+4420", "plus 4 4 2 0"),
            ("", ""),
        ] {
            assert_eq!(spoken(number), spoken_as, "{number:?}");
        }
    }
}
