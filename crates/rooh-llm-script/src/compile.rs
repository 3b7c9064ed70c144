//! From what was written to a dialogue that can be held, with all faults at once.

use std::collections::BTreeMap;

use regex::RegexSetBuilder;
use rooh_core::expect::Expected;
use rooh_core::{Error, ErrorKind, Result};

use crate::dialogue::{
    Dialogue, Does, Intent, Lines, Meaning, Pattern, Route, Slot, SlotKind, State, Values,
};
use crate::format::{ExpectFormat, Format, SlotFormat, SlotType, StateFormat, Texts};
use crate::source::Source;
use crate::template::{Place, Template};
use crate::words::Phrases;
use crate::{defaults, graph, shape};

pub(crate) const MOST_STATES: usize = 200;
pub(crate) const MOST_SLOTS: usize = 50;
/// The longest text of one state, in bytes.
const LONGEST_TEXT: usize = 2_000;
const MOST_TEXTS: usize = 20;
const MOST_PATTERNS: usize = 200;
const LONGEST_PATTERN: usize = 300;
/// What the regular expressions of one place may take, in bytes.
const LARGEST_EXPRESSIONS: usize = 256 * 1024;

/// The dialogue that was written, with `given` in the place of its own values.
///
/// # Errors
///
/// [`ErrorKind::Config`] with a part for everything that is wrong, each with its path, and the
/// line where the source has lines.
pub(crate) fn compile(source: &Source, given: &Values) -> Result<Dialogue> {
    let mut faults = Faults { source, found: Vec::new() };
    let format = shape::read(&source.value, &mut faults);
    let dialogue =
        format.map(|format| Names::new(&format, given, &mut faults).dialogue(&format, &mut faults));
    match dialogue {
        Some(dialogue) if faults.found.is_empty() => Ok(dialogue),
        _ => {
            if faults.found.is_empty() {
                faults.add("", "the dialogue cannot be read");
            }
            Err(Error::all(faults.found))
        }
    }
}

/// Everything that is wrong with a dialogue.
pub(crate) struct Faults<'a> {
    source: &'a Source,
    found: Vec<Error>,
}

impl Faults<'_> {
    pub(crate) fn add(&mut self, path: &str, message: impl Into<String>) {
        self.add_error(path, Error::new(ErrorKind::Config, message));
    }

    pub(crate) fn add_allowed(
        &mut self,
        path: &str,
        message: impl Into<String>,
        allowed: impl std::fmt::Display,
    ) {
        self.add_error(path, Error::new(ErrorKind::Config, message).with("allowed", allowed));
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.found.is_empty()
    }

    fn add_error(&mut self, path: &str, error: Error) {
        let error = error.at_path(path);
        self.found.push(self.source.locate(error, path));
    }
}

/// The names that a dialogue uses, and what they stand for.
struct Names {
    states: Vec<String>,
    slots: Vec<String>,
    values: BTreeMap<String, String>,
}

impl Names {
    fn new(format: &Format, given: &Values, faults: &mut Faults<'_>) -> Self {
        let mut values = format.values.clone();
        for (name, value) in given {
            match values.get_mut(name) {
                Some(own) => own.clone_from(value),
                None => faults.add_allowed(
                    "values",
                    format!("the dialogue has no value {name:?} that could be set"),
                    list(format.values.keys()),
                ),
            }
        }
        for (name, value) in values.iter().filter(|(_, value)| value.len() > LONGEST_TEXT) {
            let told = format!("the value is too long, with {} bytes", value.len());
            faults.add_allowed(&format!("values.{name}"), told, format!("{LONGEST_TEXT} bytes"));
        }
        Self {
            states: format.states.iter().map(|(name, _)| name.clone()).collect(),
            slots: format.slots.iter().map(|(name, _)| name.clone()).collect(),
            values,
        }
    }

    fn state(&self, path: &str, name: &str, faults: &mut Faults<'_>) -> usize {
        self.states.iter().position(|state| state == name).unwrap_or_else(|| {
            faults.add_allowed(path, format!("there is no state {name:?}"), list(&self.states));
            0
        })
    }

