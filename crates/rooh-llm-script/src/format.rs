//! A dialogue as it is written: the shapes that YAML and JSON are read into.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Deserialize;

/// A dialogue: what is asked, what is understood, and what is said.
#[derive(Debug, JsonSchema)]
#[schemars(rename = "Dialogue")]
pub(crate) struct Format {
    /// The version of the format: 1.
    #[schemars(range(min = 1, max = 1))]
    #[expect(dead_code, reason = "checked where it is read; here for the schema")]
    pub(crate) version: u32,
    /// The state that the conversation begins in.
    pub(crate) start: String,
    /// Texts that the options of the provider may set, with their defaults.
    #[schemars(default)]
    pub(crate) values: BTreeMap<String, String>,
    /// What is to be found out, by name.
    #[schemars(default)]
    #[schemars(with = "BTreeMap<String, SlotFormat>")]
    pub(crate) slots: Named<SlotFormat>,
    /// The states, by name.
    #[schemars(with = "BTreeMap<String, StateFormat>")]
    pub(crate) states: Named<StateFormat>,
    /// What is understood in every state, by name. `goodbye`, `help`, `human`, `repeat`,
    /// `start_over` and `wait` are known already and may be changed.
    #[schemars(default)]
    #[schemars(with = "BTreeMap<String, IntentFormat>")]
    pub(crate) intents: Named<IntentFormat>,
    /// What is said between the states.
    #[schemars(default)]
    pub(crate) lines: LinesFormat,
}

/// Parts by name, in the order in which they were written; `None` where one cannot be read.
pub(crate) type Named<T> = Vec<(String, Option<T>)>;

/// One text, or several that take turns.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(untagged, expecting = "expected a text or a list of texts")]
pub(crate) enum Texts {
    /// Nothing.
    #[default]
    #[serde(skip)]
    None,
    /// One text.
    One(String),
    /// Texts that take turns.
    Many(Vec<String>),
}

impl Texts {
    pub(crate) fn list(&self) -> &[String] {
        match self {
            Self::None => &[],
            Self::One(text) => std::slice::from_ref(text),
            Self::Many(texts) => texts,
        }
    }
}

/// What kind of answer fills a slot.
#[derive(Clone, Copy, Debug, Deserialize, Eq, JsonSchema, PartialEq)]
#[serde(rename_all = "snake_case")]
pub(crate) enum SlotType {
    /// A date: "next Tuesday", "the third of March".
    Date,
    /// Digits: a telephone number, an account, a code.
    Digits,
    /// An e-mail address.
    Email,
    /// The name of a person.
    Name,
    /// A quantity: "two and a half thousand".
    Number,
    /// One of the `choices`.
    OneOf,
    /// Whatever is said.
    Text,
    /// A time of day.
    Time,
    /// Yes or no.
    YesNo,
}

/// Something to be found out.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "Slot")]
pub(crate) struct SlotFormat {
    /// What kind of answer fills it.
    #[serde(rename = "type")]
    pub(crate) kind: SlotType,
    /// Of `one_of`: each choice, with other ways of saying it.
    #[serde(default)]
    pub(crate) choices: BTreeMap<String, Vec<String>>,
    /// Phrases that announce it wherever they are said: "my name is", "call me back at".
    pub(crate) cues: Option<Vec<String>>,
    /// Of `digits`: the most digits.
    #[schemars(range(min = 1, max = 40))]
    pub(crate) max: Option<usize>,
    /// Of `digits`: the fewest digits; an answer with fewer is waited for to go on.
    #[schemars(range(min = 1, max = 40))]
    pub(crate) min: Option<usize>,
}

/// One step of the dialogue.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
#[schemars(rename = "State")]
pub(crate) struct StateFormat {
    /// What is said on arrival; several texts take turns.
    pub(crate) say: Texts,
    /// Listens for this slot; the state is skipped when the slot is filled.
    pub(crate) ask: Option<String>,
    /// Asks whether these slots are right; the state is skipped when they were confirmed.
    pub(crate) confirm: Texts,
    /// Calls this tool after what is said.
    pub(crate) call: Option<String>,
    /// Of `call`: the arguments, each a text with slots in braces.
    pub(crate) arguments: BTreeMap<String, String>,
    /// Ends the call after what is said.
    pub(crate) end: bool,
    /// Waits for an answer that `on`, `yes` or `no` understands.
    pub(crate) listen: bool,
    /// What the recognizer is told to expect, where it is not what is listened for.
    pub(crate) expect: Option<ExpectFormat>,
    /// Answers that lead elsewhere; the first that fits counts.
    pub(crate) on: Vec<RouteFormat>,
    /// Where a yes leads.
    pub(crate) yes: Option<String>,
    /// Where a no leads; an `ask` state is then asked anew.
    pub(crate) no: Option<String>,
    /// Where it goes on.
    pub(crate) next: Option<String>,
    /// Of `call`: where it goes on if the tool failed.
    pub(crate) failed: Option<String>,
    /// What is said when the answer was not understood, one after the other.
    pub(crate) retry: Texts,
    /// How often it is asked again; then it goes on with what there is. The default is 2.
    #[schemars(range(max = 10))]
    pub(crate) retries: Option<u32>,
    /// Where it goes on when the retries are used up; the default is `next`.
    pub(crate) give_up: Option<String>,
}

/// What the recognizer is told to expect.
#[derive(Clone, Copy, Debug, Deserialize, Eq, JsonSchema, PartialEq)]
#[serde(rename_all = "snake_case")]
pub(crate) enum ExpectFormat {
    /// Anything at all.
    Anything,
    /// A name.
    Name,
    /// Yes or no.
    YesNo,
}

/// An answer that leads elsewhere.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "Route")]
pub(crate) struct RouteFormat {
    /// Phrases, or regular expressions between slashes; any of them, anywhere in the answer.
    #[serde(rename = "match")]
    pub(crate) matches: Texts,
    /// Where it leads; an `ask` state is then asked anew.
    pub(crate) next: String,
    /// Slots to be set.
    #[serde(default)]
    pub(crate) set: BTreeMap<String, String>,
}

/// Something that is understood in every state.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
#[schemars(rename = "Intent")]
pub(crate) struct IntentFormat {
    /// Phrases, or regular expressions between slashes, besides those that are built in.
    #[serde(rename = "match")]
    pub(crate) matches: Texts,
    /// What is said; then the state goes on where it was, unless `next` is given.
    pub(crate) say: Texts,
    /// Where it leads.
    pub(crate) next: Option<String>,
}

/// What is said between the states; several texts take turns.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
#[schemars(rename = "Lines")]
pub(crate) struct LinesFormat {
    /// After the end, when the user still says something.
    pub(crate) closing: Texts,
    /// When something was corrected.
    pub(crate) changed: Texts,
    /// When the user only agreed to answer: "Sure."
    pub(crate) go_ahead: Texts,
    /// When an answer was not understood and the state has no `retry`.
    pub(crate) missed: Texts,
    /// When part of a number was said.
    pub(crate) more: Texts,
    /// When more digits were said than the number can have.
    pub(crate) too_long: Texts,
}
