//! What a language is to the rules: one table, compiled once into an index of phrases.

use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hasher};
use std::sync::LazyLock;

use crate::languages;
use crate::text::Words;

/// What it means that a turn ends with a phrase.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Ending {
    /// Something was begun that takes more: "dot", "double".
    Begun,
    /// A turn may well be over.
    Closes,
    /// Says nothing, though a shorter ending of it would.
    Fine,
    /// The speaker is thinking, and a sound says so.
    Filler,
    /// The speaker asks for time.
    Hold,
    /// No sentence ends like this, whatever mark was set.
    Never,
    /// Sentences end like this only where the word belongs to something before it.
    Seldom,
}

/// Names of rules that decide by more than their ending; other names are for logs alone.
pub(crate) mod rule {
    /// A verb that takes another, or stands at the end of its clause: "is", "have".
    pub(crate) const AUXILIARY: &str = "auxiliary";
    pub(crate) const PREPOSITION: &str = "preposition";
    /// A preposition that is the end of a verb too: "mit".
    pub(crate) const SEPARABLE: &str = "separable prefix";
    /// A verb that takes an object: "want".
    pub(crate) const VERB: &str = "open verb";
}

/// What phrases are besides endings; a phrase may be several of these.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub(crate) struct Roles(u64);

impl Roles {
    /// Says yes.
    pub(crate) const YES: Self = Self(1);
    /// Says no.
    pub(crate) const NO: Self = Self(1 << 1);
    /// Takes up the verb of a question: "I do". An answer after a yes or no, or to a yes-no question.
    pub(crate) const ECHO: Self = Self(1 << 2);
    /// A whole turn of its own.
    pub(crate) const SHORT: Self = Self(1 << 3);
    /// May follow an answer without adding to it: "please", "thank you".
    pub(crate) const TAIL: Self = Self(1 << 4);
    /// May stand before an answer: "I'd like", "it's".
    pub(crate) const LEAD: Self = Self(1 << 5);
    /// A sound of thinking.
    pub(crate) const FILLER: Self = Self(1 << 6);
    /// A word that begins a sentence, and gains time where it is all there is: "well".
    pub(crate) const DISCOURSE: Self = Self(1 << 7);
    /// What listeners say without taking the floor.
    pub(crate) const BACKCHANNEL: Self = Self(1 << 8);
    /// Stops the agent, whatever follows.
    pub(crate) const COMMAND: Self = Self(1 << 9);
    /// Stops the agent where nothing else is said.
    pub(crate) const COMMAND_ALONE: Self = Self(1 << 10);
    /// Begins a question that has no yes or no for an answer, and relative clauses.
    pub(crate) const ASKS: Self = Self(1 << 11);
    /// Begins a yes-no question.
    pub(crate) const ASKS_WHETHER: Self = Self(1 << 12);
    /// A subject or what begins one: "you", "my".
    pub(crate) const SUBJECT: Self = Self(1 << 13);
    /// Begins a clause that another has to follow: "if I".
    pub(crate) const CLAUSE: Self = Self(1 << 14);
    /// Takes back what was just said.
    pub(crate) const CORRECTION: Self = Self(1 << 15);
    pub(crate) const ARTICLE: Self = Self(1 << 16);
    pub(crate) const MONTH: Self = Self(1 << 17);
    /// A day by its name: "Tuesday", "tomorrow", "next week".
    pub(crate) const DAY: Self = Self(1 << 18);
    /// The number of a day: "third".
    pub(crate) const ORDINAL: Self = Self(1 << 19);
    /// Holds a date together: "the", "of".
    pub(crate) const DATE_GLUE: Self = Self(1 << 20);
    /// Ends a time: "o'clock", "in the morning".
    pub(crate) const TIME_END: Self = Self(1 << 21);
    /// A time by its name: "noon".
    pub(crate) const TIME: Self = Self(1 << 22);
    /// Takes more of a time: "half past", "at".
    pub(crate) const TIME_GLUE: Self = Self(1 << 23);
    /// "At" in an e-mail address.
    pub(crate) const AT: Self = Self(1 << 24);
    /// "Dot" in an e-mail address.
    pub(crate) const DOT: Self = Self(1 << 25);
    /// What else is said in a spelled address: "underscore".
    pub(crate) const SIGN: Self = Self(1 << 26);
    /// Comes before an e-mail address.
    pub(crate) const EMAIL_CUE: Self = Self(1 << 27);
    /// Comes before what is spelled.
    pub(crate) const SPELL_CUE: Self = Self(1 << 28);
    /// Between a letter and the word that explains it: "as in".
    pub(crate) const AS_IN: Self = Self(1 << 29);
    /// Comes before a name: "my name is".
    pub(crate) const NAME_LEAD: Self = Self(1 << 30);
    /// A small word within names: "van".
    pub(crate) const PARTICLE: Self = Self(1 << 31);
    /// A word of the grammar that is a name too: "Will".
    pub(crate) const NAME: Self = Self(1 << 32);
    /// Asks for a thing or a person, so that a preposition may stand at the end: "what", "who".
    pub(crate) const ASKS_WHAT: Self = Self(1 << 33);
    /// Sends the verb of its clause to the end: "weil".
    pub(crate) const SUBORDINATES: Self = Self(1 << 36);
    /// Stands before what it describes more often than at the end: "cheap".
    pub(crate) const MODIFIES: Self = Self(1 << 37);
    /// The first of a [`Pair`].
    pub(crate) const PAIR: Self = Self(1 << 34);
    /// The first words of what listeners say: "I", of "I see".
    pub(crate) const LISTENS: Self = Self(1 << 38);
    /// The beginning of a [`Frame`].
    pub(crate) const FRAME: Self = Self(1 << 35);

