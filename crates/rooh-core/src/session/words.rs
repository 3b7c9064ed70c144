//! What the words of a turn say about it: backchannels, and whether the answer is there.

use rooh_floor::Verdict;

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

/// Whether `text` is the answer that was asked for, as far as its form tells.
pub(super) fn verdict(expected: &Expected, text: &str) -> Verdict {
    let mut words = words(text).peekable();
    if words.peek().is_none() {
        return Verdict::Unknown;
    }
    match expected {
        Expected::Digits { min, max } => match digits(text) {
            0 => Verdict::Unknown,
            count if count < *min => Verdict::Unfinished,
            count if count >= *max => Verdict::Finished,
            _ => Verdict::Unknown,
        },
        Expected::OneOf(phrases) => {
            let said = words.collect::<Vec<_>>().join(" ");
            let finished =
                phrases.iter().any(|phrase| self::words(phrase).collect::<Vec<_>>().join(" ") == said);
            if finished { Verdict::Finished } else { Verdict::Unknown }
        }
        Expected::YesNo => {
            const ANSWERS: &[&str] = &[
                "yes", "yeah", "yep", "yup", "sure", "correct", "right", "exactly", "no", "nope", "nah",
                "sí", "ja", "nein", "oui", "non",
            ];
            let last = words.last().expect("a word was seen");
            if ANSWERS.contains(&last.as_str()) { Verdict::Finished } else { Verdict::Unknown }
        }
        _ => Verdict::Unknown,
    }
}

/// How many digits `text` holds, written or spoken.
fn digits(text: &str) -> usize {
    const SPOKEN: &[&str] =
        &["zero", "oh", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine"];
    let mut count = 0;
    let mut times = 1;
    for word in words(text) {
        match word.as_str() {
            "double" => times = 2,
            "triple" => times = 3,
            spoken if SPOKEN.contains(&spoken) => count += std::mem::replace(&mut times, 1),
            written => count += written.chars().filter(char::is_ascii_digit).count(),
        }
    }
    count
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_backchannel_has_no_significant_words_and_a_command_has() {
        assert_eq!(significant("Mm-hm. Yeah, okay!"), 0);
        assert_eq!(significant("wait"), 1);
        assert_eq!(significant("no no stop"), 3);
    }

    #[test]
    fn a_number_is_finished_when_all_its_digits_are_there() {
        let number = Expected::Digits { min: 7, max: 10 };
        assert_eq!(verdict(&number, "five five five"), Verdict::Unfinished);
        assert_eq!(verdict(&number, "555 12"), Verdict::Unfinished);
        assert_eq!(verdict(&number, "5551212"), Verdict::Unknown);
        assert_eq!(verdict(&number, "555 double one 21234"), Verdict::Finished);
        assert_eq!(verdict(&number, "let me see"), Verdict::Unknown);
    }

    #[test]
    fn a_plain_answer_to_a_plain_question_is_finished() {
        assert_eq!(verdict(&Expected::YesNo, "uh, yeah."), Verdict::Finished);
        assert_eq!(verdict(&Expected::YesNo, "no, the last"), Verdict::Unknown);
        assert_eq!(verdict(&Expected::OneOf(vec!["Two pizzas".into()]), "two pizzas!"), Verdict::Finished);
        assert_eq!(verdict(&Expected::Anything, "yes"), Verdict::Unknown);
    }
}
