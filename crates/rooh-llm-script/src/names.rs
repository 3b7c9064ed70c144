//! Names of people, out of the sentences that people put them in.

use std::collections::HashSet;
use std::ops::Range;
use std::sync::LazyLock;

use crate::words::{Phrases, Words, is_filler};

/// More words than this are no name.
const MOST_WORDS: usize = 5;
/// More letters than these are no name that was spelled.
const MOST_LETTERS: usize = 20;
/// A longer name is none, in bytes.
const LONGEST_NAME: usize = 120;

/// The name in `range`; `sure` says that the words before it announced one.
///
/// Returns the name and where it ends.
pub(crate) fn name(words: &Words<'_>, range: Range<usize>, sure: bool) -> Option<(String, usize)> {
    let end = range.end.min(words.len());
    let start = opening(words, range.start, end);
    let mut at = start;
    while at < end && may_be_in_name(words, at) {
        at += 1;
        if words.pause_after(at - 1) && !is_title(words.get(at - 1)) {
            break;
        }
    }
    if at == start || is_sentence(words, start..at, at < end, sure) {
        return None;
    }
    let at = without_spelling(words, start..at);
    let letters = (start..at).all(|at| words.get(at).chars().count() == 1);
    if at - start > if letters { MOST_LETTERS } else { MOST_WORDS } {
        return None;
    }
    (words.quote(start..at).len() <= LONGEST_NAME).then(|| (written(words, start..at), at))
}

/// `old` with the word that sounds like `new` exchanged for it, if one does.
///
/// "John Smith" and "Smythe" make "John Smythe".
pub(crate) fn corrected(old: &str, new: &str) -> Option<String> {
    if new.contains(' ') || old.len() + new.len() > 2 * LONGEST_NAME {
        return None;
    }
    let mut words: Vec<&str> = old.split(' ').collect();
    let (place, distance) = words
        .iter()
        .map(|word| distance(&word.to_lowercase(), &new.to_lowercase()))
        .enumerate()
        .min_by_key(|(_, distance)| *distance)?;
    let longest = words[place].chars().count().max(new.chars().count());
    (distance * 2 <= longest).then(|| {
        words[place] = new;
        words.join(" ")
    })
}

/// How many letters have to be changed, added or left out to come from one word to the other.
fn distance(from: &str, to: &str) -> usize {
    let to: Vec<char> = to.chars().collect();
    let mut row: Vec<usize> = (0..=to.len()).collect();
    for (at, letter) in from.chars().enumerate() {
        let mut corner = std::mem::replace(&mut row[0], at + 1);
        for (place, other) in to.iter().enumerate() {
            let change = corner + usize::from(letter != *other);
            corner = row[place + 1];
            row[place + 1] = change.min(corner + 1).min(row[place] + 1);
        }
    }
    row[to.len()]
}

/// Whether a lone word could be the rest of a name.
pub(crate) fn is_single_name(words: &Words<'_>) -> bool {
    words.len() == 1
        && opening(words, 0, 1) == 0
        && !is_filler(words.get(0))
        && may_be_in_name(words, 0)
        && words.get(0).chars().count() > 1
}

/// How people begin when they say who they are.
static INTRODUCTIONS: LazyLock<Phrases> = LazyLock::new(|| {
    Phrases::new([
        "it's",
        "its",
        "it is",
        "this is",
        "that's",
        "that is",
        "i'm",
        "i am",
        "my name is",
        "my name's",
        "the name is",
        "the name's",
        "name is",
        "name's",
        "you can call me",
        "call me",
        "i mean",
        "i said",
        "of course",
        "good morning",
        "good afternoon",
        "good evening",
        "not at all",
        "no problem",
    ])
});

/// Where the name may begin, behind what opens the sentence.
fn opening(words: &Words<'_>, mut at: usize, end: usize) -> usize {
    while at < end {
        let word = words.get(at);
        let opens = is_filler(word)
            || matches!(
                word,
                "yes" | "yeah" | "yep" | "sure" | "certainly" | "no" | "sorry" | "actually" | "a" | "an"
            );
        // A letter that is spelled is no article.
        let spelled = word.len() == 1 && words.get(at + 1).chars().count() == 1;
        at += match INTRODUCTIONS.at(words, at) {
            Some(length) => length,
            None if opens && !spelled => 1,
            None => break,
        };
    }
    at.min(end)
}

fn is_title(word: &str) -> bool {
    matches!(word, "mr" | "mrs" | "ms" | "dr" | "doctor" | "mister" | "miss" | "prof" | "st")
}

fn may_be_in_name(words: &Words<'_>, at: usize) -> bool {
    let word = words.get(at);
    // Within a word that is spelled, "a" and "i" are letters.
    let letter = |at: usize| words.get(at).len() == 1;
    let spelled = letter(at) && (at > 0 && letter(at - 1) || letter(at + 1));
    word.chars().next().is_some_and(char::is_alphabetic)
        && !word.chars().any(char::is_numeric)
        && (spelled || !is_function_word(word))
}