    /// What may stand before a sentence, or an answer.
    pub(crate) const BEFORE: Self =
        Self::LEAD.or(Self::FILLER).or(Self::DISCOURSE).or(Self::YES).or(Self::NO);

    pub(crate) const fn or(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// Whether it has any of `roles`.
    pub(crate) const fn any(self, roles: Self) -> bool {
        self.0 & roles.0 != 0
    }
}

/// What a word is among numbers.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Number {
    /// Below the first of the tens that have a word of their own.
    Small(u32),
    Tens(u32),
    Hundreds(u32),
    Hundred,
    Thousand,
    /// Says the next digit so many times.
    Times(u32),
}

/// A word that calls for another: "either", "or".
#[derive(Clone, Copy, Debug)]
pub(crate) struct Pair {
    pub(crate) first: &'static str,
    pub(crate) second: &'static str,
    /// Where the first calls for nothing.
    pub(crate) except: &'static str,
}

/// A verb that waits for another at the end of its sentence.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Frame {
    pub(crate) begins: &'static str,
    /// How the word ends that the sentence waits for.
    pub(crate) endings: &'static str,
    /// Words that end so and are none.
    pub(crate) except: &'static str,
    /// Words that do in place of it.
    pub(crate) enough: &'static str,
}

/// How a language says numbers.
///
/// A comma goes on to the next number, a bar separates ways to say the same.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Numbers {
    /// From zero on, without a gap.
    pub(crate) small: &'static str,
    /// From twenty to ninety.
    pub(crate) tens: &'static str,
    /// From a hundred to nine hundred, where each has a word of its own.
    pub(crate) hundreds: &'static str,
    pub(crate) hundred: &'static str,
    pub(crate) thousand: &'static str,
    /// Twice, three times, four times the digit that follows.
    pub(crate) times: &'static str,
    /// Between tens and units.
    pub(crate) and: &'static str,
    /// Between hundreds and what follows.
    pub(crate) hundred_and: &'static str,
    /// Units come before tens, and a number is one word: "einundzwanzig".
    pub(crate) compounds: bool,
    /// Tens that teens are added to: "soixante-douze"; four times twenty is eighty.
    pub(crate) vigesimal: bool,
    /// A hundred and a thousand need no "one" before them.
    pub(crate) bare_scales: bool,
    /// Words that are digits only beside others.
    pub(crate) weak: &'static str,
    /// What makes an ordinal of a number in one word, longest first.
    pub(crate) ordinal_endings: &'static [&'static str],
}

