//! What somebody said as words: lower case for matching, with their places for quoting.

use std::collections::HashMap;
use std::ops::Range;

/// How much of one turn is looked at, in bytes; nobody says more in an answer.
pub(crate) const LONGEST_TURN: usize = 4_000;

/// One word of a turn.
#[derive(Clone, Debug)]
pub(crate) struct Word {
    /// The word in lower case, with plain apostrophes.
    pub(crate) text: String,
    /// Where it stands in [`Words::original`].
    pub(crate) place: Range<usize>,
    /// Whether a comma, a full stop or the like follows.
    pub(crate) pause: bool,
}

/// A turn, cut into words.
#[derive(Clone, Debug)]
pub(crate) struct Words<'a> {
    pub(crate) original: &'a str,
    pub(crate) list: Vec<Word>,
}

impl<'a> Words<'a> {
    /// Cuts `original` into words; what lies behind [`LONGEST_TURN`] is left out.
    pub(crate) fn of(original: &'a str) -> Self {
        let original = shorten(original, LONGEST_TURN);
        let mut list: Vec<Word> = Vec::new();
        let mut start = None;
        let mut characters = original.char_indices().peekable();
        while let Some((at, character)) = characters.next() {
            let next = characters.peek().map(|(_, next)| *next);
            let inside = character.is_alphanumeric()
                || is_mark(character) && start.is_some()
                || is_apostrophe(character) && start.is_some() && next.is_some_and(char::is_alphabetic);
            if inside {
                start.get_or_insert(at);
                continue;
            }
            if let Some(start) = start.take() {
                list.push(word(original, start..at));
            }
            match character {
                // A plus only means something in front of a number.
                '+' if next.is_some_and(|next| next.is_ascii_digit()) => {
                    list.push(Word { text: "plus".to_owned(), place: at..at + 1, pause: false });
                }
                ',' | '.' | ';' | ':' | '!' | '?' | '\n' | '…' | '—' => {
                    // The point of 2.5 and the comma of 2,500 are no pauses.
                    let in_number = next.is_some_and(|next| next.is_ascii_digit())
                        && original[..at].ends_with(|before: char| before.is_ascii_digit());
                    if let Some(last) = list.last_mut().filter(|_| !in_number) {
                        last.pause = true;
                    }
                }
                _ => {}
            }
        }
        if let Some(start) = start {
            list.push(word(original, start..original.len()));
        }
        Self { original, list }
    }

    pub(crate) fn len(&self) -> usize {
        self.list.len()
    }

    /// The word at `at`, or nothing behind the end.
    pub(crate) fn get(&self, at: usize) -> &str {
        self.list.get(at).map_or("", |word| word.text.as_str())
    }

    /// Whether a pause follows the word at `at`.
    pub(crate) fn pause_after(&self, at: usize) -> bool {
        self.list.get(at).is_some_and(|word| word.pause)
    }

    /// The words of `range` as they were written.
    pub(crate) fn quote(&self, range: Range<usize>) -> &'a str {
        match (self.list.get(range.start), range.end.checked_sub(1).and_then(|last| self.list.get(last))) {
            (Some(first), Some(last)) if range.start < range.end => {
                &self.original[first.place.start..last.place.end]
            }
            _ => "",
        }
    }

    /// The words in lower case with single spaces, as regular expressions see them.
    pub(crate) fn joined(&self) -> String {
        let mut joined = String::with_capacity(self.original.len());
        for word in &self.list {
            if !joined.is_empty() {
                joined.push(' ');
            }
            joined.push_str(&word.text);
        }
        joined
    }
}

/// The first `most` bytes of `text`, or a little less, so that no character is cut.
pub(crate) fn shorten(text: &str, most: usize) -> &str {
    if text.len() <= most {
        return text;
    }
    let mut end = most;
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    &text[..end]
}

fn word(original: &str, place: Range<usize>) -> Word {
    let mut text = String::with_capacity(place.len());
    for character in original[place.clone()].chars() {
        if is_apostrophe(character) {
            text.push('\'');
        } else if let Some(digit) = digit(character) {
            text.push(digit);
        } else if character.is_ascii() {
            text.push(character.to_ascii_lowercase());
        } else {
            text.extend(character.to_lowercase());
        }
    }
    Word { text, place, pause: false }
}

/// Digits of other scripts as those that are calculated with.
fn digit(character: char) -> Option<char> {
    let code = u32::from(character);
    let zero = [0x0660, 0x06F0, 0x0966, 0x09E6, 0xFF10]
        .into_iter()
        .find(|zero| (*zero..zero + 10).contains(&code))?;
    char::from_digit(code - zero, 10)
}

