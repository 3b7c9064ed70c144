//! What the agent has just asked for, so that recognizers and the floor know what to expect.

use serde::{Deserialize, Serialize};

/// The answer that the agent's last words ask for.
#[derive(Clone, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Expected {
    /// Anything at all.
    #[default]
    Anything,
    /// A date.
    Date,
    /// Digits, spoken one by one or in groups: a telephone number, an account, a code.
    Digits {
        /// The fewest digits that make an answer.
        min: usize,
        /// The most digits that make an answer.
        max: usize,
    },
    /// An e-mail address.
    Email,
    /// The name of a person.
    Name,
    /// One of these phrases.
    OneOf(Vec<String>),
    /// A time of day.
    Time,
    /// Yes or no.
    YesNo,
}

/// What a recognizer may use to hear better; every field may be left out.
///
/// Build it with `..Default::default()`: fields will be added.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Hints {
    /// The answer that was asked for.
    ///
    /// A recognizer with grammars takes a grammar from it, one with key terms takes the words.
    pub expected: Expected,
    /// Words and names that are likely to come up.
    pub phrases: Vec<String>,
}
