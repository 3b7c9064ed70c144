//! What goes over the wire, and what an error of the vendor means.

use std::time::Duration;

use rooh_core::{Error, ErrorKind, Result};
use serde::Deserialize;
use serde_json::{Value, json};

/// The name in traces and in errors.
pub(crate) const VENDOR: &str = "Deepgram";

/// What the server says; what is not listed is ignored.
#[derive(Debug, Deserialize)]
#[serde(tag = "type")]
pub(crate) enum Message {
    ConfigureFailure {
        #[serde(default)]
        code: String,
    },
    ConfigureSuccess {},
    Connected {
        #[serde(default)]
        request_id: String,
    },
    Error(Failure),
    Metadata {},
    Results(Box<Results>),
    SpeechStarted {},
    TurnInfo(Box<TurnInfo>),
    UtteranceEnd {
        #[serde(default)]
        last_word_end: f64,
    },
    #[serde(other)]
    Unknown,
}

/// A stretch of audio and what Nova understood in it.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Results {
    pub(crate) channel: Channel,
    pub(crate) duration: f64,
    pub(crate) from_finalize: bool,
    pub(crate) is_final: bool,
    pub(crate) metadata: Metadata,
    pub(crate) speech_final: bool,
    pub(crate) start: f64,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Metadata {
    pub(crate) request_id: String,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Channel {
    pub(crate) alternatives: Vec<Alternative>,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Alternative {
    pub(crate) confidence: Option<f32>,
    pub(crate) languages: Vec<String>,
    pub(crate) transcript: String,
    pub(crate) words: Vec<Word>,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Word {
    pub(crate) confidence: Option<f32>,
    pub(crate) end: f64,
    pub(crate) punctuated_word: Option<String>,
    pub(crate) speaker: Option<u32>,
    pub(crate) start: f64,
    pub(crate) word: String,
}

/// A turn as Flux sees it by now.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct TurnInfo {
    pub(crate) audio_window_end: f64,
    pub(crate) audio_window_start: f64,
    pub(crate) end_of_turn_confidence: f32,
    pub(crate) event: String,
    pub(crate) languages: Vec<String>,
    pub(crate) request_id: String,
    pub(crate) sequence_id: Option<u64>,
    pub(crate) transcript: String,
    pub(crate) trigger: Option<String>,
    pub(crate) turn_index: u64,
    pub(crate) words: Vec<Word>,
}

/// An error in the middle of a stream.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Failure {
    pub(crate) code: String,
    pub(crate) description: String,
    pub(crate) message: String,
    pub(crate) variant: String,
}

/// Reads a message of the server.
pub(crate) fn read(text: &str) -> Result<Message> {
    serde_json::from_str(text).map_err(|error| {
        // Where, and never what: it may hold what a user said.
        let place = format!("line {} column {}", error.line(), error.column());
        Error::new(ErrorKind::Protocol, "Deepgram sent what is no message").with("at", place)
    })
}

pub(crate) fn close_stream() -> Value {
    json!({ "type": "CloseStream" })
}

pub(crate) fn finalize() -> Value {
    json!({ "type": "Finalize" })
}

pub(crate) fn force_end_turn() -> Value {
    json!({ "type": "ForceEndTurn" })
}

pub(crate) fn keep_alive() -> Value {
    json!({ "type": "KeepAlive" })
}

/// A moment of the connection.
pub(crate) fn moment(seconds: f64) -> Duration {
    Duration::try_from_secs_f64(seconds.max(0.0)).unwrap_or(Duration::ZERO)
}

impl Failure {
    /// What the caller can do about it; `told` makes a vendor's words fit for a log.
    pub(crate) fn into_error(self, told: impl Fn(&str) -> String) -> Error {
        let code = if self.code.is_empty() { self.variant } else { self.code };
        let has = |words: &[&str]| words.iter().any(|word| code.to_ascii_uppercase().contains(word));
        let kind = if has(&["AUTH", "PERMISSION"]) {
            ErrorKind::Auth
        } else if has(&["RATE", "TOO_MANY", "CONCURREN"]) {
            ErrorKind::RateLimited
        } else if has(&["SCHEMA", "UNPARSABLE"]) {
            ErrorKind::Protocol
        } else if has(&["INVALID", "UNSUPPORTED"]) {
            ErrorKind::Config
        } else {
            ErrorKind::Network
        };
        let said = if self.description.is_empty() { self.message } else { self.description };
        Error::new(kind, format!("Deepgram broke off: {}", told(&said))).with("code", told(&code))
    }
}

/// What a socket that the vendor has closed means.
pub(crate) fn closed(code: u16, reason: &str) -> Error {
    let kind = match code {
        // Audio that cannot be decoded, a message of the wrong kind, one that is too large.
        1003 | 1007 | 1009 => ErrorKind::Protocol,
        1008 if reason.contains("DATA-0000") => ErrorKind::Config,
        _ => ErrorKind::Network,
    };
    let error = Error::new(kind, "Deepgram closed the connection").with("code", code);
    if reason.is_empty() { error } else { error.with("reason", reason) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_unknown_is_ignored_and_what_is_none_is_told_without_its_words() {
        assert!(matches!(read(r#"{"type":"Weather","sun":true}"#).unwrap(), Message::Unknown));
        let odd = r#"{"type":"Results","start":1,"novel":{"x":[]},"channel":{"alternatives":[]}}"#;
        assert!(matches!(read(odd).unwrap(), Message::Results(_)));
        for text in ["", "[]", "{}", r#"{"type":"Results","start":"hidden"}"#, r#"{"type":}"#] {
            let error = read(text).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Protocol, "{text}");
            assert!(!error.to_string().contains("hidden"));
        }
    }

    #[test]
    fn an_error_is_of_the_kind_that_says_what_to_do() {
        let kind = |code: &str| {
            let failure = Failure { code: code.to_owned(), ..Failure::default() };
            failure.into_error(str::to_owned).kind()
        };
        assert_eq!(kind("INTERNAL_SERVER_ERROR"), ErrorKind::Network);
        assert_eq!(kind("UNPARSABLE_CLIENT_MESSAGE"), ErrorKind::Protocol);
        assert_eq!(kind("SchemaError"), ErrorKind::Protocol);
        assert_eq!(kind("INVALID_AUTH"), ErrorKind::Auth);
        assert_eq!(kind("TOO_MANY_REQUESTS"), ErrorKind::RateLimited);
        assert_eq!(closed(1008, "DATA-0000").kind(), ErrorKind::Config);
        assert_eq!(closed(1011, "NET-0001").kind(), ErrorKind::Network);
        assert_eq!(closed(1000, "").kind(), ErrorKind::Network);
        assert_eq!(closed(1003, "").kind(), ErrorKind::Protocol);
    }

    #[test]
    fn no_time_is_too_odd() {
        assert_eq!(moment(-1.0), Duration::ZERO);
        assert_eq!(moment(1e300), Duration::ZERO);
        assert_eq!(moment(1.5), Duration::from_millis(1_500));
    }
}
