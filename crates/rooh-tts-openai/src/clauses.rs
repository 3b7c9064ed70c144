//! Clauses as the API takes them: with something to pronounce, and not too long.

use std::collections::VecDeque;

/// The longest text of one request, in characters. The API takes 4,096, but its newer model only
/// 2,000 tokens, and in some scripts a character is one.
pub(crate) const LONGEST: usize = 2_000;

/// A part of what is to be said.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct Part {
    /// Where it ends, in bytes from the start of all clauses.
    pub(crate) end: usize,
    /// What is sent; `None` if there is nothing to pronounce.
    pub(crate) text: Option<String>,
}

/// Cuts clauses into parts.
#[derive(Debug, Default)]
pub(crate) struct Parts {
    end: usize,
    parts: VecDeque<Part>,
}

impl Parts {
    /// Takes a clause.
    pub(crate) fn push(&mut self, clause: &str) {
        let mut rest = clause;
        while !rest.is_empty() {
            let (part, after) = rest.split_at(cut(rest));
            rest = after;
            self.end += part.len();
            let can_be_said = part.contains(char::is_alphanumeric);
            self.parts.push_back(Part { end: self.end, text: can_be_said.then(|| plain(part)) });
        }
    }

    /// The next part, if there is one.
    pub(crate) fn pop(&mut self) -> Option<Part> {
        self.parts.pop_front()
    }
}

/// Where the first part of a text ends: behind the last blank that is near enough.
fn cut(text: &str) -> usize {
    let Some((limit, _)) = text.char_indices().nth(LONGEST) else { return text.len() };
    let blank = text[..limit].char_indices().rev().find(|(_, c)| c.is_whitespace());
    blank.map_or(limit, |(at, c)| at + c.len_utf8())
}

/// A text without the characters that no server expects in one.
fn plain(text: &str) -> String {
    let text: String = text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    text.trim().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parts(clauses: &[&str]) -> Vec<Part> {
        let mut parts = Parts::default();
        clauses.iter().for_each(|clause| parts.push(clause));
        std::iter::from_fn(|| parts.pop()).collect()
    }

    #[test]
    fn what_cannot_be_pronounced_has_no_text_but_a_place() {
        let found = parts(&["Hm\n— ", "", "… ", "👩‍👩‍👧", "e\u{301}"]);
        let texts: Vec<Option<&str>> = found.iter().map(|part| part.text.as_deref()).collect();
        assert_eq!(texts, [Some("Hm —"), None, None, Some("e\u{301}")]);
        let ends: Vec<usize> = found.iter().map(|part| part.end).collect();
        assert_eq!(ends, [7, 11, 29, 32]);
    }

    #[test]
    fn a_clause_that_is_too_long_is_cut_between_words_or_else_between_characters() {
        let long = "naïve ".repeat(1_000);
        let found = parts(&[&long]);
        assert_eq!(found.last().map(|part| part.end), Some(long.len()));
        for part in &found {
            let text = part.text.as_deref().unwrap_or_default();
            assert!(text.chars().count() <= LONGEST && text.starts_with("naïve") && text.ends_with("naïve"));
        }
        let one = "字".repeat(LONGEST + 1);
        assert_eq!(parts(&[&one]).len(), 2);
    }
}