    fn target(&self, path: &str, name: Option<&String>, faults: &mut Faults<'_>) -> Option<usize> {
        name.map(|name| self.state(path, name, faults))
    }

    fn slot(&self, path: &str, name: &str, faults: &mut Faults<'_>) -> usize {
        self.slots.iter().position(|slot| slot == name).unwrap_or_else(|| {
            faults.add_allowed(path, format!("there is no slot {name:?}"), list(&self.slots));
            0
        })
    }

    fn find(&self, name: &str) -> Result<Place, String> {
        if let Some(slot) = self.slots.iter().position(|slot| slot == name) {
            return Ok(Place::Slot(slot));
        }
        self.values.get(name).map(|value| Place::Fixed(value.clone())).ok_or_else(|| {
            let known = list(self.slots.iter().chain(self.values.keys()));
            format!("there is no slot or value {name:?}; there are: {known}")
        })
    }

    fn template(&self, path: &str, text: &str, faults: &mut Faults<'_>) -> Template {
        if text.len() > LONGEST_TEXT {
            faults.add_allowed(path, "the text is too long for one breath", format!("{LONGEST_TEXT} bytes"));
        }
        Template::parse(text, &|name| self.find(name)).unwrap_or_else(|fault| {
            faults.add(path, fault);
            Template::default()
        })
    }

    fn templates(&self, path: &str, texts: &Texts, faults: &mut Faults<'_>) -> Vec<Template> {
        let texts = texts.list();
        if texts.len() > MOST_TEXTS {
            faults.add_allowed(path, "too many texts take turns", MOST_TEXTS);
        }
        texts.iter().map(|text| self.template(path, text, faults)).collect()
    }

    fn dialogue(&self, format: &Format, faults: &mut Faults<'_>) -> Dialogue {
        let start = self.state("start", &format.start, faults);
        let slots = format
            .slots
            .iter()
            .map(|(name, slot)| match slot {
                Some(slot) => compile_slot(&format!("slots.{name}"), name, slot, faults),
                None => Slot {
                    name: name.clone(),
                    kind: SlotKind::Text,
                    cues: Phrases::default(),
                    confirmed_in: None,
                },
            })
            .collect();
        let states = format
            .states
            .iter()
            .filter_map(|(name, state)| {
                Some(self.compile_state(&format!("states.{name}"), state.as_ref()?, faults))
            })
            .collect();
        let mut dialogue = Dialogue {
            start,
            slots,
            states,
            intents: self.intents(format, faults),
            lines: self.lines(format, faults),
        };
        for state in 0..dialogue.states.len() {
            let Does::Confirm(confirmed) = &dialogue.states[state].does else { continue };
            for slot in confirmed.clone() {
                if let Some(slot) = dialogue.slots.get_mut(slot) {
                    slot.confirmed_in.get_or_insert(state);
                }
            }
        }
        if faults.is_empty() {
            graph::check(&dialogue, &self.states, faults);
        }
        dialogue
    }

