//! Whether the answer that was asked for is there.

mod choice;
mod digits;
pub(crate) mod email;
mod moment;
mod name;
mod yes_no;

use crate::Expected;
use crate::judge::{Completeness, Judgement};
use crate::turn::Turn;

/// What the expectation says of a turn, if it says anything; `text` is all of it.
pub(crate) fn answer(turn: &Turn, text: &str, expected: &Expected) -> Option<Judgement> {
    let judgement = match expected {
        Expected::Anything => None,
        Expected::Date => moment::date(turn),
        Expected::Digits { min, max } => return digits::judge(turn, text, *min, *max),
        Expected::Email => email::judge(turn),
        Expected::Name => name::judge(turn),
        Expected::OneOf(phrases) => choice::judge(turn, phrases),
        Expected::Time => moment::time(turn),
        Expected::YesNo => yes_no::judge(turn),
    }?;
    // "Yes," with a comma: the recognizer expects more, and the answer is there.
    let goes_on = judgement.completeness == Completeness::Answer && turn.last_mark().goes_on();
    Some(if goes_on { Completeness::Neutral.by("an answer with a mark that goes on") } else { judgement })
}
