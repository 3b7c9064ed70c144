//! What a client says in text messages, and how it is judged.

use std::fmt;
use std::time::Duration;

use rooh_core::session::{Command, PushToTalk};
use rooh_core::transport::TransportEvent;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::{MAX_TEXT_CHARS, RATES, VERSION};

/// A text message from the client.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[serde(tag = "type", rename_all = "snake_case")]
#[non_exhaustive]
pub enum ClientMessage {
    /// Ends the user's turn now.
    Commit,
    /// A key was pressed.
    Dtmf {
        /// `0` to `9`, `*`, `#`, `A` to `D`.
        digit: char,
    },
    /// Ends the session.
    End,
    /// What the client records and plays; the first message.
    Hello(Hello),
    /// Cuts the agent off.
    Interrupt,
    /// Takes the microphone for silence, or for sound again.
    Mute {
        /// Whether nothing shall be heard.
        muted: bool,
    },
    /// Asks for a [`Pong`](crate::ServerMessage::Pong).
    Ping {
        /// What the answer repeats.
        id: PingId,
    },
    /// How much of an utterance the listener has heard.
    Played {
        /// The utterance.
        generation: u64,
        /// Milliseconds of its audio.
        ms: f64,
    },
    /// The user holds the key, or let it go.
    PushToTalk {
        /// Whether the key is held.
        pressed: bool,
    },
    /// Has the agent say this.
    Say {
        /// 1 to [`MAX_TEXT_CHARS`] characters.
        text: String,
    },
    /// What the user typed in place of saying it.
    Text {
        /// 1 to [`MAX_TEXT_CHARS`] characters.
        text: String,
    },
    /// How sure the detector has to be that somebody speaks.
    VadThreshold {
        /// From 0 to 1.
        value: f32,
    },
}

/// What the client records and plays.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct Hello {
    /// The version that the client speaks.
    pub version: u32,
    /// The rate of its microphone, in samples per second.
    pub input_rate: u32,
    /// The rate at which it plays, in samples per second.
    pub output_rate: u32,
    /// Whether it removes the echo of the agent from the microphone.
    #[serde(default)]
    pub echo_cancelled: bool,
    /// Whether it can stop in the middle of an utterance and go on there.
    #[serde(default)]
    pub holds: bool,
}

/// What a `ping` carries and its `pong` repeats: a whole number, or at most 64 bytes of text.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(untagged, expecting = "\"id\" is a whole number or at most 64 bytes of text")]
pub enum PingId {
    /// A number.
    Number(u64),
    /// A text.
    Text(String),
}

/// What is wrong with a message of the client, in words that it may be shown.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Fault {
    /// What becomes of the connection.
    pub kind: FaultKind,
    /// What is wrong and what is allowed.
    pub message: String,
}

/// What becomes of a connection whose client sent something wrong.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum FaultKind {
    /// A field is out of its range: the client is told, and the session goes on.
    BadField,
    /// No JSON, or no object: the connection is closed with 1007.
    NotJson,
    /// A message that this version does not know: the connection is closed with 1008.
    Unknown,
}

impl FaultKind {
    /// The word for it in an `error` message.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::BadField => "bad_field",
            Self::NotJson => "not_json",
            Self::Unknown => "unknown_message",
        }
    }
}

impl Fault {
    fn new(kind: FaultKind, message: impl Into<String>) -> Self {
        Self { kind, message: message.into() }
    }

