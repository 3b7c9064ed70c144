//! Where in our own text a word is that the voice says it has spoken.

/// How many words of the text may be passed over for the next one of the voice.
const REACH: usize = 2;
/// How many, at most, after words of the voice that were not found: a number is one word of the text
/// and many of the voice.
const LONGEST_REACH: usize = 8;

/// The words of one clause, found again in the order in which they are spoken.
///
/// Only letters and digits are compared, without their case. A word that is not found, because it is
/// spoken otherwise than it is written, has no place; the next one that is found has one again.
#[derive(Debug)]
pub(crate) struct Words {
    clause: String,
    letters: Vec<Letter>,
    /// How many words of the voice were not found since the last one that was.
    missed: usize,
    /// The first letter that was not spoken yet.
    next: usize,
}

#[derive(Clone, Copy, Debug)]
struct Letter {
    c: char,
    /// Where it ends in the clause, in bytes.
    end: usize,
    /// Whether a word begins with it.
    begins: bool,
}

impl Words {
    pub(crate) fn new(clause: &str) -> Self {
        let mut letters: Vec<Letter> = Vec::new();
        let mut begins = true;
        for (at, c) in clause.char_indices() {
            begins |= c.is_whitespace();
            if c.is_alphanumeric() {
                // A letter may be several in lower case.
                for c in c.to_lowercase() {
                    let begins = std::mem::take(&mut begins) || is_unspaced(c);
                    letters.push(Letter { c, end: at + c_len(clause, at), begins });
                }
            }
        }
        Self { clause: clause.to_owned(), letters, missed: 0, next: 0 }
    }

    /// Where `word` ends in the clause, in bytes; `None` if it is not found, or ends inside a word.
    pub(crate) fn find(&mut self, word: &str) -> Option<usize> {
        let word = letters_of(word);
        if word.is_empty() {
            return None;
        }
        let Some(at) = self.place(&word) else {
            self.missed += 1;
            return None;
        };
        self.missed = 0;
        self.next = at + word.len();
        self.end_of(self.next)
    }

    /// Whether its last word was found.
    pub(crate) fn is_over(&self) -> bool {
        self.next == self.letters.len()
    }

    /// The letter with which `word` begins.
    fn place(&self, word: &[char]) -> Option<usize> {
        let is_here = |at: usize| {
            let letters = self.letters.get(at..at + word.len());
            letters.is_some_and(|letters| letters.iter().map(|letter| letter.c).eq(word.iter().copied()))
        };
        let is_whole = |at: usize| self.letters.get(at + word.len()).is_none_or(|letter| letter.begins);
        if is_here(self.next) && is_whole(self.next) {
            return Some(self.next);
        }
        let reach = (REACH + self.missed).min(LONGEST_REACH);
        let beginnings = (self.next + 1..self.letters.len()).filter(|at| self.letters[*at].begins);
        beginnings
            .take(reach)
            .find(|at| is_here(*at) && is_whole(*at))
            // The voice may tell a word in parts.
            .or_else(|| is_here(self.next).then_some(self.next))
    }

    /// Where the word ends whose last letter is the one before `next`, with the marks behind it.
    fn end_of(&self, next: usize) -> Option<usize> {
        let last = self.letters[next - 1];
        let rest = &self.clause[last.end..];
        let marks = rest.find(|c: char| c.is_alphanumeric() || c.is_whitespace()).unwrap_or(rest.len());
        let goes_on = rest[marks..].starts_with(char::is_alphanumeric);
        let is_inside = marks == 0 && goes_on && !self.letters[next].begins && !is_unspaced(last.c);
        (!is_inside).then_some(last.end + marks)
    }
}

fn c_len(text: &str, at: usize) -> usize {
    text[at..].chars().next().map_or(0, char::len_utf8)
}

/// What of a word of the voice is compared: not its tags, such as `<spell>`, and not its marks.
fn letters_of(word: &str) -> Vec<char> {
    let mut inside = false;
    let letters = word.chars().filter(|c| match c {
        '<' => {
            inside = true;
            false
        }
        '>' => {
            inside = false;
            false
        }
        c => !inside && c.is_alphanumeric(),
    });
    letters.flat_map(char::to_lowercase).collect()
}

