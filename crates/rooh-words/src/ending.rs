//! What the end of a turn says, whatever was asked for.

use crate::judge::{Completeness, Judgement};
use crate::language::{CompiledFrame, CompiledPair, Ending, Roles, rule};
use crate::turn::{End, Turn};

/// How many words may follow "if I" before a clause is likely to be over.
const CLAUSE: usize = 8;

/// How far back "either" is looked for: what it joins is short.
const PAIR: usize = 8;

/// A turn that ends with a sound or a phrase that gains time.
pub(crate) fn hesitation(turn: &Turn) -> Option<Judgement> {
    let end = turn.len();
    let found = turn.end(end);
    if let Some(found) = found.filter(|found| found.ending == Ending::Filler) {
        return Some(Completeness::Hesitating.by(found.rule));
    }
    let hold = found
        .filter(|found| found.ending == Ending::Hold)
        .or_else(|| {
            // "One moment, please."
            let before = turn.before_tail();
            turn.end(before).filter(|found| before < end && found.ending == Ending::Hold)
        })
        .filter(|found| gains_time(turn, *found));
    if let Some(hold) = hold {
        return Some(Completeness::Hesitating.by(hold.rule));
    }
    let lead = Roles::YES.or(Roles::NO).or(Roles::BACKCHANNEL).or(Roles::DISCOURSE).or(Roles::FILLER);
    // "Okay, so", "no, well, actually": what begins a sentence, and no sentence yet.
    const LONGEST: usize = 5;
    let gains = end <= LONGEST
        && turn.words.is_whole()
        && turn.cover(0..end, lead).is_some_and(|cover| {
            cover.last.any(Roles::DISCOURSE) && !cover.last.any(Roles::YES.or(Roles::NO))
        });
    gains.then(|| Completeness::Hesitating.by("begins a sentence"))
}

/// Whether a phrase asks for time, and is no part of a sentence: "in one minute".
fn gains_time(turn: &Turn, hold: End) -> bool {
    let lead = Roles::BEFORE.or(Roles::BACKCHANNEL).or(Roles::TAIL).or(Roles::SHORT);
    let start = turn.sentence();
    let begins = hold.start <= start
        || turn.words.mark(hold.start - 1).goes_on()
        || turn.cover(start..hold.start, lead).is_some();
    // "My number is, hold on": what goes before cannot end there.
    let interrupts = || {
        turn.end(hold.start).is_some_and(|before| {
            matches!(before.ending, Ending::Never | Ending::Seldom | Ending::Filler)
                && before.rule != rule::PREPOSITION
        })
    };
    let again = || turn.end(hold.start).is_some_and(|before| before.ending == Ending::Hold);
    let words = turn.len() - hold.start;
    begins || words >= 3 || interrupts() || again()
}

/// What the word at the end belongs to, if it stands there with reason.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Belongs {
    /// A clause within: "I don't know where it is".
    Clause,
    /// A whole question: "what would that be", "wann machen Sie auf".
    Question,
}

/// How many words may stand between "where" and its verb at the end: "how long will the wait be".
const VERB: usize = 4;

/// How many words a clause has at least before the verb at its end: "weil ich krank".
const SUBORDINATE: usize = 3;

/// Whether the word at the end belongs to one before: "what are you looking for", "where it is".
pub(crate) fn belongs(turn: &Turn, end: End) -> Option<Belongs> {
    let start = turn.sentence();
    // "Weil ich krank bin": with three words at least, because "weil ich bin" goes on.
    let subordinates = |at: usize| {
        end.start - at >= SUBORDINATE
            && turn
                .phrase(at, end.start, Roles::SUBORDINATES)
                .is_some_and(|(length, _)| at + length < end.start)
    };
    if end.rule == rule::AUXILIARY
        && (start.max(end.start.saturating_sub(CLAUSE))..end.start).any(subordinates)
    {
        return Some(Belongs::Clause);
    }
    let asks_at = (start..end.start).rev().find(|at| turn.is(*at, Roles::ASKS.or(Roles::ASKS_WHAT)))?;
    // "I said" has its subject within.
    let within = turn.is(end.start, Roles::SUBJECT);
    if within && asks_at + 1 == end.start && end.rule == rule::VERB {
        return Some(Belongs::Clause);
    }
    let between = asks_at + 1..end.start;
    let subject = |at: usize| turn.is(at, Roles::SUBJECT.or(Roles::ARTICLE));
    let needs_subject = turn.language.is_some_and(|language| language.table.questions.subject);
    if needs_subject && !between.clone().any(subject) {
        return None;
    }
    match end.rule {
        // "What are you looking for", but "how do I get to".
        rule::PREPOSITION => {
            let infinitive = turn.words.get(end.start) == "to";
            (turn.phrase(asks_at, end.start, Roles::ASKS_WHAT).is_some() && !infinitive)
                .then_some(Belongs::Clause)
        }
        rule::AUXILIARY | rule::VERB | rule::SEPARABLE => {
            // "What I need is" has its subject, its verb, and goes on.
            let relative = turn.is(asks_at + 1, Roles::SUBJECT);
            let cleft = relative && between.len() > 1 && end.rule == rule::AUXILIARY;
            let asks = end.rule != rule::VERB && !relative && asks(turn);
            ((1..=VERB).contains(&between.len()) && !cleft).then_some(if asks {
                Belongs::Question
            } else {
                Belongs::Clause
            })
        }
        _ => None,
    }
}

