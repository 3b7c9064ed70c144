//! What is said through a socket, and what comes back: one text, or several side by side.

use std::collections::VecDeque;

use serde_json::{Value, json};

use super::sound::Format;
use super::{FakeAlignment, Refusal};

/// How many contexts may be open at once.
const MOST: usize = 5;
/// How many characters are spoken though nobody asked for it, unless the client says otherwise.
const SCHEDULE: u64 = 120;

/// A text that is spoken as it comes.
#[derive(Debug)]
struct Spoken {
    alignment: FakeAlignment,
    buffer: String,
    format: Format,
    least: u64,
    settings: Value,
}

impl Spoken {
    /// A text that begins with this message.
    fn begin(message: &Value, format: Format, alignment: FakeAlignment) -> Result<Self, Refusal> {
        if message["text"] != " " {
            return Err(refusal(
                "invalid_message",
                "The first message has to hold a single space as its text",
            ));
        }
        let least = message["generation_config"]["chunk_length_schedule"][0].as_u64().unwrap_or(SCHEDULE);
        let settings = message["voice_settings"].clone();
        Ok(Self { alignment, buffer: String::new(), format, least, settings })
    }

    /// Hears the next message; returns what is said by now.
    fn hear(&mut self, message: &Value, say: &mut impl FnMut(&str)) -> Result<Vec<Value>, Refusal> {
        let settings = &message["voice_settings"];
        if !settings.is_null() && *settings != self.settings {
            return Err(refusal("invalid_voice_settings", "voice_settings belong into the first message"));
        }
        self.buffer += message["text"].as_str().unwrap_or_default();
        let is_long = self.buffer.chars().count() as u64 >= self.least;
        Ok(if is_long || message["flush"] == true { self.flush(say) } else { Vec::new() })
    }

    fn flush(&mut self, say: &mut impl FnMut(&str)) -> Vec<Value> {
        let text = std::mem::take(&mut self.buffer);
        if text.trim().is_empty() {
            return Vec::new();
        }
        say(&text);
        // What comes back begins with the space that began the text.
        self.format.speak(&format!(" {text}")).map(|piece| piece.message(self.alignment)).collect()
    }
}

/// The text of a socket that has only one.
#[derive(Debug)]
pub(super) struct Single {
    alignment: FakeAlignment,
    format: Format,
    is_closed: bool,
    text: Option<Spoken>,
}

impl Single {
    pub(super) fn new(format: Format, alignment: FakeAlignment) -> Self {
        Self { alignment, format, is_closed: false, text: None }
    }

    pub(super) fn is_closed(&self) -> bool {
        self.is_closed
    }

    /// Hears a message; returns the answers.
    pub(super) fn hear(&mut self, message: &Value, mut say: impl FnMut(&str)) -> Result<Vec<Value>, Refusal> {
        let Some(text) = &mut self.text else {
            self.text = Some(Spoken::begin(message, self.format, self.alignment)?);
            return Ok(Vec::new());
        };
        if message["text"] == "" {
            // The end, and not a sign of life as on the other kind of socket.
            self.is_closed = true;
            let mut rest = text.flush(&mut say);
            rest.push(json!({ "audio": null, "isFinal": true }));
            return Ok(rest);
        }
        if message["text"].as_str().is_none() {
            return Err(refusal("invalid_message", "The message has no text"));
        }
        text.hear(message, &mut say)
    }
}

#[derive(Debug)]
struct Context {
    id: String,
    is_closed: bool,
    messages: VecDeque<Value>,
    /// `None` of one that was kept alive before it was begun.
    text: Option<Spoken>,
}

/// The texts of a socket that has several.
#[derive(Debug)]
pub(super) struct Contexts {
    alignment: FakeAlignment,
    all: Vec<Context>,
    format: Format,
    is_closed: bool,
    turn: usize,
}

impl Contexts {
    pub(super) fn new(format: Format, alignment: FakeAlignment) -> Self {
        Self { alignment, all: Vec::new(), format, is_closed: false, turn: 0 }
    }

    /// Whether the client has asked for the end.
    pub(super) fn is_closed(&self) -> bool {
        self.is_closed
    }

    pub(super) fn has_more(&self) -> bool {
        self.all.iter().any(|context| !context.messages.is_empty())
    }

    /// The next message, of each context in turn.
    pub(super) fn next(&mut self) -> Option<Value> {
        let count = self.all.len();
        let place = (1..=count).map(|step| (self.turn + step) % count);
        let place = place.into_iter().find(|place| !self.all[*place].messages.is_empty())?;
        self.turn = place;
        let context = &mut self.all[place];
        let mut message = context.messages.pop_front()?;
        message["contextId"] = json!(context.id);
        if context.is_closed && context.messages.is_empty() {
            self.all.remove(place);
        }
        Some(message)
    }

    /// Hears a message; what it brings about is to be taken with [`next`](Self::next).
    pub(super) fn hear(&mut self, message: &Value, mut say: impl FnMut(&str)) -> Result<(), Refusal> {
        if !message.is_object() {
            return Err(refusal("invalid_message", "The message is no JSON"));
        }
        if message["close_socket"] == true {
            self.is_closed = true;
            for context in &mut self.all {
                let rest = context.text.as_mut().map(|text| text.flush(&mut say));
                context.messages.extend(rest.into_iter().flatten());
                context.close();
            }
            return Ok(());
        }
        let given = message["context_id"].as_str().or(message["contextId"].as_str());
        let id = given.unwrap_or("default");
        let Some(context) = self.all.iter_mut().find(|context| context.id == id && !context.is_closed) else {
            return if message["close_context"] == true { Ok(()) } else { self.begin(message, given, id) };
        };
        if message["close_context"] == true {
            // What was not flushed is not spoken any more; what was, is.
            context.close();
            return Ok(());
        }
        match &mut context.text {
            Some(text) => context.messages.extend(text.hear(message, &mut say)?),
            None if message["text"] == "" => {}
            None if !message["voice_settings"].is_null() => {
                return Err(refusal(
                    "invalid_voice_settings",
                    "voice_settings belong into the first message",
                ));
            }
            None => context.text = Some(Spoken::begin(message, self.format, self.alignment)?),
        }
        Ok(())
    }

    fn begin(&mut self, message: &Value, given: Option<&str>, id: &str) -> Result<(), Refusal> {
        let keeps = message["text"] == "";
        if keeps && given.is_none() {
            return Ok(());
        }
        if self.all.len() == MOST {
            return Err(refusal("max_active_conversations", "At most 5 contexts may be open at once"));
        }
        let text = if keeps { None } else { Some(Spoken::begin(message, self.format, self.alignment)?) };
        self.all.push(Context { id: id.to_owned(), is_closed: false, messages: VecDeque::new(), text });
        Ok(())
    }
}

impl Context {
    fn close(&mut self) {
        if !self.is_closed {
            self.is_closed = true;
            self.messages.push_back(json!({ "isFinal": true }));
        }
    }
}

fn refusal(word: &str, text: &str) -> Refusal {
    (word.to_owned(), text.to_owned())
}
