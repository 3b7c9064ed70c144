//! What a turn says about the slots: answers, volunteered facts, and corrections.

use std::ops::Range;

use crate::dialogue::{Dialogue, SlotKind};
use crate::words::{Phrases, Words, is_filler, shorten};
use crate::{digits, edits, email, moments, names, yes_no};

/// The longest value of a slot, in bytes.
const LONGEST_VALUE: usize = 500;

/// What was known and asked when a turn was said.
pub(crate) struct Situation<'a> {
    pub(crate) dialogue: &'a Dialogue,
    pub(crate) values: &'a [Option<String>],
    /// The slot that was asked for.
    pub(crate) asked: Option<usize>,
    /// The slots that were read back.
    pub(crate) read_back: &'a [usize],
    /// Whether the question was heard.
    pub(crate) heard: bool,
    /// The slot that was filled last.
    pub(crate) last_filled: Option<usize>,
    /// Digits of the asked number that were said before.
    pub(crate) pending: &'a str,
}

/// What a turn says about the slots.
#[derive(Debug, Default)]
pub(crate) struct Understood {
    /// Slots and their values.
    pub(crate) filled: Vec<(usize, String)>,
    /// A number of which not all digits were said yet: the slot, and the digits so far.
    pub(crate) partial: Option<(usize, String)>,
    /// Whether more digits were said than the number can have.
    pub(crate) too_long: bool,
    /// Whether something was announced by a phrase of three words or more.
    pub(crate) clear: bool,
}

impl Understood {
    fn has(&self, slot: usize) -> bool {
        self.filled.iter().any(|(filled, _)| *filled == slot)
    }
}

/// A phrase that announces a slot.
struct Cue {
    slot: usize,
    start: usize,
    length: usize,
}

/// Reads a turn.
pub(crate) fn understand(words: &Words<'_>, situation: &Situation<'_>) -> Understood {
    let mut understood = Understood::default();
    let agrees = yes_no::yes_no(words) == Some(true);
    let corrects = yes_no::corrects(words) && !agrees;
    let cues = cues(words, situation, corrects, agrees);
    for (place, cue) in cues.iter().enumerate() {
        let end = cues.get(place + 1).map_or(words.len(), |next| next.start);
        let range = cue.start + cue.length..end;
        let announced = announced(words, situation, cue, range);
        if let Some(value) = announced {
            understood.clear |= cue.length >= 3;
            understood.filled.retain(|(slot, _)| *slot != cue.slot);
            understood.filled.push((cue.slot, value));
        }
    }
    // "No, it's Don", before the next question is thought about.
    if understood.filled.is_empty()
        && let Some(name) = similar_name(words, situation, corrects)
    {
        understood.filled.push(name);
        return understood;
    }
    let free = 0..cues.first().map_or(words.len(), |cue| cue.start);
    let free = 0..volunteer(words, free, situation, &mut understood);
    if let Some(asked) = situation.asked.filter(|asked| !understood.has(*asked)) {
        answer(words, free.clone(), situation, asked, &mut understood);
    }
    if understood.filled.is_empty() && understood.partial.is_none() {
        correction(words, situation, corrects, &mut understood);
    }
    understood
}

fn cues(words: &Words<'_>, situation: &Situation<'_>, corrects: bool, agrees: bool) -> Vec<Cue> {
    let mut cues: Vec<Cue> = Vec::new();
    let mut at = 0;
    let only_fillers_before = |at: usize| (0..at).all(|before| is_filler(words.get(before)));
    while at < words.len() {
        let longest = situation
            .dialogue
            .slots
            .iter()
            .enumerate()
            .filter_map(|(slot, described)| Some((slot, described.cues.at(words, at)?)))
            .max_by_key(|(_, length)| *length);
        let Some((slot, length)) = longest else {
            at += 1;
            continue;
        };
        let cue = Cue { slot, start: at, length };
        let asked = situation.asked == Some(slot);
        let text = matches!(situation.dialogue.slots[slot].kind, SlotKind::Text);
        let welcome = if asked {
            // "I want to know about my order": the whole of it answers, not what follows "about".
            !text || only_fillers_before(at)
        } else if situation.values[slot].is_some() {
            (corrects || length >= 3) && !(agrees && length == 1)
        } else {
            !(agrees && length == 1 && text && words.len() < 6)
        };
        let found = welcome && announced(words, situation, &cue, at + length..words.len()).is_some();
        at += length;
        if found {
            cues.push(cue);
        }
    }
    cues
}