/// What comes before a number, and how many digits it has; none says that nobody knows.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Cue {
    pub(crate) phrases: &'static str,
    pub(crate) lengths: &'static [usize],
}

/// All that the rules know of a language.
///
/// Lists are separated by commas; hyphens and case do not matter. To add a language, write a
/// module with one of these and name it in [`languages::ALL`].
#[derive(Clone, Copy, Debug)]
pub(crate) struct Table {
    /// The primary subtag of BCP 47.
    pub(crate) tag: &'static str,
    /// What turns end with, by the name that a judgement gives to the rule. The longest phrase counts.
    pub(crate) endings: &'static [(Ending, &'static str, &'static str)],
    pub(crate) roles: &'static [(Roles, &'static str)],
    pub(crate) pairs: &'static [Pair],
    pub(crate) frames: &'static [Frame],
    pub(crate) numbers: Numbers,
    /// The days of a month that have a word which is no cardinal number.
    pub(crate) ordinals: &'static [&'static str],
    pub(crate) cues: &'static [Cue],
    /// How many digits telephone numbers have.
    pub(crate) telephone: &'static [usize],
    pub(crate) questions: Questions,
}

/// What makes a question whole.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Questions {
    /// How many words it has at least that asks for more than yes or no.
    pub(crate) least: usize,
    /// How many of them at least stand behind "what", "how much".
    pub(crate) behind: usize,
    /// How many words it has at least that asks for yes or no.
    pub(crate) whether: usize,
    /// Whether a subject must have been said, and a word behind it.
    pub(crate) subject: bool,
}

/// All that is known of a word or a phrase.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Entry {
    pub(crate) roles: Roles,
    pub(crate) ending: Option<(Ending, &'static str)>,
    pub(crate) number: Option<Number>,
    /// A number only beside others.
    pub(crate) weak: bool,
    /// Comes before a number of these lengths.
    pub(crate) cue: Option<&'static [usize]>,
    /// How many words the longest phrase has that begins with this word.
    pub(crate) longest: usize,
    /// How many words the longest phrase has that ends with this word.
    pub(crate) longest_before: usize,
}

/// A language that has rules.
#[derive(Debug)]
pub(crate) struct Language {
    pub(crate) table: &'static Table,
    index: HashMap<Box<str>, Entry, BuildHasherDefault<Fnv>>,
    pub(crate) pairs: Vec<CompiledPair>,
    pub(crate) frames: Vec<CompiledFrame>,
}

/// A [`Pair`] in lists.
#[derive(Debug)]
pub(crate) struct CompiledPair {
    pub(crate) first: String,
    pub(crate) second: String,
    pub(crate) except: Vec<String>,
}

/// A [`Frame`] in lists.
#[derive(Debug)]
pub(crate) struct CompiledFrame {
    pub(crate) begins: Vec<String>,
    pub(crate) endings: Vec<String>,
    pub(crate) except: Vec<String>,
    pub(crate) enough: Vec<String>,
}