/// Words that end a name, and that none begins with.
static FUNCTION_WORDS: LazyLock<HashSet<&str>> = LazyLock::new(|| {
    "\
    a about again all already also am an and anything are aren't as ask at be because been but \
    by call calling can can't correct could did didn't do does doesn't don't double er \
    everything fine for from get give going got had has have having he hello her here hey hi his \
    hold how i i'd i'll i'm i've if im in incorrect interested is isn't it it's just know late \
    leave let looking make may me message might mine misspelled must my myself name need no not \
    nothing now number of ok okay on only or our phone please rather really regarding right said \
    say shall she should sick so somebody someone something sorry speak speaking spelled spelt \
    still sure take talk tell thank thanks that that's the their them there they think this to \
    today told tomorrow too trying uh um us very wait want was wasn't we were what what's when \
    where which who who's why will with won't wondering would wrong yes you your"
        .split_whitespace()
        .collect()
});

fn is_function_word(word: &str) -> bool {
    FUNCTION_WORDS.contains(word)
}

/// Whether what looks like a name is rather the beginning of a sentence.
fn is_sentence(words: &Words<'_>, name: Range<usize>, more: bool, sure: bool) -> bool {
    if sure {
        return false;
    }
    let capital = words.quote(name.start..name.start + 1).chars().next().is_some_and(char::is_uppercase);
    // "I'm having trouble", "running late".
    let verb = words.get(name.start).len() > 5 && words.get(name.start).ends_with("ing") && !capital;
    // A name of one or two words, and then a long sentence that does not introduce itself.
    let follows = words.get(name.end);
    let introduces = words.pause_after(name.end - 1)
        || matches!(follows, "here" | "speaking" | "calling" | "from" | "and" | "please" | "i'm" | "i")
        || matches!(follows, "thanks" | "thank" | "with" | "without" | "spelled" | "spelt" | "like" | "as");
    verb || more && !introduces && words.len() - name.end > 2
}

/// "John Smith, s m i t h": the letters say again what the name was.
fn without_spelling(words: &Words<'_>, range: Range<usize>) -> usize {
    let letters = range.clone().rev().take_while(|at| words.get(*at).chars().count() == 1).count();
    let spelled = range.end - letters;
    if letters >= 3 && spelled > range.start { spelled } else { range.end }
}

/// The name as it is written: as it came, or with capitals if it came without.
fn written(words: &Words<'_>, range: Range<usize>) -> String {
    let letters = range.clone().all(|at| words.get(at).chars().count() == 1);
    let quoted: Vec<&str> = range.clone().map(|at| words.quote(at..at + 1)).collect();
    let plain = !quoted.iter().any(|word| word.chars().any(char::is_uppercase));
    // "J o n" was spelled; "J P Morgan" was not.
    let joined = if letters && range.len() >= 3 { quoted.concat().to_lowercase() } else { quoted.join(" ") };
    if plain || letters { capitalized(&joined) } else { joined }
}

/// The first letter of each word in upper case.
pub(crate) fn capitalized(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut before = ' ';
    let mut before_that = ' ';
    for character in text.chars() {
        // O'Brien, but not John'S.
        let starts = before == ' '
            || before == '-'
            || matches!(before, '\'' | '’') && matches!(before_that, 'o' | 'O' | 'd' | 'D');
        if starts {
            out.extend(character.to_uppercase());
        } else {
            out.push(character);
        }
        (before_that, before) = (before, character);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn part_of_a_name_is_corrected() {
        assert_eq!(corrected("John Smith", "Smythe").as_deref(), Some("John Smythe"));
        assert_eq!(corrected("Jon", "Don").as_deref(), Some("Don"));
        assert_eq!(corrected("John Smith", "Urgent"), None);
    }

    #[test]
    fn names_are_found_in_what_people_say() {
        for (said, found) in [
            ("john smith", Some("John Smith")),
            ("Um, it's John Smith.", Some("John Smith")),
            ("This is DeShawn O'Neil", Some("DeShawn O'Neil")),
            ("jane o'brien speaking", Some("Jane O'Brien")),
            ("yes my name is anna maria van der berg", Some("Anna Maria Van Der Berg")),
            ("it's mary, thanks", Some("Mary")),
            ("mary here", Some("Mary")),
            ("José García", Some("José García")),
            ("王小明", Some("王小明")),
            ("j o n", Some("Jon")),
            ("john smith s m i t h", Some("John Smith")),
            ("dr. jones", Some("Dr Jones")),
            ("john, I'm calling about my order", Some("John")),
            ("I'm having trouble with the printer", None),
            ("why do you need that", None),
            ("my heating has been broken since last tuesday", None),
            ("five five five", Some("Five Five Five")),
            ("555", None),
            ("", None),
            ("um", None),
        ] {
            let words = Words::of(said);
            let name = name(&words, 0..words.len(), false).map(|(name, _)| name);
            assert_eq!(name.as_deref(), found, "{said:?}");
        }
    }
}