/// What follows a cue, if it is what the cue announces.
fn announced(words: &Words<'_>, situation: &Situation<'_>, cue: &Cue, range: Range<usize>) -> Option<String> {
    let slot = &situation.dialogue.slots[cue.slot];
    match &slot.kind {
        SlotKind::Name => {
            let named = (cue.start..range.start).any(|at| words.get(at).starts_with("name"));
            names::name(words, range, named).map(|(name, _)| name)
        }
        SlotKind::Digits { min, max } => {
            let said = digits::answer(words, range, *min);
            let count = digits::count(&said);
            // Fewer digits are an answer only to the question, which waits for the rest.
            (*min..=*max).contains(&count).then_some(said)
        }
        kind => value(words, kind, range, &slot.cues),
    }
}

/// The answer to what was asked.
fn answer(
    words: &Words<'_>,
    range: Range<usize>,
    situation: &Situation<'_>,
    asked: usize,
    understood: &mut Understood,
) {
    let slot = &situation.dialogue.slots[asked];
    if let SlotKind::Digits { min, max } = slot.kind {
        // A cue with too few digits behind it was passed over, so its digits are still here.
        let said = digits::answer(words, range, min);
        number(said, asked, (min, max), situation.pending, understood);
        return;
    }
    // A question that was not heard is not answered; an address or a date can be nothing else.
    let telling = matches!(slot.kind, SlotKind::Email | SlotKind::Date);
    if !situation.heard && !telling {
        return;
    }
    let polar = words.len() <= 2 && yes_no::yes_no(words).is_some();
    let found = match &slot.kind {
        SlotKind::Name if !polar => names::name(words, range, false).map(|(name, _)| name),
        SlotKind::Name => None,
        SlotKind::Text if polar => None,
        kind => value(words, kind, range, &slot.cues),
    };
    understood.filled.extend(found.map(|found| (asked, found)));
}

fn number(said: String, slot: usize, (min, max): (usize, usize), pending: &str, understood: &mut Understood) {
    let count = digits::count(&said);
    if count == 0 {
        return;
    }
    // Who starts again says the beginning again.
    let again = count >= min && said.starts_with(pending);
    let whole = if again || pending.is_empty() { said } else { format!("{pending}{said}") };
    let count = digits::count(&whole);
    if count > max {
        understood.too_long = true;
    } else if count >= min {
        understood.filled.push((slot, whole));
    } else {
        understood.partial = Some((slot, whole));
    }
}

/// Facts that nobody asked for and that can be nothing else.
///
/// Returns where `free`, the part that no cue announced, ends without them.
fn volunteer(
    words: &Words<'_>,
    free: Range<usize>,
    situation: &Situation<'_>,
    understood: &mut Understood,
) -> usize {
    let asked_text =
        situation.asked.is_some_and(|asked| matches!(situation.dialogue.slots[asked].kind, SlotKind::Text));
    let mut end = free.end;
    for (place, slot) in situation.dialogue.slots.iter().enumerate() {
        if situation.asked == Some(place) || situation.values[place].is_some() || understood.has(place) {
            continue;
        }
        match slot.kind {
            SlotKind::Digits { min, max } if min >= 5 => {
                let runs = digits::runs(words, free.clone());
                let telling = |run: &&digits::Run| {
                    (min..=max).contains(&digits::count(&run.digits))
                        && !is_reference(words, run.words.start)
                        // What somebody tells may have numbers in it; one at its end is theirs.
                        && (!asked_text || run.words.end == free.end)
                };
                if let Some(run) = runs.iter().find(telling) {
                    understood.filled.push((place, run.digits.clone()));
                    if asked_text {
                        end = run.words.start;
                    }
                }
            }
            SlotKind::Email => understood.filled.extend(email::email(words).map(|email| (place, email))),
            _ => {}
        }
    }
    end
}

/// "Order number 1234567" is not where to call back.
fn is_reference(words: &Words<'_>, at: usize) -> bool {
    (at.saturating_sub(3)..at).any(|before| {
        matches!(
            words.get(before),
            "order"
                | "invoice"
                | "account"
                | "ticket"
                | "case"
                | "reference"
                | "room"
                | "policy"
                | "flight"
                | "booking"
                | "customer"
                | "serial"
                | "tracking"
        )
    })
}

/// The name that was said last, if the turn says it again a little differently.
fn similar_name(words: &Words<'_>, situation: &Situation<'_>, corrects: bool) -> Option<(usize, String)> {
    let slot = situation
        .last_filled
        .filter(|last| corrects && situation.asked.is_some_and(|asked| asked != *last))?;
    let old = situation.values[slot].as_deref()?;
    if !matches!(situation.dialogue.slots[slot].kind, SlotKind::Name) {
        return None;
    }
    let range = edits::without_marker(words).filter(|range| range.len() <= 2)?;
    let (name, _) = names::name(words, range, false)?;
    let name = names::corrected(old, &name)?;
    (name != old).then_some((slot, name))
}