impl Language {
    /// The language of a BCP 47 tag, if it has rules.
    pub(crate) fn of(tag: Option<&str>) -> Option<&'static Self> {
        let tag = tag?;
        let primary = tag.split(['-', '_']).next()?;
        languages::ALL
            .iter()
            .find(|language| language.0.tag.eq_ignore_ascii_case(primary))
            .map(|language| LazyLock::force(&language.1))
    }

    /// All languages that have rules.
    pub(crate) fn all() -> impl Iterator<Item = &'static Self> {
        languages::ALL.iter().map(|language| LazyLock::force(&language.1))
    }

    pub(crate) fn new(table: &'static Table) -> Self {
        let mut language = Self { table, index: HashMap::default(), pairs: Vec::new(), frames: Vec::new() };
        for (ending, rule, list) in table.endings {
            language.each(list, |entry| entry.ending = Some((*ending, rule)));
            if *ending == Ending::Filler {
                language.each(list, |entry| entry.roles = entry.roles.or(Roles::FILLER));
            }
        }
        for (roles, list) in table.roles {
            language.each(list, |entry| entry.roles = entry.roles.or(*roles));
            if roles.any(Roles::BACKCHANNEL) {
                language.beginnings(list, Roles::LISTENS);
            }
        }
        for ordinal in table.ordinals {
            language.each(ordinal, |entry| entry.roles = entry.roles.or(Roles::ORDINAL));
        }
        for cue in table.cues {
            language.each(cue.phrases, |entry| entry.cue = Some(cue.lengths));
        }
        language.numbers(&table.numbers);
        for pair in table.pairs {
            language.each(pair.first, |entry| entry.roles = entry.roles.or(Roles::PAIR));
        }
        for frame in table.frames {
            language.each(frame.begins, |entry| entry.roles = entry.roles.or(Roles::FRAME));
        }
        let list = |list: &str| phrases(list).collect();
        language.pairs = table
            .pairs
            .iter()
            .map(|pair| CompiledPair {
                first: normalized(pair.first),
                second: normalized(pair.second),
                except: list(pair.except),
            })
            .collect();
        language.frames = table
            .frames
            .iter()
            .map(|frame| CompiledFrame {
                begins: list(frame.begins),
                endings: list(frame.endings),
                except: list(frame.except),
                enough: list(frame.enough),
            })
            .collect();
        language
    }

    fn numbers(&mut self, numbers: &'static Numbers) {
        let counted = |list: &'static str| list.split(',').zip(0_u32..);
        for (names, value) in counted(numbers.small) {
            self.number(names, Number::Small(value));
        }
        for (names, place) in counted(numbers.tens) {
            self.number(names, Number::Tens(20 + 10 * place));
        }
        for (names, place) in counted(numbers.hundreds) {
            self.number(names, Number::Hundreds(100 + 100 * place));
        }
        for (names, place) in counted(numbers.times) {
            self.number(names, Number::Times(2 + place));
        }
        self.number(numbers.hundred, Number::Hundred);
        self.number(numbers.thousand, Number::Thousand);
        self.each(numbers.weak, |entry| entry.weak = true);
    }

    fn number(&mut self, names: &str, number: Number) {
        for name in names.split('|').map(normalized).filter(|name| !name.is_empty()) {
            self.entry(&name).number = Some(number);
        }
    }

    fn each(&mut self, list: &str, mut change: impl FnMut(&mut Entry)) {
        for phrase in phrases(list) {
            change(self.entry(&phrase));
        }
    }

    /// Marks what phrases of several words begin with.
    fn beginnings(&mut self, list: &str, role: Roles) {
        for phrase in phrases(list) {
            for (end, _) in phrase.match_indices(' ') {
                let entry = self.entry(&phrase[..end]);
                entry.roles = entry.roles.or(role);
            }
        }
    }

    fn entry(&mut self, phrase: &str) -> &mut Entry {
        let words = phrase.split(' ').count();
        let first = self.index.entry(phrase.split(' ').next().unwrap_or_default().into()).or_default();
        first.longest = first.longest.max(words);
        let last = self.index.entry(phrase.rsplit(' ').next().unwrap_or_default().into()).or_default();
        last.longest_before = last.longest_before.max(words);
        self.index.entry(phrase.into()).or_default()
    }

    /// What is known of a phrase.
    pub(crate) fn entry_of(&self, phrase: &str) -> Entry {
        self.index.get(phrase).copied().unwrap_or_default()
    }

    /// What is known of the phrase of `length` words at `at`.
    fn at(&self, words: &Words, at: usize, length: usize) -> Entry {
        self.entry_of(words.phrase(at..at + length))
    }

    /// The longest phrase at `at`, but not behind `end`, that has one of `roles`, and its length.
    pub(crate) fn phrase(
        &self,
        words: &Words,
        at: usize,
        end: usize,
        roles: Roles,
    ) -> Option<(usize, Entry)> {
        let first = self.entry_of(words.get(at));
        (2..=first.longest.min(end.saturating_sub(at)))
            .rev()
            .map(|length| (length, self.at(words, at, length)))
            .chain((at < end).then_some((1, first)))
            .find(|(_, entry)| entry.roles.any(roles))
    }

    /// The longest phrase that ends before `end`, but does not begin before `start`, and that
    /// `accept` takes; with the place where it begins.
    pub(crate) fn phrase_before<T>(
        &self,
        words: &Words,
        start: usize,
        end: usize,
        accept: impl Fn(&Entry) -> Option<T>,
    ) -> Option<(usize, T)> {
        let last = end.checked_sub(1)?;
        let longest = self.entry_of(words.get(last)).longest_before;
        let from = start.max(end.saturating_sub(longest));
        (from..end).find_map(|at| accept(&self.at(words, at, end - at)).map(|found| (at, found)))
    }
}

