//! Numbers as people say them, in groups of digits.

use std::ops::Range;

use crate::language::{Language, Number};
use crate::text::Words;

/// Words that make one number: "twenty one", "555", "double five".
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct Group {
    pub(crate) words: Range<usize>,
    /// As a person would write them.
    pub(crate) digits: Digits,
    /// Written with figures.
    pub(crate) written: bool,
    /// The digits were said one by one.
    pub(crate) dictated: bool,
    /// A number only beside others.
    weak: bool,
}

/// The digits of a group.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) enum Digits {
    Value(u32),
    /// The figures in the word at this place.
    Written(usize),
    /// One digit, several times.
    Repeated(u32, usize),
}

impl Group {
    pub(crate) fn count(&self, words: &Words) -> usize {
        match self.digits {
            Digits::Value(value) => value.checked_ilog10().map_or(1, |zeros| zeros as usize + 1),
            Digits::Written(at) => words.get(at).bytes().filter(u8::is_ascii_digit).count(),
            Digits::Repeated(_, times) => times,
        }
    }

    pub(crate) fn begins_with_zero(&self, words: &Words) -> bool {
        match self.digits {
            Digits::Value(value) | Digits::Repeated(value, _) => value == 0,
            Digits::Written(at) => words.get(at).starts_with(['0', '+']) && self.count(words) > 1,
        }
    }

    /// Writes the digits.
    pub(crate) fn write(&self, words: &Words, out: &mut String) {
        match self.digits {
            Digits::Value(value) => out.push_str(&value.to_string()),
            Digits::Written(at) => out.extend(words.get(at).chars().filter(char::is_ascii_digit)),
            Digits::Repeated(value, times) => {
                for _ in 0..times {
                    out.push_str(&value.to_string());
                }
            }
        }
    }
}

/// How many digits `text` holds, written or spoken.
///
/// Spoken numbers count as a person would write them: "twenty one" has two digits, "double five"
/// too, "two hundred and six" has three. `language` is a BCP 47 tag; without one that has rules,
/// only figures from 0 to 9 count. Words that are seldom digits count only beside others: "oh" and
/// "one" in English.
pub fn digits(text: &str, language: Option<&str>) -> usize {
    let words = Words::of(text);
    count(&groups(&words, Language::of(language)), &words)
}

/// How many digits `groups` have.
pub(crate) fn count(groups: &[Group], words: &Words) -> usize {
    groups.iter().map(|group| group.count(words)).sum()
}

/// All numbers of `words` in their order, but for those that are seldom any and stand alone.
pub(crate) fn groups(words: &Words, language: Option<&Language>) -> Vec<Group> {
    let mut groups = all(words, language);
    if groups.iter().any(|group| group.weak) {
        let joined: Vec<bool> =
            groups.windows(2).map(|pair| pair[0].words.end == pair[1].words.start).collect();
        let beside = |at: usize| joined.get(at).copied().unwrap_or(false);
        let mut at = 0..groups.len();
        groups.retain(|group| {
            let at = at.next().unwrap_or_default();
            !group.weak || group.words.len() == words.len() || beside(at) || at > 0 && beside(at - 1)
        });
    }
    groups
}

/// All numbers of `words`, in their order.
pub(crate) fn all(words: &Words, language: Option<&Language>) -> Vec<Group> {
    let mut groups: Vec<Group> = Vec::new();
    let mut at = 0;
    while at < words.len() {
        let group = match language {
            Some(language) => Reader { words, language }.group(at, groups.last()),
            None => written(words, at),
        };
        at = group.as_ref().map_or(at + 1, |group| group.words.end);
        groups.extend(group);
    }
    groups
}

/// A word with figures: "555", "3rd", "b12".
fn written(words: &Words, at: usize) -> Option<Group> {
    let word = words.get(at);
    let figures = word.bytes().filter(u8::is_ascii_digit).count();
    (figures > 0).then(|| Group {
        words: at..at + 1,
        digits: Digits::Written(at),
        written: true,
        dictated: figures == 1,
        weak: false,
    })
}

struct Reader<'a> {
    words: &'a Words,
    language: &'a Language,
}

