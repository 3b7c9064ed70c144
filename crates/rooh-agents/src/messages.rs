//! The tool `save_message`: a message for somebody else, left as a file.

use std::path::{Path, PathBuf};

use async_trait::async_trait;
use rooh_core::session::SessionContext;
use rooh_core::stream::blocking;
use rooh_core::tool::{Tool, ToolSpec};
use rooh_core::{Error, ErrorKind, Result};
use serde_json::{Value, json};

use crate::disk::{self, IfThere};
use crate::stamp::Stamp;

/// The folder in the data directory.
const FOLDER: &str = "messages";
/// What a message may hold, with the most characters of each.
const FIELDS: [(&str, usize); 3] = [("name", 200), ("reason", 4_000), ("number", 64)];

/// Writes what a caller asked to have passed on to `messages/` in the data directory.
#[derive(Clone, Debug)]
pub struct SaveMessage {
    folder: PathBuf,
}

impl SaveMessage {
    /// Writes below this data directory.
    pub fn new(data_dir: impl AsRef<Path>) -> Self {
        Self { folder: data_dir.as_ref().join(FOLDER) }
    }
}

#[async_trait]
impl Tool for SaveMessage {
    fn spec(&self) -> ToolSpec {
        ToolSpec::new(
            "save_message",
            "Saves a message from the caller for somebody who is not there. Call it once, after the caller \
             has agreed to what you read back.",
        )
        .parameters(json!({
            "type": "object",
            "properties": {
                "name": { "type": "string", "description": "Who called.", "maxLength": 200 },
                "reason": { "type": "string", "description": "What it is about.", "maxLength": 4000 },
                "number": { "type": "string", "description": "Where to call back.", "maxLength": 64 },
            },
            "required": ["reason"],
            "additionalProperties": false,
        }))
        // A message that is half taken is lost.
        .must_finish()
    }

    async fn call(&self, arguments: Value, session: &SessionContext) -> Result<Value> {
        let mut message = json!({});
        let mut shortened = Vec::new();
        let arguments = arguments.as_object().ok_or_else(|| wrong("the arguments must be an object"))?;
        for (name, value) in arguments {
            let Some((field, most)) = FIELDS.iter().find(|(field, _)| field == name) else {
                return Err(wrong("there are only the arguments name, reason and number"));
            };
            let text = match value {
                Value::Null => continue,
                Value::Number(number) => number.to_string(),
                Value::String(text) => text.trim().to_owned(),
                _ => return Err(wrong("every argument must be text").with("argument", field)),
            };
            // A message that is cut is worth more to its reader than one that was refused.
            if text.chars().nth(*most).is_some() {
                shortened.push(*field);
            }
            message[*field] = text.chars().take(*most).collect::<String>().into();
        }
        if FIELDS.iter().all(|(field, _)| message[*field].as_str().unwrap_or_default().is_empty()) {
            return Err(wrong("a message needs at least a reason"));
        }
        let stamp = Stamp::now();
        message["at"] = stamp.rfc3339().into();
        message["agent"] = session.agent.as_ref().into();
        message["session"] = session.id.as_str().into();
        if !shortened.is_empty() {
            message["shortened"] = shortened.into();
        }
        let (folder, name) = (self.folder.clone(), file_name(stamp, session.id.as_str()));
        blocking(move || write(&folder, &name, &message)).await??;
        Ok(json!({ "saved": true }))
    }
}

fn wrong(message: &str) -> Error {
    Error::new(ErrorKind::Config, message)
}

/// A name that nobody from outside has a say in: a session may be called anything.
fn file_name(stamp: Stamp, session: &str) -> String {
    let safe = |c: char| if c.is_ascii_alphanumeric() || c == '-' || c == '_' { c } else { '_' };
    let session: String = session.chars().take(64).map(safe).collect();
    format!("{}-{session}", stamp.file_name())
}

fn write(folder: &Path, name: &str, message: &Value) -> Result<()> {
    disk::private_folder(folder)?;
    let text = plain(&format!("{message:#}\n"));
    // Two messages in one millisecond of one session.
    for attempt in 0..100 {
        let name = match attempt {
            0 => format!("{name}.json"),
            more => format!("{name}-{more}.json"),
        };
        match disk::write(folder, &name, text.as_bytes(), IfThere::Fail) {
            Ok(()) => return Ok(()),
            Err(Some(error)) => return Err(error),
            Err(None) => {}
        }
    }
    Err(Error::new(ErrorKind::Unexpected, "no name is free for the message"))
}

/// JSON with escapes for what a terminal obeys or what turns text around; the rest of the
/// control characters JSON escapes by itself. They stand inside of strings alone.
fn plain(json: &str) -> String {
    let mut text = String::with_capacity(json.len());
    for c in json.chars() {
        let obeyed = (c.is_control() && c != '\n')
            || matches!(c, '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
        if obeyed {
            text.push_str(&format!("\\u{:04x}", u32::from(c)));
        } else {
            text.push(c);
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_name_holds_nothing_that_came_from_outside() {
        let name = file_name(Stamp::now(), "../../etc/\u{202e}passwd\0");
        assert!(name.ends_with("-______etc__passwd_"), "{name}");
        assert!(name.len() < 100);
    }

    #[test]
    fn control_characters_are_escaped() {
        let text = plain(&json!({ "name": "a\u{1b}[2J\u{9b}\u{202e}\n\u{7f}" }).to_string());
        assert_eq!(text, "{\"name\":\"a\\u001b[2J\\u009b\\u202e\\n\\u007f\"}");
        assert!(serde_json::from_str::<Value>(&text).is_ok());
    }

    #[test]
    fn a_second_message_in_the_same_millisecond_has_a_file_of_its_own() {
        let folder = tempfile::tempdir().unwrap();
        let messages = folder.path().join(FOLDER);
        for reason in ["one", "two"] {
            write(&messages, "20260311T101504.551Z-s1", &json!({ "reason": reason })).unwrap();
        }
        let mut names: Vec<_> =
            std::fs::read_dir(&messages).unwrap().map(|entry| entry.unwrap().file_name()).collect();
        names.sort();
        assert_eq!(names, ["20260311T101504.551Z-s1-1.json", "20260311T101504.551Z-s1.json"]);
    }
}