/// The phrases of a list, in the form that words of a turn have.
fn phrases(list: &str) -> impl Iterator<Item = String> {
    list.split(',').map(normalized).filter(|phrase| !phrase.is_empty())
}

fn normalized(phrase: &str) -> String {
    Words::of(phrase).text().to_owned()
}

/// The hash of Fowler, Noll and Vo, with the constants of its 64-bit form: keys are short words
/// of our own, which nobody can choose so that they collide.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Fnv(u64);

impl Default for Fnv {
    fn default() -> Self {
        Self(0xcbf2_9ce4_8422_2325)
    }
}

impl Hasher for Fnv {
    fn write(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.0 = (self.0 ^ u64::from(*byte)).wrapping_mul(0x0000_0100_0000_01b3);
        }
    }

    fn finish(&self) -> u64 {
        self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_language_is_found_by_the_first_part_of_its_tag() {
        for (tag, found) in [
            ("en", Some("en")),
            ("en-US", Some("en")),
            ("DE_at", Some("de")),
            ("es-419", Some("es")),
            ("fr", Some("fr")),
            ("it", None),
            ("eng", None),
            ("", None),
        ] {
            assert_eq!(Language::of(Some(tag)).map(|language| language.table.tag), found, "{tag:?}");
        }
        assert!(Language::of(None).is_none());
    }

    /// Two rules for one ending would hide each other.
    #[test]
    fn no_phrase_is_in_two_lists_of_endings() {
        let mut twice = Vec::new();
        for language in Language::all() {
            let mut seen = HashMap::new();
            for (_, rule, list) in language.table.endings {
                for phrase in phrases(list) {
                    if let Some(other) = seen.insert(phrase.clone(), *rule) {
                        twice.push(format!("{}: {phrase:?}: {other:?} and {rule:?}", language.table.tag));
                    }
                }
            }
        }
        assert!(twice.is_empty(), "{twice:#?}");
    }

    #[test]
    fn numbers_are_complete() {
        for language in Language::all() {
            let numbers = &language.table.numbers;
            assert_eq!(numbers.tens.split(',').count(), 8, "{}", language.table.tag);
            assert!(numbers.small.split(',').count() >= 13, "{}", language.table.tag);
            let months = language.index.values().filter(|entry| entry.roles.any(Roles::MONTH)).count();
            assert!(months >= 12, "{}: {months} months", language.table.tag);
        }
    }
}
