//! From state to state, and what is said on the way.

use rooh_core::expect::Expected;
use serde_json::{Map, Value};

use crate::dialogue::{Does, SlotKind, State};
use crate::digits;
use crate::run::{END_CALL, Reply, Run};
use crate::template::Template;
use crate::words::shorten;

impl<'a> Run<'a> {
    /// Goes to a state, and on from it to one that listens, waits for a tool or ends.
    ///
    /// `chosen` says that somebody wanted to go there: then it asks even for what is known.
    pub(crate) fn enter(&mut self, state: usize, opening: String, chosen: bool) {
        let dialogue = self.dialogue;
        let (mut at, mut chosen) = (state, chosen);
        self.reply = Reply { text: opening, expect: None, calls: Vec::new() };
        self.question.clear();
        (self.delivered, self.heard, self.unasked) = (false, false, false);
        // Every dialogue was checked for cycles; the bound is for what the check cannot see.
        for _ in 0..=2 * dialogue.states.len() {
            let state = &dialogue.states[at];
            self.state = at;
            (self.tries, self.parts) = (0, 0);
            self.pending.clear();
            self.not_understood = None;
            let known = match &state.does {
                Does::Ask(slot) if chosen => {
                    self.values[*slot] = None;
                    self.confirmed[*slot] = false;
                    false
                }
                Does::Ask(slot) => self.values[*slot].is_some(),
                Does::Confirm(slots) if !chosen => {
                    slots.iter().all(|slot| self.confirmed[*slot] || self.values[*slot].is_none())
                }
                _ => false,
            };
            chosen = false;
            if !known {
                self.question = self.text_of(at);
                push_sentence(&mut self.reply.text, &self.question);
            }
            at = match (&state.does, state.next) {
                (_, Some(next)) if known => next,
                (Does::Call { tool, arguments, failed }, next) => {
                    if self.has_tool(tool) {
                        let arguments = self.arguments(arguments);
                        return self.call(tool, arguments);
                    }
                    match failed.or(next) {
                        Some(next) => next,
                        None => return,
                    }
                }
                (Does::End, _) => {
                    self.ended = true;
                    return self.call(END_CALL, Value::Object(Map::new()));
                }
                (Does::Speak, Some(next)) => next,
                _ => {
                    self.reply.expect = Some(self.expected());
                    return;
                }
            };
        }
    }

    /// Says the present question once more, in other words where there are some.
    pub(crate) fn again(&mut self, opening: &str) {
        if self.ended {
            self.reply = Reply::default();
            return;
        }
        // Before anything was heard, the greeting still has to be said.
        if !self.greeted && opening.is_empty() {
            return;
        }
        let dialogue = self.dialogue;
        if let Does::Call { .. } = dialogue.states[self.state].does {
            return self.enter(self.state, opening.to_owned(), false);
        }
        let mut text = opening.to_owned();
        self.question = self.text_of(self.state);
        push_sentence(&mut text, &self.question);
        self.say(text);
    }

    /// The answer was not understood.
    pub(crate) fn miss(&mut self, state: &'a State) {
        let dialogue = self.dialogue;
        self.tries += 1;
        // Whoever is asked again begins again.
        if !self.pending.is_empty() {
            self.not_understood = Some(std::mem::take(&mut self.pending));
        }
        if self.tries > state.retries {
            if let Does::Ask(slot) = state.does {
                // A sentence is no name, not even for want of a better one.
                let name = matches!(dialogue.slots[slot].kind, SlotKind::Name);
                let fits = |said: &String| !name || said.split_whitespace().count() <= 2;
                let taken = self.not_understood.take().filter(fits);
                if let Some(taken) = taken {
                    self.fill(slot, taken);
                }
            }
            if let Does::Confirm(slots) = &state.does {
                slots.iter().for_each(|slot| self.confirmed[*slot] = true);
            }
            if let Some(next) = state.give_up {
                return self.enter(next, String::new(), false);
            }
        }
        let try_number = self.tries.saturating_sub(1) as usize;
        let text = match state.retry.get(try_number.min(state.retry.len().saturating_sub(1))) {
            Some(retry) => retry.render(&self.values),
            None => {
                let missed = &dialogue.lines.missed;
                let mut text = missed
                    .get(try_number.min(missed.len().saturating_sub(1)))
                    .map_or(String::new(), |line| line.render(&self.values));
                self.question = self.text_of(self.state);
                push_sentence(&mut text, &self.question);
                text
            }
        };
        self.say(text);
    }

    /// Says something without asking anew.
    pub(crate) fn say_more(&mut self, text: String) {
        self.question.clone_from(&text);
        self.say(text);
    }

    pub(crate) fn say(&mut self, text: String) {
        let expect = Some(self.expected());
        self.reply = Reply { text, expect, calls: Vec::new() };
        (self.delivered, self.heard, self.unasked) = (false, false, false);
    }

    pub(crate) fn call(&mut self, tool: &str, arguments: Value) {
        if self.has_tool(tool) {
            self.reply.calls.push((tool.to_owned(), arguments));
        }
    }

    fn has_tool(&self, name: &str) -> bool {
        self.request.tools.iter().any(|tool| tool.name == name)
    }

    fn arguments(&self, arguments: &[(String, Template)]) -> Value {
        let value = |template: &Template| {
            let text = template.render(&self.values);
            match template.only_slot().map(|slot| &self.dialogue.slots[slot].kind) {
                Some(SlotKind::Number) => match text.parse::<i64>() {
                    Ok(whole) => whole.into(),
                    Err(_) => text.parse::<f64>().map_or(Value::String(text), Value::from),
                },
                Some(SlotKind::YesNo) if !text.is_empty() => Value::Bool(text == "yes"),
                _ => Value::String(text),
            }
        };
        Value::Object(arguments.iter().map(|(name, template)| (name.clone(), value(template))).collect())
    }

    fn expected(&self) -> Expected {
        let state = &self.dialogue.states[self.state];
        match (&state.expect, &state.does) {
            (Some(expect), _) => expect.clone(),
            (None, Does::Ask(slot)) => self.dialogue.slots[*slot].kind.expected(digits::count(&self.pending)),
            (None, _) => Expected::Anything,
        }
    }

    /// The next of the texts of a state.
    fn text_of(&mut self, state: usize) -> String {
        let say = &self.dialogue.states[state].say;
        let visit = self.visits[state] as usize;
        self.visits[state] = self.visits[state].wrapping_add(1);
        match say.len() {
            0 => String::new(),
            texts => say[visit % texts].render(&self.values),
        }
    }

    /// The next of the texts of a line.
    pub(crate) fn line(&mut self, texts: &'a [Template]) -> String {
        let address = texts.as_ptr();
        let uses = match self.said.iter_mut().find(|(line, _)| *line == address) {
            Some((_, uses)) => {
                *uses = uses.wrapping_add(1);
                *uses as usize
            }
            None => {
                self.said.push((address, 0));
                0
            }
        };
        match texts.len() {
            0 => String::new(),
            length => texts[uses % length].render(&self.values),
        }
    }
}

/// The longest reply, in bytes; nobody listens for that long.
const LONGEST_REPLY: usize = 8_000;

/// Adds a sentence to a reply, as far as there is room.
pub(crate) fn push_sentence(text: &mut String, more: &str) {
    if !text.is_empty() && !more.is_empty() {
        text.push(' ');
    }
    text.push_str(shorten(more, LONGEST_REPLY.saturating_sub(text.len())));
}