impl Reader<'_> {
    /// The number at `at`; `before` is the last one.
    fn group(&self, at: usize, before: Option<&Group>) -> Option<Group> {
        if let Some(group) = written(self.words, at) {
            return Some(group);
        }
        if let Some((times, length)) = self.times(at) {
            return Some(Group {
                words: at..at + length + 1,
                digits: Digits::Repeated(self.digit(at + length)?, times as usize),
                written: false,
                dictated: true,
                weak: false,
            });
        }
        // "Zéro quatre vingt deux": a telephone number in pairs, and no eighty.
        let paired = before.is_some_and(|before| {
            before.words.end == at && before.digits == Digits::Value(0) && !before.written
        });
        let (value, length) = self.value(at, paired)?;
        Some(Group {
            words: at..at + length,
            digits: Digits::Value(value),
            written: false,
            dictated: length == 1 && value < 10,
            weak: length == 1 && self.language.entry_of(self.words.get(at)).weak,
        })
    }

    fn number(&self, at: usize) -> Option<Number> {
        self.language.entry_of(self.words.get(at)).number
    }

    fn digit(&self, at: usize) -> Option<u32> {
        match self.number(at)? {
            Number::Small(value) if value < 10 => Some(value),
            _ => self.words.get(at).parse().ok().filter(|digit| *digit < 10),
        }
    }

    /// "Double" in front of a digit, and how many words it takes.
    fn times(&self, at: usize) -> Option<(u32, usize)> {
        (1..=3).rev().find_map(|length| {
            if at + length >= self.words.len() {
                return None;
            }
            match self.language.entry_of(self.words.phrase(at..at + length)).number {
                Some(Number::Times(times)) if self.digit(at + length).is_some() => Some((times, length)),
                _ => None,
            }
        })
    }

    /// A whole number at `at`, and how many words it takes.
    fn value(&self, at: usize, paired: bool) -> Option<(u32, usize)> {
        let (thousands, mut length) = match self.below_thousand(at, paired) {
            Some(found) => found,
            None if self.scale(at, Number::Thousand) && self.bare() => (1, 0),
            None => return self.compound(at).map(|value| (value, 1)),
        };
        if thousands == 0 || !self.scale(at + length, Number::Thousand) {
            return Some((thousands, length));
        }
        length += 1;
        let joined = usize::from(self.joins(at + length));
        match self.below_thousand(at + length + joined, false) {
            Some((rest, more))
                if rest > 0 && self.may_follow_scale(at + length + joined, rest, more, joined) =>
            {
                Some((thousands * 1000 + rest, length + joined + more))
            }
            _ => Some((thousands * 1000, length)),
        }
    }

    fn below_thousand(&self, at: usize, paired: bool) -> Option<(u32, usize)> {
        let (hundreds, mut length) = match self.number(at) {
            Some(Number::Hundreds(value)) => (value, 1),
            Some(Number::Hundred) if self.bare() => (100, 1),
            _ => {
                let (value, length) = self.below_hundred(at, paired)?;
                if value == 0 || !self.scale(at + length, Number::Hundred) {
                    return Some((value, length));
                }
                (value * 100, length + 1)
            }
        };
        let joined = usize::from(self.joins(at + length));
        let rest = at + length + joined;
        if let Some((value, more)) = self.below_hundred(rest, false)
            && value > 0
            && self.may_follow_scale(rest, value, more, joined)
        {
            length += joined + more;
            return Some((hundreds + value, length));
        }
        Some((hundreds, length))
    }

    /// Whether a number goes on with what stands at `at`: "two hundred five" does, but "eight
    /// hundred five five five" is the beginning of a telephone number.
    fn may_follow_scale(&self, at: usize, value: u32, length: usize, joined: usize) -> bool {
        let next_is_digit = self.digit(at + length).is_some();
        joined > 0 || value >= 10 || !next_is_digit
    }

    fn below_hundred(&self, at: usize, paired: bool) -> Option<(u32, usize)> {
        let numbers = &self.language.table.numbers;
        match self.number(at)? {
            Number::Tens(tens) => Some(self.after_tens(at, tens, 1)),
            Number::Small(4)
                if numbers.vigesimal && !paired && self.number(at + 1) == Some(Number::Tens(20)) =>
            {
                Some(self.after_tens(at, 80, 2))
            }
            // French has no word for seventeen: "dix sept".
            Number::Small(10) if numbers.vigesimal => match self.number(at + 1) {
                Some(Number::Small(unit @ 7..=9)) => Some((10 + unit, 2)),
                _ => Some((10, 1)),
            },
            Number::Small(unit @ 1..=9)
                if numbers.compounds
                    && self.words.get(at + 1) == numbers.and
                    && matches!(self.number(at + 2), Some(Number::Tens(_))) =>
            {
                match self.number(at + 2) {
                    Some(Number::Tens(tens)) => Some((tens + unit, 3)),
                    _ => None,
                }
            }
            Number::Small(value) => Some((value, 1)),
            _ => None,
        }
    }

    /// Adds to `tens`, whose `length` words begin at `at`, what belongs to them.
    fn after_tens(&self, at: usize, tens: u32, length: usize) -> (u32, usize) {
        let numbers = &self.language.table.numbers;
        if numbers.compounds {
            return (tens, length);
        }
        let joined = usize::from(!numbers.and.is_empty() && self.words.get(at + length) == numbers.and);
        let unit = |at: usize| match self.number(at) {
            Some(Number::Small(unit @ 1..=9)) => Some((unit, 1)),
            Some(Number::Small(_)) if numbers.vigesimal && matches!(tens, 60 | 80) => {
                self.below_hundred(at, false).filter(|(value, _)| (10..20).contains(value))
            }
            _ => None,
        };
        match unit(at + length + joined) {
            Some((unit, more)) => (tens + unit, length + joined + more),
            None => (tens, length),
        }
    }

    fn scale(&self, at: usize, scale: Number) -> bool {
        self.number(at) == Some(scale)
    }

    fn bare(&self) -> bool {
        self.language.table.numbers.bare_scales
    }

    fn joins(&self, at: usize) -> bool {
        let and = self.language.table.numbers.hundred_and;
        !and.is_empty() && self.words.get(at) == and
    }

    /// A number in one word: "einundzwanzig", "zweihundertfünf".
    fn compound(&self, at: usize) -> Option<u32> {
        self.language.table.numbers.compounds.then(|| compound(self.language, self.words.get(at)))?
    }
}

