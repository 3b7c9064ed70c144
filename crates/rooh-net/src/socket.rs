//! WebSockets (RFC 6455) over the same connections as everything else.

use std::fmt;
use std::time::Duration;

use bytes::Bytes;
use futures::{FutureExt, SinkExt, StreamExt};
use reqwest::header::{
    CONNECTION, HeaderValue, SEC_WEBSOCKET_ACCEPT, SEC_WEBSOCKET_KEY, SEC_WEBSOCKET_PROTOCOL,
    SEC_WEBSOCKET_VERSION, UPGRADE,
};
use reqwest::{Method, StatusCode, Upgraded};
use rooh_core::options::Secret;
use rooh_core::{Error, Result};
use serde_json::Value;
use tokio::task::unconstrained;
use tokio::time::{Instant, timeout, timeout_at};
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::error::CapacityError;
use tokio_tungstenite::tungstenite::handshake::client::generate_key;
use tokio_tungstenite::tungstenite::handshake::derive_accept_key;
use tokio_tungstenite::tungstenite::protocol::{Role, WebSocketConfig};
use tokio_tungstenite::tungstenite::{self, Message};

use crate::base::Route;
use crate::client::{Client, mask};
use crate::failure::{broke, malformed, of_connection, plain, timed_out};

/// How much is read from the network at once, in bytes: two frames of 20 ms at 48 kHz in base64.
const READ: usize = 8 * 1024;
/// How long a message may take on its way out. Audio that is later than this is of no use.
const SEND: Duration = Duration::from_secs(5);
/// How long the other side may take to say good-bye.
const CLOSE: Duration = Duration::from_millis(500);

/// A WebSocket to a vendor. Dropping it closes the connection.
pub struct Socket {
    /// Said, or broken: nothing more goes out.
    is_closed: bool,
    key: Secret,
    socket: WebSocketStream<Upgraded>,
    vendor: &'static str,
}

/// What comes through a [`Socket`].
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Received {
    /// A binary message.
    Binary(Bytes),
    /// The vendor has closed it, with this code (1005 if it gave none) and these words.
    Closed(u16, String),
    /// A text message.
    Text(String),
}

impl Client {
    /// Opens a WebSocket at `route`; no message through it may be longer than `limit` bytes.
    ///
    /// `protocol` is the subprotocol to ask for, if there is one.
    ///
    /// # Errors
    ///
    /// As for [`get`](Self::get); [`Protocol`](rooh_core::ErrorKind::Protocol) if what answers
    /// speaks no WebSocket.
    ///
    /// # Cancellation
    ///
    /// Dropping the future closes the connection.
    pub async fn socket(
        &self,
        route: impl Into<Route>,
        protocol: Option<&'static str>,
        limit: usize,
        wait: Duration,
    ) -> Result<Socket> {
        let end = Instant::now() + wait;
        let key = generate_key();
        let mut request = self
            .request(Method::GET, &route.into())?
            .header(CONNECTION, HeaderValue::from_static("Upgrade"))
            .header(UPGRADE, HeaderValue::from_static("websocket"))
            .header(SEC_WEBSOCKET_VERSION, HeaderValue::from_static("13"))
            .header(SEC_WEBSOCKET_KEY, &key);
        if let Some(protocol) = protocol {
            request = request.header(SEC_WEBSOCKET_PROTOCOL, HeaderValue::from_static(protocol));
        }
        let vendor = self.vendor();
        let response = self.head(request, wait).await?;
        let status = response.status();
        if status.is_success() {
            return Err(malformed(vendor, "an answer without a WebSocket"));
        }
        if status != StatusCode::SWITCHING_PROTOCOLS {
            return Err(self.refused(response).await);
        }
        let accepted = response.headers().get(SEC_WEBSOCKET_ACCEPT);
        if accepted.is_none_or(|accepted| accepted.as_bytes() != derive_accept_key(key.as_bytes()).as_bytes())
        {
            return Err(malformed(vendor, "a WebSocket that somebody else has asked for"));
        }
        let upgraded = timeout_at(end, response.upgrade()).await;
        let upgraded = upgraded.map_err(|_| timed_out(vendor, "the WebSocket"))?;
        let upgraded = upgraded.map_err(|error| of_connection(vendor, &error))?;
        let config = WebSocketConfig::default()
            .read_buffer_size(READ)
            .write_buffer_size(0)
            .max_write_buffer_size(limit.max(READ))
            .max_message_size(Some(limit))
            .max_frame_size(Some(limit));
        let socket = WebSocketStream::from_raw_socket(upgraded, Role::Client, Some(config)).await;
        Ok(Socket { is_closed: false, key: self.secret().clone(), socket, vendor })
    }
}

