//! Digits of a known count.

use crate::Expected;
use crate::judge::{Completeness, Judgement, general};
use crate::language::Roles;
use crate::number;
use crate::text::Words;
use crate::turn::Turn;

/// How many words behind the digits still belong to them: "five five five, area code".
const BEHIND: usize = 2;

/// How many digits are said in one go, as the number that they make: "seven", "forty two". Who
/// says fewer of them than may be has said all.
const IN_ONE_GO: usize = 2;

pub(super) fn judge(turn: &Turn, text: &str, min: usize, max: usize) -> Option<Judgement> {
    let words = Words::of(text);
    let groups = number::groups(&words, turn.language);
    let last = groups.last()?;
    let count = number::count(&groups, &words);
    // Places in the whole turn, as places in its end.
    let skipped = words.len() - turn.len();
    let behind = (last.words.end.saturating_sub(skipped)).min(turn.len());
    let open = general(turn, &Expected::Anything);
    let waits = open.completeness == Completeness::Open && behind < turn.len() && !turn.last_mark().goes_on();
    let left = turn.before_tail().saturating_sub(behind);
    let corrects = turn.phrase_before(behind, turn.len(), Roles::CORRECTION).is_some();
    if corrects {
        return Some(Completeness::Partial.by("digits taken back"));
    }
    if count < min {
        if left > BEHIND || left > 0 && open.completeness == Completeness::Closed {
            return None;
        }
        return Some(Completeness::Partial.by("fewer digits than asked for"));
    }
    if waits {
        return Some(open);
    }
    if corrected(turn, &words, &groups, min) {
        return Some(Completeness::Neutral.by("digits taken back"));
    }
    if count >= max {
        return Some(Completeness::Answer.by("as many digits as asked for"));
    }
    if max <= IN_ONE_GO {
        return Some(Completeness::Answer.by("a number in one go"));
    }
    // Recognizers set a full stop behind each group: it says nothing here.
    Some(Completeness::Neutral.by("as many digits as may be"))
}

/// Whether digits were taken back, and fewer than a whole number said anew.
fn corrected(turn: &Turn, words: &Words, groups: &[number::Group], min: usize) -> bool {
    let Some(language) = turn.language else { return false };
    let corrects = |at: usize| language.phrase(words, at, words.len(), Roles::CORRECTION).is_some();
    let Some(cut) =
        (1..groups.len()).rev().find(|at| (groups[at - 1].words.end..groups[*at].words.start).any(corrects))
    else {
        return false;
    };
    number::count(&groups[cut..], words) < min
}
