//! What is dictated: a number, a spelling, an e-mail address, as far as it has come.

use std::ops::Range;

use crate::answers::email::{self, Shape};
use crate::judge::{Completeness, Judgement};
use crate::language::{Number, Roles};
use crate::number::{self, Group};
use crate::turn::Turn;

/// How many digits said one by one are a dictation: "two", "two or three" and "one two" are said
/// for other reasons.
const DIGITS: usize = 3;

/// How many letters are a spelling without a word that announces it: "U S" and "I D" are words.
const LETTERS: usize = 3;

/// How many letters may be a whole name: of shorter ones most go on.
const NAME: usize = 5;

/// How many words may stand between "my number is" and the number.
const CUE: usize = 5;

/// How many digits a number of unknown length has at least: order numbers and the like.
const SHORTEST: usize = 4;

/// Lengths of telephone numbers anywhere, with and without the code of the country: E.164 allows
/// fifteen digits.
const TELEPHONE: &[usize] = &[7, 8, 9, 10, 11, 12, 13, 14, 15];

/// What is being dictated at the end of the turn.
pub(crate) fn judge(turn: &Turn) -> Option<Judgement> {
    let end = turn.before_tail();
    match email::shape(turn, end, false) {
        Shape::Begun => return Some(Completeness::Partial.by("an e-mail address goes on")),
        Shape::Whole => return Some(Completeness::Closed.by("a whole e-mail address")),
        Shape::None | Shape::Perhaps => {}
    }
    letters(turn, false).or_else(|| number(turn))
}

/// A spelling at the end of the turn; `asked` says that a word was asked for.
pub(crate) fn letters(turn: &Turn, asked: bool) -> Option<Judgement> {
    let run = spelled(turn, turn.len())?;
    let cue = (run.start.saturating_sub(CUE)..run.start).any(|at| {
        turn.phrase(at, run.start, Roles::SPELL_CUE).is_some_and(|(length, _)| at + length == run.start)
    });
    let letters: String =
        run.clone().map(|at| turn.words.get(at)).filter(|word| word.chars().count() == 1).collect();
    // "With a K": the article is no letter.
    let article = usize::from(turn.is(run.start, Roles::ARTICLE));
    let count = letters.chars().count() - article;
    if count < if cue || asked { LETTERS - 1 } else { LETTERS } && !explained(turn, &run) {
        return None;
    }
    let whole = (0..run.start).any(|at| turn.words.get(at) == letters);
    let begun = (0..run.start).any(|at| turn.words.get(at).starts_with(&letters));
    Some(match whole {
        true if asked => Completeness::Answer.by("a name, and its letters"),
        true => Completeness::Neutral.by("a word, and its letters"),
        false if count >= NAME && !begun => Completeness::Neutral.by("a spelling that may be whole"),
        false => Completeness::Partial.by("a spelling goes on"),
    })
}

/// Whether a letter at the end of `run` was explained: "B as in Bravo".
fn explained(turn: &Turn, run: &Range<usize>) -> bool {
    run.clone().any(|at| turn.words.get(at).chars().count() > 1)
}

/// The words at the end that spell something.
fn spelled(turn: &Turn, end: usize) -> Option<Range<usize>> {
    let letter = |at: usize| {
        let mut letters = turn.words.get(at).chars();
        letters.next().is_some_and(char::is_alphabetic) && letters.next().is_none()
    };
    let mut start = end;
    while start > 0 {
        if letter(start - 1) {
            start -= 1;
            continue;
        }
        // The longest that explains a letter: "m wie in Martha".
        let explains = (1..start).rev().take(3).find(|at| {
            let length = start - 1 - at;
            letter(at - 1) && length > 0 && turn.entry(*at..*at + length).roles.any(Roles::AS_IN)
        });
        match explains {
            Some(at) => start = at - 1,
            None => break,
        }
    }
    // "Nine a m" is a time.
    let half_day = end >= 2 && turn.words.get(end - 1) == "m" && matches!(turn.words.get(end - 2), "a" | "p");
    (start < end && !half_day).then_some(start..end)
}

/// The numbers at the end of a turn, one right behind the other.
struct Run {
    start: usize,
    groups: Vec<Group>,
}

fn run(turn: &Turn) -> Option<Run> {
    let end = turn.before_tail();
    let last = end.checked_sub(1)?;
    let word = turn.words.get(last);
    let compounds = turn.language.is_some_and(|language| language.table.numbers.compounds);
    let is_number = word.bytes().any(|byte| byte.is_ascii_digit())
        || matches!(turn.entry(last..end).number, Some(number) if !matches!(number, Number::Times(_)))
        || compounds && turn.language.is_some_and(|language| number::compound(language, word).is_some());
    if !is_number {
        return None;
    }
    let groups = number::groups(&turn.words, turn.language);
    let mut start = end;
    let mut first = groups.len();
    for (at, group) in groups.iter().enumerate().rev() {
        // Fillers do not interrupt a number.
        let filled = turn.cover(group.words.end..start, Roles::FILLER).is_some();
        if group.words.end != start && (start == end || !filled) {
            break;
        }
        (start, first) = (group.words.start, at);
    }
    let groups = groups.get(first..).filter(|groups| !groups.is_empty())?.to_vec();
    Some(Run { start, groups })
}

/// A number that is being dictated at the end of the turn.
fn number(turn: &Turn) -> Option<Judgement> {
    let run = run(turn)?;
    let count = number::count(&run.groups, &turn.words);
    let cue = (run.start.saturating_sub(CUE)..run.start).rev().find_map(|at| {
        let longest = turn.entry(at..at + 1).longest.min(run.start - at);
        (1..=longest).rev().find_map(|length| turn.entry(at..at + length).cue)
    });
    let dictated = run.groups.iter().filter(|group| group.dictated).count();
    let first = run.groups.first()?;
    // Figures in groups, as telephone numbers are written; "2026 03 04" is a date.
    let grouped = run.groups.len() > 1
        && run.groups.iter().all(|group| group.written && group.count(&turn.words) > 1)
        && !(first.count(&turn.words) == 4 && run.groups.len() == 3);
    let written_time = first.words.len() == 1 && turn.words.get(first.words.start).contains([':', '/', '.']);
    let dictates = dictated >= DIGITS
        || first.begins_with_zero(&turn.words) && count > 1
        || run.groups.len() > DIGITS
        || grouped
        || run.groups.iter().any(|group| matches!(group.digits, number::Digits::Repeated(..)));
    if cue.is_none() && !dictates || written_time {
        return None;
    }
    let lengths = cue.or_else(|| turn.language.map(|language| language.table.telephone)).unwrap_or(TELEPHONE);
    let is_whole = match lengths.iter().max() {
        Some(longest) => lengths.contains(&count) || count > *longest,
        None => count >= SHORTEST,
    };
    Some(if is_whole {
        Completeness::Neutral.by("a number that may be whole")
    } else {
        Completeness::Partial.by("a number goes on")
    })
}
