//! The provider: a dialogue, held by going through the conversation anew for every reply.

use std::fmt;
use std::sync::Arc;

use futures::stream;
use rooh_core::Result;
use rooh_core::llm::{LlmEvent, LlmProvider, LlmRequest, StopReason, ToolCall};
use rooh_core::provider::{FromOptions, Info};
use rooh_core::stream::Events;

use crate::compile::compile;
use crate::dialogue::{Dialogue, Values};
use crate::options::ScriptOptions;
use crate::run::{Reply, reply};
use crate::source::Source;

/// The longest piece in which a reply is given, in bytes, if it has a pause before that.
const SHORT_PIECE: usize = 12;

/// A dialogue written in YAML, as a language model. Cheap to clone.
///
/// It keeps nothing between requests: each reply is found by going through the whole conversation
/// that the request carries. The same conversation is always answered the same.
#[derive(Clone)]
pub struct Script {
    dialogue: Arc<Dialogue>,
}

impl Script {
    /// A dialogue written in YAML.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Config`](rooh_core::ErrorKind::Config) with everything that is wrong, each with
    /// its path and line.
    ///
    /// # Examples
    ///
    /// ```
    /// # fn main() -> rooh_core::Result<()> {
    /// let script = rooh_llm_script::Script::from_yaml(
    ///     "
    /// version: 1
    /// start: ask
    /// slots:
    ///   color: { type: one_of, choices: { red: [crimson], blue: [] } }
    /// states:
    ///   ask: { say: Red or blue?, ask: color, next: bye }
    ///   bye: { say: '{color|title} it is. Goodbye.', end: true }
    /// ",
    /// )?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn from_yaml(text: &str) -> Result<Self> {
        Self::with_values(text, [] as [(String, String); 0])
    }

    /// A dialogue written in YAML, with some of its `values` replaced.
    ///
    /// # Errors
    ///
    /// As [`from_yaml`](Self::from_yaml); also if the dialogue has no value of that name.
    pub fn with_values<N: Into<String>, V: Into<String>>(
        text: &str,
        values: impl IntoIterator<Item = (N, V)>,
    ) -> Result<Self> {
        let values = values.into_iter().map(|(name, value)| (name.into(), value.into())).collect();
        Self::of(&Source::yaml(text)?, &values)
    }

    pub(crate) fn of(source: &Source, values: &Values) -> Result<Self> {
        Ok(Self { dialogue: Arc::new(compile(source, values)?) })
    }
}

impl fmt::Debug for Script {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Script")
            .field("slots", &self.dialogue.slots.len())
            .field("states", &self.dialogue.states.len())
            .finish_non_exhaustive()
    }
}

impl FromOptions for Script {
    type Options = ScriptOptions;

    const INFO: Info = Info::local("script", "Scripted dialogue")
        .description(
            "Fixed dialogues written in YAML: asks, understands short answers, reads back, calls tools. \
             No model and no key.",
        )
        .model_option("dialogue");

    fn from_options(options: ScriptOptions) -> Result<Self> {
        options.build()
    }
}

rooh_core::register!(llm: Script);

impl LlmProvider for Script {
    fn chat(&self, request: LlmRequest) -> Events<LlmEvent> {
        let dialogue = Arc::clone(&self.dialogue);
        // The answer takes some microseconds, so it is found in one go when the stream is first
        // polled, and read from there.
        let events = stream::once(async move {
            let turn = request.messages.len();
            stream::iter(events(reply(&dialogue, &request), turn).into_iter().map(Ok))
        });
        Events::from_stream(futures::StreamExt::flatten(events))
    }
}

fn events(reply: Reply, turn: usize) -> Vec<LlmEvent> {
    let mut events = Vec::new();
    // First, so that an answer that comes early is recognized too.
    events.extend(reply.expect.map(LlmEvent::Expect));
    events.extend(pieces(&reply.text).map(|piece| LlmEvent::Text(piece.to_owned())));
    let stopped = if reply.calls.is_empty() { StopReason::Finished } else { StopReason::Tools };
    // No two replies of a session with calls have a history of the same length.
    events.extend(reply.calls.into_iter().enumerate().map(|(place, (name, arguments))| {
        LlmEvent::ToolCall(ToolCall { id: format!("script-{turn}-{place}"), name, arguments })
    }));
    events.push(LlmEvent::Stopped(stopped));
    events
}

/// A text, cut behind its pauses.
fn pieces(text: &str) -> impl Iterator<Item = &str> {
    let mut rest = text;
    std::iter::from_fn(move || {
        if rest.is_empty() {
            return None;
        }
        let end = rest
            .match_indices([',', '.', '?', '!', ';', ':'])
            .map(|(at, mark)| at + mark.len())
            .find(|end| *end >= SHORT_PIECE && rest[*end..].starts_with(' '))
            .map_or(rest.len(), |end| end + 1);
        let (piece, left) = rest.split_at(end);
        rest = left;
        Some(piece)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reply_comes_in_pieces_that_joined_are_the_reply() {
        let text = "Yes. Let me read that back, John: 5 5 5, 1 2 1 2. Is that right?";
        let all: Vec<&str> = pieces(text).collect();
        assert_eq!(all, ["Yes. Let me read that back, ", "John: 5 5 5, ", "1 2 1 2. Is that right?"]);
        assert_eq!(all.concat(), text);
        assert_eq!(pieces("").count(), 0);
    }
}