fn is_apostrophe(character: char) -> bool {
    matches!(character, '\'' | '’' | '‘' | '`')
}

/// Marks that belong to the letter before them: Devanagari vowel signs, combining accents.
fn is_mark(character: char) -> bool {
    let code = u32::from(character);
    matches!(code, 0x0300..=0x036F | 0x0900..=0x0DFF | 0x0E31..=0x0E4E | 0x200D | 0x3099..=0x309A)
}

/// Words that are said while thinking, or out of politeness, and mean nothing.
pub(crate) fn is_filler(word: &str) -> bool {
    matches!(
        word,
        "um" | "umm"
            | "uhm"
            | "uh"
            | "uhh"
            | "er"
            | "erm"
            | "ah"
            | "eh"
            | "hm"
            | "hmm"
            | "mm"
            | "mhm"
            | "well"
            | "so"
            | "like"
            | "okay"
            | "ok"
            | "please"
            | "just"
            | "then"
            | "and"
            | "oh"
            | "hi"
            | "hello"
            | "hey"
    )
}

/// Sounds that are made while thinking.
pub(crate) fn is_thinking(word: &str) -> bool {
    matches!(
        word,
        "um" | "umm"
            | "uhm"
            | "uh"
            | "uhh"
            | "er"
            | "erm"
            | "ah"
            | "eh"
            | "hm"
            | "hmm"
            | "mm"
            | "well"
            | "so"
            | "like"
            | "and"
    )
}

/// Phrases, each a row of words that has to stand side by side; found by their first word.
#[derive(Clone, Debug, Default)]
pub(crate) struct Phrases(HashMap<Box<str>, Vec<Rest>>);

/// The words of a phrase behind its first.
type Rest = Vec<Box<str>>;

impl Phrases {
    /// Takes each text for a phrase; a text without a word is no phrase.
    pub(crate) fn new<S: AsRef<str>>(texts: impl IntoIterator<Item = S>) -> Self {
        let mut phrases = Self::default();
        for text in texts {
            let mut words = Words::of(text.as_ref()).list.into_iter().map(|word| word.text.into());
            if let Some(first) = words.next() {
                phrases.0.entry(first).or_default().push(words.collect());
            }
        }
        // The longest first, so that the first that fits is the longest that fits.
        for rests in phrases.0.values_mut() {
            rests.sort_by_key(|rest| std::cmp::Reverse(rest.len()));
        }
        phrases
    }

    /// How many words the longest phrase has that starts at `at`, if one does.
    pub(crate) fn at(&self, words: &Words<'_>, at: usize) -> Option<usize> {
        let (first, following) = words.list.get(at..)?.split_first()?;
        let rests = self.0.get(first.text.as_str())?;
        let fits = |rest: &&Rest| {
            rest.len() <= following.len()
                && rest.iter().zip(following).all(|(wanted, word)| **wanted == *word.text)
        };
        rests.iter().find(fits).map(|rest| rest.len() + 1)
    }

    /// The first place where a phrase stands.
    pub(crate) fn find(&self, words: &Words<'_>) -> Option<Range<usize>> {
        (0..words.len()).find_map(|at| self.at(words, at).map(|length| at..at + length))
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(text: &str) -> Vec<String> {
        Words::of(text).list.into_iter().map(|word| word.text).collect()
    }

    #[test]
    fn words_are_lower_case_and_keep_their_apostrophes() {
        assert_eq!(texts("It’s  JOHN O'Brien, 555-1212!"), ["it's", "john", "o'brien", "555", "1212"]);
        assert_eq!(texts("+44 20"), ["plus", "44", "20"]);
        assert_eq!(texts("ÄRGER 你好 नमस्ते"), ["ärger", "你好", "नमस्ते"]);
        assert_eq!(texts(" ' … 👍 "), Vec::<String>::new());
    }

    #[test]
    fn a_quote_is_what_was_written() {
        let words = Words::of("Well, it's about my Order #5, thanks");
        assert_eq!(words.quote(2..6), "about my Order #5");
        assert_eq!(words.quote(3..3), "");
        assert_eq!(words.quote(90..99), "");
    }

    #[test]
    fn a_very_long_turn_is_cut_at_a_character() {
        let text = "é".repeat(LONGEST_TURN);
        assert!(Words::of(&text).original.len() <= LONGEST_TURN);
    }

    #[test]
    fn the_longest_phrase_that_fits_is_found() {
        let phrases = Phrases::new(["call me", "call me back at", "…"]);
        assert_eq!(phrases.find(&Words::of("please call me back at nine")), Some(1..5));
        assert_eq!(phrases.find(&Words::of("call men")), None);
    }
}
