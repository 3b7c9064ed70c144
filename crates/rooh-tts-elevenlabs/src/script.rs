//! What was given to the voice, and which of its words were spoken when.

use std::collections::VecDeque;

/// How many words are looked ahead for one that is not the next. A number written out has more words
/// than it had figures, so what was skipped is found again by the next word that is as it was.
const LOOKAHEAD: usize = 8;
/// The longest word that is collected, in bytes.
const LONGEST: usize = 512;
/// How many words at the end of a clause may have been spoken in other words than they were written.
const TAIL: usize = 2;

/// A word of the text, and where it ends.
#[derive(Debug)]
struct Word {
    clause: usize,
    end: usize,
    /// Its letters and digits in lower case.
    text: String,
}

/// The text of one reply.
#[derive(Debug, Default)]
pub(crate) struct Script {
    /// How many clauses had something to say.
    clauses: usize,
    /// What was heard of a word so far, and where its last part begins.
    heard: String,
    /// Whether any word was ever heard.
    is_told: bool,
    part: usize,
    /// Bytes of all clauses.
    text: usize,
    /// Words that were not yet heard.
    words: VecDeque<Word>,
}

impl Script {
    /// Adds a clause; returns whether there is anything in it to pronounce.
    pub(crate) fn add(&mut self, clause: &str) -> bool {
        let before = self.words.len();
        let mut word: Option<Word> = None;
        for (at, c) in clause.char_indices() {
            let end = self.text + at + c.len_utf8();
            if c.is_alphanumeric() {
                let joins = |word: &Word| !stands_alone(c) && !word.text.chars().all(stands_alone);
                match &mut word {
                    Some(word) if joins(word) => {
                        word.text.extend(c.to_lowercase());
                        word.end = end;
                    }
                    word => {
                        let text = c.to_lowercase().collect();
                        self.words.extend(word.replace(Word { clause: self.clauses, end, text }));
                    }
                }
            } else if c.is_whitespace() {
                self.words.extend(word.take());
            } else if let Some(word) = &mut word {
                word.end = end;
            }
        }
        self.words.extend(word);
        self.text += clause.len();
        let says = self.words.len() > before;
        self.clauses += usize::from(says);
        says
    }

    /// How many clauses were not yet heard to their end.
    pub(crate) fn outstanding(&self) -> usize {
        self.words.front().map_or(0, |word| self.clauses - word.clause)
    }

    /// Whether more of a clause is to come than what may have been missed at its end.
    pub(crate) fn is_inside(&self) -> bool {
        let clause = self.words.front().map(|word| word.clause);
        self.is_told && self.words.get(TAIL).is_some_and(|word| Some(word.clause) == clause)
    }

    /// Bytes of all clauses.
    pub(crate) fn text(&self) -> usize {
        self.text
    }

    /// Takes all words for heard.
    pub(crate) fn settle(&mut self) {
        self.words.clear();
        self.forget();
    }

    /// Hears the next characters; returns up to where the text is spoken by now, if that is news.
    pub(crate) fn hear(&mut self, characters: &str) -> Option<usize> {
        let mut spoken = None;
        for c in characters.chars() {
            if c.is_alphanumeric() {
                if stands_alone(c) {
                    spoken = self.end_word().or(spoken);
                    self.forget();
                }
                self.heard.extend(c.to_lowercase());
                let is_next = self.words.front().is_some_and(|word| word.text == self.heard);
                if is_next {
                    spoken = self.take(0).or(spoken);
                } else if stands_alone(c) {
                    spoken = self.end_word().or(spoken);
                    self.forget();
                }
                if self.heard.len() > LONGEST {
                    self.forget();
                }
            } else if c.is_whitespace() {
                spoken = self.end_word().or(spoken);
            }
        }
        spoken
    }

    /// A word is over that was not the next one.
    fn end_word(&mut self) -> Option<usize> {
        if self.heard.len() == self.part {
            return None;
        }
        let is = |word: &Word| word.text == self.heard || word.text == self.heard[self.part..];
        if let Some(place) = self.words.iter().take(LOOKAHEAD).position(is) {
            return self.take(place);
        }
        // What is one word here may be two there: "café-bar".
        if self.words.front().is_some_and(|word| word.text.starts_with(&self.heard)) {
            self.part = self.heard.len();
        } else {
            self.forget();
        }
        None
    }

    fn take(&mut self, place: usize) -> Option<usize> {
        self.forget();
        self.is_told = true;
        self.words.drain(..=place).next_back().map(|word| word.end)
    }

    fn forget(&mut self) {
        self.heard.clear();
        self.part = 0;
    }
}

