//! What the agent has just asked for.

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
