//! Whether two texts are the same words: a partial and a final transcript, or speech and its echo.

use std::ops::Range;

use crate::language::{Language, Roles};
use crate::number;
use crate::text::Words;

/// From where on [`echoes`] says that the microphone heard the agent itself.
///
/// Of sentences of an agent as a poor recognizer hears them (three words in ten are lost, are
/// others, or have a wrong letter) 19 of 20 score more; what callers answer to them scores less than
/// 0.3, unless they repeat an offer word by word. The test `an_echo_scores_more_than_an_answer`
/// measures both. It holds for three words and more: "the morning" may be an echo of "in the morning
/// or in the afternoon" as well as the answer to it.
pub const ECHO_THRESHOLD: f32 = 0.5;

/// How many words of the end of either text are compared: what is heard of one pause, and what is
/// spoken in a minute and a half, so that a long text costs a bounded time.
const HEARD: usize = 64;
const SPOKEN: usize = 256;

/// A word that is found, in quarters; a word of the spoken text that is passed over costs one. So
/// words that are found four words further on are worth nothing: they were found by chance.
const FOUND: usize = 4;
const PASSED: usize = 1;

/// How much of `heard` is contained in `spoken`, in order and close together: 0 for nothing, 1 for
/// all of it.
///
/// `heard` is what a recognizer made of the microphone, `spoken` what the agent was saying shortly
/// before; the less of it there is, the less is found by chance. A word of four letters or more
/// may differ in one letter, of eight or more in two. Numbers count by their digits, so that
/// "10:30" contains "ten thirty". See [`ECHO_THRESHOLD`].
pub fn echoes(heard: &str, spoken: &str, language: Option<&str>) -> f32 {
    let language = Language::of(language);
    let heard = Atoms::of(heard, language, true);
    let spoken = Atoms::of(spoken, language, true);
    let heard: Vec<&str> = heard.last(HEARD).collect();
    let spoken: Vec<&str> = spoken.last(SPOKEN).collect();
    if heard.is_empty() {
        return 0.0;
    }
    // The best score of what was heard so far, by the place in the spoken text where it ends.
    let mut before = vec![0; spoken.len() + 1];
    let mut now = before.clone();
    for heard in &heard {
        for (at, spoken) in spoken.iter().enumerate() {
            let found = if is_alike(heard, spoken) { before[at] + FOUND } else { 0 };
            now[at + 1] = found.max(before[at + 1]).max(now[at].saturating_sub(PASSED));
        }
        std::mem::swap(&mut before, &mut now);
    }
    let best = before.into_iter().max().unwrap_or(0);
    #[expect(clippy::cast_precision_loss, reason = "both are below 257")]
    let share = best as f32 / (heard.len() * FOUND) as f32;
    share
}

/// Whether two transcripts say the same: case, punctuation and fillers aside, and numbers by their
/// digits, so that "five five" and "55" match.
///
/// `language` says what is a filler and what a number; without one that has rules, all words count.
pub fn matches(a: &str, b: &str, language: Option<&str>) -> bool {
    let language = Language::of(language);
    let [a, b] = [a, b].map(|text| Atoms::of(text, language, false));
    a.text == b.text
}

/// Words without fillers, and numbers as digits.
struct Atoms {
    text: String,
    list: Vec<Range<usize>>,
}

impl Atoms {
    /// The words of `text`; `apart` keeps each digit for itself.
    fn of(text: &str, language: Option<&Language>, apart: bool) -> Self {
        let words = Words::of(text);
        let groups = number::groups(&words, language);
        let mut groups = groups.iter().peekable();
        let mut atoms = Self { text: String::with_capacity(text.len() + 8), list: Vec::new() };
        let mut digits = String::new();
        let mut at = 0;
        let mut after_number = false;
        while at < words.len() {
            if let Some(group) = groups.next_if(|group| group.words.start == at) {
                digits.clear();
                group.write(&words, &mut digits);
                // "B12" is a word, whatever its digits.
                let figures = !group.written || words.get(at).chars().all(|c| !c.is_alphabetic());
                match figures {
                    true if apart => {
                        digits.chars().for_each(|digit| atoms.push(digit.encode_utf8(&mut [0; 4])))
                    }
                    true if after_number => atoms.text.push_str(&digits),
                    true => atoms.push(&digits),
                    false => atoms.push(words.get(at)),
                }
                after_number = figures;
                at = group.words.end;
                continue;
            }
            let sounds = Roles::FILLER.or(Roles::YES);
            let phrase = language.and_then(|language| language.phrase(&words, at, words.len(), sounds));
            let length = match phrase {
                Some((length, entry)) if entry.roles.any(Roles::FILLER) => length,
                // "Mm-hm" is no filler, though its parts are.
                Some((length, _)) => {
                    (at..at + length).for_each(|at| atoms.push(words.get(at)));
                    after_number = false;
                    length
                }
                None => {
                    atoms.push(words.get(at));
                    after_number = false;
                    1
                }
            };
            at += length;
        }
        atoms
    }

    fn push(&mut self, word: &str) {
        if !self.text.is_empty() {
            self.text.push(' ');
        }
        self.list.push(self.text.len()..self.text.len() + word.len());
        self.text.push_str(word);
    }

    /// The last `count` of them.
    fn last(&self, count: usize) -> impl Iterator<Item = &str> {
        let from = self.list.len().saturating_sub(count);
        self.list[from..].iter().map(|range| &self.text[range.clone()])
    }
}

/// Whether a recognizer may have taken one word for the other.
fn is_alike(a: &str, b: &str) -> bool {
    if a == b {
        return true;
    }
    let shorter = a.len().min(b.len());
    // Bytes are enough to see that a word is too short.
    let wrong = match shorter {
        0..4 => return false,
        4..8 => 1,
        _ => 2,
    };
    a.len().abs_diff(b.len()) <= 2 * wrong && differ_by(a, b, wrong)
}

/// Whether `a` becomes `b` by at most `wrong` letters that are added, left out or exchanged.
fn differ_by(a: &str, b: &str, wrong: usize) -> bool {
    let (mut a_chars, mut b_chars) = (a.chars(), b.chars());
    loop {
        let (a, b) = (a_chars.as_str(), b_chars.as_str());
        match (a_chars.next(), b_chars.next()) {
            (None, None) => return true,
            (Some(left), Some(right)) if left == right => {}
            _ if wrong == 0 => return false,
            (left, right) => {
                return left.is_some() && differ_by(a_chars.as_str(), b, wrong - 1)
                    || right.is_some() && differ_by(a, b_chars.as_str(), wrong - 1)
                    || left.is_some()
                        && right.is_some()
                        && differ_by(a_chars.as_str(), b_chars.as_str(), wrong - 1);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_differ_by_letters() {
        for (a, b, alike) in [
            ("appointment", "apointmant", true),
            ("tuesday", "thursday", false),
            ("table", "cable", true),
            ("cat", "car", false),
            ("müller", "mueller", false),
            ("größe", "grösse", false),
            ("", "x", false),
        ] {
            assert_eq!(is_alike(a, b), alike, "{a} {b}");
        }
    }
}