    fn field(message: impl Into<String>) -> Self {
        Self::new(FaultKind::BadField, message)
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for Fault {}

/// The names of all messages, as [`Fault`]s list them.
const NAMES: &[&str] = &[
    "commit",
    "dtmf",
    "end",
    "hello",
    "interrupt",
    "mute",
    "ping",
    "played",
    "push_to_talk",
    "say",
    "text",
    "vad_threshold",
];

impl ClientMessage {
    /// Reads a text message and checks every range; fields that it does not know are ignored.
    ///
    /// # Errors
    ///
    /// A [`Fault`] whose kind says what becomes of the connection.
    pub fn parse(text: &str) -> Result<Self, Fault> {
        let value: Value = serde_json::from_str(text).map_err(|error| {
            Fault::new(FaultKind::NotJson, format!("the message is not valid JSON: {error}"))
        })?;
        if !value.is_object() {
            return Err(Fault::new(FaultKind::NotJson, "a message is a JSON object with a \"type\""));
        }
        let name = value["type"].as_str().unwrap_or_default();
        if !NAMES.contains(&name) {
            let name: String = name.chars().take(40).collect();
            let known = NAMES.join(", ");
            return Err(Fault::new(
                FaultKind::Unknown,
                format!("there is no message of type {name:?}; there are {known}"),
            ));
        }
        let message: Self = Self::deserialize(value).map_err(|error| Fault::field(error.to_string()))?;
        message.check()?;
        Ok(message)
    }

    fn check(&self) -> Result<(), Fault> {
        let text_length = |text: &str| match text.chars().nth(MAX_TEXT_CHARS) {
            None if !text.trim().is_empty() => Ok(()),
            _ => Err(Fault::field(format!("\"text\" has 1 to {MAX_TEXT_CHARS} characters"))),
        };
        match self {
            Self::Dtmf { digit } if !matches!(digit, '0'..='9' | '*' | '#' | 'A'..='D') => {
                Err(Fault::field("\"digit\" is one of 0 to 9, *, #, A to D"))
            }
            Self::Hello(hello) => hello.check(),
            Self::Ping { id: PingId::Text(text) } if text.len() > 64 => {
                Err(Fault::field("\"id\" is a whole number or at most 64 bytes of text"))
            }
            // A day: no utterance lasts longer, and the number fits into a duration.
            Self::Played { ms, .. } if !(0.0..=86_400_000.0).contains(ms) => {
                Err(Fault::field("\"ms\" lies between 0 and 86400000"))
            }
            Self::Say { text } | Self::Text { text } => text_length(text),
            Self::VadThreshold { value } if !(0.0..=1.0).contains(value) => {
                Err(Fault::field("\"value\" lies between 0 and 1"))
            }
            _ => Ok(()),
        }
    }

    /// What the session is to be told; `None` for `hello` and `ping`, which the transport answers.
    pub fn into_event(self) -> Option<TransportEvent> {
        let command = match self {
            Self::Commit => Command::Commit,
            Self::Dtmf { digit } => return Some(TransportEvent::Dtmf(digit)),
            Self::End => Command::End,
            Self::Hello(_) | Self::Ping { .. } => return None,
            Self::Interrupt => Command::Interrupt,
            Self::Mute { muted } => Command::Mute(muted),
            Self::Played { generation, ms } => {
                let played = Duration::try_from_secs_f64(ms / 1_000.0).unwrap_or_default();
                return Some(TransportEvent::Played { generation, played });
            }
            Self::PushToTalk { pressed: true } => Command::PushToTalk(PushToTalk::Pressed),
            Self::PushToTalk { pressed: false } => Command::PushToTalk(PushToTalk::Released),
            Self::Say { text } => Command::Say { text, interruptible: true },
            Self::Text { text } => Command::SendText(text),
            Self::VadThreshold { value } => Command::VadThreshold(value),
        };
        Some(TransportEvent::Command(command))
    }
}

impl Hello {
    fn check(&self) -> Result<(), Fault> {
        if self.version != VERSION {
            return Err(Fault::field(format!(
                "this server speaks version {VERSION}, not version {}",
                self.version
            )));
        }
        for (name, rate) in [("input_rate", self.input_rate), ("output_rate", self.output_rate)] {
            if !RATES.contains(&rate) {
                return Err(Fault::field(format!(
                    "\"{name}\" lies between {} and {}",
                    RATES.start(),
                    RATES.end()
                )));
            }
        }
        Ok(())
    }
}