    fn compile_state(&self, path: &str, state: &StateFormat, faults: &mut Faults<'_>) -> State {
        let at = |key: &str| format!("{path}.{key}");
        let does = self.compile_does(path, state, faults);
        let listens = matches!(does, Does::Ask(_) | Does::Confirm(_) | Does::Listen);
        for (key, given) in [
            ("on", !state.on.is_empty()),
            ("yes", state.yes.is_some()),
            ("no", state.no.is_some()),
            ("retry", !state.retry.list().is_empty()),
            ("retries", state.retries.is_some()),
            ("give_up", state.give_up.is_some()),
            ("expect", state.expect.is_some()),
        ] {
            if given && !listens {
                faults.add(
                    &at(key),
                    format!("only a state that listens has {key:?}: one with ask, confirm or listen"),
                );
            }
        }
        if !matches!(does, Does::Call { .. }) && (state.failed.is_some() || !state.arguments.is_empty()) {
            faults.add(path, "only a state with \"call\" has \"failed\" and \"arguments\"");
        }
        let ends = matches!(does, Does::End);
        if ends && state.next.is_some() {
            faults.add(&at("next"), "nothing comes after the end");
        }
        let next = self.target(&at("next"), state.next.as_ref(), faults);
        let needs_next = matches!(does, Does::Ask(_) | Does::Call { .. } | Does::Confirm(_) | Does::Speak);
        if needs_next && state.next.is_none() {
            faults.add(path, "the state leads nowhere: give it \"next\", or \"end: true\"");
        }
        if listens && state.say.list().is_empty() {
            faults.add(path, "a state that listens has to ask something: give it \"say\"");
        }
        let give_up = self.target(&at("give_up"), state.give_up.as_ref(), faults).or(next);
        let on: Vec<Route> = state
            .on
            .iter()
            .enumerate()
            .map(|(place, route)| {
                let path = format!("{path}.on.{place}");
                let set = route.set.iter().map(|(slot, value)| {
                    (self.slot(&format!("{path}.set.{slot}"), slot, faults), value.clone())
                });
                let set = set.collect();
                Route {
                    pattern: pattern(&format!("{path}.match"), route.matches.list(), &[], faults),
                    next: self.state(&format!("{path}.next"), &route.next, faults),
                    set,
                }
            })
            .collect();
        if matches!(does, Does::Listen) {
            if on.is_empty() && state.yes.is_none() && state.no.is_none() {
                faults.add(
                    path,
                    "the state waits for an answer and understands none: give it \"on\", \"yes\" or \"no\"",
                );
            }
            if give_up.is_none() {
                let fault = "nothing says where it goes when no answer is understood: give it \"next\" or \"give_up\"";
                faults.add(path, fault);
            }
        }
        State {
            say: self.templates(&at("say"), &state.say, faults),
            expect: expected(state, &does),
            does,
            next,
            yes: self.target(&at("yes"), state.yes.as_ref(), faults),
            no: self.target(&at("no"), state.no.as_ref(), faults),
            on,
            retry: self.templates(&at("retry"), &state.retry, faults),
            retries: state.retries.unwrap_or(2).min(10),
            give_up,
        }
    }

    fn compile_does(&self, path: &str, state: &StateFormat, faults: &mut Faults<'_>) -> Does {
        let given = [
            ("ask", state.ask.is_some()),
            ("call", state.call.is_some()),
            ("confirm", !state.confirm.list().is_empty()),
            ("end", state.end),
            ("listen", state.listen),
        ];
        let given: Vec<&str> = given.iter().filter(|(_, given)| *given).map(|(key, _)| *key).collect();
        if given.len() > 1 {
            faults.add(path, format!("a state does one thing, and this one has {}", given.join(" and ")));
        }
        if let Some(slot) = &state.ask {
            return Does::Ask(self.slot(&format!("{path}.ask"), slot, faults));
        }
        if let Some(tool) = &state.call {
            let arguments = state.arguments.iter().map(|(name, text)| {
                (name.clone(), self.template(&format!("{path}.arguments.{name}"), text, faults))
            });
            let arguments = arguments.collect();
            let failed = self.target(&format!("{path}.failed"), state.failed.as_ref(), faults);
            return Does::Call { tool: tool.clone(), arguments, failed };
        }
        if !state.confirm.list().is_empty() {
            let slots = state.confirm.list().iter();
            return Does::Confirm(
                slots.map(|slot| self.slot(&format!("{path}.confirm"), slot, faults)).collect(),
            );
        }
        if state.end {
            return Does::End;
        }
        // Whoever says what answers lead elsewhere wants to hear one.
        if state.listen || !state.on.is_empty() || state.yes.is_some() || state.no.is_some() {
            return Does::Listen;
        }
        Does::Speak
    }

