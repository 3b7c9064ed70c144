//! A date, or a time of day.

use crate::ending;
use crate::judge::{Completeness, Judgement};
use crate::language::{Language, Roles};
use crate::number::{self, Digits, Group};
use crate::turn::Turn;

/// What the words before the end of a turn say of a date.
#[derive(Debug, Default)]
struct Date {
    day: usize,
    month: bool,
    /// "Tuesday", "tomorrow".
    name: bool,
    year: bool,
    /// In figures: "3/4/2026".
    whole: bool,
    /// The last word holds a date together, and goes on.
    goes_on: bool,
    /// The last word is "twenty", which may become "twenty first".
    tens: bool,
    /// The last word is "nineteen" or "twenty", as years begin.
    century: bool,
}

pub(super) fn date(turn: &Turn) -> Option<Judgement> {
    let language = turn.language?;
    let end = turn.before_tail();
    let groups = number::all(&turn.words, turn.language);
    let roles = Roles::DAY.or(Roles::MONTH).or(Roles::ORDINAL).or(Roles::DATE_GLUE);
    let mut date = Date::default();
    let mut at = end;
    while at > 0 {
        let last = at == end;
        if let Some(group) = groups.iter().find(|group| group.words.end == at) {
            let word = turn.words.get(at - 1);
            if is_numeric_date(word) {
                date.whole = true;
            } else {
                match value(group, turn) {
                    Some(1..=31) => date.day += 1,
                    Some(1900..=2100) => date.year = true,
                    // "Nineteen eighty", "2 0 0 6".
                    Some(0 | 32..=99) => date.year = true,
                    _ => break,
                }
                date.tens |= last && begins_ordinal(language, word);
                date.century |= last && matches!(group.digits, Digits::Value(19 | 20));
            }
            at = group.words.start;
            continue;
        }
        if is_ordinal(turn, at - 1) {
            date.day += 1;
            at -= 1;
            continue;
        }
        let Some((start, entry)) = turn.phrase_before(0, at, roles) else { break };
        let is_month = entry.roles.any(Roles::MONTH);
        // "You may".
        if is_month && entry.ending.is_some() && start > 0 && turn.is(start - 1, Roles::SUBJECT) {
            break;
        }
        date.month |= is_month;
        date.name |= entry.roles.any(Roles::DAY);
        date.day += usize::from(entry.roles.any(Roles::ORDINAL));
        date.goes_on |=
            last && entry.roles.any(Roles::DATE_GLUE) && !entry.roles.any(Roles::DAY.or(Roles::ORDINAL));
        at = start;
    }
    // German has ordinals for months: "am dritten vierten".
    let numbered = date.day >= 2 && language.table.numbers.compounds;
    // In figures with hyphens: 2026-03-04.
    let triple = date.day >= 2 && date.year;
    let whole = date.whole
        || date.name
        || date.day > 0 && date.month
        || date.month && date.year
        || numbered
        || triple;
    let begun = whole || date.day > 0 || date.month;
    match () {
        () if !begun => None,
        () if date.goes_on => Some(Completeness::Partial.by("a date goes on")),
        // "The third of June, nineteen": the day was there before.
        () if date.month && date.day > 1 && date.century => Some(Completeness::Partial.by("a year goes on")),
        () if whole && date.tens => Some(Completeness::Neutral.by("a day that may go on")),
        () if whole => Some(Completeness::Answer.by("a date")),
        () if date.month => Some(Completeness::Partial.by("a month without its day")),
        () => Some(Completeness::Neutral.by("a day without its month")),
    }
}

/// Whether the number of a day may begin with a word: "twenty", of "twenty first".
fn begins_ordinal(language: &Language, word: &str) -> bool {
    let goes_on = |ordinal: &&str| ordinal.strip_prefix(word).is_some_and(|rest| rest.starts_with(' '));
    language.table.ordinals.iter().any(goes_on)
}

/// The number of a group below ten thousand.
fn value(group: &Group, turn: &Turn) -> Option<u32> {
    match group.digits {
        Digits::Value(value) => Some(value),
        Digits::Written(at) => {
            let word = turn.words.get(at);
            word.trim_end_matches(|c: char| !c.is_ascii_digit()).parse().ok()
        }
        Digits::Repeated(..) => None,
    }
}

/// A date in figures in one word: "3/4/2026", "12.10.2026", "12.10".
fn is_numeric_date(word: &str) -> bool {
    let parts: Vec<Option<u32>> = word.split(['/', '.']).map(|part| part.parse().ok()).collect();
    (2..=3).contains(&parts.len())
        && parts.iter().take(2).all(|part| part.is_some_and(|part| (1..=31).contains(&part)))
}

/// Whether a word is the number of a day: "third", "einundzwanzigsten".
fn is_ordinal(turn: &Turn, at: usize) -> bool {
    if turn.is(at, Roles::ORDINAL) {
        return true;
    }
    let Some(language) = turn.language.filter(|language| language.table.numbers.compounds) else {
        return false;
    };
    language.table.numbers.ordinal_endings.iter().any(|ending| {
        turn.words
            .get(at)
            .strip_suffix(ending)
            .and_then(|stem| number::compound(language, stem))
            .is_some_and(|day| (1..=31).contains(&day))
    })
}

pub(super) fn time(turn: &Turn) -> Option<Judgement> {
    // "Between two and" goes on, and so does "between two".
    if ending::waits(turn).is_some() {
        return None;
    }
    let end = turn.before_tail();
    let groups = number::all(&turn.words, turn.language);
    let roles = Roles::TIME.or(Roles::TIME_END).or(Roles::TIME_GLUE);
    let (mut said, mut framed, mut goes_on) = (false, false, false);
    let mut at = end;
    while at > 0 {
        let last = at == end;
        let phrase = turn.phrase_before(0, at, roles);
        // "Y media" before "media"; a number only where no phrase is.
        if let Some((start, entry)) = phrase.filter(|(start, entry)| at - start > 1 || entry.number.is_none())
        {
            said |= entry.roles.any(Roles::TIME);
            framed |= entry.roles.any(Roles::TIME_GLUE.or(Roles::TIME_END));
            goes_on |= last && !entry.roles.any(Roles::TIME.or(Roles::TIME_END));
            at = start;
            continue;
        }
        let Some(group) = groups.iter().find(|group| group.words.end == at) else { break };
        let word = turn.words.get(at - 1);
        let clock = is_clock(word);
        if !clock && value(group, turn).is_none_or(|value| value > 59) {
            break;
        }
        (said, framed) = (true, framed || clock);
        at = group.words.start;
    }
    let lead = turn.after_lead(0..at, Roles::default());
    let alone = lead >= at;
    match () {
        () if goes_on && (said || alone && at < end) => Some(Completeness::Partial.by("a time goes on")),
        () if goes_on || !said => None,
        () if framed || alone => Some(Completeness::Answer.by("a time")),
        // "I have two" is none.
        () => None,
    }
}

/// A time in figures in one word: "10:30", "3.15", "15h30", "3pm".
fn is_clock(word: &str) -> bool {
    let word = word.trim_end_matches("am").trim_end_matches("pm").trim_end_matches('h');
    let mut parts = word.split([':', '.', 'h']);
    let hour = parts.next().and_then(|hour| hour.parse::<u32>().ok()).is_some_and(|hour| hour <= 24);
    let minutes = parts
        .next()
        .map(|minutes| minutes.len() == 2 && minutes.parse::<u32>().is_ok_and(|minutes| minutes < 60));
    hour && minutes.unwrap_or(true) && parts.next().is_none()
}