/// Whether a character is a word of its own: scripts that put no spaces between words (Thai to Lao,
/// Myanmar, Khmer, Kana and Han, by the blocks of Unicode).
fn stands_alone(c: char) -> bool {
    matches!(c,
        '\u{e00}'..='\u{eff}' | '\u{1000}'..='\u{109f}' | '\u{1780}'..='\u{17ff}'
        | '\u{3040}'..='\u{30ff}' | '\u{31f0}'..='\u{31ff}' | '\u{3400}'..='\u{4dbf}'
        | '\u{4e00}'..='\u{9fff}' | '\u{f900}'..='\u{faff}' | '\u{20000}'..='\u{3ffff}')
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Up to where the text is spoken, after each of the characters that are heard.
    fn marks(clauses: &[&str], heard: &str) -> Vec<String> {
        let text = clauses.concat();
        let mut script = Script::default();
        for clause in clauses {
            script.add(clause);
        }
        let marks = heard.chars().filter_map(|c| script.hear(c.encode_utf8(&mut [0; 4])));
        marks.map(|end| text[..end].to_owned()).collect()
    }

    #[test]
    fn words_are_marked_with_their_last_letter() {
        assert_eq!(marks(&["No, ", "yes."], " No, yes. "), ["No,", "No, yes."]);
        assert_eq!(marks(&["Don't \"go\"!"], "Don't \"go\"! "), ["Don't", "Don't \"go\"!"]);
        assert_eq!(
            marks(&["Grüße, ÉCOLE 🥐 x"], " Grüße, école x "),
            ["Grüße,", "Grüße, ÉCOLE", "Grüße, ÉCOLE 🥐 x"]
        );
    }

    #[test]
    fn scripts_without_spaces_are_marked_character_by_character() {
        assert_eq!(marks(&["日本。", "は x"], "日本。は x"), ["日", "日本。", "日本。は", "日本。は x"]);
        assert_eq!(marks(&["日本語だ"], "日X語だ"), ["日", "日本語", "日本語だ"]);
    }

    #[test]
    fn what_was_written_out_is_found_again_by_the_next_word() {
        assert_eq!(
            marks(&["It costs $5 at the café-bar now."], "it costs five dollars at the café bar now. "),
            [
                "It",
                "It costs",
                "It costs $5 at",
                "It costs $5 at the",
                "It costs $5 at the café-bar",
                "It costs $5 at the café-bar now."
            ]
        );
        assert_eq!(marks(&["a café-bar is"], "a café is "), ["a", "a café-bar is"]);
        assert_eq!(
            marks(&["1234567 is it"], &("one ".repeat(40) + "is it")),
            ["1234567 is", "1234567 is it"]
        );
    }

    #[test]
    fn clauses_are_counted_until_their_last_word() {
        let mut script = Script::default();
        assert!(!script.add("… ") && !script.add("🎉"));
        assert!(script.add("One two. ") && script.add("Three."));
        assert_eq!(script.outstanding(), 2);
        script.hear("One two");
        assert_eq!((script.outstanding(), script.is_inside()), (1, false));
        script.settle();
        assert_eq!((script.outstanding(), script.text()), (0, "… 🎉One two. Three.".len()));
        assert!(script.add("Four."));
        assert_eq!(script.outstanding(), 1);
        assert_eq!(script.hear("four"), Some("… 🎉One two. Three.Four.".len()));
    }

    #[test]
    fn a_few_words_at_the_end_of_a_clause_may_be_missed() {
        let mut script = Script::default();
        script.add("One two three four five.");
        assert!(!script.is_inside(), "nothing is told, so nothing is known");
        script.hear("One two");
        assert!(script.is_inside());
        script.hear(" three");
        assert!(!script.is_inside());
    }

    proptest! {
        #[test]
        fn marks_never_go_back_and_lie_between_characters(
            text in "([a-c]{1,3}|[0-9]|ü|日|🥐|[ ,.'-]){0,30}",
            heard in "([a-c]{1,3}|[0-9]|ü|日|🥐|[ ,.'-]){0,60}",
        ) {
            let mut script = Script::default();
            script.add(&text);
            let mut last = 0;
            for c in heard.chars() {
                if let Some(end) = script.hear(c.encode_utf8(&mut [0; 4])) {
                    prop_assert!(end > last && text.is_char_boundary(end));
                    last = end;
                }
            }
        }

        #[test]
        fn what_is_heard_as_it_was_written_is_marked_to_its_end(
            text in "([a-c]{1,3}|[0-9]|ü|日|[ ,.'-]){1,30}", cut in 1_usize..5,
        ) {
            let mut script = Script::default();
            let says = script.add(&text);
            let chars: Vec<char> = text.chars().collect();
            let mut last = None;
            for part in chars.chunks(cut) {
                last = script.hear(&part.iter().collect::<String>()).or(last);
            }
            prop_assert_eq!(last.is_some(), says);
            prop_assert_eq!(script.outstanding(), 0);
        }
    }
}
