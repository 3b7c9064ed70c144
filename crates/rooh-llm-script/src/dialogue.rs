//! A dialogue that was checked and is ready to be held.

use std::collections::BTreeMap;

use regex::RegexSet;
use rooh_core::expect::Expected;

use crate::template::Template;
use crate::words::{Phrases, Words};

/// A dialogue that was checked and is ready to be held.
#[derive(Debug)]
pub(crate) struct Dialogue {
    pub(crate) start: usize,
    pub(crate) slots: Vec<Slot>,
    pub(crate) states: Vec<State>,
    pub(crate) intents: Vec<Intent>,
    pub(crate) lines: Lines,
}

/// Something to be found out.
#[derive(Debug)]
pub(crate) struct Slot {
    pub(crate) name: String,
    pub(crate) kind: SlotKind,
    /// Phrases that announce it.
    pub(crate) cues: Phrases,
    /// The state that confirms it, if one does.
    pub(crate) confirmed_in: Option<usize>,
}

/// What kind of answer fills a slot.
#[derive(Debug)]
pub(crate) enum SlotKind {
    Date,
    Digits { min: usize, max: usize },
    Email,
    Name,
    Number,
    OneOf(Vec<(String, Phrases)>),
    Text,
    Time,
    YesNo,
}

impl SlotKind {
    /// What the recognizer may expect when it is asked for, after `pending` was said already.
    pub(crate) fn expected(&self, pending: usize) -> Expected {
        match self {
            Self::Date => Expected::Date,
            Self::Digits { min, max } => Expected::Digits {
                min: min.saturating_sub(pending).max(1),
                max: max.saturating_sub(pending).max(1),
            },
            Self::Email => Expected::Email,
            Self::Name => Expected::Name,
            Self::Number | Self::Text => Expected::Anything,
            Self::OneOf(choices) => {
                Expected::OneOf(choices.iter().map(|(choice, _)| choice.clone()).collect())
            }
            Self::Time => Expected::Time,
            Self::YesNo => Expected::YesNo,
        }
    }
}

/// One step of the dialogue.
#[derive(Debug)]
pub(crate) struct State {
    pub(crate) say: Vec<Template>,
    pub(crate) does: Does,
    pub(crate) next: Option<usize>,
    pub(crate) yes: Option<usize>,
    pub(crate) no: Option<usize>,
    pub(crate) on: Vec<Route>,
    pub(crate) expect: Option<Expected>,
    pub(crate) retry: Vec<Template>,
    pub(crate) retries: u32,
    pub(crate) give_up: Option<usize>,
}

/// What a state does after it has spoken.
#[derive(Debug)]
pub(crate) enum Does {
    /// Listens for a slot.
    Ask(usize),
    /// Calls a tool.
    Call { tool: String, arguments: Vec<(String, Template)>, failed: Option<usize> },
    /// Asks whether slots are right.
    Confirm(Vec<usize>),
    /// Ends the call.
    End,
    /// Waits for an answer that is understood.
    Listen,
    /// Goes on at once.
    Speak,
}

/// An answer that leads elsewhere.
#[derive(Debug)]
pub(crate) struct Route {
    pub(crate) pattern: Pattern,
    pub(crate) next: usize,
    pub(crate) set: Vec<(usize, String)>,
}

/// Phrases and regular expressions, of which any may fit.
#[derive(Debug)]
pub(crate) struct Pattern {
    pub(crate) phrases: Phrases,
    pub(crate) expressions: RegexSet,
}

impl Pattern {
    pub(crate) fn fits(&self, words: &Words<'_>, joined: &str) -> bool {
        self.phrases.find(words).is_some()
            || !self.expressions.is_empty() && self.expressions.is_match(joined)
    }
}

/// Something that is understood in every state.
#[derive(Debug)]
pub(crate) struct Intent {
    pub(crate) meaning: Meaning,
    pub(crate) pattern: Pattern,
    pub(crate) say: Vec<Template>,
    pub(crate) next: Option<usize>,
}

/// What an intent does besides speaking.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Meaning {
    /// Says something, or goes somewhere.
    Other,
    /// Says the last reply again.
    Repeat,
    /// Forgets everything and begins anew.
    StartOver,
    /// Waits, without asking again.
    Wait,
}

/// What is said between the states.
#[derive(Debug)]
pub(crate) struct Lines {
    pub(crate) closing: Vec<Template>,
    pub(crate) changed: Vec<Template>,
    pub(crate) go_ahead: Vec<Template>,
    pub(crate) missed: Vec<Template>,
    pub(crate) more: Vec<Template>,
    pub(crate) too_long: Vec<Template>,
}

/// What the options of the provider may change in a dialogue.
pub(crate) type Values = BTreeMap<String, String>;
