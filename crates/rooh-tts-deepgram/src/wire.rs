//! What goes over the wire, and what an error of the vendor means.

use rooh_core::{Error, ErrorKind, Result};
use serde::Deserialize;
use serde_json::{Value, json};

/// The name in traces and in errors.
pub(crate) const VENDOR: &str = "Deepgram";

/// What the server says besides audio; what is not listed is ignored.
#[derive(Debug, Deserialize)]
#[serde(tag = "type")]
pub(crate) enum Message {
    Cleared {},
    Error {
        #[serde(default, alias = "err_code")]
        code: String,
        #[serde(default, alias = "err_msg")]
        description: String,
    },
    Flushed {},
    #[serde(other)]
    Unknown,
}

pub(crate) fn read(text: &str) -> Result<Message> {
    serde_json::from_str(text).map_err(|error| {
        let place = format!("line {} column {}", error.line(), error.column());
        Error::new(ErrorKind::Protocol, "Deepgram sent what is no message").with("at", place)
    })
}

pub(crate) fn speak(text: &str) -> Value {
    json!({ "type": "Speak", "text": text })
}

pub(crate) fn flush() -> Value {
    json!({ "type": "Flush" })
}

pub(crate) fn clear() -> Value {
    json!({ "type": "Clear" })
}

pub(crate) fn close() -> Value {
    json!({ "type": "Close" })
}

/// What a socket that the vendor has closed means.
pub(crate) fn closed(code: u16, reason: &str) -> Error {
    let kind = match code {
        // A frame of the wrong kind, text that is none, a message that is too large.
        1003 | 1007 | 1009 => ErrorKind::Protocol,
        1008 if reason.contains("DATA-0000") => ErrorKind::Protocol,
        // So many characters, or so much time, that the vendor wants a pause.
        1008 if reason.contains("DATA-0001") => ErrorKind::RateLimited,
        _ => ErrorKind::Network,
    };
    let error = Error::new(kind, "Deepgram closed the connection").with("code", code);
    if reason.is_empty() { error } else { error.with("reason", reason) }
}

/// Nothing came in time.
pub(crate) fn unanswered(what: &'static str) -> Error {
    Error::new(ErrorKind::Timeout, "Deepgram did not answer in time").with("waiting for", what)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_unknown_is_ignored_and_old_names_are_understood() {
        assert!(matches!(read(r#"{"type":"Warning","warn_code":"x"}"#).unwrap(), Message::Unknown));
        assert!(matches!(read(r#"{"type":"Flushed","sequence_id":0}"#).unwrap(), Message::Flushed {}));
        assert!(matches!(read(r#"{"type":"Error","err_msg":"x"}"#).unwrap(), Message::Error { .. }));
        assert_eq!(read("{").unwrap_err().kind(), ErrorKind::Protocol);
        assert_eq!(closed(1008, "DATA-0001").kind(), ErrorKind::RateLimited);
        assert_eq!(closed(1011, "NET-0000").kind(), ErrorKind::Network);
    }
}
