//! The messages of the API, and the errors among them; no I/O.

use base64::prelude::{BASE64_STANDARD, Engine};
use rooh_core::{Error, ErrorKind, Result};
use serde::Deserialize;
use serde_json::{Value, json};

/// How one reply is spoken.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Manner {
    pub(crate) emotion: Option<String>,
    pub(crate) language: Option<String>,
    pub(crate) model: String,
    pub(crate) pace: Option<Pace>,
    pub(crate) pronunciation_dict_id: Option<String>,
    pub(crate) sample_rate: u32,
    pub(crate) voice: String,
    pub(crate) volume: Option<f32>,
}

/// How fast to speak.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Pace {
    /// As sonic-3 and later take it.
    Factor(f32),
    /// As the models before take it.
    Word(&'static str),
}

impl Manner {
    /// Text that goes on in `context`.
    pub(crate) fn clause(&self, context: &str, text: &str) -> Value {
        self.generation(context, text, true)
    }

    /// Has all that was sent spoken, without waiting for more to go with it.
    pub(crate) fn flush(&self, context: &str) -> Value {
        let mut flush = self.generation(context, "", true);
        flush["flush"] = true.into();
        flush
    }

    /// Nothing more follows in `context`.
    pub(crate) fn last(&self, context: &str) -> Value {
        self.generation(context, "", false)
    }

    /// All messages of one context have to have the same fields.
    fn generation(&self, context: &str, text: &str, goes_on: bool) -> Value {
        let mut message = json!({
            "context_id": context,
            "model_id": self.model,
            "transcript": text,
            "continue": goes_on,
            "voice": { "mode": "id", "id": self.voice },
            "output_format": {
                "container": "raw",
                "encoding": "pcm_s16le",
                "sample_rate": self.sample_rate,
            },
            "add_timestamps": true,
            "use_normalized_timestamps": false,
            // Whole clauses come from here; there is nothing to wait for.
            "max_buffer_delay_ms": 0,
        });
        let mut config = json!({});
        match self.pace {
            Some(Pace::Factor(factor)) => config["speed"] = decimal(factor),
            Some(Pace::Word(word)) => message["speed"] = word.into(),
            None => {}
        }
        if let Some(volume) = self.volume {
            config["volume"] = decimal(volume);
        }
        if let Some(emotion) = &self.emotion {
            config["emotion"] = emotion.as_str().into();
        }
        if config.as_object().is_some_and(|config| !config.is_empty()) {
            message["generation_config"] = config;
        }
        for (name, value) in
            [("language", &self.language), ("pronunciation_dict_id", &self.pronunciation_dict_id)]
        {
            if let Some(value) = value {
                message[name] = value.as_str().into();
            }
        }
        message
    }
}

/// Ends `context`: nobody will hear it any more.
pub(crate) fn cancel(context: &str) -> Value {
    json!({ "context_id": context, "cancel": true })
}

/// 1.2 as 1.2, and not as the 1.2000000476837158 that it is in half of the digits.
fn decimal(value: f32) -> Value {
    json!(value.to_string().parse::<f64>().unwrap_or_default())
}

/// A message of the server, of whatever type; unknown fields are nothing to us.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Message {
    pub(crate) context_id: Option<String>,
    data: Option<String>,
    error: Option<String>,
    error_code: Option<String>,
    pub(crate) flush_id: Option<u64>,
    message: Option<String>,
    request_id: Option<String>,
    status_code: Option<u16>,
    title: Option<String>,
    #[serde(rename = "type")]
    pub(crate) kind: String,
    word_timestamps: Option<WordTimes>,
}

/// Words and when each ends, in seconds since the beginning of the context's audio.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct WordTimes {
    end: Vec<f64>,
    words: Vec<String>,
}

impl Message {
    pub(crate) fn read(text: &str) -> Result<Self> {
        serde_json::from_str(text)
            .map_err(|error| malformed(format!("no message, at byte {}", error.column())))
    }

    /// The audio of a chunk.
    pub(crate) fn audio(&self) -> Result<Vec<u8>> {
        BASE64_STANDARD.decode(self.data.as_deref().unwrap_or_default()).map_err(malformed)
    }

    /// Words, and when each ends, in seconds.
    pub(crate) fn words(&self) -> impl Iterator<Item = (&str, f64)> {
        let times = self.word_timestamps.as_ref();
        times
            .into_iter()
            .flat_map(|times| times.words.iter().map(String::as_str).zip(times.end.iter().copied()))
    }

    /// The message as a trace shows it: audio as its length.
    pub(crate) fn shown(&self, text: &str) -> String {
        match &self.data {
            Some(data) => text.replace(data.as_str(), &format!("{} characters", data.len())),
            None => text.to_owned(),
        }
    }

