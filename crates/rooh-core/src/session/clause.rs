//! Cuts the text of a model into clauses while it is still being written.

/// The longest clause in characters; longer ones are cut at a space, so that the voice can begin.
const LONGEST: usize = 250;
/// How long the first clause has to be before it is cut at a comma, so that it does not sound torn.
const FIRST: usize = 24;

/// Abbreviations after which a full stop ends no sentence.
const ABBREVIATIONS: &[&str] = &[
    "dr", "mr", "mrs", "ms", "prof", "st", "no", "vs", "e.g", "i.e", "etc", "approx", "z.b", "bzw", "sr",
    "sra", "mme",
];

/// Takes pieces of text and gives back clauses, each with the space that follows it.
///
/// All clauses joined are the text, but for spaces at its end; where the pieces were cut does not
/// matter.
#[derive(Debug, Default)]
pub(crate) struct Splitter {
    waiting: String,
    /// How much of what waits was already looked at.
    seen: usize,
    given: bool,
}

impl Splitter {
    /// Takes the next piece.
    pub(crate) fn push(&mut self, piece: &str) {
        self.waiting.push_str(piece);
    }

    /// How many bytes wait to become a clause.
    pub(crate) fn len(&self) -> usize {
        self.waiting.len()
    }

    /// The next clause, if one is complete.
    pub(crate) fn next(&mut self) -> Option<String> {
        let cut = self.cut()?;
        let rest = self.waiting.split_off(cut);
        self.seen = 0;
        self.given = true;
        Some(std::mem::replace(&mut self.waiting, rest))
    }

    /// The words that are whole already, whether or not their clause is.
    pub(crate) fn take_words(&mut self) -> Option<String> {
        let end = self.waiting.rfind(char::is_whitespace).map(|space| with_space(&self.waiting, space))?;
        let rest = self.waiting.split_off(end);
        self.seen = 0;
        self.given = true;
        Some(std::mem::replace(&mut self.waiting, rest)).filter(|words| !words.trim().is_empty())
    }

    /// What is left once the text is over; nothing, if only spaces are.
    pub(crate) fn finish(&mut self) -> Option<String> {
        self.seen = 0;
        self.given = true;
        Some(std::mem::take(&mut self.waiting)).filter(|rest| !rest.trim().is_empty())
    }

    fn cut(&mut self) -> Option<usize> {
        let text = &self.waiting;
        let mut chars = text[self.seen..].char_indices().map(|(at, c)| (at + self.seen, c)).peekable();
        while let Some((at, c)) = chars.next() {
            let after = at + c.len_utf8();
            let next = chars.peek().map(|(_, next)| *next);
            let ends = match c {
                '。' | '！' | '？' | '\n' => {
                    if text[..after].chars().any(char::is_alphanumeric) {
                        return Some(after);
                    }
                    false
                }
                '.' | '!' | '?' | '…' | ':' | ';' | ',' | '–' | '—' if next.is_none() => {
                    // Whether it ends depends on what follows; look at it again then.
                    self.seen = at;
                    return self.too_long();
                }
                '.' => next.is_some_and(ends_sentence) && !abbreviates(&text[..at]),
                '!' | '?' | '…' => next.is_some_and(ends_sentence),
                ',' | ';' | ':' | '–' | '—' => {
                    !self.given
                        && next.is_some_and(char::is_whitespace)
                        && text[..at].trim_start().chars().count() >= FIRST
                }
                _ => false,
            };
            // Nothing but punctuation and spaces is no clause.
            if ends && text[..after].chars().any(char::is_alphanumeric) {
                return Some(with_space(text, after));
            }
        }
        self.seen = text.len();
        self.too_long()
    }

    fn too_long(&self) -> Option<usize> {
        let limit = self.waiting.char_indices().nth(LONGEST).map(|(at, _)| at)?;
        let space = self.waiting[..limit].rfind(char::is_whitespace);
        Some(space.map_or(limit, |space| with_space(&self.waiting, space)))
    }
}

/// A sentence ends before a space, or before a quotation mark or bracket that closes it.
fn ends_sentence(next: char) -> bool {
    next.is_whitespace()
}

fn abbreviates(before: &str) -> bool {
    let word = before.rsplit(char::is_whitespace).next().unwrap_or_default();
    let word = word.trim_start_matches(|c: char| !c.is_alphanumeric()).to_lowercase();
    // "J. Smith" is one name; "1. First" is one item.
    let initial = word.chars().count() == 1 && before.ends_with(|c: char| c.is_uppercase() && c != 'I');
    initial || ABBREVIATIONS.contains(&word.as_str())
}

/// The end of the space that follows `at`, if one does.
///
/// One and no more: whether there are more of them may not be known yet.
fn with_space(text: &str, at: usize) -> usize {
    at + text[at..].chars().next().filter(|c| c.is_whitespace()).map_or(0, char::len_utf8)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn clauses(pieces: &[&str]) -> Vec<String> {
        let mut splitter = Splitter::default();
        let mut clauses = Vec::new();
        for piece in pieces {
            splitter.push(piece);
            clauses.extend(std::iter::from_fn(|| splitter.next()));
        }
        clauses.extend(splitter.finish());
        clauses
    }

    #[test]
    fn sentences_are_clauses() {
        assert_eq!(
            clauses(&["Hello there. How are you? Fine!"]),
            ["Hello there. ", "How are you? ", "Fine!"]
        );
    }

    #[test]
    fn numbers_names_and_abbreviations_stay_whole() {
        assert_eq!(
            clauses(&["It costs 3.50 dollars, says Dr. J. Smith of St. Louis. Right."]),
            ["It costs 3.50 dollars, says Dr. J. Smith of St. Louis. ", "Right."]
        );
    }

    #[test]
    fn the_first_clause_is_cut_at_a_comma_so_that_the_voice_can_begin() {
        assert_eq!(
            clauses(&["Let me see what I can find for you, ", "it takes a moment, as always. Done."]),
            ["Let me see what I can find for you, ", "it takes a moment, as always. ", "Done."]
        );
        assert_eq!(clauses(&["Well, yes. No."]), ["Well, yes. ", "No."]);
    }

    #[test]
    fn a_text_without_punctuation_is_cut_at_a_space() {
        let text = "word ".repeat(200);
        let clauses = clauses(&[&text]);
        assert_eq!(clauses.concat(), text);
        assert!(clauses.iter().all(|clause| clause.chars().count() <= LONGEST + 1));
    }

    #[test]
    fn clauses_joined_are_the_text_wherever_it_was_cut_into_pieces() {
        let text = "Hé! This is… a test, of sorts: \"quoted. text\" 1.5 e.g. this – and that。好的。 The end?\n\nYes. ";
        let whole = clauses(&[text]);
        let pieces: Vec<String> = text.chars().map(String::from).collect();
        let pieces: Vec<&str> = pieces.iter().map(String::as_str).collect();
        assert_eq!(clauses(&pieces), whole);
        assert_eq!(whole.concat().trim_end(), text.trim_end());
    }

    #[test]
    fn spaces_alone_are_no_clause() {
        assert!(clauses(&["  \n ", "..."]).iter().all(|clause| !clause.trim().is_empty()));
        assert_eq!(clauses(&["   "]), Vec::<String>::new());
    }
}