/// How many bytes a number in one word has at most: "neunhundertneunundneunzigtausend..." has 58,
/// with four umlauts more.
const LONGEST_COMPOUND: usize = 64;

/// The value of a number in one word.
pub(crate) fn compound(language: &Language, word: &str) -> Option<u32> {
    if word.len() > LONGEST_COMPOUND {
        return None;
    }
    let numbers = &language.table.numbers;
    let whole = |word: &str| match language.entry_of(word).number {
        Some(Number::Small(value) | Number::Tens(value)) => Some(value),
        _ => None,
    };
    // A unit in front of a scale, or nothing, which stands for one.
    let factor = |part: &str| if part.is_empty() { Some(1) } else { compound(language, part) };
    let rest = |part: &str| match part.strip_prefix(numbers.hundred_and).filter(|_| !part.is_empty()) {
        Some(rest) => compound(language, rest),
        None if part.is_empty() => Some(0),
        None => compound(language, part),
    };
    if let Some(value) = whole(word) {
        return Some(value);
    }
    if let Some((thousands, below)) = word.split_once(numbers.thousand) {
        let thousands = factor(thousands).filter(|value| (1..1000).contains(value))?;
        return rest(below).filter(|value| *value < 1000).map(|below| thousands * 1000 + below);
    }
    if let Some((hundreds, below)) = word.split_once(numbers.hundred) {
        let hundreds = factor(hundreds).filter(|value| (1..100).contains(value))?;
        return rest(below).filter(|value| *value < 100).map(|below| hundreds * 100 + below);
    }
    // The last "und": "dreiundzwanzig" has it once, "hundertundeinundzwanzig" was cut before.
    let (unit, tens) = word.rsplit_once(numbers.and)?;
    let unit = whole(unit).filter(|unit| (1..10).contains(unit))?;
    whole(tens).filter(|tens| *tens >= 20).map(|tens| tens + unit)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn heard(text: &str, language: &str) -> String {
        let words = Words::of(text);
        let mut digits = String::new();
        for group in groups(&words, Language::of(Some(language))) {
            group.write(&words, &mut digits);
        }
        assert_eq!(digits.len(), super::digits(text, Some(language)), "{text:?}");
        digits
    }

    #[test]
    fn english_numbers_are_counted_as_they_would_be_written() {
        for (said, digits) in [
            ("five five five one two one two", "5551212"),
            ("five five five, double two, oh, twelve hundred", "5552201200"),
            ("555-1212", "5551212"),
            ("(555) 123 4567", "5551234567"),
            ("triple five one two one two", "5551212"),
            ("one eight hundred five five five one two one two", "18005551212"),
            ("oh two oh seven nine four six oh nine five eight", "02079460958"),
            ("twenty one thirty forty five", "213045"),
            ("nineteen eighty four", "1984"),
            ("two hundred and six", "206"),
            ("two hundred five", "205"),
            ("two thousand and six", "2006"),
            ("five thousand two hundred", "5200"),
            ("3rd of 12", "312"),
            ("the one about the heating", ""),
            ("oh I see", ""),
            ("I don't have one", ""),
            ("one", "1"),
            ("oh seven", "07"),
            ("double trouble", ""),
            ("double", ""),
            ("hundred", ""),
            ("", ""),
        ] {
            assert_eq!(heard(said, "en"), digits, "{said:?}");
        }
    }

    #[test]
    fn spanish_numbers_are_counted() {
        for (said, digits) in [
            ("seis cinco cuatro treinta y dos diez cero uno", "654321001"),
            ("veintiuno", "21"),
            ("treinta y uno", "31"),
            ("ciento cinco", "105"),
            ("quinientos veintidós", "522"),
            ("mil novecientos ochenta y cuatro", "1984"),
            ("dos mil veintiséis", "2026"),
            ("doble siete", "77"),
            ("uno de ellos", ""),
            ("dos y tres", "23"),
        ] {
            assert_eq!(heard(said, "es"), digits, "{said:?}");
        }
    }

    #[test]
    fn german_numbers_are_counted_in_one_word_too() {
        for (said, digits) in [
            ("null eins sieben zwo", "0172"),
            ("einundzwanzig", "21"),
            ("ein und zwanzig", "21"),
            ("neunzehnhundertvierundachtzig", "1984"),
            ("zweitausendsechsundzwanzig", "2026"),
            ("hundertfünf", "105"),
            ("zweihundertundelf", "211"),
            ("eintausend", "1000"),
            ("tausend", "1000"),
            ("dreiunddreißig vierundvierzig", "3344"),
            ("doppel fünf", "55"),
            ("und", ""),
            ("hundertprozentig", ""),
            ("wunderbar", ""),
            ("neunhundertneunundneunzigtausendneunhundertneunundneunzig", "999999"),
            ("ein Termin", ""),
        ] {
            assert_eq!(heard(said, "de"), digits, "{said:?}");
        }
    }

    #[test]
    fn french_numbers_are_counted_by_twenties() {
        for (said, digits) in [
            ("quatre-vingt-dix", "90"),
            ("quatre-vingt-dix-sept", "97"),
            ("soixante-douze", "72"),
            ("soixante et onze", "71"),
            ("vingt et un", "21"),
            ("dix-neuf cent quatre-vingt-quatre", "1984"),
            ("mille neuf cent quatre-vingt-quatre", "1984"),
            ("zéro six douze trente-quatre cinquante-six soixante-dix-huit", "0612345678"),
            ("zéro quatre vingt-deux", "0422"),
            ("deux cents", "200"),
            ("deux mille vingt-six", "2026"),
            ("un rendez-vous", ""),
            ("septante-deux", "72"),
        ] {
            assert_eq!(heard(said, "fr"), digits, "{said:?}");
        }
    }

    #[test]
    fn without_a_language_figures_count() {
        assert_eq!(digits("five 5 5-5", None), 3);
        assert_eq!(digits("fünf 55", Some("nl")), 2);
    }
}