/// The rule by which the last sentence waits for something that it began.
pub(crate) fn waits(turn: &Turn) -> Option<&'static str> {
    let language = turn.language?;
    let (start, end) = (turn.sentence(), turn.len());
    let has = |roles: Roles| (start..end).any(|at| turn.phrase(at, end, roles).is_some());
    if has(Roles::PAIR) && language.pairs.iter().any(|pair| is_single(turn, pair)) {
        return Some("the first of two");
    }
    if has(Roles::FRAME) && language.frames.iter().any(|frame| lacks_verb(turn, frame)) {
        return Some("a verb to come");
    }
    is_subordinate(turn).then_some("a clause before another")
}

/// Whether the first word of a pair was said, and the second was not.
fn is_single(turn: &Turn, pair: &CompiledPair) -> bool {
    let end = turn.len();
    let begins = |phrase: &str, at: usize| {
        let length = phrase.split(' ').count();
        at + length <= end && turn.words.phrase(at..at + length) == phrase
    };
    let start = turn.sentence().max(end.saturating_sub(PAIR));
    let Some(at) = (start..end).rev().find(|at| begins(&pair.first, *at)) else { return false };
    let length = pair.first.split(' ').count();
    let said_before = pair.first == pair.second && (start..at).any(|at| begins(&pair.first, at));
    let excepted = |phrase: &String| {
        // The exception may begin before: "in between".
        let back = phrase.split(' ').position(|word| word == turn.words.get(at)).unwrap_or(0);
        at >= back && begins(phrase, at - back)
    };
    at + length < end
        && !said_before
        && !(at + length..end).any(|at| begins(&pair.second, at))
        && !pair.except.iter().any(excepted)
}

/// Whether a verb waits for another that has not come.
fn lacks_verb(turn: &Turn, frame: &CompiledFrame) -> bool {
    let end = turn.len();
    let start = turn.sentence();
    let begins = |phrase: &String| {
        let length = phrase.split(' ').count();
        (start..end.saturating_sub(length))
            .rev()
            .find(|at| turn.words.phrase(*at..*at + length) == phrase.as_str())
            .map(|at| at + length)
    };
    let Some(from) = frame.begins.iter().filter_map(begins).max() else { return false };
    !(from..end).any(|at| {
        let word = turn.words.get(at);
        frame.enough.iter().any(|enough| enough == word)
            || frame.endings.iter().any(|ending| word.ends_with(ending.as_str()))
                && !frame.except.iter().any(|except| except == word)
    })
}

/// Whether all there is is a clause that another has to follow: "if I come on Monday".
fn is_subordinate(turn: &Turn) -> bool {
    let end = turn.len();
    let sentence = turn.sentence();
    if sentence == 0 && !turn.words.is_whole() {
        return false;
    }
    let mut at = sentence;
    let length = loop {
        if let Some((length, _)) = turn.phrase(at, end, Roles::CLAUSE) {
            break length;
        }
        match turn.phrase(at, end, Roles::BEFORE) {
            Some((length, _)) => at += length,
            None => return false,
        }
    };
    let rest = at + length..end;
    !rest.is_empty()
        && rest.len() <= CLAUSE
        && !rest.clone().any(|at| turn.is(at, Roles::SUBJECT) || turn.words.mark(at).goes_on())
}

/// Whether the last sentence is a whole question.
pub(crate) fn asks(turn: &Turn) -> bool {
    let Some(whole) = turn.language.map(|language| language.table.questions) else { return false };
    let end = turn.len();
    let sentence = turn.sentence();
    if sentence == 0 && !turn.words.is_whole() || turn.is(end - 1, Roles::MODIFIES) {
        return false;
    }
    let mut at = sentence;
    loop {
        if let Some((length, _)) = turn.phrase(at, end, Roles::ASKS_WHETHER) {
            return end - at >= whole.whether && length < end - at;
        }
        if let Some((length, _)) = turn.phrase(at, end, Roles::ASKS) {
            let behind = at + length..end;
            // "What I need": a relative clause, and no question.
            let relative = turn.is(behind.start, Roles::SUBJECT);
            let subject =
                || behind.clone().rev().skip(1).any(|at| turn.is(at, Roles::SUBJECT.or(Roles::ARTICLE)));
            let long = end - at >= whole.least && behind.len() >= whole.behind;
            return long && (!whole.subject || !relative && subject());
        }
        match turn.phrase(at, end, Roles::BEFORE) {
            Some((length, _)) => at += length,
            None => return false,
        }
    }
}
