//! The words of a turn with what the language knows of them.

use std::ops::Range;

use crate::language::{Ending, Entry, Language, Roles};
use crate::text::{Mark, Words};

/// The end of a turn.
#[derive(Debug)]
pub(crate) struct Turn {
    pub(crate) words: Words,
    pub(crate) language: Option<&'static Language>,
}

/// The phrase that a turn ends with.
#[derive(Clone, Copy, Debug)]
pub(crate) struct End {
    pub(crate) ending: Ending,
    pub(crate) rule: &'static str,
    pub(crate) start: usize,
}

/// What phrases one after another were.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Cover {
    pub(crate) all: Roles,
    pub(crate) last: Roles,
}

impl Turn {
    pub(crate) fn new(text: &str, language: Option<&str>) -> Self {
        Self { words: Words::tail(text), language: Language::of(language) }
    }

    pub(crate) fn len(&self) -> usize {
        self.words.len()
    }

    pub(crate) fn entry(&self, range: Range<usize>) -> Entry {
        self.language.map(|language| language.entry_of(self.words.phrase(range))).unwrap_or_default()
    }

    /// Whether the word at `at` alone has one of `roles`.
    pub(crate) fn is(&self, at: usize, roles: Roles) -> bool {
        self.entry(at..at + 1).roles.any(roles)
    }

    /// The length of the longest phrase at `at` that has one of `roles`, and what it is.
    pub(crate) fn phrase(&self, at: usize, end: usize, roles: Roles) -> Option<(usize, Entry)> {
        self.language?.phrase(&self.words, at, end, roles)
    }

    /// The start of the longest phrase before `end` that has one of `roles`, and what it is.
    pub(crate) fn phrase_before(&self, start: usize, end: usize, roles: Roles) -> Option<(usize, Entry)> {
        self.language?
            .phrase_before(&self.words, start, end, |entry| entry.roles.any(roles).then_some(*entry))
    }

    /// What the words before `end` end with.
    pub(crate) fn end(&self, end: usize) -> Option<End> {
        let whole = Roles::YES.or(Roles::NO).or(Roles::SHORT).or(Roles::TAIL);
        let (start, found) = self.language?.phrase_before(&self.words, 0, end, |entry| {
            // A phrase that is whole hides the endings within it: "mm-hm" is no "hm".
            match entry.ending {
                None if !entry.roles.any(whole) => None,
                ending => Some(ending),
            }
        })?;
        found.map(|(ending, rule)| End { ending, rule, start })
    }

    /// What the phrases in `range` are, if `allowed` has all of them.
    pub(crate) fn cover(&self, range: Range<usize>, allowed: Roles) -> Option<Cover> {
        let mut at = range.start;
        let mut cover = Cover { all: Roles::default(), last: Roles::default() };
        while at < range.end {
            let (length, entry) = self.phrase(at, range.end, allowed)?;
            cover = Cover { all: cover.all.or(entry.roles), last: entry.roles };
            at += length;
        }
        (range.start < range.end).then_some(cover)
    }

    /// Where the answer begins behind "hi", "yes", "I'd like" and `more`.
    pub(crate) fn after_lead(&self, range: Range<usize>, more: Roles) -> usize {
        let roles = Roles::BEFORE.or(more);
        let mut at = range.start;
        while let Some((length, _)) = self.phrase(at, range.end, roles) {
            at += length;
        }
        at
    }

    /// Where the answer ends before "please" and the like.
    pub(crate) fn before_tail(&self) -> usize {
        let mut end = self.len();
        let tail = Roles::TAIL.or(Roles::FILLER);
        // The longest phrase: "mm-hm" is no filler, though "hm" is.
        while let Some((start, _)) = self
            .phrase_before(0, end, tail.or(Roles::YES).or(Roles::NO))
            .filter(|(_, entry)| entry.roles.any(tail))
        {
            end = start;
        }
        end
    }

    /// Where the last sentence begins.
    pub(crate) fn sentence(&self) -> usize {
        let ends = |at: usize| {
            // The dot in "12. Oktober" ends nothing.
            self.words.mark(at).ends_sentence()
                && !self.words.get(at).bytes().all(|byte| byte.is_ascii_digit())
        };
        (1..self.len()).rev().find(|at| ends(at - 1)).unwrap_or(0)
    }

    pub(crate) fn last_mark(&self) -> Mark {
        self.words.last_mark()
    }
}
