//! The name of a person.

use crate::dictation;
use crate::judge::{Completeness, Judgement};
use crate::language::{Ending, Roles};
use crate::number;
use crate::turn::Turn;

/// How many words a name has at most, besides "van" and the like.
const LONGEST: usize = 4;

pub(super) fn judge(turn: &Turn) -> Option<Judgement> {
    let end = turn.before_tail();
    let start = turn.after_lead(0..end, Roles::NAME_LEAD);
    if start >= end {
        // "Yes, my name is".
        let begun = turn.phrase_before(0, turn.len(), Roles::NAME_LEAD).is_some()
            && turn.end(turn.len()).is_some_and(|end| matches!(end.ending, Ending::Never | Ending::Seldom));
        return begun.then(|| Completeness::Partial.by("a name to come"));
    }
    if let Some(spelled) = dictation::letters(turn, true) {
        return Some(spelled);
    }
    let particle = |at: usize| turn.is(at, Roles::PARTICLE);
    let words = (start..end).filter(|at| !particle(*at)).count();
    let names = start..end;
    if words > LONGEST || !names.clone().all(|at| particle(at) || is_name(turn, at)) {
        return None;
    }
    if !number::groups(&turn.words, turn.language).is_empty() {
        return None;
    }
    Some(if particle(end - 1) || words == 0 {
        Completeness::Partial.by("a name goes on")
    } else {
        Completeness::Answer.by("a name")
    })
}

/// Whether a word may be a name: no word of the grammar, and nothing that is said in place of one.
fn is_name(turn: &Turn, at: usize) -> bool {
    let entry = turn.entry(at..at + 1);
    let other = Roles::YES
        .or(Roles::NO)
        .or(Roles::SHORT)
        .or(Roles::BACKCHANNEL)
        .or(Roles::ASKS)
        .or(Roles::DAY)
        .or(Roles::LEAD)
        .or(Roles::SUBJECT);
    entry.roles.any(Roles::NAME) || entry.ending.is_none() && !entry.roles.any(other)
}