    fn intents(&self, format: &Format, faults: &mut Faults<'_>) -> Vec<Intent> {
        let first_end =
            format.states.iter().position(|(_, state)| state.as_ref().is_some_and(|state| state.end));
        let mut intents = Vec::new();
        for built_in in defaults::INTENTS {
            let own = format.intents.iter().find(|(name, _)| name == built_in.name);
            let own = own.and_then(|(_, intent)| intent.as_ref());
            let path = format!("intents.{}", built_in.name);
            let own_say = own.map(|own| self.templates(&format!("{path}.say"), &own.say, faults));
            let own_next = own.and_then(|own| own.next.as_ref());
            let mut next = self.target(&format!("{path}.next"), own_next, faults);
            let mut say = own_say.unwrap_or_default();
            if say.is_empty() && next.is_none() {
                say = built_in.say.iter().map(|text| self.template(&path, text, faults)).collect();
                if built_in.ends {
                    next = first_end;
                }
            }
            // Without a place to go to, nobody is connected to a person, and no call is ended.
            if say.is_empty() && next.is_none() {
                continue;
            }
            let own = own.map_or(&[][..], |own| own.matches.list());
            let pattern = pattern(&format!("{path}.match"), own, built_in.phrases, faults);
            intents.push(Intent { meaning: built_in.meaning, pattern, say, next });
        }
        for (name, intent) in &format.intents {
            if defaults::INTENTS.iter().any(|built_in| built_in.name == name) {
                continue;
            }
            let Some(intent) = intent else { continue };
            let path = format!("intents.{name}");
            let say = self.templates(&format!("{path}.say"), &intent.say, faults);
            let next = self.target(&format!("{path}.next"), intent.next.as_ref(), faults);
            if say.is_empty() && next.is_none() {
                faults.add(&path, "the intent does nothing: give it \"say\" or \"next\"");
            }
            let pattern = pattern(&format!("{path}.match"), intent.matches.list(), &[], faults);
            intents.push(Intent { meaning: Meaning::Other, pattern, say, next });
        }
        intents
    }

    fn lines(&self, format: &Format, faults: &mut Faults<'_>) -> Lines {
        let mut line = |key: &str, own: &Texts, default: &[&str]| {
            let path = format!("lines.{key}");
            match own.list() {
                [] => default.iter().map(|text| self.template(&path, text, faults)).collect(),
                _ => self.templates(&path, own, faults),
            }
        };
        let lines = &format.lines;
        Lines {
            closing: line("closing", &lines.closing, &["Goodbye."]),
            changed: line("changed", &lines.changed, &["Got it.", "All right, I changed that."]),
            go_ahead: line("go_ahead", &lines.go_ahead, &["Go ahead."]),
            missed: line(
                "missed",
                &lines.missed,
                &["Sorry, I did not catch that.", "I'm sorry, I missed that again."],
            ),
            more: line("more", &lines.more, &["Go on.", "And the rest?"]),
            too_long: line(
                "too_long",
                &lines.too_long,
                &["Sorry, those were too many digits. Once more from the start, please."],
            ),
        }
    }
}

fn compile_slot(path: &str, name: &str, slot: &SlotFormat, faults: &mut Faults<'_>) -> Slot {
    let digits = slot.kind == SlotType::Digits;
    if !digits && (slot.min.is_some() || slot.max.is_some()) {
        faults.add(path, "only a slot of type digits has \"min\" and \"max\"");
    }
    let (min, max) = (slot.min.unwrap_or(1), slot.max.unwrap_or(slot.min.unwrap_or(1).max(20)));
    if digits && (min == 0 || max > 40 || min > max) {
        faults.add_allowed(path, "the number of digits makes no sense", "1 <= min <= max <= 40");
    }
    if (slot.kind == SlotType::OneOf) == slot.choices.is_empty() {
        faults.add(path, "a slot of type one_of has \"choices\", and no other has");
    }
    if slot.choices.len() > MOST_PATTERNS {
        faults.add_allowed(&format!("{path}.choices"), "too many choices", MOST_PATTERNS);
    }
    let kind = match slot.kind {
        SlotType::Date => SlotKind::Date,
        SlotType::Digits => SlotKind::Digits { min, max },
        SlotType::Email => SlotKind::Email,
        SlotType::Name => SlotKind::Name,
        SlotType::Number => SlotKind::Number,
        SlotType::OneOf => SlotKind::OneOf(
            slot.choices
                .iter()
                .map(|(choice, others)| (choice.clone(), Phrases::new(others.iter().chain([choice]))))
                .collect(),
        ),
        SlotType::Text => SlotKind::Text,
        SlotType::Time => SlotKind::Time,
        SlotType::YesNo => SlotKind::YesNo,
    };
    let cues = match &slot.cues {
        Some(cues) if cues.is_empty() => Phrases::default(),
        Some(cues) => pattern(&format!("{path}.cues"), cues, &[], faults).phrases,
        None => Phrases::new(defaults::cues(&kind)),
    };
    Slot { name: name.to_owned(), kind, cues, confirmed_in: None }
}

