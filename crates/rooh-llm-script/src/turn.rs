//! One turn of the user: what it changes, and where it leads.

use serde_json::{Map, Value};

use crate::dialogue::{Does, SlotKind, State};
use crate::intents::Strictness;
use crate::run::{END_CALL, Reply, Run};
use crate::understand::{Situation, Understood, raw, understand};
use crate::words::{Words, is_filler};
use crate::yes_no;

/// How often part of a number is waited for without counting it as a miss.
const MOST_PARTS: u32 = 8;

impl<'a> Run<'a> {
    pub(crate) fn turn(&mut self, words: &Words<'_>, heard: bool, prompted: bool) {
        let dialogue = self.dialogue;
        let state = &dialogue.states[self.state];
        let joined = words.joined();
        if self.ended {
            return self.after_the_end(words, heard);
        }
        let asked = match state.does {
            Does::Ask(slot) => Some(slot),
            _ => None,
        };
        if prompted && is_presence(words) {
            return self.again("");
        }
        if let Some(intent) = self.intent(words, &joined, Strictness::Alone).or_else(|| self.thinking(words))
        {
            return self.intend(intent);
        }
        if is_greeting(words) {
            return self.again("");
        }
        let text_asked = asked.is_some_and(|slot| matches!(dialogue.slots[slot].kind, SlotKind::Text));
        if text_asked && let Some(intent) = self.intent(words, &joined, Strictness::Opening) {
            return self.intend(intent);
        }
        let route = |run: &mut Self| {
            let route = state.on.iter().find(|route| heard && route.pattern.fits(words, &joined))?;
            for (slot, value) in &route.set {
                run.fill(*slot, value.clone());
            }
            Some(route.next)
        };
        if !matches!(state.does, Does::Confirm(_) | Does::Listen)
            && let Some(next) = route(self)
        {
            return self.enter(next, String::new(), true);
        }
        let read_back: &[usize] = match &state.does {
            Does::Confirm(slots) => slots,
            _ => &[],
        };
        let understood = understand(
            words,
            &Situation {
                dialogue,
                values: &self.values,
                asked,
                read_back,
                heard,
                last_filled: self.last_filled,
                pending: &self.pending,
            },
        );
        let agreed = yes_no::yes_no(words);
        match &state.does {
            Does::Listen => {
                if !understood.clear
                    && let Some(next) = route(self)
                {
                    return self.enter(next, String::new(), true);
                }
            }
            Does::Confirm(_) if agreed != Some(true) && understood.filled.is_empty() => {
                if let Some(next) = route(self) {
                    return self.enter(next, String::new(), true);
                }
            }
            _ => {}
        }
        if self.take(understood, agreed, heard) {
            return;
        }
        let polar = state.yes.is_some() || state.no.is_some() || matches!(state.does, Does::Confirm(_));
        if polar
            && heard
            && let Some(agreed) = agreed
        {
            return self.agreed(state, agreed);
        }
        if let Some(intent) = self.intent(words, &joined, Strictness::Within) {
            return self.intend(intent);
        }
        if !heard {
            return self.again("");
        }
        if asked.is_some() && agreed == Some(true) && words.len() <= 3 && self.tries == 0 {
            self.tries += 1;
            let line = self.line(&dialogue.lines.go_ahead);
            return self.say_more(line);
        }
        let worded = |slot: usize| matches!(dialogue.slots[slot].kind, SlotKind::Name | SlotKind::Text);
        if let Some(said) = raw(words).filter(|_| asked.is_some_and(worded)) {
            self.not_understood = Some(said);
        }
        self.miss(state);
    }

