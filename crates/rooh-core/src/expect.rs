//! What the agent has just asked for, so that recognizers and the floor know what to expect.

pub use rooh_words::Expected;

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