/// "No, it's Don", "the last digit is nine": what corrects without naming the slot.
fn correction(words: &Words<'_>, situation: &Situation<'_>, corrects: bool, understood: &mut Understood) {
    let mut candidates = situation.read_back.to_vec();
    if candidates.is_empty() {
        candidates.extend(situation.last_filled.filter(|last| situation.asked != Some(*last)));
    }
    let said = edits::without_marker(words);
    for slot in candidates {
        let Some(old) = situation.values[slot].as_deref() else { continue };
        match situation.dialogue.slots[slot].kind {
            SlotKind::Digits { min, max } => {
                if let Some(edited) = edits::edit(words, old).filter(|edited| edited != old) {
                    if (min..=max).contains(&digits::count(&edited)) {
                        understood.filled.push((slot, edited));
                    }
                    return;
                }
                if !situation.read_back.is_empty() || corrects {
                    number(digits::answer(words, 0..words.len(), min), slot, (min, max), "", understood);
                }
            }
            SlotKind::Name if corrects && said.is_some() => {
                let range = said.clone().unwrap_or(0..0);
                let name = names::name(words, range, false)
                    .map(|(name, _)| names::corrected(old, &name).unwrap_or(name));
                understood.filled.extend(name.filter(|name| name != old).map(|name| (slot, name)));
            }
            // The rest of a name, after a pause that was taken for the end.
            SlotKind::Name if !situation.heard && names::is_single_name(words) => {
                let more = names::capitalized(words.quote(0..1));
                if yes_no::yes_no(words).is_none() {
                    understood.filled.push((slot, format!("{old} {more}")));
                }
            }
            _ => {}
        }
        if !understood.filled.is_empty() || understood.partial.is_some() || understood.too_long {
            return;
        }
    }
}

/// The value of a slot that is neither a name nor a number to be dialled.
fn value(words: &Words<'_>, kind: &SlotKind, range: Range<usize>, cues: &Phrases) -> Option<String> {
    match kind {
        SlotKind::Date => moments::date(words, range),
        SlotKind::Email => email::email(words),
        SlotKind::Number => digits::quantity(words, range).map(|value| value.to_string()),
        SlotKind::OneOf(choices) => choices
            .iter()
            .filter_map(|(choice, phrases)| Some((choice, phrases.find(words)?)))
            .min_by_key(|(_, place)| (place.start, std::cmp::Reverse(place.len())))
            .map(|(choice, _)| choice.clone()),
        SlotKind::Text => text(words, range, cues),
        SlotKind::Time => moments::time(words, range),
        SlotKind::YesNo => {
            yes_no::yes_no(words).map(|yes| if yes { "yes".to_owned() } else { "no".to_owned() })
        }
        SlotKind::Digits { .. } | SlotKind::Name => None,
    }
}

/// What was said, without the words around it that say nothing.
fn text(words: &Words<'_>, range: Range<usize>, cues: &Phrases) -> Option<String> {
    let mut start = range.start;
    let mut end = range.end.min(words.len());
    // "No, it's urgent" tells that it is urgent; "no heating" tells that there is none.
    if matches!(words.get(start), "no" | "actually" | "sorry")
        && words.get(start + 1) == "it's"
        && start + 2 < end
    {
        start += 2;
    }
    while start < end {
        if let Some(length) = cues.at(words, start).filter(|length| start + length < end) {
            start += length;
        } else if is_filler(words.get(start)) || matches!(words.get(start), "yes" | "yeah" | "sure" | "it's")
        {
            start += 1;
        } else {
            break;
        }
    }
    while end > start {
        let last = words.get(end - 1);
        let pleasant = matches!(last, "thanks" | "you" | "can" | "but") && !words.pause_after(end - 1)
            || matches!(last, "thanks" | "cheers");
        let thank_you = last == "you" && end - start >= 2 && words.get(end - 2) == "thank";
        if thank_you {
            end -= 2;
        } else if is_filler(last) || pleasant && end < words.len() || last == "thanks" {
            end -= 1;
        } else {
            break;
        }
    }
    let said = words.quote(start..end);
    if (start..end).all(|at| is_empty_word(words.get(at))) {
        return None;
    }
    let short = shorten(said, LONGEST_VALUE);
    let short = if short.len() < said.len() {
        short.rsplit_once(char::is_whitespace).map_or(short, |(whole, _)| whole)
    } else {
        short
    };
    (!short.is_empty()).then(|| short.to_owned())
}

/// "No", "sorry", "I said": words that tell nothing on their own.
fn is_empty_word(word: &str) -> bool {
    is_filler(word)
        || matches!(
            word,
            "no" | "nope"
                | "yes"
                | "yeah"
                | "sorry"
                | "actually"
                | "wait"
                | "i"
                | "said"
                | "mean"
                | "it's"
                | "is"
                | "my"
                | "the"
                | "but"
        )
}

/// What was said, as it stands, for a slot that nothing better was found for.
pub(crate) fn raw(words: &Words<'_>) -> Option<String> {
    text(words, 0..words.len(), &Phrases::default())
}