    /// Takes over what was understood. Returns whether that answers the turn.
    fn take(&mut self, understood: Understood, agreed: Option<bool>, heard: bool) -> bool {
        let dialogue = self.dialogue;
        let state = &dialogue.states[self.state];
        if understood.too_long {
            self.pending.clear();
            let line = self.line(&dialogue.lines.too_long);
            self.say_more(line);
            return true;
        }
        if let Some((slot, digits)) = understood.partial {
            if matches!(state.does, Does::Ask(asked) if asked == slot) {
                self.parts += 1;
                if self.parts > MOST_PARTS {
                    return false;
                }
            } else if heard && let Some(no) = state.no {
                // "No, five five five …": the number is begun anew.
                self.enter(no, String::new(), true);
                if !matches!(dialogue.states[self.state].does, Does::Ask(asked) if asked == slot) {
                    return true;
                }
            } else {
                return false;
            }
            self.pending = digits;
            let line = self.line(&dialogue.lines.more);
            self.say_more(line);
            return true;
        }
        if understood.filled.is_empty() {
            return false;
        }
        let (mut corrected, mut passed) = (false, None);
        for (slot, value) in understood.filled {
            let old = self.values[slot].as_deref();
            corrected |= old.is_some_and(|old| old != value);
            if old != Some(value.as_str()) {
                let listens = matches!(state.does, Does::Listen);
                // What was confirmed and then changed is confirmed anew, where that is done.
                if (self.confirmed[slot] || listens && old.is_some()) && passed.is_none() {
                    passed = dialogue.slots[slot].confirmed_in;
                }
                self.fill(slot, value);
            }
        }
        if let Some(passed) = passed.filter(|passed| *passed != self.state) {
            let line = self.line(&dialogue.lines.changed);
            self.enter(passed, line, false);
            return true;
        }
        match &state.does {
            Does::Ask(slot) if self.values[*slot].is_some() => match state.next {
                Some(next) => {
                    let line = if corrected { self.line(&dialogue.lines.changed) } else { String::new() };
                    self.enter(next, line, false);
                }
                None => self.again(""),
            },
            // "Yes, and call me back at …": it was right, and there is more.
            Does::Confirm(_) if !corrected && heard && agreed.is_some() => return false,
            Does::Call { .. } | Does::End | Does::Speak => return false,
            _ => {
                let line = if corrected { self.line(&dialogue.lines.changed) } else { String::new() };
                self.again(&line);
            }
        }
        true
    }

    fn agreed(&mut self, state: &'a State, agreed: bool) {
        if agreed {
            if let Does::Confirm(slots) = &state.does {
                slots.iter().for_each(|slot| self.confirmed[*slot] = true);
            }
            let chosen = state.yes.is_some();
            let confirms = matches!(state.does, Does::Confirm(_));
            return match state.yes.or(state.next.filter(|_| confirms)) {
                Some(next) => self.enter(next, String::new(), chosen),
                None => self.miss(state),
            };
        }
        match state.no {
            Some(no) => self.enter(no, String::new(), true),
            None => self.miss(state),
        }
    }

    /// The user speaks although the agent has said goodbye.
    fn after_the_end(&mut self, words: &Words<'_>, heard: bool) {
        let dialogue = self.dialogue;
        let understood = understand(
            words,
            &Situation {
                dialogue,
                values: &self.values,
                asked: None,
                read_back: &[],
                heard: false,
                last_filled: None,
                pending: "",
            },
        );
        let change = understood
            .filled
            .into_iter()
            .find(|(slot, value)| self.values[*slot].as_ref().is_some_and(|old| old != value));
        if let Some((slot, value)) = change
            && let Some(confirm) = dialogue.slots[slot].confirmed_in
        {
            self.ended = false;
            self.fill(slot, value);
            let line = self.line(&dialogue.lines.changed);
            return self.enter(confirm, line, false);
        }
        // Whether the message was kept is something that everybody is told.
        if !heard {
            return self.enter(self.state, String::new(), false);
        }
        let line = self.line(&dialogue.lines.closing);
        self.reply = Reply { text: line, expect: None, calls: Vec::new() };
        // That much need not be heard to the end.
        (self.delivered, self.heard) = (true, true);
        self.call(END_CALL, Value::Object(Map::new()));
    }

    pub(crate) fn fill(&mut self, slot: usize, value: String) {
        self.values[slot] = Some(value);
        self.confirmed[slot] = false;
        self.last_filled = Some(slot);
        self.pending.clear();
    }
}

/// "Yes", "I'm here", "hello?": what people say to "Are you still there?"
fn is_presence(words: &Words<'_>) -> bool {
    words.len() <= 5
        && (0..words.len()).all(|at| {
            is_filler(words.get(at))
                || matches!(
                    words.get(at),
                    "yes"
                        | "yeah"
                        | "yep"
                        | "i'm"
                        | "i"
                        | "am"
                        | "still"
                        | "here"
                        | "there"
                        | "sorry"
                        | "you"
                )
        })
}

/// "Hello", "good morning": said to somebody who is there, and no answer to anything.
fn is_greeting(words: &Words<'_>) -> bool {
    words.len() > 0
        && (0..words.len()).all(|at| {
            matches!(
                words.get(at),
                "hello" | "hi" | "hey" | "there" | "good" | "morning" | "afternoon" | "evening" | "day"
            )
        })
        && (words.len() > 1 || !matches!(words.get(0), "good" | "there"))
}
