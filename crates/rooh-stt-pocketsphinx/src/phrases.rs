//! The words of grammars: what people say around an answer, and numbers as words.

/// What people say before an answer.
pub(crate) const BEFORE: &[&str] = &[
    "ah",
    "and",
    "area code",
    "er",
    "hello",
    "hi",
    "i am",
    "i think it's",
    "i'd like",
    "i would like",
    "i'm",
    "it is",
    "it's",
    "it would be",
    "let me see",
    "let's see",
    "make it",
    "my name is",
    "my name's",
    "my number is",
    "my phone number is",
    "number",
    "okay",
    "on",
    "at",
    "for",
    "oh",
    "please",
    "so",
    "sure",
    "that is",
    "that would be",
    "that's",
    "the",
    "the number is",
    "this is",
    "uh",
    "um",
    "well",
    "yeah",
    "yes",
];

/// What people say before digits: nothing that sounds like one.
pub(crate) const BEFORE_DIGITS: &[&str] = &[
    "it is",
    "it's",
    "my number is",
    "my phone number is",
    "okay",
    "sure",
    "that is",
    "that's",
    "the number is",
    "uh",
    "um",
    "yeah",
    "yes",
    "area code",
];

/// What people say after an answer.
pub(crate) const AFTER: &[&str] = &["if possible", "please", "thank you", "thanks"];

/// How most people say yes or no.
pub(crate) const SHORT_YES_NO: &[&str] = &["correct", "no", "okay", "sure", "that's right", "yeah", "yes"];

/// Other ways to say yes or no.
pub(crate) const YES_NO: &[&str] = &[
    "absolutely",
    "absolutely not",
    "affirmative",
    "certainly",
    "correct",
    "definitely",
    "exactly",
    "fine",
    "i do",
    "i don't",
    "i don't think so",
    "i guess so",
    "i think so",
    "incorrect",
    "it is",
    "it isn't",
    "mhm",
    "mm-hmm",
    "nah",
    "negative",
    "no",
    "no it isn't",
    "no it's not",
    "no no",
    "no thank you",
    "no thanks",
    "no that's not right",
    "no that's wrong",
    "nope",
    "not at all",
    "not correct",
    "not quite",
    "not really",
    "of course",
    "of course not",
    "ok",
    "okay",
    "please do",
    "right",
    "sounds good",
    "sure",
    "that is correct",
    "that is right",
    "that is wrong",
    "that's correct",
    "that's fine",
    "that's it",
    "that's not correct",
    "that's not right",
    "that's not true",
    "that's right",
    "that's wrong",
    "uh-huh",
    "wrong",
    "yeah",
    "yeah sure",
    "yeah that's right",
    "yep",
    "yes",
    "yes i do",
    "yes it is",
    "yes of course",
    "yes please",
    "yes sure",
    "yes that is correct",
    "yes that's correct",
    "yes that's fine",
    "yes that's right",
    "yes yes",
    "yup",
];

/// What is said of a date besides the words of its parts.
pub(crate) const MONTHS: &[&str] = &[
    "january",
    "february",
    "march",
    "april",
    "may",
    "june",
    "july",
    "august",
    "september",
    "october",
    "november",
    "december",
];

pub(crate) const WEEKDAYS: &[&str] =
    &["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"];

pub(crate) const ONES: [&str; 10] =
    ["zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine"];

pub(crate) const TEENS: [&str; 10] = [
    "ten",
    "eleven",
    "twelve",
    "thirteen",
    "fourteen",
    "fifteen",
    "sixteen",
    "seventeen",
    "eighteen",
    "nineteen",
];

pub(crate) const TENS: [&str; 10] =
    ["", "", "twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"];

/// A number below ten thousand as words.
pub(crate) fn number(mut number: usize) -> Vec<&'static str> {
    let mut words = Vec::new();
    if number >= 1_000 {
        words.extend([ONES[number / 1_000 % 10], "thousand"]);
        number %= 1_000;
    }
    if number >= 100 {
        words.extend([ONES[number / 100], "hundred"]);
        number %= 100;
    }
    match number {
        0 if !words.is_empty() => {}
        0..=9 => words.push(ONES[number]),
        10..=19 => words.push(TEENS[number - 10]),
        _ => {
            words.push(TENS[number / 10]);
            if !number.is_multiple_of(10) {
                words.push(ONES[number % 10]);
            }
        }
    }
    words
}

/// A phrase as the words that a dictionary would list; none if there is nothing to say.
pub(crate) fn words(phrase: &str) -> Vec<String> {
    let mut words: Vec<String> = Vec::new();
    for part in phrase.split(|c: char| !(c.is_alphanumeric() || c == '\'' || c == '’' || c == '.')) {
        let part = part.trim_matches(|c| c == '.' || c == '\'').to_lowercase().replace('’', "'");
        if part.is_empty() {
            continue;
        }
        match part.parse::<usize>() {
            Ok(value) if value < 10_000 && (part == "0" || !part.starts_with('0')) => {
                words.extend(number(value).into_iter().map(str::to_owned));
            }
            Ok(_) => words.extend(
                part.bytes()
                    .filter(u8::is_ascii_digit)
                    .map(|digit| ONES[usize::from(digit - b'0')].to_owned()),
            ),
            Err(_) => words.push(part),
        }
    }
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn phrases_become_dictionary_words() {
        assert_eq!(words("New York, N.Y."), ["new", "york", "n.y"]);
        assert_eq!(words("Room 214!"), ["room", "two", "hundred", "fourteen"]);
        assert_eq!(words("007"), ["zero", "zero", "seven"]);
        assert_eq!(words("That’s – it"), ["that's", "it"]);
        assert!(words("…").is_empty());
    }
}
