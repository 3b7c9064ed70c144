//! Words as recognizers write them: lower-case, one space apart, and the marks behind them.

use std::ops::Range;

/// How many words from the end of a turn are looked at.
///
/// A spelled e-mail address with its lead-in takes some twenty words; everything else that the
/// rules know is shorter.
const TAIL: usize = 32;

/// What a recognizer set behind a word.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub(crate) enum Mark {
    #[default]
    None,
    Comma,
    Dash,
    Ellipsis,
    Question,
    Stop,
}

impl Mark {
    pub(crate) fn ends_sentence(self) -> bool {
        matches!(self, Self::Question | Self::Stop)
    }

    /// Whether the recognizer expects more.
    pub(crate) fn goes_on(self) -> bool {
        matches!(self, Self::Comma | Self::Dash | Self::Ellipsis)
    }
}

#[derive(Clone, Copy, Debug)]
struct Word {
    start: usize,
    end: usize,
    mark: Mark,
    /// Written with dots between its letters: "a.m."
    dotted: bool,
}

/// A text in words.
#[derive(Clone, Debug, Default)]
pub(crate) struct Words {
    text: String,
    list: Vec<Word>,
    /// Whether the first word here is the first that was said.
    whole: bool,
}

impl Words {
    /// All words of `text`.
    pub(crate) fn of(text: &str) -> Self {
        let mut words = Self {
            text: String::with_capacity(text.len() + 8),
            list: Vec::with_capacity(text.len() / 5 + 1),
            whole: true,
        };
        words.read(text);
        words
    }

    /// The last words of `text`.
    pub(crate) fn tail(text: &str) -> Self {
        let mut chunks = 0;
        let mut inside = false;
        for (at, c) in text.char_indices().rev() {
            if c.is_whitespace() {
                if inside && chunks == TAIL {
                    return Self { whole: false, ..Self::of(&text[at..]) };
                }
                inside = false;
            } else if !inside {
                inside = true;
                chunks += 1;
            }
        }
        Self::of(text)
    }

    pub(crate) fn len(&self) -> usize {
        self.list.len()
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.list.is_empty()
    }

    /// Whether the first word here is the first that was said.
    pub(crate) fn is_whole(&self) -> bool {
        self.whole
    }

    pub(crate) fn get(&self, at: usize) -> &str {
        self.list.get(at).map_or("", |word| &self.text[word.start..word.end])
    }

    /// The words in `range`, one space apart.
    pub(crate) fn phrase(&self, range: Range<usize>) -> &str {
        match (self.list.get(range.start), range.end.checked_sub(1).and_then(|last| self.list.get(last))) {
            (Some(first), Some(last)) if first.start <= last.end => &self.text[first.start..last.end],
            _ => "",
        }
    }

    pub(crate) fn mark(&self, at: usize) -> Mark {
        self.list.get(at).map_or(Mark::None, |word| word.mark)
    }

    /// What stands behind the last word.
    pub(crate) fn last_mark(&self) -> Mark {
        self.list.last().map_or(Mark::None, |word| word.mark)
    }

    /// The text of all words, one space apart.
    pub(crate) fn text(&self) -> &str {
        &self.text
    }

    fn read(&mut self, source: &str) {
        let mut before = ' ';
        let mut open = false;
        let mut chars = source.chars().peekable();
        while let Some(c) = chars.next() {
            let next = chars.peek().copied().unwrap_or(' ');
            if is_letter(c) || c == '+' && next.is_ascii_digit() && !open {
                if !open {
                    self.begin();
                    open = true;
                }
                if c.is_ascii() {
                    self.text.push(c.to_ascii_lowercase());
                } else {
                    self.text.extend(c.to_lowercase());
                }
            } else if open && self.joins(before, c, next) {
                self.text.push(if is_apostrophe(c) { '\'' } else { c });
                if is_apostrophe(c) && !is_letter(next) {
                    open = self.finish();
                }
            } else {
                if open {
                    open = self.finish();
                }
                if c == '@' {
                    self.begin();
                    self.text.push('@');
                    self.finish();
                } else {
                    self.mark_last(before, c, next);
                }
            }
            before = c;
        }
        if open {
            self.finish();
        }
    }

    fn begin(&mut self) {
        if !self.text.is_empty() {
            self.text.push(' ');
        }
        let at = self.text.len();
        self.list.push(Word { start: at, end: at, mark: Mark::None, dotted: false });
    }