impl Socket {
    /// Sends `message` as text.
    ///
    /// # Errors
    ///
    /// [`Network`](rooh_core::ErrorKind::Network) if the connection is closed or broke,
    /// [`Timeout`](rooh_core::ErrorKind::Timeout) if the vendor does not take it within five seconds.
    ///
    /// # Cancellation
    ///
    /// Dropping the future may leave half of the message behind: the socket is of no use then.
    pub async fn send(&mut self, message: &Value) -> Result<()> {
        self.send_text(message.to_string()).await
    }

    /// Sends text; as [`send`](Self::send).
    ///
    /// # Errors
    ///
    /// As for [`send`](Self::send).
    pub async fn send_text(&mut self, text: String) -> Result<()> {
        self.put(Message::Text(text.into())).await
    }

    /// Sends bytes; as [`send`](Self::send).
    ///
    /// # Errors
    ///
    /// As for [`send`](Self::send).
    pub async fn send_bytes(&mut self, bytes: impl Into<Bytes>) -> Result<()> {
        self.put(Message::Binary(bytes.into())).await
    }

    /// Sends `message` as text if the network takes it at once; for a last word in a `Drop`, where
    /// nobody can wait. If it does not, or the connection is closed, the socket is of no use any
    /// more, and the answer is false.
    pub fn send_now(&mut self, message: &Value) -> bool {
        if self.is_closed {
            return false;
        }
        let sent = unconstrained(self.socket.send(Message::Text(message.to_string().into()))).now_or_never();
        self.is_closed = !matches!(sent, Some(Ok(())));
        !self.is_closed
    }

    async fn put(&mut self, message: Message) -> Result<()> {
        if self.is_closed {
            return Err(broke(self.vendor, "it is closed"));
        }
        match timeout(SEND, self.socket.send(message)).await {
            Ok(Ok(())) => Ok(()),
            Ok(Err(error)) => {
                self.is_closed = true;
                Err(self.error(error))
            }
            Err(_) => {
                self.is_closed = true;
                Err(timed_out(self.vendor, "a message to be taken"))
            }
        }
    }

    /// The next message; the last is [`Received::Closed`]. One that has come already is returned even
    /// after `end`.
    ///
    /// # Errors
    ///
    /// [`Timeout`](rooh_core::ErrorKind::Timeout) if none came until `end`,
    /// [`Network`](rooh_core::ErrorKind::Network) if the connection broke or ended without a word,
    /// [`Protocol`](rooh_core::ErrorKind::Protocol) for a message that is too long, no text, or none
    /// that the protocol allows.
    ///
    /// # Cancellation
    ///
    /// Dropping the future loses nothing.
    pub async fn next(&mut self, end: Instant) -> Result<Received> {
        loop {
            let message = timeout_at(end, self.socket.next()).await;
            let message = message.map_err(|_| timed_out(self.vendor, "the next message"))?;
            let message = match message {
                Some(Ok(message)) => message,
                Some(Err(error)) => {
                    self.is_closed = true;
                    return Err(self.error(error));
                }
                None => {
                    self.is_closed = true;
                    return Err(broke(self.vendor, "it ended without a good-bye"));
                }
            };
            return Ok(match message {
                Message::Binary(bytes) => Received::Binary(bytes),
                Message::Text(text) => Received::Text(text.as_str().to_owned()),
                Message::Close(frame) => {
                    self.is_closed = true;
                    let (code, words) = frame
                        .map_or((1005, String::new()), |frame| (frame.code.into(), frame.reason.to_string()));
                    Received::Closed(code, plain(&mask(&self.key, &words)))
                }
                // Pings are answered below, with the next thing that is sent or read.
                _ => continue,
            });
        }
    }

    /// Says good-bye, and waits a moment for the other side's.
    pub async fn close(mut self) {
        let farewell = async {
            if !self.is_closed && self.socket.close(None).await.is_err() {
                return;
            }
            while let Some(Ok(_)) = self.socket.next().await {}
        };
        // Whoever does not answer is left.
        let _ = timeout(CLOSE, farewell).await;
    }

    fn error(&self, error: tungstenite::Error) -> Error {
        match error {
            tungstenite::Error::Capacity(CapacityError::MessageTooLong { max_size, .. }) => {
                malformed(self.vendor, format!("a message is longer than {max_size} bytes"))
            }
            tungstenite::Error::Utf8(error) => malformed(self.vendor, error),
            // What a connection that breaks inside of a frame is called here.
            tungstenite::Error::Protocol(tungstenite::error::ProtocolError::ResetWithoutClosingHandshake) => {
                broke(self.vendor, "it ended without a good-bye")
            }
            tungstenite::Error::Protocol(error) => malformed(self.vendor, error),
            error => broke(self.vendor, &plain(&error.to_string())),
        }
    }
}

impl fmt::Debug for Socket {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Socket")
            .field("vendor", &self.vendor)
            .field("is_closed", &self.is_closed)
            .finish_non_exhaustive()
    }
}
