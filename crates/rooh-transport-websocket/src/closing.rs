//! How a connection ends so that the client learns why.

use std::borrow::Cow;
use std::time::Duration;

use futures::{SinkExt, StreamExt};
use rooh_core::{Error, ErrorKind};
use rooh_wire::{Fault, FaultKind, ServerMessage};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::time::timeout;
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::error::ProtocolError;
use tokio_tungstenite::tungstenite::protocol::CloseFrame;
use tokio_tungstenite::tungstenite::protocol::frame::coding::CloseCode;
use tokio_tungstenite::tungstenite::{Error as SocketError, Message};

/// How long the client may take to answer our close.
const CLOSE_TIMEOUT: Duration = Duration::from_secs(2);

/// How long, and for how many bytes, we still read from a client that broke a rule.
const LINGER_TIMEOUT: Duration = Duration::from_secs(1);
const LINGER_BYTES: usize = 1024 * 1024;

/// Why we close a connection.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct Refusal {
    code: CloseCode,
    /// The word of the `error` message in front of the close frame; `None` if nothing is wrong.
    word: Option<&'static str>,
    message: Cow<'static, str>,
}

impl Refusal {
    fn new(code: CloseCode, word: &'static str, message: impl Into<Cow<'static, str>>) -> Self {
        Self { code, word: Some(word), message: message.into() }
    }

    /// The conversation is over.
    pub(crate) fn over() -> Self {
        Self { code: CloseCode::Normal, word: None, message: "the conversation is over".into() }
    }

    /// The session failed.
    pub(crate) fn failed() -> Self {
        Self::new(CloseCode::Error, "session_failed", "the session failed; the log of the server says why")
    }

    pub(crate) fn no_hello(message: impl Into<Cow<'static, str>>) -> Self {
        Self::new(CloseCode::Policy, "no_hello", message)
    }

    pub(crate) fn second_hello() -> Self {
        Self::new(CloseCode::Policy, "second_hello", "\"hello\" comes once")
    }

    pub(crate) fn too_fast(message: &'static str) -> Self {
        Self::new(CloseCode::Policy, "too_fast", message)
    }

    pub(crate) fn bad_audio() -> Self {
        Self::new(
            CloseCode::Unsupported,
            "bad_audio",
            "a binary message is 16-bit audio: an even number of bytes, and at least two",
        )
    }

    /// The client was silent, or has read nothing, for too long.
    pub(crate) fn dead() -> Self {
        Self::new(CloseCode::Away, "dead", "nothing was heard from the client for 60 seconds")
    }

    pub(crate) fn fault(fault: Fault) -> Self {
        let code = if fault.kind == FaultKind::NotJson { CloseCode::Invalid } else { CloseCode::Policy };
        Self::new(code, fault.kind.as_str(), fault.message)
    }

    /// What a failed read means; `None` if the connection itself broke.
    pub(crate) fn reading(error: SocketError) -> Option<Self> {
        match error {
            SocketError::Capacity(_) => {
                Some(Self::new(CloseCode::Size, "too_long", "a message has at most 64 KiB"))
            }
            SocketError::Protocol(ProtocolError::ResetWithoutClosingHandshake) => None,
            SocketError::Protocol(error) => {
                Some(Self::new(CloseCode::Protocol, "bad_frame", error.to_string()))
            }
            SocketError::Utf8(_) => {
                Some(Self::new(CloseCode::Invalid, "not_json", "a text message is valid UTF-8"))
            }
            _ => None,
        }
    }

    /// The same for the log and the session.
    pub(crate) fn to_error(&self) -> Error {
        let kind = if self.code == CloseCode::Away { ErrorKind::Timeout } else { ErrorKind::Protocol };
        Error::new(kind, "the connection was closed because of what the client sent")
            .with("close code", u16::from(self.code))
            .with("reason", &self.message)
    }
}

/// Says why, sends the close frame, and waits until the client has answered or gone.
///
/// Takes at most three seconds.
pub(crate) async fn close<IO>(mut socket: WebSocketStream<IO>, refusal: Refusal)
where
    IO: AsyncRead + AsyncWrite + Unpin,
{
    let goodbye = async {
        if let Some(word) = refusal.word {
            let message =
                ServerMessage::Error { code: word.into(), message: refusal.message.as_ref().into() };
            socket.feed(Message::text(message.to_json())).await?;
        }
        let frame = CloseFrame { code: refusal.code, reason: reason(&refusal.message).into() };
        socket.send(Message::Close(Some(frame))).await?;
        while let Some(message) = socket.next().await {
            message?;
        }
        Ok::<_, SocketError>(())
    };
    // Whatever goes wrong here, the connection ends below.
    let _ = timeout(CLOSE_TIMEOUT, goodbye).await;

    // Closing a TCP connection with bytes unread resets it, and a reset can overtake our close
    // frame. So we say that nothing more comes, and read on for a moment.
    let io = socket.get_mut();
    let linger = async {
        io.shutdown().await?;
        let mut scrap = [0; 1024];
        let mut read = 0;
        while read < LINGER_BYTES {
            match io.read(&mut scrap).await? {
                0 => break,
                more => read += more,
            }
        }
        Ok::<_, std::io::Error>(())
    };
    let _ = timeout(LINGER_TIMEOUT, linger).await;
}

/// A close frame has room for 123 bytes.
fn reason(message: &str) -> String {
    let end = (0..=123.min(message.len())).rev().find(|&at| message.is_char_boundary(at)).unwrap_or(0);
    message[..end].to_owned()
}