    /// Ends the word at hand; answers that none is open.
    fn finish(&mut self) -> bool {
        if let Some(word) = self.list.last_mut() {
            let said = &self.text[word.start..];
            if said.contains('.') && said.split('.').all(|part| part.chars().nth(1).is_none()) {
                let letters: String = said.chars().filter(|c| *c != '.').collect();
                if letters.chars().all(char::is_alphabetic) {
                    self.text.truncate(word.start);
                    self.text.push_str(&letters);
                    word.dotted = true;
                }
            }
            word.end = self.text.len();
        }
        false
    }

    /// Whether `c` is part of the word that is open.
    fn joins(&self, before: char, c: char, next: char) -> bool {
        match c {
            '.' | '@' | '_' => is_letter(before) && is_letter(next),
            ',' | ':' | '/' => before.is_ascii_digit() && next.is_ascii_digit(),
            // A clitic at the end of a partial transcript keeps its apostrophe: "l'", "qu'".
            c if is_apostrophe(c) => {
                let said = self.list.last().map_or("", |word| &self.text[word.start..]);
                is_letter(next) || said.chars().count() <= 2 || said.ends_with("qu")
            }
            _ => false,
        }
    }

    fn mark_last(&mut self, before: char, c: char, next: char) {
        let Some(word) = self.list.last_mut() else { return };
        let mark = match c {
            '.' if word.mark == Mark::Stop && before == '.' => Mark::Ellipsis,
            // The last dot of "a.m." ends no sentence; it belongs to the word.
            '.' if word.mark == Mark::Ellipsis || word.dotted => return,
            '.' | '!' | '。' | '！' | '।' | '¿' | '¡' => Mark::Stop,
            '?' | '？' | '؟' => Mark::Question,
            ',' | ';' | ':' | '、' | '，' | '،' => Mark::Comma,
            '…' => Mark::Ellipsis,
            '–' | '—' => Mark::Dash,
            '-' if before.is_whitespace() || next.is_whitespace() => Mark::Dash,
            _ => return,
        };
        if word.mark != Mark::Question {
            word.mark = mark;
        }
    }
}

fn is_letter(c: char) -> bool {
    // Accents may come as characters of their own.
    c.is_alphanumeric() || ('\u{300}'..='\u{36f}').contains(&c)
}

fn is_apostrophe(c: char) -> bool {
    matches!(c, '\'' | '’' | 'ʼ')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(text: &str) -> String {
        let words = Words::of(text);
        let marks = |at| match words.mark(at) {
            Mark::None => "",
            Mark::Comma => ",",
            Mark::Dash => " -",
            Mark::Ellipsis => "...",
            Mark::Question => "?",
            Mark::Stop => ".",
        };
        (0..words.len()).map(|at| format!("{}{}", words.get(at), marks(at))).collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn words_are_lower_case_and_keep_what_belongs_to_them() {
        for (said, words) in [
            ("Hello, it's ME!", "hello, it's me."),
            ("twenty-one UH-huh", "twenty one uh huh"),
            ("at 10:30 a.m.", "at 10:30 am"),
            ("at 10:30 PM.", "at 10:30 pm."),
            ("Kim.Lee@Example.org", "kim.lee@example.org"),
            ("john @ gmail.com", "john @ gmail.com"),
            ("+49 171 555-12", "+49 171 555 12"),
            ("it costs 1,500.50", "it costs 1,500.50"),
            ("I wan-", "i wan -"),
            ("well...", "well..."),
            ("well… what?!", "well... what?"),
            ("j’ai l'", "j'ai l'"),
            ("'quoted'", "quoted"),
            ("Ça va ? Ä ß", "ça va? ä ß"),
            ("¿Qué? ¡No!", "qué? no."),
            ("--- … ,", ""),
        ] {
            assert_eq!(shown(said), words, "{said:?}");
        }
    }

    #[test]
    fn only_the_end_of_a_long_turn_is_read() {
        let long = format!("first {}last", "word ".repeat(TAIL));
        let words = Words::tail(&long);
        assert_eq!((words.len(), words.is_whole()), (TAIL, false));
        assert_eq!(words.get(TAIL - 1), "last");
        let short = "word ".repeat(TAIL);
        assert!(Words::tail(&short).is_whole());
    }

    #[test]
    fn a_range_that_is_not_there_is_an_empty_phrase() {
        let words = Words::of("one two three");
        assert_eq!(words.phrase(0..2), "one two");
        assert_eq!(words.phrase(1..1), "");
        assert_eq!(words.phrase(2..9), "");
        assert_eq!(words.get(3), "");
    }
}