/// Whether a letter is of a script that has no spaces between words: Chinese, Japanese, and those
/// of Thailand, Laos, Myanmar and Cambodia. Korean has them.
pub(crate) fn is_unspaced(c: char) -> bool {
    matches!(c,
        '\u{e00}'..='\u{eff}'
        | '\u{1000}'..='\u{109f}'
        | '\u{1780}'..='\u{17ff}'
        | '\u{2e80}'..='\u{30ff}'
        | '\u{31f0}'..='\u{9fff}'
        | '\u{f900}'..='\u{faff}'
        | '\u{20000}'..='\u{3ffff}')
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// The parts of the clause up to where each word of the voice ends.
    fn found<'a>(clause: &'a str, words: &[&str]) -> Vec<Option<&'a str>> {
        let mut all = Words::new(clause);
        words.iter().map(|word| all.find(word).map(|end| &clause[..end])).collect()
    }

    #[track_caller]
    fn check(clause: &str, words: &[&str], expected: &[&str]) {
        let expected: Vec<_> = expected.iter().map(|text| (!text.is_empty()).then_some(*text)).collect();
        assert_eq!(found(clause, words), expected, "{clause:?} as {words:?}");
    }

    #[test]
    fn words_are_found_with_the_marks_behind_them() {
        check(
            "Hello, \"old\" world!",
            &["Hello,", "old", "world"],
            &["Hello,", "Hello, \"old\"", "Hello, \"old\" world!"],
        );
        check(" Don't — ever.", &["Don't", "—", "ever."], &[" Don't", "", " Don't — ever."]);
        check(
            "naïve café-bread",
            &["naïve", "café-", "bread"],
            &["naïve", "naïve café-", "naïve café-bread"],
        );
        check("İstanbul ẞ", &["istanbul", "ß"], &["", "İstanbul ẞ"]);
    }

    #[test]
    fn what_is_spoken_otherwise_is_passed_over_and_found_again_after() {
        check(
            "At 12:30 we have 42 rolls.",
            &["At", "twelve", "thirty", "we", "have", "forty", "two", "rolls"],
            &["At", "", "", "At 12:30 we", "At 12:30 we have", "", "", "At 12:30 we have 42 rolls."],
        );
        check(
            "Dr. Who pays $5.",
            &["Doctor", "Who", "pays", "five", "dollars"],
            &["", "Dr. Who", "Dr. Who pays", "", ""],
        );
        check(
            "It costs 1 2 3 4 euros",
            &["It", "x", "y", "z", "euros"],
            &["It", "", "", "", "It costs 1 2 3 4 euros"],
        );
    }

    #[test]
    fn a_short_word_is_not_taken_for_the_beginning_of_a_long_one() {
        check("an apple a day", &["a", "day"], &["an apple a", "an apple a day"]);
        check("apple", &["app", "le"], &["", "apple"]);
    }

    #[test]
    fn scripts_without_spaces_are_marked_character_by_character() {
        check(
            "こんにちは。元気",
            &["こ", "ん", "にち", "は", "。", "元", "気"],
            &["こ", "こん", "こんにち", "こんにちは。", "", "こんにちは。元", "こんにちは。元気"],
        );
        check("안녕 반가워", &["안녕", "반", "가워"], &["안녕", "", "안녕 반가워"]);
    }

    #[test]
    fn tags_are_no_words() {
        check("Code <spell>AB12</spell> ok", &["Code", "<spell>AB12</spell>"], &["Code", ""]);
        check("Code AB12 ok", &["Code", "<spell>AB12</spell>", "ok"], &["Code", "Code AB12", "Code AB12 ok"]);
    }

    proptest! {
        #[test]
        fn places_rise_and_lie_between_characters(
            clause in "([a-c]|[0-9]|[ .,-]|ü|日|<|🥐|İ){0,40}",
            words in proptest::collection::vec("([a-c]|[0-9]|ü|日|<|>|🥐|i){0,4}", 0..20),
        ) {
            let mut all = Words::new(&clause);
            let mut last = 0;
            for word in &words {
                if let Some(end) = all.find(word) {
                    prop_assert!(end >= last && clause.is_char_boundary(end));
                    last = end;
                }
            }
        }

        #[test]
        fn the_words_of_the_text_itself_are_all_found(clause in "([a-d]{1,5}[.,!]? ){1,12}") {
            let mut all = Words::new(&clause);
            let mut at = 0;
            for word in clause.split_whitespace() {
                at += clause[at..].find(word).unwrap_or_default() + word.len();
                prop_assert_eq!(all.find(word), Some(at));
            }
        }
    }
}
