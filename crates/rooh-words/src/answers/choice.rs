//! One of several phrases.

use crate::judge::{Completeness, Judgement};
use crate::language::{Ending, Roles};
use crate::text::Words;
use crate::turn::Turn;

pub(super) fn judge(turn: &Turn, phrases: &[String]) -> Option<Judgement> {
    let options: Vec<Words> = phrases.iter().map(|phrase| Words::of(phrase)).collect();
    // A phrase may itself end with "please".
    [turn.len(), turn.before_tail()].into_iter().find_map(|end| at(turn, &options, end))
}

fn at(turn: &Turn, options: &[Words], end: usize) -> Option<Judgement> {
    let said = options.iter().filter(|option| {
        let (start, length) = core(turn, option);
        length > 0 && ends_with(turn, end, option, start, length)
    });
    let longest = said.max_by_key(|option| option.len());
    if let Some(said) = longest {
        let goes_on = options.iter().any(|option| {
            option.len() > said.len() && (0..said.len()).all(|at| same(option.get(at), said.get(at)))
        });
        return Some(if goes_on {
            Completeness::Neutral.by("the beginning of another phrase")
        } else {
            Completeness::Answer.by("one of the phrases")
        });
    }
    let begun = options.iter().any(|option| {
        let (start, length) = core(turn, option);
        // A function word begins too much.
        (1..length).any(|length| {
            ends_with(turn, end, option, start, length)
                && !matches!(turn.entry(end - 1..end).ending, Some((Ending::Never, _)))
                && !turn.is(end - 1, Roles::YES.or(Roles::NO))
        })
    });
    begun.then(|| Completeness::Partial.by("the beginning of a phrase"))
}

/// Where a phrase begins behind its article, and its length from there.
fn core(turn: &Turn, option: &Words) -> (usize, usize) {
    let article = |at: usize| {
        turn.language.is_some_and(|language| language.entry_of(option.get(at)).roles.any(Roles::ARTICLE))
    };
    let start = usize::from(option.len() > 1 && article(0));
    (start, option.len() - start)
}

/// Whether the words before `end` are `length` words of `option`.
fn ends_with(turn: &Turn, end: usize, option: &Words, start: usize, length: usize) -> bool {
    end >= length && (0..length).all(|at| same(turn.words.get(end - length + at), option.get(start + at)))
}

/// The same word, with an elided article or without: "l'après".
fn same(said: &str, option: &str) -> bool {
    said == option || elided(said) == elided(option)
}

fn elided(word: &str) -> &str {
    match word.split_once('\'') {
        Some(("l" | "d", rest)) if !rest.is_empty() => rest,
        _ => word,
    }
}