/// Phrases, and regular expressions between slashes.
fn pattern(path: &str, texts: &[String], built_in: &[&str], faults: &mut Faults<'_>) -> Pattern {
    if texts.is_empty() && built_in.is_empty() {
        faults.add(path, "nothing would ever fit: give it a phrase");
    }
    if texts.len() > MOST_PATTERNS {
        faults.add_allowed(path, "too many phrases", MOST_PATTERNS);
    }
    let (mut phrases, mut expressions) = (Vec::new(), Vec::new());
    for text in texts.iter().take(MOST_PATTERNS) {
        if text.len() > LONGEST_PATTERN {
            faults.add_allowed(path, "the phrase is too long", format!("{LONGEST_PATTERN} bytes"));
            continue;
        }
        let expression = text.len() > 2 && text.starts_with('/') && text.ends_with('/');
        if expression {
            expressions.push(&text[1..text.len() - 1]);
        } else if Phrases::new([text]).is_empty() {
            faults.add(path, format!("the phrase {text:?} has no word"));
        } else {
            phrases.push(text.as_str());
        }
    }
    phrases.extend(built_in);
    let expressions = RegexSetBuilder::new(&expressions)
        .case_insensitive(true)
        .size_limit(LARGEST_EXPRESSIONS)
        .dfa_size_limit(LARGEST_EXPRESSIONS)
        .nest_limit(50)
        .build()
        .unwrap_or_else(|error| {
            faults.add(path, format!("the regular expression is wrong: {}", one_line(&error.to_string())));
            regex::RegexSet::empty()
        });
    Pattern { phrases: Phrases::new(phrases), expressions }
}

fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// What the recognizer is told, where the slot does not say it.
fn expected(state: &StateFormat, does: &Does) -> Option<Expected> {
    match state.expect {
        Some(ExpectFormat::Anything) => return Some(Expected::Anything),
        Some(ExpectFormat::Name) => return Some(Expected::Name),
        Some(ExpectFormat::YesNo) => return Some(Expected::YesNo),
        None => {}
    }
    match does {
        Does::Confirm(_) => Some(Expected::YesNo),
        Does::Listen if state.on.is_empty() => Some(Expected::YesNo),
        Does::Listen => {
            let mut phrases: Vec<String> =
                state.on.iter().flat_map(|route| route.matches.list().iter().cloned()).collect();
            if phrases.iter().any(|phrase| phrase.starts_with('/')) {
                return Some(Expected::Anything);
            }
            phrases.extend(state.yes.iter().map(|_| "yes".to_owned()));
            phrases.extend(state.no.iter().map(|_| "no".to_owned()));
            Some(Expected::OneOf(phrases))
        }
        _ => None,
    }
}

pub(crate) fn list<S: AsRef<str>>(names: impl IntoIterator<Item = S>) -> String {
    let mut names: Vec<String> = names.into_iter().map(|name| name.as_ref().to_owned()).collect();
    names.sort_unstable();
    if names.is_empty() { "none".to_owned() } else { names.join(", ") }
}