    /// The error that a message of that type is, in whichever of the shapes of the API; `told` makes
    /// the vendor's words fit to be repeated.
    pub(crate) fn failure(&self, told: impl Fn(&str) -> String) -> Error {
        let code = self.error_code.as_deref().unwrap_or_default();
        let kind = match (code, self.status_code) {
            // They come with status 400.
            ("model_not_found" | "model_sunsetted" | "voice_not_found", _) => ErrorKind::NotFound,
            (_, Some(401 | 403)) => ErrorKind::Auth,
            (_, Some(404)) => ErrorKind::NotFound,
            (_, Some(408)) => ErrorKind::Timeout,
            (_, Some(409) | None) => ErrorKind::Network,
            (_, Some(429)) => ErrorKind::RateLimited,
            (_, Some(400..=499)) => ErrorKind::Config,
            (_, Some(500..=599)) => ErrorKind::Network,
            _ => ErrorKind::Protocol,
        };
        let parts = [&self.title, &self.message, &self.error].into_iter().flatten();
        let said = parts.map(String::as_str).collect::<Vec<_>>().join(": ");
        let mut error = Error::new(kind, format!("Cartesia refused: {}", told(&said)));
        if let Some(status) = self.status_code {
            error = error.with("status", status);
        }
        if !code.is_empty() {
            error = error.with("code", told(code));
        }
        if let Some(id) = &self.request_id {
            error = error.with("request", told(id));
        }
        error
    }
}

/// The error for what is no message.
pub(crate) fn malformed(found: impl std::fmt::Display) -> Error {
    Error::new(ErrorKind::Protocol, "Cartesia sent what its protocol does not allow").with("found", found)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn manner() -> Manner {
        Manner {
            emotion: None,
            language: Some("en".to_owned()),
            model: "sonic-3".to_owned(),
            pace: None,
            pronunciation_dict_id: None,
            sample_rate: 16_000,
            voice: "v".to_owned(),
            volume: None,
        }
    }

    #[test]
    fn a_message_has_what_was_set_and_nothing_else() {
        let expected = json!({
            "context_id": "c", "model_id": "sonic-3", "transcript": "Hi ", "continue": true,
            "voice": { "mode": "id", "id": "v" },
            "output_format": { "container": "raw", "encoding": "pcm_s16le", "sample_rate": 16_000 },
            "add_timestamps": true, "use_normalized_timestamps": false, "max_buffer_delay_ms": 0,
            "language": "en",
        });
        assert_eq!(manner().clause("c", "Hi "), expected);
        let all = Manner {
            emotion: Some("calm".to_owned()),
            pace: Some(Pace::Factor(1.2)),
            pronunciation_dict_id: Some("p".to_owned()),
            volume: Some(0.8),
            ..manner()
        };
        let flush = all.flush("c");
        assert_eq!(flush["generation_config"], json!({ "speed": 1.2, "volume": 0.8, "emotion": "calm" }));
        assert_eq!(
            (&flush["flush"], &flush["continue"], &flush["transcript"]),
            (&json!(true), &json!(true), &json!(""))
        );
        assert_eq!(flush["pronunciation_dict_id"], "p");
        let older = Manner { pace: Some(Pace::Word("slow")), ..manner() }.last("c");
        assert_eq!((&older["speed"], &older["continue"]), (&json!("slow"), &json!(false)));
        assert!(older.get("generation_config").is_none() && older.get("flush").is_none());
    }

    #[test]
    fn errors_of_both_shapes_are_of_their_kind() {
        let failure = |text: &str| Message::read(text).unwrap().failure(str::to_owned);
        let newer = failure(
            r#"{"type":"error","title":"Invalid model","message":"No such model","error_code":"model_not_found",
                "status_code":400,"request_id":"r1","context_id":"c","done":true}"#,
        );
        assert_eq!(newer.kind(), ErrorKind::NotFound);
        assert_eq!(newer.message(), "Cartesia refused: Invalid model: No such model");
        assert_eq!((newer.context("code"), newer.context("request")), (Some("model_not_found"), Some("r1")));
        for (status, kind) in [
            (400, ErrorKind::Config),
            (401, ErrorKind::Auth),
            (402, ErrorKind::Config),
            (408, ErrorKind::Timeout),
            (429, ErrorKind::RateLimited),
            (503, ErrorKind::Network),
        ] {
            let older = failure(&format!(r#"{{"type":"error","error":"no","status_code":{status}}}"#));
            assert_eq!((older.kind(), older.message()), (kind, "Cartesia refused: no"), "{status}");
        }
    }

    #[test]
    fn a_trace_shows_no_audio() {
        let text = r#"{"type":"chunk","context_id":"c","data":"AAEC","later":{"x":1}}"#;
        let message = Message::read(text).unwrap();
        assert_eq!(message.audio().unwrap(), [0, 1, 2]);
        assert_eq!(
            message.shown(text),
            r#"{"type":"chunk","context_id":"c","data":"4 characters","later":{"x":1}}"#
        );
        assert_eq!(
            Message::read("{\"data\":\"A*\"}").unwrap().audio().unwrap_err().kind(),
            ErrorKind::Protocol
        );
    }
}
