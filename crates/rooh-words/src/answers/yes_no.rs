//! Yes or no.

use crate::judge::{Completeness, Judgement};
use crate::language::Roles;
use crate::turn::Turn;

pub(super) fn judge(turn: &Turn) -> Option<Judgement> {
    let answer = Roles::YES.or(Roles::NO).or(Roles::ECHO);
    let ends = answer.or(Roles::TAIL).or(Roles::SHORT);
    let allowed = ends.or(Roles::LEAD).or(Roles::FILLER).or(Roles::DISCOURSE).or(Roles::BACKCHANNEL);
    let is_answer = |start: usize| {
        turn.cover(start..turn.len(), allowed)
            .is_some_and(|cover| cover.all.any(answer) && cover.last.any(ends))
    };
    (is_answer(0) || is_answer(turn.sentence())).then(|| Completeness::Answer.by("yes or no"))
}
